//! What people are told when something doesn't fit.

use super::fixture::{digest, draft, human, route, stage, system};
use crate::approval::{Answer, Group, Phase, Refusal, Request, Stage, Waiting};

fn asked(phase: Phase, answer: Answer) -> Request {
    Request { phase, digest: Some(digest(1)), route: Some(route(answer)), ..draft(1, human("ann")) }
}

#[test]
fn what_does_not_fit_names_the_phase_and_the_call_that_does() {
    let check = |request: &Request, words: &[&str]| {
        let message = Refusal::WrongPhase.message(request);
        for word in words {
            assert!(message.contains(word), "{:?}: `{word}` isn't in: {message}", request.phase);
        }
    };
    let at = |phase| asked(phase, Answer::People(vec![stage("finance", 1), stage("lead", 1)]));
    check(&draft(1, human("ann")), &["is a draft", "`Hub::prepare`", "`Worker::run`", "`Hub::bundle`"]);
    check(&at(Phase::Draft), &["sent back for changes", "ann", "`Hub::amend`", "`Hub::withdraw`"]);
    let second = at(Phase::Pending(Waiting::Stage(2)));
    check(&second, &["is pending", "stage `lead`", "group `lead`", "`Hub::approve`", "`Hub::reject`"]);
    check(&at(Phase::Approved), &["is approved", "`Worker::run`", "`Hub::withdraw`", "`Hub::revoke`"]);
    check(&at(Phase::Executing { token: 7 }), &["is executing", "`Hub::request`"]);
    check(&at(Phase::Accepted), &["is accepted", "`Hub::request`"]);
    let unknown = |needs_person| at(Phase::Unknown { token: 7, needs_person });
    check(&unknown(false), &["is unknown", "looks it up", "`Hub::request`"]);
    check(&unknown(true), &["is unknown", "admin", "`Hub::decide`"]);
    check(&at(Phase::Done), &["is done", "asked for anew"]);
    for closed in
        [Phase::Failed, Phase::Rejected, Phase::Withdrawn, Phase::Expired, Phase::Revoked, Phase::Stale]
    {
        check(&at(closed), &[closed.as_str(), "ask for it anew"]);
    }
}

#[test]
fn whoever_may_not_decide_is_told_who_may_and_what_would_change_it() {
    let check = |refusal: Refusal, request: &Request, message: &str| {
        assert_eq!(refusal.message(request), message);
    };
    let own = asked(Phase::Pending(Waiting::Confirm), Answer::Confirm);
    let confirmed = "it is pending, and waits for the confirmation of ann alone, who asked for it: `Hub::confirm`; others \
                     decide where the tenant's policy asks people, such as `Policy::two_people()`, given with \
                     `HubBuilder::policy` before the tenant has one";
    check(Refusal::WrongPhase, &own, confirmed);
    check(Refusal::NotConfirmer, &own, confirmed);
    check(Refusal::NotTheirs, &own, "it is for ann, who asked for it");
    let approved = Request { phase: Phase::Approved, ..own.clone() };
    check(Refusal::NotTheirs, &approved, "it is for ann, who asked for it");
    let revoked = "it takes whoever approved it, or an admin of the tenant, as the directory lists them";
    check(
        Refusal::NotAnAdmin,
        &approved,
        &format!("{revoked}; ann, who asked for it, stops it with `Hub::withdraw`"),
    );
    check(Refusal::NotAnAdmin, &Request { requester: system(), ..approved.clone() }, revoked);
    let of_the_hub = Request { requester: system(), ..own };
    let told = Refusal::WrongPhase.message(&of_the_hub);
    assert!(told.contains("confirmation of any member: `Hub::confirm`"), "{told}");
    let review = Answer::People(vec![Stage::new("review", Group::Anyone, 1)]);
    let told = Refusal::WrongPhase.message(&asked(Phase::Pending(Waiting::Stage(1)), review));
    assert!(told.contains("stage `review`, of anyone who didn't write it"), "{told}");
    check(
        Refusal::NotEligible,
        &asked(Phase::Pending(Waiting::Stage(1)), Answer::People(vec![stage("finance", 1)])),
        "they aren't asked: it waits for votes of stage `finance`, of group `finance`; the directory says who belongs \
         to a group, and the policy which groups are asked",
    );
}
