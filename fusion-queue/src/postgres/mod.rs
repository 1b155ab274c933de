//! A back-end on a PostgreSQL server, for any number of machines: storage, queue and budgets in one database, so that
//! what a commit changes, the jobs that follow and the record of it are one transaction.
//!
//! Tables and functions stand in a schema of their own. Every call of one is a transaction of the server's: nobody's
//! dropped future leaves one open, and nothing but prepared statements is kept in a session (see
//! [`PostgresSettings::with_pooler`]). Time is the server's. Calls that put plain jobs in at the same time share one
//! transaction; one whose id somebody's open transaction has waits for that alone.
//!
//! [`Postgres`] is all three together. [`PostgresStorage`] is the storage alone: jobs of its commits wait in an outbox
//! ([`Outbox`](fusion_core::storage::Outbox)) for a queue that lives elsewhere, and none of the queue's rows is touched.
//!
//! Two commits that rely on the same records, or claim what may be there only once, don't both succeed, whichever
//! machines they come from: the second is told [`Conflict`](fusion_core::ErrorKind::Conflict) or
//! [`AlreadyExists`](fusion_core::ErrorKind::AlreadyExists). Commits that only rely on one record don't wait for each
//! other. Whoever waits longer than five seconds for what somebody's open transaction holds is told
//! [`Unavailable`](fusion_core::ErrorKind::Unavailable), and nothing of theirs is stored. A connection that is lost
//! while a commit is under way is told with the fate `Unknown`: it is stored whole or not at all, and reading tells.
//!
//! Embedders may enqueue inside a transaction of theirs ([`Postgres::enqueue_in`]). While it is open, whoever puts in
//! jobs of the same unique or serial key waits for it, up to five seconds; workers don't. It has the isolation level READ
//! COMMITTED: a stricter one is refused.
//!
//! With another driver it is a statement for each job, of usual priority and tried again as usual:
//!
//! ```sql
//! SELECT fusion.put(id => $1, tenant => $2, kind => $3, payload => $4)
//! ```
//!
//! `id` is a new UUID, best of version 7, and `payload` JSON; `store` (a UUID), `begins_work`, `serial`, `unique_key`
//! (the 32 bytes of [`Unique::key`](fusion_core::job::Unique::key)) and `due_in` (an interval) may be left out. It
//! answers 0: new, 1: its id is known, 2: joined the holder of its unique key, 3: follows that one. Where jobs of such
//! a tenant, store and kind are new, say `SELECT fusion.lane(tenant, store, kind, begins_work)` before the transaction,
//! with a UUID of zeros for no store: others who put in the first of them would wait for its end.

mod connect;
mod fault;
mod ledger;
mod line;
mod migration;
mod pool;
mod queue;
mod row_security;
mod settings;
mod storage;

pub use connect::Postgres;
pub use settings::PostgresSettings;
pub use storage::PostgresStorage;
