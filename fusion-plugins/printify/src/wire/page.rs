//! A page as Laravel counts it.

use super::Told;
use serde::Deserialize;
use serde_json::Value;

#[derive(Debug, Deserialize)]
pub(crate) struct Paginated {
    #[serde(default)]
    pub(crate) data: Told<Vec<Value>>,
    #[serde(default)]
    pub(crate) current_page: Told<u64>,
    #[serde(default)]
    pub(crate) last_page: Told<u64>,
    /// Relative in some answers: good for "there is more" and nothing else.
    #[serde(default)]
    pub(crate) next_page_url: Told<String>,
}
