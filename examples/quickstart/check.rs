//! Holds the shop against what was agreed.

use crate::{ask::store_losses, report::Report, shop::Shop};
use fusion_core::{approval::Phase, error::Error};
use std::collections::BTreeSet;

impl Shop {
    /// Holds the shop's ledger against what was agreed, once: later some of it is deleted.
    pub(crate) async fn check_published(&self, report: &mut Report) -> Result<(), Error> {
        let asked = self.asked().await?;
        report.store_losses = store_losses(&asked);
        let mut wanted = BTreeSet::new();
        for request in &asked {
            report.count(request);
            if let (Phase::Done, Some(listing)) = (request.phase, request.listing) {
                let listing = self.hub.listing(&self.alice, listing).await?;
                wanted.extend(listing.refs.current().first().map(|one| one.id.clone()));
            }
        }
        let (count, is_agreed) = match self.story().published {
            Some(known) => known,
            None => {
                let published = self.published();
                let is_agreed = published.keys().cloned().collect::<BTreeSet<_>>() == wanted
                    && published.values().all(|times| *times == 1)
                    && self.simulator.products().len() == wanted.len()
                    && wanted.len() == asked.len();
                let found = (published.len() as u64, is_agreed);
                self.diary.note(|story| story.published = Some(found))?;
                found
            }
        };
        report.published = count;
        report.ledger_is_agreed = is_agreed;
        Ok(())
    }

    /// Checks drift, and verifies the audit feed.
    pub(crate) async fn check(&self, report: &mut Report) -> Result<(), Error> {
        for effect in self.simulator.ledger() {
            *report.effects.entry(effect.field).or_default() += 1;
        }
        let drift = self.hub.drift(&self.alice, self.store.id).await?;
        report.drift_checked = drift.checked as u64;
        report.drifted = drift.drifted.len() as u64;
        let verified = self.hub.verify_audit(&self.alice, None).await?;
        report.audit = verified.to_string();
        Ok(())
    }
}
