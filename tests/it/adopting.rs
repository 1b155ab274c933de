//! A product that the platform may have already is never made a second time by guess.

use crate::{
    scene::{HOUR, product_ref},
    world::World,
};
use fusion_core::{
    approval::{Phase, Verdict},
    error::ErrorKind,
    hub::{Adoption, BundleView},
    model::{Candidate, Choice, Doubt, Listing, NewProduct, NewVariant, ProductId, Question, Ref},
    storage::{ChangeSet, Storage, Versioned, load},
    tenant::Actor,
};
use fusion_plugin_sdk::testkit::{Fault, LookUp, Script, kinds};

impl World {
    /// A mug whose creation took effect, or not, and of which no look-up can tell.
    async fn lost(&self, fault: Fault) -> (ProductId, BundleView) {
        let mug = self.save("Mug", 2).await;
        let bundle = self.publish(&[mug]).await;
        self.approve(&bundle).await;
        self.platform.fail_at("POST /stores", fault);
        self.live(HOUR).await;
        let phase = self.phase(bundle.items[0].id).await;
        assert!(matches!(phase, Phase::Unknown { needs_person: true, .. }), "{phase:?}");
        (mug, bundle)
    }

    pub(crate) async fn only_doubt(&self) -> Doubt {
        let mut doubts = self.hub.doubts(&self.alice).await.unwrap();
        assert_eq!(doubts.len(), 1, "{doubts:?}");
        doubts.remove(0)
    }

    /// Asks for the product to be published and expects to be told of `doubt` instead.
    async fn is_refused(&self, product: ProductId, doubt: &Doubt) {
        let again = self.hub.publish(&self.alice, [product], [self.store.id]).await.unwrap();
        assert_eq!(again.items.len(), 0);
        let failure = &again.skipped[0].failure;
        assert_eq!(failure.kind, ErrorKind::Refused);
        assert!(failure.message.contains(&doubt.id.to_string()), "{failure}");
        assert!(failure.message.contains("resolve"), "it names the verb: {failure}");
        assert_eq!(failure.problems[0].message, doubt.id.to_string());
    }

    async fn publishes(&self, product: ProductId) -> Listing {
        let bundle = self.publish(&[product]).await;
        self.approve(&bundle).await;
        self.run().await;
        let view = self.view(bundle.items[0].id).await;
        assert_eq!(view.phase, Phase::Done, "{:?}", view.failure);
        self.listing(product).await
    }

    fn remote(&self, nth: usize) -> Ref {
        let made = self.platform.ledger().into_iter().filter(|entry| entry.what == "create").nth(nth);
        Ref::new(kinds::PRODUCT, made.unwrap().id)
    }

    pub(crate) async fn change_listing(&self, listing: &Listing, change: impl FnOnce(&mut Listing)) {
        let tenant = self.acme.tenant();
        let Versioned { mut value, version } =
            load::<Listing>(&self.memory, tenant, listing.id).await.unwrap();
        change(&mut value);
        let mut changes = ChangeSet::default();
        changes.update(version, value);
        let _ = Storage::commit(&self.memory, tenant, changes).await.unwrap();
    }

    async fn decide(&self, bundle: &BundleView, verdict: Verdict) {
        self.hub.decide(&self.person("dora"), bundle.items[0].id, verdict, "I looked").await.unwrap();
    }
}

fn doubtful() -> Script {
    Script { look_up: LookUp::Doubtful, ..Script::default() }
}

