use super::world::{World, entry};
use crate::{
    audit::{Checkpoint, Head, Start, TrustedCheckpoint, Verifier, verify},
    canonical::EphemeralKeys,
    clock::Timestamp,
    error::ErrorKind,
    storage::Storage,
};

pub async fn audit_entries_are_chained_in_the_order_of_their_commits<S: Storage>(w: World<S>) {
    for nth in 0..5 {
        w.commit(|c| c.audit.push(entry(&nth.to_string()))).await;
    }
    assert_eq!(w.db.chain(2).await.unwrap(), 2);
    let feed = w.db.audit(&w.tenant, 0, 100).await.unwrap();
    assert_eq!(w.db.chain(2).await.unwrap(), 0);
    let subjects: Vec<&str> = feed.iter().map(|entry| entry.entry.subject.id.as_str()).collect();
    assert_eq!(subjects, ["0", "1", "2", "3", "4"]);
    let mut verifier = Verifier::new(&w.tenant, Start::Genesis, None).unwrap();
    for entry in &feed {
        verifier.push(entry).unwrap();
    }
    let numbers = async |after, limit| {
        let page = w.db.audit(&w.tenant, after, limit).await.unwrap();
        page.iter().map(|one| one.sequence).collect::<Vec<_>>()
    };
    assert_eq!(numbers(3, 100).await, [4, 5]);
    assert_eq!(numbers(1, 2).await, [2, 3]);
    assert_eq!(numbers(5, 2).await, [0; 0]);
}

pub async fn a_chain_begins_at_its_tenants_genesis_and_its_head_is_the_last_entry<S: Storage>(w: World<S>) {
    assert_eq!(w.db.head(&w.tenant).await.unwrap(), Head::genesis(&w.tenant));
    w.commit(|c| c.audit.extend([entry("a"), entry("b")])).await;
    let head = w.db.head(&w.tenant).await.unwrap();
    let feed = w.db.audit(&w.tenant, 0, 9).await.unwrap();
    assert_eq!(feed[0].previous, Head::genesis(&w.tenant).hash);
    assert_eq!(head, feed[1].head(&w.tenant));
    assert_eq!(w.db.head(&w.other).await.unwrap(), Head::genesis(&w.other));
}

pub async fn one_chaining_goes_over_all_tenants_up_to_its_limit<S: Storage>(w: World<S>) {
    for tenant in [&w.tenant, &w.other] {
        drop(w.commit_to(tenant, |c| c.audit.extend([entry("a"), entry("b")])).await);
    }
    assert_eq!([w.db.chain(3).await.unwrap(), w.db.chain(3).await.unwrap()], [3, 1]);
}

pub async fn an_entry_that_could_never_be_chained_is_refused<S: Storage>(w: World<S>) {
    let mut far = entry("far away");
    far.at = Timestamp::from_micros(i64::MAX);
    let item = w.item("mug");
    let refused = w.refusal(|c| {
        c.audit.push(far);
        c.create(item.clone());
    });
    assert_eq!(refused.await, ErrorKind::InvalidInput);
    assert_eq!(w.db.chain(9).await.unwrap(), 0);
}

pub async fn what_was_signed_may_be_dropped_and_the_chain_goes_on<S: Storage>(w: World<S>) {
    w.commit(|c| c.audit.extend(["a", "b", "c", "d"].map(entry))).await;
    drop(w.commit_to(&w.other, |c| c.audit.extend(["a", "b"].map(entry))).await);
    let numbers = async |tenant| {
        let page = w.db.audit(tenant, 0, 9).await.unwrap();
        page.iter().map(|one| one.sequence).collect::<Vec<_>>()
    };
    let feed = w.db.audit(&w.tenant, 0, 9).await.unwrap();
    let signed = signed(&w, feed[1].head(&w.tenant)).await;
    let dropped = w.db.drop_audit(&w.tenant, &signed).await;
    if dropped.as_ref().is_err_and(|error| error.kind() == ErrorKind::Unsupported) {
        return assert_eq!(numbers(&w.tenant).await, [1, 2, 3, 4]);
    }
    assert_eq!(dropped.unwrap(), 2);
    assert_eq!(numbers(&w.tenant).await, [3, 4]);
    assert_eq!(w.db.drop_audit(&w.tenant, &signed).await.unwrap(), 0, "it is gone");
    let nothing = self::signed(&w, Head::genesis(&w.tenant)).await;
    assert_eq!(w.db.drop_audit(&w.tenant, &nothing).await.unwrap(), 0, "none lies below the first");
    let untouched = self::signed(&w, Head::genesis(&w.other)).await;
    assert_eq!(w.db.drop_audit(&w.other, &untouched).await.unwrap(), 0);
    // Not as it was signed; beyond the end; another tenant's.
    let elsewhere = Head { sequence: 4, ..feed[2].head(&w.tenant) };
    let beyond = Head { sequence: 5, ..feed[3].head(&w.tenant) };
    for refused in [elsewhere, beyond, feed[3].head(&w.other)] {
        let refused = self::signed(&w, refused).await;
        assert_eq!(w.db.drop_audit(&w.tenant, &refused).await.unwrap_err().kind(), ErrorKind::Refused);
    }
    let all = self::signed(&w, feed[3].head(&w.tenant)).await;
    assert_eq!(w.db.drop_audit(&w.tenant, &all).await.unwrap(), 2);
    assert_eq!(w.db.head(&w.tenant).await.unwrap(), all.head(), "its end stays");
    w.commit(|c| c.audit.push(entry("e"))).await;
    let later = w.db.audit(&w.tenant, 0, 9).await.unwrap();
    assert_eq!(*verify(&w.tenant, &later, Start::Checkpoint(&all), None).unwrap().range.end(), 5);
    assert_eq!(numbers(&w.other).await, [1, 2]);
}

async fn signed<S>(w: &World<S>, head: Head) -> TrustedCheckpoint {
    let keys = EphemeralKeys::new(&w.clock);
    let signed = Checkpoint::sign(&head, Timestamp::EPOCH, None, &keys).await.unwrap();
    signed.check(&keys).await.unwrap()
}
