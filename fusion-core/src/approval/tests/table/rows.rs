//! Each event in each phase, with the facts in its favour.

use super::*;
use crate::tenant::ActorKind;

/// Where an event leads from the phases that take it; the others refuse it.
type Row = (&'static str, fn() -> Event<'static>, fn() -> Known, Vec<(Phase, Phase)>);

fn vote<T>(make: impl Fn(crate::canonical::Hash, crate::model::VoteId) -> T) -> T {
    make(digest(1), vote_id(1))
}

fn sound() -> &'static ClaimCheck {
    static SOUND: std::sync::OnceLock<ClaimCheck> = std::sync::OnceLock::new();
    SOUND.get_or_init(good_check)
}

fn touched() -> Known {
    Known { touched: true, ..by(system()) }
}

fn admin() -> Known {
    Known { membership: Membership { admin: true, ..membership(&[]) }, ..ben() }
}

fn open(marked: bool) -> Phase {
    Phase::Unknown { token: TOKEN, needs_person: marked }
}

fn rows() -> Vec<Row> {
    use Phase::{
        Accepted, Approved, Done, Draft, Expired, Failed, Pending, Rejected, Revoked, Stale, Withdrawn,
    };
    let (confirm, stage, next) =
        (Pending(Waiting::Confirm), Pending(Waiting::Stage(1)), Phase::Executing { token: 8 });
    let executing = Phase::Executing { token: TOKEN };
    vec![
        (
            "submit",
            || Event::Submit(terms(1, Answer::People(vec![super::stage("desk", 1)]))),
            || by(human("ann")),
            vec![(Draft, stage)],
        ),
        (
            "submit what runs at once",
            || Event::Submit(terms(1, Answer::Automatic)),
            || by(human("ann")),
            vec![(Draft, Approved)],
        ),
        (
            "amend",
            || Event::Amend(terms(2, Answer::Confirm)),
            || by(human("ann")),
            vec![(Draft, confirm), (confirm, confirm), (stage, confirm)],
        ),
        (
            "confirm",
            || vote(|digest, vote| Event::Confirm { digest, vote }),
            || by(human("ann")),
            vec![(confirm, Approved)],
        ),
        ("approve", || vote(|digest, vote| Event::Approve { digest, vote }), ben, vec![(stage, Approved)]),
        ("reject", || vote(|digest, vote| Event::Reject { digest, vote }), ben, vec![(stage, Rejected)]),
        (
            "request changes",
            || vote(|digest, vote| Event::RequestChanges { digest, vote }),
            ben,
            vec![(stage, Draft)],
        ),
        (
            "comment",
            || Event::Comment,
            ben,
            phases().into_iter().filter(|phase| !phase.is_closed()).map(|phase| (phase, phase)).collect(),
        ),
        (
            "withdraw",
            || Event::Withdraw,
            || by(human("ann")),
            [Draft, confirm, stage, Approved].map(|phase| (phase, Withdrawn)).to_vec(),
        ),
        ("revoke", || Event::Revoke, admin, vec![(Approved, Revoked)]),
        (
            "expire",
            || Event::Expire,
            || Known { now: EXECUTE_BY, ..by(system()) },
            [confirm, stage, Approved].map(|phase| (phase, Expired)).to_vec(),
        ),
        (
            "expire, touched",
            || Event::Expire,
            || Known { now: EXECUTE_BY, ..touched() },
            vec![(confirm, Failed), (stage, Failed), (Approved, Failed)],
        ),
        ("claim", || Event::Claim { token: 8, check: sound() }, || by(system()), vec![(Approved, next)]),
        (
            "finished",
            || Event::Finished { token: 8, started: true, watch: None, check: sound() },
            touched,
            vec![
                (Approved, Done),
                (executing, Done),
                (Accepted, Done),
                (Done, Done),
                (Failed, Done),
                (open(false), Done),
                (open(true), Done),
                (Rejected, Done),
                (Withdrawn, Done),
                (Expired, Done),
                (Revoked, Done),
                (Stale, Done),
            ],
        ),
        (
            "finished, to be watched",
            || Event::Finished { token: TOKEN, started: true, watch: Some(watch()), check: sound() },
            touched,
            vec![
                (Approved, Accepted),
                (executing, Accepted),
                (open(false), Accepted),
                (open(true), Accepted),
                (Failed, Done),
                (Rejected, Done),
                (Withdrawn, Done),
                (Expired, Done),
                (Revoked, Done),
                (Stale, Done),
            ],
        ),
        (
            "finished without a begun step",
            || Event::Finished { token: 8, started: false, watch: None, check: sound() },
            || by(system()),
            vec![(Approved, Done), (open(false), Done), (open(true), Done)],
        ),
        (
            "a setback to be retried",
            || Event::Setback { token: TOKEN, failure: failure(), again: true },
            || by(system()),
            vec![(executing, Approved), (open(false), Approved), (open(true), Approved)],
        ),
        (
            "the last setback",
            || Event::Setback { token: TOKEN, failure: failure(), again: false },
            || by(system()),
            vec![(executing, Failed), (open(false), Failed), (open(true), Failed)],
        ),
        ("lease lost", || Event::LeaseLost { token: TOKEN }, touched, vec![(executing, open(false))]),
        (
            "given up, untouched",
            || Event::GivenUp { failure: failure() },
            || by(system()),
            vec![(Approved, Failed), (executing, Failed), (open(false), open(false)), (Accepted, open(true))],
        ),
        (
            "resolved",
            || Event::Resolve { open: 0, needs_person: false },
            touched,
            vec![(open(false), Approved), (open(true), Approved)],
        ),
        (
            "look-ups have said all they can",
            || Event::Resolve { open: 1, needs_person: true },
            touched,
            vec![(open(false), open(true))],
        ),
        ("look-ups go on", || Event::Resolve { open: 1, needs_person: false }, touched, vec![]),
        ("decided: done", || Event::Decide(Verdict::Done), admin, vec![(open(true), Done)]),
        ("decided: failed", || Event::Decide(Verdict::Failed), admin, vec![(open(true), Failed)]),
        ("decided: again", || Event::Decide(Verdict::Again), admin, vec![(open(true), Approved)]),
        ("observed: done", || Event::Observe(Observation::Done), touched, vec![(Accepted, Done)]),
        (
            "observed: failed",
            || Event::Observe(Observation::Failed(failure())),
            touched,
            vec![(Accepted, Failed)],
        ),
        (
            "observed: not yet",
            || Event::Observe(Observation::Still(watch())),
            touched,
            vec![(Accepted, Accepted)],
        ),
        ("observed: overdue", || Event::Observe(Observation::Overdue), touched, vec![(Accepted, open(true))]),
    ]
}

