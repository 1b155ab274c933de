use super::{
    samples::TEXT,
    world::{World, person, signature},
};
use crate::{
    approval::{Membership, Note, PeopleRecord, Policy, PolicyRecord},
    audit::Incarnation,
    clock::Timestamp,
    model::*,
    storage::{Entity, Key, PersonalValue, Record, Storage, Version, Write},
    verb::PlatformSlug,
};
use serde_json::json;

pub async fn a_record_of_every_kind_comes_back_byte_for_byte<S: Storage>(w: World<S>) {
    let records = of_every_kind(&w).await;
    let mut kinds: Vec<&str> = records.iter().map(|record| record.key().kind()).collect();
    let mut wanted = Key::KINDS.to_vec();
    kinds.sort_unstable();
    wanted.sort_unstable();
    assert_eq!(kinds, wanted, "each kind has one sample");
    let write =
        |record: &Record| Write { key: record.key(), expect: Version::NEW, record: Some(record.clone()) };
    w.commit(|c| c.writes.extend(records.iter().map(write))).await;
    let keys: Vec<Key> = records.iter().map(Record::key).collect();
    for (record, row) in records.iter().zip(w.db.get(&w.tenant, &keys).await.unwrap()) {
        let row = row.unwrap();
        assert_eq!((&row.value, row.version), (record, Version(1)));
        assert_eq!(bytes(&row.value), bytes(record));
    }
}

fn bytes(record: &Record) -> String {
    serde_json::to_string(record).unwrap()
}

/// One of each kind.
pub(super) async fn of_every_kind<S>(w: &World<S>) -> Vec<Record> {
    let connection = Connection {
        id: ConnectionId::new(&w.clock),
        platform: PlatformSlug::from("etsy"),
        account: Some(TEXT.to_owned()),
        settings: json!({ "big": u64::MAX, "small": 0.1, "empty": "" }),
        scopes: vec![String::new()],
    };
    let sealed = || Sealed::from_text("v1:QUJD".to_owned());
    let secret =
        SecretRecord { connection: connection.id, version: 3, sealed: sealed(), renewing_until: None };
    let (item, request, listing) = (w.item(TEXT), w.request(Some(TEXT)), w.listing(&[], &[]));
    let location =
        Location { id: LocationId::new(&w.clock), name: TEXT.to_owned(), kind: LocationKind::Supplier };
    let mut product = w.product(ProductStatus::Staged, i64::MIN);
    product.variants.push(w.variant(TEXT, item.id));
    let level = StockLevel {
        item: item.id,
        location: location.id,
        on_hand: i64::MIN,
        committed: 1,
        safety: 0,
        sequence: u64::MAX,
        opening: Some(Opening { read: Timestamp::EPOCH, until: Timestamp::EPOCH, basis: Basis::OnShelf }),
    };
    let mark = PushMark { listing: listing.id, rows: Vec::new(), refused: None, at: Timestamp::EPOCH };
    let mut watermark = Watermark::new(w.store, Walk::Products);
    watermark.begin(None, Timestamp::from_micros(1));
    let import = Import {
        store: w.store,
        intake: Intake::OnlyOurs,
        by: signature(),
        began: Timestamp::EPOCH,
        ended: None,
        counts: ImportCounts::default(),
        repeated_skus: vec![TEXT.to_owned()],
        losses: vec![LossTally {
            field: TEXT.to_owned(),
            kind: LossKind::Dropped,
            note: TEXT.to_owned(),
            products: 1,
        }],
    };
    let people = PeopleRecord { people: [(person("ann"), Membership::default())].into() };
    let policy = Policy::two_people();
    let hash = policy.hash().unwrap();
    vec![
        w.delivery(connection.id, TEXT, "{}").wrap(),
        w.erasure(TEXT).wrap(),
        connection.wrap(),
        secret.wrap(),
        w.shop(w.store).wrap(),
        product.wrap(),
        w.change_of_stock(item.id, location.id, TEXT).wrap(),
        item.wrap(),
        location.wrap(),
        level.wrap(),
        listing.wrap(),
        mark.wrap(),
        w.order(&[Ref::new(RefKind::of("order"), TEXT)], Axis::Unknown(TEXT.to_owned())).wrap(),
        w.doubt(&Question::OrderLine { order: OrderId::new(&w.clock), line: TEXT.to_owned() }).wrap(),
        watermark.wrap(),
        import.wrap(),
        w.unread(Walk::Orders).wrap(),
        PersonalValue { id: PersonalId::new(&w.clock), sealed: sealed() }.wrap(),
        w.revision(request.id, u32::MAX).wrap(),
        w.vote(request.id, 1, "ann").wrap(),
        Note::new(request.id, signature(), TEXT, &w.clock).wrap(),
        w.grant(request.id, 1).await.wrap(),
        request.wrap(),
        w.step().wrap(),
        people.wrap(),
        PolicyRecord { policy, hash }.wrap(),
        Incarnation { number: u64::MAX, dropped: None }.wrap(),
    ]
}
