//! The example that a newcomer runs first does what it promises: as a process, with files of all kinds.

use crate::programs::program;
use serde_json::Value;
use std::{
    ffi::OsStr,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

const HEADER: &str = "Handle,Title,Option1 Name,Option1 Value,Variant SKU,Variant Price,Variant Inventory Tracker,\
                      Variant Inventory Qty";

/// A folder of this test's own, with one file in it.
pub(crate) struct File(PathBuf);

impl File {
    fn of(test: &str, bytes: impl AsRef<[u8]>) -> Self {
        let folder =
            Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("quickstart-{}-{test}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join("products.csv");
        std::fs::write(&path, bytes).unwrap();
        Self(path)
    }

    pub(crate) fn with_rows(test: &str, rows: &[&str]) -> Self {
        Self::of(test, format!("{HEADER}\n{}\n", rows.join("\n")))
    }

    /// Where the file lies.
    pub(crate) fn folder(&self) -> &Path {
        self.0.parent().unwrap()
    }

    /// The program with this file, in the file's folder.
    pub(crate) fn command(&self, program: &Path, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        command.current_dir(self.folder()).arg(&self.0).args(arguments).stdin(Stdio::null());
        command
    }
}

impl Drop for File {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(self.folder()));
    }
}

const MUG: [&str; 2] = ["mug,Mug,Size,Small,MUG-S,9.90,shopify,4", "mug,,,Large,MUG-L,12.50,shopify,5"];
const BOWL: &str = "bowl,Bowl,,,BOWL-1,15.00,shopify,3";

