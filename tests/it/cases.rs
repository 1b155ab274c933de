//! `docs/cases.md` names a test for each case from the field; each of them exists.

use std::{collections::BTreeSet, fs, path::Path};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// Columns of the table of cases that are held, and of the one that waits.
const HELD: [&str; 3] = ["Case", "What must hold", "Test"];
const LATER: [&str; 3] = ["Case", "What must hold", "Held with"];

fn cases() -> String {
    fs::read_to_string(Path::new(ROOT).join("docs/cases.md")).unwrap()
}

/// The rows of the one table with these columns; a cell holds no `|`.
fn rows<'a>(text: &'a str, columns: &[&str; 3]) -> Vec<[&'a str; 3]> {
    let cells =
        |line: &'a str| -> Vec<&'a str> { line.trim_matches('|').split('|').map(str::trim).collect() };
    let heads: Vec<usize> = text
        .lines()
        .enumerate()
        .filter(|(_, line)| line.starts_with('|') && cells(line) == columns)
        .map(|(nth, _)| nth)
        .collect();
    assert_eq!(heads.len(), 1, "one table with the columns {columns:?}");
    text.lines()
        .skip(heads[0] + 2)
        .take_while(|line| line.starts_with('|'))
        .map(|line| cells(line).try_into().unwrap_or_else(|cells| panic!("not three cells: {cells:?}")))
        .collect()
}

/// Tests that a cell names, as `path::name`.
fn tests(cell: &str) -> Vec<(&str, &str)> {
    let named = cell.split('`').skip(1).step_by(2);
    named.map(|one| one.rsplit_once("::").unwrap_or_else(|| panic!("{one} is no path::name"))).collect()
}

/// Whether `file` has a test function of that name which runs, or a clause of a test kit which the kit's list names.
fn has_test(file: &str, name: &str) -> bool {
    let path = Path::new(ROOT).join(file);
    let is_clause = |text: &str| {
        let kit = fs::read_to_string(path.with_file_name("mod.rs")).unwrap_or_default();
        file.contains("/testkit/")
            && text.contains(&format!("pub async fn {name}<"))
            && kit.lines().any(|line| line.trim() == name)
    };
    fs::read_to_string(&path)
        .is_ok_and(|text| tells_test(&text, name) || tells_tests(&text, name) || is_clause(&text))
}

/// Whether `text` makes tests of a function of that name, one for each place.
fn tells_tests(text: &str, name: &str) -> bool {
    let mut lines = text.lines().map(str::trim_start).skip_while(|line| *line != "in_every_place! {");
    let is_listed = lines.by_ref().take_while(|line| *line != "}").any(|line| line == format!("{name},"));
    is_listed && text.contains(&format!("async fn {name}(place: fn() -> Place)"))
}

/// What is run where there is a server.
const NEEDS_SERVER: &str = "#[ignore = \"needs a PostgreSQL server\"]";

/// Whether there is a test function of that name in `text` that isn't passed over, be there a server or not.
fn tells_test(text: &str, name: &str) -> bool {
    let (mut is_test, mut is_ignored) = (false, false);
    for line in text.lines().map(str::trim_start) {
        is_test |= line.starts_with("#[test") || line.starts_with("#[tokio::test");
        is_ignored |= line.starts_with("#[") && line.contains("ignore") && line != NEEDS_SERVER;
        let Some((_, rest)) = line.split_once("fn ").filter(|(before, _)| matches!(*before, "" | "async "))
        else {
            continue;
        };
        if rest.split_once('(').is_some_and(|(found, _)| found == name) {
            return is_test && !is_ignored;
        }
        (is_test, is_ignored) = (false, false);
    }
    false
}

#[test]
fn each_case_stands_once_and_the_tests_that_hold_it_exist() {
    let text = cases();
    let mut seen = BTreeSet::new();
    let held = rows(&text, &HELD);
    assert!(!held.is_empty());
    for [case, what, cell] in held {
        assert!(case.parse::<u32>().is_ok() && !what.is_empty(), "{case}: {what}");
        assert!(seen.insert(case), "case {case} stands twice");
        let tests = tests(cell);
        assert!(!tests.is_empty(), "case {case} names no test");
        for (file, name) in tests {
            assert!(has_test(file, name), "case {case}: {file} has no test {name} that runs");
        }
    }
    for [case, what, with] in rows(&text, &LATER) {
        assert!(
            case.parse::<u32>().is_ok() && !what.is_empty() && !with.is_empty(),
            "{case}: {what}: {with}"
        );
        assert!(seen.insert(case), "case {case} stands twice");
    }
}

#[test]
fn a_function_that_is_no_test_and_a_file_that_is_missing_are_noticed() {
    let this = "tests/it/cases.rs";
    assert!(has_test(this, "a_function_that_is_no_test_and_a_file_that_is_missing_are_noticed"));
    assert!(!has_test(this, "has_test"));
    let kit = "fusion-core/src/testkit/queue/unique.rs";
    assert!(has_test(kit, "a_unique_key_is_free_after_every_end"));
    assert!(!has_test(kit, "a_unique_key_is_free_after_no_end"));
    assert!(!has_test(this, "nobody_wrote_this"));
    assert!(!has_test("tests/it/nowhere.rs", "has_test"));
}

#[test]
fn a_test_that_is_passed_over_holds_nothing() {
    for (attributes, runs) in [
        ("#[test]", true),
        ("#[tokio::test(start_paused = true)]", true),
        ("#[test]\n#[should_panic]", true),
        ("#[test]\n#[ignore = \"needs a PostgreSQL server\"]", true),
        ("#[test]\n#[ignore]", false),
        ("#[ignore = \"slow\"]\n#[tokio::test]", false),
        ("#[test]\n/// Slow.\n#[cfg_attr(not(unix), ignore)]", false),
        ("#[cfg(test)]", false),
    ] {
        // What stands above a neighbour is the neighbour's.
        let text = format!("#[test]\n#[ignore]\nfn first() {{}}\n{attributes}\nasync fn it() {{}}\n");
        assert_eq!(tells_test(&text, "it"), runs, "{attributes}");
        assert!(!tells_test(&text, "first"));
    }
}
