//! Commands that were agreed to go through hub, queue and storage to the platform.

use crate::{
    Result,
    measure::{
        options::Options,
        processor,
        table::Table,
        timed,
        turns::{About, Seen as Turn, Wanted, in_turn},
    },
    plain,
    scene::{Scene, Seen},
    site::Site,
};
use fusion_queue::TokioClock;

/// A worker's slots.
const TASKS: usize = 16;

pub(crate) async fn rows(options: &Options, site: Site<'_>, table: &mut Table) -> Result<()> {
    let name = site.pick("postgres-flow", "sqlite-flow");
    if !options.wants(name) {
        return Ok(());
    }
    let commands = options.size(500, 5_000);
    let (scene, seen) = Seen::scene().await?;
    scene.agree(&scene.asked(commands).await?).await?;
    drop(seen.commits());
    scene.perform().await?;
    let commits = seen.commits();
    let about = About {
        name,
        work: format!("a worker carries out {commands} commands and their stock pushes"),
        yardstick: "the same durable commits, one statement each, no platform",
        unit: "commands/s",
        wanted: Wanted::AtLeast(0.7),
    };
    let ours = async || {
        let working = async |backend| {
            let scene = Scene::over(backend).await?;
            let shown = scene.asked(commands).await?;
            scene.agree(&shown).await?;
            let before = processor::of_this();
            let ((), span) = timed(&TokioClock::system(), scene.perform()).await?;
            let micros = processor::of_this() - before;
            scene.check(&shown).await?;
            Ok(Turn::rate(commands, span).with_processor(micros, commands))
        };
        site.with_empty(working).await
    };
    let theirs = async || {
        let before = processor::of_this();
        let span = plain::write(site, &commits, TASKS).await?;
        Ok(Turn::rate(commands, span).with_processor(processor::of_this() - before, commands))
    };
    eprintln!("{name}: {:.1} durable commits a command", commits.len() as f64 / commands as f64);
    table.add(in_turn(options, about, ours, theirs).await?);
    Ok(())
}
