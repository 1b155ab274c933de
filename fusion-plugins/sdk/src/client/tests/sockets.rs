//! The client over reqwest and real sockets, against answers that a platform may send.

use super::*;
use crate::ReqwestTransport;
use mockito::{Mock, Server, ServerGuard};
use std::{
    io::{Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
};

struct Wired {
    world: World,
    base: String,
}

fn wired(base: String) -> Wired {
    let mut world = world([]);
    world.bench.transport = Arc::new(ReqwestTransport::new().unwrap());
    world.profile.judge = |answer| judge_status(answer).and_then(|()| crate::whole_json(answer));
    Wired { world, base }
}

impl Wired {
    fn request(&self, method: &str) -> WireRequest {
        WireRequest { method: method.into(), ..to(&format!("{}/things", self.base)) }
    }
    async fn read(&self) -> Result<WireResponse> {
        self.world.client().read(&[], self.request("GET")).await
    }
    async fn step(&self, repeat: Repeat) -> Result<WireResponse> {
        self.world.client().step("make", repeat, &[], |_| self.request("POST")).await
    }
}

async fn mock(
    server: &mut ServerGuard,
    method: &str,
    times: usize,
    status: usize,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Mock {
    let mut mock = server.mock(method, "/things");
    for (name, value) in headers {
        mock = mock.with_header(*name, value);
    }
    mock.with_status(status).with_body(body).expect(times).create_async().await
}

/// A server that reads one request on each connection and then does `then` with it.
fn raw(then: fn(TcpStream)) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut came = Vec::new();
            let mut piece = [0; 1_024];
            while !came.windows(4).any(|end| end == b"\r\n\r\n") {
                match stream.read(&mut piece) {
                    Ok(0) | Err(_) => break,
                    Ok(length) => came.extend_from_slice(&piece[..length]),
                }
            }
            then(stream);
        }
    });
    base
}

#[tokio::test]
async fn a_throttled_call_waits_as_long_as_it_is_told() {
    let cases = [
        ("retry-after", "2", Duration::from_secs(2)),
        ("retry-after", "1.5", Duration::from_millis(1_500)),
        ("retry-after-ms", "700", Duration::from_millis(700)),
        // The clock of these tests stands at this time less three seconds.
        ("retry-after", "Sun, 09 Sep 2001 01:46:43 GMT", Duration::from_secs(3)),
    ];
    for (name, value, expected) in cases {
        let mut server = Server::new_async().await;
        // mockito would write the machine's own date.
        let date = ("date", "Sun, 09 Sep 2001 01:46:40 GMT");
        let throttled = mock(&mut server, "POST", 1, 429, &[(name, value), date], b"").await;
        let fine = mock(&mut server, "POST", 1, 200, &[], b"{}").await;
        let wired = wired(server.url());
        wired.step(Repeat::Once).await.unwrap_or_else(|error| panic!("{value}: {error:?}"));
        assert_eq!(wired.world.clock.sleeps(), [expected], "{value}");
        throttled.assert_async().await;
        fine.assert_async().await;
    }
}

#[tokio::test]
async fn an_absurd_delay_is_clamped_and_handed_to_the_queue() {
    for value in ["99999999999999999999", "Wed, 01 Jan 2999 00:00:00 GMT"] {
        let mut server = Server::new_async().await;
        let throttled = mock(&mut server, "GET", 1, 429, &[("retry-after", value)], b"").await;
        let error = wired(server.url()).read().await.unwrap_err();
        assert_eq!(error.retry(), Retry::When(When::In(crate::MAX_TOLD)), "{value}");
        throttled.assert_async().await;
    }
}

#[tokio::test]
async fn answers_that_cant_be_read_are_told_by_what_they_did() {
    let gzip = [("content-encoding", "gzip")];
    let plain: &[(&str, &str)] = &[];
    let cases = [
        ("cut JSON", plain, b"{\"id\": \"4".to_vec(), ErrorKind::Protocol),
        ("invalid UTF-8", plain, b"{\"id\": \"\xff\"}".to_vec(), ErrorKind::Protocol),
        ("gzip that isn't", &gzip[..], b"{\"id\": \"4\"}".to_vec(), ErrorKind::Unavailable),
        ("too large", plain, vec![b' '; 1_001], ErrorKind::Unavailable),
    ];
    for (case, headers, body, kind) in cases {
        let mut server = Server::new_async().await;
        let write = mock(&mut server, "POST", 1, 200, headers, &body).await;
        let wired = wired(server.url());
        assert_eq!(axes(wired.step(Repeat::Once).await), (kind, Fate::Unknown), "{case}");
        assert_eq!(wired.world.rows(), [(0, Some(Fate::Unknown))], "{case}");
        write.assert_async().await;

        let mut server = Server::new_async().await;
        let reads = mock(&mut server, "GET", 3, 200, headers, &body).await;
        assert_eq!(axes(self::wired(server.url()).read().await), (kind, Fate::NotSent), "{case}");
        reads.assert_async().await;
    }
}

#[tokio::test]
async fn the_largest_answer_that_is_allowed_comes_through() {
    let mut server = Server::new_async().await;
    let body = format!("\"{}\"", "x".repeat(998));
    let large = mock(&mut server, "GET", 1, 200, &[], body.as_bytes()).await;
    assert_eq!(wired(server.url()).read().await.unwrap().body.len(), 1_000);
    large.assert_async().await;
}

