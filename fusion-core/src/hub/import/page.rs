//! One page of a store's products, with the cursor and the watermark: one commit.

use super::{
    super::{
        Hub,
        commit::Rounds,
        walk::{Read, Shelf, Walker, Walks},
    },
    Intaking,
    alone::read_whole,
    convert::unheld,
    decide::{Outcome, Staged},
};
use crate::{
    audit::{Action, SubjectKind},
    clock::Timestamp,
    error::{Error, ErrorKind, Problem, Result},
    model::{
        Choice, Converted, Cursor, Doubt, DoubtId, Import, ImportCounts, Intake, LossTally, ProductId, Ref,
        RemoteProduct, Walk,
    },
    plugin::{Page, ProductQuery},
    storage::{ChangeSet, load},
};
use async_trait::async_trait;
use serde_json::json;

/// Repeated SKUs that are named: enough to find out what is wrong with a catalogue.
const MAX_REPEATED: usize = 1_000;

/// Products of a page where each that comes in may have to be read alone: with the slowest platform's limits it is
/// through within the time that a walk keeps for a page.
const PAGE: u32 = 20;

#[async_trait]
impl Walks for Intaking<'_> {
    type Item = Converted<RemoteProduct>;

    const WALK: Walk = Walk::Products;

    fn walker(&self) -> &Walker<'_> {
        &self.walker
    }

    fn name(item: &Self::Item) -> String {
        item.value.refs.current().first().map(ToString::to_string).unwrap_or_default()
    }

    fn tried_since(&self) -> Option<Timestamp> {
        self.began
    }

    async fn page(&self, cursor: &Cursor, page: Option<String>) -> Result<Page<Self::Item>> {
        let page_size = (self.intake == Intake::Everything).then_some(PAGE);
        let query = ProductQuery { changed_since: cursor.since, cursor: page, page_size };
        let session = self.walker.session;
        session.plugin().list_products(&session.context(self.store), &query).await
    }

    async fn alone(&self, record: &Ref) -> Result<Self::Item> {
        let session = self.walker.session;
        session.plugin().get_product(&session.context(self.store), record).await
    }

    async fn take(&self, hub: &Hub, mut read: Read<Self::Item>) -> Result<()> {
        let shown = std::mem::take(&mut read.items);
        for shown in shown {
            // What was read alone is whole.
            let comes_in = read.passes.is_some() && hub.comes_in(self, &shown.value).await?;
            match read_whole(self, shown, comes_in).await? {
                Ok(whole) => read.items.push(whole),
                Err(unreadable) => read.unreadable.push(unreadable),
            }
        }
        match hub.store_batch(self, &read, None).await {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            stored => return stored,
        }
        // Something of it has ids that another listing has: one by one, and then past the page.
        for item in read.items.drain(..) {
            let record = item.value.refs.current().first().cloned();
            match hub.store_batch(self, &Read::alone(vec![item], read.at), None).await {
                // It can't stand beside what is there.
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                    let problem = Problem::error("refs", "taken", error.message().to_owned());
                    hub.store_batch(self, &Read::failed(record, problem, read.at), None).await?;
                }
                stored => stored?,
            }
        }
        hub.store_batch(self, &read, None).await
    }
}

impl Hub {
    /// Takes what was read in, in one commit that a lost lease refuses. `denied`: the doubt about its one item, to
    /// which a person says that it is none of ours.
    pub(super) async fn store_batch(
        &self,
        at: &Intaking<'_>,
        batch: &Read<Converted<RemoteProduct>>,
        denied: Option<DoubtId>,
    ) -> Result<()> {
        let (backend, tenant) = (&*self.0.backend, at.by.tenant());
        let mut rounds = Rounds::of("the catalogue");
        loop {
            let mut changes = ChangeSet { fence: at.walker.fence(), ..ChangeSet::default() };
            let mut import = load::<Import>(backend, tenant, at.store.id).await?;
            at.check_import(&import.value)?;
            let is_alone = batch.passes.is_none();
            let mut shelf = Shelf::open(self, &at.walker, Walk::Products, is_alone).await?;
            let mut staged = Staged::new(self.first_location(tenant, &mut changes).await?);
            let mut created: Vec<ProductId> = Vec::new();
            let (mut counts, mut lossy) = (ImportCounts::default(), 0);
            for item in &batch.items {
                let outcome =
                    self.take_in(at, (item, batch.at), denied.is_some(), &mut staged, &mut changes).await?;
                let record = item.value.refs.current().first();
                match outcome {
                    Outcome::Created { product, repeated } => {
                        counts.created += 1;
                        created.push(product);
                        import.value.repeated_skus.extend(repeated);
                    }
                    Outcome::Adopted => counts.adopted += 1,
                    Outcome::Known => counts.known += 1,
                    Outcome::Doubtful => counts.doubtful += 1,
                    Outcome::Left => counts.left += 1,
                    // Whoever asks for it hears of it, and the doubt stays.
                    Outcome::Unfit(problem) if denied.is_some() => {
                        let why = "the platform's product can't be brought in";
                        return Err(Error::new(ErrorKind::PlatformRefused, why).with_problems([problem]));
                    }
                    Outcome::Unfit(problem) => {
                        shelf.keep(record, problem, &mut changes);
                        continue;
                    }
                }
                let lost = unheld(item);
                lossy += u64::from(!lost.is_empty());
                LossTally::add(&mut import.value.losses, &lost);
                shelf.forget(record, &mut changes);
            }
            if let Some(doubt) = denied {
                let doubt = load::<Doubt>(backend, tenant, doubt).await?;
                self.put_answer(at.by.signature(), doubt, Choice::Nothing, &mut changes)?;
                self.reread_doubtful(tenant, at.store.id, &mut changes).await?;
            }
            for unreadable in &batch.unreadable {
                let problem = unreadable.problem.clone();
                shelf.keep(unreadable.record.as_ref(), problem, &mut changes);
            }
            if let Some(unread) = batch.settles {
                shelf.settle(unread, &mut changes);
            }
            if let Some(passed) = &batch.passes {
                self.pass_page(at, passed, &mut changes).await?;
            }
            import.value.counts.add(&counts);
            import.value.repeated_skus.sort();
            import.value.repeated_skus.dedup();
            import.value.repeated_skus.truncate(MAX_REPEATED);
            let done = import.value.counts.all();
            if counts != ImportCounts::default() {
                let entry = self.note(&at.by, Action::ProductsImported, SubjectKind::Store, at.store.id);
                changes.audit.push(
                    entry.with_details(json!({ "counts": counts, "created": created, "lossy": lossy }))?,
                );
            }
            changes.update(import.version, import.value);
            if rounds.store(self, tenant, changes).await?.is_some() {
                if let Some(job) = at.walker.job {
                    job.progress().report(done, None);
                }
                return Ok(());
            }
        }
    }
}