fn run<A: AsRef<OsStr>>(program: &Path, arguments: impl IntoIterator<Item = A>) -> Output {
    Command::new(program).args(arguments).output().unwrap()
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// Runs with `--json`: exit code, the object, and what was said beside it. Nothing but the object is on standard
/// output.
pub(crate) fn json(program: &Path, file: &File, more: &[&str]) -> (Option<i32>, Value, String) {
    let out = file.command(program, &[&["--json"], more].concat()).output().unwrap();
    let said = text(&out.stderr);
    let object: Value = serde_json::from_slice(&out.stdout).unwrap_or_else(|error| {
        panic!("{error}: {:?}, {said}", text(&out.stdout));
    });
    (out.status.code(), object, said)
}

/// Orders, whether each was counted once, and how often the shop was shipped from, cancelled in, edited and cleared.
fn sold(told: &Value) -> (Option<u64>, Option<bool>, [Option<u64>; 4]) {
    let calls = ["fulfillmentCreate", "orderCancel", "productUpdate", "productDelete"];
    (
        told["orders"].as_u64(),
        told["orders_are_right"].as_bool(),
        calls.map(|call| told["effects"][call].as_u64()),
    )
}

const SOLD: (Option<u64>, Option<bool>, [Option<u64>; 4]) =
    (Some(2), Some(true), [Some(2), Some(1), Some(1), Some(1)]);

#[test]
fn a_good_file_is_published_and_told_as_one_object() {
    let Some(program) = program("quickstart") else { return };
    let file = File::with_rows("good", &[MUG[0], MUG[1], BOWL]);
    let (code, told, said) = json(&program, &file, &[]);
    assert_eq!(code, Some(0), "{said}");
    let numbers = ["products_read", "accepted", "variants", "published", "drifted"].map(|name| &told[name]);
    assert_eq!(numbers, [2, 2, 3, 2, 0], "{told}");
    assert_eq!((&told["refused"], &told["skipped"]), (&Value::Array(vec![]), &Value::Array(vec![])));
    assert_eq!((&told["ledger_is_agreed"], &told["requests"]["done"]), (&Value::Bool(true), &Value::from(2)));
    assert_eq!((sold(&told), &told["good"]), (SOLD, &Value::Bool(true)), "{told}");
    assert!(said.ends_with("each product once.\n"), "nothing was left out: {said}");
    assert!(said.contains("bob approves"), "progress goes beside the object: {said}");
}

#[test]
fn every_fault_ends_with_exactly_what_was_agreed() {
    let Some(program) = program("quickstart") else { return };
    let rows: Vec<String> =
        (0..14).map(|nth| format!("mug-{nth},Mug {nth},,,MUG-{nth},9.90,shopify,4")).collect();
    let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
    let file = File::with_rows("faults", &rows);
    // Side by side: the clock in there is fast, but not paused.
    std::thread::scope(|scope| {
        for fault in ["throttle", "reset", "truncated", "expired"] {
            let (program, file) = (&program, &file);
            scope.spawn(move || {
                let database = format!("sqlite:{fault}.db");
                let (code, told, said) = json(program, file, &["--fault", fault, "--database", &database]);
                let agreed = (code, &told["ledger_is_agreed"]);
                assert_eq!(agreed, (Some(0), &Value::Bool(true)), "{fault}: {told} {said}");
                assert_eq!(told["published"], 14, "{fault}");
                assert_eq!(sold(&told), SOLD, "{fault}: {told}");
                assert!(told["faults_struck"].as_u64() > Some(0), "{fault} never struck: {told}");
            });
        }
    });
}

#[test]
fn damaged_bytes_stop_everything_and_are_named_by_line_and_column() {
    let Some(program) = program("quickstart") else { return };
    let file = File::of(
        "bytes",
        [HEADER.as_bytes(), b"\nmug,Mug,,,MUG,9.90,,\nbowl,B\xFFwl,,,BOWL,15.00,,\n"].concat(),
    );
    let out = file.command(&program, &["--json"]).output().unwrap();
    let said = text(&out.stderr);
    assert_eq!(out.status.code(), Some(1), "{said}");
    assert!(said.contains("line 3") && said.contains("column 7"), "{said}");
    assert!(out.stdout.is_empty() && !said.contains("published"), "{said}");
}

#[test]
fn a_refused_product_is_named_with_its_reasons_and_the_rest_goes_on() {
    let Some(program) = program("quickstart") else { return };
    let file = File::with_rows("refused", &[MUG[0], MUG[1], "vase,Vase,,,VASE,twelve,,", BOWL]);
    let (code, told, said) = json(&program, &file, &[]);
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(["products_read", "accepted", "published"].map(|name| &told[name]), [3, 2, 2], "{told}");
    assert_eq!(told["refused"][0]["product"], "vase");
    assert!(said.contains("1 of 3 products in the file were not for it"), "{said}");
    let reason = told["refused"][0]["reasons"][0].as_str().unwrap();
    assert!(reason.contains("line 4") && reason.contains("Variant Price"), "{reason}");
}

#[test]
fn a_file_without_a_good_product_fails_and_publishes_nothing() {
    let Some(program) = program("quickstart") else { return };
    let file = File::with_rows("none", &["vase,Vase,,,VASE,twelve,,"]);
    let (code, told, said) = json(&program, &file, &[]);
    assert_eq!(code, Some(1), "{said}");
    assert_eq!((&told["published"], &told["accepted"]), (&Value::from(0), &Value::from(0)), "{told}");
    assert_eq!(told["good"], Value::Bool(false));
    assert_eq!(told["refused"][0]["product"], "vase");
}

#[test]
fn a_shop_with_nothing_in_stock_takes_no_order_and_is_good() {
    let Some(program) = program("quickstart") else { return };
    let file = File::with_rows("empty-shelf", &["mug,Mug,,,MUG,9.90,shopify,0"]);
    let (code, told, said) = json(&program, &file, &[]);
    assert_eq!(
        (code, &told["good"], &told["orders"]),
        (Some(0), &Value::Bool(true), &Value::from(0)),
        "{said}"
    );
    assert_eq!(told["orders_are_right"], Value::Null, "{told}");
}

#[test]
fn another_encoding_and_decimal_commas_are_read_when_they_are_said() {
    let Some(program) = program("quickstart") else { return };
    let file = File::of(
        "encoding",
        [HEADER.as_bytes(), b"\nmug,Gr\xFCne Tasse,,,MUG,\"9,90\",shopify,4\n"].concat(),
    );
    let (code, told, said) = json(&program, &file, &["--encoding", "windows-1252", "--decimal-comma"]);
    assert_eq!((code, &told["published"]), (Some(0), &Value::from(1)), "{told} {said}");
    assert!(said.contains("Grüne Tasse") && said.contains("9.90 EUR"), "{said}");
}

#[test]
fn help_explains_every_flag() {
    let Some(program) = program("quickstart") else { return };
    let out = run(&program, ["--help"]);
    let help = text(&out.stdout);
    assert_eq!(out.status.code(), Some(0));
    for flag in [
        "--database",
        "--workers",
        "--fresh",
        "--yes",
        "--json",
        "--fault",
        "--encoding",
        "--decimal-comma",
        "[FILE]",
    ] {
        let mut lines = help.lines().skip_while(|line| !line.trim_start().starts_with(flag));
        assert!(lines.next().is_some(), "{flag}: {help}");
        let words = lines.next().unwrap_or_default().split_whitespace().count();
        assert!(words > 3, "{flag} is explained: {help}");
    }
}

#[test]
fn a_file_that_isnt_there_is_named() {
    let Some(program) = program("quickstart") else { return };
    let missing = Path::new(env!("CARGO_TARGET_TMPDIR")).join("no-such-file.csv");
    let memory = ["--database", "memory"].map(OsStr::new);
    let out = run(&program, [missing.as_os_str(), OsStr::new("--json")].into_iter().chain(memory));
    let said = text(&out.stderr);
    assert_eq!((out.status.code(), out.stdout.len()), (Some(1), 0), "{said}");
    assert!(said.contains("no-such-file.csv") && said.contains("error:"), "{said}");
}

#[test]
fn a_place_that_is_none_is_refused_without_being_repeated() {
    let Some(program) = program("quickstart") else { return };
    let out = run(&program, ["--database", "postgre://shop:secret@db.internal/shop"]);
    let said = text(&out.stderr);
    assert_eq!(out.status.code(), Some(1), "{said}");
    assert!(said.contains("write memory, sqlite:FILE or postgres://") && !said.contains("secret"), "{said}");
}
