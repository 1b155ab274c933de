use super::*;
use proptest::prelude::*;

#[test]
fn any_changed_field_is_found_at_its_entry() {
    let good = entries(&acme(), 4);
    type Change = fn(&mut AuditEntry);
    let changes: [(&str, Change, Fault); 9] = [
        ("sequence", |e| e.sequence = 9, Fault::Misplaced { found: 9 }),
        ("id", |e| e.id = AuditId::from_uuid(Uuid::nil()), Fault::Altered),
        ("previous", |e| e.previous = Hash::of("x"), Fault::Unlinked),
        ("hash", |e| e.hash = Hash::of("x"), Fault::Altered),
        ("by", |e| e.entry.by.id = PersonId::new("bob").unwrap(), Fault::Altered),
        ("kind of actor", |e| e.entry.by.kind = ActorKind::System, Fault::Altered),
        ("action", |e| e.entry.action = Action::StockMoved, Fault::Altered),
        ("subject", |e| e.entry.subject.id.push('0'), Fault::Altered),
        ("time", |e| e.entry.at = NOON, Fault::Altered),
    ];
    for (name, change, fault) in changes {
        for nth in 0..4 {
            let mut changed = good.clone();
            change(&mut changed[nth]);
            assert_eq!(check(&changed).unwrap_err(), broken(nth as u64 + 1, fault), "{name} of {nth}");
        }
    }
    let mut changed = good;
    changed[2].entry = changed[2].entry.clone().with_details(json!({"version": 33})).unwrap();
    assert_eq!(check(&changed).unwrap_err(), broken(3, Fault::Altered));
}

#[test]
fn an_entry_taken_out_is_missed_in_its_place() {
    for nth in 0..4 {
        let mut cut = entries(&acme(), 5);
        cut.remove(nth);
        let sequence = nth as u64 + 1;
        assert_eq!(check(&cut).unwrap_err(), broken(sequence, Fault::Misplaced { found: sequence + 1 }));
    }
}

#[test]
fn renumbering_hides_neither_a_removal_nor_a_swap() {
    let mut cut = entries(&acme(), 4);
    cut.remove(1);
    for (entry, sequence) in cut.iter_mut().zip(1..) {
        entry.sequence = sequence;
    }
    assert_eq!(check(&cut).unwrap_err(), broken(2, Fault::Unlinked));
    let mut swapped = entries(&acme(), 4);
    swapped.swap(1, 2);
    assert_eq!(check(&swapped).unwrap_err(), broken(2, Fault::Misplaced { found: 3 }));
    (swapped[1].sequence, swapped[2].sequence) = (2, 3);
    assert_eq!(check(&swapped).unwrap_err(), broken(2, Fault::Unlinked));
    (swapped[1].previous, swapped[2].previous) = (swapped[2].previous, swapped[1].previous);
    assert_eq!(check(&swapped).unwrap_err(), broken(2, Fault::Altered));
}

#[test]
fn an_entry_hashed_anew_breaks_the_one_after_it() {
    let mut entries = entries(&acme(), 4);
    let head = entries[0].head(&acme());
    let (forged, _) = chain(&head, [record(99)]).unwrap();
    entries[1] = forged[0].clone();
    assert_eq!(check(&entries).unwrap_err(), broken(3, Fault::Unlinked));
}

#[test]
fn a_chain_of_another_tenant_does_not_pass() {
    assert_eq!(check(&entries(&other(), 3)).unwrap_err(), broken(1, Fault::Unlinked));
    // Nor does an entry of theirs at the same height.
    let mut mixed = entries(&acme(), 3);
    mixed[2] = chain(&Head { tenant: other(), ..mixed[1].head(&acme()) }, [record(3)]).unwrap().0[0].clone();
    assert_eq!(check(&mixed).unwrap_err(), broken(3, Fault::Altered));
}

#[test]
fn after_the_first_break_nothing_makes_it_whole_again() {
    let good = entries(&acme(), 3);
    let mut verifier = Verifier::new(&acme(), Start::Genesis, None).unwrap();
    verifier.push(&good[0]).unwrap();
    let fault = broken(2, Fault::Misplaced { found: 3 });
    assert_eq!(verifier.push(&good[2]), Err(fault));
    assert_eq!(verifier.push(&good[1]), Err(fault));
    assert_eq!(verifier.finish(), Err(fault));
}

proptest! {
    #[test]
    fn a_flipped_bit_anywhere_in_the_stored_text_is_found(nth in any::<prop::sample::Index>(), bit in 0..7_u32) {
        let stored = serde_json::to_string(&entries(&acme(), 3)).unwrap().into_bytes();
        let mut flipped = stored.clone();
        *nth.get_mut(&mut flipped) ^= 1 << bit;
        // Text that can't be read at all is found by reading it.
        if let Ok(read) = serde_json::from_slice::<Vec<AuditEntry>>(&flipped)
            && read != entries(&acme(), 3)
        {
            prop_assert!(check(&read).is_err(), "{}", String::from_utf8_lossy(&flipped));
        }
    }

    #[test]
    fn no_selection_of_entries_passes_but_a_beginning(picked in prop::collection::vec(0..6_usize, 1..8)) {
        let good = entries(&acme(), 6);
        let selection: Vec<_> = picked.iter().map(|nth| &good[*nth]).collect();
        let beginning = picked.iter().copied().eq(0..picked.len());
        prop_assert_eq!(verify(&acme(), selection, Start::Genesis, None).is_ok(), beginning);
    }
}
