//! A product file of any length, as a shop exports it.

/// Rows that each product takes.
pub(crate) const ROWS: u64 = 2;

const HEADER: &str = "Handle,Title,Body (HTML),Vendor,Type,Tags,Published,Option1 Name,Option1 Value,\
                      Variant SKU,Variant Grams,Variant Inventory Tracker,Variant Inventory Qty,\
                      Variant Inventory Policy,Variant Price,Variant Compare At Price,Variant Weight Unit,\
                      Cost per item,Status\n";

/// The text of a file with so many products, each with two sizes, ten pieces of each.
pub(crate) fn file(products: u64) -> String {
    let mut text = String::from(HEADER);
    for nth in 0..products {
        let (whole, dearer) = (5 + nth % 90, 6 + nth % 90);
        text.push_str(&format!(
            "mug-{nth},Mug number {nth},\"<p>Thrown by hand, the glaze is \"\"Größe {nth}\"\".</p>\",Töpferei,\
             Mugs,\"kitchen, gift\",true,Size,S,MUG-{nth}-S,320,shopify,10,deny,{whole}.50,{dearer}.90,g,2.10,\
             active\n\
             mug-{nth},,,,,,,,L,MUG-{nth}-L,450,shopify,10,deny,{dearer}.50,,g,2.60,\n"
        ));
    }
    text
}
