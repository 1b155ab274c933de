use super::*;
use crate::model::{
    Extensions, Fulfilment, OrderId, OrderRole, Paired, Refs, Refund, ShippedBy, StockLevel, StockMove,
    StoreId,
};
use crate::{clock::Timestamp, model::MoveId};
use proptest::prelude::*;

/// What a platform tells of one line, in numbers.
#[derive(Clone, Copy, Debug)]
struct Told {
    ordered: i64,
    current: i64,
    shipped: i64,
    yes: i64,
    no: i64,
    unknown: i64,
    life: Life,
}

const ORDERED: Told =
    Told { ordered: 0, current: 0, shipped: 0, yes: 0, no: 0, unknown: 0, life: Life::Open };

fn line(told: Told) -> OrderLine {
    OrderLine {
        key: "1".to_owned(),
        refs: Refs::default(),
        variant: None,
        sku: None,
        title: "Mug".to_owned(),
        options: Default::default(),
        ordered: told.ordered,
        current: told.current,
        unit_price: None,
        charges: Vec::new(),
        costs: Vec::new(),
        cancel_wanted: false,
        nature: None,
        shipped_by: ShippedBy::Merchant,
        location: None,
    }
}

fn facts(told: Told) -> OrderFacts {
    let total: Paired = "1 EUR".parse::<crate::model::Money>().unwrap().into();
    let refund = |restock, count| Refund {
        key: format!("{restock:?}"),
        total,
        lines: vec![("1".to_owned(), count, restock)],
        at: None,
    };
    let fulfilment = |lines| Fulfilment {
        key: "f".to_owned(),
        refs: Refs::default(),
        lines,
        carrier: None,
        tracking: Vec::new(),
        shipped: None,
        delivered: None,
    };
    OrderFacts {
        refs: Refs::default(),
        number: None,
        role: OrderRole::Sale,
        locale: None,
        placed: Timestamp::EPOCH,
        updated: None,
        cancelled: None,
        edited: None,
        life: Axis::Known(told.life),
        payment: Axis::NotTold,
        shipment: Axis::NotTold,
        lines: vec![line(told)],
        total: None,
        paid: None,
        charges: Vec::new(),
        fulfilments: vec![fulfilment(vec![("1".to_owned(), told.shipped)])],
        refunds: vec![
            refund(Restock::Yes, told.yes),
            refund(Restock::No, told.no),
            refund(Restock::Unknown, told.unknown),
        ],
        extensions: Extensions::default(),
    }
}

fn order(told: Told) -> Order {
    let (id, store) = (OrderId::from_uuid(uuid::Uuid::nil()), StoreId::from_uuid(uuid::Uuid::nil()));
    Order::new(id, store, facts(told), Timestamp::EPOCH)
}

fn tally(told: Told) -> (i64, i64, i64, i64) {
    let Tally { sold, cancelled, shipped, returned, .. } =
        Tally::of(&facts(told), &line(told), &Tally::default(), &WrittenOff::default());
    (sold, cancelled, shipped, returned)
}

#[test]
fn pieces_are_counted_where_they_are() {
    let two = Told { ordered: 2, current: 2, ..ORDERED };
    let cancelled = Life::Cancelled;
    let cases = [
        ("sold", two, (2, 0, 0, 0)),
        ("pending reserves as well", Told { life: Life::Pending, ..two }, (2, 0, 0, 0)),
        ("shipped in part", Told { shipped: 1, ..two }, (2, 0, 1, 0)),
        ("one piece edited away", Told { current: 1, ..two }, (2, 1, 0, 0)),
        ("one piece more by an edit", Told { current: 3, ..two }, (3, 0, 0, 0)),
        ("cancelled", Told { life: cancelled, ..two }, (2, 2, 0, 0)),
        ("refunded with restock", Told { current: 0, yes: 2, ..two }, (2, 2, 0, 0)),
        (
            "refunded with restock, and cancelled",
            Told { current: 0, yes: 2, life: cancelled, ..two },
            (2, 2, 0, 0),
        ),
        ("money back alone", Told { unknown: 2, ..two }, (2, 0, 0, 0)),
        ("unshipped and lost", Told { current: 1, no: 1, ..two }, (2, 0, 1, 0)),
        ("shipped and back on the shelf", Told { current: 0, shipped: 2, yes: 2, ..two }, (2, 0, 2, 2)),
        ("shipped and not back on the shelf", Told { current: 0, shipped: 2, no: 2, ..two }, (2, 0, 2, 0)),
        (
            "shipped, and nobody tells where it is",
            Told { current: 0, shipped: 2, unknown: 2, ..two },
            (2, 0, 2, 0),
        ),
        ("shipped, then cancelled", Told { shipped: 2, life: cancelled, ..two }, (2, 0, 2, 0)),
        ("one edited away, the other back", Told { current: 0, shipped: 1, yes: 1, ..two }, (2, 1, 1, 1)),
        ("more refunds than pieces", Told { current: 0, shipped: 2, yes: 9, no: 9, ..two }, (2, 0, 2, 2)),
    ];
    for (what, told, wanted) in cases {
        assert_eq!(tally(told), wanted, "{what}");
    }
}

#[test]
fn a_platform_that_names_no_pieces_has_shipped_all_or_none() {
    let told = Told { ordered: 3, current: 3, ..ORDERED };
    for (shipment, shipped) in [(Shipment::All, 3), (Shipment::Part, 0), (Shipment::None, 0)] {
        let mut facts = facts(told);
        facts.fulfilments[0].lines.clear();
        facts.shipment = Axis::Known(shipment);
        assert_eq!(
            Tally::of(&facts, &line(told), &Tally::default(), &WrittenOff::default()).shipped,
            shipped,
            "{shipment:?}"
        );
    }
}

