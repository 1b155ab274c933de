//! The closed list of questions that storage answers, each with an index of its own in a database.

use super::{Key, Record};
use crate::{
    canonical::Hash,
    clock::Timestamp,
    model::{
        BundleId, ConnectionId, GrantId, JobId, ListingId, LocationId, OrderId, ProductId, ProductStatus,
        Question, Ref, RequestId, StockItemId, StoreId, Walk,
    },
};
use serde::Serialize;

/// Which records are listed; ordered by key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Query {
    /// Every authorisation.
    Connections,
    /// Every store.
    Stores,
    /// The stores of an authorisation.
    StoresOf(ConnectionId),
    /// Every product.
    Products,
    /// Products that the merchant is so far with.
    ProductsIn(ProductStatus),
    /// Products saved at this moment or later.
    ProductsChangedSince(Timestamp),
    /// Products with a variant of this SKU. Several: a doubt, never a guess.
    ProductsWithSku(String),
    /// Products with a variant that takes from this item.
    ProductsConsuming(StockItemId),
    /// Every place of stock.
    Locations,
    /// The levels of an item.
    LevelsOf(StockItemId),
    /// The levels at a place.
    LevelsAt(LocationId),
    /// The changes of an item's levels.
    MovesOf(StockItemId),
    /// What one cause has changed.
    MovesBecause(String),
    /// A product's listings.
    ListingsOf(ProductId),
    /// A store's listings.
    ListingsIn(StoreId),
    /// A store's listings that know this id, now or before, themselves or by a variant.
    ListingsKnowing(StoreId, Ref),
    /// A store's orders.
    OrdersIn(StoreId),
    /// A store's orders that are neither cancelled nor closed, as far as the platform tells.
    OpenOrders(StoreId),
    /// Open orders with a line that a level of this item [leaves out](crate::model::LineLedger::left_out).
    OrdersLeftOut(StockItemId),
    /// A store's orders that the platform changed at this moment or later; where it doesn't tell, placed.
    OrdersChangedSince(StoreId, Timestamp),
    /// A store's orders that know this id, now or before.
    OrdersKnowing(StoreId, Ref),
    /// The orders of any store that were [made for](crate::model::OrderRole::made_for) this one: at a supplier, or in
    /// its place.
    OrdersFor(OrderId),
    /// The webhook deliveries of an authorisation.
    DeliveriesOf(ConnectionId),
    /// Doubts that wait for a person.
    OpenDoubts,
    /// Doubts of any store on one question that wait for a person.
    OpenDoubtsOn(Question),
    /// A store's doubts on one question, open and resolved.
    DoubtsOn(StoreId, Question),
    /// Records of a store that a walk could not read.
    UnreadIn(StoreId, Walk),
    /// Demands to erase buyers that aren't met.
    OpenErasures,
    /// Every sealed personal value, and every key that is sealed as one.
    PersonalValues,
    /// A bundle's requests.
    RequestsOf(BundleId),
    /// Requests that aren't closed.
    OpenRequests,
    /// Requests on a store.
    RequestsIn(StoreId),
    /// Requests on a listing.
    RequestsOn(ListingId),
    /// The request with this key of the caller's.
    RequestWithKey(String),
    /// A request's revisions.
    RevisionsOf(RequestId),
    /// A request's votes.
    VotesOn(RequestId),
    /// The words that people left on a request.
    NotesOn(RequestId),
    /// A request's grants.
    GrantsOf(RequestId),
    /// The step rows of a grant.
    StepsUnder(GrantId),
    /// The step rows of a job.
    StepsOf(JobId),
    /// Every step row.
    Steps,
}

