//! The GraphQL documents about orders. Each one is held against every supported version's schema by a test.

/// A line of an order.
macro_rules! line_fields {
    () => {
        "fragment LineFields on LineItem {
  id name title sku quantity currentQuantity requiresShipping isGiftCard
  customAttributes { key value }
  product { id } variant { id selectedOptions { name value } }
  originalUnitPriceSet { ...Bag } discountedUnitPriceAfterAllDiscountsSet { ...Bag }
  priceAfterAllDiscountsBeforeTaxesSet { ...Bag }
}
fragment Bag on MoneyBag {
  shopMoney { amount currencyCode } presentmentMoney { amount currencyCode }
}
"
    };
}

/// A part of an order that is shipped from one place.
macro_rules! fulfillment_order_fields {
    () => {
        "fragment FulfillmentOrderFields on FulfillmentOrder {
  id status supportedActions { action }
  assignedLocation { location { id isFulfillmentService } }
  lineItems(first: 20) { nodes { id remainingQuantity lineItem { id } } pageInfo { hasNextPage endCursor } }
}
"
    };
}

/// What came back and what was sent out in its place.
macro_rules! return_fields {
    () => {
        "fragment ReturnFields on Return {
  id status
  exchangeLineItems(first: 5) {
    nodes { unprocessedQuantity lineItems { ...LineFields } } pageInfo { hasNextPage endCursor }
  }
}
"
    };
}

/// An order with the first page of everything in it. Lists without pages are as long as [`LISTED`] at most.
macro_rules! order_fields {
    () => {
        concat!(
            "fragment OrderFields on Order {
  id name processedAt updatedAt cancelledAt cancelReason closedAt edited test customerLocale
  requiresShipping taxesIncluded displayFinancialStatus displayFulfillmentStatus
  email phone note customAttributes { key value }
  shippingAddress { ...AddressFields } billingAddress { ...AddressFields }
  currentTotalPriceSet { ...Bag } totalReceivedSet { ...Bag } currentShippingPriceSet { ...Bag }
  totalTipReceivedSet { ...Bag } currentTotalDutiesSet { ...Bag } currentTotalAdditionalFeesSet { ...Bag }
  currentTaxLines { channelLiable priceSet { ...Bag } }
  lineItems(first: 20) { nodes { ...LineFields } pageInfo { hasNextPage endCursor } }
  fulfillmentOrders(first: 4) { nodes { ...FulfillmentOrderFields } pageInfo { hasNextPage endCursor } }
  fulfillments(first: 100) { id status createdAt deliveredAt trackingInfo { company number url }
    fulfillmentLineItems(first: 20) {
      nodes { quantity lineItem { id } } pageInfo { hasNextPage endCursor }
    } }
  refunds(first: 100) { id createdAt totalRefundedSet { ...Bag }
    refundLineItems(first: 20) {
      nodes { quantity restockType lineItem { id } } pageInfo { hasNextPage endCursor }
    } }
  returns(first: 5) { nodes { ...ReturnFields } pageInfo { hasNextPage endCursor } }
}
fragment AddressFields on MailingAddress {
  firstName lastName company address1 address2 city province provinceCode zip country countryCodeV2 phone
}
",
            line_fields!(),
            fulfillment_order_fields!(),
            return_fields!()
        )
    };
}

/// The most fulfilments and refunds of one order: lists that the platform gives no pages of.
pub(crate) const LISTED: usize = 100;

/// A page of orders.
pub(crate) const ORDERS: &str = concat!(
    "query FusionOrders($first: Int!, $after: String, $query: String) {
  orders(first: $first, after: $after, query: $query, sortKey: UPDATED_AT) {
    nodes { ...OrderFields } pageInfo { hasNextPage endCursor }
  }
}
",
    order_fields!()
);

/// One order.
pub(crate) const ORDER: &str =
    concat!("query FusionOrder($id: ID!) { order(id: $id) { ...OrderFields } }\n", order_fields!());

/// Further lines of one order.
pub(crate) const ORDER_LINES: &str = concat!(
    "query FusionOrderLines($id: ID!, $after: String!) {
  order(id: $id) {
    lineItems(first: 250, after: $after) { nodes { ...LineFields } pageInfo { hasNextPage endCursor } }
  }
}
",
    line_fields!()
);

/// What is still to be shipped of one order, and from where.
pub(crate) const FULFILLMENT_ORDERS: &str = concat!(
    "query FusionFulfillmentOrders($id: ID!, $after: String) {
  order(id: $id) {
    fulfillments(first: 100) { id }
    fulfillmentOrders(first: 25, after: $after) {
      nodes { ...FulfillmentOrderFields } pageInfo { hasNextPage endCursor }
    }
  }
}
",
    fulfillment_order_fields!()
);

/// Further returns of one order.
pub(crate) const RETURNS: &str = concat!(
    "query FusionReturns($id: ID!, $after: String!) {
  order(id: $id) {
    returns(first: 25, after: $after) { nodes { ...ReturnFields } pageInfo { hasNextPage endCursor } }
  }
}
",
    return_fields!(),
    line_fields!()
);

