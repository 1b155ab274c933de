//! Each pair of words about one request that can meet, by two processes from one barrier: what becomes of both is what
//! one order of them would have brought, and whoever is refused is told why. Pairs whose outcome is written out stand
//! in `deciding`.
//!
//! `FUSION_LONG=1` runs each pair 2,000 times, another number so many times.

use super::{
    deciding::{at_once, rounds},
    people::{Scene, Word, join},
};
use crate::scene::DAY;
use Verb::*;
use fusion_core::{
    approval::{Phase, PolicyRecord},
    hub::{BundleView, Decided},
    model::RequestId,
    storage::{ChangeSet, Storage as _, load},
};
use fusion_queue::Worker;
use std::sync::Arc;

/// Rounds of a pair in a plain run, beside two or three that learn what may become of it: 200 of each take over seven
/// minutes.
const ROUNDS: usize = 50;

/// What somebody does about a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verb {
    Approve,
    Reject,
    SendBack,
    Retract,
    Amend,
    Withdraw,
    Revoke,
    /// Two deeds: the time passes, and a worker sees to what that has brought.
    Expire,
    Claim,
    ChangePolicy,
    ChangePeople,
}

/// What both have come to.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Outcome {
    phase: &'static str,
    revision: u32,
    /// Grants that may be used, votes that count, and jobs under a grant that haven't ended.
    stands: [usize; 3],
    is_refused: [bool; 2],
}

/// What a refused one is told.
type Said = Result<(), String>;

struct Pair {
    scene: Arc<Scene>,
    verbs: [Verb; 2],
    /// Who has agreed before.
    before: Option<&'static str>,
}

impl Pair {
    /// New requests. A deed that concerns all that are open meets one of them at a time.
    async fn asked(&self, many: usize) -> Vec<BundleView> {
        let is_for_all = self.verbs.iter().any(|verb| matches!(verb, Expire | ChangePolicy | ChangePeople));
        self.scene.asked(if is_for_all { 1 } else { many }).await
    }

    /// Agrees as far as the pair wants it.
    async fn agree(&self, shown: &BundleView) {
        if let Some(who) = self.before {
            assert!(self.scene.approves(0, who, shown).await.is_counted());
        }
    }

    /// The deed number `nth` of one side.
    async fn act(scene: &Scene, side: usize, verb: Verb, nth: usize, shown: &BundleView) -> Said {
        let (hub, id) = (&scene.hubs[side], shown.items[0].id);
        let who = ["bob", "carol"][side];
        let said = |word| async move { counted(scene.says(side, who, word, shown).await) };
        let done = match verb {
            Approve => return said(Word::Approve).await,
            Reject => return said(Word::Reject).await,
            SendBack => return said(Word::SendBack).await,
            Retract => hub.retract_vote(&scene.person("bob"), id).await,
            Amend => hub.amend(&scene.alice, id, scene.edited(id).await).await,
            Withdraw => hub.withdraw(&scene.alice, id).await,
            Revoke => hub.revoke(&scene.person(["bob", "dora"][side]), id, "a mistake").await,
            Expire if nth == 0 => {
                scene.clock.leap(30 * DAY);
                return Ok(());
            }
            Expire | Claim => {
                Worker::of(hub).run_until_idle().await.unwrap();
                return Ok(());
            }
            ChangePolicy => {
                another_policy(scene).await;
                return Ok(());
            }
            ChangePeople => {
                let leaves = |list: &mut fusion_core::approval::PeopleRecord| {
                    list.people.retain(|person, _| person.to_string() != ["bob", "carol"][1 - side]);
                };
                hub.change_people(&scene.person("dora"), leaves).await.unwrap();
                return Ok(());
            }
        };
        done.map(drop).map_err(|error| error.message().to_owned())
    }

    async fn outcome(&self, id: RequestId, said: [Said; 2]) -> Outcome {
        for refused in said.iter().filter_map(|said| said.as_ref().err()) {
            assert!(!refused.is_empty(), "{:?}: the loser is told nothing", self.verbs);
        }
        let scene = &self.scene;
        // Everybody is back for the next round.
        let all = |list: &mut _| ["bob", "carol"].iter().for_each(|who| join(list, who, false));
        if self.verbs.contains(&ChangePeople) {
            scene.hubs[0].change_people(&scene.person("dora"), all).await.unwrap();
        }
        // What was agreed behind a worker's back may still be under way.
        if self.verbs.iter().any(|verb| matches!(verb, Expire | Claim)) {
            Worker::of(&scene.hubs[0]).run_until_idle().await.unwrap();
        }
        let view = scene.hubs[0].request(&scene.alice, id).await.unwrap();
        let is_refused = said.map(|said| said.is_err());
        let phase = view.phase.as_str();
        Outcome { phase, revision: view.revision, stands: scene.stands(id).await, is_refused }
    }

    /// What becomes of both in each order of their deeds.
    async fn allowed(&self) -> Vec<Outcome> {
        let deeds = self.verbs.map(|verb| if verb == Expire { 2 } else { 1 });
        let mut allowed = Vec::new();
        for order in orders(deeds) {
            let shown = self.asked(1).await.remove(0);
            self.agree(&shown).await;
            let (mut done, mut said) = ([0; 2], [Ok(()), Ok(())]);
            for side in order {
                said[side] = Self::act(&self.scene, side, self.verbs[side], done[side], &shown).await;
                done[side] += 1;
            }
            allowed.push(self.outcome(shown.items[0].id, said).await);
        }
        allowed
    }

