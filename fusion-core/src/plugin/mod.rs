//! The contract between the hub and a platform: what a plugin says about itself, what it is given, what it is
//! asked, and what it answers.

mod budget;
mod command;
mod context;
mod credentials;
mod dispatch;
mod drift;
mod guard;
mod journal;
mod level;
mod manifest;
mod memory_ledger;
mod paged;
mod platform;
mod preview;
mod receipt;
mod setup;
pub(crate) mod steps;
mod webhooks;

pub use budget::{Booking, Bucket, BucketKey, BudgetLedger, BudgetUnit, Correction, Draw, Scope, Ticket};
pub use command::{Change, Command, Target, TargetVariant, Work};
pub use context::{
    Assets, Cache, Call, ConnectionContext, Context, MemoryCache, Net, NoAssets, NoPersonalData, NoProgress,
    PersonalData, Progress,
};
pub use credentials::{App, CredentialSource, Credentials, NoCredentials, SignIn};
pub use dispatch::{Carried, dispatch};
pub use drift::{Difference, differences, renamed_options};
pub use guard::guard;
pub use journal::{Ending, Journal, NoJournal, Opened, WireRequest, WireResponse};
pub use level::BucketLevel;
pub use manifest::{
    ApiVersion, AuthScheme, Capability, FieldRule, Manifest, Rule, Setting, Support, WriteUnit,
};
pub use memory_ledger::MemoryLedger;
pub use paged::{MAX_EMPTY_PAGES, MAX_PAGES, Paged};
pub use platform::{Found, PlatformPlugin, ProductQuery, SentStep};
pub use preview::{FieldChange, PlannedCalls, Preview, Snapshot};
pub use receipt::{Applied, Page, Placed, Receipt, RowResult, Unreadable, Watch, Written};
pub use setup::PlatformSetup;
pub(crate) use setup::Plugins;
pub use webhooks::{Asks, Delivery, Hint, Matter, Webhooks};

#[cfg(test)]
mod tests;
