//! Orders at the platform, and what it tells of them.

use super::{
    OrderChange, ScriptedPlatform,
    platform::{signature, unknown},
};
use fusion_core::{clock::Timestamp, error::Result, model::Ref};
use std::time::Duration;

impl ScriptedPlatform {
    /// Sells so many of each variant, and returns the order's ref.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`](fusion_core::ErrorKind::NotFound): it has no such variant.
    pub fn place_order(&self, store: &str, wanted: &[(Ref, i64)]) -> Result<Ref> {
        let now = self.clock.now();
        self.lock().place_order(store, wanted, now).ok_or_else(unknown)
    }

    /// Changes an order, as the buyer or the merchant would at the platform.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`](fusion_core::ErrorKind::NotFound): it has no such order, line or variant.
    pub fn change_order(&self, order: &Ref, change: OrderChange) -> Result<()> {
        let now = self.clock.now();
        self.lock().change_order(&order.id, change, now).ok_or_else(unknown)
    }

    /// Makes an order look placed and changed so much earlier.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`](fusion_core::ErrorKind::NotFound): it has no such order.
    pub fn backdate(&self, order: &Ref, by: Duration) -> Result<()> {
        let micros = i64::try_from(by.as_micros()).unwrap_or(i64::MAX);
        let earlier = |at: Timestamp| Timestamp::from_micros(at.as_micros().saturating_sub(micros));
        let mut state = self.lock();
        let order = state.orders.get_mut(&order.id).ok_or_else(unknown)?;
        (order.placed, order.updated) = (earlier(order.placed), earlier(order.updated));
        Ok(())
    }

    /// Forgets every notification that was asked for, as platforms do after too many failures.
    pub fn drop_subscriptions(&self) {
        self.lock().topics.clear();
    }

    /// How many of a line are still wanted.
    pub fn current_of(&self, order: &Ref, line: &str) -> Option<i64> {
        let state = self.lock();
        state.orders.get(&order.id)?.lines.iter().find(|known| known.id == line).map(|known| known.current)
    }

    /// The keys of an order's lines, in order.
    pub fn lines_of(&self, order: &Ref) -> Vec<String> {
        let state = self.lock();
        let lines = state.orders.get(&order.id).map(|order| order.lines.as_slice()).unwrap_or_default();
        lines.iter().map(|line| line.id.clone()).collect()
    }

    /// A signed notification about none, one or several things, as it would be sent: headers and body. The topics
    /// `buyer/erase`, `store/erase` and `buyer/disclose` are privacy demands.
    pub fn delivery<'a>(
        &self,
        topic: &str,
        about: impl IntoIterator<Item = &'a Ref>,
        secret: &str,
    ) -> (Vec<(String, String)>, Vec<u8>) {
        let about: Vec<&Ref> = about.into_iter().collect();
        let body = serde_json::json!({ "topic": topic, "about": about }).to_string().into_bytes();
        let headers = vec![
            ("content-type".to_owned(), "application/json".to_owned()),
            ("scripted-signature".to_owned(), signature(secret, &body)),
        ];
        (headers, body)
    }

    /// Topic and address of each notification that was asked for.
    pub fn subscriptions(&self) -> Vec<(String, String)> {
        self.lock().topics.iter().map(|(topic, address)| (topic.clone(), address.clone())).collect()
    }
}
