//! Who may, what follows, and the ways that are easily forgotten.

use super::*;
use crate::{error::ErrorKind, tenant::ActorKind};

fn finished(token: u64, started: bool, watched: bool, check: &ClaimCheck) -> Event<'_> {
    Event::Finished { token, started, watch: watched.then(watch), check }
}

fn hub(touched: bool) -> Known {
    Known { touched, ..by(system()) }
}

#[test]
fn only_the_requester_and_those_who_wrote_with_them_amend() {
    let pending = Request { editors: vec![person("eve")], ..at(Phase::Pending(Waiting::Stage(1))) };
    let amend = || Event::Amend(terms(2, Answer::People(vec![stage("desk", 1)])));
    for (who, may) in [
        (human("ann"), true),
        (human("eve"), true),
        (human("ben"), false),
        (signature(ActorKind::Service, "ann"), false),
    ] {
        let found = next(&pending, amend(), &by(who.clone()));
        assert_eq!(found.is_ok(), may, "{who}: {found:?}");
    }
    let late = Known { now: DECIDE_BY, ..by(human("ann")) };
    assert_eq!(next(&pending, amend(), &late), Err(Refusal::TooLate));
}

#[test]
fn a_revision_that_was_sent_back_is_submitted_as_it_was_or_amended() {
    let pending = at(Phase::Pending(Waiting::Stage(1)));
    let changes = Event::RequestChanges { digest: digest(1), vote: vote_id(1) };
    let sent_back = run(&pending, changes, &ben()).unwrap().request;
    let answer = || Answer::People(vec![stage("desk", 1)]);
    let ann = by(human("ann"));
    assert_eq!(next(&sent_back, Event::Submit(terms(2, answer())), &ann), Err(Refusal::Outdated));
    let again = next(&sent_back, Event::Submit(terms(1, answer())), &ann);
    assert_eq!(again, Ok(Phase::Pending(Waiting::Stage(1))));
    let amended = run(&sent_back, Event::Amend(terms(2, answer())), &ann).unwrap().request;
    assert_eq!((amended.revision, amended.digest), (2, Some(digest(2))));
}

#[test]
fn a_vote_is_taken_back_by_whoever_gave_it_while_its_stage_is_open() {
    let seat = |stage: u32, name: &str, vote: u128| Seat {
        stage,
        person: person(name),
        decision: Decision::Approve,
        vote: vote_id(vote),
    };
    let pending = Request {
        seats: vec![seat(1, "cem", 1), seat(2, "dan", 2), seat(2, "ben", 3)],
        ..at(Phase::Pending(Waiting::Stage(2)))
    };
    let retracted = run(&pending, Event::RetractVote, &ben()).unwrap();
    assert_eq!(retracted.effects, [Effect::VoidVotes(vec![vote_id(3)])]);
    assert_eq!(retracted.request.seats, [seat(1, "cem", 1), seat(2, "dan", 2)]);
    for (known, refusal) in [
        (by(human("cem")), Refusal::NoVote),
        (by(human("eve")), Refusal::NoVote),
        (Known { now: DECIDE_BY, ..ben() }, Refusal::TooLate),
    ] {
        assert_eq!(next(&pending, Event::RetractVote, &known), Err(refusal));
    }
    let approved = Request { phase: Phase::Approved, ..pending };
    assert_eq!(next(&approved, Event::RetractVote, &ben()), Err(Refusal::WrongPhase));
}

#[test]
fn those_that_wait_are_told_of_the_end_once() {
    let told = |phase: Phase, event: Event<'_>, known: &Known| {
        let parent = Request { children: vec![request_id(2)], ..at(phase) };
        let effects = effects(&parent, event, known);
        effects.into_iter().find_map(|effect| match effect {
            Effect::TellChildren { done } => Some(done),
            _ => None,
        })
    };
    let check = good_check();
    let executing = Phase::Executing { token: TOKEN };
    assert_eq!(told(executing, finished(TOKEN, true, false, &check), &hub(true)), Some(true));
    assert_eq!(told(executing, finished(TOKEN, true, true, &check), &hub(true)), None, "not decided");
    assert_eq!(told(Phase::Accepted, Event::Observe(Observation::Done), &hub(true)), Some(true));
    assert_eq!(told(Phase::Approved, Event::Withdraw, &by(human("ann"))), Some(false));
    assert_eq!(told(Phase::Failed, finished(3, true, false, &check), &hub(true)), None, "they are withdrawn");
}

