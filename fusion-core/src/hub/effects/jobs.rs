//! The jobs that effects bring about.

use super::Circumstances;
use crate::{
    approval::Request,
    clock::Timestamp,
    error::{Result, When},
    hub::{Hub, handlers::RequestJob},
    job::{JobKind, NewJob},
    plugin::WriteUnit,
    tenant::Tenant,
    verb::Operation,
};

impl Hub {
    pub(super) fn request_job(&self, tenant: &Tenant, request: &Request, kind: JobKind) -> Result<NewJob> {
        let payload = RequestJob { request: request.id, until: None }.to_payload()?;
        let mut job = NewJob::new(&*self.0.clock, tenant, kind, payload);
        job.partition = request.store;
        Ok(job)
    }

    pub(super) fn execute_job(&self, tenant: &Tenant, request: &Request) -> Result<NewJob> {
        let mut job = self.request_job(tenant, request, JobKind::EXECUTE)?;
        job.grant = request.grant;
        job.begins_work = true;
        job.serial = self.serial_key(request)?;
        Ok(job)
    }

    pub(super) fn watch_job(&self, circumstances: &Circumstances<'_>, request: &Request) -> Result<NewJob> {
        let mut job = self.request_job(circumstances.tenant, request, JobKind::WATCH)?;
        job.payload = RequestJob { request: request.id, until: circumstances.watch_until }.to_payload()?;
        job.due = When::In(self.0.periods.watch_every);
        job.background = true;
        if let Some(running) = circumstances.running {
            job.serial.clone_from(&running.serial);
            job.takes_key_of = running.serial.as_ref().map(|_| running.id);
        }
        Ok(job)
    }

    pub(super) fn timer(&self, tenant: &Tenant, request: &Request, at: Timestamp) -> Result<NewJob> {
        let mut job = self.request_job(tenant, request, JobKind::EXPIRE)?;
        job.partition = None;
        job.due = When::At(at);
        job.background = true;
        Ok(job)
    }

    fn serial_key(&self, request: &Request) -> Result<Option<String>> {
        if let Some(order) = request.order {
            return Ok(Some(format!("order:{order}")));
        }
        let (Some(platform), Some(listing)) = (&request.platform, request.listing) else { return Ok(None) };
        let unit = self.0.plugins.get(platform)?.plugin.manifest().write_unit;
        Ok(Some(serial_key(unit, request.operation, listing)))
    }
}

/// Writes of one key never overtake each other.
pub(in crate::hub) fn serial_key(
    unit: WriteUnit,
    operation: Operation,
    listing: crate::model::ListingId,
) -> String {
    match (unit, operation) {
        (WriteUnit::Apart { .. } | WriteUnit::Variant, Operation::SyncInventory) => {
            format!("stock:{listing}")
        }
        _ => format!("listing:{listing}"),
    }
}
