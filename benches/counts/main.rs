//! Instructions that the hot paths take for each item, counted by callgrind and held against `counts.json`.
//!
//! `cargo bench --profile release --bench counts` prints them and fails where one has grown by more than the
//! file's tolerance; with `-- --update` it writes the file anew. Each path runs twice in a process of its own, over
//! N and over 2N items, and what the second run took more is divided by N: start and end fall out of the sum.
//! Counts depend on the compiler and its target, so another one than the file names is allowed more. They don't depend on how busy the machine is; what hash maps draw by chance moves them by less than a hundredth.

mod callgrind;
mod figures;
mod paths;

use figures::{Figures, Verdict, judge};
use fusion_core::error::{Error, ErrorKind, Result};
use paths::PATHS;
use std::{collections::BTreeMap, process::ExitCode};

fn main() -> Result<ExitCode> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [command, name, items] = arguments.as_slice()
        && command == callgrind::RUN
    {
        paths::run(name, items.parse().unwrap_or_default())?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut counted = BTreeMap::new();
    for path in PATHS {
        counted.insert(path.name.to_owned(), callgrind::each(path.name, path.items)?);
    }
    let compiler = callgrind::compiler()?;
    if arguments.iter().any(|argument| argument == "--update") {
        return Figures::of(compiler, counted).write().map(|()| ExitCode::SUCCESS);
    }
    let known = Figures::read()?;
    let tolerance = known.tolerance(&compiler);
    println!("{compiler}; the figures are of {}: {tolerance} % more is allowed", known.compiler);
    println!("{:<28} {:>12} {:>12} {:>8}", "instructions for each", "recorded", "counted", "change");
    let mut worst = Verdict::Alike;
    for path in PATHS {
        let counted = counted.get(path.name).copied().unwrap_or_default();
        let Some(recorded) = known.recorded(path.name) else {
            println!("{:<28} {:>12} {counted:>12}", path.label, "none");
            worst = worst.max(Verdict::More);
            continue;
        };
        let (verdict, change) = judge(recorded, counted, tolerance);
        println!("{:<28} {recorded:>12} {counted:>12} {change:>+7.1} % {verdict}", path.label);
        worst = worst.max(verdict);
    }
    match worst {
        Verdict::Alike => Ok(ExitCode::SUCCESS),
        Verdict::Less => {
            println!("a path has become cheaper: keep that with `-- --update`");
            Ok(ExitCode::SUCCESS)
        }
        Verdict::More => Err(Error::new(
            ErrorKind::Refused,
            "a path takes more instructions than recorded; mend it, or say why in the commit that runs `-- --update`",
        )),
    }
}
