//! One line of an order of v0: amounts are of the whole line and stand under a name each.

use super::{
    address::Texts,
    line::{FOREIGN, is_facilitated, location, negative, pieces, refs},
    order_v0::is_true,
    reading::filled,
};
use crate::wire::order_v0::{Amount, Item};
use fusion_core::{
    error::Result,
    model::{
        Axis, Charge, ChargeKind, Collector, Currency, Decimal, Life, LossKind, Losses, Money, OrderLine,
        ShippedBy, StoreFacts, TaxBasis,
    },
};
use fusion_plugin_sdk::unreadable;

pub(super) const CARRIED: &[&str] = &[
    "AmazonOrderId",
    "OrderItems[].ASIN",
    "OrderItems[].SellerSKU",
    "OrderItems[].OrderItemId",
    "OrderItems[].Title",
    "OrderItems[].QuantityOrdered",
    "OrderItems[].QuantityShipped",
    "OrderItems[].ItemPrice",
    "OrderItems[].ShippingPrice",
    "OrderItems[].ItemTax",
    "OrderItems[].ShippingTax",
    "OrderItems[].ShippingDiscount",
    "OrderItems[].ShippingDiscountTax",
    "OrderItems[].PromotionDiscount",
    "OrderItems[].PromotionDiscountTax",
    "OrderItems[].CODFee",
    "OrderItems[].CODFeeDiscount",
    "OrderItems[].TaxCollection",
    "OrderItems[].BuyerInfo.BuyerCustomizedInfo.CustomizedURL",
    "OrderItems[].BuyerInfo.GiftMessageText",
    "OrderItems[].BuyerInfo.GiftWrapPrice",
    "OrderItems[].BuyerInfo.GiftWrapTax",
    "OrderItems[].BuyerRequestedCancel.IsBuyerRequestedCancel",
    "OrderItems[].BuyerRequestedCancel.BuyerCancelReason",
];

pub(super) fn line(
    item: Item,
    path: &str,
    life: &Axis<Life>,
    shipped_by: ShippedBy,
    facts: &StoreFacts,
    texts: &mut Texts,
    losses: &mut Losses,
) -> Result<OrderLine> {
    if item.order_item_id.is_empty() {
        return Err(unreadable(format!("{path}.OrderItemId"), "there is none"));
    }
    let ordered = pieces(item.quantity_ordered, &format!("{path}.QuantityOrdered"))?;
    let current = if *life == Axis::Known(Life::Cancelled) { 0 } else { ordered };
    let key = item.order_item_id.clone();
    let charges = charges(&item, path, facts, losses)?;
    let unit_price = match &item.item_price {
        Some(price) => unit_price(amount(price, &format!("{path}.ItemPrice"))?, ordered, path, losses),
        None => None,
    };
    let wish = item.buyer_requested_cancel;
    let is_wanted =
        wish.as_ref().and_then(|wish| wish.is_buyer_requested_cancel.as_deref()).is_some_and(is_true);
    texts.add(format!("lines[{key}].cancel_reason"), wish.and_then(|wish| wish.buyer_cancel_reason));
    if let Some(buyer) = item.buyer_info {
        texts.add(format!("lines[{key}].gift_message"), buyer.gift_message_text);
        let custom = buyer.buyer_customized_info.and_then(|one| one.url);
        texts.add(format!("lines[{key}].customization"), custom);
    }
    Ok(OrderLine {
        key,
        refs: refs(item.seller_sku.as_deref(), item.asin.as_deref()),
        variant: None,
        sku: filled(item.seller_sku),
        title: item.title.unwrap_or_default(),
        options: Default::default(),
        ordered,
        current,
        cancel_wanted: is_wanted && current > 0,
        unit_price: unit_price.map(Into::into),
        charges,
        costs: Vec::new(),
        nature: None,
        shipped_by,
        location: location(shipped_by),
    })
}

/// The price of one, where the line's price can be shared out without a remainder.
fn unit_price(price: Money, pieces: i64, path: &str, losses: &mut Losses) -> Option<Money> {
    let one = price.amount().checked_div(Decimal::from(pieces)).map(|one| Money::new(one, price.currency()));
    // A longer price than the line's own is a rounded one.
    let exact = one.filter(|one| one.amount().scale() <= price.amount().scale());
    if exact.is_none() {
        let note = "the price of one isn't told, and the line's can't be shared out evenly";
        losses.add(format!("{path}.ItemPrice"), LossKind::Dropped, note);
    }
    exact
}

pub(super) fn amount(amount: &Amount, path: &str) -> Result<Money> {
    let (Some(digits), Some(code)) = (&amount.amount, &amount.currency_code) else {
        return Err(unreadable(path, "an amount needs a number and a currency"));
    };
    let currency = Currency::new(code).map_err(|_| unreadable(path, "the currency is unknown"))?;
    Money::parse_amount(digits, currency).map_err(|_| unreadable(path, "it is no amount"))
}

fn charges(item: &Item, path: &str, facts: &StoreFacts, losses: &mut Losses) -> Result<Vec<Charge>> {
    use ChargeKind::{Discount, GiftWrap, Items, Shipping, Tax};
    let collector = match &item.tax_collection {
        Some(collection) if is_facilitated(collection) => Collector::Platform,
        _ => Collector::Unknown,
    };
    let buyer = item.buyer_info.as_ref();
    let other = |word: &str| ChargeKind::Other(word.to_owned());
    // Name, what it is for, and whether it is told without the minus that it has.
    let told = [
        ("ItemPrice", Items, false, item.item_price.as_ref()),
        ("ItemTax", Tax, false, item.item_tax.as_ref()),
        ("ShippingPrice", Shipping, false, item.shipping_price.as_ref()),
        ("ShippingTax", Tax, false, item.shipping_tax.as_ref()),
        ("ShippingDiscount", Discount, true, item.shipping_discount.as_ref()),
        ("ShippingDiscountTax", Tax, true, item.shipping_discount_tax.as_ref()),
        ("PromotionDiscount", Discount, true, item.promotion_discount.as_ref()),
        ("PromotionDiscountTax", Tax, true, item.promotion_discount_tax.as_ref()),
        ("CODFee", other("CODFee"), false, item.cod_fee.as_ref()),
        ("CODFeeDiscount", Discount, true, item.cod_fee_discount.as_ref()),
        ("GiftWrapPrice", GiftWrap, false, buyer.and_then(|one| one.gift_wrap_price.as_ref())),
        ("GiftWrapTax", Tax, false, buyer.and_then(|one| one.gift_wrap_tax.as_ref())),
    ];
    let mut charges = Vec::new();
    let mut is_foreign = false;
    for (name, kind, is_negative, one) in told {
        let Some(one) = one else { continue };
        let at = format!("{path}.{name}");
        let money = amount(one, &at)?;
        if money.amount().is_zero() {
            continue;
        }
        is_foreign |= money.currency() != facts.currency;
        let money = if is_negative && money.amount() > Decimal::ZERO { negative(money) } else { money };
        let is_tax = kind == Tax;
        let collector = if is_tax { collector } else { Collector::Merchant };
        // Where prices are shown with tax, the line's price holds it.
        let included = is_tax && facts.tax_basis == TaxBasis::Gross;
        charges.push(Charge { kind, amount: money.into(), collector, included });
    }
    if is_foreign {
        losses.add(path, LossKind::Reinterpreted, FOREIGN);
    }
    Ok(charges)
}
