//! `docs/ARCHITECTURE.md` says how big the plugins are.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

const BEGIN: &str = "<!-- sizes: begin -->\n";
const END: &str = "<!-- sizes: end -->\n";

const PLUGINS: [&str; 4] = ["shopify", "etsy", "printify", "amazon"];

/// Columns of the table; `plugin` is what stands in no other one's folder.
const PARTS: [&str; 6] = ["wire", "convert", "plugin", "catalogue", "simulator", "tests"];

/// Hundredths by which the table may be off.
const TOLERANCE: usize = 25;

/// Lines of a crate, blank ones and comments included, by part.
fn sizes(krate: &str) -> BTreeMap<&'static str, usize> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fusion-plugins").join(krate);
    let mut sizes: BTreeMap<&str, usize> = PARTS.iter().map(|part| (*part, 0)).collect();
    for folder in ["src", "tests"] {
        for file in sources(&root.join(folder)) {
            let place = file.strip_prefix(&root).unwrap();
            let lines = fs::read_to_string(&file).unwrap().lines().count();
            *sizes.get_mut(part(place)).unwrap() += lines;
        }
    }
    sizes
}

fn part(place: &Path) -> &'static str {
    let names: Vec<&str> = place.iter().map(|name| name.to_str().unwrap().trim_end_matches(".rs")).collect();
    if names.contains(&"tests") {
        return "tests";
    }
    PARTS.into_iter().find(|part| names.get(1) == Some(part)).unwrap_or("plugin")
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    entries
        .flat_map(|entry| {
            let path = entry.unwrap().path();
            match path.extension() {
                _ if path.is_dir() => sources(&path),
                Some(ending) if ending == "rs" => vec![path],
                _ => Vec::new(),
            }
        })
        .collect()
}

fn table() -> String {
    let mut out = format!("| Crate | {} |\n|{}\n", PARTS.join(" | "), " --- |".repeat(PARTS.len() + 1));
    for krate in PLUGINS {
        let sizes = sizes(krate);
        let cells: Vec<String> = PARTS.iter().map(|part| sizes[part].to_string()).collect();
        writeln!(out, "| `{krate}` | {} |", cells.join(" | ")).unwrap();
    }
    out
}

/// The numbers of each crate's row.
fn rows(table: &str) -> BTreeMap<String, Vec<usize>> {
    let rows = table.lines().filter_map(|line| line.strip_prefix("| `")?.split_once("` | "));
    rows.map(|(krate, cells)| {
        let numbers = cells.trim_end_matches(" |").split(" | ").map(|cell| cell.parse().unwrap()).collect();
        (krate.to_owned(), numbers)
    })
    .collect()
}

#[test]
fn the_sizes_of_the_plugins_are_about_those_that_are_shown() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/ARCHITECTURE.md");
    let text = fs::read_to_string(&path).unwrap();
    let (before, rest) = text.split_once(BEGIN).unwrap();
    let (shown, after) = rest.split_once(END).unwrap();
    if std::env::var_os("FUSION_WRITE_DOCS").is_some_and(|value| value == "1") {
        fs::write(&path, [before, BEGIN, &table(), END, after].concat()).unwrap();
        return;
    }
    let (shown, counted) = (rows(shown), rows(&table()));
    assert!(shown.keys().eq(counted.keys()), "one row for each plugin: {:?}", shown.keys());
    for (krate, counted) in counted {
        assert_eq!(shown[&krate].len(), PARTS.len(), "{krate}");
        for (part, (shown, counted)) in PARTS.iter().zip(shown[&krate].iter().zip(counted)) {
            assert!(
                shown.abs_diff(counted) * 100 <= counted * TOLERANCE,
                "{krate}: {part} has {counted} lines, not {shown}; FUSION_WRITE_DOCS=1 writes the table anew"
            );
        }
    }
}
