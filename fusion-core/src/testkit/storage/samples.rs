//! Records that clauses store: values that a careless storage would change are among them.

use super::world::{World, person, signature};
use crate::{
    approval::{Decision, GrantDraft, GrantRecord, Phase, Request, Revision, Vote},
    canonical::{EphemeralKeys, Hash},
    clock::Timestamp,
    error::{Fate, Problem},
    model::*,
    plugin::{Preview, Snapshot},
    verb::{Operation, PlatformSlug},
};
use serde_json::json;

/// Quotes, line ends, a character of four bytes and a NUL.
pub(super) const TEXT: &str = "Größe \"1½\"\r\n\u{1F9E6}\0'; --";

impl<S> World<S> {
    pub(super) fn item(&self, name: &str) -> StockItem {
        StockItem { id: StockItemId::new(&self.clock), name: name.into() }
    }

    pub(super) fn shop(&self, id: StoreId) -> Store {
        let facts = StoreFacts {
            account: "account".to_owned(),
            remote_id: format!("shop {id}"),
            name: TEXT.to_owned(),
            currency: Currency::new("EUR").unwrap(),
            tax_basis: TaxBasis::Gross,
            locale: Locale::default(),
            locations: vec![(Ref::new(RefKind::of("location"), "1"), "Main".to_owned())],
            scopes: vec!["read".to_owned()],
            other: [("plan".to_owned(), json!({ "limit": 1.5, "names": [null, true] }))].into(),
        };
        Store {
            id,
            connection: ConnectionId::new(&self.clock),
            platform: PlatformSlug::from("shopify"),
            name: "Main shop".to_owned(),
            status: StoreStatus::Active,
            held: None,
            facts,
            facts_version: u64::MAX,
            locations: Vec::new(),
            learned: Vec::new(),
        }
    }

    pub(super) fn product(&self, status: ProductStatus, changed: i64) -> Product {
        Product {
            id: ProductId::new(&self.clock),
            locale: Locale::default(),
            wording: Wording { title: TEXT.to_owned(), ..Wording::default() },
            translations: [(Locale("pt-BR".to_owned()), Wording::default())].into(),
            brand: None,
            nature: Nature::Physical,
            options: Vec::new(),
            variants: Vec::new(),
            media: Vec::new(),
            categories: Vec::new(),
            tags: Vec::new(),
            attributes: [("size".to_owned(), json!(i64::MIN))].into(),
            extensions: Extensions::default(),
            status,
            changed: Timestamp::from_micros(changed),
        }
    }

    pub(super) fn variant(&self, sku: &str, item: StockItemId) -> Variant {
        Variant {
            id: VariantId::new(&self.clock),
            options: OptionValues::default(),
            sku: Some(sku.to_owned()),
            codes: Vec::new(),
            consumes: vec![Consumes { item, units: 2 }],
            offered: true,
            base_price: "12.50 EUR".parse().unwrap(),
            compare_at: None,
            cost: None,
            shipping: Shipping::default(),
            media: None,
        }
    }

    pub(super) fn change_of_stock(&self, item: StockItemId, location: LocationId, cause: &str) -> StockMove {
        StockMove {
            id: MoveId::new(&self.clock),
            item,
            location,
            delta: -1,
            kind: MoveKind::Reserve,
            cause: cause.into(),
            at: Timestamp::EPOCH,
        }
    }

    pub(super) fn listing(&self, own: &[Ref], variant: &[Ref]) -> Listing {
        Listing {
            id: ListingId::new(&self.clock),
            store: self.store,
            product: ProductId::new(&self.clock),
            refs: Refs::of(own.iter().cloned()),
            overrides: ListingEdit::default(),
            bindings: Vec::new(),
            variants: vec![ListingVariant {
                id: ListingVariantId::new(&self.clock),
                variant: None,
                refs: Refs::of(variant.iter().cloned()),
                remote_sku: None,
                offered: true,
                offer: None,
                shipped_by: ShippedBy::Merchant,
                counted_as: None,
            }],
            media: Vec::new(),
            state: ListingState::of(Lifecycle::Live),
            issues: Vec::new(),
            losses: Vec::new(),
            doubt: None,
            desired: None,
            applied: None,
            observed: None,
            synced: None,
        }
    }

