//! The service around the hub, as a process and over HTTP.

use crate::programs::program;
use serde_json::{Value, json};
use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};
use tempfile::TempDir;

/// Longer than anything here takes, however busy the machine is.
const PATIENCE: Duration = Duration::from_secs(60);

struct Service {
    child: Child,
    address: String,
}

impl Service {
    fn start(program: &Path, folder: &Path) -> Self {
        let mut child = Command::new(program)
            .args(["--port", "0", "--folder"])
            .arg(folder)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("listening on http://").unwrap().to_owned();
        Self { child, address }
    }

    /// `more`: further lines of the head.
    fn send(&self, person: &str, head: &str, more: &str, body: &str) -> TcpStream {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let who = if person.is_empty() { String::new() } else { format!("x-person: {person}\r\n") };
        let length = body.len();
        let text = format!(
            "{head} HTTP/1.1\r\nhost: shop\r\nconnection: close\r\n{who}{more}content-type: application/json\r\n\
             content-length: {length}\r\n\r\n{body}"
        );
        stream.write_all(text.as_bytes()).unwrap();
        stream
    }

    /// The status and the answer's JSON.
    fn call(&self, person: &str, head: &str, body: &Value) -> (u16, Value) {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let mut text = String::new();
        self.send(person, head, "", &body).read_to_string(&mut text).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        (status, serde_json::from_str(body).unwrap_or(Value::Null))
    }

    /// Numbers and names of the events from behind `last` on, until one of this name.
    fn events_until(&self, last: Option<u64>, name: &str) -> Vec<(u64, String)> {
        let last = last.map_or_else(String::new, |last| format!("last-event-id: {last}\r\n"));
        let mut stream = BufReader::new(self.send("bob", "GET /events", &last, ""));
        let (mut numbers, mut names) = (Vec::new(), Vec::new());
        let mut line = String::new();
        while stream.read_line(&mut line).unwrap() > 0 {
            match line.trim().split_once(": ") {
                Some(("id", number)) => numbers.push(number.parse().unwrap()),
                Some(("event", name)) => names.push(name.to_owned()),
                _ => {}
            }
            if names.len() == numbers.len() && names.last().is_some_and(|last| last == name) {
                return numbers.into_iter().zip(names).collect();
            }
            line.clear();
        }
        panic!("the stream ended with {names:?}");
    }

    /// Asks it to stop, as Ctrl-C does; whether it ended well.
    fn stop(mut self) -> bool {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
        self.child.wait().unwrap().success()
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        let _status = self.child.wait();
    }
}

#[test]
fn it_submits_lists_approves_streams_and_answers() {
    let Some(program) = program("embed_axum") else { return };
    let folder = TempDir::new().unwrap();
    let service = Service::start(&program, folder.path());

    let mug = json!({ "title": "Mug", "sku": "MUG-1", "price": "9.90 EUR", "on_hand": 40 });
    assert_eq!(service.call("", "POST /products", &mug).0, 403, "nobody said who they are");
    let bad = json!({ "title": "", "sku": "MUG-1", "price": "9.90 EUR", "on_hand": 40 });
    let (status, told) = service.call("alice", "POST /products", &bad);
    assert_eq!((status, &told["problems"][0]["path"]), (422, &json!("wording.title")), "{told}");
    let (status, bundle) = service.call("alice", "POST /products", &mug);
    assert_eq!((status, bundle["items"].as_array().map(Vec::len)), (200, Some(1)), "{bundle}");

    let (_, open) = service.call("bob", "GET /requests", &Value::Null);
    let (id, digest) = (open[0]["id"].as_str().unwrap(), open[0]["digest"].as_str().unwrap());
    assert_eq!((&open[0]["bundle"], open.as_array().map(Vec::len)), (&bundle["id"], Some(1)));
    let head = format!("POST /requests/{id}/approve");
    let (status, told) = service.call("bob", &head, &json!({ "digest": "0".repeat(64) }));
    assert_eq!((status, &told["problems"][0]["code"]), (403, &json!("outdated")), "{told}");
    let (status, told) = service.call("alice", &head, &json!({ "digest": digest }));
    assert_eq!((status, &told["problems"][0]["code"]), (403, &json!("not_yours")), "{told}");
    let (status, told) = service.call("bob", &head, &json!({ "digest": digest }));
    assert_eq!((status, &told["seats"][0]["person"]), (200, &json!("bob")), "{told}");

    let events = service.events_until(None, "executed_done");
    let story = ["request_submitted", "approved", "claimed", "executed_done"];
    let names: Vec<&str> = events.iter().map(|(_, name)| name.as_str()).collect();
    assert!(names.ends_with(&story), "{names:?}");
    let (seen, rest) = events.split_at(events.len() - 2);
    let seen = seen.last().unwrap().0;
    assert_eq!(service.events_until(Some(seen), "executed_done"), rest, "a listener that comes again");

    let (_, asked) = service.call("", "POST /questions", &json!({ "text": "when does it ship?" }));
    let head = format!("GET /questions/{}", asked["question"]);
    let answer = || service.call("", &head, &Value::Null).1["answer"].clone();
    for _ in 0..3_000 {
        if !answer().is_null() {
            break;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(answer(), json!("we ship on Monday"), "the job that came in with the row");
    assert_eq!(service.call("", "GET /questions/99", &Value::Null).0, 404);
    assert!(service.stop());

    let again = Service::start(&program, folder.path());
    assert_eq!(again.call("bob", "GET /requests", &Value::Null), (200, json!([])), "nothing is left to do");
    assert_eq!(again.call("", &head, &Value::Null).1["answer"], json!("we ship on Monday"));
}
