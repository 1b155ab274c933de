use super::*;
use std::collections::BTreeSet;

/// The capability table of the documentation.
fn table() -> String {
    let mut out = String::from("| Operation | | What happens |\n| --- | --- | --- |\n");
    for row in &MANIFEST.capabilities {
        let (mark, text) = match row.support {
            Support::Native => ("yes", row.description.to_owned()),
            Support::Workaround { reason, link } => {
                ("another way", format!("{}; {reason} ([source]({link}))", row.description))
            }
            Support::Unsupported { reason, link } => ("no", format!("{reason} ([source]({link}))")),
        };
        out.push_str(&format!("| `{}` | {mark} | {text} |\n", row.operation));
    }
    out
}

#[test]
fn every_operation_has_one_row_and_every_no_has_a_reason_with_a_link() {
    let rows: Vec<Operation> = MANIFEST.capabilities.iter().map(|row| row.operation).collect();
    assert_eq!(rows.iter().collect::<BTreeSet<_>>().len(), rows.len());
    for operation in Operation::OF_PLATFORMS {
        assert!(rows.contains(&operation), "{operation}");
    }
    for row in &MANIFEST.capabilities {
        if let Support::Workaround { reason, link } | Support::Unsupported { reason, link } = row.support {
            assert!(!reason.is_empty() && link.starts_with("https://"), "{}", row.operation);
        }
    }
    assert!(MANIFEST.fields.iter().all(|field| field.link.starts_with("https://")));
}

#[test]
fn the_documentation_shows_the_manifests_table() {
    const BEGIN: &str = "<!-- capabilities: begin -->\n";
    let docs = include_str!("../../docs.md");
    let (_, rest) = docs.split_once(BEGIN).unwrap();
    let (shown, _) = rest.split_once("<!-- capabilities: end -->").unwrap();
    assert_eq!(shown, table(), "put this between the marks of docs.md:\n{}", table());
}

#[test]
fn only_shops_of_the_platform_get_credentials() {
    assert!(MANIFEST.is_api_host("a.myshopify.com"));
    for host in ["myshopify.com", "a.myshopify.com.example", "cdn.shopify.com", "evilmyshopify.com"] {
        assert!(!MANIFEST.is_api_host(host), "{host}");
    }
}