#[test]
fn nothing_is_submitted_for_a_parent_that_has_ended_otherwise() {
    let child = Request { after: Some(request_id(2)), ..draft(1, human("ann")) };
    let ended = Known { parent: Parent::Ended, ..by(human("ann")) };
    for answer in [Answer::Automatic, Answer::Confirm, Answer::People(vec![stage("desk", 1)])] {
        let found = next(&child, Event::Submit(terms(1, answer)), &ended);
        assert_eq!(found, Err(Refusal::ParentEnded));
    }
}

#[test]
fn the_end_of_the_parent_enqueues_an_approved_child_once_and_withdraws_an_untouched_one() {
    let waiting = Request { after: Some(request_id(2)), job: None, ..at(Phase::Approved) };
    let done = || Event::ParentEnded { done: true };
    let otherwise = || Event::ParentEnded { done: false };
    assert_eq!(effects(&waiting, done(), &hub(false)), [Effect::Enqueue]);
    let queued = Request { job: at(Phase::Approved).job, ..waiting.clone() };
    assert_eq!(next(&queued, done(), &hub(false)), Err(Refusal::AlreadyRecorded));
    for phase in
        [Phase::Draft, Phase::Pending(Waiting::Confirm), Phase::Pending(Waiting::Stage(1)), Phase::Approved]
    {
        let child = Request { phase, ..waiting.clone() };
        let ended = run(&child, otherwise(), &hub(false)).unwrap();
        assert_eq!(ended.request.phase, Phase::Withdrawn);
        assert_eq!(ended.request.failure.map(|failure| failure.kind), Some(ErrorKind::Refused));
    }
    assert_eq!(next(&queued, otherwise(), &hub(true)), Err(Refusal::Touched));
    assert_eq!(next(&at(Phase::Approved), otherwise(), &hub(false)), Err(Refusal::WrongPhase), "no child");
}

#[test]
fn taking_back_is_for_those_who_may_and_only_while_nothing_has_happened() {
    let approved = Request {
        seats: vec![
            Seat { stage: 1, person: person("cem"), decision: Decision::Approve, vote: vote_id(1) },
            Seat { stage: 1, person: person("dan"), decision: Decision::Reject, vote: vote_id(2) },
        ],
        ..at(Phase::Approved)
    };
    let touched = |known: Known| Known { touched: true, ..known };
    let admin = Known { membership: Membership { admin: true, ..membership(&[]) }, ..ben() };
    let robot = Known { by: signature(ActorKind::Service, "cem"), ..admin.clone() };
    for (event, known, found) in [
        (Event::Withdraw, by(human("ann")), Ok(Phase::Withdrawn)),
        (Event::Withdraw, by(human("cem")), Err(Refusal::NotTheirs)),
        (Event::Withdraw, touched(by(human("ann"))), Err(Refusal::Touched)),
        (Event::Revoke, by(human("cem")), Ok(Phase::Revoked)),
        (Event::Revoke, by(human("dan")), Err(Refusal::NotAnAdmin)),
        (Event::Revoke, by(human("ann")), Err(Refusal::NotAnAdmin)),
        (Event::Revoke, admin, Ok(Phase::Revoked)),
        (Event::Revoke, robot, Err(Refusal::NotAPerson)),
        (Event::Revoke, touched(by(human("cem"))), Err(Refusal::Touched)),
    ] {
        assert_eq!(next(&approved, event, &known), found, "{}", known.by);
    }
    let undone = effects(&approved, Event::Withdraw, &by(human("ann")));
    assert_eq!(undone, [Effect::VoidGrant, Effect::CancelJob]);
}