/// Further lines of one fulfilment order.
pub(crate) const FULFILLMENT_ORDER_LINES: &str =
    "query FusionFulfillmentOrderLines($id: ID!, $after: String!) {
  fulfillmentOrder(id: $id) {
    lineItems(first: 250, after: $after) {
      nodes { id remainingQuantity lineItem { id } } pageInfo { hasNextPage endCursor }
    }
  }
}
";

/// Further lines of one fulfilment.
pub(crate) const FULFILLMENT_LINES: &str = "query FusionFulfillmentLines($id: ID!, $after: String!) {
  fulfillment(id: $id) {
    fulfillmentLineItems(first: 250, after: $after) {
      nodes { quantity lineItem { id } } pageInfo { hasNextPage endCursor }
    }
  }
}
";

/// Further lines of one refund.
pub(crate) const REFUND_LINES: &str = "query FusionRefundLines($id: ID!, $after: String!) {
  refund(id: $id) {
    refundLineItems(first: 250, after: $after) {
      nodes { quantity restockType lineItem { id } } pageInfo { hasNextPage endCursor }
    }
  }
}
";

/// Further lines of one exchange.
pub(crate) const EXCHANGE_LINES: &str = concat!(
    "query FusionExchangeLines($id: ID!, $after: String!) {
  return(id: $id) {
    exchangeLineItems(first: 100, after: $after) {
      nodes { unprocessedQuantity lineItems { ...LineFields } } pageInfo { hasNextPage endCursor }
    }
  }
}
",
    line_fields!()
);

/// What was paid for one order and what went back, call by call.
pub(crate) const PAYMENTS: &str = "query FusionPayments($id: ID!) {
  order(id: $id) {
    currencyCode presentmentCurrencyCode
    transactions(first: 250) { id kind status gateway parentTransaction { id }
      amountSet { shopMoney { amount currencyCode } presentmentMoney { amount currencyCode } } }
  }
}
";

/// Whether a cancellation is through.
pub(crate) const CANCELLATION: &str = "query FusionCancellation($job: ID!, $order: ID!) {
  job(id: $job) { id done } order(id: $order) { id cancelledAt }
}
";

/// Ships from one place. There is no key: whatever is sent twice is shipped twice.
pub(crate) const FULFILL: &str = "mutation FusionFulfill($fulfillment: FulfillmentInput!) {
  fulfillmentCreate(fulfillment: $fulfillment) { fulfillment { id } userErrors { field message } }
}
";

/// Corrects the tracking of a fulfilment.
pub(crate) const TRACKING: &str =
    "mutation FusionTracking($fulfillmentId: ID!, $trackingInfoInput: FulfillmentTrackingInput!) {
  fulfillmentTrackingInfoUpdate(
    fulfillmentId: $fulfillmentId, trackingInfoInput: $trackingInfoInput, notifyCustomer: false
  ) { fulfillment { id } userErrors { field message } }
}
";

/// Cancels a whole order; the platform does it later.
pub(crate) const CANCEL: &str = "mutation FusionCancel(
  $orderId: ID!, $reason: OrderCancelReason!, $restock: Boolean!,
  $refundMethod: OrderCancelRefundMethodInput, $notifyCustomer: Boolean!
) {
  orderCancel(
    orderId: $orderId, reason: $reason, restock: $restock,
    refundMethod: $refundMethod, notifyCustomer: $notifyCustomer
  ) { job { id done } orderCancelUserErrors { field message code } }
}
";

/// Gives money back, takes pieces back, or both.
pub(crate) const REFUND: &str = "mutation FusionRefund($input: RefundInput!, $key: String!) {
  refundCreate(input: $input) @idempotent(key: $key) {
    refund { id transactions(first: 250) { nodes { id kind status } pageInfo { hasNextPage endCursor } } }
    userErrors { field message }
  }
}
";

/// The notifications that this app has asked for.
pub(crate) const SUBSCRIPTIONS: &str = "query FusionSubscriptions($after: String) {
  webhookSubscriptions(first: 250, after: $after) {
    nodes { id topic uri format name } pageInfo { hasNextPage endCursor }
  }
}
";

/// Asks for a topic's notifications.
pub(crate) const SUBSCRIBE: &str =
    "mutation FusionSubscribe($topic: WebhookSubscriptionTopic!, $webhookSubscription: WebhookSubscriptionInput!) {
  webhookSubscriptionCreate(topic: $topic, webhookSubscription: $webhookSubscription) {
    webhookSubscription { id } userErrors { field message }
  }
}
";

/// Sends a topic's notifications elsewhere.
pub(crate) const RESUBSCRIBE: &str =
    "mutation FusionResubscribe($id: ID!, $webhookSubscription: WebhookSubscriptionInput!) {
  webhookSubscriptionUpdate(id: $id, webhookSubscription: $webhookSubscription) {
    webhookSubscription { id } userErrors { field message }
  }
}
";
