use super::*;
use serde_json::json;

fn payment(id: &str, kind: &str, status: &str, amount: &str, parent: Option<&str>) -> Transaction {
    let money = json!({ "amount": amount, "currencyCode": "EUR" });
    serde_json::from_value(json!({
        "id": id, "kind": kind, "status": status, "gateway": "bank",
        "parentTransaction": parent.map(|id| json!({ "id": id })),
        "amountSet": { "shopMoney": money, "presentmentMoney": money },
    }))
    .unwrap()
}

fn euros(text: &str) -> Money {
    format!("{text} EUR").parse().unwrap()
}

fn parts(all: &[Transaction], amount: &str) -> Result<Vec<(String, String)>> {
    let sent = transactions("order", all, euros(amount))?;
    Ok(sent.into_iter().map(|one| (one.parent_id, one.amount)).collect())
}

#[test]
fn only_what_came_in_and_has_not_gone_back_goes_back() {
    let all = [
        payment("promise", "AUTHORIZATION", "SUCCESS", "50.0", None),
        payment("first", "CAPTURE", "SUCCESS", "30.0", Some("promise")),
        payment("failed", "SALE", "FAILURE", "99.0", None),
        payment("second", "SALE", "SUCCESS", "20.0", None),
        payment("back", "REFUND", "SUCCESS", "10.0", Some("first")),
        payment("on its way", "REFUND", "PENDING", "5.0", Some("second")),
        payment("refused", "REFUND", "FAILURE", "20.0", Some("second")),
    ];
    let part = |id: &str, amount: &str| (id.to_owned(), amount.to_owned());
    assert_eq!(parts(&all, "20").unwrap(), [part("first", "20.00")]);
    assert_eq!(parts(&all, "35").unwrap(), [part("first", "20.00"), part("second", "15.00")]);
    assert_eq!(parts(&all, "0").unwrap(), []);
    let error = parts(&all, "35.01").unwrap_err();
    assert_eq!((error.kind(), error.problems()[0].path.as_str()), (ErrorKind::InvalidInput, "total"));
    assert!(error.problems()[0].message.contains("0.01 EUR"), "{:?}", error.problems());
}

#[test]
fn a_payment_that_went_back_more_than_whole_takes_nothing_from_others() {
    let all = [
        payment("first", "SALE", "SUCCESS", "10.0", None),
        payment("second", "SALE", "SUCCESS", "10.0", None),
        payment("back", "REFUND", "SUCCESS", "15.0", Some("first")),
    ];
    assert_eq!(parts(&all, "10").unwrap(), [("second".to_owned(), "10.00".to_owned())]);
    assert!(parts(&all, "11").is_err());
}
