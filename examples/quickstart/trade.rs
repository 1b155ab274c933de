//! What happens in a shop that is open: orders come in, one is shipped in two parts, one is cancelled, one product is
//! edited and one is deleted. Each is asked for by one person and agreed to by another.

use crate::{
    report::Report,
    screen::Screen,
    shop::{Shop, Wares},
};
use fusion_core::{
    approval::Phase,
    error::{Error, ErrorKind},
    hub::{BundleView, ListingsWanted, OrdersWanted},
    model::{Axis, Life, Lifecycle, Order, OrderAction, ProductId, RefKind, Removal, Restock, Shipment},
};
use fusion_plugins::shopify::simulator::NewOrder;
use std::{collections::BTreeSet, time::Duration};

/// Pieces that the first buyer takes, each of which is shipped in a part of its own.
const SOLD: u32 = 2;

/// Pieces that the second buyer takes and gives up again.
const CANCELLED: u32 = 1;

/// The parcels of the first order.
const PARCELS: [&str; 2] = ["PARCEL-1", "PARCEL-2"];

/// A word that buyers may find a product by.
const TAG: &str = "autumn";

/// Between two looks at what the shop has taken and not finished, in the shop's time.
const WAIT: Duration = Duration::from_secs(40);

/// A shop that takes longer than that has a fault.
const MAX_WAITS: u32 = 20;

impl Shop {
    /// Lets the shop be open for a while; what must be true afterwards goes into the report. Whether Bob agreed to all
    /// of it.
    pub(crate) async fn trade(&self, report: &mut Report, screen: &Screen) -> Result<bool, Error> {
        let Some(wares) = self.wares().await? else {
            screen.line("too little is in stock for a buyer to order anything");
            return Ok(true);
        };
        self.diary.note(|story| story.ordered = Some(wares))?;
        let [kept, given_up] = self.order_twice(&wares).await?;
        self.pull().await?;
        let count = self.orders().await?.len();
        screen.line(&format!(
            "{count} orders come in for {:?}: {} were on sale, now {}",
            self.title_of(&wares).await?,
            wares.on_sale,
            self.on_sale(wares.item).await?
        ));
        // What an earlier run has asked for and not brought to its end.
        let open: BTreeSet<_> = self.open_requests().await?.iter().map(|request| request.bundle).collect();
        for bundle in open {
            let asked = self.hub.bundle(&self.alice, bundle).await?;
            if !self.settle(asked, screen).await? {
                return Ok(false);
            }
            self.pull().await?;
        }
        let is_agreed = self.ship_in_two_parts(&kept, screen).await?
            && self.cancel(&given_up, screen).await?
            && self.edit(screen).await?
            && self.delete(&wares, screen).await?;
        if !is_agreed {
            return Ok(false);
        }
        self.pull().await?;
        let (after, shown) = (self.on_sale(wares.item).await?, self.shown(&wares).await?);
        let (kept, given_up) = (self.pulled(&kept).await?, self.pulled(&given_up).await?);
        report.orders = count as u64;
        report.orders_are_right = Some(
            kept.facts.shipment == Axis::Known(Shipment::All)
                && given_up.facts.life == Axis::Known(Life::Cancelled)
                && after == wares.on_sale - i64::from(SOLD)
                && shown == Some(after),
        );
        screen.line(&format!(
            "one order is shipped, one is cancelled: {after} are on sale, and the shop shows {}",
            shown.unwrap_or_default()
        ));
        Ok(true)
    }

    /// What buyers order: the first variant with enough for both, of what the shop has.
    async fn wares(&self) -> Result<Option<Wares>, Error> {
        match self.story().ordered {
            Some(wares) => Ok(Some(wares)),
            None => self.in_stock(i64::from(SOLD + CANCELLED)).await,
        }
    }

    async fn title_of(&self, wares: &Wares) -> Result<String, Error> {
        Ok(self.listing(wares).await?.desired.map_or_else(String::new, |desired| desired.title.clone()))
    }

    /// Two buyers order in the shop, each once; what the shop calls the orders.
    async fn order_twice(&self, wares: &Wares) -> Result<[String; 2], Error> {
        let listing = self.listing(wares).await?;
        let variant = listing
            .variants
            .get(wares.row)
            .and_then(|row| row.refs.get(&RefKind::of("variant")))
            .ok_or_else(|| {
            Error::new(ErrorKind::Internal, "a published variant has no id of the shop's")
        })?;
        let mut known = self.simulator.orders().into_iter();
        let mut order = |count| match known.next() {
            Some(order) => Ok(order),
            None => self.simulator.place_order(NewOrder::of([(variant, count)])),
        };
        Ok([order(SOLD)?, order(CANCELLED)?])
    }

    async fn orders(&self) -> Result<Vec<Order>, Error> {
        self.hub.orders(&self.alice, self.store.id, OrdersWanted::All, None, 10).await
    }

    /// Reads what has changed in the shop, and does what follows from it.
    async fn pull(&self) -> Result<(), Error> {
        self.hub.pull_orders(&self.alice, self.store.id).await?;
        self.work().await
    }

    /// What the hub knows of the order that the shop calls `remote`.
    async fn pulled(&self, remote: &str) -> Result<Order, Error> {
        let is_it = |order: &Order| order.facts.refs.current().iter().any(|one| one.id == remote);
        self.orders()
            .await?
            .into_iter()
            .find(is_it)
            .ok_or_else(|| Error::new(ErrorKind::NotFound, "an order of the shop was not read"))
    }

