//! Texts on their way to the platform, which takes no HTML.

use fusion_core::model::{LossKind, Losses, RichText, TextFormat};

/// The words of a text without its markup.
pub(super) fn plain(text: &RichText, path: &str, losses: &mut Losses) -> String {
    match text.format {
        TextFormat::Plain => text.text.clone(),
        TextFormat::Html => {
            losses.add(path, LossKind::Reinterpreted, "the platform takes no HTML; the words alone are sent");
            words(&text.text)
        }
    }
}

/// Elements that end a line.
const BREAKS: [&str; 10] = ["br", "p", "/p", "/div", "/li", "/h1", "/h2", "/h3", "/tr", "/ul"];

fn words(html: &str) -> String {
    let mut out = String::with_capacity(html.len());
    let mut rest = html;
    while let Some((before, tag)) = rest.split_once('<') {
        push(before, &mut out);
        let (tag, after) = tag.split_once('>').unwrap_or((tag, ""));
        let name = tag.split([' ', '/', '\n']).find(|part| !part.is_empty()).unwrap_or_default();
        let name = if tag.starts_with('/') { format!("/{name}") } else { name.to_owned() };
        if BREAKS.contains(&name.to_ascii_lowercase().as_str()) && !out.ends_with('\n') && !out.is_empty() {
            out.push('\n');
        }
        rest = after;
    }
    push(rest, &mut out);
    out.trim().to_owned()
}

fn push(text: &str, out: &mut String) {
    let named =
        [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&nbsp;", " "), ("&amp;", "&")];
    let mut text = text.to_owned();
    for (name, meant) in named {
        text = text.replace(name, meant);
    }
    out.push_str(&text);
}
