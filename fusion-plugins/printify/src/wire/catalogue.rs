//! Shops, blanks, providers, postage, uploads and subscriptions as they are read.

use super::{Id, Told};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Shop {
    pub(crate) id: Told<Id>,
    pub(crate) title: Told<String>,
    pub(crate) sales_channel: Told<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Blueprint {
    pub(crate) id: Told<i64>,
    pub(crate) title: Told<String>,
    pub(crate) description: Told<String>,
    pub(crate) brand: Told<String>,
    pub(crate) images: Told<Vec<String>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Provider {
    pub(crate) id: Told<i64>,
    pub(crate) title: Told<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct BlankVariants {
    pub(crate) id: Told<i64>,
    pub(crate) variants: Told<Vec<Told<BlankVariant>>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct BlankVariant {
    pub(crate) id: Told<i64>,
    pub(crate) options: Told<BTreeMap<String, String>>,
    pub(crate) placeholders: Told<Vec<Value>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Profiles {
    pub(crate) profiles: Told<Vec<Told<Profile>>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Profile {
    pub(crate) variant_ids: Told<Vec<i64>>,
    pub(crate) first_item: Told<Cost>,
    pub(crate) additional_items: Told<Cost>,
    pub(crate) countries: Told<Vec<String>>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Cost {
    #[serde(alias = "amount")]
    pub(crate) cost: i64,
    pub(crate) currency: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Rates {
    pub(crate) data: Told<Vec<Told<Rate>>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Rate {
    pub(crate) attributes: Told<RateAttributes>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct RateAttributes {
    pub(crate) name: Told<String>,
    pub(crate) shipping_type: Told<String>,
    pub(crate) country: Told<Country>,
    pub(crate) variant_id: Told<i64>,
    pub(crate) shipping_cost: Told<RateCost>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Country {
    pub(crate) code: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct RateCost {
    pub(crate) first_item: Told<Cost>,
    pub(crate) additional_items: Told<Cost>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Upload {
    pub(crate) id: Told<String>,
    pub(crate) preview_url: Told<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Webhook {
    pub(crate) id: Told<String>,
    pub(crate) topic: Told<String>,
    pub(crate) url: Told<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct SafetyText {
    pub(crate) title: Told<String>,
    pub(crate) text: Told<String>,
}
