//! Every recorded answer about orders, fulfilment and notifications is taken, or refused as what it is.

use super::*;

/// The platform's words, and what they mean.
const MEANINGS: [(&str, ErrorKind); 22] = [
    ("invalid id", ErrorKind::NotFound),
    ("Cannot cancel an order that has already been canceled", ErrorKind::AlreadyExists),
    ("Cannot cancel an order that has outstanding fulfillments", ErrorKind::PlatformRefused),
    ("Quantity must be greater than 0", ErrorKind::InvalidInput),
    ("has an unfulfillable status= closed.", ErrorKind::Conflict),
    ("Fulfillment order does not exist.", ErrorKind::NotFound),
    ("Invalid fulfillment order line item quantity requested.", ErrorKind::Conflict),
    ("Only one of the arguments `refund` or `refund_method` is allowed.", ErrorKind::InvalidInput),
    ("Staff note is too long. Maximum length is 255 characters.", ErrorKind::InvalidInput),
    ("Order cannot be marked as paid.", ErrorKind::InvalidInput),
    ("Phone is invalid", ErrorKind::InvalidInput),
    ("Enter a last name", ErrorKind::InvalidInput),
    ("State is not a valid state in United States", ErrorKind::InvalidInput),
    ("Enter a ZIP code", ErrorKind::InvalidInput),
    ("No valid update parameters have been provided", ErrorKind::PlatformRefused),
    ("Transactions require a parent_id associated with the order", ErrorKind::InvalidInput),
    ("Kind authorization is not a valid transaction", ErrorKind::PlatformRefused),
    ("is missing required arguments: topic", ErrorKind::Protocol),
    ("has an invalid value (null). Expected type 'WebhookSubscriptionInput!'.", ErrorKind::Protocol),
    ("Webhook subscription does not exist", ErrorKind::NotFound),
    ("Address ", ErrorKind::InvalidInput),
    ("The specified filter is invalid, please ensure you specify the field(s)", ErrorKind::InvalidInput),
];

/// Every answer inside a recording.
fn answers<'a>(value: &'a Value, found: &mut Vec<&'a Value>) {
    if let Value::Object(fields) = value {
        let is_answer = fields.get("data").is_some_and(|data| data.is_object() || data.is_null());
        if is_answer || fields.get("errors").is_some_and(Value::is_array) {
            found.push(value);
            return;
        }
        fields.values().for_each(|inner| answers(inner, found));
    } else if let Value::Array(items) = value {
        items.iter().for_each(|inner| answers(inner, found));
    }
}

/// The platform's words in an answer, and whether they stand for the whole of it.
fn words(answer: &Value) -> Vec<String> {
    let text = |error: &Value| error["message"].as_str().unwrap().to_owned();
    let nested = |error: &&Value| error["path"].as_array().is_some_and(|path| path.len() > 1);
    let has_data = answer["data"].as_object().is_some_and(|data| data.values().any(|value| !value.is_null()));
    let top = answer["errors"].as_array().into_iter().flatten().filter(|error| !(has_data && nested(error)));
    let fields = answer["data"].as_object().into_iter().flatten().filter_map(|(_, field)| field.as_object());
    let refused = fields.flatten().filter(|(name, _)| name.ends_with("serErrors"));
    let refused = refused.flat_map(|(_, errors)| errors.as_array().into_iter().flatten());
    top.chain(refused).map(text).collect()
}

#[test]
fn every_recorded_answer_about_orders_is_taken_or_refused_as_what_it_is() {
    let Some(folder) = specs("shopify") else { return };
    let (mut taken, mut refused) = (0, 0);
    for file in std::fs::read_dir(folder.join("fixtures")).unwrap() {
        let path = file.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let is_meant = ["orders.", "fulfillments.", "webhooks."].iter().any(|area| name.contains(area));
        if !is_meant || name.starts_with("rest.") {
            continue;
        }
        let recorded: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        let mut found = Vec::new();
        answers(&recorded, &mut found);
        assert!(!found.is_empty(), "{name} holds no answer");
        for recorded in found {
            let judged = judge(&answer(200, &recorded.to_string()));
            let words = words(recorded);
            let Err(error) = judged else {
                assert!(words.is_empty(), "{name}: {words:?} was taken for a success");
                taken += 1;
                continue;
            };
            refused += 1;
            let meaning = |words: &String| MEANINGS.iter().find(|(part, _)| words.contains(part));
            let kinds: Vec<ErrorKind> = words
                .iter()
                .map(|words| meaning(words).unwrap_or_else(|| panic!("{name}: {words}")).1)
                .collect();
            assert!(kinds.contains(&error.kind()), "{name}: {words:?} is {:?}", error.kind());
            assert_eq!(
                error.fate() == Fate::Rejected,
                recorded["data"].is_null() || refusals(recorded),
                "{name}"
            );
        }
    }
    assert!(taken > 40 && refused > 15, "{taken} answers were taken, {refused} refused");
}

/// Whether nothing but refusals of mutations stands in the way.
fn refusals(answer: &Value) -> bool {
    answer["errors"].as_array().is_none_or(Vec::is_empty)
        || answer["data"].as_object().is_none_or(|data| data.values().all(Value::is_null))
}
