//! Printify's wire format and what it means in our model: pure conversions, no call and no clock.
//!
//! Printify makes things when they are sold: a product is a blank of its catalogue (a *blueprint*), made by one
//! *print provider*, with artwork on it. There is no stock to count, and its orders are ours at a supplier, so
//! what they cost is never revenue. [`convert`] carries every answer into the model and listings, edits, stock
//! and sales into request bodies; what can't be carried is a [`Loss`](fusion_core::model::Loss), and
//! [`LOSSES`] is the table of them.
//!
//! ```
//! # fn main() -> fusion_core::error::Result<()> {
//! use fusion_core::model::{Currency, Lifecycle, Quantity};
//! use fusion_plugin_printify::{Settings, convert};
//! use serde_json::json;
//!
//! let settings = Settings::of(Currency::new("EUR")?);
//! let shops = json!([{ "id": 4711, "title": "Mugs", "sales_channel": "disconnected" }]);
//! let facts = convert::stores(&shops, &settings)?.remove(0);
//! let answer = json!({
//!     "id": "65f0c1a2b3d4e5f6a7b8c9d0", "title": "Mug",
//!     "variants": [{ "id": 33719, "price": 1250, "is_enabled": true, "is_available": false }],
//! });
//! let read = convert::product(&answer, &facts)?.value;
//! assert_eq!(read.state.lifecycle, Lifecycle::Draft);
//! let mug = &read.variants.value().unwrap()[0];
//! assert_eq!(mug.offer.value().unwrap().price.to_string(), "12.50 EUR");
//! assert_eq!(mug.levels.value().unwrap()[0].quantity, Quantity::OnDemand { available: false });
//! # Ok(())
//! # }
//! ```

pub mod convert;
pub mod kinds;
mod losses;
mod made;
mod refusal;
mod settings;
mod supply;
mod wire;

pub use losses::LOSSES;
pub use made::{Area, Artwork, Made, MadeVariant, Pattern, Placed};
pub use refusal::judge;
pub use settings::Settings;
pub use supply::Supply;
