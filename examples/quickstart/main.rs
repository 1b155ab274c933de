//! Reads a catalogue, publishes it to a simulated shop after a second person has agreed, keeps stock in line, takes
//! orders, ships and cancels them, edits and deletes products, and shows that the shop holds exactly what was agreed.
//! Runs offline.

mod args;
mod read;
mod report;
mod screen;
mod shop;
mod trade;

use args::Args;
use clap::Parser;
use fusion_core::error::Error;
use report::Report;
use screen::Screen;
use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    let args = Args::parse();
    let screen = Screen::new(args.json);
    match run(&args, &screen).await {
        Ok(report) => {
            if args.json {
                println!("{}", report.json());
            }
            if report.is_good() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(args: &Args, screen: &Screen) -> Result<Report, Error> {
    let shop = shop::Shop::open().await?;
    screen.banner(&shop.banner());
    let catalogue = read::read(args, &shop, screen).await?;
    let mut report = Report::of(&catalogue);
    if catalogue.to_publish.is_empty() {
        screen.line("No product can be published: nothing was sent.");
        return Ok(report);
    }
    let bundle = shop.ask(&catalogue, screen).await?;
    report.skip(&bundle);
    let agreed = shop.agree(bundle, screen).await?;
    shop.break_something(args.fault);
    shop.perform(&agreed, screen).await?;
    shop.sell_two(&agreed, screen).await?;
    shop.check_published(&agreed, &mut report).await?;
    shop.trade(&agreed, &mut report, screen).await?;
    shop.check(&mut report).await?;
    report.faults_struck = args.fault.map(|_| shop.struck());
    screen.table(&report);
    Ok(report)
}
