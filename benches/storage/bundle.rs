//! A bundle is decided in one call.

use crate::{
    Result,
    measure::{
        options::Options,
        table::Table,
        timed,
        turns::{About, Seen as Turn, Wanted, in_turn},
    },
    plain,
    scene::{Scene, Seen},
    site::Site,
};
use fusion_queue::TokioClock;

/// 800 products on one store.
const REQUESTS: usize = 800;

pub(crate) async fn rows(options: &Options, site: Site<'_>, table: &mut Table) -> Result<()> {
    let name = site.pick("postgres-bundle", "sqlite-bundle");
    if !options.wants(name) {
        return Ok(());
    }
    let (scene, seen) = Seen::scene().await?;
    let shown = scene.asked(REQUESTS).await?;
    drop(seen.commits());
    scene.agree(&shown).await?;
    let commits = seen.commits();
    let about = About {
        name,
        work: format!("{REQUESTS} requests agreed to by one call"),
        yardstick: "the same commits, one statement each",
        unit: "requests/s",
        wanted: Wanted::Value(2_000.0),
    };
    let ours = async || {
        let agreeing = async |backend| {
            let scene = Scene::over(backend).await?;
            let shown = scene.asked(REQUESTS).await?;
            let ((), span) = timed(&TokioClock::system(), scene.agree(&shown)).await?;
            Ok(Turn::rate(REQUESTS, span))
        };
        site.with_empty(agreeing).await
    };
    let theirs = async || Ok(Turn::rate(REQUESTS, plain::write(site, &commits, 1).await?));
    table.add(in_turn(options, about, ours, theirs).await?);
    Ok(())
}
