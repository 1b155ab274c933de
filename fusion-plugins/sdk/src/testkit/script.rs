//! How the platform behaves as long as nothing goes wrong.

use fusion_core::{
    model::{Issue, Money, Repeat},
    plugin::Bucket,
};
use std::time::Duration;

/// The platform's habits. [`Script::default`] is a platform with good manners: one call for a whole product,
/// everything done at once.
#[derive(Clone, Debug, PartialEq)]
pub struct Script {
    /// Variants that one call may bring; with `Some(1)` a publish of 29 variants takes 1 + 29 + 1 steps.
    pub variants_per_call: Option<usize>,
    /// What makes a second creating call harmless. Under [`Repeat::Once`] a second one makes a second product.
    pub create: Repeat,
    /// The last call of a creating, updating or publishing work is accepted and decided later.
    pub late: Option<Late>,
    /// Which variants share one stock level.
    pub pools: Pools,
    /// Variants get new ids with every change of their product.
    pub rewrites_ids: bool,
    /// How long a write takes to show up in look-ups. A look-up without a find is final when it is the second
    /// one, this long after the first.
    pub settle: Duration,
    /// How look-ups answer.
    pub look_up: LookUp,
    /// Orders say whether they were edited, and when they were cancelled.
    pub tells_history: bool,
    /// What the platform keeps when a cancellation gives the money back.
    pub keeps: Option<Money>,
    /// Records that a page holds.
    pub page_size: usize,
    /// Pages show products without their variants.
    pub cuts_variants: bool,
    /// What publishing costs the merchant.
    pub fee: Option<Money>,
    /// How long an access token is accepted; `None`: until it is expired by a fault.
    pub token_lasts: Option<Duration>,
    /// Buckets of the manifest in place of the usual wide ones; `requests` and `writes` have to be among them.
    pub buckets: Option<Vec<Bucket>>,
}

impl Default for Script {
    fn default() -> Self {
        Self {
            variants_per_call: None,
            create: Repeat::Once,
            late: None,
            pools: Pools::Apart,
            rewrites_ids: false,
            settle: Duration::from_secs(30),
            look_up: LookUp::Honest,
            tells_history: true,
            keeps: None,
            page_size: 50,
            cuts_variants: false,
            fee: None,
            token_lasts: None,
            buckets: None,
        }
    }
}

/// How accepted work ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Late {
    /// Times that it is asked for in vain.
    pub asks: u32,
    /// What it is then.
    pub outcome: LateOutcome,
}

/// The end of accepted work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LateOutcome {
    /// As asked.
    Done,
    /// Done, and the platform finds something wrong with it.
    Issues(Vec<Issue>),
    /// Refused, with the platform's code.
    Refused(&'static str),
}

/// Which variants share one stock level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pools {
    /// None.
    Apart,
    /// Those of one SKU, in all stores of the authorisation.
    BySku,
    /// Those of one product.
    ByProduct,
}

/// How look-ups answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LookUp {
    /// By what happened.
    Honest,
    /// What happened did only in part.
    Partial,
    /// Several things could be it.
    Doubtful,
    /// Nothing is found, and that is never final.
    Inconclusive,
}