#[test]
fn a_claim_that_finds_an_obstacle_ends_the_request_by_what_has_happened() {
    let check = |change: fn(&mut ClaimCheck)| {
        let mut check = good_check();
        change(&mut check);
        check
    };
    let late = |touched: bool| Known { now: EXECUTE_BY, ..hub(touched) };
    let stale = check(|check| check.stale.push("price".to_owned()));
    let account = check(|check| check.same_account = false);
    let preview = check(|check| check.same_preview = false);
    let forged = check(|check| check.grant_holds = false);
    let approved = at(Phase::Approved);
    for (check, known, untouched) in [
        (&stale, hub as fn(bool) -> Known, Phase::Stale),
        (&account, hub, Phase::Stale),
        (&preview, hub, Phase::Stale),
        (&good_check(), late, Phase::Expired),
    ] {
        for (touched, expected) in [(false, untouched), (true, Phase::Failed)] {
            for event in [Event::Claim { token: 8, check }, finished(8, false, false, check)] {
                let ended = run(&approved, event, &known(touched)).unwrap();
                assert_eq!(ended.request.phase, expected);
                assert_eq!(ended.effects, [Effect::VoidGrant]);
            }
        }
    }
    for event in [Event::Claim { token: 8, check: &forged }, finished(8, false, false, &forged)] {
        assert_eq!(next(&approved, event, &hub(false)), Err(Refusal::BadGrant));
    }
}

#[test]
fn a_late_receipt_is_recorded_aloud_and_once() {
    let check = ClaimCheck::default();
    let late = |phase: Phase, token: u64| run(&at(phase), finished(token, true, false, &check), &hub(true));
    let raised = |phase: Phase, token: u64| {
        let effects = late(phase, token).unwrap().effects;
        effects.into_iter().find_map(|effect| match effect {
            Effect::Raise(alarm) => Some(alarm),
            _ => None,
        })
    };
    for phase in
        [Phase::Failed, Phase::Rejected, Phase::Withdrawn, Phase::Expired, Phase::Revoked, Phase::Stale]
    {
        assert_eq!(raised(phase, 3), Some(Alarm::LateEffect), "{phase:?}");
        let recorded = late(phase, 3).unwrap().request;
        let again = run(&recorded, finished(3, true, false, &check), &hub(true));
        assert_eq!(again, Err(Refusal::AlreadyRecorded), "{phase:?}");
        let idle = run(&at(phase), finished(3, false, false, &check), &hub(false));
        assert_eq!(idle, Err(Refusal::WrongPhase), "{phase:?}: nothing was begun");
    }
    let executing = Phase::Executing { token: TOKEN };
    assert_eq!(raised(executing, 3), Some(Alarm::DoubleEffect));
    assert!(late(executing, 3).unwrap().effects.contains(&Effect::CancelJob));
    assert_eq!(raised(executing, TOKEN), None);
    assert!(
        !late(executing, TOKEN).unwrap().effects.contains(&Effect::CancelJob),
        "its own worker settles it"
    );
    assert_eq!(raised(Phase::Done, 3), Some(Alarm::DoubleEffect));
    assert_eq!(late(Phase::Done, TOKEN), Err(Refusal::AlreadyRecorded));
    assert_eq!(raised(Phase::Unknown { token: TOKEN, needs_person: false }, 3), None, "whichever it was");
}

#[test]
fn a_second_receipt_to_be_watched_does_not_end_the_watch_of_the_first() {
    let check = ClaimCheck::default();
    let executing = at(Phase::Executing { token: TOKEN });
    let double = run(&executing, finished(3, true, true, &check), &hub(true)).unwrap();
    assert_eq!(double.request.phase, Phase::Accepted);
    assert!(
        double.effects.contains(&Effect::Watch)
            && double.effects.contains(&Effect::Raise(Alarm::DoubleEffect))
    );
    let second = run(&double.request, finished(TOKEN, true, true, &check), &hub(true)).unwrap();
    assert_eq!(second.request, double.request);
    assert!(!second.effects.contains(&Effect::Watch), "it is watched already");
}

