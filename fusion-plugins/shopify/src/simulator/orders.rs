//! Orders as buyers, people in the shop's admin and the platform itself make and change them.

mod admin;
mod change;
mod new;
mod parts;
mod place;

pub use admin::Restocked;
pub(super) use change::{Back, give_back, move_stock, settle};
pub use new::NewOrder;

use super::{desk::order_body, order::Order, shop::Shop};
use fusion_core::clock::Timestamp;

/// Keeps an order and tells of it.
pub(super) fn told(shop: &mut Shop, order: Order, topics: &[&str], now: Timestamp) {
    let body = order_body(&order);
    shop.put_order(order);
    for topic in topics {
        shop.tell(topic, &body, now);
    }
}
