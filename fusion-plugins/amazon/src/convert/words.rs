//! Texts on their way to the platform, which takes no HTML.

use fusion_core::model::{LossKind, Losses, RichText, TextFormat};
use fusion_plugin_sdk::plain_text;

/// The words of a text without its markup.
pub(super) fn plain(text: &RichText, path: &str, losses: &mut Losses) -> String {
    if text.format == TextFormat::Html {
        losses.add(path, LossKind::Reinterpreted, "the platform takes no HTML; the words alone are sent");
    }
    plain_text(text)
}
