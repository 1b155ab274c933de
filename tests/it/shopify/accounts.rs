//! Authorisations of one app side by side: each one's calls carry its own token.

use super::scene::mug;
use async_trait::async_trait;
use bytes::Bytes;
use fusion_core::{
    approval::{Phase, Policy},
    http::{HttpTransport, Limits, TransportError},
    hub::{BundleView, Hub, NewStore, StockChange},
    model::{MoveKind, Product, Store},
    plugin::SignIn,
    storage::Storage,
    tenant::Actor,
};
use fusion_plugins::shopify::{Shopify, simulator::Simulator};
use fusion_queue::{Memory, TokioClock, Worker};
use http::{Request, Response};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
};

/// A call: where it went, under which token, and what it said.
struct Call {
    host: String,
    token: String,
    said: String,
}

/// One way to several shops, which keeps what was called and which tokens each shop has given out.
#[derive(Default)]
struct Ways {
    shops: BTreeMap<String, Arc<dyn HttpTransport>>,
    calls: Mutex<Vec<Call>>,
    given: Mutex<BTreeMap<String, BTreeSet<String>>>,
}

#[async_trait]
impl HttpTransport for Ways {
    async fn send(&self, request: Request<Bytes>, limits: Limits) -> Result<Response<Bytes>, TransportError> {
        let host = request.uri().host().unwrap().to_owned();
        if let Some(token) = request.headers().get("x-shopify-access-token") {
            let token = token.to_str().unwrap().to_owned();
            let said = String::from_utf8(request.body().to_vec()).unwrap();
            self.calls.lock().unwrap().push(Call { host: host.clone(), token, said });
        }
        // Whoever else has something to call goes first.
        tokio::task::yield_now().await;
        let answer = self.shops[&host].send(request, limits).await?;
        tokio::task::yield_now().await;
        let body: Value = serde_json::from_slice(answer.body()).unwrap_or_default();
        if let Some(token) = body["access_token"].as_str() {
            self.given.lock().unwrap().entry(host).or_default().insert(token.to_owned());
        }
        Ok(answer)
    }
}

/// One merchant's authorisation, with a product of its own.
struct Account {
    alice: Actor,
    bob: Actor,
    store: Store,
    product: Product,
}

/// A hub with one app, which several shops have let in.
struct App {
    hub: Hub,
    ways: Arc<Ways>,
}

impl App {
    async fn over(memory: Memory, shops: &[Simulator]) -> Self {
        let by_host = shops.iter().map(|shop| (shop.domain(), shop.transport())).collect();
        let ways = Arc::new(Ways { shops: by_host, ..Ways::default() });
        let setup = Shopify::simulated_by(&shops[0]).with_transport(ways.clone());
        let hub = Hub::builder(memory);
        let hub = hub.plugin(setup).policy(Policy::two_people()).build().await.unwrap();
        Self { hub, ways }
    }

    async fn account(&self, tenant: &str, title: &str, store: NewStore) -> Account {
        let tenant = self.hub.tenant(tenant).unwrap();
        let (alice, bob) = (tenant.person("alice").unwrap(), tenant.person("bob").unwrap());
        let store = self.hub.register_store(&alice, store).await.unwrap();
        let mut product = mug(2);
        title.clone_into(&mut product.wording.title);
        for (nth, variant) in product.variants.iter_mut().enumerate() {
            variant.sku = Some(format!("{title} {nth}"));
        }
        let product = self.hub.save_product(&alice, product).await.unwrap();
        Account { alice, bob, store, product }
    }

    async fn agreed(&self, account: &Account) -> BundleView {
        let hub = &self.hub;
        let bundle = hub.publish(&account.alice, [account.product.id], [account.store.id]).await.unwrap();
        assert!(bundle.skipped.is_empty(), "{:?}", bundle.skipped);
        let bundle =
            if bundle.is_ready() { bundle } else { hub.prepare(&account.alice, bundle.id).await.unwrap() };
        hub.approve(&account.bob, &bundle).await.unwrap().all().unwrap();
        bundle
    }

