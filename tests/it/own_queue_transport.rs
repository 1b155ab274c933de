//! The example's queue behind a line keeps every promise that a queue makes, and a line that fails is told as what it
//! is.

use fusion_core::{
    clock::Timestamp,
    error::{ErrorKind, Failure, Fate},
    job::{Exchange, JobKind, JobQueue as _, MAX_PAYLOAD_BYTES, NewJob, QueueControl as _},
    storage::Split,
    tenant::Tenant,
    testkit::TestClock,
};
use fusion_queue::{Memory, SqliteStorage, sqlite::SqliteSettings};
use std::{net::SocketAddr, sync::Arc, time::Duration};
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufStream},
    net::{TcpListener, TcpStream},
    sync::watch,
};

#[path = "../../examples/own_queue_transport/transport/mod.rs"]
mod transport;

use transport::{Remote, serve};

/// Cuts the line with `true`; serving ends with the test's runtime.
type Cut = watch::Sender<bool>;

async fn elsewhere(clock: TestClock) -> (Remote, Cut) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (cut, is_cut) = watch::channel(false);
    tokio::spawn(serve(listener, Memory::with_clock(Arc::new(clock)), is_cut));
    (Remote::new(address), cut)
}

async fn parts(clock: TestClock) -> (Split<SqliteStorage, Remote, Remote>, (Cut, TempDir)) {
    let folder = TempDir::new().unwrap();
    let settings = SqliteSettings::new(folder.path().join("shop.db")).with_clock(Arc::new(clock.clone()));
    let (remote, cut) = elsewhere(clock).await;
    (Split::new(settings.open().await.unwrap(), remote.clone(), remote), (cut, folder))
}

mod queue {
    use super::*;
    fusion_core::queue_conformance!(elsewhere);
}

mod budget {
    use super::*;
    fusion_core::budget_conformance!(elsewhere);
}

mod split {
    use super::*;
    fusion_core::storage_conformance!(parts);
}

fn tenant() -> Tenant {
    Tenant::new("acme").unwrap()
}

async fn refusal(remote: &Remote) -> (ErrorKind, Fate) {
    let error = remote.stats(&tenant()).await.unwrap_err();
    (error.kind(), error.fate())
}

/// A queue that says `answer` to whatever it is asked, and then closes the connection.
async fn saying(answer: &'static str) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut asked = [0; 1_024];
            assert!(stream.read(&mut asked).await.unwrap() > 0);
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
    });
    address
}

#[tokio::test]
async fn a_request_that_left_and_isnt_answered_rightly_has_an_unknown_fate() {
    for answer in ["", "{\"Ok\":", "no JSON\n", "{\"Ok\":7}\n", "{\"Well\":null}\n"] {
        let remote = Remote::new(saying(answer).await);
        assert_eq!(refusal(&remote).await, (ErrorKind::Unavailable, Fate::Unknown), "{answer}");
    }
}

#[tokio::test]
async fn a_request_that_finds_nobody_wasnt_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let remote = Remote::new(listener.local_addr().unwrap());
    drop(listener);
    assert_eq!(refusal(&remote).await, (ErrorKind::Unavailable, Fate::NotSent));
}

#[tokio::test]
async fn an_answer_that_doesnt_come_in_time_is_given_up() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let remote = Remote::new(listener.local_addr().unwrap());
    let mut asking = tokio::spawn({
        let remote = remote.clone();
        async move { refusal(&remote).await }
    });
    let (mut stream, _) = listener.accept().await.unwrap();
    let mut asked = [0; 1_024];
    assert!(stream.read(&mut asked).await.unwrap() > 0);
    // From here on time jumps to the next moment at which something happens: the end of the patience.
    tokio::time::pause();
    assert_eq!((&mut asking).await.unwrap(), (ErrorKind::Unavailable, Fate::Unknown));
}

#[tokio::test]
async fn a_line_that_was_cut_carries_again_once_it_is_mended() {
    let clock = TestClock::held_at(Timestamp::from_micros(1_700_000_000_000_000));
    let (remote, cut) = elsewhere(clock.clone()).await;
    let job = NewJob::new(&clock, &tenant(), JobKind::custom("test").unwrap(), 7.into());
    remote.enqueue(vec![job.clone()]).await.unwrap();
    cut.send_replace(true);
    assert_eq!(refusal(&remote).await, (ErrorKind::Unavailable, Fate::Unknown));
    cut.send_replace(false);
    let kept = remote.get(&tenant(), job.id).await.unwrap().unwrap();
    assert_eq!(kept.job, job);
}

/// Spoken to by hand: so much takes its time, and a queue's patience has an end.
#[tokio::test]
async fn what_is_claimed_and_doesnt_fit_on_a_line_goes_back_and_is_claimed_later() {
    let clock = TestClock::held_at(Timestamp::from_micros(1_700_000_000_000_000));
    let queue = Memory::with_clock(Arc::new(clock.clone()));
    let kind = JobKind::custom("test").unwrap();
    let large = || serde_json::Value::String("x".repeat(MAX_PAYLOAD_BYTES - 2));
    let jobs: Vec<_> = (0..5).map(|_| NewJob::new(&clock, &tenant(), kind.clone(), large())).collect();
    queue.enqueue(jobs.clone()).await.unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (_cut, is_cut) = watch::channel(false);
    tokio::spawn(serve(listener, queue, is_cut));
    let claim = r#"{"exchange":{"settlements":[],"claim":{"worker":"w","limit":9,"kinds":["test"],"lease_for":{"secs":60,"nanos":0}}}}"#;
    let mut stream = BufStream::new(TcpStream::connect(address).await.unwrap());
    let (mut claimed, mut rounds) = (Vec::new(), 0);
    while claimed.len() < jobs.len() {
        rounds += 1;
        assert!(rounds <= jobs.len(), "{claimed:?}");
        stream.write_all(format!("{claim}\n").as_bytes()).await.unwrap();
        stream.flush().await.unwrap();
        let mut line = String::new();
        assert!(stream.read_line(&mut line).await.unwrap() > 0, "the line was closed");
        let answer: Result<Exchange, Failure> = serde_json::from_str(&line).unwrap();
        claimed.extend(answer.unwrap().claimed.into_iter().map(|one| (one.job.id, one.attempt)));
    }
    claimed.sort();
    let mut wanted: Vec<_> = jobs.iter().map(|job| (job.id, 1)).collect();
    wanted.sort();
    assert_eq!(claimed, wanted);
}

#[tokio::test]
async fn what_the_queue_refuses_is_told_as_it_tells_it() {
    let clock = TestClock::held_at(Timestamp::from_micros(1_700_000_000_000_000));
    let (remote, _cut) = elsewhere(clock.clone()).await;
    let job = NewJob::new(&clock, &tenant(), JobKind::custom("test").unwrap(), 7.into());
    let (near, far) = (Memory::new(), remote);
    let near = near.cancel(&tenant(), job.id).await.unwrap_err();
    let far = far.cancel(&tenant(), job.id).await.unwrap_err();
    assert_eq!(far.to_failure(), near.to_failure());
}

#[tokio::test(start_paused = true)]
async fn who_ends_no_line_keeps_no_place() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (_cut, is_cut) = watch::channel(false);
    let clock = TestClock::held_at(Timestamp::from_micros(1_700_000_000_000_000));
    tokio::spawn(serve(listener, Memory::with_clock(Arc::new(clock)), is_cut));
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(b"{\"stats\":").await.unwrap();
    let ended = tokio::time::timeout(Duration::from_secs(60), stream.read(&mut [0; 16])).await;
    assert_eq!(ended.expect("the connection ends").unwrap(), 0);
}
