//! What a variant names of other things: its picture, and the stock items that it takes from.

use crate::{
    error::{Problem, Result},
    hub::Hub,
    model::{MediaId, Product, StockItem},
    storage::find,
    tenant::Tenant,
};

impl Hub {
    /// What `product` names and isn't there; what its variants named `before` is kept, unless it goes only now.
    pub(super) async fn check_ties(
        &self,
        tenant: &Tenant,
        product: &Product,
        before: &Product,
    ) -> Result<Vec<Problem>> {
        let mut problems = Vec::new();
        for (nth, variant) in product.variants.iter().enumerate() {
            let known = before.variants.iter().find(|known| known.id == variant.id);
            let is_new = known.and_then(|known| known.media) != variant.media;
            let missing = variant.media.filter(|id| !has_picture(product, *id));
            let mend = match missing {
                Some(id) if has_picture(before, id) => Some(
                    "this picture of it goes from the product's `media`; show another one or none, or keep it there",
                ),
                Some(_) if is_new => {
                    Some("it is none of the product's pictures; add it to the product's `media` as well")
                }
                Some(_) | None => None,
            };
            let path = format!("variants[{nth}].media");
            problems.extend(mend.map(|mend| Problem::error(path, "unknown", mend)));
            for (place, one) in variant.consumes.iter().enumerate() {
                if known.is_some_and(|known| known.consumes == variant.consumes) {
                    break;
                }
                let path = || format!("variants[{nth}].consumes[{place}].item");
                let earlier = variant.consumes.get(..place).unwrap_or_default();
                if earlier.iter().any(|other| other.item == one.item) {
                    let mend = "the variant takes from this item already; add up the units";
                    problems.push(Problem::error(path(), "repeated", mend));
                } else if find::<StockItem>(&*self.0.backend, tenant, one.item).await?.is_none() {
                    let mend = format!(
                        "there is no stock item {}; a variant that is saved with stock makes its own",
                        one.item
                    );
                    problems.push(Problem::error(path(), "unknown", mend));
                }
            }
        }
        Ok(problems)
    }
}

fn has_picture(product: &Product, id: MediaId) -> bool {
    product.media.iter().any(|media| media.id == id)
}
