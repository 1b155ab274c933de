//! Up to the grant: who counts, for what, until when.

use super::{super::fixture::*, *};
use crate::{clock::Timestamp, tenant::Signature};
use std::collections::BTreeMap;

/// Who was heard on the current revision of each request, told from what happened alone: actor to stage.
fn heard(changes: &[Change], nth: usize) -> BTreeMap<usize, u32> {
    let mut heard = BTreeMap::new();
    for change in changes.iter().filter(|change| change.nth == nth) {
        match (change.what, change.was().phase) {
            (Move::Approve(actor, _), Phase::Pending(Waiting::Stage(stage))) => {
                heard.insert(actor, stage);
            }
            (Move::Confirm(actor, _), _) => {
                heard.insert(actor, 0);
            }
            (Move::Retract(actor), _) => {
                heard.remove(&actor);
            }
            (Move::Amend(_) | Move::RequestChanges(..), _) => heard.clear(),
            _ => {}
        }
    }
    heard
}

fn votes(changes: &[Change]) -> impl Iterator<Item = (&Change, usize, u32)> {
    changes.iter().filter_map(|change| match change.what {
        Move::Approve(actor, shown) | Move::Reject(actor, shown) => Some((change, actor, shown)),
        _ => None,
    })
}

/// A pending request, and what becomes of it through votes in this order: actor and whether they agree.
fn decide(stages: &[Stage], votes: &[(usize, bool)]) -> Request {
    let names = ["ben", "cem", "dan", "eve", "fay"];
    let run = |request: &Request, event: Event<'_>, by: &Signature| {
        let membership = membership(&["desk", "lead"]);
        let facts = Facts {
            now: Timestamp::EPOCH,
            by,
            membership: &membership,
            parent: Parent::Done,
            touched: false,
        };
        transition(request, event, &facts).map_or_else(|_| request.clone(), |done| done.request)
    };
    let answer = Answer::People(stages.to_vec());
    let start = run(&draft(1, human("ann")), Event::Submit(terms(1, answer)), &human("ann"));
    votes.iter().zip(1..).fold(start, |request, ((actor, agrees), number)| {
        let (digest, vote) = (digest(1), vote_id(number));
        let event = if *agrees { Event::Approve { digest, vote } } else { Event::Reject { digest, vote } };
        run(&request, event, &human(names[*actor]))
    })
}

fn any_stages() -> impl Strategy<Value = Vec<Stage>> {
    let any = (1..=3_u32, 1..=3_u32).prop_map(|(quorum, veto)| Stage { veto, ..stage("desk", quorum) });
    prop::collection::vec(any, 1..=2)
}

