//! A worker performs what was agreed, and tells the shop what is sold elsewhere.

use crate::{screen::Screen, shop::Shop};
use fusion_core::{
    error::{Error, ErrorKind},
    hub::StockChange,
    model::MoveKind,
};
use std::{collections::BTreeMap, time::Duration};

/// How often the counter looks at the shop, in real time.
const LOOK: Duration = Duration::from_millis(200);

/// Pieces that are sold elsewhere.
const ELSEWHERE: i64 = 2;

impl Shop {
    pub(crate) async fn perform(&self, screen: &Screen) -> Result<(), Error> {
        let before = self.hub.clock().elapsed();
        let mut counter = screen.count("products published", self.asked().await?.len() as u64);
        let mut working = std::pin::pin!(self.work());
        loop {
            match tokio::time::timeout(LOOK, &mut working).await {
                Ok(ran) => {
                    ran?;
                    break;
                }
                Err(_) => counter.set(self.published().len() as u64),
            }
        }
        counter.set(self.published().len() as u64);
        counter.finish();
        let took = self.hub.clock().elapsed().saturating_sub(before);
        screen.line(&format!("everything is performed after {} s of the shop's time", took.as_secs()));
        Ok(())
    }

    /// Products that the shop shows to buyers, by the shop's own ledger; each with how often it was published.
    pub(crate) fn published(&self) -> BTreeMap<String, u32> {
        let mut published = BTreeMap::new();
        for effect in
            self.simulator.ledger().into_iter().filter(|effect| effect.field == "publishablePublish")
        {
            *published.entry(effect.target).or_default() += 1;
        }
        published
    }

    /// Two pieces are sold elsewhere: the shop is told, and shows two fewer.
    pub(crate) async fn sell_two(&self, screen: &Screen) -> Result<(), Error> {
        let story = self.story();
        if story.ordered.is_some() {
            // Buyers have ordered since.
            return Ok(());
        }
        let wares = match story.sold {
            Some(wares) => wares,
            None => match self.in_stock(ELSEWHERE + 1).await? {
                Some(wares) => wares,
                None => {
                    screen.line("nothing is in stock, so nothing is sold");
                    return Ok(());
                }
            },
        };
        self.diary.note(|story| story.sold = Some(wares))?;
        // What this cause has changed already it doesn't change again.
        let change = StockChange {
            item: wares.item,
            location: None,
            kind: MoveKind::Reserve,
            delta: ELSEWHERE,
            cause: "sale 1001, line 1".to_owned(),
        };
        self.hub.move_stock(&self.alice, change).await?;
        self.work().await?;
        let after = self.shown(&wares).await?.unwrap_or_default();
        let title =
            self.listing(&wares).await?.desired.map_or_else(String::new, |desired| desired.title.clone());
        screen.line(&format!(
            "two pieces of {title:?} are sold elsewhere: the shop showed {}, now {after}",
            wares.on_sale
        ));
        if wares.on_sale - after == ELSEWHERE {
            return Ok(());
        }
        Err(Error::new(ErrorKind::Internal, "the shop shows another number than it was told"))
    }
}
