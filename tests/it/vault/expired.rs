//! Old entries are exported and dropped below a signed end; what is above stays provable.

use super::*;
use crate::kill::trap::Trap;
use async_trait::async_trait;
use fusion_core::{
    audit::{Checkpoint, Start, Tail, verify},
    canonical::{EphemeralKeys, Mac},
    error::{Error, ErrorKind, Retry},
    testkit::{Answer, Call, TestClock, Through, Watch},
};
use fusion_queue::Memory;
use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

in_every_place! {
    a_database_drops_what_was_exported_and_its_chain_goes_on,
    a_chain_that_was_changed_below_the_signed_end_is_not_dropped,
    an_expiry_that_is_killed_before_it_drops_is_ended_by_the_next,
    whoever_looks_while_entries_expire_misses_none_of_them,
    of_two_that_expire_entries_one_does_and_the_other_is_told_to_come_again,
    a_signed_end_in_the_place_of_the_cut_hides_nothing,
}

const HOUR: Duration = Duration::from_secs(3_600);

/// Every page of an export, in one.
fn collect(into: &mut Vec<AuditEntry>) -> impl FnMut(&[AuditEntry]) -> fusion_core::Result<()> + Send {
    |page| {
        into.extend_from_slice(page);
        Ok(())
    }
}

#[tokio::test]
async fn what_is_old_enough_and_signed_goes_and_nothing_else() {
    let clock = TestClock::held_at(Timestamp::from_micros(1_700_000_000_000_000));
    let memory = Memory::with_clock(Arc::new(clock.clone()));
    let keys = Arc::new(EphemeralKeys::new(&clock));
    let hub = Hub::builder(memory).keys(keys).build().await.unwrap();
    let alice = person(&hub, "alice");
    for title in ["Mug", "Cup", "Jar"] {
        product(&hub, title).await;
    }
    let early = hub.sign_checkpoint(&alice).await.unwrap();
    let old = entries(&hub).await;
    clock.advance(2 * HOUR);
    product(&hub, "Pot").await;
    let signed = hub.sign_checkpoint(&alice).await.unwrap();
    product(&hub, "Jug").await;
    let all = entries(&hub).await;

    let nothing = hub.expire_audit(&alice, &signed, 3 * HOUR, |_| panic!("nothing is that old")).await;
    assert_eq!(nothing.unwrap(), None);
    let forged = Checkpoint { mac: Mac::from_bytes([7; 32]), ..signed.clone() };
    let refused = hub.expire_audit(&alice, &forged, HOUR, |_| panic!("nobody signed it")).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Refused);
    let full = |_: &[AuditEntry]| Err(Error::new(ErrorKind::Unavailable, "the disk is full"));
    let failed = hub.expire_audit(&alice, &signed, HOUR, full).await.unwrap_err();
    assert_eq!((failed.kind(), entries(&hub).await), (ErrorKind::Unavailable, all.clone()));

    let mut exported = Vec::new();
    let end = hub.expire_audit(&alice, &signed, HOUR, collect(&mut exported)).await.unwrap().unwrap();
    assert_eq!((exported, end.sequence), (old.clone(), old.last().unwrap().sequence));
    let left = entries(&hub).await;
    assert_eq!(left[..left.len() - 1], all[old.len()..], "and one entry tells of it");
    assert_eq!(left.last().unwrap().entry.action.as_str(), "audit_expired");
    let verified = hub.verify_audit(&alice, Some(&signed)).await.unwrap();
    assert_eq!(*verified.range.start(), end.sequence + 1);
    assert_eq!(verified.tail, Tail::ProvedUpTo(signed.sequence));

    // The next segment begins where this one ended.
    clock.advance(2 * HOUR);
    let mut next = Vec::new();
    let later = hub.expire_audit(&alice, &signed, HOUR, collect(&mut next)).await.unwrap().unwrap();
    assert_eq!((later.sequence, next.len() as u64), (signed.sequence, signed.sequence - end.sequence));
    let gone = hub.verify_audit(&alice, Some(&early)).await.unwrap_err();
    assert_eq!(gone.kind(), ErrorKind::InvalidInput, "its end lies in what is gone");
    let cut = hub.verify_audit(&alice, Some(&later)).await.unwrap_err();
    assert_eq!(cut.kind(), ErrorKind::Refused, "it is where the chain begins, and proves no end");
    let whole: Vec<AuditEntry> = old.into_iter().chain(next).collect();
    let proved = verify(alice.tenant(), &whole, Start::Genesis, None).unwrap();
    assert_eq!(*proved.range.end(), signed.sequence, "the exports are a chain of their own");
}