#[tokio::test(start_paused = true)]
async fn what_a_person_found_done_is_adopted_and_never_made_twice() {
    let world = World::new(doubtful()).await;
    let (mug, bundle) = world.lost(Fault::ResetAfter).await;
    let doubt = world.only_doubt().await;
    let remote = world.remote(0);
    assert_eq!(doubt.candidates, [Candidate::Remote(remote.clone())]);
    world.is_refused(mug, &doubt).await;
    world.decide(&bundle, Verdict::Done).await;
    assert_eq!(world.only_doubt().await.id, doubt.id, "what was made isn't known yet");
    world.is_refused(mug, &doubt).await;

    let adoption = Adoption::new(mug, world.store.id, remote.clone());
    let adopted = world.hub.adopt(&world.bob, adoption.clone()).await.unwrap();
    assert_eq!((adopted.missing, adopted.strangers), (vec![], vec![]));
    assert_eq!(product_ref(&adopted.listing), remote);
    let answered = world.hub.doubt(&world.alice, doubt.id).await.unwrap().resolution.unwrap();
    assert_eq!(
        (answered.choice, answered.by.id),
        (Choice::This(Candidate::Remote(remote)), world.bob.id().clone())
    );
    assert_eq!(world.hub.doubts(&world.alice).await.unwrap(), []);
    world.run().await;
    assert_eq!(world.shown(&adopted.listing, 1), Some(40), "its stock follows, as after any creation");

    let hub = &world.hub;
    hub.change_product(&world.alice, mug, |mug| mug.wording.title = "Cup".to_owned()).await.unwrap();
    let listing = world.publishes(mug).await;
    assert_eq!(world.platform.title(&product_ref(&listing)).unwrap(), "Cup");
    assert_eq!((world.platform.count("create"), world.platform.count("update")), (1, 1));
    // Once more changes nothing.
    let again = hub.adopt(&world.bob, adoption).await.unwrap();
    assert_eq!(again.listing.refs, listing.refs);
    let actions = world.actions().await;
    for action in ["doubt_raised", "doubt_resolved"] {
        assert_eq!(actions.iter().filter(|one| **one == action).count(), 1, "{action}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_publish_that_was_agreed_before_doesnt_make_what_may_be_there() {
    let world = World::new(doubtful()).await;
    let mug = world.save("Mug", 1).await;
    let (first, second) = (world.publish(&[mug]).await, world.publish(&[mug]).await);
    world.approve(&first).await;
    world.approve(&second).await;
    world.platform.fail_at("POST /stores", Fault::ResetAfter);
    world.live(HOUR).await;
    let doubt = world.only_doubt().await;
    let view = world.view(second.items[0].id).await;
    assert_eq!(view.phase, Phase::Failed);
    assert!(view.failure.unwrap().message.contains(&doubt.id.to_string()));
    assert_eq!(world.platform.count("create"), 1);
}

#[tokio::test(start_paused = true)]
async fn a_person_who_finds_nothing_lets_it_be_made() {
    // By the request itself, by giving it up, and by an answer to the doubt.
    for verdict in [Some(Verdict::Again), Some(Verdict::Failed), None] {
        let world = World::new(doubtful()).await;
        let (mug, bundle) = world.lost(Fault::LostBefore).await;
        let doubt = world.only_doubt().await;
        match verdict {
            Some(verdict) => world.decide(&bundle, verdict).await,
            None => drop(world.hub.resolve(&world.bob, doubt.id, Choice::Nothing).await.unwrap()),
        }
        let answered = world.hub.doubt(&world.alice, doubt.id).await.unwrap().resolution.unwrap();
        assert_eq!(answered.choice, Choice::Nothing);
        world.live(HOUR).await;
        let bundle = world.publish(&[mug]).await;
        match verdict {
            // It was made, so there is nothing left to ask for.
            Some(Verdict::Again) => assert_eq!(bundle.items[0].phase, Phase::Withdrawn),
            _ => world.approve(&bundle).await,
        }
        world.run().await;
        assert_eq!(world.platform.count("create"), 1, "{verdict:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_creation_that_failed_half_way_waits_for_a_person() {
    let world = World::new(Script::default()).await;
    let mug = world.save("Mug", 1).await;
    let bundle = world.publish(&[mug]).await;
    world.approve(&bundle).await;
    world.platform.fail_at("/show", Fault::Refused("not_allowed"));
    world.run().await;
    assert_eq!(world.phase(bundle.items[0].id).await, Phase::Failed);
    let doubt = world.only_doubt().await;
    world.is_refused(mug, &doubt).await;
    let choice = Choice::This(Candidate::Remote(world.remote(0)));
    world.hub.resolve(&world.bob, doubt.id, choice).await.unwrap();
    world.publishes(mug).await;
    assert_eq!(world.platform.count("create"), 1);
}

#[tokio::test(start_paused = true)]
async fn a_person_who_gives_up_what_had_an_effect_still_has_to_say_what_it_made() {
    let script = Script { variants_per_call: Some(1), ..doubtful() };
    let world = World::new(script).await;
    let mug = world.save("Mug", 2).await;
    let bundle = world.publish(&[mug]).await;
    world.approve(&bundle).await;
    // The product is made; a variant's call is never answered, until the attempts are used up.
    for nth in 0..50 {
        world.platform.fail_nth("/variants", nth, Fault::OutOfOrder);
    }
    world.live(4 * HOUR).await;
    let phase = world.phase(bundle.items[0].id).await;
    assert!(matches!(phase, Phase::Unknown { needs_person: true, .. }), "{phase:?}");
    let doubt = world.only_doubt().await;
    world.decide(&bundle, Verdict::Failed).await;
    world.is_refused(mug, &doubt).await;
    assert_eq!(world.platform.count("create"), 1);
}

#[tokio::test(start_paused = true)]
async fn a_listing_that_is_given_anothers_ids_waits_for_a_person() {
    let world = World::new(Script::default()).await;
    let cup = world.published("Cup", 1).await;
    // The platform's next ids are 3 and 4: as if the cup's row had been given one of them.
    world
        .change_listing(&cup, |cup| cup.variants[0].refs.set(Ref::new(kinds::VARIANT, "variant-000004")))
        .await;
    let mug = world.save("Mug", 1).await;
    let bundle = world.publish(&[mug]).await;
    world.approve(&bundle).await;
    world.run().await;
    assert_eq!(world.phase(bundle.items[0].id).await, Phase::Done, "what was answered counts");
    let listing = world.listing(mug).await;
    assert!(listing.refs.is_empty());
    let doubt = world.only_doubt().await;
    assert_eq!(doubt.question, Question::SharedId { listing: listing.id });
    assert_eq!(doubt.candidates, [Candidate::Remote(world.remote(1))]);
    world.is_refused(mug, &doubt).await;
    // As long as the other has it, it can't be this one's.
    let this = Choice::This(doubt.candidates[0].clone());
    let taken = world.hub.resolve(&world.bob, doubt.id, this.clone()).await.unwrap_err();
    assert_eq!(taken.kind(), ErrorKind::AlreadyExists);
    world
        .change_listing(&cup, |cup| cup.variants[0].refs.set(Ref::new(kinds::VARIANT, "variant-000002")))
        .await;
    world.hub.resolve(&world.bob, doubt.id, this).await.unwrap();
    world.publishes(mug).await;
    assert_eq!(world.platform.count("create"), 2, "the cup and the mug");
}

impl World {
    async fn saved(&self, by: &Actor, variants: &[(Option<&str>, &str)]) -> ProductId {
        let variants = variants.iter().map(|(sku, size)| {
            let new = NewVariant::new("", "12 EUR".parse().unwrap(), 5).option("size", *size);
            NewVariant { sku: sku.map(str::to_owned), ..new }
        });
        let product = variants.fold(NewProduct::new("Mug"), NewProduct::with_variant);
        self.hub.save_product(by, product).await.unwrap().id
    }
}

#[tokio::test(start_paused = true)]
async fn a_product_of_the_shop_is_tied_by_sku_then_by_options_and_then_updated() {
    let world = World::new(Script::default()).await;
    let theirs = world.published("Mug", 2).await;
    let new = world.newcomer().await;
    // The first by its SKU, though its option says something else; the second by its option in another case.
    let mug = world.saved(&new.by, &[(Some("Mug-0"), "large"), (None, "SIZE 1")]).await;
    let adoption = Adoption::new(mug, new.store.id, product_ref(&theirs));
    let adopted = world.hub.adopt(&new.by, adoption).await.unwrap().listing;
    let refs = |listing: &Listing| listing.variants.iter().map(|row| row.refs.clone()).collect::<Vec<_>>();
    assert_eq!(refs(&adopted), refs(&theirs));
    assert_eq!(adopted.variants[1].remote_sku.as_deref(), Some("Mug-1"));
    assert_eq!(world.platform.count("stock"), 2, "adopting writes nothing to the platform");
    let bundle = world.hub.publish(&new.by, [mug], [new.store.id]).await.unwrap();
    let bundle = world.hub.prepare(&new.by, bundle.id).await.unwrap();
    let eve = world.hub.tenant("bolt").unwrap().person("alice").unwrap();
    world.hub.approve(&eve, &bundle).await.unwrap().all().unwrap();
    world.run().await;
    assert_eq!((world.platform.count("create"), world.platform.count("update")), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn variants_that_could_be_several_things_are_named_by_a_person() {
    let world = World::new(Script::default()).await;
    let theirs = world.published("Mug", 2).await;
    let new = world.newcomer().await;
    let mug = world.saved(&new.by, &[(Some("A"), "small"), (Some("B"), "size 1")]).await;
    let product = world.hub.product(&new.by, mug).await.unwrap();
    let adoption = Adoption::new(mug, new.store.id, product_ref(&theirs));
    let unclear = world.hub.adopt(&new.by, adoption.clone()).await.unwrap_err();
    assert_eq!(unclear.kind(), ErrorKind::Conflict);
    let paths: Vec<&str> = unclear.problems().iter().map(|one| one.path.as_str()).collect();
    let first = theirs.variants[0].refs.current()[0].clone();
    assert_eq!(paths, [format!("variants.{}", product.variants[0].id), format!("remote.{first}")]);
    let wrong = adoption.clone().with_variant(product.variants[0].id, Ref::new(kinds::VARIANT, "no-such"));
    assert_eq!(world.hub.adopt(&new.by, wrong).await.unwrap_err().kind(), ErrorKind::InvalidInput);
    let named = adoption.with_variant(product.variants[0].id, first.clone());
    let adopted = world.hub.adopt(&new.by, named).await.unwrap().listing;
    assert!(adopted.variants[0].refs.knows(&first));
}

#[tokio::test(start_paused = true)]
async fn a_repeated_sku_and_what_only_one_side_has_pair_nothing_wrong() {
    let world = World::new(Script::default()).await;
    let theirs = world.published("Mug", 3).await;
    let new = world.newcomer().await;
    let mug = world.saved(&new.by, &[(None, "size 0"), (None, "size 2")]).await;
    let adoption = Adoption::new(mug, new.store.id, product_ref(&theirs));
    let adopted = world.hub.adopt(&new.by, adoption).await.unwrap();
    assert_eq!(adopted.strangers, [theirs.variants[1].refs.current()[0].clone()]);
    assert_eq!(adopted.listing.variants[1].refs, theirs.variants[2].refs);
}

#[tokio::test(start_paused = true)]
async fn one_product_of_the_shop_is_one_listing_and_the_other_way_round() {
    let world = World::new(Script::default()).await;
    let (mug, cup) = (world.published("Mug", 1).await, world.published("Cup", 1).await);
    let jug = world.save("Jug", 1).await;
    let adopt = async |product, remote: &Ref| {
        let adoption = Adoption::new(product, world.store.id, remote.clone());
        world.hub.adopt(&world.alice, adoption).await.map_err(|error| error.kind())
    };
    assert_eq!(adopt(jug, &product_ref(&mug)).await, Err(ErrorKind::AlreadyExists));
    assert_eq!(adopt(mug.product, &product_ref(&cup)).await, Err(ErrorKind::AlreadyExists));
    assert_eq!(adopt(jug, &Ref::new(kinds::PRODUCT, "no-such")).await, Err(ErrorKind::NotFound));
    assert_eq!(adopt(mug.product, &product_ref(&mug)).await.unwrap().listing.refs, mug.refs);
}

#[tokio::test(start_paused = true)]
async fn only_a_person_of_the_tenant_answers_and_only_what_was_asked() {
    let world = World::new(doubtful()).await;
    let (mug, _) = world.lost(Fault::ResetAfter).await;
    let doubt = world.only_doubt().await;
    let resolve = async |by: &Actor, choice| {
        world.hub.resolve(by, doubt.id, choice).await.map(|_| ()).map_err(|error| error.kind())
    };
    let (service, stranger) = (world.acme.service("robot").unwrap(), world.person("mallory"));
    for by in [&service, &stranger] {
        assert_eq!(resolve(by, Choice::Nothing).await, Err(ErrorKind::Refused));
        let adoption = Adoption::new(mug, world.store.id, world.remote(0));
        assert_eq!(world.hub.adopt(by, adoption).await.unwrap_err().kind(), ErrorKind::Refused);
    }
    let product = Choice::This(Candidate::Product(mug));
    assert_eq!(resolve(&world.bob, product).await, Err(ErrorKind::InvalidInput));
    assert_eq!(resolve(&world.bob, Choice::Nothing).await, Ok(()));
    assert_eq!(resolve(&world.bob, Choice::Nothing).await, Err(ErrorKind::Refused), "it is answered");
    let other = world.hub.tenant("bolt").unwrap().person("bob").unwrap();
    assert_eq!(world.hub.doubts(&other).await.unwrap(), []);
    assert_eq!(world.hub.doubt(&other, doubt.id).await.unwrap_err().kind(), ErrorKind::NotFound);
}
