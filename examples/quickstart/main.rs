//! Reads a catalogue, publishes it to a simulated shop after a second person has agreed, keeps stock in line, takes
//! orders, ships and cancels them, edits and deletes products, and shows that the shop holds exactly what was agreed.
//! Runs offline, and goes on where it was stopped.
//!
//! Each act first looks whether it was done already: a process that was killed between an act and the note of it is
//! no different from one that never was.

mod args;
mod ask;
mod check;
#[cfg(feature = "postgres")]
mod crew;
mod diary;
mod perform;
mod place;
mod read;
mod report;
mod screen;
mod server;
mod shop;
mod trade;

use args::Args;
use clap::Parser;
use fusion_core::error::Error;
use place::Place;
use report::Report;
use screen::Screen;
use shop::Shop;
use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    let args = Args::parse();
    #[cfg(feature = "postgres")]
    if args.child {
        return match crew::work().await {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => failed(&error),
        };
    }
    let screen = Screen::new(&args);
    match run(&args, &screen).await {
        Ok(Some(report)) => {
            if args.json {
                println!("{}", report.json());
            }
            if report.is_good() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Ok(None) => {
            screen.line("Nothing more is done: the reviewer didn't agree. Started again, the question is asked again.");
            ExitCode::SUCCESS
        }
        Err(error) => failed(&error),
    }
}

fn failed(error: &Error) -> ExitCode {
    eprintln!("error: {error}");
    ExitCode::FAILURE
}

/// What came of it; `None` when the reviewer said no.
async fn run(args: &Args, screen: &Screen) -> Result<Option<Report>, Error> {
    let (place, diary) = Place::open(args).await?;
    if let Some(report) = diary.read().ended {
        screen.line("This story has come to its end; --fresh begins anew. What came of it:");
        screen.table(&report);
        return Ok(Some(report));
    }
    let shop = Shop::open(args, &place, diary).await?;
    screen.banner(&shop.banner(&place));
    if shop.diary.read().is_read {
        screen.line("Going on where it was left: what is done isn't done again.");
    }
    let catalogue = read::read(args, &shop, screen).await?;
    shop.diary.note(|story| story.is_read = true)?;
    let mut report = Report::of(&catalogue);
    if catalogue.to_publish.is_empty() {
        screen.line("No product can be published: nothing was sent.");
        return shop.end(report);
    }
    report.skipped(&shop.ask(&catalogue, screen).await?);
    if !shop.agree(screen).await? {
        return Ok(None);
    }
    shop.break_something(args.fault);
    shop.perform(screen).await?;
    shop.sell_two(screen).await?;
    shop.check_published(&mut report).await?;
    if !shop.trade(&mut report, screen).await? {
        return Ok(None);
    }
    shop.check(&mut report).await?;
    report.faults_struck = args.fault.map(|_| shop.struck());
    screen.table(&report);
    shop.end(report)
}
