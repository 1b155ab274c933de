//! What a change of a listing sets, held against the field table.

use super::{check_price, check_variant, to_value, walk};
use crate::{
    error::{Problem, Result},
    model::{
        Edit, ListingEdit, Store, VariantEdit,
        figure::{wrong_cost, wrong_weight},
    },
    plugin::{FieldRule, Rule},
};
use serde::Serialize;
use serde_json::{Map, Value};

pub(super) fn check_edit(
    rules: &[FieldRule],
    edit: &ListingEdit,
    store: &Store,
    problems: &mut Vec<Problem>,
) -> Result<()> {
    let ListingEdit { title, description, bullets, brand, tags, categories, media, variants, add, remove: _ } =
        edit;
    // The field table speaks of listings; an edit is checked as the listing of just its set fields.
    let mut named = set_fields([
        ("title", set_value(title)?),
        ("description", set_value(description)?),
        ("bullets", set_value(bullets)?),
        ("brand", set_value(brand)?),
        ("tags", set_value(tags)?),
        ("categories", set_value(categories)?),
        ("media", set_value(media)?),
    ]);
    if !add.is_empty() {
        named.insert("add".to_owned(), to_value(add)?);
    }
    let rows = variants.iter().map(|(_, edit)| variant_fields(edit)).collect::<Result<Vec<Value>>>()?;
    named.insert("variants".to_owned(), Value::Array(rows));
    let named = Value::Object(named);
    for rule in rules {
        let held: Vec<String> = match rule.path.strip_prefix("variants") {
            None => vec![rule.path.to_owned()],
            Some(rest) => {
                // A variant's edit has the parts of offer and shipping beside its other fields.
                let edited = rest.replacen("[].offer.", "[].", 1).replacen("[].shipping.", "[].", 1);
                let changed =
                    (!rest.is_empty() && rule.rule != Rule::Required).then(|| format!("variants{edited}"));
                std::iter::once(format!("add{rest}")).chain(changed).collect()
            }
        };
        for path in held {
            let field = path.split(['.', '[']).next().unwrap_or_default();
            if rule.rule != Rule::Required || named.get(field).is_some() {
                walk(rule, &path, &named, &mut String::new(), problems);
            }
        }
    }
    if *title == Edit::Clear {
        problems.push(Problem::error("title", "required", "a product needs a title"));
    }
    for (nth, variant) in add.iter().enumerate() {
        let path = format!("add[{nth}]");
        check_variant(variant, &path, store, problems);
        problems.extend(variant.cost.and_then(|cost| wrong_cost(cost, &format!("{path}.cost"))));
        let weight = variant.shipping.weight;
        problems.extend(weight.and_then(|weight| wrong_weight(weight, &format!("{path}.shipping.weight"))));
    }
    for (nth, (_, variant)) in variants.iter().enumerate() {
        let path = format!("variants[{nth}]");
        let prices = [
            ("price", set(&variant.price).copied()),
            ("compare_at", set(&variant.compare_at).copied()),
            ("sale.price", set(&variant.sale).map(|sale| sale.price)),
        ];
        for (field, price) in prices {
            if let Some(price) = price {
                check_price(price, &format!("{path}.{field}"), store, problems);
            }
        }
        let cost = set(&variant.cost).copied();
        problems.extend(cost.and_then(|cost| wrong_cost(cost, &format!("{path}.cost"))));
        let weight = set(&variant.weight).copied();
        problems.extend(weight.and_then(|weight| wrong_weight(weight, &format!("{path}.weight"))));
    }
    Ok(())
}

/// What is set of a variant.
fn variant_fields(edit: &VariantEdit) -> Result<Value> {
    let VariantEdit { sku, price, compare_at, sale, offered, codes, cost, weight, hs_code, origin, media } =
        edit;
    Ok(Value::Object(set_fields([
        ("sku", set_value(sku)?),
        ("price", set_value(price)?),
        ("compare_at", set_value(compare_at)?),
        ("sale", set_value(sale)?),
        ("offered", set_value(offered)?),
        ("codes", set_value(codes)?),
        ("cost", set_value(cost)?),
        ("weight", set_value(weight)?),
        ("hs_code", set_value(hs_code)?),
        ("origin", set_value(origin)?),
        ("media", set_value(media)?),
    ])))
}

fn set_fields<const N: usize>(fields: [(&str, Option<Value>); N]) -> Map<String, Value> {
    fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
}

fn set<T>(edit: &Edit<T>) -> Option<&T> {
    match edit {
        Edit::Set(value) => Some(value),
        Edit::Keep | Edit::Clear => None,
    }
}

fn set_value<T: Serialize>(edit: &Edit<T>) -> Result<Option<Value>> {
    set(edit).map(to_value).transpose()
}
