use crate::bench::{Bench, SHOP};
use fusion_core::{
    error::{ErrorKind, Retry},
    plugin::{App, ConnectionContext, Net, PlatformPlugin, SignIn},
};
use secrecy::SecretString;
use std::{sync::Arc, time::Duration};

#[tokio::test]
async fn a_token_is_tried_before_it_is_kept() {
    let bench = Bench::new().await;
    let token = |text: &str| SignIn::Token(SecretString::from(text.to_owned()));
    let cx = bench.bench.connection_cx();
    let good = bench.plugin.authenticate(&cx, token("shpat_1")).await.unwrap();
    assert_eq!(good.until, None);
    let refused = bench.plugin.authenticate(&cx, token("shpat_wrong")).await.unwrap_err();
    assert_eq!((refused.kind(), refused.retry()), (ErrorKind::Unauthenticated, Retry::AfterReauth));
    assert!(!format!("{refused:?}").contains("shpat_wrong"));
    let renewal = bench.plugin.authenticate(&cx, SignIn::Refresh(Arc::new(good))).await.unwrap_err();
    assert_eq!(renewal.kind(), ErrorKind::Unauthenticated);
}

#[tokio::test]
async fn client_credentials_give_a_token_that_is_renewed_before_it_ends() {
    let bench = Bench::with(|shop| shop.client("app-1", "secret-1")).await;
    let app = |secret: &str| App { id: "app-1".to_owned(), secret: secret.to_owned().into() };
    let good = app("secret-1");
    let cx = bench.bench.connection_cx();
    let cx = ConnectionContext { net: Net { app: Some(&good), ..cx.net }, ..cx };
    let first = bench.plugin.authenticate(&cx, SignIn::ClientCredentials).await.unwrap();
    let until = first.until.expect("it ends");
    let left = until.since(bench.bench.clock.now());
    assert!(left > Duration::from_secs(80_000) && left <= Duration::from_secs(86_400), "{left:?}");
    let second = bench.plugin.authenticate(&cx, SignIn::Refresh(Arc::new(first.clone()))).await.unwrap();
    assert!(second.until >= first.until);

    let wrong = app("wrong");
    let cx = ConnectionContext { net: Net { app: Some(&wrong), ..cx.net }, ..cx };
    let refused = bench.plugin.authenticate(&cx, SignIn::ClientCredentials).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Unauthenticated);
    let cx = ConnectionContext { net: Net { app: None, ..cx.net }, ..cx };
    let missing = bench.plugin.authenticate(&cx, SignIn::ClientCredentials).await.unwrap_err();
    assert_eq!(missing.kind(), ErrorKind::InvalidConfig);
}

#[tokio::test]
async fn both_supported_versions_are_spoken() {
    for version in ["2026-10", "2026-07"] {
        let mut bench = Bench::new().await;
        bench.bench.connection.settings = serde_json::json!({"shop": SHOP, "api_version": version});
        let facts = bench.plugin.describe(&bench.bench.connection_cx()).await.unwrap();
        assert_eq!(facts.len(), 1, "{version}");
        bench.create(&crate::bench::listing(&["Red"])).await;
    }
}
