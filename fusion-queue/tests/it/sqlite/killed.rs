use super::{
    child::{AT_ONCE, COUNTS, SPAN, Task, counter, start},
    *,
};
use crate::random::Random;
use fusion_core::{
    audit::{Start, Verifier},
    job::{JobQueue, JobStatus, NewJob},
    storage::{Outbox as _, Query, list_all},
};

const KILLS: u64 = 10;

#[tokio::test]
async fn what_was_answered_outlives_a_kill_and_nothing_is_there_by_half() {
    let folder = TempDir::new().unwrap();
    let (w, mut random) = (World::new(), Random::new(7));
    let mut answered = Vec::new();
    for kill in 0..KILLS {
        let mut child = start(Task::Commit, folder.path(), kill * SPAN, None);
        for _ in 0..random.below(40) {
            answered.push(child.hear().expect("it commits until it is killed"));
        }
        answered.extend(child.kill());
    }
    let numbers: Vec<u64> = answered.iter().map(|said| said.parse().unwrap()).collect();
    let db = opened(&folder).await;
    for number in &numbers {
        assert!(is_there(&db, &w, *number).await, "commit {number} was answered and is lost");
    }
    let places = list_all::<Location>(&db, &w.tenant, &Query::Locations).await.unwrap();
    // A kill may come between the commit and its answer.
    let stored = u64::try_from(places.len()).unwrap();
    let said = u64::try_from(numbers.len()).unwrap();
    assert!(stored >= said && stored <= said + KILLS * AT_ONCE, "{stored} of {said}");
    for place in &places {
        assert!(is_there(&db, &w, place.value.name.parse().unwrap()).await);
    }
    let feed = db.audit(&w.tenant, 0, 100_000).await.unwrap();
    let mut verifier = Verifier::new(&w.tenant, Start::Genesis, None).unwrap();
    feed.iter().for_each(|entry| verifier.push(entry).unwrap());
    let waiting = db.waiting(100_000).await.unwrap();
    assert_eq!([feed.len(), waiting.len()], [places.len(), places.len()]);
}

#[tokio::test]
async fn two_processes_count_up_one_record_and_lose_no_step() {
    let folder = TempDir::new().unwrap();
    let (w, db) = (World::new(), opened(&folder).await);
    drop(db.commit(&w.tenant, change(|c| c.create(counter(0)))).await.unwrap());
    let children = [1, 2].map(|seed| start(Task::Count, folder.path(), seed, None));
    assert!(children.into_iter().all(crate::process::Running::ended_well));
    let counted = fusion_core::storage::load::<StockItem>(&db, &w.tenant, counter(0).id).await.unwrap();
    assert_eq!(counted.value, counter(2 * COUNTS));
}

const JOBS: usize = 400;

#[tokio::test]
async fn workers_that_are_killed_lose_no_job_and_end_none_twice() {
    let folder = TempDir::new().unwrap();
    let (w, mut random) = (World::new(), Random::new(11));
    let db = settings(&folder).open_with_queue().await.unwrap();
    let serial = |nth: usize| (nth.is_multiple_of(3)).then(|| (nth % 7).to_string());
    let jobs: Vec<NewJob> = (0..JOBS).map(|nth| NewJob { serial: serial(nth), ..w.job() }).collect();
    db.enqueue(jobs.clone()).await.unwrap();
    let mut said = Vec::new();
    for kill in 0..KILLS {
        let mut children = [0, 1].map(|nth| start(Task::Work, folder.path(), kill * 2 + nth, None));
        for _ in 0..random.below(20) {
            said.extend(children[0].hear());
        }
        said.extend(children.into_iter().flat_map(crate::process::Running::kill));
    }
    let mut last = start(Task::Work, folder.path(), KILLS * 2, None);
    said.extend(std::iter::from_fn(|| last.hear()));
    assert!(last.ended_well());
    let told = said.len();
    said.sort();
    said.dedup();
    assert_eq!(said.len(), told, "a job was ended twice");
    for job in jobs {
        let item = StockItem::key(StockItemId::from_uuid(job.id.as_uuid()));
        assert!(Storage::get(&db, &w.tenant, &[item]).await.unwrap()[0].is_some());
        let state = JobQueue::get(&db, &w.tenant, job.id).await.unwrap().unwrap();
        assert_eq!((state.status, state.crashes), (JobStatus::Completed, 0));
    }
}

/// The limit is the shell's, which only Unix has.
#[cfg(unix)]
#[tokio::test]
async fn a_file_that_cant_grow_is_an_error_that_says_so_and_goes_on_once_there_is_room() {
    let folder = TempDir::new().unwrap();
    let w = World::new();
    let mut child = start(Task::Fill, folder.path(), 0, Some(4_000));
    let said: Vec<String> = std::iter::from_fn(|| child.hear()).collect();
    let (error, numbers) = said.split_last().unwrap();
    assert!(error.starts_with("Unavailable") && error.contains("disk"), "{error}");
    assert!(!numbers.is_empty());
    let db = opened(&folder).await;
    for number in 0..=numbers.len() {
        let number = u64::try_from(number).unwrap();
        let is_answered = number < u64::try_from(numbers.len()).unwrap();
        assert!(is_there(&db, &w, number).await || !is_answered, "commit {number}");
    }
    drop(db.commit(&w.tenant, numbered(&w, 1_000)).await.unwrap());
}
