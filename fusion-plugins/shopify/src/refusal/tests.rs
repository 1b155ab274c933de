use super::*;
use fusion_plugin_sdk::testkit::specs;
use serde_json::json;

mod orders;
mod recorded;

fn answer(status: u16, body: &str) -> WireResponse {
    WireResponse {
        status,
        headers: vec![("X-Request-Id".to_owned(), "r-1".to_owned())],
        body: body.to_owned().into(),
    }
}

fn judged(status: u16, body: &str) -> (ErrorKind, Retry, Fate) {
    let error = judge(&answer(status, body)).unwrap_err();
    assert_eq!(error.request_id(), Some("r-1"));
    (error.kind(), error.retry(), error.fate())
}

fn top(code: &str) -> String {
    json!({"errors": [{"message": "no", "extensions": {"code": code}}]}).to_string()
}

fn user(code: Option<&str>, field: &[&str], message: &str) -> String {
    json!({"data": {"productSet": {"product": null,
        "userErrors": [{"code": code, "field": field, "message": message}]}}})
    .to_string()
}

#[test]
fn every_status_has_its_kind_advice_and_fate() {
    use {ErrorKind as Kind, Fate::*, Retry::*};
    let texts = r#"{"errors":"[API] Invalid API key or access token"}"#;
    for (status, body, expected) in [
        (401, texts, (Kind::Unauthenticated, AfterReauth, Rejected)),
        (402, r#"{"errors":"Payment Required"}"#, (Kind::PlatformRefused, AfterUserAction, Rejected)),
        (403, r#"{"errors":"Forbidden"}"#, (Kind::MissingScope, AfterReauth, Rejected)),
        (404, r#"{"errors":"Not Found"}"#, (Kind::InvalidConfig, AfterUserAction, Rejected)),
        (406, "", (Kind::Protocol, Never, Rejected)),
        (422, r#"{"errors":{"order":["no"]}}"#, (Kind::InvalidInput, Never, Rejected)),
        (423, r#"{"errors":"Locked"}"#, (Kind::PlatformRefused, AfterUserAction, Rejected)),
        (429, r#"{"errors":"Exceeded 2 calls per second"}"#, (Kind::RateLimited, Backoff, Rejected)),
        (430, "", (Kind::PlatformRefused, AfterUserAction, Rejected)),
        (500, "", (Kind::Unavailable, Backoff, Unknown)),
        (502, "<html><body>Bad gateway</body></html>", (Kind::Unavailable, Backoff, Unknown)),
        (503, "<html></html>", (Kind::Unavailable, Backoff, Unknown)),
        // Cut off, not JSON, not GraphQL.
        (200, r#"{"data":{"productSet":{"pro"#, (Kind::Protocol, Backoff, Unknown)),
        (200, "<html></html>", (Kind::Protocol, Backoff, Unknown)),
        (200, "{}", (Kind::Protocol, Backoff, Unknown)),
        (200, texts, (Kind::Unauthenticated, AfterReauth, Rejected)),
    ] {
        assert_eq!(judged(status, body), expected, "{status} {body}");
    }
}

#[test]
fn every_code_of_a_document_has_its_kind_advice_and_fate() {
    use {ErrorKind as Kind, Fate::*, Retry::*};
    for (code, expected) in [
        ("THROTTLED", (Kind::RateLimited, Backoff, Unknown)),
        ("MAX_COST_EXCEEDED", (Kind::InvalidInput, Never, Rejected)),
        ("MAX_INPUT_SIZE_EXCEEDED", (Kind::InvalidInput, Never, Rejected)),
        ("INTERNAL_SERVER_ERROR", (Kind::Unavailable, Backoff, Unknown)),
        ("ACCESS_DENIED", (Kind::MissingScope, AfterReauth, Rejected)),
        ("RESOURCE_NOT_FOUND", (Kind::NotFound, Never, Rejected)),
        ("INVALID_VARIABLE", (Kind::InvalidInput, Never, Rejected)),
        ("BAD_REQUEST", (Kind::Protocol, Never, Rejected)),
        ("undefinedField", (Kind::Protocol, Never, Rejected)),
        ("A_WORD_OF_TOMORROW", (Kind::Protocol, Never, Unknown)),
    ] {
        assert_eq!(judged(200, &top(code)), expected, "{code}");
    }
}

#[test]
fn every_refusal_of_a_mutation_has_its_kind_advice_and_fate() {
    use {ErrorKind as Kind, Fate::*, Retry::*};
    let moment = When(super::When::In(Duration::from_secs(2)));
    for (code, field, message, expected) in [
        (Some("PRODUCT_DOES_NOT_EXIST"), vec!["id"], "", (Kind::NotFound, Never, Rejected)),
        (None, vec!["id"], "Product does not exist", (Kind::NotFound, Never, Rejected)),
        (Some("HANDLE_NOT_UNIQUE"), vec!["input"], "", (Kind::AlreadyExists, Never, Rejected)),
        (
            None,
            vec!["input", "variants", "4"],
            "The variant 'S' already exists.",
            (Kind::AlreadyExists, Never, Rejected),
        ),
        (Some("CHANGE_FROM_QUANTITY_STALE"), vec!["input"], "", (Kind::Conflict, Never, Rejected)),
        (Some("IDEMPOTENCY_CONCURRENT_REQUEST"), vec![], "", (Kind::Conflict, moment, Unknown)),
        (Some("IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED"), vec![], "", (Kind::Conflict, Backoff, Rejected)),
        (Some("PRODUCT_SUSPENDED"), vec![], "", (Kind::PlatformRefused, AfterUserAction, Rejected)),
        (None, vec![], "Another operation already in progress", (Kind::Conflict, Backoff, Rejected)),
        (None, vec!["title"], "Title can't be blank", (Kind::InvalidInput, Never, Rejected)),
        (
            Some("INVALID_INPUT"),
            vec!["input", "variants", "0", "price"],
            "",
            (Kind::InvalidInput, Never, Rejected),
        ),
        (Some("A_WORD_OF_TOMORROW"), vec![], "", (Kind::PlatformRefused, Never, Rejected)),
    ] {
        assert_eq!(judged(200, &user(code, &field, message)), expected, "{code:?} {message}");
    }
}

#[test]
fn a_throttled_call_waits_until_the_bucket_holds_enough() {
    let body = json!({"errors": [{"message": "Throttled", "extensions": {"code": "THROTTLED"}}],
        "extensions": {"cost": {"requestedQueryCost": 400, "actualQueryCost": null,
            "throttleStatus": {"maximumAvailable": 2000.0, "currentlyAvailable": 30, "restoreRate": 100.0}}}});
    let (_, retry, _) = judged(200, &body.to_string());
    assert_eq!(retry, Retry::When(When::In(Duration::from_secs(4))));
}

#[test]
fn a_write_that_ran_beside_an_error_is_unknown_and_never_refused() {
    let body = json!({"data": {"productSet": {"product": {"id": "1"}, "userErrors": []}},
        "errors": [{"message": "Internal error", "path": ["productSet", "product", "media"],
            "extensions": {"code": "INTERNAL_SERVER_ERROR"}}]});
    assert_eq!(judged(200, &body.to_string()).2, Fate::Unknown);
}

#[test]
fn a_field_that_the_app_may_not_see_spoils_nothing_else() {
    let error = json!({"message": "denied", "path": ["product", "unitCost"],
        "extensions": {"code": "ACCESS_DENIED", "requiredAccess": "`x` access scope."}});
    let seen = json!({"data": {"product": {"id": "1"}}, "errors": [error]}).to_string();
    judge(&answer(200, &seen)).unwrap();
    let denied = json!({"data": {"product": null}, "errors": [error]}).to_string();
    assert_eq!(judged(200, &denied).0, ErrorKind::MissingScope);
}

#[test]
fn a_refused_row_is_found_by_its_path() {
    let body = user(Some("INVALID_LOCATION"), &["input", "quantities", "17", "locationId"], "no");
    let error = judge(&answer(200, &body)).unwrap_err();
    assert_eq!(error.problems()[0].path, "quantities[17].locationId");
    assert_eq!(row(&error.problems()[0], "quantities"), Some(17));
    assert_eq!(row(&error.problems()[0], "variants"), None);
}

#[test]
fn the_platforms_words_bring_no_control_characters() {
    let error = judge(&answer(200, &user(None, &["title"], "bad\u{0}\u{1b}[31m title"))).unwrap_err();
    assert_eq!(error.problems()[0].message, "bad[31m title");
}

/// Every recorded answer to one of our mutations, and what it is.
#[test]
fn recorded_answers_are_taken_or_refused_as_what_they_are() {
    use ErrorKind as Kind;
    let Some(folder) = specs("shopify") else { return };
    for (file, pointer, expected) in [
        ("2025-01.products.product-set-parity", "/mutation/response", None),
        ("2025-01.products.product-set-async-operation-parity", "/mutation/response", None),
        ("2025-01.products.product-set-async-operation-parity", "/operationRead/response", None),
        (
            "2025-01.products.product-set-duplicate-variants-parity",
            "/mutation/response",
            Some(Kind::AlreadyExists),
        ),
        (
            "2025-01.products.product-set-options-only-requires-variants",
            "/mutation/response",
            Some(Kind::InvalidInput),
        ),
        ("2026-04.products.product-set-id-not-allowed", "/idNotAllowed/response", Some(Kind::InvalidInput)),
        ("2025-01.products.product-update-parity", "/mutation/response", None),
        ("2026-04.products.product-delete-parity", "/mutation/response", None),
        ("2026-04.products.product-delete-parity", "/validation/response", Some(Kind::NotFound)),
        (
            "2026-04.products.product-delete-parity",
            "/invalidInput/variableMissingId/response",
            Some(Kind::InvalidInput),
        ),
        (
            "2026-04.products.product-delete-parity",
            "/invalidInput/inlineMissingId/response",
            Some(Kind::Protocol),
        ),
        ("2026-04.products.inventory-quantity-contracts-2026-04", "/inventorySetQuantities/response", None),
        (
            "2026-04.products.inventory-quantity-contracts-2026-04",
            "/missingSetIdempotency/response",
            Some(Kind::Protocol),
        ),
        (
            "2026-04.products.inventory-quantity-contracts-2026-04",
            "/missingSetChangeFromQuantity/response",
            Some(Kind::Protocol),
        ),
        (
            "2026-04.products.inventory-quantity-contracts-2026-04",
            "/legacySetShape/response",
            Some(Kind::InvalidInput),
        ),
        (
            "2026-04.products.inventory-existence-validation",
            "/adjustUnknownInventoryItem/response",
            Some(Kind::NotFound),
        ),
        ("2025-01.products.product-detail.b", "", None),
        ("2025-01.products.products-catalog-page.b", "", None),
        ("2025-01.products.locations-catalog.b", "", None),
    ] {
        let text = std::fs::read_to_string(folder.join(format!("fixtures/{file}.json"))).unwrap();
        let recorded: Value = serde_json::from_str(&text).unwrap();
        let body = recorded.pointer(pointer).unwrap_or_else(|| panic!("{file} holds no {pointer}"));
        let body = body.get("payload").unwrap_or(body);
        let kind = judge(&answer(200, &body.to_string())).err().map(|error| error.kind());
        assert_eq!(kind, expected, "{file}{pointer}");
    }
}

/// The shapes that the documentation writes down.
#[test]
fn documented_refusals_are_read_as_what_they_are() {
    use ErrorKind as Kind;
    let Some(folder) = specs("shopify") else { return };
    let text = std::fs::read_to_string(folder.join("documented/throttle-and-http-errors.json")).unwrap();
    let documented: Value = serde_json::from_str(&text).unwrap();
    for (name, expected) in [
        ("graphql_throttled", Kind::RateLimited),
        ("graphql_max_cost_exceeded", Kind::InvalidInput),
        ("http_401_string_errors", Kind::Unauthenticated),
        ("rest_429", Kind::RateLimited),
        ("http_503_html", Kind::Unavailable),
        ("rest_errors_object_of_string", Kind::InvalidInput),
        ("rest_errors_object_of_arrays", Kind::InvalidInput),
    ] {
        let shape = &documented[name];
        let body = shape
            .get("body")
            .map_or_else(|| shape["body_text"].as_str().unwrap().to_owned(), Value::to_string);
        let status = u16::try_from(shape["status"].as_u64().unwrap()).unwrap();
        assert_eq!(judged(status, &body).0, expected, "{name}");
    }
}
