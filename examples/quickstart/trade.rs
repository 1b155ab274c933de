//! What happens in a shop that is open: orders come in, one is shipped in two parts, one is cancelled, one product is
//! edited and one is deleted. Each is asked for by one person and agreed to by another.

use crate::{report::Report, screen::Screen, shop::Shop};
use fusion_core::{
    approval::Phase,
    error::{Error, ErrorKind},
    hub::{BundleView, OrdersWanted},
    model::{
        Axis, Life, Listing, Order, OrderAction, ProductId, RefKind, Removal, Restock, Shipment, StockItemId,
    },
};
use fusion_plugins::shopify::simulator::NewOrder;
use std::time::Duration;

/// Pieces that the first buyer takes, each of which is shipped in a part of its own.
const SOLD: u32 = 2;

/// Pieces that the second buyer takes and gives up again.
const CANCELLED: u32 = 1;

/// Between two looks at what the shop has taken and not finished, in the shop's time.
const WAIT: Duration = Duration::from_secs(40);

/// A shop that takes longer than that has a fault.
const MAX_WAITS: u32 = 20;

/// What is sold: a variant with its stock.
struct Wares {
    listing: Listing,
    row: usize,
    item: StockItemId,
}

impl Shop {
    /// Lets the shop be open for a while; what must be true afterwards goes into the report.
    pub(crate) async fn trade(
        &self,
        agreed: &BundleView,
        report: &mut Report,
        screen: &Screen,
    ) -> Result<(), Error> {
        let Some(wares) = self.wares(agreed).await? else {
            screen.line("too little is in stock for a buyer to order anything");
            return Ok(());
        };
        let before = self.on_sale(&wares).await?;
        let kept = self.order(&wares, SOLD)?;
        let given_up = self.order(&wares, CANCELLED)?;
        self.pull().await?;
        let orders = self.hub.orders(&self.alice, self.store.id, OrdersWanted::All, None, 10).await?;
        screen.line(&format!(
            "{} orders come in for {:?}: {before} were on sale, now {}",
            orders.len(),
            title_of(&wares.listing),
            self.on_sale(&wares).await?
        ));
        self.ship_in_two_parts(&kept, screen).await?;
        self.cancel(&given_up, screen).await?;
        self.edit(agreed, screen).await?;
        self.delete(agreed, &wares, screen).await?;
        self.pull().await?;
        let after = self.on_sale(&wares).await?;
        let (kept, given_up) = (self.pulled(&kept).await?, self.pulled(&given_up).await?);
        report.orders = orders.len() as u64;
        report.orders_are_right = Some(
            kept.facts.shipment == Axis::Known(Shipment::All)
                && given_up.facts.life == Axis::Known(Life::Cancelled)
                && after == before - i64::from(SOLD)
                && self.shown(&wares.listing, wares.row) == Some(after),
        );
        screen.line(&format!(
            "one order is shipped, one is cancelled: {after} are on sale, and the shop shows {}",
            self.shown(&wares.listing, wares.row).unwrap_or_default()
        ));
        Ok(())
    }

    /// The first variant with enough for both buyers, of what the shop has.
    async fn wares(&self, agreed: &BundleView) -> Result<Option<Wares>, Error> {
        let enough = i64::from(SOLD + CANCELLED);
        let found = self.in_stock(agreed, enough).await?;
        Ok(found.map(|(listing, row, item)| Wares { listing, row, item }))
    }

    /// What of `wares` can still be sold, over all places.
    async fn on_sale(&self, wares: &Wares) -> Result<i64, Error> {
        let levels = self.hub.levels(&self.alice, wares.item).await?;
        Ok(levels.iter().map(|level| level.available()).sum())
    }

    /// A buyer orders in the shop; what the shop calls the order.
    fn order(&self, wares: &Wares, count: u32) -> Result<String, Error> {
        let row = wares.listing.variants.get(wares.row);
        let variant = row
            .and_then(|row| row.refs.get(&RefKind::of("variant")))
            .ok_or_else(|| Error::new(ErrorKind::Internal, "a published variant has no id of the shop's"))?;
        self.simulator.place_order(NewOrder::of([(variant, count)]))
    }

