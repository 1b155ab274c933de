use super::*;

#[test]
fn the_separator_is_the_one_most_frequent_outside_quotes() {
    check("Handle;Title;Variant Price\nmug;Mug, tall;1.50\n", &["mug 2-2 x1"]);
    check("Handle\tTitle\tVariant Price\nmug\tMug; tall, blue\t1.50\n", &["mug 2-2 x1"]);
    check("Handle,Title,\"a;b;c;d;e;f\",Price\nmug,Mug,,1.50\n", &["mug 2-2 x1"]);
    check(",,,,,\n;;\n\nHandle;Title;Price\nmug;Mug;1\n", &["mug 5-5 x1"]);
}

#[test]
fn header_cells_are_trimmed_and_compared_without_case() {
    check(" HANDLE , \"title\" ,\tVARIANT PRICE \n mug , Mug , 1 \n", &["mug 2-2 x1"]);
}

#[test]
fn old_and_new_names_say_the_same() {
    let old = "Handle,Title,Body (HTML),Vendor,Product Category,Type,Tags,Published,Option1 Name,Option1 Value,\
               Variant SKU,Variant Grams,Variant Inventory Tracker,Variant Inventory Qty,Variant Price,\
               Variant Compare At Price,Variant Barcode,Variant Requires Shipping,Image Src,Image Position,\
               Image Alt Text,Gift Card,SEO Title,SEO Description,Variant Image,Variant Weight Unit,\
               Cost per item,Status\n";
    let new = "URL handle,Title,Description,Vendor,Product category,Type,Tags,Published on online store,\
               Option1 name,Option1 value,SKU,Weight value (grams),Inventory tracker,Inventory quantity,Price,\
               Compare-at price,Barcode,Requires shipping,Product image URL,Image position,Image alt text,\
               Gift card,SEO title,SEO description,Variant image URL,Weight unit for display,Cost per item,\
               Status\n";
    let row = "jar,Jar,<p>Clay</p>,Kiln & Co,Home > Jars,Storage,\"clay, kitchen,clay\",TRUE,Size,Small,J-S,420,\
               shopify,7,14.00,18.00,2000000000015,TRUE,https://images.example.com/jar.jpg,1,A jar,FALSE,Jars,\
               All jars,https://images.example.com/jar-s.jpg,g,5.10,active\n";
    let (from_old, from_new) = (product(format!("{old}{row}")), product(format!("{new}{row}")));
    assert_eq!(from_old, from_new);

    let CatalogueProduct { product: jar, publish, .. } = from_old;
    assert_eq!(publish, Publish::Yes);
    assert_eq!(jar.wording.description, fusion_core::model::RichText::html("<p>Clay</p>"));
    assert_eq!(jar.brand.as_deref(), Some("Kiln & Co"));
    assert_eq!(jar.tags, ["clay", "kitchen"]);
    let categories: Vec<_> = jar.categories.iter().map(|c| (c.scheme.as_str(), c.value.as_str())).collect();
    assert_eq!(categories, [("shopify", "Home > Jars"), ("merchant", "Storage")]);
    assert_eq!(jar.images[0].alt.as_deref(), Some("A jar"));
    let small = &jar.variants[0];
    assert_eq!(small.options.get("Size"), Some("Small"));
    assert_eq!(small.price.to_string(), "14.00 EUR");
    assert_eq!(small.compare_at.unwrap().to_string(), "18.00 EUR");
    assert_eq!(small.cost.unwrap().to_string(), "5.10 EUR");
    assert_eq!((small.on_hand, small.image), (Some(7), Some(1)));
    let extras: super::super::CatalogueExtras = jar.extensions.get().unwrap().unwrap();
    assert_eq!(extras.handle, "jar");
    assert_eq!(extras.product_type.as_deref(), Some("Storage"));
    assert_eq!(extras.seo_description.as_deref(), Some("All jars"));
}