    /// One piece of each line goes out first, and the rest with a second parcel.
    async fn ship_in_two_parts(&self, remote: &str, screen: &Screen) -> Result<bool, Error> {
        for number in PARCELS {
            let order = self.pulled(remote).await?;
            let mut sent = order.facts.fulfilments.iter().flat_map(|parcel| &parcel.tracking);
            if sent.any(|(sent, _)| sent == number) {
                continue;
            }
            let lines = match order.facts.fulfilments.is_empty() {
                true => order.facts.lines.iter().map(|line| (line.key.clone(), 1)).collect(),
                // What is left.
                false => Vec::new(),
            };
            let ship = OrderAction::Ship {
                lines,
                carrier: Some("DHL".to_owned()),
                tracking: Some(number.to_owned()),
                location: None,
                notify: true,
            };
            if !self.act(&order, ship, screen).await? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    async fn cancel(&self, remote: &str, screen: &Screen) -> Result<bool, Error> {
        let order = self.pulled(remote).await?;
        if order.facts.life == Axis::Known(Life::Cancelled) {
            return Ok(true);
        }
        let cancel = OrderAction::Cancel {
            lines: Vec::new(),
            reason: "CUSTOMER".to_owned(),
            restock: Restock::Yes,
            refund: true,
            notify: true,
        };
        self.act(&order, cancel, screen).await
    }

    /// Alice asks for something to be done to an order, Bob agrees, a worker does it, and the order is read again.
    async fn act(&self, order: &Order, action: OrderAction, screen: &Screen) -> Result<bool, Error> {
        let asked = self.hub.act_on_order(&self.alice, order.id, action).await?;
        let is_agreed = self.settle(asked, screen).await?;
        self.pull().await?;
        Ok(is_agreed)
    }

    /// Alice gives a product one more word to find it by; the shop is told that and nothing else.
    async fn edit(&self, screen: &Screen) -> Result<bool, Error> {
        // Not the first: its price was changed in its request alone, and the catalogue still has the old one.
        let Some(product) = self.product_at(|count| (count - 1).min(1)).await? else { return Ok(true) };
        if !self.hub.product(&self.alice, product).await?.tags.iter().any(|tag| tag == TAG) {
            self.hub
                .change_product(&self.alice, product, |product| product.tags.push(TAG.to_owned()))
                .await?;
        }
        // Nothing is asked for where the shop was told already.
        let asked = self.hub.update(&self.alice, [product], [self.store.id]).await?;
        self.settle(asked, screen).await
    }

    /// Alice gives up the last product that isn't the one just sold.
    async fn delete(&self, wares: &Wares, screen: &Screen) -> Result<bool, Error> {
        let sold = self.listing(wares).await?.product;
        let last = self.product_at(|count| count - 1).await?;
        let Some(product) = last.filter(|one| *one != sold) else { return Ok(true) };
        let listings = self.hub.listings(&self.alice, ListingsWanted::Of(product), None, 1).await?;
        if listings.iter().any(|listing| listing.state.lifecycle == Lifecycle::Gone) {
            return Ok(true);
        }
        let asked = self.hub.remove(&self.alice, [product], [self.store.id], Removal::Delete).await?;
        self.settle(asked, screen).await
    }

    /// One of the products that were asked for, chosen by their number.
    async fn product_at(&self, choose: impl FnOnce(usize) -> usize) -> Result<Option<ProductId>, Error> {
        let asked = self.asked().await?;
        let chosen = asked.get(choose(asked.len().max(1))).and_then(|request| request.listing);
        let Some(listing) = chosen else { return Ok(None) };
        Ok(Some(self.hub.listing(&self.alice, listing).await?.product))
    }

    /// Has what Alice asked for read, agreed to and done. Whether Bob agreed.
    async fn settle(&self, asked: BundleView, screen: &Screen) -> Result<bool, Error> {
        if let Some(skipped) = asked.skipped.first() {
            return Err(Error::new(
                ErrorKind::Internal,
                format!("it can't be asked for: {}", skipped.failure),
            ));
        }
        // What overwrites something is read first, so that Bob sees both.
        self.work().await?;
        let mut open = self.hub.bundle(&self.bob, asked.id).await?;
        open.items.retain(|item| matches!(item.phase, Phase::Pending(_)));
        let who = match open.items.is_empty() {
            true => "alice asks, the policy lets it pass",
            false => "alice asks, bob agrees",
        };
        for item in &open.items {
            if !screen.agrees(&format!("bob, do you agree to this: {}?", item.preview.summary)).await? {
                return Ok(false);
            }
        }
        self.hub.approve(&self.bob, &open).await?.all()?;
        self.work().await?;
        let mut done = self.hub.bundle(&self.alice, asked.id).await?;
        for _ in 0..MAX_WAITS {
            if done.items.iter().all(|item| item.phase != Phase::Accepted) {
                break;
            }
            // The shop has taken it, and says later what became of it.
            self.hub.clock().sleep(WAIT).await;
            self.work().await?;
            done = self.hub.bundle(&self.alice, asked.id).await?;
        }
        for item in done.items {
            screen.line(&format!("  {who}: {}: {}", item.preview.summary, item.phase.as_str()));
            if item.phase != Phase::Done {
                let why = item.failure.map_or_else(String::new, |failure| format!(": {failure}"));
                return Err(Error::new(ErrorKind::Internal, format!("it was not done{why}")));
            }
        }
        Ok(true)
    }
}
