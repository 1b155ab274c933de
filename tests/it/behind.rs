//! What somebody does behind a read of a store: between a job's look at it and what it does then.

use async_trait::async_trait;
use fusion_core::{
    Result,
    model::StoreId,
    storage::Key,
    testkit::{Answer, Call, Carries, Watch},
};
use std::{future::Future, sync::Mutex};

pub(crate) struct BehindRead<F> {
    store: StoreId,
    /// Reads until then.
    left: Mutex<u32>,
    act: F,
}

impl<F> BehindRead<F> {
    /// Acts behind the read number `nth` of the store, once.
    pub(crate) fn new(store: StoreId, nth: u32, act: F) -> Self {
        Self { store, left: Mutex::new(nth), act }
    }
}

#[async_trait]
impl<F, D> Watch for BehindRead<F>
where
    F: Fn() -> D + Send + Sync,
    D: Future<Output = Result<()>> + Send,
{
    type Held = bool;

    async fn before(&self, call: &Call<'_>) -> Result<bool> {
        Ok(matches!(call.carries, Carries::Keys([Key::Store(id)]) if *id == self.store))
    }

    async fn after(&self, is_read: bool, _: &Answer<'_>) -> Result<()> {
        let is_last = is_read && {
            let mut left = self.left.lock().unwrap();
            *left = left.wrapping_sub(1);
            *left == 0
        };
        if is_last { (self.act)().await } else { Ok(()) }
    }
}
