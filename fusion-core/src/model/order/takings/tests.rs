use super::*;
use crate::{
    clock::Timestamp,
    model::{Extensions, OrderId, Paired, Refs, Refund},
};

fn paired(shop: &str, presentment: Option<&str>) -> Paired {
    Paired { shop: shop.parse().unwrap(), presentment: presentment.map(|money| money.parse().unwrap()) }
}

fn facts(total: Option<Paired>, paid: Option<Paired>, back: &[Paired]) -> OrderFacts {
    let refund = |total: &Paired| Refund { key: "r".to_owned(), total: *total, lines: Vec::new(), at: None };
    OrderFacts {
        refs: Refs::default(),
        number: None,
        role: OrderRole::Sale,
        locale: None,
        placed: Timestamp::EPOCH,
        updated: None,
        cancelled: None,
        edited: None,
        life: Axis::NotTold,
        payment: Axis::NotTold,
        shipment: Axis::NotTold,
        lines: Vec::new(),
        total,
        paid,
        charges: Vec::new(),
        fulfilments: Vec::new(),
        refunds: back.iter().map(refund).collect(),
        extensions: Extensions::default(),
    }
}

#[test]
fn twelve_cad_paid_of_thirteen_cad_shown_for_nine_usd_is_paid() {
    let total = paired("9.00 USD", Some("13.50 CAD"));
    let order = facts(Some(total), Some(paired("9.00 USD", Some("12.77 CAD"))), &[]);
    assert_eq!(order.paid_state(), Axis::Known(Payment::Paid));
    assert_eq!(order.takings(), Some("9 USD".parse().unwrap()), "what the buyer saw is no second income");
}

#[test]
fn what_was_paid_is_judged_in_the_shops_books_alone() {
    let nine = || Some(paired("9.00 USD", Some("13.50 CAD")));
    let cases: [(_, _, &[Paired], _); 6] = [
        (nine(), Some(paired("0 USD", None)), &[], Axis::Known(Payment::Pending)),
        (nine(), Some(paired("8.99 USD", Some("13.50 CAD"))), &[], Axis::Known(Payment::PartlyPaid)),
        (nine(), nine(), &[paired("2 USD", None)], Axis::Known(Payment::PartlyRefunded)),
        (nine(), nine(), &[paired("4 USD", None), paired("5 USD", None)], Axis::Known(Payment::Refunded)),
        (nine(), Some(paired("12 CAD", None)), &[], Axis::NotTold),
        (nine(), None, &[], Axis::NotTold),
    ];
    for (total, paid, back, wanted) in cases {
        let order = facts(total, paid, back);
        assert_eq!(order.paid_state(), wanted, "{paid:?} of {total:?}");
    }
    let mut order = facts(nine(), Some(paired("0 USD", None)), &[]);
    order.payment = Axis::Known(Payment::Authorised);
    assert_eq!(order.paid_state(), Axis::Known(Payment::Authorised), "the platform's word stands");
}

#[test]
fn currencies_are_summed_apart_and_a_sale_counts_once() {
    let mut sums = Takings::default();
    let sale = facts(None, Some(paired("20 EUR", None)), &[paired("5 EUR", None)]);
    let other = facts(None, Some(paired("7 USD", None)), &[]);
    let sold = OrderId::from_uuid(uuid::Uuid::nil());
    let cost = facts(None, Some(paired("9 EUR", None)), &[]);
    let supply = OrderFacts { role: OrderRole::Supply { sale: Some(sold) }, ..cost.clone() };
    let reprint = OrderFacts { role: OrderRole::Replacement { of: Some(sold) }, ..cost };
    for order in [&sale, &other, &supply, &reprint] {
        assert!(sums.add(order));
    }
    let wanted: Vec<Money> = ["15 EUR", "7 USD"].iter().map(|money| money.parse().unwrap()).collect();
    assert_eq!(sums.sums(), wanted);
    let untold = facts(None, Some(paired("20 EUR", None)), &[paired("5 USD", None)]);
    assert!(!sums.add(&untold), "a refund in another currency isn't taken off");
    assert_eq!(sums.sums(), wanted);
}
