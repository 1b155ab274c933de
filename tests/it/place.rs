//! Where the database of a test lies: in memory, in a file, or on a server.

use fusion_core::{clock::Clock, storage::Backend};
use fusion_queue::{
    Memory,
    sqlite::{Durability, SqliteSettings},
};
use std::{path::Path, sync::Arc};
use tempfile::TempDir;

/// A database that goes with its test.
pub(crate) enum Place {
    /// What nobody but its process finds.
    Memory,
    File(TempDir),
    #[cfg(feature = "postgres")]
    Server(crate::server::Schema),
}

impl Place {
    pub(crate) fn memory() -> Self {
        Self::Memory
    }

    pub(crate) fn file() -> Self {
        Self::File(TempDir::new().unwrap())
    }

    #[cfg(feature = "postgres")]
    pub(crate) fn server() -> Self {
        Self::Server(crate::server::Schema::new())
    }

    /// What another process finds it by.
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Memory => panic!("no process finds another's memory"),
            Self::File(folder) => folder.path().to_str().unwrap(),
            #[cfg(feature = "postgres")]
            Self::Server(schema) => schema.name(),
        }
    }

    pub(crate) async fn open(&self, clock: Arc<dyn Clock>) -> Arc<dyn Backend> {
        match self {
            Self::Memory => Arc::new(Memory::with_clock(clock)),
            _ => open(self.name(), clock).await,
        }
    }

    /// Waits until nothing of processes that have ended is under way any more.
    pub(crate) async fn is_quiet(&self) {
        match self {
            Self::Memory | Self::File(_) => {}
            #[cfg(feature = "postgres")]
            Self::Server(schema) => schema.is_quiet().await,
        }
    }
}

/// The database of this name.
pub(crate) async fn open(name: &str, clock: Arc<dyn Clock>) -> Arc<dyn Backend> {
    #[cfg(feature = "postgres")]
    if Path::new(name).is_relative() {
        return Arc::new(crate::server::open(name, clock).await);
    }
    let file = SqliteSettings::new(Path::new(name).join("fusion.db"));
    let file = file.with_durability(Durability::ProcessEnd).with_clock(clock);
    Arc::new(file.open_with_queue().await.unwrap())
}

/// Makes of functions that take a function which makes a [`Place`] a test for each kind that outlives a process, with
/// `memory;` before them for that too.
macro_rules! in_every_place {
    (memory; $($test:ident),+ $(,)?) => {
        crate::place::in_every_place! { @in memory () $($test)+ }
        crate::place::in_every_place! { $($test),+ }
    };
    ($($test:ident),+ $(,)?) => {
        crate::place::in_every_place! { @in file () $($test)+ }
        #[cfg(feature = "postgres")]
        crate::place::in_every_place! { @in server (#[ignore = "needs a PostgreSQL server"]) $($test)+ }
    };
    (@in $place:ident $attributes:tt $($test:ident)+) => {
        mod $place {
            $(crate::place::in_every_place! { @test $place $attributes $test })+
        }
    };
    (@test $place:ident ($($attribute:tt)*) $test:ident) => {
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        $($attribute)*
        async fn $test() {
            super::$test(crate::place::Place::$place).await;
        }
    };
}

pub(crate) use in_every_place;
