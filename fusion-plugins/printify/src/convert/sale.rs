//! A sale as an order at this supplier.

use super::{
    listing::json,
    read::{filled, invalid},
};
use crate::{
    kinds::{PRODUCT, VARIANT},
    wire::{AddressWrite, LineWrite, OrderSubmit},
};
use fusion_core::{
    error::{Error, ErrorKind, Problem, Result},
    model::{
        Address, Axis, Buyer, Converted, Life, LossKind, Losses, OrderFacts, OrderId, OrderRole, Refs, Seen,
    },
};
use serde_json::Value;

/// How it travels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Method {
    /// The ordinary way.
    #[default]
    Standard = 1,
    /// Faster; once called express.
    Priority = 2,
    /// Printify Express.
    Express = 3,
    /// Cheaper and slower.
    Economy = 4,
}

/// A line of a sale that this supplier makes.
#[derive(Clone, Copy, Debug)]
pub struct SupplyLine<'a> {
    /// Key of the sale's line.
    pub key: &'a str,
    /// The supplier's product and variant: [`PRODUCT`] and [`VARIANT`].
    pub refs: &'a Refs,
    /// How many.
    pub quantity: i64,
}

/// The body that orders `lines` of a sale. No price stands in it: what the supplier takes is read afterwards.
///
/// The sale's id makes it safe to repeat: the platform names the order that is there already. Nothing is made and
/// nothing is charged before the order is sent to production.
///
/// # Errors
/// [`ErrorKind::InvalidInput`], with the paths and none of the buyer's values: the sale doesn't stand or is no sale,
/// a line isn't the sale's or isn't made there, or the address lacks what the platform needs.
pub fn supplied(
    id: OrderId,
    sale: &OrderFacts,
    buyer: &Buyer,
    lines: &[SupplyLine<'_>],
    method: Method,
) -> Result<Converted<Value>> {
    if sale.role != OrderRole::Sale {
        return Err(invalid("only a sale is passed on to a supplier", "role", "no_sale", "name the sale"));
    }
    if sale.life == Axis::Known(Life::Cancelled) {
        return Err(invalid("the sale doesn't stand", "life", "cancelled", "leave the supplier out of it"));
    }
    let mut losses = Losses::default();
    let mut problems = Vec::new();
    let mut line_items = Vec::new();
    for (nth, line) in lines.iter().enumerate() {
        match item(line, sale, &format!("lines[{nth}]")) {
            Ok(item) => line_items.push(item),
            Err(error) => problems.extend(error.problems().iter().cloned()),
        }
    }
    if lines.is_empty() {
        problems.push(Problem::error("lines", "required", "name a line that the supplier makes"));
    }
    for (nth, (name, _)) in buyer.texts.iter().enumerate() {
        let note = format!("{name}: the supplier takes no texts; a personalised thing would be made without");
        losses.add(format!("texts[{nth}]"), LossKind::Dropped, note);
    }
    let address_to = match &buyer.ship_to {
        Seen::Value(address) => {
            let email = buyer.email.value().map(|email| email.reveal().clone());
            address_of(address.reveal(), email, &mut problems, &mut losses)
        }
        Seen::Empty | Seen::NotRead | Seen::Withheld(_) => {
            problems.push(Problem::error("ship_to", "required", "read the sale's address first"));
            None
        }
    };
    let (Some(address_to), true) = (address_to, problems.is_empty()) else {
        return Err(Error::new(ErrorKind::InvalidInput, "the supplier can't take the sale as it is")
            .with_problems(problems));
    };
    let body = OrderSubmit {
        external_id: id.to_string(),
        label: sale.number.clone(),
        line_items,
        shipping_method: method as i64,
        // The sale's platform tells the buyer.
        send_shipping_notification: false,
        address_to,
    };
    Ok(losses.with(json(&body)?))
}

fn item(line: &SupplyLine<'_>, sale: &OrderFacts, path: &str) -> Result<LineWrite> {
    let message = "a line can't be passed on to the supplier";
    let wanted = sale.lines.iter().find(|one| one.key == line.key).map(|one| one.current);
    let wanted = wanted
        .ok_or_else(|| invalid(message, &format!("{path}.key"), "not_there", "name a line of the sale"))?;
    if line.quantity < 1 || line.quantity > wanted {
        let mend = format!("{wanted} are wanted; order 1 to so many");
        return Err(invalid(message, &format!("{path}.quantity"), "out_of_range", &mend));
    }
    let product = line.refs.get(&PRODUCT);
    let variant = line.refs.get(&VARIANT).and_then(|id| id.parse().ok());
    let (Some(product), Some(variant_id)) = (product, variant) else {
        let mend = "bind the line's variant to a product of this supplier";
        return Err(invalid(message, &format!("{path}.refs"), "not_made", mend));
    };
    Ok(LineWrite {
        product_id: product.to_owned(),
        variant_id,
        quantity: line.quantity,
        external_id: line.key.to_owned(),
    })
}

/// The platform's form of an address. The label shows first and last name with a blank between them.
fn address_of(
    address: &Address,
    email: Option<String>,
    problems: &mut Vec<Problem>,
    losses: &mut Losses,
) -> Option<AddressWrite> {
    let mut needed = |text: &Option<String>, path: &str, mend: &str| {
        let text = filled(text.clone());
        if text.is_none() {
            problems.push(Problem::error(format!("ship_to.{path}"), "required", mend));
        }
        text.unwrap_or_default()
    };
    let name = needed(&address.name, "name", "the supplier writes a name on the label");
    let city = needed(&address.city, "city", "name the town");
    let zip = needed(&address.postal, "postal", "name the postal code");
    let country = needed(&address.country, "country", "name the country");
    let mut streets = address.lines.iter().map(|line| line.trim().to_owned()).filter(|line| !line.is_empty());
    let address1 = needed(&streets.next(), "lines", "name the street");
    let rest: Vec<String> = streets.collect();
    if rest.len() > 1 {
        losses.add("ship_to.lines", LossKind::Aggregated, "the second line holds the rest of them");
    }
    if country.len() != 2 || !country.bytes().all(|byte| byte.is_ascii_uppercase()) {
        let mend = "write the country as two letters of ISO 3166, such as DE";
        problems.push(Problem::error("ship_to.country", "no_code", mend));
    }
    let (first_name, last_name) = name.rsplit_once(' ').unwrap_or((name.as_str(), ""));
    problems.is_empty().then(|| AddressWrite {
        first_name: first_name.trim_end().to_owned(),
        last_name: last_name.to_owned(),
        company: filled(address.company.clone()),
        address1,
        address2: filled(Some(rest.join(", "))),
        city,
        region: filled(address.region.clone()).unwrap_or_default(),
        zip,
        country,
        phone: filled(address.phone.clone()),
        email: filled(email),
    })
}