#[test]
fn unknown_columns_are_named_once_and_metafields_are_kept() {
    let file = "Handle,Title,Price,Price / Schweiz,Material (product.metafields.custom.material),Charge tax\n\
                mug,Mug,1,1.20,Steinzeug,true\nbowl,Bowl,2,2.20,,true\n";
    let (entries, summary) = walk(file, euros()).unwrap();
    assert_eq!(summary.unknown_columns, ["Price / Schweiz", "Charge tax"]);
    let (_, summary) = walk("Handle,,Title,Price,A,a,A,,\n", euros()).unwrap();
    assert_eq!(summary.unknown_columns, ["column 2", "A", "a"]);
    let kept = |nth: usize| match &entries[nth] {
        Entry::Product(one) => {
            one.product.extensions.get::<super::super::CatalogueExtras>().unwrap().unwrap().metafields
        }
        other => panic!("{}", told(other)),
    };
    assert_eq!(kept(0).get("custom.material").map(String::as_str), Some("Steinzeug"));
    assert!(kept(1).is_empty());
}

#[test]
fn a_file_that_is_no_catalogue_is_told_what_it_looks_like_and_what_is_missing() {
    let cases = [
        (
            "Handle,Title,Option1 Name,Option1 Value,SKU,Location,On hand (current)\n",
            "an inventory export",
            "price (Variant Price or Price)",
        ),
        ("Handle,Title,Location,Available\n", "an inventory export", "price (Variant Price or Price)"),
        (
            "ID,Handle,Command,Variant Inventory Qty\n",
            "a Matrixify table",
            "title (Title) and price (Variant Price or Price)",
        ),
        (
            "Handle,Metafield: custom.size [integer],Title\n",
            "a Matrixify table",
            "price (Variant Price or Price)",
        ),
        ("ID,Handle,Command,Title,Variant Price\n", "a Matrixify table", ""),
        (
            "TITLE,DESCRIPTION,PRICE,CURRENCY_CODE,QUANTITY,IMAGE1,VARIATION 1 TYPE\n",
            "an Etsy listings download",
            "",
        ),
        (
            "ID,Type,SKU,Name,Published,In stock?,Regular price\n",
            "a WooCommerce export",
            "title (Title) and price (Variant Price or Price)",
        ),
        (
            "item-name\tlisting-id\tseller-sku\tprice\tquantity\tasin1\n",
            "an Amazon listings report",
            "title (Title)",
        ),
        ("id,title,description,link,price,availability,image_link\n", "a product feed", ""),
        (
            "Handle,Image Src,Image Position\n",
            "a list of images only",
            "title (Title) and price (Variant Price or Price)",
        ),
        ("a,b,c\n1,2,3\n", "", "title (Title) and price (Variant Price or Price)"),
    ];
    for (file, looks, lacks) in cases {
        let mut message = "the file is not a product export of Shopify".to_owned();
        if !looks.is_empty() {
            message += &format!(", it looks like {looks}");
        }
        if !lacks.is_empty() {
            message += &format!("; it has no column for {lacks}");
        }
        message += "; export the products from Shopify's admin as CSV";
        refused(file, &message);
    }
}

#[test]
fn two_columns_of_one_meaning_are_refused() {
    refused(
        "\nHandle,Title,Price,Variant Price\n",
        "line 2: the columns \"Price\" and \"Variant Price\" mean the same; delete or rename one of them",
    );
}

#[test]
fn a_damaged_or_missing_header_refuses_the_file() {
    refused("", "the file has no header; export the products again");
    refused("\n  \n,,,\n", "the file has no header; export the products again");
    refused(
        "Handle,\"Title\"s,Price\n",
        "line 1, column 15: the header is damaged: text follows a closing quote; mend the quotes there",
    );
    refused(
        "Handle,Title,\"Price\nmug,Mug,1\n",
        "line 1, column 14: the header is damaged: the quote opened here is never closed; mend the quotes there",
    );
    refused(
        "Handle,Title,Price\rmug,Mug,1\r",
        "line 1, column 19: lines end with a carriage return alone; save the file with LF or CRLF",
    );
}

#[test]
fn a_header_without_products_is_an_empty_catalogue() {
    check("Handle,Title,Price", &[]);
    check("Handle,Title,Price\r\n\r\n,,\r\n", &[]);
}
