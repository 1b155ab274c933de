//! Orders in the shop, and who is told of what changes.

use super::Shop;
use crate::simulator::{
    desk::Parcel,
    gid,
    order::{Line, Order},
    product::{Product, Variant},
};
use fusion_core::clock::Timestamp;
use serde_json::{Value, json};

impl Shop {
    pub(in crate::simulator) fn orders(&self) -> impl Iterator<Item = &Order> {
        self.orders.values()
    }

    pub(in crate::simulator) fn order(&self, id: u64) -> Option<&Order> {
        self.orders.get(&id)
    }

    pub(in crate::simulator) fn line(&self, id: u64) -> Option<(&Order, &Line)> {
        let order = self.order(*self.owner_of_line.get(&id)?)?;
        Some((order, order.line(id)?))
    }

    /// Puts an order in place of the one with the same id.
    pub(in crate::simulator) fn put_order(&mut self, order: Order) {
        self.owner_of_line.extend(order.lines.iter().map(|line| (line.id, order.id)));
        self.touched.orders.insert(order.id);
        self.orders.insert(order.id, order);
    }

    /// Tells everybody who asked for `topic`.
    pub(in crate::simulator) fn tell(&mut self, topic: &str, body: &Value, now: Timestamp) {
        let asked = self.desk.subscriptions.iter().filter(|(_, one)| one.topic == topic);
        let asked: Vec<u64> = asked.map(|(id, _)| *id).collect();
        let event = self.new_id();
        for subscription in asked {
            let id = self.new_id();
            let (topic, body) = (topic.to_owned(), body.to_string());
            let parcel = Parcel { subscription, event, topic, body, triggered_at: now, due: now, tries: 0 };
            self.desk.parcels.insert(id, parcel);
            self.touched.desk = true;
        }
    }

    /// Puts a product in place of the one with the same id, and tells of it.
    pub(in crate::simulator) fn put(&mut self, product: Product) {
        self.tell_of(&product);
        self.keep(product);
    }

    fn tell_of(&mut self, product: &Product) {
        let now = product.updated_at;
        let body = json!({ "id": product.id, "admin_graphql_api_id": gid::of("Product", product.id),
            "title": product.title });
        let before = self.products.get(&product.id);
        let known = |item: u64, location: &u64| {
            let of_item = |variant: &&Variant| variant.item.id == item;
            Some(before?.variants.iter().find(of_item)?.item.levels.get(location)?.available)
        };
        let mut levels = Vec::new();
        for item in product.variants.iter().map(|variant| &variant.item) {
            for (location, level) in &item.levels {
                if known(item.id, location) != Some(level.available) {
                    levels.push((
                        json!({ "inventory_item_id": item.id, "location_id": location,
                        "available": level.available,
                        "admin_graphql_api_id": gid::level(item.id, *location) }),
                        level.updated_at,
                    ));
                }
            }
        }
        let topic = if before.is_some() { "PRODUCTS_UPDATE" } else { "PRODUCTS_CREATE" };
        self.tell(topic, &body, now);
        for (body, at) in levels {
            self.tell("INVENTORY_LEVELS_UPDATE", &body, at);
        }
    }

    /// What is gone is told by its number alone.
    pub(super) fn tell_of_removal(&mut self, product: &Product) {
        self.tell("PRODUCTS_DELETE", &json!({ "id": product.id }), product.updated_at);
    }
}
