//! Dependencies point one way: between crates, and between the modules of core.

use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    process::Command,
};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

fn cargo(args: &[&str]) -> String {
    let output = Command::new(env!("CARGO")).args(args).current_dir(ROOT).output().unwrap();
    assert!(output.status.success(), "cargo {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn crates_depend_only_on_what_stands_before_them() {
    let allowed: BTreeMap<&str, &[&str]> = BTreeMap::from([
        ("fusion-core", &[] as &[&str]),
        ("fusion-queue", &["fusion-core"] as &[&str]),
        ("fusion-plugin-sdk", &["fusion-core"]),
        ("fusion-plugin-printify", &["fusion-core", "fusion-plugin-sdk"]),
        ("fusion-plugin-shopify", &["fusion-core", "fusion-plugin-sdk"]),
        ("fusion-plugin-amazon", &["fusion-core", "fusion-plugin-sdk"]),
        ("fusion-plugin-etsy", &["fusion-core", "fusion-plugin-sdk"]),
        (
            "fusion-plugins",
            &[
                "fusion-core",
                "fusion-plugin-amazon",
                "fusion-plugin-etsy",
                "fusion-plugin-printify",
                "fusion-plugin-shopify",
            ],
        ),
        // Queue and plugins meet here alone.
        ("fusion-workspace", &["fusion-core", "fusion-queue", "fusion-plugin-sdk", "fusion-plugins"]),
    ]);
    let metadata: Value =
        serde_json::from_str(&cargo(&["metadata", "--format-version", "1", "--no-deps"])).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    assert_eq!(packages.len(), allowed.len(), "a crate is missing from this table");
    for package in packages {
        let name = package["name"].as_str().unwrap();
        let ours: BTreeSet<&str> = package["dependencies"]
            .as_array()
            .unwrap()
            .iter()
            .map(|dependency| dependency["name"].as_str().unwrap())
            .filter(|dependency| dependency.starts_with("fusion-"))
            .collect();
        let may: BTreeSet<&str> = allowed[name].iter().copied().collect();
        assert!(ours.is_subset(&may), "{name} depends on {:?}", ours.difference(&may));
    }
}

#[test]
fn core_brings_no_runtime_no_database_and_no_http_client() {
    let tree =
        cargo(&["tree", "-p", "fusion-core", "--no-default-features", "-e", "normal", "--prefix", "none"]);
    for banned in ["tokio", "sqlx", "reqwest", "hyper", "rusqlite"] {
        assert!(!tree.lines().any(|line| line.split(' ').next() == Some(banned)), "core pulls in {banned}");
    }
}

/// They build whatever stands among the root package's dependencies.
#[test]
fn the_examples_build_one_platform() {
    let tree = cargo(&["tree", "-p", "fusion-workspace", "-e", "normal,dev,build", "--prefix", "none"]);
    let others = ["fusion-plugin-amazon", "fusion-plugin-etsy", "fusion-plugin-printify", "jsonschema"];
    for unused in others {
        assert!(!tree.lines().any(|line| line.split(' ').next() == Some(unused)), "they build {unused}");
    }
}

/// The levels of core, from left to right; a module uses its own level and those before it.
const LEVELS: &[&[&str]] = &[
    &["verb", "error", "clock", "tenant", "http"],
    &["canonical", "model"],
    &["plugin", "approval", "audit"],
    &["job"],
    &["storage"],
    &["vault"],
    &["hub"],
    &["testkit"],
];

fn level(module: &str) -> Option<usize> {
    LEVELS.iter().position(|level| level.contains(&module))
}

#[test]
fn in_core_the_left_never_uses_the_right() {
    let wrong = wrong_uses(&Path::new(ROOT).join("fusion-core/src"), &level);
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_wrong_use_is_found() {
    let strict = |module: &str| level(module).map(|level| usize::MAX - level);
    assert!(!wrong_uses(&Path::new(ROOT).join("fusion-core/src"), &strict).is_empty());
}

#[test]
fn the_simulator_knows_nothing_of_our_model() {
    let folder = Path::new(ROOT).join("fusion-plugins/shopify/src/simulator");
    for file in sources(&folder) {
        let code = code_of(&file);
        for banned in ["model", "plugin", "hub", "storage", "approval"] {
            let uses =
                code.contains(&format!("fusion_core::{banned}")) || code.contains(&format!("    {banned}::"));
            assert!(!uses, "{} uses fusion_core::{banned}", file.display());
        }
    }
}

fn wrong_uses(src: &Path, level: &dyn Fn(&str) -> Option<usize>) -> Vec<String> {
    let mut wrong = Vec::new();
    for file in sources(src) {
        let own = file.strip_prefix(src).unwrap().iter().next().unwrap().to_str().unwrap();
        let Some(own_level) = level(own.trim_end_matches(".rs")) else { continue };
        for used in used_modules(&code_of(&file)) {
            if level(&used).is_some_and(|used| used > own_level) {
                wrong.push(format!("{} uses {used}", file.display()));
            }
        }
    }
    wrong
}

/// Modules named after `crate::`, alone or in braces.
fn used_modules(code: &str) -> BTreeSet<String> {
    let mut used = BTreeSet::new();
    let word = |text: &str| text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    for rest in code.split("crate::").skip(1) {
        let Some(group) = rest.strip_prefix('{') else {
            used.insert(word(rest));
            continue;
        };
        let mut depth = 0;
        let mut name = String::new();
        for c in group.chars() {
            match c {
                '{' => depth += 1,
                '}' if depth == 0 => break,
                '}' => depth -= 1,
                ',' if depth == 0 => drop(used.insert(word(name.trim()))),
                _ => {}
            }
            if depth == 0 {
                if c == ',' { name.clear() } else { name.push(c) }
            }
        }
        used.insert(word(name.trim()));
    }
    used
}

/// The file without comments and without what stands under `#[cfg(test)]` at its end.
fn code_of(file: &Path) -> String {
    let text = fs::read_to_string(file).unwrap();
    let code: Vec<&str> = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    code.join("\n")
}

/// Source files below `folder`, tests left out: they may use what stands further right.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if name == "tests" || name == "tests.rs" {
            continue;
        }
        if path.is_dir() {
            files.extend(sources(&path));
        } else if name.ends_with(".rs") {
            files.push(path);
        }
    }
    files
}
