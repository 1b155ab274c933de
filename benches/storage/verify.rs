//! How much of the time of a verification is the hash itself.

use crate::{
    Result,
    measure::{
        options::Options,
        table::Table,
        timed,
        turns::{About, Seen as Turn, Wanted, in_turn},
    },
    scene::Seen,
};
use fusion_core::{
    audit::{self, AuditEntry, Head, NewAudit, Start},
    canonical::{self, Hash},
    model::AuditId,
    tenant::Tenant,
};
use fusion_queue::TokioClock;
use std::hint::black_box;

/// Commands whose entries are repeated.
const COMMANDS: usize = 50;

pub(crate) async fn rows(options: &Options, table: &mut Table) -> Result<()> {
    if !options.wants("verify") {
        return Ok(());
    }
    let (tenant, clock) = (Tenant::new("acme")?, TokioClock::system());
    let entries = chain(&tenant, &clock, options.size(20_000, 200_000)).await?;
    let bytes: Vec<Vec<u8>> =
        entries.iter().map(|one| canonical::bytes(&one.entry)).collect::<Result<_, _>>()?;
    let all: usize = bytes.iter().map(Vec::len).sum();
    let about = About {
        name: "verify",
        work: format!("{} entries of {} bytes are verified", entries.len(), all / entries.len()),
        yardstick: "SHA-256 of the same bytes",
        unit: "bytes/s",
        wanted: Wanted::AtLeast(0.3),
    };
    let ours = async || {
        let verifying =
            async { Ok(audit::verify(&tenant, &entries, Start::Genesis, None).map_err(|e| e.to_string())?) };
        let (verified, span) = timed(&clock, verifying).await?;
        match usize::try_from(*verified.range.end())? == entries.len() {
            true => Ok(Turn::rate(all, span)),
            false => Err("not all entries were verified".into()),
        }
    };
    let theirs = async || {
        let hashing = async {
            for one in &bytes {
                black_box(Hash::of(one));
            }
            Ok(())
        };
        Ok(Turn::rate(all, timed(&clock, hashing).await?.1))
    };
    table.add(in_turn(options, about, ours, theirs).await?);
    Ok(())
}

/// So many entries, as commands on their way leave them.
async fn chain(tenant: &Tenant, clock: &TokioClock, many: usize) -> Result<Vec<AuditEntry>> {
    let (scene, seen) = Seen::scene().await?;
    scene.agree(&scene.asked(COMMANDS).await?).await?;
    scene.perform().await?;
    let left: Vec<NewAudit> = seen.changes().into_iter().flat_map(|(_, changes)| changes.audit).collect();
    let entries = left.into_iter().cycle().take(many).map(|entry| (AuditId::new(clock), entry));
    Ok(audit::chain(&Head::genesis(tenant), entries)?.0)
}
