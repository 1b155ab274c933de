use super::hold;

const HEAD: &str = "# Rules

Written by the test `the_rules_are_those_of_the_sources` from the lists in `fusion-core/src/storage`; \
`FUSION_WRITE_DOCS=1 cargo test -p fusion-queue --all-features --test it the_rules_are` writes it anew. How a storage \
keeps them: [tables](tables.md).
";

const ONCE: &str = "
## What may be there only once

In each tenant. A commit that would bring a second one is refused whole with `AlreadyExists` and these words. Databases \
hold them by one unique index, over a hash of the key: `unique_keys`.

| Key | What it is | A second one is told |
| --- | --- | --- |
";

const ASKED: &str = "
## What is asked

Every list that a storage answers, ordered by key and page by page. Each has an index: `lookups`, over a hash of the \
query, or where all records of a kind or a range of their keys are asked for, the key of `records`.

| Query | What it lists |
| --- | --- |
";

/// The variants of an enum in a source, as they are written, with what their documentation says.
fn variants(source: &str, name: &str) -> Vec<(String, String)> {
    let body = source.split_once(&format!("pub enum {name} {{\n")).unwrap().1;
    let body = body.split_once("\n}").unwrap().0;
    let (mut found, mut says) = (Vec::new(), Vec::new());
    for line in body.lines().map(str::trim) {
        match line.strip_prefix("///") {
            Some(words) => says.push(words.trim()),
            None => found.push((line.trim_end_matches(',').to_owned(), plain(&says.split_off(0).join(" ")))),
        }
    }
    assert!(!found.is_empty() && found.iter().all(|(_, says)| !says.is_empty()), "{found:?}");
    found
}

/// Without the targets of links.
fn plain(text: &str) -> String {
    let mut parts = text.split("](");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |all, part| all + part.split_once(')').unwrap().1).replace('[', "")
}

/// What whoever brings a second one is told.
fn refusal<'a>(source: &'a str, variant: &str) -> &'a str {
    let name = variant.split('(').next().unwrap();
    let told = source.split_once("fn refusal").unwrap().1;
    let told = told.split_once(&format!("Self::{name}(")).unwrap().1;
    told.split('"').nth(1).unwrap()
}

#[test]
fn the_rules_are_those_of_the_sources() {
    let source = |file: &str| {
        let path = format!("{}/../fusion-core/src/storage/{file}.rs", env!("CARGO_MANIFEST_DIR"));
        std::fs::read_to_string(path).unwrap()
    };
    let (keys, queries) = (source("unique_key"), source("query"));
    let mut page = HEAD.to_owned() + ONCE;
    for (key, says) in variants(&keys, "UniqueKey") {
        page += &format!("| `{key}` | {says} | {} |\n", refusal(&keys, &key));
    }
    page += ASKED;
    for (query, says) in variants(&queries, "Query") {
        page += &format!("| `{query}` | {says} |\n");
    }
    hold("rules.md", &page);
}
