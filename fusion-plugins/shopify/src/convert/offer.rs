//! Prices: the platform has what is paid and what is struck through, in the shop's currency, and no windows.

use fusion_core::{
    error::{Error, ErrorKind, Problem, Result},
    model::{LossKind, Losses, Money, Offer, StoreFacts, TaxBasis},
};

/// What the platform shows for an offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shown {
    pub(super) price: Money,
    pub(super) compare_at: Option<Money>,
}

/// A running reduction becomes price and struck-through price.
pub(super) fn shown(offer: &Offer) -> Shown {
    match offer.sale {
        Some(sale) => Shown { price: sale.price, compare_at: Some(offer.price) },
        None => Shown { price: offer.price, compare_at: offer.compare_at },
    }
}

/// What is sent for an offer, with what is lost.
pub(super) fn sent(offer: &Offer, path: &str, facts: &StoreFacts, losses: &mut Losses) -> Result<Shown> {
    if let Some(sale) = &offer.sale {
        if sale.from.is_some() || sale.to.is_some() {
            losses.add(
                format!("{path}.sale"),
                LossKind::Dropped,
                "the platform has no times for a reduction: it holds from this change to the next",
            );
        }
        if offer.compare_at.is_some() {
            losses.add(
                format!("{path}.compare_at"),
                LossKind::Dropped,
                "during a reduction the full price is shown struck through",
            );
        }
    }
    if offer.tax != TaxBasis::Unknown && facts.tax_basis != TaxBasis::Unknown && offer.tax != facts.tax_basis
    {
        losses.add(
            format!("{path}.tax"),
            LossKind::Reinterpreted,
            "the shop takes its prices the other way, with or without tax",
        );
    }
    let shown = shown(offer);
    of_shop(shown.price, &format!("{path}.price"), facts)?;
    if let Some(compare_at) = shown.compare_at {
        of_shop(compare_at, &format!("{path}.compare_at"), facts)?;
    }
    Ok(shown)
}

/// Amounts travel without a currency, so a foreign one would change its worth.
pub(super) fn of_shop(money: Money, path: &str, facts: &StoreFacts) -> Result<String> {
    if money.currency() == facts.currency {
        return Ok(text(money));
    }
    Err(Error::new(ErrorKind::InvalidInput, "a price isn't in the shop's currency").with_problems([
        Problem::error(path, "foreign_currency", format!("the shop sells in {}", facts.currency)),
    ]))
}

/// The amount as the platform writes it.
pub(super) fn text(money: Money) -> String {
    money.amount().to_string()
}
