//! Limits on the size of what is sent.

use super::super::{problem::Problem, read::Arguments};
use serde_json::{Value, json};

/// The longest list in an input.
const LONGEST: usize = 250;

/// The most variants of one product.
pub(super) const VARIANTS: usize = 2048;

/// The most variants that one call takes pictures off.
pub(super) const VARIANT_MEDIA: usize = 100;

/// The most options of one product.
pub(super) const OPTIONS: usize = 3;

/// The most quantities that may be sent with variants in one call.
pub(super) const QUANTITIES: usize = 50_000;

/// The first list of `arguments` that is too long for the mutation `field`.
pub(in crate::simulator) fn oversized(field: &str, arguments: &Arguments) -> Option<Problem> {
    let mut path = vec![json!(field)];
    arguments.iter().find_map(|(name, value)| {
        path.push(json!(name));
        let found = inside(field, value, &mut path);
        path.pop();
        found
    })
}

fn inside(field: &str, value: &Value, path: &mut Vec<Value>) -> Option<Problem> {
    let deeper: Vec<(Value, &Value)> = match value {
        Value::Array(items) => {
            let variants =
                field == "productSet" && path.len() == 3 && path.last() == Some(&json!("variants"));
            if items.len() > LONGEST && !variants {
                let message = format!(
                    "The input array size of {} is greater than the maximum allowed of {LONGEST}.",
                    items.len()
                );
                return Some(Problem::new("MAX_INPUT_SIZE_EXCEEDED", message).path(path.clone()));
            }
            items.iter().enumerate().map(|(nth, item)| (json!(nth), item)).collect()
        }
        Value::Object(fields) => fields.iter().map(|(name, item)| (json!(name), item)).collect(),
        _ => return None,
    };
    deeper.into_iter().find_map(|(step, item)| {
        path.push(step);
        let found = inside(field, item, path);
        path.pop();
        found
    })
}
