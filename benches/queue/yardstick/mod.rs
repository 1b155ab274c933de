//! Plain loops over the bare stores: the least that work can cost there, without retries, schedules or handlers.

pub(crate) mod channel;
pub(crate) mod postgres;
pub(crate) mod sqlite;
