//! What the README says is true.

#[path = "../../examples/first.rs"]
mod program;

const README: &str = include_str!("../../README.md");
const PROGRAM: &str = include_str!("../../examples/first.rs");

fn block(language: &str) -> &'static str {
    let open = format!("```{language}\n");
    let rest = README.split_once(open.as_str()).unwrap().1;
    rest.split_once("```").unwrap().0
}

#[test]
fn its_program_is_the_example_and_runs() {
    // Visible here, so that this test can run it; a program's own main needs no word for that.
    let program = PROGRAM.replace("pub(crate) async fn main", "async fn main");
    let example: Vec<&str> = program.lines().skip(2).filter(|line| *line != "#[rustfmt::skip]").collect();
    let shown: Vec<&str> = block("rust").lines().collect();
    assert_eq!(shown, example, "README and examples/first.rs differ");
    program::main().unwrap();
}

#[test]
fn its_two_commands_are_the_promised_ones() {
    assert_eq!(block("sh"), "cargo run --release --example quickstart\ncargo test --all-features\n");
}

#[path = "../../examples/guide.rs"]
mod guide_program;

const GUIDE: &str = include_str!("../../docs/guides/start.md");
const GUIDE_PROGRAM: &str = include_str!("../../examples/guide.rs");

#[test]
fn the_guide_shows_pieces_of_its_program_in_their_order_and_it_runs() {
    let mut rest = GUIDE_PROGRAM;
    let mut shown = 0;
    for piece in GUIDE.split("```rust\n").skip(1) {
        let code = piece.split_once("```").unwrap().0;
        let (_, after) =
            rest.split_once(code).unwrap_or_else(|| panic!("not in the program, or not here:\n{code}"));
        rest = after;
        shown += 1;
    }
    assert!(shown > 8, "{shown} pieces");
    guide_program::main().unwrap();
}

/// How many pieces of code a guide shows; each stands in one of the files.
fn shown(guide: &str, files: &[&str]) -> usize {
    let pieces = guide.split("```rust\n").skip(1).map(|piece| piece.split_once("```").unwrap().0);
    let stands = |piece: &str| assert!(files.iter().any(|file| file.contains(piece)), "nowhere:\n{piece}");
    pieces.inspect(|piece| stands(piece)).count()
}

#[test]
fn the_guide_to_a_storage_shows_pieces_of_its_example_and_tests() {
    let guide = include_str!("../../docs/guides/bring_your_storage.md");
    let files = [
        include_str!("../../examples/own_storage.rs"),
        include_str!("own_storage.rs"),
        include_str!("own_queue_transport.rs"),
    ];
    assert_eq!(shown(guide, &files), 4);
}

#[test]
fn the_guide_to_embedding_shows_pieces_of_its_example() {
    let guide = include_str!("../../docs/guides/embed.md");
    assert_eq!(shown(guide, &[include_str!("../../examples/embed_axum.rs")]), 8);
}
