//! A platform that outlives who calls it: it is the parent's, and children reach it by a port.

use bytes::Bytes;
use fusion_core::http::Limits;
use fusion_plugin_sdk::testkit::ScriptedPlatform;
use serde::{Deserialize, Serialize};
use std::{
    io::{Read as _, Write as _},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

#[derive(Serialize, Deserialize)]
struct Asked {
    method: String,
    uri: String,
    headers: Vec<(String, String)>,
    body: String,
}

#[derive(Serialize, Deserialize)]
struct Told {
    status: u16,
    headers: Vec<(String, String)>,
    body: String,
}

/// Ends when it is dropped.
pub(super) struct Served {
    pub(super) address: SocketAddr,
    is_over: Arc<AtomicBool>,
}

impl Served {
    pub(super) fn new(platform: ScriptedPlatform) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let is_over = Arc::<AtomicBool>::default();
        let (runtime, told) = (tokio::runtime::Handle::current(), is_over.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if told.load(Ordering::SeqCst) {
                    return;
                }
                // A caller that ended in the middle of its words has asked for nothing.
                if let Some(asked) = heard(&stream) {
                    let answer = runtime.block_on(answered(&platform, asked));
                    drop(serde_json::to_writer(&stream, &answer));
                }
            }
        });
        Self { address, is_over }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::SeqCst);
        drop(TcpStream::connect(self.address));
    }
}

fn heard(mut stream: &TcpStream) -> Option<Asked> {
    let mut text = String::new();
    stream.read_to_string(&mut text).ok()?;
    serde_json::from_str(&text).ok()
}

async fn answered(platform: &ScriptedPlatform, asked: Asked) -> Told {
    let mut request = http::Request::builder().method(asked.method.as_str()).uri(asked.uri);
    for (name, value) in asked.headers {
        request = request.header(name, value);
    }
    let request = request.body(Bytes::from(asked.body)).unwrap();
    let limits = Limits { max_response: usize::MAX, timeout: Duration::from_secs(60) };
    let answer = platform.transport().send(request, limits).await.unwrap();
    let (status, headers) = (answer.status().as_u16(), pairs(answer.headers()));
    Told { status, headers, body: String::from_utf8(answer.into_body().to_vec()).unwrap() }
}

fn pairs(headers: &http::HeaderMap) -> Vec<(String, String)> {
    let pair = |(name, value): (&http::HeaderName, &http::HeaderValue)| {
        (name.to_string(), value.to_str().unwrap().to_owned())
    };
    headers.iter().map(pair).collect()
}

/// The way to it.
#[derive(Clone, Copy)]
pub(super) struct Way(pub(super) SocketAddr);

impl Way {
    pub(super) async fn send(self, request: http::Request<Bytes>) -> http::Response<Bytes> {
        let (parts, body) = request.into_parts();
        let asked = Asked {
            method: parts.method.to_string(),
            uri: parts.uri.to_string(),
            headers: pairs(&parts.headers),
            body: String::from_utf8(body.to_vec()).unwrap(),
        };
        let told = tokio::task::spawn_blocking(move || {
            let mut stream = TcpStream::connect(self.0).unwrap();
            serde_json::to_writer(&stream, &asked).unwrap();
            stream.flush().unwrap();
            stream.shutdown(Shutdown::Write).unwrap();
            serde_json::from_reader::<_, Told>(stream).unwrap()
        });
        let told = told.await.unwrap();
        let mut answer = http::Response::builder().status(told.status);
        for (name, value) in told.headers {
            answer = answer.header(name, value);
        }
        answer.body(Bytes::from(told.body)).unwrap()
    }
}