impl Query {
    /// Whether `record` is one of those asked for: what every storage has to answer, as plain code.
    pub fn matches(&self, record: &Record) -> bool {
        match (self, record) {
            (Self::Connections, Record::Connection(_))
            | (Self::Stores, Record::Store(_))
            | (Self::Products, Record::Product(_))
            | (Self::Locations, Record::Location(_))
            | (Self::PersonalValues, Record::Personal(_))
            | (Self::Steps, Record::Step(_)) => true,
            (Self::StoresOf(connection), Record::Store(store)) => store.connection == *connection,
            (Self::ProductsIn(status), Record::Product(product)) => product.status == *status,
            (Self::ProductsChangedSince(since), Record::Product(product)) => product.changed >= *since,
            (Self::ProductsWithSku(sku), Record::Product(product)) => {
                product.variants.iter().any(|variant| variant.sku.as_deref() == Some(sku))
            }
            (Self::ProductsConsuming(item), Record::Product(product)) => {
                product.variants.iter().any(|variant| variant.consumes.iter().any(|one| one.item == *item))
            }
            (Self::LevelsOf(item), Record::Level(level)) => level.item == *item,
            (Self::LevelsAt(location), Record::Level(level)) => level.location == *location,
            (Self::MovesOf(item), Record::Move(step)) => step.item == *item,
            (Self::MovesBecause(cause), Record::Move(step)) => step.cause == *cause,
            (Self::ListingsOf(product), Record::Listing(listing)) => listing.product == *product,
            (Self::ListingsIn(store), Record::Listing(listing)) => listing.store == *store,
            (Self::ListingsKnowing(store, wanted), Record::Listing(listing)) => {
                listing.store == *store
                    && (listing.refs.knows(wanted)
                        || listing.variants.iter().any(|variant| variant.refs.knows(wanted)))
            }
            (Self::OrdersIn(store), Record::Order(order)) => order.store == *store,
            (Self::OpenOrders(store), Record::Order(order)) => order.store == *store && order.is_open(),
            (Self::OrdersLeftOut(item), Record::Order(order)) => order.is_open() && order.leaves_out(*item),
            (Self::OrdersChangedSince(store, since), Record::Order(order)) => {
                order.store == *store && order.changed() >= *since
            }
            (Self::OrdersKnowing(store, wanted), Record::Order(order)) => {
                order.store == *store && order.facts.refs.knows(wanted)
            }
            (Self::OrdersFor(order), Record::Order(made)) => made.facts.role.made_for() == Some(*order),
            (Self::DeliveriesOf(connection), Record::WebhookDelivery(delivery)) => {
                delivery.connection == *connection
            }
            (Self::OpenDoubts, Record::Doubt(doubt)) => doubt.is_open(),
            (Self::OpenDoubtsOn(question), Record::Doubt(doubt)) => {
                doubt.is_open() && doubt.question == *question
            }
            (Self::DoubtsOn(store, question), Record::Doubt(doubt)) => {
                doubt.store == *store && doubt.question == *question
            }
            (Self::UnreadIn(store, walk), Record::Unread(unread)) => {
                unread.store == *store && unread.walk == *walk
            }
            (Self::OpenErasures, Record::Erasure(erasure)) => erasure.met.is_none(),
            (Self::RequestsOf(bundle), Record::Request(request)) => request.bundle == *bundle,
            (Self::OpenRequests, Record::Request(request)) => !request.phase.is_closed(),
            (Self::RequestsIn(store), Record::Request(request)) => request.store == Some(*store),
            (Self::RequestsOn(listing), Record::Request(request)) => request.listing == Some(*listing),
            (Self::RequestWithKey(key), Record::Request(request)) => {
                request.caller_key.as_deref() == Some(key)
            }
            (Self::RevisionsOf(request), Record::Revision(revision)) => revision.request == *request,
            (Self::VotesOn(request), Record::Vote(vote)) => vote.request == *request,
            (Self::NotesOn(request), Record::Note(note)) => note.request == *request,
            (Self::GrantsOf(request), Record::Grant(grant)) => grant.request() == *request,
            (Self::StepsUnder(grant), Record::Step(step)) => step.grant() == Some(*grant),
            (Self::StepsOf(job), Record::Step(step)) => step.job() == *job,
            _ => false,
        }
    }

    /// The smallest and largest key that can be among them: a storage ordered by key looks at no other.
    pub fn range(&self) -> (Key, Key) {
        const LOW: uuid::Uuid = uuid::Uuid::nil();
        const HIGH: uuid::Uuid = uuid::Uuid::max();
        macro_rules! range {
            ($kind:ident, $id:ident) => {
                (Key::$kind($id::from_uuid(LOW)), Key::$kind($id::from_uuid(HIGH)))
            };
        }
        use crate::model::{
            DoubtId, MoveId, NoteId, PersonalId, StepId, UnreadId, VoteId, WebhookDeliveryId,
        };
        match self {
            Self::Connections => range!(Connection, ConnectionId),
            Self::Stores | Self::StoresOf(_) => range!(Store, StoreId),
            Self::Products
            | Self::ProductsIn(_)
            | Self::ProductsChangedSince(_)
            | Self::ProductsWithSku(_)
            | Self::ProductsConsuming(_) => range!(Product, ProductId),
            Self::Locations => range!(Location, LocationId),
            Self::LevelsOf(item) => (
                Key::Level((*item, LocationId::from_uuid(LOW))),
                Key::Level((*item, LocationId::from_uuid(HIGH))),
            ),
            Self::LevelsAt(_) => (
                Key::Level((StockItemId::from_uuid(LOW), LocationId::from_uuid(LOW))),
                Key::Level((StockItemId::from_uuid(HIGH), LocationId::from_uuid(HIGH))),
            ),
            Self::MovesOf(_) | Self::MovesBecause(_) => range!(Move, MoveId),
            Self::ListingsOf(_) | Self::ListingsIn(_) | Self::ListingsKnowing(..) => {
                range!(Listing, ListingId)
            }
            Self::OrdersIn(_)
            | Self::OpenOrders(_)
            | Self::OrdersLeftOut(_)
            | Self::OrdersChangedSince(..)
            | Self::OrdersKnowing(..)
            | Self::OrdersFor(_) => range!(Order, OrderId),
            Self::DeliveriesOf(_) => range!(WebhookDelivery, WebhookDeliveryId),
            Self::OpenDoubts | Self::OpenDoubtsOn(_) | Self::DoubtsOn(..) => range!(Doubt, DoubtId),
            Self::UnreadIn(..) => range!(Unread, UnreadId),
            Self::OpenErasures => (
                Key::Erasure((ConnectionId::from_uuid(LOW), Hash::from_bytes([0; 32]))),
                Key::Erasure((ConnectionId::from_uuid(HIGH), Hash::from_bytes([u8::MAX; 32]))),
            ),
            Self::RequestsOf(_)
            | Self::OpenRequests
            | Self::RequestsIn(_)
            | Self::RequestsOn(_)
            | Self::RequestWithKey(_) => range!(Request, RequestId),
            Self::RevisionsOf(request) => (Key::Revision((*request, 0)), Key::Revision((*request, u32::MAX))),
            Self::VotesOn(_) => range!(Vote, VoteId),
            Self::NotesOn(request) => (
                Key::Note((*request, NoteId::from_uuid(LOW))),
                Key::Note((*request, NoteId::from_uuid(HIGH))),
            ),
            Self::GrantsOf(_) => range!(Grant, GrantId),
            Self::PersonalValues => range!(Personal, PersonalId),
            Self::StepsUnder(_) | Self::StepsOf(_) | Self::Steps => range!(Step, StepId),
        }
    }
}