fn told() -> impl Strategy<Value = Told> {
    let life = prop_oneof![Just(Life::Pending), Just(Life::Open), Just(Life::Cancelled), Just(Life::Closed)];
    (0..6_i64, 0..6_i64, 0..7_i64, 0..4_i64, 0..4_i64, 0..4_i64, life).prop_map(
        |(ordered, current, shipped, yes, no, unknown, life)| Told {
            ordered,
            current,
            shipped,
            yes,
            no,
            unknown,
            life,
        },
    )
}

/// What a level shows after `states` were told one after the other.
fn level(states: &[Told], units: u32) -> (StockLevel, LineLedger) {
    let (item, location) = (uuid::Uuid::nil(), uuid::Uuid::nil());
    let take = Take { item: StockItemId::from_uuid(item), location: LocationId::from_uuid(location), units };
    let mut level = StockLevel { on_hand: 100, ..StockLevel::empty(take.item, take.location) };
    let mut ledger = LineLedger::new("1".to_owned(), vec![take]);
    for told in states {
        for LineMove { take, kind, units, .. } in ledger.count(&order(*told), &line(*told), &[]) {
            level.apply(&StockMove {
                id: MoveId::from_uuid(uuid::Uuid::nil()),
                item: take.item,
                location: take.location,
                delta: units,
                kind,
                cause: String::new(),
                at: Timestamp::EPOCH,
            });
        }
    }
    (level, ledger)
}

proptest! {
    #[test]
    fn no_piece_appears_or_vanishes(told in told()) {
        let (sold, cancelled, shipped, returned) = tally(told);
        prop_assert!(cancelled >= 0 && shipped >= 0 && returned >= 0);
        prop_assert!(cancelled + shipped <= sold, "more pieces than were sold");
        prop_assert!(returned <= shipped, "a piece came back that never left");
        prop_assert!(told.life != Life::Cancelled || sold == cancelled + shipped, "a cancelled line keeps nothing");
    }

    #[test]
    fn the_level_depends_on_the_last_state_and_not_on_the_way(
        states in proptest::collection::vec(told(), 1..6), units in 1..4_u32,
    ) {
        let last = *states.last().unwrap();
        // Only what was ever sold is remembered.
        let most = states.iter().map(|told| told.ordered.max(told.current)).max().unwrap();
        let (long, ledger) = level(&states, units);
        let (short, _) = level(&[Told { ordered: most, current: last.current, ..last }], units);
        prop_assert_eq!((long.on_hand, long.committed), (short.on_hand, short.committed));
        prop_assert_eq!(long.committed, ledger.tally.kept() * i64::from(units));
    }

    #[test]
    fn what_is_told_twice_counts_once(told in told()) {
        let (once, _) = level(&[told], 2);
        let (twice, ledger) = level(&[told, told], 2);
        prop_assert_eq!(once, twice);
        prop_assert!(ledger.turn <= 1);
    }
}

#[test]
fn a_pending_order_gives_its_pieces_back_once_and_each_change_has_its_own_turn() {
    let two = Told { ordered: 2, current: 2, life: Life::Pending, ..ORDERED };
    let mut ledger = LineLedger::new("1".to_owned(), Vec::new());
    let (_, told) =
        level(&[two, Told { life: Life::Cancelled, ..two }, Told { life: Life::Cancelled, ..two }], 1);
    assert_eq!(told.turn, 2);
    assert_eq!(ledger.count(&order(two), &line(two), &[]), [], "what isn't counted moves nothing");
    let kinds: Vec<_> = Tally::default().changes_to(&told.tally).collect();
    assert_eq!(kinds, [(MoveKind::Reserve, 2), (MoveKind::Release, 2)]);
}

fn moved(since: Since, before: Tally, after: Tally) -> Vec<(Reason, MoveKind, i64)> {
    since.moves(&before, &after)
}

#[test]
fn a_count_holds_what_had_left_and_come_back_by_then() {
    use MoveKind::{Receive, Release, Reserve, Restock, Ship};
    use Reason::{Change, Opening};
    let tally =
        |sold, cancelled, shipped, returned| Tally { sold, cancelled, shipped, returned, written_off: 0 };
    let none = Tally::default();
    let (open, sent, back) = (tally(2, 0, 0, 0), tally(2, 0, 2, 0), tally(2, 0, 2, 2));
    let begun = |then, basis, after| moved(Since::Opening(then, basis), none, after);
    assert_eq!(begun(open, Basis::Sellable, open), [(Opening, Receive, 2), (Opening, Reserve, 2)]);
    assert_eq!(begun(open, Basis::OnShelf, open), [(Opening, Reserve, 2)]);
    assert_eq!(begun(sent, Basis::OnShelf, sent), []);
    assert_eq!(begun(sent, Basis::OnShelf, back), [(Change, Restock, 2)]);
    assert_eq!(begun(none, Basis::Sellable, open), [(Change, Reserve, 2)]);
    // Known to be open, then sent, then counted, then told.
    let counted = |then, before, after| moved(Since::Stocktake { known: before, then }, before, after);
    assert_eq!(counted(sent, open, sent), [(Change, Release, 2)]);
    assert_eq!(counted(open, open, sent), [(Change, Ship, 2)]);
    assert_eq!(counted(tally(2, 0, 1, 0), open, sent), [(Change, Release, 1), (Change, Ship, 1)]);
    assert_eq!(counted(back, sent, back), []);
    assert_eq!(counted(sent, sent, back), [(Change, Restock, 2)]);
    assert_eq!(counted(sent, sent, open), [(Change, Ship, -2)], "a shipment that was taken back");
}
