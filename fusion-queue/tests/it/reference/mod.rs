//! The pages of `docs/reference` that are read out of the databases and the sources; `FUSION_WRITE_DOCS=1` writes them.

mod rules;
mod tables;

/// Holds a page against what it has to say, or writes it.
fn hold(name: &str, page: &str) {
    let path = format!("{}/../docs/reference/{name}", env!("CARGO_MANIFEST_DIR"));
    if std::env::var_os("FUSION_WRITE_DOCS").is_some_and(|value| value == "1") {
        std::fs::write(&path, page).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(written == page, "docs/reference/{name} differs; FUSION_WRITE_DOCS=1 writes it anew");
}
