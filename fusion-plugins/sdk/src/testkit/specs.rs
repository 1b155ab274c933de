//! Platforms' published contracts and recorded answers.

use serde_json::Value;
use std::{env, fs, io::Write as _, path::PathBuf};

/// The folder of `platform` below `FUSION_SPECS`; `None`, said aloud past the capture of a test's output, when it is
/// absent and that is allowed.
///
/// # Panics
/// When it is absent and `FUSION_REQUIRE_SPECS` is 1, as it is in continuous integration.
pub fn specs(platform: &str) -> Option<PathBuf> {
    let folder = env::var_os("FUSION_SPECS").map(|specs| PathBuf::from(specs).join(platform));
    let found = folder.filter(|folder| folder.is_dir());
    if found.is_none() {
        let is_required = env::var_os("FUSION_REQUIRE_SPECS").is_some_and(|value| value == "1");
        assert!(!is_required, "FUSION_SPECS names no folder with the platforms' contracts");
        // Where even this can't be written nobody reads it.
        drop(writeln!(std::io::stderr(), "SKIPPED: no contracts of {platform} here; set FUSION_SPECS"));
    }
    found
}

/// The JSON file at `path` in the folder of `platform`; `None` as [`specs`].
///
/// # Panics
/// As [`specs`]; when the file is absent or isn't JSON.
pub fn spec(platform: &str, path: &str) -> Option<Value> {
    let path = specs(platform)?.join(path);
    let read = fs::read_to_string(&path).map_err(|error| error.to_string());
    let value = read.and_then(|text| serde_json::from_str(&text).map_err(|error| error.to_string()));
    assert!(value.is_ok(), "{}: {:?}", path.display(), value.err());
    value.ok()
}
