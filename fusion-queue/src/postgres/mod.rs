//! A queue and its budgets on a PostgreSQL server, for any number of machines.
//!
//! Tables and functions stand in a schema of their own. Every verb is one call of one function, which is one
//! transaction of the server's: nobody's dropped future leaves one open, and nothing is kept in a session, so a
//! pooler may stand between. Time is the server's. Calls that put jobs in at the same time share one transaction.
//!
//! Embedders may enqueue inside a transaction of theirs, by calling the schema's functions. While it is open,
//! whoever puts in jobs of the same unique or serial key waits for it, up to five seconds; workers don't. One that
//! cancels jobs, or replaces what waits under a unique key, has the isolation level READ COMMITTED, or is refused.

mod connect;
mod fault;
mod ledger;
mod migration;
mod pool;
mod queue;
mod settings;

pub use connect::Postgres;
pub use settings::PostgresSettings;
