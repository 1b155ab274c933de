//! What one call has brought, with the cursor and the watermark: one commit.

use super::{
    super::{
        Hub,
        commit::Rounds,
        listing::unheld,
        walk::{Read, Unreads},
    },
    Intaking, Purpose, Shown,
    decide::{Outcome, Staged},
};
use crate::{
    audit::{Action, SubjectKind},
    error::{Error, ErrorKind, Problem, Result},
    model::{Choice, Converted, Doubt, Import, ImportCounts, LossTally, ProductId, Ref, RemoteProduct},
    storage::{ChangeSet, Versioned, load},
};
use serde_json::json;

/// Repeated SKUs that are named: enough to find out what is wrong with a catalogue.
const MAX_REPEATED: usize = 1_000;

impl Hub {
    /// Takes what was read in, in one commit that a lost lease refuses.
    pub(super) async fn store_batch(
        &self,
        at: &Intaking<'_>,
        read: &Read<Converted<RemoteProduct>>,
    ) -> Result<()> {
        let mut rounds = Rounds::of("the catalogue");
        loop {
            let mut batch = Batch::begin(self, at, read).await?;
            for item in &read.items {
                batch.take(Shown { read: item, at: read.at }).await?;
            }
            batch.keep_unread(read);
            batch.answer().await?;
            if let Some(passed) = &read.passes {
                self.pass_page(at, passed, &mut batch.changes).await?;
            }
            let (changes, done) = batch.finish()?;
            if rounds.store(self, at.by.tenant(), changes).await?.is_some() {
                if let Some(job) = at.walker.job {
                    job.progress().report(done, None);
                }
                return Ok(());
            }
        }
    }
}

/// A commit while it is put together.
struct Batch<'a> {
    hub: &'a Hub,
    at: &'a Intaking<'a>,
    import: Versioned<Import>,
    unreads: Unreads<'a>,
    staged: Staged,
    changes: ChangeSet,
    counts: ImportCounts,
    /// Products of which something was lost.
    lossy: u64,
    created: Vec<ProductId>,
}

impl<'a> Batch<'a> {
    async fn begin<T>(hub: &'a Hub, at: &'a Intaking<'a>, read: &Read<T>) -> Result<Self> {
        let import = load::<Import>(&*hub.0.backend, at.by.tenant(), at.store.id).await?;
        at.check_import(&import.value)?;
        let mut changes = ChangeSet { fence: at.walker.fence(), ..ChangeSet::default() };
        let unreads = Unreads::of(hub, at, read).await?;
        let staged = Staged::new(hub.first_location(at.by.tenant(), &mut changes).await?);
        let (counts, lossy, created) = (ImportCounts::default(), 0, Vec::new());
        Ok(Self { hub, at, import, unreads, staged, changes, counts, lossy, created })
    }

    /// One product: what becomes of it, and what of it is lost.
    async fn take(&mut self, shown: Shown<'_>) -> Result<()> {
        let record = shown.read.value.refs.current().first();
        match self.hub.take_in(self.at, shown, &mut self.staged, &mut self.changes).await? {
            Outcome::Created { product, repeated } => {
                self.counts.created += 1;
                self.created.push(product);
                self.import.value.repeated_skus.extend(repeated);
            }
            Outcome::Adopted => self.counts.adopted += 1,
            Outcome::Known => self.counts.known += 1,
            Outcome::Doubtful => self.counts.doubtful += 1,
            Outcome::Left => self.counts.left += 1,
            Outcome::Unfit(problem) => return self.unfit(record, problem),
        }
        let lost = unheld(shown.read);
        self.lossy += u64::from(!lost.is_empty());
        LossTally::add(&mut self.import.value.losses, &lost);
        self.unreads.forget(record, &mut self.changes);
        Ok(())
    }

    fn unfit(&mut self, record: Option<&Ref>, problem: Problem) -> Result<()> {
        // Whoever asks for it hears of it, and the doubt stays.
        if self.at.is_denied() {
            let why = "the platform's product can't be brought in";
            return Err(Error::new(ErrorKind::PlatformRefused, why).with_problems([problem]));
        }
        self.unreads.keep(record, problem, &mut self.changes);
        Ok(())
    }

    fn keep_unread<T>(&mut self, read: &Read<T>) {
        for unreadable in &read.unreadable {
            let problem = unreadable.problem.clone();
            self.unreads.keep(unreadable.record.as_ref(), problem, &mut self.changes);
        }
        if let Some(unread) = read.settles {
            self.unreads.settle(unread, &mut self.changes);
        }
    }

    /// The doubt that a person has answered by asking for it.
    async fn answer(&mut self) -> Result<()> {
        let Purpose::Answer(doubt) = self.at.purpose else { return Ok(()) };
        let (by, tenant) = (&self.at.by, self.at.by.tenant());
        let doubt = load::<Doubt>(&*self.hub.0.backend, tenant, doubt).await?;
        self.hub.put_answer(by.signature(), doubt, Choice::Nothing, &mut self.changes)?;
        self.hub.reread_doubtful(tenant, self.at.store.id, &mut self.changes).await
    }

    /// Everything for the commit, and how many products the import has brought then.
    fn finish(self) -> Result<(ChangeSet, u64)> {
        let Self { hub, at, mut import, mut changes, counts, lossy, created, .. } = self;
        let state = &mut import.value;
        state.counts.add(&counts);
        state.repeated_skus.sort();
        state.repeated_skus.dedup();
        state.repeated_skus.truncate(MAX_REPEATED);
        let done = state.counts.all();
        if counts != ImportCounts::default() {
            let entry = hub.note(&at.by, Action::ProductsImported, SubjectKind::Store, at.store.id);
            let details = json!({ "counts": counts, "created": created, "lossy": lossy });
            changes.audit.push(entry.with_details(details)?);
        }
        changes.update(import.version, import.value);
        Ok((changes, done))
    }
}
