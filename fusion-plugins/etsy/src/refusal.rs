//! Answers that refuse.

use crate::wire;
use fusion_core::{
    error::{Error, ErrorKind, Problem, Result},
    plugin::WireResponse,
};
use fusion_plugin_sdk::{json, judge_status};

/// Characters of the platform's words that are kept.
const WORDS: usize = 300;

/// Judges an answer. The platform has texts and no codes, so the status decides and the text is kept for people.
///
/// # Errors
/// For every answer that refuses; [`ErrorKind::Unauthenticated`] where a token has run out or was taken back.
pub fn judge(answer: &WireResponse) -> Result<()> {
    let Err(error) = judge_status(answer) else { return Ok(()) };
    let Ok(told) = json::<wire::Failure>(answer) else { return Err(error) };
    let words = told.error_description.as_deref().unwrap_or(&told.error);
    let words: String = words.chars().filter(|c| !c.is_control()).take(WORDS).collect();
    let error = match told.error.as_str() {
        // The token call answers a spent token with 400.
        "invalid_grant" => {
            Error::new(ErrorKind::Unauthenticated, "the platform doesn't accept the token any more")
                .with_retry(fusion_core::error::Retry::AfterReauth)
                .with_fate(error.fate())
                .with_platform_code("invalid_grant")
        }
        _ => error,
    };
    Err(error.with_problems([Problem::error(path(&told.error), "refused", words)]))
}

/// The field that a refusal names: `There was a problem with /price : …`.
fn path(words: &str) -> String {
    let named = words.split_whitespace().find_map(|word| word.strip_prefix('/'));
    named.unwrap_or_default().replace('/', ".").chars().take(WORDS).collect()
}