fn any_votes() -> impl Strategy<Value = Vec<(usize, bool)>> {
    prop::collection::vec((0..5_usize, prop::bool::weighted(0.7)), 0..8)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn invariant_01_nothing_is_approved_without_what_the_policy_asks(
        scope in any_scope(), picks in any_picks(),
    ) {
        let changes = walk(&scope, &picks);
        for (last, change) in changes.iter().enumerate() {
            if change.is().phase.status() != ApprovalStatus::Approved {
                continue;
            }
            let heard = heard(&changes[..=last], change.nth);
            match &scope.answer {
                Answer::Automatic => {}
                Answer::Confirm => prop_assert_eq!(heard.get(&0), Some(&0)),
                Answer::People(stages) => for (stage, number) in stages.iter().zip(1..) {
                    let agreed = heard.iter().filter(|(actor, at)| {
                        **at == number && scope.actors[**actor].1.is_in(&stage.group)
                    });
                    prop_assert!(agreed.count() >= stage.quorum as usize, "{:?} of {:?}", heard, stages);
                },
            }
        }
    }

    #[test]
    fn invariant_03_every_vote_that_counts_names_the_digest_that_runs(
        scope in any_scope(), picks in any_picks(),
    ) {
        let changes = walk(&scope, &picks);
        for (change, _, shown) in votes(&changes) {
            prop_assert_eq!(change.was().digest, Some(digest(shown)));
        }
        for change in changes.iter().filter(|change| matches!(change.is().phase, Phase::Executing { .. })) {
            let node = &change.after.nodes[change.nth];
            let (names, _) = node.grant().unwrap();
            prop_assert_eq!(node.request.digest, Some(digest(names)));
            prop_assert!(node.votes.values().all(|row| row.shown == names));
        }
    }

    #[test]
    fn invariant_04_whoever_wrote_any_revision_never_counts(scope in any_scope(), picks in any_picks()) {
        for (change, actor, _) in votes(&walk(&scope, &picks)) {
            prop_assert!(!change.after.nodes[change.nth].authors.contains(&actor));
        }
    }

    #[test]
    fn invariant_05_whoever_has_a_seat_takes_no_other(scope in any_scope(), picks in any_picks()) {
        for (change, actor, _) in votes(&walk(&scope, &picks)) {
            let who = &scope.actors[actor].0.id;
            prop_assert!(change.was().seats.iter().all(|seat| seat.person != *who));
        }
    }

    #[test]
    fn invariant_06_amending_and_asking_for_changes_void_every_vote(
        scope in any_scope(), picks in any_picks(),
    ) {
        for change in walk(&scope, &picks) {
            let is_new = matches!(change.what, Move::Amend(_));
            if is_new || matches!(change.what, Move::RequestChanges(..)) {
                prop_assert!(change.is().seats.is_empty());
                prop_assert!(change.after.nodes[change.nth].votes.is_empty());
                prop_assert_eq!(change.is().revision, change.was().revision + u32::from(is_new));
            }
        }
    }

    #[test]
    fn invariant_13_time_never_approves_and_never_lowers_a_quorum(scope in any_scope(), picks in any_picks()) {
        for change in walk(&scope, &picks) {
            let timely = matches!(
                change.what,
                Move::Tick | Move::Timer(_) | Move::LeaseEnds | Move::GivenUp | Move::LookUpGivenUp
            );
            let pending = change.was().phase.status() == ApprovalStatus::Pending;
            if timely {
                prop_assert!(!pending || change.is().phase.status() != ApprovalStatus::Approved);
            }
            if !matches!(change.what, Move::Submit | Move::Amend(_)) {
                prop_assert_eq!(&change.is().route, &change.was().route);
            }
            if let Move::Approve(..) | Move::Reject(..) | Move::Confirm(..) | Move::Retract(_) = change.what {
                prop_assert!(change.before.now() < change.was().decide_by);
            }
        }
    }

    #[test]
    fn invariant_14_another_veto_or_an_approval_less_never_approves_a_stage(
        stages in any_stages(), votes in any_votes(), place in 0..8_usize, who in 0..5_usize,
    ) {
        // Of one stage: what is said earlier or later may fall into another stage, which minds other vetoes.
        let is_approved = |votes: &[(usize, bool)]| decide(&stages[..1], votes).phase == Phase::Approved;
        if !is_approved(&votes) {
            let mut vetoed = votes.clone();
            vetoed.insert(place.min(votes.len()), (who, false));
            prop_assert!(!is_approved(&vetoed), "{:?} approved, {:?} not", vetoed, votes);
            let approvals = (0..votes.len()).filter(|nth| votes[*nth].1);
            for nth in approvals {
                let mut fewer = votes.clone();
                fewer.remove(nth);
                prop_assert!(!is_approved(&fewer), "{:?} approved, {:?} not", fewer, votes);
            }
        }
    }

    #[test]
    fn invariant_22_programs_propose_and_never_decide(scope in any_scope(), picks in any_picks()) {
        for change in walk(&scope, &picks) {
            if let Move::Confirm(actor, _)
            | Move::Approve(actor, _)
            | Move::Reject(actor, _)
            | Move::RequestChanges(actor, _)
            | Move::Revoke(actor)
            | Move::Decide(actor, _) = change.what
            {
                prop_assert_eq!(scope.actors[actor].0.kind, Human);
            }
        }
    }
}
