//! Everything behind the endpoint, and how one GraphQL request runs through it.

mod priced;

use super::{
    answer::Walk,
    auth::Tokens,
    contract::Version,
    cost::{self, Bucket},
    document,
    faults::{self, Fault, FaultKind},
    input,
    journal::Journal,
    ledger::{Draft, Effect},
    mutations::{self, Work},
    orders,
    problem::{self, Problem},
    query,
    read::View,
    shop::{Shop, Touched},
    slot::Slot,
};
use apollo_compiler::{ast::OperationType, executable::Field};
use fusion_core::{
    clock::{Clock, Timestamp},
    error::Result as Done,
};
use priced::{Priced, priced};
use serde_json::{Map, Value, json};
use std::{collections::BTreeMap, time::Duration};

/// The state of the simulated platform.
pub(super) struct World {
    pub(super) shop: Shop,
    pub(super) tokens: Tokens,
    pub(super) bucket: Bucket,
    pub(super) faults: Vec<Fault>,
    pub(super) ledger: Vec<Effect>,
    /// How many effects are in the state folder.
    pub(super) written: usize,
    pub(super) calls: BTreeMap<String, u64>,
    /// Requests that a fault has struck.
    pub(super) struck: u64,
    pub(super) requests: u64,
    /// How long a new product is missing from searches.
    pub(super) search_lag: Duration,
    /// Whether the app isn't approved for what tells who a buyer is.
    pub(super) hides_buyers: bool,
    pub(super) journal: Option<Journal>,
}

/// A request to the GraphQL endpoint.
pub(super) struct Query<'a> {
    pub(super) text: &'a str,
    pub(super) operation: Option<&'a str>,
    pub(super) variables: Map<String, Value>,
    pub(super) version: Version,
}

/// A body, what was to be paid, and the fault that is still to strike it on its way.
pub(super) struct Ran {
    pub(super) body: Value,
    pub(super) cost: u64,
    pub(super) fault: Option<FaultKind>,
}

impl World {
    /// Runs one request and writes down what it changed.
    ///
    /// # Errors
    /// When the state folder can't be written.
    pub(super) fn run(&mut self, query: &Query<'_>, clock: &dyn Clock) -> Done<Ran> {
        self.settle(clock)?;
        let read = document::read(query.text, query.version);
        let operation = read.as_ref().ok().and_then(|document| document.operations.get(query.operation).ok());
        let mut roots: Vec<String> = Vec::new();
        if let (Ok(document), Some(operation)) = (&read, operation) {
            roots = operation.root_fields(document).map(|field| field.name.to_string()).collect();
        }
        for root in &roots {
            *self.calls.entry(root.clone()).or_default() += 1;
        }
        let fault = faults::strike(&mut self.faults, &roots);
        self.struck += u64::from(fault.is_some());
        let plan = match (&read, operation) {
            (Err(problems), _) => Err(problems.clone()),
            (Ok(_), None) => {
                Err(vec![Problem::new("BAD_REQUEST", "An operation name is required or unknown")])
            }
            (Ok(document), Some(operation)) => {
                let novelty = fault == Some(FaultKind::UnknownEnum);
                priced(query, document, operation).map(|priced| Priced { novelty, ..priced })
            }
        };
        let cost = plan.as_ref().map_or(cost::MUTATION, |plan| plan.cost);
        if fault.as_ref().is_some_and(|fault| !fault.executes()) {
            return Ok(Ran { body: Value::Null, cost, fault });
        }
        let body = match &plan {
            Err(problems) => json!({ "errors": problem::list(problems) }),
            Ok(plan) => self.operate(query, plan, clock)?,
        };
        Ok(Ran { body, cost, fault })
    }

    /// The `extensions.cost` of an answer that executed nothing.
    pub(super) fn throttled(&mut self, requested: u64, now: Duration) -> Value {
        let error = Problem::new("THROTTLED", "Throttled")
            .with("documentation", "https://shopify.dev/api/usage/rate-limits");
        json!({
            "errors": problem::list(&[error]),
            "extensions": { "cost": self.bucket.report(requested, None, now) },
        })
    }

    fn operate(&mut self, query: &Query<'_>, plan: &Priced<'_>, clock: &dyn Clock) -> Done<Value> {
        let now = clock.elapsed();
        if !self.bucket.take(plan.cost, now) {
            return Ok(self.throttled(plan.cost, now));
        }
        self.execute(query.version, plan, clock)
    }

