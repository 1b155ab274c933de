//! What storage has to do: keep records by key, list them by closed queries, and commit changes whole or not at all.

mod backend;
mod change_set;
mod contract;
mod key;
mod lookup;
mod query;
mod record;
mod split;
mod unique_key;

pub use backend::{Backend, Errand, Outbox, Waiting};
pub use change_set::{ChangeSet, Committed, Write};
pub(crate) use contract::load_each;
pub use contract::{Row, Storage, find, find_each, list_all, list_page, load, may_drop};
pub use query::Query;
pub use record::{Entity, Key, PersonalValue, Record, Version, Versioned};
pub use split::Split;
pub use unique_key::UniqueKey;
