//! What this platform loses.

use fusion_core::model::{
    LossKind::{self, Aggregated, Dropped, Guessed, Reinterpreted},
    LossRow,
    LossSubject::{self, Action, Edit, Listing, Order, Product, Stock, Store},
};

const fn row(subject: LossSubject, field: &'static str, kind: LossKind, why: &'static str) -> LossRow {
    LossRow { subject, field, kind, why }
}

/// Everything that the conversions of this crate lose, before any of it happens.
///
/// A sale passed on is an [`Action`]; a delivery and the catalogue's variants stand under [`Store`].
pub const LOSSES: &[LossRow] = &[
    row(Listing, "locale", Reinterpreted, "texts have one language, the shop's"),
    row(Listing, "bullets", Dropped, "there is no place for selling points"),
    row(Listing, "brand", Dropped, "the brand is the blank's"),
    row(Listing, "nature", Reinterpreted, "what is made there is shipped"),
    row(Listing, "categories[]", Dropped, "the blank alone says where it belongs"),
    row(Listing, "options", Reinterpreted, "buyers see the blank's words"),
    row(Listing, "media[]", Dropped, "pictures are mock-ups that the platform makes"),
    row(Listing, "variants[].cost", Dropped, "costs are the platform's to say"),
    row(Listing, "variants[].codes", Dropped, "there is no place for trade numbers"),
    row(Listing, "variants[].shipping.weight", Dropped, "the weight is the blank's"),
    row(Listing, "variants[].shipping.hs_code", Dropped, "customs are the provider's affair"),
    row(Listing, "variants[].shipping.origin", Dropped, "customs are the provider's affair"),
    row(Listing, "variants[].media", Dropped, "mock-ups are made by the platform"),
    row(Listing, "variants[].counted", Reinterpreted, "things are made when they are sold"),
    row(Listing, "variants[].offer.compare_at", Dropped, "no struck-through price"),
    row(Listing, "variants[].offer.sale", Reinterpreted, "a reduction has no times and becomes the price"),
    row(Listing, "variants[].offer.tax", Reinterpreted, "the shop says whether prices hold tax"),
    row(Edit, "brand", Dropped, "the brand is the blank's"),
    row(Edit, "categories", Dropped, "the blank alone says where it belongs"),
    row(Edit, "categories[]", Dropped, "the blank alone says where it belongs"),
    row(Edit, "media", Dropped, "mock-ups can't be taken away"),
    row(Edit, "media[]", Dropped, "pictures are mock-ups that the platform makes"),
    row(Edit, "variants[].codes", Dropped, "there is no place for trade numbers"),
    row(Edit, "variants[].weight", Dropped, "the weight is the blank's"),
    row(Edit, "variants[].compare_at", Dropped, "no struck-through price"),
    row(Edit, "variants[].sale", Reinterpreted, "a reduction has no times and becomes the price"),
    row(Edit, "add[].cost", Dropped, "costs are the platform's to say"),
    row(Edit, "add[].codes", Dropped, "there is no place for trade numbers"),
    row(Edit, "add[].shipping.weight", Dropped, "the weight is the blank's"),
    row(Edit, "add[].shipping.hs_code", Dropped, "customs are the provider's affair"),
    row(Edit, "add[].shipping.origin", Dropped, "customs are the provider's affair"),
    row(Edit, "add[].media", Dropped, "mock-ups are made by the platform"),
    row(Edit, "add[].counted", Reinterpreted, "things are made when they are sold"),
    row(Edit, "add[].offer.compare_at", Dropped, "no struck-through price"),
    row(Edit, "add[].offer.sale", Reinterpreted, "a reduction has no times and becomes the price"),
    row(Edit, "add[].offer.tax", Reinterpreted, "the shop says whether prices hold tax"),
    row(Stock, "rows[].available", Reinterpreted, "none left means off offer"),
    row(Stock, "rows[].available", Dropped, "no number is shown"),
    row(Action, "texts[]", Dropped, "the supplier takes no texts of the buyer's"),
    row(Action, "ship_to.lines", Aggregated, "an address has two lines"),
    row(Product, "variants[].cost", Dropped, "the billing currency isn't set"),
    row(Product, "variants[].is_default", Dropped, "no variant is the main one"),
    row(Product, "variants[].options", Dropped, "a variant that tells its choice by a title alone"),
    row(Product, "variants[].options[]", Dropped, "a value that the options don't name, or a second of one"),
    row(Product, "images[].variant_ids", Dropped, "a variant has one picture of its own"),
    row(Product, "print_areas[].placeholders[].images[].input_text", Dropped, "texts are no artwork"),
    row(Product, "print_areas[].placeholders[].images[].flipX", Dropped, "mirroring can't be written"),
    row(Product, "print_areas[].placeholders[].images[].flipY", Dropped, "mirroring can't be written"),
    row(Order, "line_items[].metadata.variant_label", Dropped, "a choice without the options' names"),
    row(Order, "line_items[].cost", Dropped, "the billing currency isn't set"),
    row(Order, "line_items[].shipping_cost", Dropped, "the billing currency isn't set"),
    row(Order, "line_items[].cost", Guessed, "whether it is one piece's isn't documented"),
    row(Order, "line_items[].shipping_cost", Guessed, "whether it is one piece's isn't documented"),
    row(Order, "metadata.reprinted_order_ids[]", Dropped, "a reprint replaces one order"),
    row(Order, "shipments", Dropped, "shipments name no lines"),
    row(Store, "resource.data", Dropped, "a delivery is a hint; the rest is read"),
    row(Store, "variants[].placeholders", Dropped, "sizes of places are for whoever makes artwork"),
];
