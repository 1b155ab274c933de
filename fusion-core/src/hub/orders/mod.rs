//! Orders: pulled, counted, worked on.
//!
//! A pull walks the platform's orders from the watermark on, or reads one alone. Each order is held against what
//! is stored: an older state changes nothing, and of a newer one the difference moves stock. The buyer's data is
//! sealed beside. Notifications about orders only wake a pull, unless they
//! demand that a buyer's data is erased, and what we do to an order ourselves goes through approval like
//! every other write.

mod act;
mod acted;
mod buyer;
mod count;
mod deliver;
mod demands;
mod erase;
mod forget;
mod lines;
mod list;
mod opening;
mod pull;
mod state;
mod subscribe;
mod take;
mod walk;
mod write_off;

pub(super) use act::{order_snapshot, preview, wanted_order_snapshot};
pub(super) use buyer::{StoredPersonal, personal_place};
pub use deliver::Delivered;
pub use list::OrdersWanted;
pub(super) use state::is_given_back;
