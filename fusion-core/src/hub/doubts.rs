//! Questions that wait for a person: listed and answered.

use super::{Adoption, Hub, commit::Rounds, settle::SHARED_ID};
use crate::{
    audit::{Action, NewAudit, Subject, SubjectKind},
    error::{Error, ErrorKind, Result},
    model::{
        Candidate, Choice, Doubt, DoubtId, Listing, ListingId, ListingVariantId, Question, Resolution,
        StoreId,
    },
    storage::{ChangeSet, Query, Versioned, list_all, load},
    tenant::{Actor, ActorKind, Signature, Tenant},
};
use serde_json::json;

impl Hub {
    /// Every question that waits for a person, oldest first; [`resolve`](Self::resolve) answers one.
    ///
    /// # Errors
    /// [`ErrorKind::Unavailable`]: storage was not reached.
    pub async fn doubts(&self, by: &Actor) -> Result<Vec<Doubt>> {
        let doubts = list_all::<Doubt>(&*self.0.backend, by.tenant(), &Query::OpenDoubts).await?;
        Ok(doubts.into_iter().map(|doubt| doubt.value).collect())
    }

    /// A question, open or answered.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`]: no such doubt.
    pub async fn doubt(&self, by: &Actor, doubt: DoubtId) -> Result<Doubt> {
        Ok(load::<Doubt>(&*self.0.backend, by.tenant(), doubt).await?.value)
    }

    /// Answers a question, and does what the answer says: a listing is tied to the product that it is, or may be
    /// made again because there is none; a product of the platform's that is none of ours is brought in. A level is
    /// counted by [`move_stock`](Self::move_stock), which answers as well; nothing says that it is right. Needs a
    /// member of the tenant.
    ///
    /// # Errors
    /// [`ErrorKind::Refused`]: it is answered already, or `by` is no member. [`ErrorKind::InvalidInput`]: the
    /// choice is no answer to the question. [`ErrorKind::NotFound`]: no such doubt, or what was chosen doesn't
    /// exist. [`ErrorKind::PlatformRefused`]: what was to be brought in makes no product, as the problems say; the
    /// question stays open. Else those of [`adopt`](Self::adopt).
    pub async fn resolve(&self, by: &Actor, doubt: DoubtId, choice: Choice) -> Result<Doubt> {
        self.check_person(by).await?;
        let open = load::<Doubt>(&*self.0.backend, by.tenant(), doubt).await?.value;
        if !open.is_open() {
            return Err(Error::new(ErrorKind::Refused, "somebody has answered it already"));
        }
        match (&open.question, &choice) {
            (
                Question::LostCreate { listing } | Question::SharedId { listing },
                Choice::This(Candidate::Remote(it)),
            ) => {
                let product = load::<Listing>(&*self.0.backend, by.tenant(), *listing).await?.value.product;
                self.adopt(by, Adoption::new(product, open.store, it.clone())).await?;
            }
            (Question::LostCreate { listing } | Question::SharedId { listing }, Choice::Nothing) => {
                self.let_go(by, *listing).await?;
            }
            (Question::RemoteProduct { product: it }, Choice::This(Candidate::Product(product))) => {
                self.adopt(by, Adoption::new(*product, open.store, it.clone())).await?;
            }
            (Question::OrderLine { .. }, Choice::This(Candidate::Row(row))) => {
                self.check_row(by.tenant(), open.store, *row).await?;
                self.answer(by, doubt, &choice).await?;
            }
            (Question::RemoteProduct { .. }, Choice::Nothing) => self.bring_in(by, doubt).await?,
            (Question::OrderLine { .. } | Question::Level { .. }, Choice::Nothing) => {
                self.answer(by, doubt, &choice).await?;
            }
            (Question::LostCreate { .. } | Question::SharedId { .. }, _) => {
                return Err(wrong("choose a product at the platform, or nothing"));
            }
            (Question::RemoteProduct { .. }, _) => return Err(wrong("choose a product of ours, or nothing")),
            (Question::OrderLine { .. }, _) => return Err(wrong("choose a row of a listing, or nothing")),
            (Question::Level { .. }, _) => {
                return Err(wrong("count what lies there, or choose nothing if the level is right as it is"));
            }
        }
        self.doubt(by, doubt).await
    }

    /// Refuses whoever isn't a person of the tenant: a doubt is what no program can answer.
    pub(super) async fn check_person(&self, by: &Actor) -> Result<()> {
        let is_member =
            by.kind() == ActorKind::Human && self.0.directory.person(by.tenant(), by.id()).await?.member;
        match is_member {
            true => Ok(()),
            false => Err(Error::new(ErrorKind::Refused, "only a member of the tenant answers a doubt")),
        }
    }

