//! The schema that documents are held against, one for each version of the API that is served.

use apollo_compiler::{Schema, validation::Valid};
use std::sync::LazyLock;

/// An API version that the simulator serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Version {
    /// 2026-07.
    July2026,
    /// 2026-10.
    October2026,
}

/// What both versions have in common.
pub(super) const COMMON: &str =
    concat!(include_str!("schema.graphql"), include_str!("schema_orders.graphql"));

/// What left the API with 2026-10.
const UNTIL_JULY: &str = "extend enum InventorySetQuantitiesUserErrorCode { ITEM_NOT_STOCKED_AT_LOCATION }";

static JULY: LazyLock<Valid<Schema>> = LazyLock::new(|| parse(&format!("{COMMON}\n{UNTIL_JULY}")));
static OCTOBER: LazyLock<Valid<Schema>> = LazyLock::new(|| parse(COMMON));

#[expect(clippy::expect_used, reason = "the text is part of this crate and a test parses it")]
fn parse(text: &str) -> Valid<Schema> {
    Schema::parse_and_validate(text, "schema.graphql").expect("the simulator's own schema is valid")
}

impl Version {
    /// The version that answers when `asked` stands in the path.
    ///
    /// A version that is no longer supported falls forward to the oldest that is; one that never was, or isn't
    /// yet, has no endpoint.
    pub(super) fn serving(asked: &str) -> Option<Self> {
        let (year, month) = asked.split_once('-')?;
        if year.len() != 4 || !matches!(month, "01" | "04" | "07" | "10") {
            return None;
        }
        let year: u16 = year.parse().ok()?;
        match (year, month) {
            (2026, "10") => Some(Self::October2026),
            (2026, _) | (2019..=2025, _) => Some(Self::July2026),
            _ => None,
        }
    }

    /// As it stands in paths and headers.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::July2026 => "2026-07",
            Self::October2026 => "2026-10",
        }
    }

    /// The schema of this version, parsed once per process.
    pub(super) fn schema(self) -> &'static Valid<Schema> {
        match self {
            Self::July2026 => &JULY,
            Self::October2026 => &OCTOBER,
        }
    }
}
