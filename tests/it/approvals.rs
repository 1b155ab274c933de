//! Every word that people can say about a request.

use crate::{
    scene::{DAY, STAGE_1, anyone, everything_needs},
    world::World,
};
use fusion_core::approval::{Decision, Note, Stage, Vote};
use fusion_core::{
    approval::{Phase, Policy, Refusal, Waiting},
    error::ErrorKind,
    hub::{Decided, Decisions, RequestsWanted, Shown},
    model::RequestId,
    storage::{Query, list_all},
};
use fusion_plugin_sdk::testkit::Script;

/// What is said of the only vote, which wasn't counted.
fn told(decisions: Decisions) -> String {
    decisions.all().unwrap_err().problems()[0].message.clone()
}

#[tokio::test(start_paused = true)]
async fn approving_twice_counts_once() {
    let world = World::with(Script::default(), everything_needs(vec![anyone(2)])).await;
    let mug = world.save("Mug", 1).await;
    let bundle = world.publish(&[mug]).await;
    let first = world.hub.approve(&world.bob, &bundle).await.unwrap();
    assert_eq!(first.items[0].1, Decided::Counted);
    let again = world.hub.approve(&world.bob, &bundle).await.unwrap();
    assert_eq!(again.items[0].1.refusal(), Some(Refusal::AlreadyVoted));
    // The same item twice in one call is still one vote of one person.
    let mut doubled = bundle.clone();
    doubled.items.push(bundle.items[0].clone());
    let carol = world.hub.approve(&world.person("carol"), &doubled).await.unwrap();
    assert_eq!(carol.counted(), 1, "{carol:?}");
    assert_eq!(world.phase(bundle.items[0].id).await, Phase::Approved);
}

#[tokio::test(start_paused = true)]
async fn a_request_that_is_not_there_keeps_no_other_vote_from_being_counted() {
    let world = World::with(Script::default(), everything_needs(vec![anyone(1)])).await;
    let mug = world.save("Mug", 1).await;
    let bundle = world.publish(&[mug]).await;
    let known = (bundle.items[0].id, bundle.items[0].digest.unwrap());
    let unknown = (RequestId::new(&**world.hub.clock()), known.1);
    let said = world.hub.approve(&world.bob, [unknown, known].into_iter().collect::<Shown>()).await.unwrap();
    assert_eq!(said.items, [(unknown.0, Decided::Missing), (known.0, Decided::Approved)]);
    let told = said.all().unwrap_err();
    assert_eq!((told.problems()[0].code.as_str(), told.problems().len()), ("missing", 1), "{told}");
}

#[tokio::test(start_paused = true)]
async fn as_many_must_say_no_as_the_stage_asks() {
    let stage = Stage { veto: 2, ..anyone(2) };
    let world = World::with(Script::default(), everything_needs(vec![stage])).await;
    let mug = world.save("Mug", 1).await;
    let bundle = world.publish(&[mug]).await;
    let id = bundle.items[0].id;
    let one = world.hub.reject(&world.bob, &bundle, "too dear").await.unwrap();
    assert_eq!((one.items[0].1.clone(), world.phase(id).await), (Decided::Counted, STAGE_1));
    let two = world.hub.reject(&world.person("carol"), &bundle, "too dear").await.unwrap();
    assert_eq!((two.items[0].1.clone(), world.phase(id).await), (Decided::Closed, Phase::Rejected));
    let late = world.hub.approve(&world.person("dora"), &bundle).await.unwrap();
    assert_eq!(late.items[0].1.refusal(), Some(Refusal::WrongPhase));
    world.run().await;
    assert_eq!(world.platform.ledger(), vec![], "what was rejected has no effect");
}

#[tokio::test(start_paused = true)]
async fn stages_are_asked_in_their_order_and_nobody_sits_in_two() {
    let world = World::with(Script::default(), everything_needs(vec![anyone(1), anyone(1)])).await;
    let mug = world.save("Mug", 1).await;
    let bundle = world.publish(&[mug]).await;
    let id = bundle.items[0].id;
    world.approve(&bundle).await;
    assert_eq!(world.phase(id).await, Phase::Pending(Waiting::Stage(2)));
    let again = world.hub.approve(&world.bob, &bundle).await.unwrap();
    assert_eq!(again.items[0].1.refusal(), Some(Refusal::AlreadyVoted));
    world.hub.approve(&world.person("carol"), &bundle).await.unwrap().all().unwrap();
    assert_eq!(world.phase(id).await, Phase::Approved);
}

