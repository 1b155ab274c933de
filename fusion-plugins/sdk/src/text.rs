//! Texts for platforms that write entities and take no HTML.

use fusion_core::model::{RichText, TextFormat};

/// Longest entity that is looked for, without `&` and `;`: `#1114111`.
const LONGEST: usize = 8;

/// Elements that begin and end on a line of their own.
const BLOCKS: [&str; 12] = ["p", "div", "li", "ul", "ol", "tr", "h1", "h2", "h3", "h4", "h5", "h6"];

/// The characters of a text; of HTML, what a reader sees, with its lines.
///
/// ```
/// use fusion_core::model::RichText;
/// use fusion_plugin_sdk::plain_text;
///
/// assert_eq!(plain_text(&RichText::html("<p>Salt &amp; tea</p><ul><li>one<li>two</ul>")), "Salt & tea\n- one\n- two");
/// assert_eq!(plain_text(&RichText::plain("a < b")), "a < b");
/// ```
pub fn plain_text(text: &RichText) -> String {
    match text.format {
        TextFormat::Plain => text.text.clone(),
        TextFormat::Html => without_tags(&text.text),
    }
}

/// Decodes entities once; whoever decodes twice turns a written `&amp;lt;` into `<`.
///
/// ```
/// assert_eq!(fusion_plugin_sdk::decode_entities("Tea &amp; mug, &#8364;3 &unknown; &amp;lt;"), "Tea & mug, €3 &unknown; &lt;");
/// ```
pub fn decode_entities(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        match entity(from) {
            Some((c, after)) => {
                out.push(c);
                rest = after;
            }
            None => {
                out.push('&');
                rest = from.strip_prefix('&').unwrap_or_default();
            }
        }
    }
    out.push_str(rest);
    out
}

/// The character that `from` begins with as an entity, and what follows.
fn entity(from: &str) -> Option<(char, &str)> {
    let (name, after) = from.strip_prefix('&')?.split_once(';')?;
    if name.len() > LONGEST {
        return None;
    }
    let c = match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => '\u{a0}',
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16),
                None => number.parse(),
            };
            char::from_u32(code.ok()?)?
        }
    };
    Some((c, after))
}

fn without_tags(html: &str) -> String {
    let mut out = String::with_capacity(html.len());
    let mut rest = html;
    while let Some((before, from)) = rest.split_once('<') {
        out.push_str(before);
        let Some((tag, after)) = from.split_once('>') else {
            out.push('<');
            rest = from;
            continue;
        };
        let name: String = tag.chars().take_while(|c| !c.is_whitespace()).collect();
        let name = name.to_ascii_lowercase();
        let name = name.trim_end_matches('/');
        if name == "br" || (is_block(name) && !out.is_empty() && !out.ends_with('\n')) {
            out.push('\n');
        }
        if name == "li" {
            out.push_str("- ");
        }
        rest = after;
    }
    out.push_str(rest);
    decode_entities(out.trim())
}

fn is_block(name: &str) -> bool {
    BLOCKS.contains(&name.strip_prefix('/').unwrap_or(name))
}
