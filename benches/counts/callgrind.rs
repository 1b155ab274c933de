//! Runs this program again under callgrind.

use fusion_core::error::{Error, ErrorKind, Result};
use std::{
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

/// The first argument of the program when it is to run a path itself.
pub(crate) const RUN: &str = "run";

/// Instructions that the path `name` takes for each item.
pub(crate) fn each(name: &str, items: u64) -> Result<u64> {
    let (once, twice) = (Counting::begin(name, items)?, Counting::begin(name, 2 * items)?);
    let (once, twice) = (once.end()?, twice.end()?);
    Ok(twice.saturating_sub(once) / items.max(1))
}

/// Version and target of the compiler that cargo used.
pub(crate) fn compiler() -> Result<String> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc).arg("-vV").output().map_err(|error| failed("rustc", error))?;
    let text = String::from_utf8_lossy(&output.stdout);
    let field =
        |name: &str| text.lines().find_map(|line| line.strip_prefix(name)).unwrap_or("unknown").trim();
    Ok(format!("rustc {} for {}", field("release:"), field("host:")))
}

struct Counting {
    child: Child,
    out: PathBuf,
}

impl Counting {
    fn begin(name: &str, items: u64) -> Result<Self> {
        let out = Path::new(env!("CARGO_TARGET_TMPDIR"))
            .join(format!("{name}-{items}-{}.callgrind", std::process::id()));
        let program = std::env::current_exe().map_err(|error| failed("this program", error))?;
        let child = Command::new("valgrind")
            .args(["--tool=callgrind", "--quiet"])
            .arg(format!("--callgrind-out-file={}", out.display()))
            .arg(program)
            .args([RUN, name, &items.to_string()])
            .stdin(Stdio::null())
            .spawn()
            .map_err(|error| failed("valgrind (is it installed?)", error))?;
        Ok(Self { child, out })
    }

    /// All instructions of the run.
    fn end(mut self) -> Result<u64> {
        let status = self.child.wait().map_err(|error| failed("valgrind", error))?;
        let text = std::fs::read_to_string(&self.out).map_err(|error| failed("valgrind", error))?;
        std::fs::remove_file(&self.out).map_err(|error| failed("removing what valgrind wrote", error))?;
        let total = text.lines().find_map(|line| line.strip_prefix("totals:")?.trim().parse().ok());
        match total {
            Some(total) if status.success() => Ok(total),
            _ => Err(Error::new(ErrorKind::Internal, format!("a counted run ended with {status}"))),
        }
    }
}

fn failed(what: &str, error: std::io::Error) -> Error {
    Error::new(ErrorKind::Internal, format!("{what} failed")).with_source(error)
}
