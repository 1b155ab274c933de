//! Plays recorded answers back, one of them damaged.

use async_trait::async_trait;
use bytes::Bytes;
use fusion_core::http::{HttpTransport, Limits, TransportError};
use http::{Request, Response};
use serde_json::Value;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

/// Answers in the order in which they came, with the name of the document that each belongs to.
pub(super) type Tape = Vec<(String, Value)>;

/// `FusionOrders` of a request.
fn document(request: &Request<Bytes>) -> String {
    let body: Value = serde_json::from_slice(request.body()).unwrap_or_default();
    let text = body["query"].as_str().unwrap_or_default();
    let name = text.split(|c: char| !c.is_alphanumeric()).find(|word| word.starts_with("Fusion"));
    name.unwrap_or_default().to_owned()
}

/// Lets everything through and keeps what is answered.
pub(super) struct Recorder {
    pub(super) network: Arc<dyn HttpTransport>,
    pub(super) tape: Mutex<Tape>,
}

#[async_trait]
impl HttpTransport for Recorder {
    async fn send(&self, request: Request<Bytes>, limits: Limits) -> Result<Response<Bytes>, TransportError> {
        let name = document(&request);
        let response = self.network.send(request, limits).await?;
        let body = serde_json::from_slice(response.body()).unwrap();
        self.tape.lock().unwrap().push((name, body));
        Ok(response)
    }
}

/// Answers from a tape: each document its answers in turn, the last one again and again.
pub(super) struct Player {
    answers: HashMap<String, Vec<Bytes>>,
    asked: Mutex<HashMap<String, usize>>,
}

impl Player {
    pub(super) fn new(tape: &Tape) -> Self {
        let mut answers: HashMap<String, Vec<Bytes>> = HashMap::new();
        for (name, body) in tape {
            answers.entry(name.clone()).or_default().push(body.to_string().into());
        }
        Self { answers, asked: Mutex::default() }
    }
}

#[async_trait]
impl HttpTransport for Player {
    async fn send(&self, request: Request<Bytes>, _: Limits) -> Result<Response<Bytes>, TransportError> {
        let name = document(&request);
        let Some(answers) = self.answers.get(&name) else {
            return Err(TransportError::before("nobody has recorded this"));
        };
        let mut asked = self.asked.lock().unwrap();
        let nth = asked.entry(name).or_default();
        let body = answers[(*nth).min(answers.len() - 1)].clone();
        *nth += 1;
        Ok(Response::new(body))
    }
}
