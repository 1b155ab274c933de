//! Describes the shop to simulate.

use super::{
    auth::Tokens,
    contract::Version,
    cost::Bucket,
    journal::Journal,
    shop::{Named, Plan, Shop},
    simulator::{Inner, Simulator},
    window::Window,
    world::World,
};
use fusion_core::{
    clock::Clock,
    error::{Error, ErrorKind, Result},
};
use std::{
    collections::BTreeMap,
    fmt,
    num::NonZeroU32,
    path::PathBuf,
    sync::{Arc, Mutex},
    time::Duration,
};

/// A description of a shop; [`build`](Self::build) opens it.
pub struct SimulatorBuilder {
    clock: Arc<dyn Clock>,
    domain: String,
    currency: String,
    plan: Plan,
    locations: Vec<String>,
    publications: Vec<String>,
    tokens: Tokens,
    folder: Option<PathBuf>,
    points: Option<NonZeroU32>,
    each_second: Option<NonZeroU32>,
    search_lag: Duration,
    hides_buyers: bool,
}

impl fmt::Debug for SimulatorBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SimulatorBuilder").field("shop", &self.domain).finish_non_exhaustive()
    }
}

impl SimulatorBuilder {
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            domain: Simulator::DOMAIN.to_owned(),
            currency: "EUR".to_owned(),
            plan: Plan::Standard,
            locations: vec!["Main".to_owned()],
            publications: vec!["Online Store".to_owned(), "Point of Sale".to_owned()],
            tokens: Tokens::new(),
            folder: None,
            points: None,
            each_second: None,
            search_lag: Duration::ZERO,
            hides_buyers: false,
        }
    }

    /// The shop's domain, [`Simulator::DOMAIN`] if it isn't said.
    #[must_use]
    pub fn shop(mut self, domain: impl Into<String>) -> Self {
        self.domain = domain.into();
        self
    }

    /// The shop's currency, `EUR` if it isn't said.
    #[must_use]
    pub fn currency(mut self, code: impl Into<String>) -> Self {
        self.currency = code.into();
        self
    }

    /// The subscription that sets the size of the cost bucket, [`Plan::Standard`] if it isn't said.
    #[must_use]
    pub fn plan(mut self, plan: Plan) -> Self {
        self.plan = plan;
        self
    }

    /// The places that hold stock, the first being where new variants are stocked; `Main` if it isn't said.
    #[must_use]
    pub fn locations<N: Into<String>>(mut self, names: impl IntoIterator<Item = N>) -> Self {
        self.locations = names.into_iter().map(Into::into).collect();
        self
    }

    /// The publications that products can be shown in; two if it isn't said.
    #[must_use]
    pub fn publications<N: Into<String>>(mut self, names: impl IntoIterator<Item = N>) -> Self {
        self.publications = names.into_iter().map(Into::into).collect();
        self
    }

    /// Lets in a static token, as apps have that merchants made themselves.
    #[must_use]
    pub fn token(mut self, token: impl Into<String>) -> Self {
        self.tokens.fixed.push(token.into());
        self
    }

    /// Lets this app ask for tokens by the client credentials grant.
    #[must_use]
    pub fn client(mut self, id: impl Into<String>, secret: impl Into<String>) -> Self {
        self.tokens.client = Some((id.into(), secret.into()));
        self
    }

    /// What the app may do; all that the simulator knows if it isn't said.
    #[must_use]
    pub fn scopes<N: Into<String>>(mut self, scopes: impl IntoIterator<Item = N>) -> Self {
        self.tokens.scopes = scopes.into_iter().map(Into::into).collect();
        self
    }

    /// Keeps the shop in this folder: what stands there is taken up again, and every effect is appended.
    #[must_use]
    pub fn state_folder(mut self, path: impl Into<PathBuf>) -> Self {
        self.folder = Some(path.into());
        self
    }

    /// Gives back so many points a second in place of the plan's, with a bucket of twenty times as many: for runs
    /// that the platform's limits must not slow down.
    #[must_use]
    pub fn points_per_second(mut self, points: NonZeroU32) -> Self {
        self.points = Some(points);
        self
    }

    /// Refuses more requests a second with 429, whatever they cost; no limit if it isn't said.
    #[must_use]
    pub fn requests_per_second(mut self, requests: NonZeroU32) -> Self {
        self.each_second = Some(requests);
        self
    }

    /// How long after its creation a product isn't found by `query:` yet, as the search index lags behind writes; no
    /// time if it isn't said. Lookups by id, handle or custom id never lag.
    #[must_use]
    pub fn search_lag(mut self, lag: Duration) -> Self {
        self.search_lag = lag;
        self
    }

    /// Hides who buyers are, as from an app that isn't approved for protected customer data: names, addresses,
    /// phones and e-mails are null.
    #[must_use]
    pub fn hide_buyers(mut self) -> Self {
        self.hides_buyers = true;
        self
    }

    /// Signs notifications with this secret; with the client's if it isn't said.
    #[must_use]
    pub fn app_secret(mut self, secret: impl Into<String>) -> Self {
        self.tokens.secret = Some(secret.into());
        self
    }

    /// Opens the shop.
    ///
    /// # Errors
    /// `InvalidConfig` for a currency the platform doesn't have, a shop without location, or a state folder that
    /// can't be used or is another shop's.
    pub fn build(self) -> Result<Simulator> {
        let invalid = |message: &'static str| Error::new(ErrorKind::InvalidConfig, message);
        let currencies = Version::October2026.schema().get_enum("CurrencyCode");
        if !currencies.is_some_and(|it| it.values.keys().any(|code| code.as_str() == self.currency)) {
            return Err(invalid("the simulated shop's currency isn't one that the platform has"));
        }
        if self.locations.is_empty() {
            return Err(invalid("the simulated shop needs a location"));
        }
        let now = self.clock.now();
        let mut fresh = Shop::new(&self.domain, &self.currency, self.plan, now);
        for name in self.locations {
            let id = fresh.new_id();
            fresh.locations.insert(id, Named { name, created_at: now });
        }
        for name in self.publications {
            let id = fresh.new_id();
            fresh.publications.insert(id, Named { name, created_at: now });
        }
        let (mut shop, mut ledger, mut journal) = (fresh, Vec::new(), None);
        if let Some(folder) = &self.folder {
            let (opened, kept) = Journal::open(folder)?;
            journal = Some(opened);
            if let Some((known, effects)) = kept {
                if known.domain != self.domain {
                    return Err(invalid("the state folder holds another shop"));
                }
                (shop, ledger) = (known, effects);
            }
        }
        if let Some(journal) = &mut journal
            && ledger.is_empty()
        {
            journal.keep(&mut shop, &[])?;
        }
        let requests = ledger.last().map_or(0, |effect| effect.request);
        let rate = self.points.map_or_else(|| shop.plan.restore_rate(), NonZeroU32::get);
        let bucket = Bucket::full(rate, self.clock.elapsed());
        let world = World {
            shop,
            tokens: self.tokens,
            bucket,
            faults: Vec::new(),
            written: ledger.len(),
            ledger,
            calls: BTreeMap::new(),
            struck: 0,
            requests,
            search_lag: self.search_lag,
            hides_buyers: self.hides_buyers,
            journal,
        };
        let window = self.each_second.map(|requests| Window::new(requests, self.clock.clone()));
        Ok(Simulator(Arc::new(Inner { clock: self.clock, world: Mutex::new(world), window })))
    }
}
