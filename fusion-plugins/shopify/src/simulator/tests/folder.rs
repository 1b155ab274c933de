use super::support::{App, SET, clock};
use crate::simulator::Simulator;
use fusion_core::ErrorKind;
use serde_json::json;
use std::{io::Write, path::PathBuf, sync::Arc};

/// A folder of this test process that goes when it is dropped.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("shopify-simulator-{}-{name}", std::process::id()));
        std::fs::remove_dir_all(&path).unwrap_or_default();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).unwrap_or_default();
    }
}

#[test]
fn a_shop_is_taken_up_where_it_was_left() {
    let folder = Folder::new("again");
    let open = || App::with(|builder| builder.state_folder(&folder.0));
    let app = open();
    let first = app.product("Shirt", &["s"]);
    app.done(SET, json!({ "input": { "title": "Later" }, "synchronous": false }));
    let (ledger, products) = (app.sim.ledger(), app.sim.products());
    drop(app);
    let app = open();
    assert_eq!((app.sim.ledger(), app.sim.products()), (ledger, products));
    app.clock.advance(std::time::Duration::from_secs(2));
    assert_eq!(app.sim.products().len(), 2, "what was promised is done");
    let second = app.product("Shirt", &["s"]);
    assert_ne!(first["id"], second["id"]);
    assert_eq!(second["handle"], "shirt-1");
    let sequence: Vec<u64> = open().sim.ledger().iter().map(|effect| effect.sequence).collect();
    assert_eq!(sequence, [1, 2, 3]);
}

#[test]
fn a_write_that_broke_off_is_forgotten_whole() {
    let folder = Folder::new("torn");
    let open = || App::with(|builder| builder.state_folder(&folder.0));
    open().product("Shirt", &["s"]);
    let path = folder.0.join("shopify-simulator.jsonl");
    let mut file = std::fs::OpenOptions::new().append(true).open(&path).unwrap();
    file.write_all(b"{\"shop\":{\"id\":1,").unwrap();
    let app = open();
    assert_eq!(app.sim.products().len(), 1);
    app.product("Other", &["s"]);
    assert_eq!(open().sim.products().len(), 2);
}

#[test]
fn a_folder_of_another_shop_is_refused() {
    let folder = Folder::new("other");
    App::with(|builder| builder.state_folder(&folder.0));
    let other = Simulator::builder(Arc::new(clock())).shop("b.myshopify.com").state_folder(&folder.0);
    assert_eq!(other.build().unwrap_err().kind(), ErrorKind::InvalidConfig);
}
