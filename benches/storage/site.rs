//! Where a turn's work is stored.

use crate::{Result, measure::server::Server};
use fusion_core::storage::Backend;
use fusion_queue::Sqlite;
use std::sync::Arc;

/// A place whose databases last as long as a turn.
#[derive(Clone, Copy)]
pub(crate) enum Site<'a> {
    Server(&'a Server),
    File,
}

impl Site<'_> {
    /// The one of two names that is this place's.
    pub(crate) const fn pick<T: Copy>(&self, server: T, file: T) -> T {
        match self {
            Self::Server(_) => server,
            Self::File => file,
        }
    }

    /// Does `work` on an empty database with its default settings: every commit is on the disk when it is answered.
    pub(crate) async fn with_empty<T>(
        &self,
        work: impl AsyncFnOnce(Arc<dyn Backend>) -> Result<T>,
    ) -> Result<T> {
        match self {
            Self::Server(server) => {
                let (settings, schema) = server.fresh()?;
                let done = work(Arc::new(settings.connect().await?)).await;
                server.clear(&schema).await?;
                done
            }
            Self::File => {
                let folder = tempfile::tempdir()?;
                work(Arc::new(Sqlite::open(folder.path().join("fusion.db")).await?)).await
            }
        }
    }
}