    fn execute(&mut self, version: Version, plan: &Priced<'_>, clock: &dyn Clock) -> Done<Value> {
        let Priced { document, operation, values, cost, novelty } = plan;
        let schema = version.schema();
        let mut walk = Walk { schema, document, values, novelty: *novelty, problems: Vec::new() };
        let mutates = operation.operation_type == OperationType::Mutation;
        let merged = walk.collect(&[&operation.selection_set], operation.object_type());
        let mut data = Map::new();
        let mut searched = Vec::new();
        let mut torn = false;
        let mut actual = 0;
        for (key, fields) in merged {
            let Some(field) = fields.first() else { continue };
            if field.name == "__typename" {
                data.insert(key, json!(operation.object_type().as_str()));
                continue;
            }
            let slot = match self.root(version, plan, field, mutates, clock.now()) {
                Ok(found) => {
                    if !found.warnings.is_empty() {
                        searched.push(json!({ "path": [key], "warnings": found.warnings }));
                    }
                    found.slot
                }
                Err(problem) => {
                    let problem =
                        problem.at_name(field.response_key(), &document.sources).path([key.as_str()]);
                    walk.problems.push(problem);
                    Slot::NULL
                }
            };
            let view = self.view(clock.now());
            let is_null = matches!(slot, Slot::Leaf(Value::Null)) && field.ty().is_non_null();
            let (value, cost) = if is_null { (Value::Null, 0) } else { walk.complete(&view, &fields, slot) };
            let done = value.get("userErrors").and_then(Value::as_array).is_none_or(Vec::is_empty);
            // A null where none may be takes everything around it along.
            torn |= value.is_null() && field.ty().is_non_null();
            data.insert(key, value);
            let name = field.name.as_str();
            actual += match cost::fixed(name) {
                _ if mutates && !done => cost::MUTATION + cost,
                _ if mutates => {
                    let arguments = input::of_field(schema, field, values);
                    cost::MUTATION + cost + cost::surcharge(name, &arguments)
                }
                fixed => fixed.unwrap_or(cost),
            };
        }
        self.write_down()?;
        let actual = actual.min(*cost);
        self.bucket.give_back(cost - actual);
        let mut body = Map::new();
        if !walk.problems.is_empty() {
            body.insert("errors".to_owned(), problem::list(&walk.problems));
        }
        body.insert("data".to_owned(), if torn { Value::Null } else { Value::Object(data) });
        let mut extensions = Map::new();
        extensions.insert("cost".to_owned(), self.bucket.report(*cost, Some(actual), clock.elapsed()));
        if !searched.is_empty() {
            extensions.insert("search".to_owned(), Value::Array(searched));
        }
        body.insert("extensions".to_owned(), Value::Object(extensions));
        Ok(Value::Object(body))
    }

    fn view(&self, now: Timestamp) -> View<'_> {
        View {
            shop: &self.shop,
            now,
            scopes: &self.tokens.scopes,
            hides_buyers: self.hides_buyers,
            indexed_until: now - self.search_lag,
        }
    }

    fn root(
        &mut self,
        version: Version,
        plan: &Priced<'_>,
        field: &Field,
        mutates: bool,
        now: Timestamp,
    ) -> Result<query::Found, Problem> {
        let name = field.name.as_str();
        if let Some(scope) = self.tokens.lacks(name) {
            let required = format!("`{scope}` access scope.");
            return Err(Problem::new(
                "ACCESS_DENIED",
                format!("Access denied for {name} field. Required access: {required}"),
            )
            .with("documentation", "https://shopify.dev/api/usage/access-scopes")
            .with("requiredAccess", required));
        }
        let arguments = input::of_field(version.schema(), field, &plan.values);
        if !mutates {
            let view = self.view(now);
            return query::root(&view, name, &arguments);
        }
        let key = field.directives.get("idempotent").and_then(|it| it.specified_argument_by_name("key"));
        let key = key.and_then(|key| input::plain(key, &plan.values));
        let hides_buyers = self.hides_buyers;
        let mut work =
            Work { shop: &mut self.shop, now, version, field: name, effects: Vec::new(), hides_buyers };
        let payload = mutations::run(&mut work, &arguments, key.as_ref().and_then(Value::as_str));
        let effects = work.effects;
        let payload = payload?;
        self.record(effects, now);
        Ok(Slot::Data(payload).into())
    }

    fn record(&mut self, drafts: Vec<Draft>, at: Timestamp) {
        for draft in drafts {
            let sequence = self.ledger.len() as u64 + 1;
            let Draft { field, target, name, summary } = draft;
            self.ledger.push(Effect { sequence, request: self.requests, at, field, target, name, summary });
        }
    }

    /// Finishes the asynchronous operations that are due.
    pub(super) fn settle(&mut self, clock: &dyn Clock) -> Done<()> {
        let now = clock.now();
        orders::settle(&mut self.shop, now);
        let due: Vec<u64> =
            self.shop.operations.iter().filter(|(_, it)| it.is_due(now)).map(|(id, _)| *id).collect();
        for id in due {
            let Some(mut operation) = self.shop.operations.get(&id).cloned() else { continue };
            let field = operation.field.clone();
            let version = Version::October2026;
            let hides_buyers = self.hides_buyers;
            let mut work =
                Work { shop: &mut self.shop, now, version, field: &field, effects: Vec::new(), hides_buyers };
            operation.outcome = Some(mutations::finish(&mut work, &operation.arguments));
            let effects = work.effects;
            self.record(effects, now);
            self.shop.put_operation(id, operation);
        }
        self.write_down()
    }

    /// Appends what isn't written yet to the state folder, if there is one.
    pub(super) fn write_down(&mut self) -> Done<()> {
        let Some(journal) = &mut self.journal else {
            self.shop.touched = Touched::default();
            return Ok(());
        };
        let fresh = self.ledger.get(self.written..).unwrap_or_default();
        if fresh.is_empty() && self.shop.touched.is_empty() {
            return Ok(());
        }
        journal.keep(&mut self.shop, fresh)?;
        self.written = self.ledger.len();
        Ok(())
    }
}
