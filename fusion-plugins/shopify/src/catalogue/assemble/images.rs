//! The pictures of a product, each address once.

use super::{Findings, Row};
use crate::catalogue::{field::Field, values::is_address};
use fusion_core::model::{LossKind, NewImage};
use std::collections::HashMap;

/// Pictures in the file's order.
#[derive(Default)]
pub(super) struct Images {
    pictures: Vec<Picture>,
    /// Where in `pictures` an address stands; the list alone would be searched for every row.
    places: HashMap<String, usize>,
    /// The last position told.
    last: u64,
}

struct Picture {
    /// `None` for one that is told as a variant's own only: it stands behind the others.
    position: Option<u64>,
    image: NewImage,
}

impl Images {
    /// Keeps the row's picture of the product.
    pub(super) fn gallery(&mut self, row: Row<'_>, found: &mut Findings) {
        let Some(nth) = self.keep(row, Field::ImageSource, found) else { return };
        let position = match row.cell(Field::ImagePosition) {
            "" => self.last,
            told => told.parse().unwrap_or_else(|_| {
                found.loss(row, Field::ImagePosition, LossKind::Dropped, "the position is no number");
                self.last
            }),
        };
        self.last = position;
        if let Some(picture) = self.pictures.get_mut(nth) {
            picture.position.get_or_insert(position);
            let alt = row.cell(Field::ImageAlt);
            if !alt.is_empty() {
                picture.image.alt.get_or_insert_with(|| alt.to_owned());
            }
        }
    }

    /// Keeps the picture of the row's variant and returns its address.
    pub(super) fn of_variant(&mut self, row: Row<'_>, found: &mut Findings) -> Option<String> {
        self.keep(row, Field::VariantImage, found).map(|_| row.cell(Field::VariantImage).to_owned())
    }

    fn keep(&mut self, row: Row<'_>, field: Field, found: &mut Findings) -> Option<usize> {
        let address = row.cell(field);
        if address.is_empty() {
            return None;
        }
        if !is_address(address) {
            found.loss(row, field, LossKind::Dropped, "the image is not one http or https address");
            return None;
        }
        if let Some(nth) = self.places.get(address) {
            return Some(*nth);
        }
        let nth = self.pictures.len();
        self.places.insert(address.to_owned(), nth);
        let image = NewImage { source: address.to_owned(), alt: None };
        self.pictures.push(Picture { position: None, image });
        Some(nth)
    }

    /// The pictures in the order of their positions; those of one position as the file tells them.
    pub(super) fn in_order(mut self) -> Vec<NewImage> {
        self.pictures.sort_by_key(|picture| picture.position.unwrap_or(u64::MAX));
        self.pictures.into_iter().map(|picture| picture.image).collect()
    }
}
