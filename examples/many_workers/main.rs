//! Several processes work off one queue; one of them is killed on the way, and nothing is lost.
//!
//! Each job writes a line into a ledger, which stands for the world outside: what is written there can't be taken
//! back. In the end every job has to be done, and only what the killed process had in hand may stand there twice:
//! a queue performs a job at least once, and makes it safe to say which ones may have been repeated.

mod args;
mod child;
mod ledger;
mod parent;

use args::Args;
use clap::Parser;
use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    let args = Args::parse();
    let outcome = match &args.child {
        Some(name) => child::work(&args, name).await.map(|()| true),
        None => parent::run(&args).await,
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
