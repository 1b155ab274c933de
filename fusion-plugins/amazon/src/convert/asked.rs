//! What was asked for: without it nobody can tell "there is none" from "not read".

/// A part of a listing that `includedData` names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListingPart {
    /// Where it is listed, and how it stands there.
    Summaries,
    /// Everything that was submitted about it.
    Attributes,
    /// What Amazon finds wrong.
    Issues,
    /// Prices.
    Offers,
    /// Stock, later than it is.
    FulfillmentAvailability,
    /// What a vendor's goods cost.
    Procurement,
    /// Parents and children.
    Relationships,
    /// Product types.
    ProductTypes,
}

impl ListingPart {
    /// Every part.
    pub const ALL: [Self; 8] = [
        Self::Summaries,
        Self::Attributes,
        Self::Issues,
        Self::Offers,
        Self::FulfillmentAvailability,
        Self::Procurement,
        Self::Relationships,
        Self::ProductTypes,
    ];

    /// The word of the query.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Summaries => "summaries",
            Self::Attributes => "attributes",
            Self::Issues => "issues",
            Self::Offers => "offers",
            Self::FulfillmentAvailability => "fulfillmentAvailability",
            Self::Procurement => "procurement",
            Self::Relationships => "relationships",
            Self::ProductTypes => "productTypes",
        }
    }
}

/// A part of an order that `includedData` names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrderPart {
    /// Who bought it; needs a role.
    Buyer,
    /// Where it goes; needs a role.
    Recipient,
    /// Amounts.
    Proceeds,
    /// What the seller bears, such as points.
    Expense,
    /// Which promotions it fell under.
    Promotion,
    /// Wishes to cancel, and what became of them.
    Cancellation,
    /// How far it is.
    Fulfillment,
    /// What was sent.
    Packages,
    /// Who collects which tax.
    Tax,
    /// How it was paid, where the law wants that told.
    Payment,
    /// Orders at Amazon's warehouses.
    FulfillmentOrders,
}

impl OrderPart {
    /// Every part.
    pub const ALL: [Self; 11] = [
        Self::Buyer,
        Self::Recipient,
        Self::Proceeds,
        Self::Expense,
        Self::Promotion,
        Self::Cancellation,
        Self::Fulfillment,
        Self::Packages,
        Self::Tax,
        Self::Payment,
        Self::FulfillmentOrders,
    ];

    /// The word of the query.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Buyer => "BUYER",
            Self::Recipient => "RECIPIENT",
            Self::Proceeds => "PROCEEDS",
            Self::Expense => "EXPENSE",
            Self::Promotion => "PROMOTION",
            Self::Cancellation => "CANCELLATION",
            Self::Fulfillment => "FULFILLMENT",
            Self::Packages => "PACKAGES",
            Self::Tax => "TAX",
            Self::Payment => "PAYMENT",
            Self::FulfillmentOrders => "FULFILLMENT_ORDERS",
        }
    }
}
