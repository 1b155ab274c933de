//! The journal of a small world: its rows kept short, its decisions those of the real functions.

use super::super::broken::Broken;
use crate::{
    clock::Timestamp,
    error::{Error, ErrorKind, Fate, Retry},
    model::{GrantId, JobId, Repeat, Sealed, Step, StepBegun, StepEnded, StepId, StepKey},
    plugin::{
        Found, WireResponse,
        steps::{Known, Sameness, doubtful, is_touched, known, look_up_in, looked_up, sendings, unanswered},
    },
};
use std::{cell::RefCell, collections::HashMap, rc::Rc, time::Duration};
use uuid::Uuid;

/// How long what was sent may be under way, and what has arrived be slow to show up.
const SETTLE: Duration = Duration::from_secs(60);

/// What a row after a call says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum End {
    Applied,
    /// Refused for good.
    Refused,
    /// Refused, and it may be tried again.
    TryAgain,
    /// A look-up found nothing.
    Miss,
    /// It never took effect, as look-ups or a person say.
    NotSent,
}

/// One row before a call with the rows after it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Sending {
    pub(crate) step: usize,
    pub(crate) n: u32,
    pub(crate) sending: u32,
    pub(crate) token: u64,
    pub(crate) ends: Vec<End>,
    /// Whether the settle time since the last of these rows is over, or doesn't matter: nothing is to be looked up.
    pub(crate) settled: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Journal(pub(crate) Vec<Sending>);

/// The rows that one worker knows: those it has read, and its own. A bit for each end, the highest for the call.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct View(Vec<u16>);

const CALL: u16 = 1 << 15;

/// What a run does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// Sends this step under this count.
    Send { step: usize, n: u32, sending: u32 },
    /// Stops: one that must not be repeated is unanswered.
    LookUp,
    /// Stops: it failed for good.
    Failed,
    /// Everything is recorded.
    Done,
}

/// What the real functions say about some rows.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) next: Next,
    pub(crate) touched: bool,
    /// Places in the journal of what isn't answered, and of what of it has to be looked up.
    pub(crate) unanswered: Vec<usize>,
    pub(crate) doubtful: Vec<usize>,
}

/// Rows, what makes each step harmless to repeat, and what is broken.
type Asked = (Journal, Vec<u8>, Broken);

thread_local! {
    /// Few journals are different, and the real rows are slow to write.
    static SAID: RefCell<HashMap<Asked, Rc<Said>>> = RefCell::default();
}

impl View {
    pub(crate) fn of(journal: &Journal) -> Self {
        Self(journal.0.iter().map(|one| CALL | ((1 << one.ends.len()) - 1)).collect())
    }

    fn see(&mut self, place: usize, bit: u16) {
        if self.0.len() <= place {
            self.0.resize(place + 1, 0);
        }
        self.0[place] |= bit;
    }
}

impl Journal {
    /// A call is written down, and about to leave.
    pub(crate) fn begin(&mut self, view: &mut View, sent: Sending) -> usize {
        self.0.push(sent);
        view.see(self.0.len() - 1, CALL);
        self.0.len() - 1
    }

    /// A call's end is written down by the worker whose `view` it is, or by somebody else.
    pub(crate) fn end(&mut self, view: Option<&mut View>, place: usize, end: End) {
        let one = &mut self.0[place];
        one.ends.push(end);
        one.settled = end != End::Miss;
        if let Some(view) = view {
            view.see(place, 1 << (one.ends.len() - 1));
        }
    }

    /// Whether an earlier call of the same thing isn't answered, as far as the worker with `view` knows: to it, a
    /// refusal of this one tells nothing.
    pub(crate) fn is_doubtful(&self, place: usize, view: &View) -> bool {
        let this = &self.0[place];
        let is_earlier =
            |one: &&Sending| (one.step, one.n) == (this.step, this.n) && one.sending < this.sending;
        let seen = self.seen(view);
        seen.0.iter().filter(is_earlier).any(|one| one.ends.iter().all(|end| *end == End::Miss))
    }

    pub(crate) fn began(&self, token: u64) -> bool {
        self.0.iter().any(|one| one.token == token)
    }

    pub(crate) fn seen(&self, view: &View) -> Self {
        let seen = self.0.iter().zip(&view.0).filter(|(_, mask)| *mask & CALL != 0).map(|(one, mask)| {
            let ends = one.ends.iter().enumerate().filter(|(nth, _)| mask & (1 << nth) != 0);
            Sending { ends: ends.map(|(_, end)| *end).collect(), ..one.clone() }
        });
        Self(seen.collect())
    }

    /// What the real functions make of these rows.
    pub(crate) fn said(&self, repeats: &[Repeat], broken: Broken) -> Rc<Said> {
        // Nothing that is asked here depends on how long ago it was.
        let mut rows = self.clone();
        rows.0.iter_mut().for_each(|one| one.settled = false);
        let key = (rows, repeats.iter().map(|repeat| *repeat as u8).collect(), broken);
        if let Some(said) = SAID.with_borrow(|memory| memory.get(&key).cloned()) {
            return said;
        }
        let said = Rc::new(self.ask(repeats, broken));
        SAID.with_borrow_mut(|memory| memory.insert(key, Rc::clone(&said)));
        said
    }

