//! Texts on their way to the platform, which keeps HTML.

use fusion_core::model::{RichText, TextFormat};

/// The HTML of a text; a plain one shows the same characters and lines.
pub(super) fn html(text: &RichText) -> String {
    match text.format {
        TextFormat::Html => text.text.clone(),
        TextFormat::Plain => {
            let mut out = String::with_capacity(text.text.len());
            for c in text.text.chars() {
                match c {
                    '&' => out.push_str("&amp;"),
                    '<' => out.push_str("&lt;"),
                    '>' => out.push_str("&gt;"),
                    '\n' => out.push_str("<br>"),
                    '\r' => {}
                    c => out.push(c),
                }
            }
            out
        }
    }
}
