use super::world::World;
use crate::{
    approval::Revision,
    error::ErrorKind,
    model::Step,
    storage::{ChangeSet, Query, Storage, Version, Versioned, list_all},
};

pub async fn a_step_is_recorded_once_and_never_changed<S: Storage>(w: World<S>) {
    let step = w.step();
    w.commit(|c| c.steps.push(step.clone())).await;
    assert_eq!(w.refusal(|c| c.steps.push(step.clone())).await, ErrorKind::AlreadyExists);
    assert_eq!(w.refusal(|c| c.update(Version(1), step.clone())).await, ErrorKind::Refused);
    assert_eq!(w.refusal(|c| c.delete::<Step>(Version(1), step.id())).await, ErrorKind::Refused);
    let new = w.step();
    let twice = |c: &mut ChangeSet| c.steps.extend([new.clone(), new]);
    assert_eq!(w.refusal(twice).await, ErrorKind::AlreadyExists);
    let of_job = list_all::<Step>(&w.db, &w.tenant, &Query::StepsOf(step.job())).await.unwrap();
    assert_eq!(of_job, [Versioned { value: step, version: Version(1) }]);
}

pub async fn a_revision_is_never_changed<S: Storage>(w: World<S>) {
    let revision = w.revision(w.request(None).id, 1);
    let id = (revision.request, revision.number);
    w.commit(|c| c.create(revision.clone())).await;
    let changed = Revision { account: "another".to_owned(), ..revision };
    assert_eq!(w.refusal(|c| c.update(Version(1), changed)).await, ErrorKind::Refused);
    assert_eq!(w.refusal(|c| c.delete::<Revision>(Version(1), id)).await, ErrorKind::Refused);
}