    fn ask(&self, repeats: &[Repeat], broken: Broken) -> Said {
        let rows = self.rows(repeats, broken);
        let next = (0..repeats.len()).find_map(|step| {
            let send = |n| Some(Next::Send { step, n, sending: sendings(&rows, &key(step, n)) });
            match known(&rows, &name(step), Sameness::Granted) {
                Known::Recorded(..) => None,
                Known::New { n } => send(n),
                Known::Failed(_) => Some(Next::Failed),
                Known::Unanswered(begun) if begun.repeat == Repeat::Once => Some(Next::LookUp),
                Known::Unanswered(begun) => send(begun.n),
            }
        });
        Said {
            next: next.unwrap_or(Next::Done),
            touched: is_touched(&rows),
            unanswered: unanswered(&rows).into_iter().map(|begun| place_of(begun.id)).collect(),
            doubtful: doubtful(&rows).into_iter().map(|begun| place_of(begun.id)).collect(),
        }
    }

    /// The row that a look-up leaves for the call at `place`; `None`: it is too early, or for a person.
    pub(crate) fn look_up(
        &self,
        place: usize,
        found: bool,
        repeats: &[Repeat],
        broken: Broken,
    ) -> Option<End> {
        let mut rows = self.rows(repeats, broken);
        let of = |step: &Step| match step {
            Step::Begun(begun) => place_of(begun.id) == place,
            Step::Ended(ended) => place_of(ended.begun) == place,
        };
        let last = rows.iter().filter(|step| of(step)).map(at).max()?;
        let begun = rows.iter().find_map(|step| match step {
            Step::Begun(begun) if place_of(begun.id) == place => Some(begun.clone()),
            _ => None,
        })?;
        let is_settled = self.0[place].settled || broken == Broken::SettleTime;
        let now = if is_settled { last + SETTLE } else { last };
        if !look_up_in(&rows, &begun, now, SETTLE).is_zero() {
            return None;
        }
        if broken == Broken::LookUpTwice {
            rows.push(Step::Ended(self.ended(place, 9, End::Miss)));
        }
        let answer = WireResponse { status: 200, headers: Vec::new(), body: Default::default() };
        let found = if found { Found::Applied(answer) } else { Found::NotApplied { settled: true } };
        Some(match looked_up(&rows, &begun, &found)?.0 {
            Fate::Applied => End::Applied,
            Fate::Unknown => End::Miss,
            _ => End::NotSent,
        })
    }

    /// The rows as they are stored.
    fn rows(&self, repeats: &[Repeat], broken: Broken) -> Vec<Step> {
        let mut rows = Vec::new();
        for (place, one) in self.0.iter().enumerate() {
            if broken == Broken::Recorded && one.ends.contains(&End::Applied) {
                continue;
            }
            let repeat = match broken {
                Broken::OnceIsLookedUp => Repeat::Idempotent,
                _ => repeats[one.step],
            };
            rows.push(Step::Begun(self.begun(place, repeat)));
            let ends = one.ends.iter().enumerate();
            rows.extend(ends.map(|(nth, end)| Step::Ended(self.ended(place, nth, *end))));
        }
        rows
    }

    fn begun(&self, place: usize, repeat: Repeat) -> StepBegun {
        let one = &self.0[place];
        StepBegun {
            id: row(place, 0),
            request: None,
            grant: Some(GrantId::from_uuid(Uuid::nil())),
            job: JobId::from_uuid(Uuid::nil()),
            key: key(one.step, one.n),
            name: name(one.step),
            n: one.n,
            sending: one.sending,
            repeat,
            attempt: 1,
            token: one.token,
            request_sealed: Sealed::from_text(String::new()),
            at: Timestamp::from_micros(place as i64 * 100),
        }
    }

    fn ended(&self, place: usize, nth: usize, end: End) -> StepEnded {
        let miss = Error::new(ErrorKind::NotFound, "a look-up found no trace of the write");
        let refused = Error::new(ErrorKind::PlatformRefused, "no");
        let (fate, failure) = match end {
            End::Applied => (Fate::Applied, None),
            End::Refused => (Fate::Rejected, Some(refused)),
            End::TryAgain => (Fate::Rejected, Some(refused.with_retry(Retry::Backoff))),
            End::Miss => (Fate::Unknown, Some(miss)),
            End::NotSent => (Fate::NotSent, Some(miss)),
        };
        StepEnded {
            id: row(place, nth + 1),
            begun: row(place, 0),
            grant: Some(GrantId::from_uuid(Uuid::nil())),
            job: JobId::from_uuid(Uuid::nil()),
            fate,
            answer: (end == End::Applied).then(|| Sealed::from_text(String::new())),
            failure: failure.map(|error| error.to_failure()),
            at: Timestamp::from_micros(place as i64 * 100 + nth as i64 + 1),
        }
    }
}

fn name(step: usize) -> String {
    format!("step {step}")
}

fn key(step: usize, n: u32) -> StepKey {
    StepKey(format!("{step}/{n}"))
}

fn row(place: usize, nth: usize) -> StepId {
    StepId::from_uuid(Uuid::from_u128(place as u128 * 100 + nth as u128))
}

fn place_of(row: StepId) -> usize {
    (row.as_uuid().as_u128() / 100) as usize
}

fn at(step: &Step) -> Timestamp {
    match step {
        Step::Begun(begun) => begun.at,
        Step::Ended(ended) => ended.at,
    }
}