#[tokio::test(start_paused = true)]
async fn a_confirmation_comes_from_the_requester_alone_and_is_no_vote() {
    let world = World::with(Script::default(), Policy::confirm()).await;
    let mug = world.save("Mug", 1).await;
    let bundle = world.publish(&[mug]).await;
    let id = bundle.items[0].id;
    assert_eq!(world.phase(id).await, Phase::Pending(Waiting::Confirm));
    for other in ["bob", "dora"] {
        let said = world.hub.confirm(&world.person(other), &bundle).await.unwrap();
        assert_eq!(said.items[0].1.refusal(), Some(Refusal::NotConfirmer));
        assert!(told(said).contains("confirmation of alice alone, who asked for it: `Hub::confirm`"));
    }
    let approved = world.hub.approve(&world.bob, &bundle).await.unwrap();
    assert_eq!(approved.items[0].1.refusal(), Some(Refusal::WrongPhase));
    assert!(told(approved).contains("confirmation of alice alone, who asked for it: `Hub::confirm`"));
    world.hub.confirm(&world.alice, &bundle).await.unwrap().all().unwrap();
    world.run().await;
    let view = world.view(id).await;
    assert_eq!((view.phase, view.seats.len()), (Phase::Done, 0));
    let votes = list_all::<Vote>(&world.memory, world.acme.tenant(), &Query::VotesOn(id)).await.unwrap();
    assert_eq!(votes.iter().map(|vote| vote.value.decision).collect::<Vec<_>>(), [Decision::Confirm]);
    let robot = world.acme.service("robot").unwrap();
    let cup = world.save("Cup", 1).await;
    let skipped = world.hub.publish(&robot, [cup], [world.store.id]).await.unwrap().skipped;
    assert_eq!(skipped[0].failure.kind, ErrorKind::Refused, "a program can't confirm, so it isn't asked");
}

#[tokio::test(start_paused = true)]
async fn what_the_policy_allows_runs_in_its_name() {
    let world = World::with(Script::default(), Policy::automatic()).await;
    let listing = world.published("Mug", 1).await;
    assert!(!listing.refs.is_empty());
    let entries = world.hub.audit(&world.alice, 0, 100).await.unwrap();
    let submitted = entries.iter().find(|entry| entry.entry.action.as_str() == "request_submitted").unwrap();
    let hash = Policy::automatic().hash().unwrap();
    let told = serde_json::to_value(&submitted.entry).unwrap().to_string();
    assert!(told.contains(&format!("policy:{hash}")), "{told}");
}

