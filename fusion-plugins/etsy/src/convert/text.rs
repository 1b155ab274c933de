//! Texts: the platform answers with entities and takes plain characters.

use fusion_core::model::{RichText, TextFormat};

/// Longest entity that is looked for, without `&` and `;`: `#1114111`.
const LONGEST: usize = 8;

/// Decodes entities once; whoever decodes twice turns a written `&amp;lt;` into `<`.
pub(super) fn decoded(text: &str) -> String {
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

/// The characters of a text; of HTML, what a reader sees, with its lines.
pub(super) fn plain(text: &RichText) -> String {
    match text.format {
        TextFormat::Plain => text.text.clone(),
        TextFormat::Html => without_tags(&text.text),
    }
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
        match name.to_ascii_lowercase().trim_end_matches('/') {
            "br" | "/p" | "/div" | "/li" | "/h1" | "/h2" | "/h3" | "/h4" | "/tr" => out.push('\n'),
            "li" => out.push_str("- "),
            _ => {}
        }
        rest = after;
    }
    out.push_str(rest);
    decoded(out.trim())
}

/// The first `limit` characters.
pub(super) fn cut(text: &str, limit: usize) -> String {
    text.chars().take(limit).collect()
}
