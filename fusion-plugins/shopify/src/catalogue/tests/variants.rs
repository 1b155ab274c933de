use super::*;
use fusion_core::model::Nature;

#[test]
fn options_take_their_names_from_the_first_row_and_keep_the_order_of_values() {
    let one = product(
        "Handle,Title,Option1 Name,Option1 Value,Option2 Name,Option2 Value,Price\n\
         tea,Tea,Weight,250 g,Grind,Whole,1\ntea,,,250 g,,Fine,1\ntea,,,100 g,,Whole,1\n",
    )
    .product;
    let options: Vec<_> = one.options.iter().map(|o| (o.name.as_str(), o.values.join("|"))).collect();
    assert_eq!(options, [("Weight", "250 g|100 g".to_owned()), ("Grind", "Whole|Fine".to_owned())]);
    assert_eq!(one.variants[1].options.get("Grind"), Some("Fine"));
}

#[test]
fn default_title_is_no_option() {
    let one = product(format!("{OLD}cup,Cup,Title,Default Title,,1,\n")).product;
    assert!(one.options.is_empty() && one.variants[0].options.is_empty());
    let one = product(format!("{OLD}book,Book,Title,Part one,,1,\n")).product;
    assert_eq!(one.options[0].name, "Title");
}

#[test]
fn option_values_that_do_not_go_together_are_problems() {
    let cases = [
        ("c,C,Size,S,,1,\nc,,,S,,2,\n", "!c 2-3 repeated_options 3 Option1 Value"),
        ("c,C,,,,1,\nc,,,,,2,\n", "!c 2-3 repeated_options 3 Option1 Value"),
        ("c,C,,S,,1,\n", "!c 2-2 option_without_name 2 Option1 Value"),
        ("c,C,Size,S,,1,\nc,,,,X,2,\n", "!c 2-3 option_value_missing 3 Option1 Value"),
    ];
    for (rows, expected) in cases {
        check(format!("{OLD}{rows}"), &[expected]);
    }
    check(
        "Handle,Title,Option1 Name,Option1 Value,Option2 Name,Option2 Value,Price\nc,C,Size,S,Size,L,1\n",
        &["!c 2-2 repeated_option 2 Option2 Value"],
    );
}

#[test]
fn an_image_is_kept_once_for_each_address_in_the_order_of_positions() {
    let one = product(
        "Handle,Title,Option1 Name,Option1 Value,Price,Image Src,Image Position,Image Alt Text,Variant Image\n\
         cup,Cup,Size,S,1,https://images.example.com/b.jpg,2,,https://images.example.com/c.jpg\n\
         cup,,,M,1,http://images.example.com/a.jpg,1,Front,https://images.example.com/own.jpg\n\
         cup,,,,,https://images.example.com/c.jpg,3,,\n\
         cup,,,,,https://images.example.com/b.jpg,4,Back,\n",
    )
    .product;
    let images: Vec<_> = one.images.iter().map(|i| (i.source.as_str(), i.alt.as_deref())).collect();
    assert_eq!(
        images,
        [
            ("http://images.example.com/a.jpg", Some("Front")),
            ("https://images.example.com/b.jpg", Some("Back")),
            ("https://images.example.com/c.jpg", None),
            ("https://images.example.com/own.jpg", None),
        ]
    );
    assert_eq!((one.variants[0].image, one.variants[1].image), (Some(2), Some(3)));
    check(
        "Handle,Title,Price,Image Src,Image Position\ncup,Cup,1,https://images.example.com/b.jpg,first\n",
        &["cup 2-2 x1 lost Dropped line 2, Image Position"],
    );
}

#[test]
fn an_image_that_no_platform_can_fetch_is_a_loss() {
    for cell in [
        "cup.jpg",
        "ftp://x.example/cup.jpg",
        "https://",
        "https://a.example/1.jpg https://b.example",
        "https://a.example/1.jpg;https://a.example/2.jpg",
    ] {
        check(format!("{OLD}cup,Cup,,,,1,{cell}\n"), &["cup 2-2 x1 lost Dropped line 2, Image Src"]);
    }
}

#[test]
fn what_is_not_shipped_is_digital_and_a_gift_card_is_neither_shipped_nor_counted() {
    let head =
        "Handle,Title,Option1 Name,Option1 Value,Price,Requires shipping,Gift card,Inventory quantity\n";
    let nature = |rows: &str| product(format!("{head}{rows}")).product.nature;
    assert_eq!(nature("a,A,,,1,TRUE,,\n"), Nature::Physical);
    assert_eq!(nature("a,A,,,1,,,\n"), Nature::Physical);
    assert_eq!(nature("a,A,,,1,FALSE,,\n"), Nature::Digital);
    assert_eq!(nature("a,A,Form,Print,1,TRUE,,\na,,,File,1,false,,\n"), Nature::Both);

    let card = product(format!("{head}g,Card,Value,25,25,TRUE,TRUE,9\n"));
    assert_eq!((card.product.nature, card.product.variants[0].on_hand), (Nature::Digital, None));
    assert_eq!(card.publish, Publish::No(super::super::Withheld::GiftCard));
}