#[tokio::test(start_paused = true)]
async fn a_request_that_was_sent_back_is_asked_anew_and_old_votes_are_void() {
    let world = World::with(Script::default(), everything_needs(vec![anyone(2)])).await;
    let mug = world.save("Mug", 1).await;
    let bundle = world.publish(&[mug]).await;
    let id = bundle.items[0].id;
    world.approve(&bundle).await;
    let carol = world.person("carol");
    assert_eq!(
        world.hub.request_changes(&carol, &bundle, " ").await.unwrap_err().kind(),
        ErrorKind::InvalidInput
    );
    let sent_back = world.hub.request_changes(&carol, &bundle, "another title").await.unwrap();
    assert_eq!((sent_back.counted(), world.phase(id).await), (1, Phase::Draft));
    let old = world.hub.approve(&world.bob, &bundle).await.unwrap();
    assert_eq!(old.items[0].1.refusal(), Some(Refusal::WrongPhase));

    let mut command = fusion_core::storage::load::<fusion_core::approval::Revision>(
        &world.memory,
        world.acme.tenant(),
        (id, 1),
    )
    .await
    .unwrap()
    .value
    .open()
    .unwrap();
    let fusion_core::plugin::Change::Publish { listing } = &mut command.change else { panic!() };
    listing.title = "Cup".to_owned();
    let mut strange = command.clone();
    let fusion_core::plugin::Change::Publish { listing } = &mut strange.change else { panic!() };
    listing.product = world.save("Pot", 1).await;
    let strange = world.hub.amend(&world.alice, id, strange).await.unwrap_err();
    assert_eq!(strange.kind(), ErrorKind::InvalidInput, "the listing is one of another product");
    let stranger = world.hub.amend(&world.bob, id, command.clone()).await.unwrap_err();
    assert_eq!(stranger.kind(), ErrorKind::Refused);
    let amended = world.hub.amend(&world.alice, id, command.clone()).await.unwrap();
    assert_eq!((amended.revision, amended.phase, amended.seats.len()), (2, STAGE_1, 0));
    let old = world.hub.approve(&world.bob, &bundle).await.unwrap();
    assert!(matches!(old.items[0].1, Decided::Outdated(_)), "{old:?}");

    let now = world.bundle_of(id).await;
    world.approve(&now).await;
    world.hub.approve(&carol, &now).await.unwrap().all().unwrap();
    world.run().await;
    let listing = world.listing(mug).await;
    assert_eq!(world.platform.title(&crate::scene::product_ref(&listing)).unwrap(), "Cup");
    let votes = list_all::<Vote>(&world.memory, world.acme.tenant(), &Query::VotesOn(id)).await.unwrap();
    let counting = votes.iter().filter(|vote| !vote.value.void).map(|vote| vote.value.revision);
    assert_eq!(counting.collect::<Vec<_>>(), [2, 2]);
    // Too late to put something else in its place.
    let late = world.hub.amend(&world.alice, id, command).await.unwrap_err();
    assert_eq!(late.kind(), ErrorKind::Refused);
}

#[tokio::test(start_paused = true)]
async fn only_the_requester_takes_a_request_back_and_then_nothing_runs() {
    let world = World::new(Script::default()).await;
    let products = [world.save("Mug", 1).await, world.save("Cup", 1).await];
    let bundle = world.publish(&products).await;
    let [pending, approved] = [bundle.items[0].id, bundle.items[1].id];
    let mut second = bundle.clone();
    second.items.remove(0);
    world.approve(&second).await;
    for id in [pending, approved] {
        for stranger in ["bob", "dora"] {
            let error = world.hub.withdraw(&world.person(stranger), id).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Refused);
        }
        assert_eq!(world.hub.withdraw(&world.alice, id).await.unwrap().phase, Phase::Withdrawn);
        assert_eq!(world.hub.withdraw(&world.alice, id).await.unwrap_err().kind(), ErrorKind::Refused);
    }
    world.run().await;
    assert_eq!(world.platform.ledger(), vec![]);
}

#[tokio::test(start_paused = true)]
async fn what_has_taken_effect_in_part_can_no_longer_be_taken_back() {
    let script = Script { variants_per_call: Some(1), ..Script::default() };
    let world = World::new(script).await;
    let mug = world.save("Mug", 2).await;
    let bundle = world.publish(&[mug]).await;
    let id = bundle.items[0].id;
    world.approve(&bundle).await;
    // The second call is throttled for an hour, so that the job goes back into the queue.
    world
        .platform
        .fail_at("/variants", fusion_plugin_sdk::testkit::Fault::Throttle(Some(crate::scene::HOUR)));
    world.live(std::time::Duration::from_secs(60)).await;
    assert_eq!((world.phase(id).await, world.platform.count("create")), (Phase::Approved, 1));
    let error = world.hub.withdraw(&world.alice, id).await.unwrap_err();
    assert_eq!(error.message(), "it has taken effect in part already");
    let error = world.hub.revoke(&world.bob, id, "no").await.unwrap_err();
    assert_eq!(error.message(), "it has taken effect in part already");
    world.run().await;
    assert_eq!((world.phase(id).await, world.platform.count("create")), (Phase::Done, 1));
}