    /// Publishes everybody's product, then a change of each and of its stock, all at once.
    async fn busy(&self, accounts: &[Account], round: i64) {
        let mut bundles = Vec::new();
        for account in accounts {
            let change = |product: &mut Product| product.brand = Some(format!("brand {round}"));
            self.hub.change_product(&account.alice, account.product.id, change).await.unwrap();
            bundles.push((account, self.agreed(account).await));
            let item = account.product.variants[0].consumes[0].item;
            let change = StockChange {
                item,
                location: None,
                kind: MoveKind::Adjust,
                delta: 1,
                cause: format!("round {round}"),
            };
            self.hub.move_stock(&account.alice, change).await.unwrap();
        }
        let workers = ["one", "two"].map(|name| Worker::of(&self.hub).with_name(name));
        let (one, two) = tokio::join!(workers[0].run_until_idle(), workers[1].run_until_idle());
        one.and(two).unwrap();
        Worker::of(&self.hub).run_until_idle().await.unwrap();
        for (account, bundle) in bundles {
            let now = self.hub.bundle(&account.alice, bundle.id).await.unwrap();
            assert_eq!(now.items[0].phase, Phase::Done, "round {round}: {:?}", now.items[0].failure);
            let drift = self.hub.drift(&account.alice, account.store.id).await.unwrap();
            assert_eq!((drift.checked, drift.drifted), (1, vec![]), "round {round}");
        }
    }
}

fn memory() -> Memory {
    Memory::with_clock(Arc::new(TokioClock::system().with_seed(7)))
}

#[tokio::test(start_paused = true)]
async fn each_shops_calls_carry_a_token_that_it_has_given_itself() {
    let memory = memory();
    let domains = ["one", "two", "three"].map(|name| format!("{name}.myshopify.com"));
    let shops: Vec<Simulator> = domains
        .iter()
        .map(|domain| Shopify::simulator(Storage::clock(&memory)).shop(domain.clone()).build().unwrap())
        .collect();
    let app = App::over(memory, &shops).await;
    let mut accounts = Vec::new();
    // Two shops of one merchant, and one of another.
    for (tenant, domain) in ["acme", "acme", "bolt"].into_iter().zip(&domains) {
        let store = NewStore::new("shopify", "Main shop").with_settings(json!({"shop": domain}));
        accounts.push(app.account(tenant, &format!("Mug of {domain}"), store).await);
    }
    app.busy(&accounts, 1).await;
    // All of them renew at once.
    shops.iter().for_each(Simulator::expire_tokens);
    app.busy(&accounts, 2).await;

    let (calls, given) = (app.ways.calls.lock().unwrap(), app.ways.given.lock().unwrap());
    for (shop, domain) in shops.iter().zip(&domains) {
        let own = &given[domain];
        assert_eq!(own.len(), 2, "one for each time that it let the app in");
        let used: BTreeSet<String> =
            calls.iter().filter(|call| call.host == *domain).map(|call| call.token.clone()).collect();
        assert_eq!(used, *own, "{domain}");
        assert_eq!(shop.products().len(), 1);
        assert_eq!(shop.products()[0]["title"], format!("Mug of {domain}"));
    }
    let hosts: Vec<&str> = calls.iter().map(|call| call.host.as_str()).collect();
    let turns = hosts.windows(2).filter(|pair| pair[0] != pair[1]).count();
    assert!(turns > 2 * accounts.len(), "the calls stand one after the other: {hosts:?}");
}

#[tokio::test(start_paused = true)]
async fn two_authorisations_of_one_shop_keep_to_their_own_token() {
    let memory = memory();
    let shop = Shopify::simulator(Storage::clock(&memory)).token("shpat_acme").token("shpat_bolt");
    let shop = shop.build().unwrap();
    let app = App::over(memory, std::slice::from_ref(&shop)).await;
    let mut accounts = Vec::new();
    for tenant in ["acme", "bolt"] {
        let sign_in = SignIn::Token(format!("shpat_{tenant}").into());
        let store = NewStore::new("shopify", "Main shop").with_sign_in(sign_in);
        let store = store.with_settings(json!({"auth": "token"}));
        accounts.push(app.account(tenant, &format!("Mug of {tenant}"), store).await);
    }
    app.busy(&accounts, 1).await;
    app.busy(&accounts, 2).await;

    let calls = app.ways.calls.lock().unwrap();
    for tenant in ["acme", "bolt"] {
        let title = format!("Mug of {tenant}");
        let made = shop.products().into_iter().find(|one| one["title"] == title).unwrap();
        let gid = format!("gid://shopify/Product/{}", made["id"]);
        let about = |call: &&Call| call.said.contains(&title) || call.said.contains(&format!("{gid}\""));
        let of: Vec<&Call> = calls.iter().filter(about).collect();
        assert!(of.len() > 4, "{} calls are about {title}", of.len());
        assert!(of.iter().all(|call| call.token == format!("shpat_{tenant}")), "{title}");
    }
}
