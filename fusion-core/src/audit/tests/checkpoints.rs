use super::*;

fn keys(seed: u64) -> EphemeralKeys {
    EphemeralKeys::new(&TestClock::at(NOON).with_seed(seed))
}

async fn sign(head: &Head) -> TrustedCheckpoint {
    Checkpoint::sign(head, NOON, Some(4), &keys(1)).await.unwrap().check(&keys(1)).await.unwrap()
}

#[tokio::test]
async fn a_cut_tail_is_found_where_a_checkpoint_was_signed() {
    let good = entries(&acme(), 6);
    let end = sign(&good[4].head(&acme())).await;
    let check = |count: usize| verify(&acme(), &good[..count], Start::Genesis, Some(&end));
    assert_eq!(check(6).unwrap().tail, Tail::ProvedUpTo(5));
    assert_eq!(check(5).unwrap().tail, Tail::Proved);
    for count in 0..5 {
        let fault = Fault::CutTail { signed: 5 };
        assert_eq!(check(count).unwrap_err(), broken(count as u64 + 1, fault), "{count}");
    }
    assert_eq!(verify(&acme(), &good[..3], Start::Genesis, None).unwrap().tail, Tail::Unproved);
}

#[tokio::test]
async fn a_chain_written_anew_is_found_where_a_checkpoint_was_signed() {
    let good = entries(&acme(), 4);
    let end = sign(&good[2].head(&acme())).await;
    let (forged, _) = chain(&Head::genesis(&acme()), (11..=14).map(record)).unwrap();
    assert_eq!(check(&forged).unwrap().tail, Tail::Unproved);
    let found = verify(&acme(), &forged, Start::Genesis, Some(&end)).unwrap_err();
    assert_eq!(found, broken(3, Fault::NotAsSigned));
}

#[tokio::test]
async fn a_checkpoint_is_the_genesis_of_the_next_segment() {
    let good = entries(&acme(), 6);
    let (start, end) = (sign(&good[2].head(&acme())).await, sign(&good[5].head(&acme())).await);
    let verified = verify(&acme(), &good[3..], Start::Checkpoint(&start), Some(&end)).unwrap();
    assert_eq!((verified.range, verified.tail), (4..=6, Tail::Proved));
    let from_elsewhere = verify(&acme(), &good[4..], Start::Checkpoint(&start), Some(&end)).unwrap_err();
    assert_eq!(from_elsewhere, broken(4, Fault::Misplaced { found: 5 }));
    // At the signed end itself there is nothing left to look at, and a later entry is proved by nothing.
    let at_end = |entries| verify(&acme(), entries, Start::Checkpoint(&end), Some(&end));
    assert_eq!(at_end(&good[6..]).unwrap_err(), NotVerified::NothingToCheck);
    let (later, _) = chain(&end.head(), [record(7)]).unwrap();
    assert_eq!(at_end(&later).unwrap().tail, Tail::Unproved);
}

#[tokio::test]
async fn checkpoints_of_another_tenant_or_in_the_wrong_order_are_refused() {
    let good = entries(&acme(), 6);
    let (early, late) = (sign(&good[2].head(&acme())).await, sign(&good[5].head(&acme())).await);
    let foreign = sign(&good[5].head(&other())).await;
    let forked = sign(&Head { hash: Hash::of("x"), ..early.head() }).await;
    for (start, end) in [
        (Start::Checkpoint(&late), Some(&early)),
        (Start::Checkpoint(&early), Some(&forked)),
        (Start::Checkpoint(&foreign), None),
        (Start::Genesis, Some(&foreign)),
    ] {
        let refusal = Verifier::new(&acme(), start, end).map(drop).unwrap_err();
        assert_eq!(refusal, NotVerified::WrongCheckpoint, "{start:?} {end:?}");
    }
}

#[tokio::test]
async fn a_checkpoint_with_any_field_changed_is_not_trusted() {
    let signed =
        Checkpoint::sign(&entries(&acme(), 3)[2].head(&acme()), NOON, Some(4), &keys(1)).await.unwrap();
    let stored = serde_json::to_value(&signed).unwrap();
    let mut changed = 0;
    for (name, other) in [
        ("tenant", json!("other")),
        ("sequence", json!(4)),
        ("hash", json!("0".repeat(64))),
        ("at", json!(0)),
        ("incarnation", json!(5)),
        ("incarnation", Value::Null),
        ("mac", json!("0".repeat(64))),
    ] {
        let mut forged = stored.clone();
        assert_ne!(forged[name], other);
        forged[name] = other;
        let forged: Checkpoint = serde_json::from_value(forged).unwrap();
        assert_eq!(forged.check(&keys(1)).await.unwrap_err().kind(), ErrorKind::Refused, "{name}");
        changed += 1;
    }
    assert_eq!(changed, 7);
    let read: Checkpoint = serde_json::from_value(stored).unwrap();
    assert_eq!(read.clone().check(&keys(2)).await.unwrap_err().kind(), ErrorKind::InvalidConfig);
    assert_eq!(*read.check(&keys(1)).await.unwrap().get(), signed);
}

#[tokio::test]
async fn an_end_is_no_cut_and_a_cut_no_end() {
    let head = entries(&acme(), 3)[2].head(&acme());
    let keys = keys(1);
    let end = Checkpoint::sign(&head, NOON, Some(4), &keys).await.unwrap();
    let cut = Checkpoint::sign_cut(&head, NOON, Some(4), &keys).await.unwrap();
    assert_eq!(end.clone().check_cut(&keys).await.unwrap_err().kind(), ErrorKind::Refused);
    assert_eq!(cut.clone().check(&keys).await.unwrap_err().kind(), ErrorKind::Refused);
    assert_eq!(end.check(&keys).await.unwrap().head(), cut.check_cut(&keys).await.unwrap().head());
}