#[tokio::test(start_paused = true)]
async fn an_approval_is_revoked_by_one_who_gave_it_or_an_admin() {
    for (who, may) in [("bob", true), ("dora", true), ("carol", false), ("alice", false)] {
        let world = World::new(Script::default()).await;
        let mug = world.save("Mug", 1).await;
        let bundle = world.publish(&[mug]).await;
        let id = bundle.items[0].id;
        let early = world.hub.revoke(&world.person("dora"), id, "wrong price").await.unwrap_err();
        assert_eq!(early.kind(), ErrorKind::Refused, "nothing to revoke yet");
        world.approve(&bundle).await;
        let silent = world.hub.revoke(&world.person(who), id, "").await.unwrap_err();
        assert_eq!(silent.kind(), ErrorKind::InvalidInput);
        let revoked = world.hub.revoke(&world.person(who), id, "wrong price").await;
        assert_eq!(revoked.is_ok(), may, "{who}");
        world.run().await;
        let (phase, published) = if may { (Phase::Revoked, 0) } else { (Phase::Done, 1) };
        assert_eq!((world.phase(id).await, world.platform.count("create")), (phase, published), "{who}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_vote_is_taken_back_while_its_stage_is_open_and_may_be_given_again() {
    let world = World::with(Script::default(), everything_needs(vec![anyone(2)])).await;
    let mug = world.save("Mug", 1).await;
    let bundle = world.publish(&[mug]).await;
    let id = bundle.items[0].id;
    assert_eq!(world.hub.retract_vote(&world.bob, id).await.unwrap_err().kind(), ErrorKind::Refused);
    world.approve(&bundle).await;
    assert_eq!(world.hub.retract_vote(&world.bob, id).await.unwrap().seats, vec![]);
    let carol = world.person("carol");
    let said = world.hub.approve(&carol, &bundle).await.unwrap();
    assert_eq!(said.items[0].1, Decided::Counted, "the vote that was taken back is not among the two");
    world.approve(&bundle).await;
    assert_eq!(world.phase(id).await, Phase::Approved);
    assert_eq!(world.hub.retract_vote(&world.bob, id).await.unwrap_err().kind(), ErrorKind::Refused);
}

#[tokio::test(start_paused = true)]
async fn members_comment_on_what_is_open() {
    let world = World::new(Script::default()).await;
    let mug = world.save("Mug", 1).await;
    let id = world.publish(&[mug]).await.items[0].id;
    let view = world.hub.comment(&world.bob, id, "call Jane Doe first").await.unwrap();
    assert_eq!(view.phase, STAGE_1);
    let said = |note: &Note| (note.by.id.to_string(), note.words.clone());
    assert_eq!(
        view.notes.iter().map(said).collect::<Vec<_>>(),
        [("bob".into(), "call Jane Doe first".into())]
    );
    assert_eq!(world.view(id).await.notes, view.notes);
    let entries = world.hub.audit(&world.alice, 0, 100).await.unwrap();
    let kept = serde_json::to_string(&entries).unwrap();
    assert!(!kept.contains("Jane") && !format!("{view:?}").contains("Jane"));
    let commented = entries.iter().find(|entry| entry.entry.action.as_str() == "commented").unwrap();
    let words = serde_json::json!(view.notes[0].commitment());
    assert_eq!(commented.entry.details()["words"], words, "what they said can be proved");
    let stranger = world.hub.comment(&world.person("zoe"), id, "hello").await.unwrap_err();
    assert_eq!(stranger.kind(), ErrorKind::Refused);
    let mine = world.hub.requests(&world.bob, RequestsWanted::Open, None, 10).await.unwrap();
    assert_eq!(mine, [world.view(id).await], "a reviewer finds what waits");
    world.hub.withdraw(&world.alice, id).await.unwrap();
    let open = world.hub.requests(&world.bob, RequestsWanted::Open, None, 10).await.unwrap();
    assert_eq!(open, []);
    assert_eq!(world.hub.comment(&world.bob, id, "late").await.unwrap_err().kind(), ErrorKind::Refused);
}

#[tokio::test(start_paused = true)]
async fn whoever_is_unknown_or_a_program_does_not_vote() {
    let world = World::new(Script::default()).await;
    let mug = world.save("Mug", 1).await;
    let bundle = world.publish(&[mug]).await;
    let robot = world.acme.service("bob").unwrap();
    let said = world.hub.approve(&robot, &bundle).await.unwrap();
    assert_eq!(said.items[0].1.refusal(), Some(Refusal::NotAPerson));
    let said = world.hub.approve(&world.person("zoe"), &bundle).await.unwrap();
    assert_eq!(said.items[0].1.refusal(), Some(Refusal::NotAMember));
    assert_eq!(world.phase(bundle.items[0].id).await, STAGE_1);
}

#[tokio::test(start_paused = true)]
async fn a_bundle_of_two_requesters_is_decided_item_by_item() {
    let world = World::new(Script::default()).await;
    let products = [world.save("Mug", 1).await, world.save("Cup", 1).await];
    let mut both = world.publish(&products[..1]).await;
    let of_bob = world.hub.publish(&world.bob, [products[1]], [world.store.id]).await.unwrap();
    both.items.extend(of_bob.items);
    let said = world.hub.approve(&world.bob, &both).await.unwrap();
    let decided: Vec<_> = said.items.iter().map(|(_, decided)| decided.refusal()).collect();
    assert_eq!((decided, &said.items[0].1), (vec![None, Some(Refusal::OwnRequest)], &Decided::Approved));
    let error = said.all().unwrap_err();
    assert_eq!(error.problems().len(), 1, "the error names what was not counted");
    let said = world.hub.approve(&world.alice, &both).await.unwrap();
    assert_eq!(said.items[1].1, Decided::Approved);
}

#[tokio::test(start_paused = true)]
async fn what_nobody_decides_in_time_expires_by_itself() {
    let world = World::new(Script::default()).await;
    let mug = world.save("Mug", 1).await;
    let bundle = world.publish(&[mug]).await;
    let id = bundle.items[0].id;
    world.run().await;
    assert_eq!(world.phase(id).await, STAGE_1, "a worker without work doesn't wait for timers");
    tokio::time::advance(7 * DAY).await;
    let late = world.hub.approve(&world.bob, &bundle).await.unwrap();
    assert_eq!(late.items[0].1.refusal(), Some(Refusal::TooLate));
    world.run().await;
    assert_eq!(world.phase(id).await, Phase::Expired);
}

#[tokio::test(start_paused = true)]
async fn what_cannot_begin_in_time_expires_without_effect() {
    let world = World::new(Script::default()).await;
    let mug = world.save("Mug", 1).await;
    let bundle = world.publish(&[mug]).await;
    let id = bundle.items[0].id;
    world.approve(&bundle).await;
    world.hub.pause_store(&world.alice, world.store.id).await.unwrap();
    world.run().await;
    assert_eq!(world.phase(id).await, Phase::Approved);
    tokio::time::advance(14 * DAY).await;
    world.run().await;
    assert_eq!(world.phase(id).await, Phase::Expired, "timers run while a store is paused");
    world.hub.resume_store(&world.alice, world.store.id).await.unwrap();
    world.run().await;
    assert_eq!(world.platform.ledger(), vec![]);
}

#[tokio::test(start_paused = true)]
async fn people_who_are_not_there_are_not_asked() {
    // Three people beside alice: four can't agree to what she asks.
    let world = World::with(Script::default(), everything_needs(vec![anyone(2), anyone(2)])).await;
    let mug = world.save("Mug", 1).await;
    let bundle = world.hub.publish(&world.alice, [mug], [world.store.id]).await.unwrap();
    assert_eq!(bundle.items, vec![]);
    let [skipped] = bundle.skipped.as_slice() else { panic!("{bundle:?}") };
    assert_eq!((skipped.failure.kind, skipped.product), (ErrorKind::InvalidInput, Some(mug)));
    assert_eq!(skipped.title.as_deref(), Some("Mug"));
    assert_eq!(skipped.failure.problems[0].code, "unsatisfiable");
}

#[tokio::test(start_paused = true)]
async fn who_confirmed_a_request_is_told_how_to_stop_it() {
    let world = World::with(Script::default(), Policy::confirm()).await;
    let mug = world.save("Mug", 1).await;
    let bundle = world.publish(&[mug]).await;
    let id = bundle.items[0].id;
    let strangers = world.hub.withdraw(&world.bob, id).await.unwrap_err();
    world.hub.confirm(&world.alice, &bundle).await.unwrap().all().unwrap();
    let own = world.hub.revoke(&world.alice, id, "too early").await.unwrap_err();
    let wrong = [!own.message().contains("withdraw"), strangers.message().contains("Hub::confirm")];
    assert_eq!(wrong, [false; 2], "she approved it: {own}; he wanted to withdraw it: {strangers}");
}