#[tokio::test]
async fn a_small_answer_that_unpacks_to_a_large_one_is_stopped() {
    // 4,000 spaces, packed.
    let packed = hex("1f8b0800000000000203edc13101000000c2a02aeb9fd2183e40010000006f037c95cdbaa00f0000");
    let mut server = Server::new_async().await;
    let bomb = mock(&mut server, "POST", 1, 200, &[("content-encoding", "gzip")], &packed).await;
    let wired = wired(server.url());
    let error = wired.step(Repeat::Once).await.unwrap_err();
    let cause = std::error::Error::source(&error).unwrap().to_string();
    assert_eq!(cause, "the answer is larger than 1000 bytes");
    bomb.assert_async().await;
}

#[tokio::test]
async fn an_answer_in_pieces_is_measured_as_a_whole() {
    let wired = wired(raw(|mut stream| {
        let piece = format!("258\r\n{}\r\n", " ".repeat(600));
        let head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
        stream.write_all(format!("{head}{piece}{piece}0\r\n\r\n").as_bytes()).unwrap();
    }));
    let error = wired.step(Repeat::Once).await.unwrap_err();
    let cause = std::error::Error::source(&error).unwrap().to_string();
    assert_eq!(cause, "the answer is larger than 1000 bytes");
}

fn hex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

#[tokio::test]
async fn a_connection_that_breaks_after_the_request_leaves_a_write_unknown() {
    let closes: fn(TcpStream) = |stream| drop(stream.shutdown(Shutdown::Both));
    let breaks_off: fn(TcpStream) = |mut stream| {
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"id\":").unwrap();
    };
    let speaks_something_else: fn(TcpStream) = |mut stream| stream.write_all(b"220 mail ready\r\n").unwrap();
    for then in [closes, breaks_off, speaks_something_else] {
        let wired = wired(raw(then));
        assert_eq!(axes(wired.step(Repeat::Once).await), (ErrorKind::Unavailable, Fate::Unknown));
        assert_eq!(wired.world.rows(), [(0, Some(Fate::Unknown))]);
    }
}

#[tokio::test]
async fn a_server_that_never_answers_ends_with_the_timeout() {
    let mut wired = wired(raw(std::mem::forget));
    wired.world.profile.limits.timeout = Duration::from_millis(50);
    assert_eq!(axes(wired.step(Repeat::Once).await), (ErrorKind::Unavailable, Fate::Unknown));
}

#[tokio::test]
async fn a_call_that_finds_nobody_was_not_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let wired = wired(base);
    assert_eq!(axes(wired.step(Repeat::Once).await), (ErrorKind::Unavailable, Fate::NotSent));
    assert_eq!(wired.world.rows().len(), 3);
}

#[tokio::test]
async fn credentials_do_not_follow_a_redirect() {
    for status in [301, 302, 303, 307, 308] {
        let mut foreign = Server::new_async().await;
        let never = mock(&mut foreign, "GET", 0, 200, &[], b"{}").await;
        let mut server = Server::new_async().await;
        let location = format!("{}/things", foreign.url());
        let sends_away = mock(&mut server, "GET", 1, status, &[("location", &location)], b"").await;
        assert_eq!(axes(wired(server.url()).read().await).0, ErrorKind::Protocol, "{status}");
        sends_away.assert_async().await;
        never.assert_async().await;
    }
}

#[tokio::test]
async fn a_ready_client_that_follows_redirects_is_noticed() {
    let mut server = Server::new_async().await;
    let there = server.mock("GET", "/there").with_body("{}").expect(1).create_async().await;
    let away = server.mock("GET", "/things").with_status(302).with_header("location", "/there");
    let away = away.expect(1).create_async().await;
    let transport = ReqwestTransport::of(reqwest::Client::new());
    let request = http::Request::get(format!("{}/things", server.url())).body(Bytes::new()).unwrap();
    let limits = Limits { max_response: 100, timeout: Duration::from_secs(5) };
    assert!(transport.send(request, limits).await.unwrap_err().message.contains("redirects"));
    there.assert_async().await;
    away.assert_async().await;
}

#[tokio::test]
async fn newer_credentials_are_taken_after_a_401() {
    let mut server = Server::new_async().await;
    let old = server.mock("POST", "/things").match_header("token", "first").with_status(401);
    let old = old.expect(1).create_async().await;
    let new = server.mock("POST", "/things").match_header("token", "second").with_body("{}");
    let new = new.expect(1).create_async().await;
    let wired = wired(server.url());
    wired.world.bench.credentials.then(Credentials::token("second"));
    wired.step(Repeat::Once).await.unwrap();
    old.assert_async().await;
    new.assert_async().await;
}

#[tokio::test]
async fn nothing_reaches_the_platform_after_the_deadline() {
    let mut server = Server::new_async().await;
    let never = mock(&mut server, "GET", 0, 200, &[], b"{}").await;
    let mut wired = wired(server.url());
    wired.world.bench.time = Duration::ZERO;
    assert_eq!(axes(wired.read().await), (ErrorKind::Timeout, Fate::NotSent));
    never.assert_async().await;
}

#[cfg(feature = "bundled-roots")]
#[test]
fn the_bundled_roots_are_certificates() {
    let mut roots = crate::bundled_roots().peekable();
    assert!(roots.peek().is_some());
    // DER: a sequence with a two-byte length.
    assert!(roots.all(|der| der.starts_with(&[0x30, 0x82])));
}