    pub(super) fn order(&self, refs: &[Ref], life: Axis<Life>) -> Order {
        let facts = OrderFacts {
            refs: Refs::of(refs.iter().cloned()),
            number: None,
            role: OrderRole::Sale,
            locale: None,
            placed: Timestamp::from_micros(10),
            updated: None,
            cancelled: None,
            edited: None,
            life,
            payment: Axis::NotTold,
            total: None,
            paid: None,
            shipment: Axis::NotTold,
            lines: Vec::new(),
            charges: Vec::new(),
            fulfilments: Vec::new(),
            refunds: Vec::new(),
            extensions: Extensions::default(),
        };
        Order::new(OrderId::new(&self.clock), self.store, facts, Timestamp::EPOCH)
    }

    pub(super) fn doubt(&self, question: &Question) -> Doubt {
        Doubt::new(DoubtId::new(&self.clock), self.store, question.clone(), Vec::new(), Timestamp::EPOCH)
    }

    pub(super) fn delivery(&self, connection: ConnectionId, topic: &str, body: &str) -> WebhookDelivery {
        WebhookDelivery {
            id: WebhookDeliveryId::new(&self.clock),
            connection,
            store: Some(self.store),
            topic: topic.to_owned(),
            body: Hash::of(body),
            event: Some(Hash::of("event")),
            about: None,
            taken: Timestamp::EPOCH,
        }
    }

    pub(super) fn unread(&self, walk: Walk) -> Unread {
        Unread {
            id: UnreadId::new(&self.clock),
            store: self.store,
            walk,
            record: None,
            problem: Problem::error("lines", "truncated", "the lines end in the middle"),
            tries: 0,
            at: Timestamp::EPOCH,
        }
    }

    pub(super) fn erasure(&self, order: &str) -> Erasure {
        let buyers = BuyersOf::Order(Ref::new(RefKind::of("order"), order));
        Erasure::new(ConnectionId::new(&self.clock), buyers, Timestamp::EPOCH)
    }

    pub(super) fn request(&self, caller_key: Option<&str>) -> Request {
        Request {
            id: RequestId::new(&self.clock),
            bundle: BundleId::new(&self.clock),
            position: 0,
            requester: signature(),
            editors: Vec::new(),
            operation: Operation::UpdateProduct,
            store: Some(self.store),
            platform: None,
            listing: None,
            order: None,
            phase: Phase::Draft,
            revision: 1,
            digest: None,
            route: None,
            seats: Vec::new(),
            decide_by: Timestamp::EPOCH,
            execute_by: Timestamp::EPOCH,
            grant: None,
            job: None,
            attempt: 0,
            token: None,
            after: None,
            children: Vec::new(),
            caller_key: caller_key.map(str::to_owned),
            watch: None,
            failure: None,
            created: Timestamp::EPOCH,
        }
    }

    pub(super) fn revision(&self, request: RequestId, number: u32) -> Revision {
        Revision {
            request,
            number,
            command: format!("{{\"text\":{}}}", json!(TEXT)),
            snapshot: Snapshot { fields: [("price".to_owned(), json!("8"))].into(), ..Snapshot::default() },
            preview: Preview { summary: TEXT.to_owned(), ..Preview::default() },
            plugin_version: "1".to_owned(),
            account: "account".to_owned(),
            listing_ref: None,
            decide_by: Timestamp::EPOCH,
            execute_by: Timestamp::EPOCH,
            author: signature(),
            at: Timestamp::EPOCH,
            digest: Hash::of("shown"),
        }
    }

    pub(super) fn vote(&self, request: RequestId, revision: u32, who: &str) -> Vote {
        Vote {
            id: VoteId::new(&self.clock),
            request,
            revision,
            stage: 1,
            group: "owners".into(),
            person: person(who),
            decision: Decision::Approve,
            digest: Hash::of("shown"),
            policy: Hash::of("policy"),
            people: None,
            note: None,
            at: Timestamp::EPOCH,
            void: false,
        }
    }

    pub(super) async fn grant(&self, request: RequestId, revision: u32) -> GrantRecord {
        let draft = GrantDraft {
            request,
            revision,
            digest: Hash::of("shown"),
            policy: Hash::of("policy"),
            execute_by: Timestamp::EPOCH,
        };
        let keys = EphemeralKeys::new(&self.clock);
        draft.sign(GrantId::new(&self.clock), &self.tenant, &keys).await.unwrap()
    }

    pub(super) fn step_of(&self, job: JobId, grant: Option<GrantId>) -> Step {
        Step::Ended(StepEnded {
            id: StepId::new(&self.clock),
            begun: StepId::new(&self.clock),
            grant,
            job,
            fate: Fate::Applied,
            answer: Some(Sealed::from_text(TEXT.to_owned())),
            failure: None,
            at: Timestamp::EPOCH,
        })
    }

    pub(super) fn step(&self) -> Step {
        self.step_of(JobId::new(&self.clock), None)
    }
}
