//! How a claim takes the jobs whose turn it is.

use super::{
    parents,
    row::{self, count},
};
use crate::{
    brief::{Brief, Whose},
    sqlite::writer::Desk,
};
use fusion_core::{
    clock::Timestamp,
    error::Result,
    job::{ClaimRequest, Claimed, JobKind, Lease},
    model::{JobId, StoreId},
    tenant::Tenant,
};
use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, LazyLock},
};
use uuid::Uuid;

/// Notes whose turn it was.
pub(super) const SERVED: &str = "
    UPDATE lanes SET turn = touched.value ->> 1, served = touched.value ->> 2
    FROM json_each($4) AS touched WHERE lanes.id = touched.value ->> 0";

/// Hands out the jobs of a list of numbers, each with the next token.
pub(super) const TAKE: &str = "
    UPDATE jobs SET status = 'claimed', wait = 0, attempt = attempt + 1, progress = NULL, token = $2 + taken.key,
        lease_ends = $3
    FROM json_each($1) AS taken WHERE jobs.number = taken.value";

/// Tells them as one text, in which a body stands as the JSON that it is; one beyond 64 KiB is read by itself.
pub(super) const TAKEN: &str = "
    SELECT group_concat(format('[%d,\"%s\",%d,%d,%d,%s]', token, hex(jobs.id), attempt, crashes, suspect,
        iif(octet_length(body) <= 65536, body, 'null')))
    FROM json_each($1) AS taken CROSS JOIN jobs ON jobs.number = taken.value";

/// Jobs that one text tells: a value of SQLite's holds a thousand million bytes.
const AT_ONCE: usize = 1_000;

static TAKE_AND_TELL: LazyLock<String> = LazyLock::new(|| [TAKE, SERVED, TAKEN].join(";"));

/// A lane that had a turn.
pub(super) struct Turn {
    pub(super) lane: i64,
    pub(super) turn: i64,
    pub(super) served: i64,
    pub(super) tenant: Tenant,
    pub(super) store: Option<StoreId>,
}

/// A job whose turn it was.
pub(super) struct Taken {
    pub(super) number: i64,
    pub(super) lane: i64,
    pub(super) kind: Arc<str>,
}

/// What its row says of it: token, id, attempt, crashes, whether it is suspect, and its body where it isn't heavy.
type Told<'a> = (i64, &'a str, u32, u32, u8, Option<Brief<'a>>);

/// Hands out jobs, whose tokens begin with `first`, and notes whose turn it was.
pub(super) async fn take(
    desk: &mut Desk<'_>,
    turns: &[Turn],
    taken: &[Taken],
    first: i64,
    claim: &ClaimRequest,
    now: Timestamp,
) -> Result<Vec<Claimed>> {
    let owners: BTreeMap<i64, &Turn> = turns.iter().map(|turn| (turn.lane, turn)).collect();
    let kinds: HashMap<&str, &JobKind> = claim.kinds.iter().map(|kind| (kind.as_str(), kind)).collect();
    let mut served: Vec<(i64, i64, i64)> =
        turns.iter().map(|turn| (turn.lane, turn.turn, turn.served)).collect();
    let mut claimed = Vec::with_capacity(taken.len());
    for (taken, first) in taken.chunks(AT_ONCE).zip((first..).step_by(AT_ONCE)) {
        let numbers: Vec<i64> = taken.iter().map(|taken| taken.number).collect();
        let told: String = sqlx::query_scalar(TAKE_AND_TELL.as_str())
            .bind(desk.place.text(&numbers)?)
            .bind(first)
            .bind((now + claim.lease_for).as_micros())
            .bind(desk.place.text(&std::mem::take(&mut served))?)
            .fetch_one(&mut *desk.connection)
            .await
            .map_err(|source| desk.place.fault(source))?;
        let told = format!("[{told}]");
        let mut told: Vec<Told<'_>> = row::read(&desk.place, &told)?;
        // In the order of their turns.
        told.sort_unstable_by_key(|(token, ..)| *token);
        for (taken, (token, id, attempt, crashes, suspect, body)) in taken.iter().zip(told) {
            let (Some(owner), Some(kind), Ok(id)) =
                (owners.get(&taken.lane), kinds.get(&*taken.kind), Uuid::try_parse(id))
            else {
                return Err(desk.place.damaged("a job"));
            };
            let whose = Whose {
                id: JobId::from_uuid(id),
                tenant: owner.tenant.clone(),
                kind: (*kind).clone(),
                partition: owner.store,
            };
            let job = match body {
                Some(body) => body.job_of(whose),
                None => {
                    let body = heavy(desk, taken.number).await?;
                    row::job(&desk.place, &body, whose)?
                }
            };
            claimed.push(Claimed {
                lease: Lease { job: job.id, token: count(token) },
                lease_for: claim.lease_for,
                attempt,
                crashes,
                suspect: suspect != 0,
                parents: parents::stand(desk, taken.number, &job).await?,
                job,
            });
        }
    }
    Ok(claimed)
}

/// The body of a job by itself.
async fn heavy(desk: &mut Desk<'_>, number: i64) -> Result<String> {
    sqlx::query_scalar("SELECT body FROM jobs WHERE number = ?")
        .bind(number)
        .fetch_one(&mut *desk.connection)
        .await
        .map_err(|source| desk.place.fault(source))
}