    async fn race(&self) {
        let allowed = self.allowed().await;
        let (rounds, mut asked) = (rounds(ROUNDS), Vec::new());
        for round in 0..rounds {
            if asked.is_empty() {
                asked = self.asked(rounds - round).await;
            }
            let shown = asked.remove(0);
            self.agree(&shown).await;
            let racing = [0, 1].map(|side| {
                let (scene, verb, shown) = (self.scene.clone(), self.verbs[side], shown.clone());
                async move {
                    let mut said = Self::act(&scene, side, verb, 0, &shown).await;
                    if verb == Expire {
                        said = Self::act(&scene, side, verb, 1, &shown).await;
                    }
                    said
                }
            });
            let [one, other] = racing;
            let (one, other) = at_once(one, other).await;
            let ended = self.outcome(shown.items[0].id, [one.clone(), other.clone()]).await;
            assert!(
                allowed.contains(&ended),
                "{:?}: {ended:?} of {allowed:?}, {one:?}, {other:?}",
                self.verbs
            );
        }
    }
}

fn counted(decided: Decided) -> Said {
    match decided {
        Decided::Counted | Decided::Approved | Decided::Closed => Ok(()),
        Decided::Outdated(now) => Err(format!("revision {} stands there now", now.revision)),
        Decided::NotYours { why, .. } | Decided::Refused { why, .. } => Err(why),
        Decided::Missing => Err("no such request".to_owned()),
    }
}

/// The policy with another name for its stage: another hash, the same people.
async fn another_policy(scene: &Scene) {
    let tenant = scene.alice.tenant();
    let known = load::<PolicyRecord>(&scene.db, tenant, ()).await.unwrap();
    let mut policy = known.value.policy;
    let fusion_core::approval::Answer::People(stages) = &mut policy.otherwise else {
        panic!("people decide")
    };
    stages[0].name.push('+');
    let mut changes = ChangeSet::default();
    changes.update(known.version, PolicyRecord { hash: policy.hash().unwrap(), policy });
    drop(scene.db.commit(tenant, changes).await.unwrap());
}

/// Every order of so many deeds of two sides.
fn orders(deeds: [usize; 2]) -> Vec<Vec<usize>> {
    if deeds == [0, 0] {
        return vec![Vec::new()];
    }
    let mut all = Vec::new();
    for side in (0..2).filter(|side| deeds[*side] > 0) {
        let mut left = deeds;
        left[side] -= 1;
        all.extend(orders(left).into_iter().map(|rest| [vec![side], rest].concat()));
    }
    all
}

/// `quorum`: how many have to agree; `before`: who has.
async fn race(quorum: u32, before: Option<&'static str>, pairs: &[[Verb; 2]]) {
    let scene = Arc::new(Scene::new(quorum).await);
    for verbs in pairs {
        Pair { scene: scene.clone(), verbs: *verbs, before }.race().await;
    }
    // Nothing is carried out twice, or unasked.
    Worker::of(&scene.hubs[0]).run_until_idle().await.unwrap();
    let all = fusion_core::hub::RequestsWanted::In(scene.store());
    let all = scene.hubs[0].requests(&scene.alice, all, None, 100_000).await.unwrap();
    let done = all.iter().filter(|request| request.phase == Phase::Done).count();
    assert_eq!(scene.platform.count("create"), done);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a PostgreSQL server"]
async fn of_two_words_about_an_open_request_the_second_meets_what_the_first_has_made() {
    let pairs = [
        [Reject, Reject],
        [Reject, SendBack],
        [Reject, Amend],
        [Reject, Withdraw],
        [Reject, Expire],
        [Reject, ChangePolicy],
        [Reject, ChangePeople],
        [SendBack, SendBack],
        [SendBack, Amend],
        [SendBack, Withdraw],
        [SendBack, Expire],
        [SendBack, ChangePolicy],
        [SendBack, ChangePeople],
    ];
    race(1, None, &pairs).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a PostgreSQL server"]
async fn of_two_changes_of_an_open_request_the_second_meets_what_the_first_has_made() {
    let pairs = [
        [Approve, ChangePolicy],
        [Approve, ChangePeople],
        [Amend, Amend],
        [Amend, Withdraw],
        [Amend, Expire],
        [Amend, ChangePolicy],
        [Amend, ChangePeople],
        [Withdraw, Withdraw],
        [Withdraw, Expire],
        [Withdraw, ChangePolicy],
        [Withdraw, ChangePeople],
    ];
    race(1, None, &pairs).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a PostgreSQL server"]
async fn a_vote_that_is_taken_back_beside_any_other_word_counts_or_does_not() {
    let pairs = [
        [Retract, Approve],
        [Retract, Reject],
        [Retract, SendBack],
        [Retract, Retract],
        [Retract, Amend],
        [Retract, Withdraw],
        [Retract, Expire],
        [Retract, ChangePolicy],
        [Retract, ChangePeople],
    ];
    race(2, Some("bob"), &pairs).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a PostgreSQL server"]
async fn what_ends_an_approval_beside_anything_else_ends_it_once_or_comes_too_late() {
    let pairs = [
        [Revoke, Revoke],
        [Revoke, Withdraw],
        [Revoke, Claim],
        [Revoke, Expire],
        [Revoke, ChangePolicy],
        [Revoke, ChangePeople],
        [Withdraw, Claim],
        [Withdraw, Expire],
        [Claim, Claim],
        [Claim, ChangePolicy],
        [Claim, ChangePeople],
    ];
    race(1, Some("bob"), &pairs).await;
}