    /// Puts a new doubt into `changes`.
    pub(super) fn put_doubt(
        &self,
        tenant: &Tenant,
        store: StoreId,
        question: Question,
        candidates: Vec<Candidate>,
        changes: &mut ChangeSet,
    ) -> Result<DoubtId> {
        let doubt = Doubt::new(DoubtId::new(&*self.0.clock), store, question, candidates, self.0.clock.now());
        let entry =
            self.note(&Actor::system(tenant, "hub"), Action::DoubtRaised, SubjectKind::Doubt, doubt.id);
        let details = json!({ "question": doubt.question, "candidates": doubt.candidates });
        changes.audit.push(entry.with_details(details)?);
        let id = doubt.id;
        changes.create(doubt);
        Ok(id)
    }

    /// Puts an answer into `changes`.
    pub(super) fn put_answer(
        &self,
        by: &Signature,
        doubt: Versioned<Doubt>,
        choice: Choice,
        changes: &mut ChangeSet,
    ) -> Result<()> {
        let Versioned { mut value, version } = doubt;
        let at = self.0.clock.now();
        let subject = Subject::new(SubjectKind::Doubt, value.id);
        let entry = NewAudit::new(by.clone(), Action::DoubtResolved, subject, at);
        changes.audit.push(entry.with_details(json!({ "question": value.question, "choice": choice }))?);
        value.resolution = Some(Resolution { choice, by: by.clone(), at });
        changes.update(version, value);
        Ok(())
    }

    /// Answers the doubt that `listing` waits for, if it does: what was asked.
    pub(super) async fn answer_listing(
        &self,
        tenant: &Tenant,
        by: &Signature,
        listing: &mut Listing,
        choice: Choice,
        changes: &mut ChangeSet,
    ) -> Result<Option<Question>> {
        let Some(id) = listing.doubt.take() else { return Ok(None) };
        let doubt = load::<Doubt>(&*self.0.backend, tenant, id).await?;
        let question = doubt.value.question.clone();
        self.put_answer(by, doubt, choice, changes)?;
        Ok(Some(question))
    }

    async fn answer(&self, by: &Actor, doubt: DoubtId, choice: &Choice) -> Result<()> {
        let mut rounds = Rounds::of("the doubt");
        loop {
            let open = load::<Doubt>(&*self.0.backend, by.tenant(), doubt).await?;
            if !open.value.is_open() {
                return Err(Error::new(ErrorKind::Refused, "somebody has answered it already"));
            }
            let mut changes = ChangeSet::default();
            if let Question::OrderLine { order, .. } = &open.value.question {
                // It counts once it is read with the answer.
                changes.jobs.push(self.pull_job(by.tenant(), open.value.store, Some(*order))?);
            }
            match open.value.question {
                // Orders of several stores may have left it open, and one answer is about the level.
                Question::Level { item, location } => {
                    self.answer_level(by, (item, location), &mut changes).await?;
                }
                _ => self.put_answer(by.signature(), open, choice.clone(), &mut changes)?,
            }
            if rounds.store(self, by.tenant(), changes).await?.is_some() {
                return Ok(());
            }
        }
    }

    /// Nothing at the platform is this listing: it may be made again.
    async fn let_go(&self, by: &Actor, listing: ListingId) -> Result<()> {
        let mut rounds = Rounds::of("the doubt");
        loop {
            let Versioned { mut value, version } =
                load::<Listing>(&*self.0.backend, by.tenant(), listing).await?;
            let mut changes = ChangeSet::default();
            let asked = self
                .answer_listing(by.tenant(), by.signature(), &mut value, Choice::Nothing, &mut changes)
                .await?;
            if asked.is_none() {
                return Err(Error::new(ErrorKind::Refused, "somebody has answered it already"));
            }
            value.issues.retain(|issue| issue.code != SHARED_ID);
            changes.update(version, value);
            if rounds.store(self, by.tenant(), changes).await?.is_some() {
                return Ok(());
            }
        }
    }

    async fn check_row(&self, tenant: &Tenant, store: StoreId, row: ListingVariantId) -> Result<()> {
        let listings = list_all::<Listing>(&*self.0.backend, tenant, &Query::ListingsIn(store)).await?;
        let is_known = listings.iter().any(|listing| listing.value.variants.iter().any(|one| one.id == row));
        match is_known {
            true => Ok(()),
            false => Err(Error::new(ErrorKind::NotFound, "no listing of the store has such a row")),
        }
    }
}

fn wrong(instead: &'static str) -> Error {
    Error::new(ErrorKind::InvalidInput, instead)
}
