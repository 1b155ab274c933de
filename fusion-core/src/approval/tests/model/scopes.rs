//! The worlds that are explored whole: each large in one direction and small in the others.

use super::{
    super::fixture::stage,
    world::{Scope, actor},
};
use crate::{
    approval::{Answer, Membership},
    model::Repeat,
    tenant::ActorKind,
};

use ActorKind::{Human, Service, System};

fn plain(name: &'static str, answer: Answer) -> Scope {
    Scope {
        name,
        answer,
        actors: vec![actor(Human, "ann", &["desk", "lead"], false)],
        editors: Vec::new(),
        revisions: 1,
        leases: 1,
        steps: vec![Repeat::Once],
        refuses: false,
        family: false,
        disturbed: false,
        accepts: false,
        fickle: false,
    }
}

/// Two stages, two revisions; the requester belongs to both groups, one colleague too, an editor to the second.
pub(crate) fn two_stages() -> Scope {
    Scope {
        actors: vec![
            actor(Human, "ann", &["desk", "lead"], false),
            actor(Human, "ben", &["desk", "lead"], false),
            actor(Human, "cem", &["desk"], false),
            actor(Human, "dan", &["lead"], true),
            actor(Human, "fay", &["desk"], false),
            actor(Human, "out", &[], false),
            actor(Service, "bot", &["desk", "lead"], false),
        ],
        revisions: 2,
        disturbed: true,
        fickle: true,
        ..plain("two stages", Answer::People(vec![stage("desk", 2), stage("lead", 1)]))
    }
}

/// One stage, and an editor who may write the second revision.
pub(crate) fn editor() -> Scope {
    Scope {
        actors: vec![
            actor(Human, "ann", &["desk"], false),
            actor(Human, "ben", &["desk"], false),
            actor(Human, "eve", &["desk"], false),
            actor(Human, "out", &[], true),
        ],
        editors: vec![2],
        revisions: 2,
        leases: 2,
        ..plain("an editor", Answer::People(vec![stage("desk", 1)]))
    }
}

/// The requester's own confirmation.
pub(crate) fn confirm() -> Scope {
    Scope {
        actors: vec![
            actor(Human, "ann", &[], false),
            actor(Human, "ben", &["desk"], true),
            actor(Service, "bot", &[], false),
        ],
        revisions: 2,
        leases: 2,
        disturbed: true,
        ..plain("confirmation", Answer::Confirm)
    }
}

/// What the hub asks for by itself: any member confirms it.
pub(crate) fn by_the_hub() -> Scope {
    let (stranger, _) = actor(Human, "out", &[], false);
    Scope {
        actors: vec![
            actor(System, "hub", &[], false),
            actor(Human, "ben", &[], true),
            (stranger, Membership::default()),
            actor(Service, "bot", &[], false),
        ],
        ..plain("the hub asks", Answer::Confirm)
    }
}

/// A program's request that people decide.
pub(crate) fn program() -> Scope {
    Scope {
        actors: vec![actor(Service, "bot", &["desk"], false), actor(Human, "ben", &["desk"], true)],
        ..plain("a program asks", Answer::People(vec![stage("desk", 1)]))
    }
}

/// Two steps, two workers one after the other, dead ones that still speak, lost answers, look-ups, people.
pub(crate) fn running() -> Scope {
    Scope {
        actors: vec![actor(Human, "ann", &[], false), actor(Human, "ben", &[], true)],
        leases: 2,
        steps: vec![Repeat::Once, Repeat::Idempotent],
        disturbed: true,
        ..plain("execution", Answer::Automatic)
    }
}

/// The platform refuses, accepts for later, or carries out.
pub(crate) fn choosy() -> Scope {
    Scope {
        actors: vec![actor(Human, "ann", &[], false), actor(Human, "ben", &[], true)],
        leases: 2,
        refuses: true,
        accepts: true,
        ..plain("a choosy platform", Answer::Automatic)
    }
}

/// All of it together: five people in two stages, two revisions, and two workers with a step of each kind.
pub(crate) fn whole() -> Scope {
    Scope {
        actors: vec![
            actor(Human, "ann", &["desk", "lead"], false),
            actor(Human, "ben", &["desk", "lead"], false),
            actor(Human, "cem", &["desk"], false),
            actor(Human, "dan", &["desk"], false),
            actor(Human, "eve", &["lead"], true),
        ],
        revisions: 2,
        leases: 2,
        steps: vec![Repeat::Once, Repeat::Idempotent],
        ..plain("the whole", Answer::People(vec![stage("desk", 2), stage("lead", 1)]))
    }
}

/// Larger in one direction each: people who change their minds, a third worker.
pub(crate) fn long() -> [Scope; 2] {
    let more = |name, scope: Scope| Scope { name, ..scope };
    [
        more("three workers", Scope { leases: 3, ..running() }),
        more("the whole, fickle", Scope { fickle: true, ..whole() }),
    ]
}

/// A request that waits for another.
pub(crate) fn family() -> Scope {
    Scope {
        actors: vec![actor(Human, "ann", &[], true)],
        family: true,
        ..plain("parent and child", Answer::Automatic)
    }
}
