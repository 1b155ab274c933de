//! Products, their options, pictures, metafields and publications.

use super::{Arguments, View, text};
use crate::simulator::{
    digest,
    gid::{self, Thing},
    money,
    product::{Medium, Metafield, Product},
    slot::{Slot, by_id, count, rank, reference, time},
};
use serde_json::{Value, json};
use std::collections::BTreeMap;

pub(super) fn field(view: &View<'_>, it: &Product, name: &str, arguments: &Arguments) -> Option<Slot> {
    if let Some(slot) = published(view, &gid::of("Product", it.id), &it.published, name, arguments) {
        return Some(slot);
    }
    Some(match name {
        "title" => it.title.as_str().into(),
        "handle" => it.handle.as_str().into(),
        "descriptionHtml" => it.description_html.as_str().into(),
        "description" => {
            let plain = without_tags(&it.description_html);
            let limit =
                arguments.get("truncateAt").and_then(Value::as_u64).and_then(|at| usize::try_from(at).ok());
            plain.chars().take(limit.unwrap_or(usize::MAX)).collect::<String>().into()
        }
        "vendor" => it.vendor.as_str().into(),
        "productType" => it.product_type.as_str().into(),
        "status" => it.status.as_str().into(),
        "tags" => it.tags.clone().into(),
        "templateSuffix" => it.template_suffix.clone().into(),
        "legacyResourceId" => it.id.to_string().into(),
        "createdAt" => time(it.created_at).into(),
        "updatedAt" => time(it.updated_at).into(),
        "isGiftCard" => it.gift_card.into(),
        "requiresSellingPlan" => it.requires_selling_plan.into(),
        "seo" => Slot::Data(json!({ "title": it.seo_title, "description": it.seo_description })),
        "category" => it.category.as_ref().map_or(Slot::NULL, |id| {
            let name = id.rsplit('/').next().unwrap_or(id);
            Slot::Data(json!({ "__typename": "TaxonomyCategory", "id": id, "name": name, "fullName": name }))
        }),
        "hasOnlyDefaultVariant" => it.only_default_variant().into(),
        "hasOutOfStockVariants" => {
            it.variants.iter().any(|variant| variant.item.tracked && variant.item.available() <= 0).into()
        }
        "totalInventory" => it.total_inventory().into(),
        "tracksInventory" => it.variants.iter().any(|variant| variant.item.tracked).into(),
        "publishedAt" => it.published.values().min().map(|at| time(*at)).into(),
        "onlineStoreUrl" if it.published.is_empty() || it.status != "ACTIVE" => Slot::NULL,
        "onlineStoreUrl" | "onlineStorePreviewUrl" => {
            format!("https://{}/products/{}", view.shop.domain, it.handle).into()
        }
        "options" => {
            let first = arguments.get("first").and_then(Value::as_u64).and_then(|n| usize::try_from(n).ok());
            Slot::List(options(it).into_iter().take(first.unwrap_or(usize::MAX)).map(Slot::Data).collect())
        }
        "priceRangeV2" => {
            let mut prices: Vec<&str> = it.variants.iter().map(|variant| variant.price.as_str()).collect();
            prices.sort_by_key(|price| money::cents(price));
            let price = |price: Option<&&str>| json!({ "amount": money::decimal(price.map_or("0", |price| price)), "currencyCode": view.shop.currency });
            Slot::Data(
                json!({ "minVariantPrice": price(prices.first()), "maxVariantPrice": price(prices.last()) }),
            )
        }
        "variants" => variants(it, text(arguments, "sortKey")),
        "variantsCount" => count(it.variants.len()),
        "media" => Slot::Page(
            it.media
                .iter()
                .zip(0_i64..)
                .map(|(it, at)| (rank(at), Slot::Thing(Thing::Media(it.id))))
                .collect(),
        ),
        "mediaCount" => count(it.media.len()),
        "featuredMedia" => it.media.first().map_or(Slot::NULL, |it| Slot::Thing(Thing::Media(it.id))),
        "metafield" => metafield(&it.metafields, "PRODUCT", arguments),
        "metafields" => metafields(&it.metafields, "PRODUCT", arguments),
        _ => return None,
    })
}

fn variants(it: &Product, sort: Option<&str>) -> Slot {
    let place = |at: i64, variant: &crate::simulator::product::Variant| match sort {
        Some("ID") => by_id(variant.id),
        Some("SKU") => format!("{}\u{1}{}", variant.item.sku.as_deref().unwrap_or_default(), rank(at)),
        Some("TITLE" | "NAME" | "FULL_TITLE") => format!("{}\u{1}{}", variant.title(), rank(at)),
        Some("INVENTORY_QUANTITY") => format!("{}\u{1}{}", rank(variant.item.available()), rank(at)),
        _ => rank(at),
    };
    Slot::Page(
        it.variants
            .iter()
            .zip(0_i64..)
            .map(|(variant, at)| (place(at, variant), Slot::Thing(Thing::Variant(variant.id))))
            .collect(),
    )
}

fn options(it: &Product) -> Vec<Value> {
    let option = |(at, option): (usize, &crate::simulator::product::OptionRow)| {
        let used = it.used_values(at);
        let values: Vec<Value> = option
            .values
            .iter()
            .map(|value| {
                json!({
                    "__typename": "ProductOptionValue",
                    "id": gid::of("ProductOptionValue", value.id),
                    "name": value.name,
                    "hasVariants": used.contains(&value.name.as_str()),
                })
            })
            .collect();
        let names: Vec<&str> = option
            .values
            .iter()
            .map(|value| value.name.as_str())
            .filter(|name| used.contains(name))
            .collect();
        json!({
            "__typename": "ProductOption",
            "id": gid::of("ProductOption", option.id),
            "name": option.name,
            "position": at + 1,
            "optionValues": values,
            "values": names,
        })
    };
    it.options.iter().enumerate().map(option).collect()
}

