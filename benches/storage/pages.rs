//! Someone leafs through a large catalogue.

use crate::{
    Result,
    measure::{
        options::Options,
        table::Table,
        timed,
        turns::{About, Seen as Turn, Wanted, in_turn},
    },
    scene::Seen,
    site::Site,
};
use fusion_core::{
    model::{Product, ProductId},
    storage::{Backend, ChangeSet, Entity as _, Key, Query, Record, Storage as _, list_page},
    tenant::Tenant,
};
use fusion_queue::TokioClock;
use std::sync::Arc;

/// Products of a page.
const PAGE: usize = 100;

/// Pages of each end that are measured.
const PAGES: usize = 20;

/// Products of one commit.
const AT_ONCE: usize = 500;

pub(crate) async fn rows(options: &Options, site: Site<'_>, table: &mut Table) -> Result<()> {
    let (pages, memory) =
        site.pick(("postgres-pages", "postgres-pages-memory"), ("sqlite-pages", "sqlite-pages-memory"));
    if !options.wants(pages) && !options.wants(memory) {
        return Ok(());
    }
    let products = options.size(10_000, 100_000);
    let measuring = async |backend: Arc<dyn Backend>| {
        let catalogue = Catalogue::of(backend, products).await?;
        if options.wants(pages) {
            let about = About {
                name: pages,
                work: format!("the last {PAGES} pages of {PAGE} among {products} products"),
                yardstick: "the first pages",
                unit: "pages/s",
                wanted: Wanted::AtLeast(0.9),
            };
            let (last, first) = (async || catalogue.last().await, async || catalogue.first().await);
            table.add(in_turn(options, about, last, first).await?);
        }
        if options.wants(memory) {
            let about = About {
                name: memory,
                work: format!("the most memory while all pages of {products} products are read"),
                yardstick: "while the first are",
                unit: "MiB",
                wanted: Wanted::AtMost(1.1),
            };
            let all = async || catalogue.memory(usize::MAX).await;
            table.add(in_turn(options, about, all, async || catalogue.memory(PAGES).await).await?);
        }
        Ok(())
    };
    site.with_empty(measuring).await
}

struct Catalogue {
    backend: Arc<dyn Backend>,
    tenant: Tenant,
    products: usize,
    /// The product before the last pages.
    late: Key,
}

impl Catalogue {
    async fn of(backend: Arc<dyn Backend>, products: usize) -> Result<Self> {
        let (scene, seen) = Seen::scene().await?;
        scene.asked(1).await?;
        let written = seen.changes().into_iter().flat_map(|(_, changes)| changes.writes);
        let mut saved = written.filter_map(|write| match write.record {
            Some(Record::Product(product)) => Some(product),
            _ => None,
        });
        let pattern = saved.next().ok_or("no product was saved")?;
        let (tenant, clock) = (Tenant::new("acme")?, backend.clock());
        let mut ids: Vec<ProductId> = (0..products).map(|_| ProductId::new(&*clock)).collect();
        ids.sort();
        for part in ids.chunks(AT_ONCE) {
            let mut changes = ChangeSet::default();
            part.iter().for_each(|id| changes.create(Product { id: *id, ..(*pattern).clone() }));
            drop(backend.commit(&tenant, changes).await?);
        }
        let late = ids.get(products.saturating_sub(PAGES * PAGE + 1)).ok_or("too few products")?;
        Ok(Self { backend, tenant, products, late: Product::key(*late) })
    }

    async fn first(&self) -> Result<Turn> {
        self.rate(None).await
    }

    async fn last(&self) -> Result<Turn> {
        self.rate(Some(&self.late)).await
    }

    async fn rate(&self, after: Option<&Key>) -> Result<Turn> {
        let clock = TokioClock::system();
        let (read, span) = timed(&clock, self.read(after, PAGES)).await?;
        match read == PAGES * PAGE {
            true => Ok(Turn::rate(PAGES, span)),
            false => Err(format!("{read} products were read").into()),
        }
    }

    /// Reads so many pages at most; how many products those have.
    async fn read(&self, after: Option<&Key>, pages: usize) -> Result<usize> {
        let (mut after, mut read) = (after.cloned(), 0);
        for _ in 0..pages {
            let page =
                list_page::<Product>(&*self.backend, &self.tenant, &Query::Products, after.as_ref(), PAGE)
                    .await?;
            read += page.0.len();
            match page.1 {
                Some(next) => after = Some(next),
                None => break,
            }
        }
        Ok(read)
    }

    /// The most memory of this process while it reads so many pages.
    async fn memory(&self, pages: usize) -> Result<Turn> {
        std::fs::write("/proc/self/clear_refs", "5")?;
        let read = self.read(None, pages).await?;
        if read != self.products.min(pages.saturating_mul(PAGE)) {
            return Err(format!("{read} products were read").into());
        }
        let status = std::fs::read_to_string("/proc/self/status")?;
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kilobytes: f64 =
            peak.and_then(|peak| peak.split_whitespace().next()).ok_or("no VmHWM")?.parse()?;
        Ok(Turn { value: kilobytes / 1_024.0, ..Turn::default() })
    }
}