async fn a_database_drops_what_was_exported_and_its_chain_goes_on(place: fn() -> Place) {
    let shop = Shop::new(place());
    let hub = shop.hub().await;
    let alice = person(&hub, "alice");
    let store = store(&hub, "Main shop").await;
    bought(&hub, &shop, &store, "Mug").await;
    let signed = hub.sign_checkpoint(&alice).await.unwrap();
    product(&hub, "Cup").await;
    let all = entries(&hub).await;
    let mut exported = Vec::new();
    let end = hub.expire_audit(&alice, &signed, Duration::ZERO, collect(&mut exported)).await;
    assert_eq!(end.unwrap().unwrap().sequence, signed.sequence);
    let count = exported.len();
    assert_eq!(exported, all[..count]);
    let left = entries(&hub).await;
    assert_eq!(left[..left.len() - 1], all[count..], "nothing above is touched");
    drop(hub);

    let hub = shop.hub().await;
    product(&hub, "Jar").await;
    let verified = hub.verify_audit(&alice, Some(&signed)).await.unwrap();
    assert_eq!(verified.tail, Tail::Unproved, "nothing was signed since");
    assert_eq!(*verified.range.start(), signed.sequence + 1);
    assert_eq!(*verified.range.end(), entries(&hub).await.last().unwrap().sequence);
}

async fn a_chain_that_was_changed_below_the_signed_end_is_not_dropped(place: fn() -> Place) {
    let shop = Shop::new(place());
    let hub = shop.hub().await;
    let alice = person(&hub, "alice");
    for title in ["Mug", "Cup", "Jar"] {
        product(&hub, title).await;
    }
    let signed = hub.sign_checkpoint(&alice).await.unwrap();
    let change = "UPDATE fusion.audit SET body = replace(body, 'alice', 'mallory') WHERE sequence = 2";
    assert_eq!(shop.execute(change).await, 1);
    let changed = entries(&hub).await;
    let refused = hub.expire_audit(&alice, &signed, Duration::ZERO, |_| Ok(())).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Refused);
    assert_eq!(entries(&hub).await, changed);
}

async fn an_expiry_that_is_killed_before_it_drops_is_ended_by_the_next(place: fn() -> Place) {
    let shop = Shop::new(place());
    let hub = shop.hub().await;
    let alice = person(&hub, "alice");
    product(&hub, "Mug").await;
    let signed = hub.sign_checkpoint(&alice).await.unwrap();
    let trap = Trap::at_call("After commit of 0 steps, 0 jobs, settling false: audit_expired");
    let killed = Through { backend: shop.open().await, watch: trap.clone() };
    let killed = Hub::builder(killed).keys(shop.keys.clone()).build().await.unwrap();
    tokio::select! {
        biased;
        _ = trap.sprung() => {}
        _ = killed.expire_audit(&alice, &signed, Duration::ZERO, |_| Ok(())) => panic!("it dropped"),
    }
    assert_eq!(entries(&hub).await[0].sequence, 1, "nothing is gone yet");
    let verified = hub.verify_audit(&alice, None).await.unwrap();
    assert_eq!(*verified.range.start(), signed.sequence + 1);
    let later = hub.sign_checkpoint(&alice).await.unwrap();
    let nothing = hub.expire_audit(&alice, &later, 1_000 * HOUR, |_| Ok(())).await.unwrap();
    assert_eq!(nothing, None);
    assert_eq!(entries(&hub).await[0].sequence, signed.sequence + 1);
}

/// A storage that keeps every entry.
struct KeepsAll;

#[async_trait]
impl Watch for KeepsAll {
    type Held = ();

    async fn before(&self, call: &Call<'_>) -> fusion_core::Result<()> {
        match call.name {
            "drop_audit" => Err(Error::new(ErrorKind::Unsupported, "every entry is kept")),
            _ => Ok(()),
        }
    }

    async fn after(&self, (): (), _: &Answer<'_>) -> fusion_core::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn a_storage_that_keeps_every_entry_says_so_before_any_is_exported() {
    let clock = TestClock::held_at(Timestamp::from_micros(1_700_000_000_000_000));
    let memory = Memory::with_clock(Arc::new(clock.clone()));
    let keys = Arc::new(EphemeralKeys::new(&clock));
    let hub = Hub::builder(Through { backend: memory, watch: KeepsAll }).keys(keys).build().await.unwrap();
    let alice = person(&hub, "alice");
    product(&hub, "Mug").await;
    clock.advance(HOUR);
    let signed = hub.sign_checkpoint(&alice).await.unwrap();
    let all = entries(&hub).await;
    let expired = hub.expire_audit(&alice, &signed, Duration::ZERO, |_| panic!("it was exported")).await;
    assert_eq!(expired.unwrap_err().kind(), ErrorKind::Unsupported);
    assert_eq!(entries(&hub).await, all, "nothing tells of an expiry");
    let verified = hub.verify_audit(&alice, Some(&signed)).await.unwrap();
    assert_eq!(*verified.range.start(), 1);
}

/// Expires what lies below `signed` when somebody is about to read the chain for the first time.
struct Expiring {
    hub: Hub,
    signed: Checkpoint,
    is_done: AtomicBool,
}

#[async_trait]
impl Watch for Expiring {
    type Held = ();

