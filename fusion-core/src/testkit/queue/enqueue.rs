use super::world::{Queue, World};
use crate::{error::ErrorKind, job::*};
use serde_json::json;

pub async fn a_job_that_is_known_by_its_id_is_left_out_while_it_lives_and_after<Q: Queue>(w: World<Q>) {
    let job = w.job();
    assert_eq!(w.put_all([job.clone(), job.clone()]).await, [Enqueued::New, Enqueued::Known]);
    let claimed = w.claim_one().await;
    assert_eq!(w.put(&job).await, Enqueued::Known);
    w.done(&claimed).await;
    assert_eq!(w.put(&job).await, Enqueued::Known);
    assert!(w.claim(9).await.is_empty());
}

pub async fn jobs_are_put_in_all_or_none<Q: Queue>(w: World<Q>) {
    let taken = w.job();
    w.put(&taken).await;
    let (good, bad) = (w.theirs(w.job()), w.theirs(taken.clone()));
    let refused = w.q.enqueue(vec![good.clone(), bad]).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::InvalidInput);
    assert_eq!(w.q.get(&w.other, good.id).await.unwrap(), None);
}

pub async fn a_job_comes_back_as_it_was_put_in<Q: Queue>(w: World<Q>) {
    let text = "\u{0} \"quoted\" \\ \u{1F600} ' ; --";
    let payload = json!({ "text": text, "big": u64::MAX, "small": 0.1, "list": [null, true] });
    let job = NewJob { payload, serial: Some(text.to_owned()), ..w.beginning() };
    w.put(&job).await;
    assert_eq!(w.state(job.id).await.job, job);
    assert_eq!(w.claim_one().await.job, job);
}

pub async fn what_is_too_large_is_refused_with_its_place_and_nothing_is_put_in<Q: Queue>(w: World<Q>) {
    let long = |bytes: usize| "x".repeat(bytes);
    let large = [
        (NewJob { payload: json!([long(MAX_PAYLOAD_BYTES)]), ..w.job() }, ".payload", MAX_PAYLOAD_BYTES),
        (w.serial(&long(MAX_KEY_BYTES + 1)), ".serial", MAX_KEY_BYTES),
        (
            NewJob { kind: JobKind::custom(long(MAX_KEY_BYTES + 1)).unwrap(), ..w.job() },
            ".kind",
            MAX_KEY_BYTES,
        ),
    ];
    for (job, field, limit) in large {
        let (good, id) = (w.job(), job.id);
        let refused = w.q.enqueue(vec![good.clone(), job]).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::InvalidInput);
        let [problem] = refused.problems() else { panic!("what is too large is told: {refused}") };
        assert!(problem.path.ends_with(field), "{problem}");
        let names = |what: &str| problem.message.contains(what);
        assert!(names(&id.to_string()) && names(&limit.to_string()), "{problem}");
        for id in [good.id, id] {
            assert_eq!(w.q.get(&w.tenant, id).await.unwrap(), None);
        }
    }
}
