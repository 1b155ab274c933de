//! What can happen to a request, what has to be known for it, and what follows.

use crate::{
    approval::{GrantDraft, Membership, Request, Route},
    audit::Action,
    canonical::Hash,
    clock::Timestamp,
    error::Failure,
    model::VoteId,
    plugin::Watch,
    tenant::Signature,
};

/// What is agreed on: a revision that guard, preview and policy have passed.
#[derive(Clone, Debug)]
pub struct Terms {
    /// The revision's digest.
    pub digest: Hash,
    /// Who has to agree.
    pub route: Route,
    /// Until when people may decide.
    pub decide_by: Timestamp,
    /// Until when it may begin.
    pub execute_by: Timestamp,
}

/// What a worker found when it was about to begin.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClaimCheck {
    /// Fields that somebody else has changed since it was shown.
    pub stale: Vec<String>,
    /// Whether the connection still belongs to the account that was shown.
    pub same_account: bool,
    /// Whether plugin and facts are those of the preview, or a new preview is equal.
    pub same_preview: bool,
    /// Whether the grant was opened: MAC, request, revision and digest fit.
    pub grant_holds: bool,
}

/// What a person found out about an unknown outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It took effect.
    Done,
    /// It didn't, and shall not be tried again.
    Failed,
    /// It didn't, and shall be tried again.
    Again,
}

/// What asking about an accepted write brought.
#[derive(Clone, Debug, PartialEq)]
pub enum Observation {
    /// It took effect.
    Done,
    /// The platform refused it after all.
    Failed(Failure),
    /// Not decided yet; the watch may have changed.
    Still(Watch),
    /// Not decided, and its time is over.
    Overdue,
}

/// What happens to a request.
#[derive(Clone, Debug)]
pub enum Event<'a> {
    /// The draft is ready and asks for agreement.
    Submit(Terms),
    /// A new revision takes the place of the old one.
    Amend(Terms),
    /// The requester sends back what was shown.
    Confirm {
        /// What they were shown.
        digest: Hash,
        /// The record of it.
        vote: VoteId,
    },
    /// A person says yes.
    Approve {
        /// What they were shown.
        digest: Hash,
        /// The record of it.
        vote: VoteId,
    },
    /// A person says no.
    Reject {
        /// What they were shown.
        digest: Hash,
        /// The record of it.
        vote: VoteId,
    },
    /// A person wants it otherwise.
    RequestChanges {
        /// What they were shown.
        digest: Hash,
        /// The record of it.
        vote: VoteId,
    },
    /// A member leaves words.
    Comment,
    /// A person takes their vote back.
    RetractVote,
    /// The requester takes it back.
    Withdraw,
    /// An approver or admin takes the approval back.
    Revoke,
    /// A deadline may have passed.
    Expire,
    /// The request it waits for has ended.
    ParentEnded {
        /// Whether it took effect.
        done: bool,
    },
    /// A worker is about to send the first step.
    Claim {
        /// Its fencing token.
        token: u64,
        /// What it found.
        check: &'a ClaimCheck,
    },
    /// The plugin's receipt came.
    Finished {
        /// The token of the attempt.
        token: u64,
        /// Whether any step was begun by this attempt or an earlier one. If not, `check` is held against it, and
        /// it says nothing about a request that is closed or in somebody else's hands.
        started: bool,
        /// What to watch, if the platform has only accepted it.
        watch: Option<Watch>,
        /// What the worker found.
        check: &'a ClaimCheck,
    },
    /// An attempt ended without the whole effect, and nothing is unanswered.
    Setback {
        /// The token of the attempt.
        token: u64,
        /// Why.
        failure: Failure,
        /// Whether it may be tried again: retryable, and attempts are left.
        again: bool,
    },
    /// The attempt's worker is gone, or a step of it is unanswered.
    LeaseLost {
        /// The token of the attempt.
        token: u64,
    },
    /// The queue gave its job up: the one that carries it out, looks it up or watches it; or a draft can't be put
    /// before people.
    GivenUp {
        /// Why.
        failure: Failure,
    },
    /// Look-ups were made.
    Resolve {
        /// Steps that are still unanswered.
        open: u32,
        /// Whether look-ups have said all they can; the job that reports it ends with it.
        needs_person: bool,
    },
    /// A person says what became of it.
    Decide(Verdict),
    /// An accepted write was asked about.
    Observe(Observation),
}

/// How the request that another waits for stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parent {
    /// There is none, or it is done.
    Done,
    /// It isn't decided or not done.
    Open,
    /// It ended otherwise.
    Ended,
}

/// What has to be known beside the event.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// The storage's time.
    pub now: Timestamp,
    /// Who causes it.
    pub by: &'a Signature,
    /// What the directory says about them.
    pub membership: &'a Membership,
    /// The request that this one waits for.
    pub parent: Parent,
    /// Whether a step of the grant is applied, accepted, partly applied or unanswered.
    pub touched: bool,
}

/// Something that should not have happened, and is told aloud.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alarm {
    /// A write took effect after its request was closed.
    LateEffect,
    /// Two attempts of one grant took effect.
    DoubleEffect,
}

/// What has to be carried out in the same commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// A vote is recorded and counts.
    CountVote,
    /// The seats' vote records stop to count.
    VoidVotes(Vec<VoteId>),
    /// A grant is signed and stored; a void one of this revision is re-opened.
    OpenGrant(GrantDraft),
    /// Its job is put into the queue.
    Enqueue,
    /// The grant is claimed under this token.
    ClaimGrant(u64),
    /// The grant may be claimed again, also when it was spent on what a person has found to be without effect.
    ReleaseGrant,
    /// The grant is used up.
    SpendGrant,
    /// The grant is taken back.
    VoidGrant,
    /// The job is cancelled, if there is one that doesn't end with this report.
    CancelJob,
    /// A job asks later what became of it.
    Watch,
    /// A job looks up the unanswered steps.
    Reconcile,
    /// A timer ends it at the decide-by time.
    TimerDecideBy,
    /// A timer ends it at the execute-by time.
    TimerExecuteBy,
    /// Those that wait for it are told.
    TellChildren {
        /// Whether it took effect.
        done: bool,
    },
    /// Something is told aloud.
    Raise(Alarm),
}

/// A request's next version with what belongs to it.
#[derive(Clone, Debug, PartialEq)]
pub struct Transition {
    /// The next version.
    pub request: Request,
    /// The one audit entry of this transition.
    pub action: Action,
    /// What has to be carried out in the same commit.
    pub effects: Vec<Effect>,
}