    async fn before(&self, call: &Call<'_>) -> fusion_core::Result<()> {
        if call.name == "audit" && !self.is_done.swap(true, Ordering::SeqCst) {
            let alice = person(&self.hub, "alice");
            self.hub.expire_audit(&alice, &self.signed, Duration::ZERO, |_| Ok(())).await?;
        }
        Ok(())
    }

    async fn after(&self, (): (), _: &Answer<'_>) -> fusion_core::Result<()> {
        Ok(())
    }
}

async fn whoever_looks_while_entries_expire_misses_none_of_them(place: fn() -> Place) {
    let shop = Shop::new(place());
    let hub = shop.hub().await;
    let alice = person(&hub, "alice");
    let beside = async |signed: &Checkpoint| {
        let watch = Expiring { hub: hub.clone(), signed: signed.clone(), is_done: AtomicBool::new(false) };
        Hub::builder(Through { backend: shop.open().await, watch }).keys(shop.keys.clone())
    };
    product(&hub, "Mug").await;
    let kept = hub.sign_checkpoint(&alice).await.unwrap();
    product(&hub, "Cup").await;
    let cut = hub.sign_checkpoint(&alice).await.unwrap();
    let opened = beside(&cut).await.checkpoint(kept).build().await.unwrap();
    assert_eq!(count(&opened, "restore_held").await, 0, "it is no copy");
    assert_eq!(entries(&hub).await[0].sequence, cut.sequence + 1);

    let later = hub.sign_checkpoint(&alice).await.unwrap();
    let opened = beside(&later).await.build().await.unwrap();
    let verified = opened.verify_audit(&alice, None).await.unwrap();
    assert_eq!(*verified.range.start(), later.sequence + 1);
}

async fn of_two_that_expire_entries_one_does_and_the_other_is_told_to_come_again(place: fn() -> Place) {
    let shop = Shop::new(place());
    let hub = shop.hub().await;
    let alice = person(&hub, "alice");
    product(&hub, "Mug").await;
    let early = hub.sign_checkpoint(&alice).await.unwrap();
    product(&hub, "Cup").await;
    let late = hub.sign_checkpoint(&alice).await.unwrap();
    // The other one drops less, all, and nothing above of what this one is about to look at.
    for (theirs, ours) in [(&early, &late), (&late, &late)] {
        let watch = Expiring { hub: hub.clone(), signed: theirs.clone(), is_done: AtomicBool::new(false) };
        let beside = Through { backend: shop.open().await, watch };
        let beside = Hub::builder(beside).keys(shop.keys.clone()).build().await.unwrap();
        let told = beside.expire_audit(&alice, ours, Duration::ZERO, |_| Ok(())).await.unwrap_err();
        assert_eq!((told.kind(), told.retry()), (ErrorKind::Conflict, Retry::Backoff), "{told}");
        assert_eq!(entries(&hub).await[0].sequence, theirs.sequence + 1);
    }
    let last = hub.sign_checkpoint(&alice).await.unwrap();
    hub.expire_audit(&alice, &last, Duration::ZERO, |_| Ok(())).await.unwrap();
    assert_eq!(entries(&hub).await[0].sequence, last.sequence + 1);
}

/// A database writer who has got hold of a signed end drops what lies below, and says that it was exported.
async fn a_signed_end_in_the_place_of_the_cut_hides_nothing(place: fn() -> Place) {
    let shop = Shop::new(place());
    let hub = shop.hub().await;
    let alice = person(&hub, "alice");
    product(&hub, "Mug").await;
    let cut = hub.sign_checkpoint(&alice).await.unwrap();
    let cut = hub.expire_audit(&alice, &cut, Duration::ZERO, |_| Ok(())).await.unwrap().unwrap();
    product(&hub, "Cup").await;
    let signed = hub.sign_checkpoint(&alice).await.unwrap();
    product(&hub, "Jar").await;
    let text = |checkpoint: &Checkpoint| serde_json::to_string(checkpoint).unwrap();
    let forge = format!(
        "UPDATE fusion.records SET body = replace(body, '{}', '{}') WHERE kind = 'incarnation'",
        text(&cut),
        text(&signed)
    );
    assert_eq!(shop.execute(&forge).await, 1);
    let drop = format!("DELETE FROM fusion.audit WHERE sequence <= {}", signed.sequence);
    assert!(shop.execute(&drop).await > 0);
    assert_eq!(hub.verify_audit(&alice, None).await.unwrap_err().kind(), ErrorKind::Refused);
}
