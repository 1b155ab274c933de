//! How the processor time of the whole way grows: product file, reader, requests, approval, jobs, simulated shop.
//!
//! `cargo bench --bench scale` runs 5,000, 10,000 and 20,000 products; `-- --products N` runs N/4, N/2 and N. Time
//! is the processor's, this process alone, so that a busy machine disturbs it little; the shop's limits are lifted,
//! and tokio's time is paused, so that nothing waits. What it does not show is what a database or a network adds.

#[path = "../catalogue.rs"]
mod catalogue;
mod flow;

use flow::Flow;
use fusion_core::{
    error::{Error, ErrorKind, Result},
    storage::Storage,
};
use fusion_plugins::shopify::Shopify;
use fusion_queue::{Memory, TokioClock};
use std::{num::NonZeroU32, sync::Arc};

/// As many as a merchant with a large shop has.
const PRODUCTS: u64 = 20_000;

/// More than any run spends: a bucket of twenty million points.
const POINTS_PER_SECOND: NonZeroU32 = NonZeroU32::MIN.saturating_add(999_999);

/// What the kernel counts processor time in, for programs: a hundredth of a second on every platform of Linux.
const TICKS_PER_SECOND: f64 = 100.0;

const PARTS: [&str; 4] = ["read and save", "ask", "agree", "perform"];

fn main() -> Result<()> {
    let most = products()?;
    println!("each product takes {} rows of the file", catalogue::ROWS);
    print!("{:>8}", "products");
    for part in PARTS {
        print!(" {part:>15}");
    }
    println!(" {:>9} {:>14}", "all", "per thousand");
    let mut all = Vec::new();
    for products in [most / 4, most / 2, most] {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .map_err(|error| Error::new(ErrorKind::Internal, "no runtime").with_source(error))?;
        let parts = runtime.block_on(run(products))?;
        let sum: f64 = parts.iter().sum();
        print!("{products:>8}");
        for part in &parts {
            print!(" {part:>13.2} s");
        }
        println!(" {sum:>7.2} s {:>12.3} s", sum * 1000.0 / products as f64);
        all.push(sum);
    }
    if let (Some(first), Some(last)) = (all.first(), all.last()) {
        println!("{most} products took {:.2} times as long as {}", last / first, most / 4);
    }
    Ok(())
}

fn products() -> Result<u64> {
    let arguments: Vec<String> = std::env::args().collect();
    let Some(at) = arguments.iter().position(|argument| argument == "--products") else {
        return Ok(PRODUCTS);
    };
    let wanted = arguments.get(at + 1).and_then(|number| number.parse().ok()).filter(|number| *number >= 4);
    wanted.ok_or_else(|| Error::new(ErrorKind::InvalidInput, "--products wants a number of 4 or more"))
}

/// Seconds of the processor for each of [`PARTS`].
async fn run(products: u64) -> Result<[f64; 4]> {
    let memory = Memory::with_clock(Arc::new(TokioClock::system().with_seed(7)));
    let shop = Shopify::simulator(Storage::clock(&memory)).points_per_second(POINTS_PER_SECOND).build()?;
    let flow = Flow::open(memory, &shop).await?;
    let file = catalogue::file(products);
    let mut lap = Lap::begin()?;
    let saved = flow.read(&file).await?;
    let read = lap.end()?;
    let bundle = flow.ask(&saved).await?;
    let asked = lap.end()?;
    flow.agree(bundle).await?;
    let agreed = lap.end()?;
    flow.perform().await?;
    let performed = lap.end()?;
    let done = flow.done(bundle).await?;
    if (done, shop.products().len()) == (saved.len(), saved.len()) {
        return Ok([read, asked, agreed, performed]);
    }
    Err(Error::new(ErrorKind::Internal, format!("{done} of {} products were published", saved.len())))
}

/// Processor time since the last look.
struct Lap(f64);

impl Lap {
    fn begin() -> Result<Self> {
        Ok(Self(processor_seconds()?))
    }

    fn end(&mut self) -> Result<f64> {
        let now = processor_seconds()?;
        Ok(now - std::mem::replace(&mut self.0, now))
    }
}

/// User and system time of this process so far.
fn processor_seconds() -> Result<f64> {
    let unreadable = || {
        Error::new(ErrorKind::Unsupported, "/proc/self/stat doesn't tell the processor time; run on Linux")
    };
    let stat = std::fs::read_to_string("/proc/self/stat").map_err(|error| unreadable().with_source(error))?;
    // The program's name stands in parentheses and may hold anything; utime and stime are the 12th and 13th behind it.
    let (_, behind) = stat.rsplit_once(')').ok_or_else(unreadable)?;
    let ticks: Option<f64> =
        behind.split_whitespace().skip(11).take(2).map(|field| field.parse::<f64>().ok()).sum();
    Ok(ticks.ok_or_else(unreadable)? / TICKS_PER_SECOND)
}
