//! The queue's process, from both sides.

use crate::transport::serve;
use fusion_core::error::{Error, ErrorKind, Result};
use fusion_queue::Memory;
use std::{
    io::{self, BufRead as _, BufReader, Write as _},
    net::{Ipv4Addr, SocketAddr},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};
use tokio::{
    net::TcpListener,
    sync::{oneshot, watch},
};

/// What the first process says on the queue's standard input, and hears back once it is done.
const CUT: &str = "cut";
const MEND: &str = "mend";

pub(crate) fn failed(error: io::Error) -> Error {
    Error::new(ErrorKind::Unavailable, "the queue's process can't be started or spoken to").with_source(error)
}

/// The queue's process as the first one sees it; it ends with this.
pub(crate) struct QueueProcess {
    child: Child,
    orders: ChildStdin,
    answers: BufReader<ChildStdout>,
    address: SocketAddr,
}

impl QueueProcess {
    pub(crate) fn start() -> Result<Self> {
        let program = std::env::current_exe().map_err(failed)?;
        let mut command = Command::new(program);
        let mut child =
            command.arg("--queue").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().map_err(failed)?;
        let pipe = || failed(io::ErrorKind::BrokenPipe.into());
        let orders = child.stdin.take().ok_or_else(pipe)?;
        let mut answers = BufReader::new(child.stdout.take().ok_or_else(pipe)?);
        let port = heard(&mut answers)?;
        let port =
            port.parse().map_err(|source| failed(io::Error::new(io::ErrorKind::InvalidData, source)))?;
        let address = (Ipv4Addr::LOCALHOST, port).into();
        println!("the queue is process {}, at {address}", child.id());
        Ok(Self { child, orders, answers, address })
    }

    pub(crate) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// From now on the queue hears nobody, and keeps what it has.
    pub(crate) fn cut(&mut self) -> Result<()> {
        self.say(CUT)
    }

    /// It hears again.
    pub(crate) fn mend(&mut self) -> Result<()> {
        self.say(MEND)
    }

    fn say(&mut self, order: &str) -> Result<()> {
        writeln!(self.orders, "{order}").map_err(failed)?;
        match heard(&mut self.answers)? == order {
            true => Ok(()),
            false => Err(failed(io::ErrorKind::InvalidData.into())),
        }
    }
}

impl Drop for QueueProcess {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        let _status = self.child.wait();
    }
}

fn heard(answers: &mut BufReader<ChildStdout>) -> Result<String> {
    let mut line = String::new();
    answers.read_line(&mut line).map_err(failed)?;
    Ok(line.trim_end().to_owned())
}

/// Serves a queue in memory on a port that it prints, until standard input ends: when the first process is gone.
pub(crate) async fn be_the_queue() -> Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(failed)?;
    println!("{}", listener.local_addr().map_err(failed)?.port());
    let (cut, is_cut) = watch::channel(false);
    let (leave, left) = oneshot::channel();
    std::thread::spawn(move || {
        for order in io::stdin().lines().map_while(io::Result::ok) {
            cut.send_replace(order == CUT);
            println!("{order}");
        }
        // Where nobody waits for it the process has ended already.
        let _ended = leave.send(());
    });
    tokio::select! {
        served = serve(listener, Memory::new(), is_cut) => served.map_err(failed),
        _ = left => Ok(()),
    }
}
