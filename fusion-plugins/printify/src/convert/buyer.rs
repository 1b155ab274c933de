//! Where an order goes: personal, and in `Private` from here on.

use super::read::{At, filled};
use crate::wire::{self, Told};
use fusion_core::{
    error::Result,
    model::{Address, Buyer, Private, Seen},
};

pub(super) fn buyer(told: Told<wire::Address>, at: &At) -> Result<Buyer> {
    let read = match told.seen(at)? {
        Seen::Value(read) => read,
        Seen::Empty => return Ok(nobody(Seen::Empty)),
        Seen::NotRead | Seen::Withheld(_) => return Ok(nobody(Seen::NotRead)),
    };
    let text = |told: Told<String>, name: &str| told.maybe(&at.member(name)).map(filled);
    let names = [text(read.first_name, "first_name")?, text(read.last_name, "last_name")?];
    let names: Vec<String> = names.into_iter().flatten().collect();
    let streets = [text(read.address1, "address1")?, text(read.address2, "address2")?];
    let address = Address {
        name: filled(Some(names.join(" "))),
        company: text(read.company, "company")?,
        lines: streets.into_iter().flatten().collect(),
        city: text(read.city, "city")?,
        region: text(read.region, "region")?,
        postal: filled(read.zip.maybe(&at.member("zip"))?.map(|id| id.0)),
        country: text(read.country, "country")?,
        phone: filled(read.phone.maybe(&at.member("phone"))?.map(|id| id.0)),
    };
    Ok(Buyer {
        ship_to: Seen::Value(Private::new(address)),
        bill_to: Seen::NotRead,
        email: match text(read.email, "email")? {
            Some(email) => Seen::Value(Private::new(email)),
            None => Seen::Empty,
        },
        texts: Vec::new(),
    })
}

fn nobody(ship_to: Seen<Private<Address>>) -> Buyer {
    Buyer { ship_to, bill_to: Seen::NotRead, email: Seen::NotRead, texts: Vec::new() }
}
