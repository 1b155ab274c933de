//! What a request asks for, before it runs.

use super::Query;
use crate::simulator::{
    cost::{self, Estimate},
    input, mutations,
    problem::Problem,
};
use apollo_compiler::{ExecutableDocument, executable::Operation};
use serde_json::{Map, Value};

/// What a document asks for, before it runs.
pub(super) struct Priced<'a> {
    pub(super) document: &'a ExecutableDocument,
    pub(super) operation: &'a Operation,
    pub(super) values: Map<String, Value>,
    pub(super) cost: u64,
    /// Whether the answer is to hold an enum value that nobody knows.
    pub(super) novelty: bool,
}

/// What a document asks for and costs, if it may run at all.
pub(super) fn priced<'a>(
    query: &Query<'_>,
    document: &'a ExecutableDocument,
    operation: &'a Operation,
) -> Result<Priced<'a>, Vec<Problem>> {
    let schema = query.version.schema();
    let values = input::variables(schema, &document.sources, operation, &query.variables)?;
    let mut estimate = Estimate { schema, document, values: &values, problems: Vec::new() };
    let cost = estimate.of(operation);
    if !estimate.problems.is_empty() {
        return Err(estimate.problems);
    }
    for field in operation.root_fields(document) {
        let arguments = input::of_field(schema, field, &values);
        if let Some(problem) = mutations::oversized(field.name.as_str(), &arguments) {
            return Err(vec![problem.at_name(field.response_key(), &document.sources)]);
        }
    }
    if cost > cost::MOST_COST {
        let most = cost::MOST_COST;
        let message =
            format!("Query cost is {cost}, which exceeds the single query max cost limit ({most}).");
        let problem = Problem::new("MAX_COST_EXCEEDED", message)
            .with("cost", cost)
            .with("maxCost", most)
            .with("documentation", "https://shopify.dev/api/usage/rate-limits");
        return Err(vec![problem]);
    }
    Ok(Priced { document, operation, values, cost, novelty: false })
}