    /// Reads what has changed in the shop, and does what follows from it.
    async fn pull(&self) -> Result<(), Error> {
        self.hub.pull_orders(&self.alice, self.store.id).await?;
        self.work().await
    }

    /// What the hub knows of the order that the shop calls `remote`.
    async fn pulled(&self, remote: &str) -> Result<Order, Error> {
        let orders = self.hub.orders(&self.alice, self.store.id, OrdersWanted::All, None, 10).await?;
        let is_it = |order: &Order| order.facts.refs.current().iter().any(|one| one.id == remote);
        orders
            .into_iter()
            .find(is_it)
            .ok_or_else(|| Error::new(ErrorKind::NotFound, "an order of the shop was not read"))
    }

    /// One piece of each line goes out first, and the rest with a second parcel.
    async fn ship_in_two_parts(&self, remote: &str, screen: &Screen) -> Result<(), Error> {
        for (part, number) in ["PARCEL-1", "PARCEL-2"].into_iter().enumerate() {
            let order = self.pulled(remote).await?;
            let lines = match part {
                0 => order.facts.lines.iter().map(|line| (line.key.clone(), 1)).collect(),
                // What is left.
                _ => Vec::new(),
            };
            let ship = OrderAction::Ship {
                lines,
                carrier: Some("DHL".to_owned()),
                tracking: Some(number.to_owned()),
                location: None,
                notify: true,
            };
            self.act(&order, ship, screen).await?;
        }
        Ok(())
    }

    async fn cancel(&self, remote: &str, screen: &Screen) -> Result<(), Error> {
        let order = self.pulled(remote).await?;
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
    async fn act(&self, order: &Order, action: OrderAction, screen: &Screen) -> Result<(), Error> {
        let asked = self.hub.act_on_order(&self.alice, order.id, action).await?;
        self.settle(asked, screen).await?;
        self.pull().await
    }

    /// Alice gives a product one more word to find it by; the shop is told that and nothing else.
    async fn edit(&self, agreed: &BundleView, screen: &Screen) -> Result<(), Error> {
        // Not the first: its price was changed in its request alone, and the catalogue still has the old one.
        let second = agreed.items.len().saturating_sub(1).min(1);
        let Some(product) = self.product_at(agreed, second).await? else { return Ok(()) };
        self.hub
            .change_product(&self.alice, product, |product| product.tags.push("autumn".to_owned()))
            .await?;
        let asked = self.hub.update(&self.alice, [product], [self.store.id]).await?;
        self.settle(asked, screen).await
    }

    /// Alice gives up the last product that isn't the one just sold.
    async fn delete(&self, agreed: &BundleView, wares: &Wares, screen: &Screen) -> Result<(), Error> {
        let last = agreed.items.len().saturating_sub(1);
        let Some(product) = self.product_at(agreed, last).await?.filter(|one| *one != wares.listing.product)
        else {
            return Ok(());
        };
        let asked = self.hub.remove(&self.alice, [product], [self.store.id], Removal::Delete).await?;
        self.settle(asked, screen).await
    }

    /// The product of the request at `place`.
    async fn product_at(&self, agreed: &BundleView, place: usize) -> Result<Option<ProductId>, Error> {
        let Some(listing) = agreed.items.get(place).and_then(|item| item.listing) else { return Ok(None) };
        Ok(Some(self.hub.listing(&self.alice, listing).await?.product))
    }

    /// Has what Alice asked for read, agreed to and done.
    async fn settle(&self, asked: BundleView, screen: &Screen) -> Result<(), Error> {
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
        Ok(())
    }
}

fn title_of(listing: &Listing) -> &str {
    listing.desired.as_ref().map_or("", |desired| &desired.title)
}
