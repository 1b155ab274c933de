use super::world::{World, change};
use crate::{error::ErrorKind, storage::ChangeSet, storage::Storage};
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

pub async fn a_deadline_refuses_from_its_own_moment_on<S: Storage>(w: World<S>) {
    let end = w.db.clock().now() + SECOND;
    let (early, late) = (w.item("early"), w.item("late"));
    w.clock.advance(SECOND - Duration::from_micros(1));
    w.commit(|c| {
        c.create(early);
        c.not_after = Some(end);
    })
    .await;
    w.clock.advance(Duration::from_micros(1));
    let fill = |c: &mut ChangeSet| {
        c.create(late);
        c.not_after = Some(end);
    };
    assert_eq!(w.refusal(fill).await, ErrorKind::Timeout);
}

pub async fn the_checks_come_in_the_order_time_versions_rules<S: Storage>(w: World<S>) {
    let (first, second) = (w.request(Some("key")), w.request(Some("key")));
    w.commit(|c| c.create(first.clone())).await;
    let mut changes = change(|c| {
        c.not_after = Some(w.db.clock().now());
        c.rely_on::<crate::approval::Request>(first.id, crate::storage::Version(9));
        c.create(second.clone());
    });
    let mut kinds = Vec::new();
    for mend in [
        |c: &mut ChangeSet| c.not_after = None,
        |c: &mut ChangeSet| c.expects.clear(),
        |c: &mut ChangeSet| c.writes.clear(),
    ] {
        kinds.push(w.db.commit(&w.tenant, changes.clone()).await.unwrap_err().kind());
        mend(&mut changes);
    }
    assert_eq!(kinds, [ErrorKind::Timeout, ErrorKind::Conflict, ErrorKind::AlreadyExists]);
    assert!(w.db.commit(&w.tenant, changes).await.is_ok());
}
