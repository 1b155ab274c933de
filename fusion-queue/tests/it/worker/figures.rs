//! What a worker tells whoever collects figures.

use super::*;
use metrics::{
    Counter, CounterFn, Gauge, GaugeFn, Histogram, HistogramFn, Key, KeyName, Metadata, Recorder,
    SharedString, Unit,
};
use std::collections::BTreeMap;

/// Sums by name and labels.
#[derive(Clone, Default)]
struct Collected(Arc<Mutex<BTreeMap<String, f64>>>);

struct Sum(Collected, String);

impl Sum {
    fn add(&self, value: f64) {
        *self.0.0.lock().unwrap().entry(self.1.clone()).or_default() += value;
    }
}

impl CounterFn for Sum {
    fn increment(&self, value: u64) {
        self.add(value as f64);
    }
    fn absolute(&self, _: u64) {}
}

impl GaugeFn for Sum {
    fn increment(&self, _: f64) {}
    fn decrement(&self, _: f64) {}
    fn set(&self, value: f64) {
        self.0.0.lock().unwrap().insert(self.1.clone(), value);
    }
}

impl HistogramFn for Sum {
    fn record(&self, value: f64) {
        self.add(value);
    }
}

impl Collected {
    fn sum(&self, key: &Key) -> Arc<Sum> {
        let labels: Vec<String> = key.labels().map(|label| label.value().to_owned()).collect();
        Arc::new(Sum(self.clone(), format!("{} {}", key.name(), labels.join(" "))))
    }
}

impl Recorder for Collected {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        Counter::from_arc(self.sum(key))
    }
    fn register_gauge(&self, key: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::from_arc(self.sum(key))
    }
    fn register_histogram(&self, key: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::from_arc(self.sum(key))
    }
}

#[test]
fn a_worker_tells_what_attempts_came_to_and_how_long_they_took() {
    let collected = Collected::default();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    metrics::with_local_recorder(&collected, || {
        runtime.block_on(async {
            let w = World::flowing();
            let jobs = ["done", "again", "dead"].map(|what| NewJob { payload: json!(what), ..w.job() });
            w.db.enqueue(jobs.to_vec()).await.unwrap();
            let clock = w.clock.clone();
            let handler = Handler::new(move |job: JobContext| {
                let clock = clock.clone();
                async move {
                    clock.sleep(SECOND * 2).await;
                    match (job.job().payload.as_str(), job.attempt()) {
                        (Some("again"), 1) => failed(ErrorKind::Unavailable, Retry::Backoff),
                        (Some("dead"), _) => failed(ErrorKind::InvalidInput, Retry::Never),
                        _ => Finish::Done(json!(null)),
                    }
                }
            });
            handler.worker(&w).with_slots(1).run_until_idle().await.unwrap();
        });
    });
    let collected = collected.0.lock().unwrap().clone();
    let wanted = [
        ("fusion_job_seconds test", 8.0),
        ("fusion_jobs_in_hand ", 0.0),
        ("fusion_jobs_total test completed", 2.0),
        ("fusion_jobs_total test failed", 1.0),
        ("fusion_jobs_total test retried", 1.0),
    ];
    assert_eq!(collected, wanted.map(|(name, sum)| (name.to_owned(), sum)).into());
}
