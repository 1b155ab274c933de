//! What a test does to the platform and reads from it.

use super::{
    Fault, LedgerEntry, Script,
    state::{Planned, State},
    wire::{self, StoreRow},
};
use fusion_core::{
    canonical::Hash,
    clock::Clock,
    error::{Error, ErrorKind, Result},
    http::HttpTransport,
    model::{Currency, Lifecycle, Ref},
    plugin::Credentials,
};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A platform in memory; clones share one.
#[derive(Clone)]
pub struct ScriptedPlatform {
    pub(super) state: Arc<Mutex<State>>,
    pub(super) clock: Arc<dyn Clock>,
}

impl ScriptedPlatform {
    /// A platform with one store, `main`, that sells in euros.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self::with_script(clock, Script::default())
    }

    /// A platform with these habits.
    pub fn with_script(clock: Arc<dyn Clock>, script: Script) -> Self {
        #[expect(clippy::expect_used, reason = "ISO 4217 has the euro")]
        let euro = Currency::new("EUR").expect("a currency");
        let main = StoreRow { id: "main".to_owned(), name: "Main shop".to_owned(), currency: euro };
        let mut state = State::new(script, main);
        state.token_made = Some(clock.now());
        Self { state: Arc::new(Mutex::new(state)), clock }
    }

    /// The way to it.
    pub fn transport(&self) -> Arc<dyn HttpTransport> {
        Arc::new(self.clone())
    }

    /// Credentials that it accepts at present.
    pub fn credentials(&self) -> Credentials {
        let state = self.lock();
        let mut credentials = Credentials::token(access_token(state.token));
        credentials.refresh = Some(refresh_token(state.token).into());
        credentials.until = state.script.token_lasts.and_then(|lasts| Some(state.token_made? + lasts));
        credentials
    }

    /// Changes its habits. What the manifest tells was fixed when the plugin was made.
    pub fn script(&self, change: impl FnOnce(&mut Script)) {
        change(&mut self.lock().script);
    }

    /// Adds a store to the authorisation.
    pub fn add_store(&self, id: &str, name: &str, currency: Currency) {
        self.lock().stores.push(StoreRow { id: id.to_owned(), name: name.to_owned(), currency });
    }

    /// From now on the authorisation belongs to another account.
    pub fn switch_account(&self, account: &str) {
        account.clone_into(&mut self.lock().account);
    }

    /// Lets the next call fail.
    pub fn fail_next(&self, fault: Fault) {
        self.fail_at("", fault);
    }

    /// Lets the next call fail whose method and path hold `part`, as in `POST /products`. Of faults for the same
    /// call the first is used and the others wait.
    pub fn fail_at(&self, part: &str, fault: Fault) {
        self.fail_nth(part, 0, fault);
    }

    /// As [`fail_at`](Self::fail_at), after `nth` such calls were let through.
    pub fn fail_nth(&self, part: &str, nth: usize, fault: Fault) {
        self.lock().faults.push(Planned { part: part.to_owned(), skip: nth, fault });
    }

    /// Everything that really happened, in order.
    pub fn ledger(&self) -> Vec<LedgerEntry> {
        self.lock().ledger.clone()
    }

    /// How often `what` really happened.
    pub fn count(&self, what: &str) -> usize {
        self.lock().ledger.iter().filter(|entry| entry.what == what).count()
    }

    /// Method and path of every call that reached it, in order.
    pub fn calls(&self) -> Vec<String> {
        self.lock().calls.clone()
    }

    /// Changes a product's title, as somebody else would.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`]: it has no such product.
    pub fn edit_title(&self, product: &Ref, title: &str) -> Result<()> {
        let now = self.clock.now();
        let mut state = self.lock();
        let product = state.products.get_mut(&product.id).ok_or_else(unknown)?;
        title.clone_into(&mut product.title);
        product.updated = now;
        Ok(())
    }

    /// Calls the first option of a product otherwise, as somebody else would.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`]: it has no such product, or that one no option.
    pub fn rename_option(&self, product: &Ref, name: &str) -> Result<()> {
        let now = self.clock.now();
        let mut state = self.lock();
        let product = state.products.get_mut(&product.id).ok_or_else(unknown)?;
        let option = product.options.first_mut().ok_or_else(unknown)?;
        let old = std::mem::replace(&mut option.name, name.to_owned());
        for variant in &mut product.variants {
            variant.options = variant
                .options
                .iter()
                .map(|(own, value)| (if own == old { name } else { own }.to_owned(), value.to_owned()))
                .collect();
        }
        product.updated = now;
        Ok(())
    }

    /// Adds a film to a product: nothing of the model holds it.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`]: it has no such product.
    pub fn add_film(&self, product: &Ref, address: &str) -> Result<()> {
        let now = self.clock.now();
        let mut state = self.lock();
        let product = state.products.get_mut(&product.id).ok_or_else(unknown)?;
        product.films.push(address.to_owned());
        product.updated = now;
        Ok(())
    }

    /// The title of a product.
    pub fn title(&self, product: &Ref) -> Option<String> {
        self.lock().products.get(&product.id).map(|product| product.title.clone())
    }

    /// Where a product stands.
    pub fn lifecycle(&self, product: &Ref) -> Option<Lifecycle> {
        self.lock().products.get(&product.id).map(|product| product.lifecycle.clone())
    }

    /// How many of a variant can be sold.
    pub fn available(&self, variant: &Ref) -> Option<i64> {
        let state = self.lock();
        let pool = state.pool_of(&variant.id)?;
        state.levels.get(&pool).copied()
    }

    /// Sets how many of a variant can be sold, as somebody else would.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`]: it has no such variant.
    pub fn set_available(&self, variant: &Ref, available: i64) -> Result<()> {
        let mut state = self.lock();
        let pool = state.pool_of(&variant.id).ok_or_else(unknown)?;
        state.levels.insert(pool, available);
        Ok(())
    }

    /// Refuses every change of a variant's stock with `code`, until `None` lifts it.
    pub fn refuse_stock(&self, variant: &Ref, code: Option<&str>) {
        let mut state = self.lock();
        match code {
            Some(code) => state.fixed.insert(variant.id.clone(), code.to_owned()),
            None => state.fixed.remove(&variant.id),
        };
    }

    /// Makes the record of a product unreadable in lists, that of an order everywhere.
    pub fn spoil(&self, record: &Ref) {
        self.lock().spoilt.insert(record.id.clone());
    }

    /// Makes a spoilt record readable again.
    pub fn mend(&self, record: &Ref) {
        self.lock().spoilt.remove(&record.id);
    }

    /// Lists a product that the program knows nothing of, like the product of `known`; its first variant.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`]: it has no such product.
    pub fn list_foreign(&self, known: &Ref) -> Result<Ref> {
        let mut state = self.lock();
        let mut product = state.products.get(&known.id).cloned().ok_or_else(unknown)?;
        product.id = state.id("product");
        for variant in &mut product.variants {
            variant.id = state.id("variant");
            variant.pool.clone_from(&variant.id);
            (variant.row, variant.sku) = (None, None);
        }
        let first =
            product.variants.first().map(|variant| Ref::new(super::kinds::VARIANT, variant.id.clone()));
        state.products.insert(product.id.clone(), product);
        first.ok_or_else(unknown)
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn copied_script(&self) -> Script {
        self.lock().script.clone()
    }
}

/// Good enough for a platform in memory: nobody extends its bodies.
pub(super) fn signature(secret: &str, body: &[u8]) -> String {
    let mut signed = format!("{}:{secret}", secret.len()).into_bytes();
    signed.extend_from_slice(body);
    Hash::of(signed).to_string()
}

pub(super) fn access_token(generation: u64) -> String {
    format!("access-{generation}")
}

pub(super) fn refresh_token(generation: u64) -> String {
    format!("refresh-{generation}")
}

pub(super) fn token(state: &State) -> wire::Token {
    wire::Token {
        access: access_token(state.token),
        refresh: refresh_token(state.token),
        lasts_ms: state.script.token_lasts.map(|lasts| u64::try_from(lasts.as_millis()).unwrap_or(u64::MAX)),
    }
}

pub(super) fn unknown() -> Error {
    Error::new(ErrorKind::NotFound, "the scripted platform has no such thing")
}