/// The fields that products and variants have as publishable things.
pub(super) fn published(
    view: &View<'_>,
    owner: &str,
    published: &BTreeMap<u64, fusion_core::clock::Timestamp>,
    name: &str,
    arguments: &Arguments,
) -> Option<Slot> {
    Some(match name {
        "publishedOnPublication" => {
            let id = text(arguments, "publicationId").and_then(|id| gid::number("Publication", id));
            id.and_then(|id| published.get(&id)).is_some_and(|at| *at <= view.now).into()
        }
        "resourcePublicationsCount" | "availablePublicationsCount" => count(published.len()),
        "resourcePublicationsV2" => {
            let only = arguments.get("onlyPublished").and_then(Value::as_bool).unwrap_or(true);
            let shown = published.iter().filter(|(_, at)| !only || **at <= view.now);
            let row = |(id, at): (&u64, &fusion_core::clock::Timestamp)| {
                let row = json!({
                    "isPublished": *at <= view.now,
                    "publishDate": time(*at),
                    "publication": reference(&gid::of("Publication", *id)),
                    "publishable": reference(owner),
                });
                (by_id(*id), Slot::Data(row))
            };
            Slot::Page(shown.map(row).collect())
        }
        _ => return None,
    })
}

pub(super) fn medium(view: &View<'_>, it: &Medium, name: &str) -> Option<Slot> {
    let status = it.status(view.now);
    let ready = status == "READY";
    let source = it.source.rsplit('/').next().unwrap_or_default();
    let source = source.split(['?', '#']).next().unwrap_or_default();
    let file = it.filename.clone().unwrap_or_else(|| format!("{}-{source}", it.id));
    let image = json!({
        "id": gid::of("ImageSource", it.id),
        "altText": it.alt,
        "height": 1200,
        "width": 1200,
        "url": format!("https://cdn.shopify.com/s/files/1/0001/files/{file}"),
    });
    Some(match name {
        "alt" => it.alt.clone().into(),
        "createdAt" | "updatedAt" => time(it.created_at).into(),
        "status" | "fileStatus" => status.into(),
        "mediaContentType" => "IMAGE".into(),
        "mimeType" => "image/jpeg".into(),
        "image" if ready => Slot::Data(image),
        "image" => Slot::NULL,
        "preview" => Slot::Data(json!({ "status": status, "image": ready.then_some(image) })),
        "originalSource" => Slot::Data(json!({ "fileSize": 1024, "url": it.source })),
        "mediaErrors" | "fileErrors" if status == "FAILED" => Slot::List(vec![Slot::Data(json!({
            "code": "IMAGE_DOWNLOAD_FAILURE",
            "message": "Image download failed",
            "details": "Image could not be downloaded",
        }))]),
        "mediaErrors" | "fileErrors" => Slot::List(Vec::new()),
        _ => return None,
    })
}

/// The metafield that the arguments name.
pub(super) fn metafield(all: &[Metafield], owner: &str, arguments: &Arguments) -> Slot {
    let namespace = digest::namespace(text(arguments, "namespace"));
    let key = text(arguments, "key").unwrap_or_default();
    let found = all.iter().find(|it| it.namespace == namespace && it.key == key);
    found.map_or(Slot::NULL, |it| Slot::Data(metafield_data(it, owner)))
}

/// All metafields, or those of a namespace.
pub(super) fn metafields(all: &[Metafield], owner: &str, arguments: &Arguments) -> Slot {
    let namespace = text(arguments, "namespace").map(|it| digest::namespace(Some(it)));
    let keys = arguments.get("keys").and_then(Value::as_array);
    let wanted = |it: &&Metafield| {
        let named = |key: &Value| {
            key.as_str().is_some_and(|key| key == it.key || key == format!("{}.{}", it.namespace, it.key))
        };
        namespace.as_ref().is_none_or(|wanted| *wanted == it.namespace)
            && keys.is_none_or(|keys| keys.iter().any(named))
    };
    Slot::Page(
        all.iter().filter(wanted).map(|it| (by_id(it.id), Slot::Data(metafield_data(it, owner)))).collect(),
    )
}

/// A metafield as plain data.
pub(in crate::simulator) fn metafield_data(it: &Metafield, owner: &str) -> Value {
    let parsed = serde_json::from_str(&it.value).ok();
    json!({
        "__typename": "Metafield",
        "id": gid::of("Metafield", it.id),
        "legacyResourceId": it.id.to_string(),
        "namespace": it.namespace,
        "key": it.key,
        "type": it.kind,
        "value": it.value,
        "jsonValue": parsed.filter(|_| !it.kind.contains("text_field")).unwrap_or_else(|| json!(it.value)),
        "ownerType": owner,
        "compareDigest": digest::of(&it.value),
        "createdAt": time(it.created_at),
        "updatedAt": time(it.updated_at),
    })
}

fn without_tags(html: &str) -> String {
    let mut inside = false;
    let text: String = html
        .chars()
        .filter(|letter| {
            match letter {
                '<' => inside = true,
                '>' => inside = false,
                _ => return !inside,
            }
            false
        })
        .collect();
    text.trim().to_owned()
}
