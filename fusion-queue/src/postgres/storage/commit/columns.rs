//! Commits as the columns of one statement.

use super::part::{Held, Part, Row};
use crate::postgres::{Postgres, connect::Statement};
use std::cmp::Reverse;

/// Gives a statement the arguments of `store`, up to what its commits ask of the queue.
pub(super) fn bind(db: &Postgres, statement: Statement, parts: &[&Part]) -> Statement {
    let in_company = parts.len() > 1;
    let tenant = parts.first().map_or("", |part| part.tenant.as_str());
    let not_after = parts.iter().filter_map(|part| part.not_after).min();
    let statement = statement.bind(db.given()).bind(tenant).bind(in_company).bind(not_after);
    let fences = || parts.iter().filter_map(|part| Some((part.tenant.as_str(), part.fence?)));
    let statement = statement
        .bind(fences().map(|(of, _)| of).collect::<Vec<_>>())
        .bind(fences().map(|(_, (job, _))| job).collect::<Vec<_>>())
        .bind(fences().map(|(_, (_, token))| token).collect::<Vec<_>>());
    let statement = bind_rows(bind_held(statement, parts), parts);
    let audit = || parts.iter().flat_map(|part| part.audit.iter().map(|entry| (part.tenant.as_str(), entry)));
    statement
        .bind(audit().map(|(of, _)| of).collect::<Vec<_>>())
        .bind(audit().map(|(_, (id, _))| *id).collect::<Vec<_>>())
        .bind(audit().map(|(_, (_, body))| body.as_str()).collect::<Vec<_>>())
        .bind(parts.iter().flat_map(|part| part.cancels.iter().copied()).collect::<Vec<_>>())
}

/// Alone, in the order of the keys, so that of two who want the same records in two ways one waits for the other; in
/// company first all that is written, since each change of the way is a statement.
fn bind_held(statement: Statement, parts: &[&Part]) -> Statement {
    let each = parts.iter().flat_map(|part| part.held.iter().map(|one| (part.tenant.as_str(), one)));
    let mut held: Vec<(&str, &Held)> = each.collect();
    if parts.len() > 1 {
        held.sort_by_key(|(of, one)| (Reverse(one.is_written), *of, one.kind, one.id.as_slice()));
        held.dedup_by(|(of, one), (of_before, before)| {
            let is_same = (*of, one.kind, &one.id, one.version)
                == (*of_before, before.kind, &before.id, before.version);
            is_same && !one.is_written && !before.is_written
        });
    }
    let runs: Vec<_> = held.chunk_by(|(_, one), (_, next)| one.is_written == next.is_written).collect();
    let ends = runs.iter().scan(0, |end, run| {
        *end += i32::try_from(run.len()).unwrap_or(i32::MAX);
        Some(*end)
    });
    let ends: Vec<i32> = ends.collect();
    let is_written: Vec<bool> = runs.iter().filter_map(|run| Some(run.first()?.1.is_written)).collect();
    statement
        .bind(held.iter().map(|(of, _)| *of).collect::<Vec<_>>())
        .bind(held.iter().map(|(_, one)| one.kind).collect::<Vec<_>>())
        .bind(held.iter().map(|(_, one)| one.id.as_slice()).collect::<Vec<_>>())
        .bind(held.iter().map(|(_, one)| one.version).collect::<Vec<_>>())
        .bind(ends)
        .bind(is_written)
}

/// Steps come behind all other records.
fn bind_rows(statement: Statement, parts: &[&Part]) -> Statement {
    let of = |rows: fn(&Part) -> &Vec<Row>| {
        parts.iter().flat_map(move |part| rows(part).iter().map(|row| (part.tenant.as_str(), row)))
    };
    let written = of(|part| &part.rows).count();
    let new = of(|part| &part.rows).filter(|(_, row)| row.expect == 0).count();
    let rows: Vec<(&str, &Row)> = of(|part| &part.rows).chain(of(|part| &part.steps)).collect();
    let claims =
        || parts.iter().flat_map(|part| part.claims.iter().map(|claim| (part.tenant.as_str(), claim)));
    statement
        .bind(rows.iter().map(|(of, _)| *of).collect::<Vec<_>>())
        .bind(rows.iter().map(|(_, row)| row.kind).collect::<Vec<_>>())
        .bind(rows.iter().map(|(_, row)| row.id.as_slice()).collect::<Vec<_>>())
        .bind(rows.iter().map(|(_, row)| row.expect).collect::<Vec<_>>())
        .bind(rows.iter().map(|(_, row)| row.changed).collect::<Vec<_>>())
        .bind(rows.iter().map(|(_, row)| row.lookups.as_slice()).collect::<Vec<_>>())
        .bind(rows.iter().map(|(_, row)| row.uniques.as_slice()).collect::<Vec<_>>())
        .bind(rows.iter().map(|(_, row)| row.body.as_deref()).collect::<Vec<_>>())
        .bind(i32::try_from(written).unwrap_or(i32::MAX))
        .bind(i32::try_from(new).unwrap_or(i32::MAX))
        .bind(claims().map(|(of, _)| of).collect::<Vec<_>>())
        .bind(claims().map(|(_, (_, (_, by)))| by.as_slice()).collect::<Vec<_>>())
        .bind(claims().map(|(_, (hash, _))| hash.as_slice()).collect::<Vec<_>>())
        .bind(parts.iter().find_map(|part| part.clash).map(Vec::from))
        .bind(parts.iter().any(|part| part.is_fixed))
}
