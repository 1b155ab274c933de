//! One test for every back-end, on real time.

use crate::fixture::*;
use fusion_core::job::{JobQueue, QueueControl};
use fusion_queue::{Memory, TokioClock};
use std::{any::Any, future::Future, pin::Pin, sync::Arc};

pub(crate) trait Queue: JobQueue + QueueControl {}

impl<T: JobQueue + QueueControl> Queue for T {}

type Opening = Pin<Box<dyn Future<Output = Arc<dyn Queue>>>>;

/// A queue that several processes share, each with what `another` opens.
pub(crate) struct Every {
    pub(crate) w: World<Arc<TokioClock>, Arc<dyn Queue>>,
    another: Box<dyn Fn() -> Opening>,
    _kept: Box<dyn Any>,
}

impl Every {
    async fn over(another: Box<dyn Fn() -> Opening>, kept: impl Any) -> Self {
        let w = World::over(Arc::new(TokioClock::system()), another().await);
        Self { w, another, _kept: Box::new(kept) }
    }

    /// The same jobs, as another process has them.
    pub(crate) async fn another(&self) -> Arc<dyn Queue> {
        (self.another)().await
    }
}

pub(crate) async fn memory() -> Every {
    let db = Memory::with_clock(Arc::new(TokioClock::system()));
    let open = move || -> Opening {
        let db: Arc<dyn Queue> = Arc::new(db.clone());
        Box::pin(async { db })
    };
    Every::over(Box::new(open), ()).await
}

#[cfg(feature = "sqlite")]
pub(crate) async fn file() -> Every {
    use fusion_queue::sqlite::{Durability, SqliteSettings};

    let folder = tempfile::TempDir::new().unwrap();
    let settings = SqliteSettings::new(folder.path().join("fusion.db"));
    let settings = settings.with_durability(Durability::ProcessEnd);
    let open = move || -> Opening {
        let settings = settings.clone();
        Box::pin(async { Arc::new(settings.open_with_queue().await.unwrap()) as Arc<dyn Queue> })
    };
    Every::over(Box::new(open), folder).await
}

#[cfg(feature = "postgres")]
pub(crate) async fn server() -> Every {
    let schema = crate::postgres::schema::Schema::new();
    let settings = schema.settings();
    let open = move || -> Opening {
        let settings = settings.clone();
        Box::pin(async { Arc::new(settings.connect().await.unwrap()) as Arc<dyn Queue> })
    };
    Every::over(Box::new(open), schema).await
}

/// Makes of functions that take an [`Every`] a test for each back-end.
macro_rules! in_every_queue {
    ($($test:ident),+ $(,)?) => {
        crate::every::in_every_queue! { @in memory () $($test)+ }
        #[cfg(feature = "sqlite")]
        crate::every::in_every_queue! { @in file () $($test)+ }
        #[cfg(feature = "postgres")]
        crate::every::in_every_queue! { @in server (#[ignore = "needs a PostgreSQL server"]) $($test)+ }
    };
    (@in $queue:ident $attributes:tt $($test:ident)+) => {
        mod $queue {
            $(crate::every::in_every_queue! { @test $queue $attributes $test })+
        }
    };
    (@test $queue:ident ($($attribute:tt)*) $test:ident) => {
        #[tokio::test]
        $($attribute)*
        async fn $test() {
            super::$test(crate::every::$queue().await).await;
        }
    };
}

pub(crate) use in_every_queue;