#[test]
fn whoever_gives_up_leaves_somebody_who_goes_on() {
    let given_up = || Event::GivenUp { failure: failure() };
    let unknown = Phase::Unknown { token: TOKEN, needs_person: false };
    let touched = Request { token: Some(TOKEN), ..at(Phase::Approved) };
    let begun = run(&touched, given_up(), &hub(true)).unwrap();
    assert_eq!(begun.effects, [Effect::ClaimGrant(TOKEN), Effect::Reconcile]);
    assert_eq!((begun.request.phase, begun.request.job), (unknown, None));
    let executing = at(Phase::Executing { token: TOKEN });
    assert_eq!(effects(&executing, given_up(), &hub(true)), [Effect::Reconcile]);
    assert_eq!(effects(&executing, given_up(), &hub(false)), [Effect::VoidGrant]);
    // The rescued job, then the one that looks up in its place, then people.
    let rescued = run(&at(unknown), given_up(), &hub(true)).unwrap();
    assert_eq!((rescued.request.phase, rescued.effects), (unknown, vec![Effect::Reconcile]));
    let marked = run(&rescued.request, given_up(), &hub(true)).unwrap();
    assert_eq!(marked.request.phase, Phase::Unknown { token: TOKEN, needs_person: true });
    assert_eq!(next(&marked.request, given_up(), &hub(true)), Err(Refusal::AlreadyRecorded));
}

#[test]
fn a_draft_that_cant_be_put_before_people_is_withdrawn_and_one_that_was_sent_back_stays() {
    let given_up = || Event::GivenUp { failure: failure() };
    let fresh = Request { digest: None, ..at(Phase::Draft) };
    let ended = run(&fresh, given_up(), &hub(false)).unwrap();
    assert_eq!((ended.request.phase, ended.effects), (Phase::Withdrawn, vec![]));
    assert_eq!(ended.request.failure, Some(failure()));
    assert_eq!(next(&at(Phase::Draft), given_up(), &hub(false)), Err(Refusal::WrongPhase));
}

#[test]
fn what_is_due_again_has_one_job_whoever_found_it_out() {
    let lost = at(Phase::Unknown { token: TOKEN, needs_person: false });
    let abandoned = Request { job: None, ..lost.clone() };
    let resolved = || Event::Resolve { open: 0, needs_person: false };
    let setback = |again: bool| Event::Setback { token: TOKEN, failure: failure(), again };
    for event in [resolved, || Event::Setback { token: TOKEN, failure: failure(), again: true }] {
        assert_eq!(effects(&lost, event(), &hub(true)), [Effect::ReleaseGrant]);
        assert_eq!(effects(&abandoned, event(), &hub(true)), [Effect::ReleaseGrant, Effect::Enqueue]);
    }
    assert_eq!(effects(&lost, setback(false), &hub(false)), [Effect::SpendGrant, Effect::CancelJob]);
    let other = Event::Setback { token: 3, failure: failure(), again: true };
    assert_eq!(next(&lost, other, &hub(false)), Err(Refusal::WrongToken));
    let marked = run(&lost, Event::Resolve { open: 1, needs_person: true }, &hub(true)).unwrap().request;
    assert_eq!(marked.job, None, "the job that reported it ends with it");
    let overdue =
        run(&at(Phase::Accepted), Event::Observe(Observation::Overdue), &hub(true)).unwrap().request;
    let admin = Known { membership: Membership { admin: true, ..membership(&[]) }, ..ben() };
    for request in [marked, overdue] {
        let again = effects(&request, Event::Decide(Verdict::Again), &admin);
        assert_eq!(again, [Effect::ReleaseGrant, Effect::Enqueue]);
        assert_eq!(next(&request, Event::Decide(Verdict::Done), &ben()), Err(Refusal::NotAnAdmin));
        let robot = Known { by: signature(ActorKind::Service, "ben"), ..admin.clone() };
        assert_eq!(next(&request, Event::Decide(Verdict::Done), &robot), Err(Refusal::NotAPerson));
    }
}