#[test]
fn every_phase_takes_the_events_of_its_rows_and_refuses_the_others() {
    let mut wrong = Vec::new();
    for (name, event, known, leads) in rows() {
        for phase in phases() {
            let expected = leads.iter().find(|(from, _)| *from == phase).map(|(_, to)| *to);
            let found = next(&at(phase), event(), &known());
            if found.ok() != expected {
                wrong.push(format!("{name} from {phase:?}: {found:?} and not {expected:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_refusal_says_what_stands_against_a_vote() {
    let pending = at(Phase::Pending(Waiting::Stage(1)));
    let approve = |revision: u32| Event::Approve { digest: digest(revision), vote: vote_id(1) };
    let member_of_nothing = Known { membership: membership(&["lead"]), ..ben() };
    let gone = Known { membership: Membership { member: false, ..ben().membership }, ..ben() };
    let seated = Request {
        seats: vec![Seat { stage: 1, person: person("ben"), decision: Decision::Reject, vote: vote_id(2) }],
        ..pending.clone()
    };
    let edited = Request { editors: vec![person("ben")], ..pending.clone() };
    for (request, event, known, refusal) in [
        (&pending, approve(2), ben(), Refusal::Outdated),
        (&pending, approve(1), by(human("ann")), Refusal::OwnRequest),
        (&edited, approve(1), ben(), Refusal::OwnRequest),
        (&pending, approve(1), by(signature(ActorKind::Service, "ben")), Refusal::NotAPerson),
        (&pending, approve(1), by(system()), Refusal::NotAPerson),
        (&pending, approve(1), member_of_nothing, Refusal::NotEligible),
        (&pending, approve(1), gone, Refusal::NotAMember),
        (&seated, approve(1), ben(), Refusal::AlreadyVoted),
        (&pending, approve(1), Known { now: DECIDE_BY, ..ben() }, Refusal::TooLate),
    ] {
        assert_eq!(next(request, event, &known), Err(refusal));
    }
    let last_moment = Known { now: Timestamp::from_micros(9), ..ben() };
    assert_eq!(next(&pending, approve(1), &last_moment), Ok(Phase::Approved));
}
