//! Orders of which something is lost.

use super::*;
use fusion_core::model::Loss;

/// A line of which a piece was taken off, reduced, with tax in its price.
fn reduced() -> Value {
    let mut line = line("L1");
    line["currentQuantity"] = json!(1);
    line["discountedUnitPriceAfterAllDiscountsSet"] = bag("10.0");
    line
}

/// All that reading an order can lose.
pub(in crate::convert) fn losses() -> Vec<Loss> {
    let mut odd = written();
    odd["taxesIncluded"] = json!(true);
    odd["displayFinancialStatus"] = json!("EXPIRED");
    odd["displayFulfillmentStatus"] = json!("SCHEDULED");
    odd["lineItems"] = page(json!([reduced()]));
    odd["fulfillmentOrders"] = page(json!([part("A", false), part("B", false)]));
    odd["fulfillments"] = json!([{ "id": "F", "status": "CANCELLED", "createdAt": "2026-10-01T00:00:00Z", "deliveredAt": null,
        "trackingInfo": [], "fulfillmentLineItems": page(json!([])) }]);
    let recycled = json!([{ "quantity": 1, "restockType": "RECYCLED", "lineItem": { "id": "L1" } }]);
    odd["refunds"] = json!([{ "id": "R", "createdAt": null, "totalRefundedSet": bag("1"), "refundLineItems": page(recycled) }]);
    let mut exchanged = odd.clone();
    exchanged["lineItems"] = page(json!([]));
    let exchange = page(json!([{ "unprocessedQuantity": 1, "lineItems": [reduced()] }]));
    exchanged["returns"] = page(json!([{ "id": "X", "status": "OPEN", "exchangeLineItems": exchange }]));
    [odd, exchanged].iter().flat_map(|order| read_hiding(order, &[]).unwrap().losses).collect()
}
