//! The platform fetches pictures and works on them after it has answered.

use crate::{
    call::Shop,
    cost,
    kinds::{MEDIA, PRODUCT},
    operation::GIVE_UP,
    wire::{
        media::{Picture, PicturesData},
        told::Told,
        variables,
    },
};
use fusion_core::{
    clock::Timestamp,
    error::{Error, ErrorKind, Fate, Problem, Result, Retry},
    model::{Ref, Refs, Seen},
    plugin::{Context, Placed, Receipt, Watch, Written},
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::time::Duration;

/// What pictures of a product are watched by.
pub(crate) const PICTURES: &str = "pictures";
/// What a picture of the shop's files is watched by.
pub(crate) const FILE: &str = "file";

/// Looks within the call that has sent them: most pictures are ready after a few seconds, and for the others a
/// worker shall not wait.
const LOOKS: u32 = 3;
const FIRST_PAUSE: Duration = Duration::from_millis(500);

/// Pictures that one look asks about.
const LIST: usize = 100;

/// What the platform says about pictures.
#[derive(Default)]
pub(super) struct Look {
    ready: Vec<(String, String)>,
    waiting: usize,
    failed: Vec<Problem>,
}

impl Look {
    pub(super) fn is_ready(&self) -> bool {
        self.waiting == 0 && self.failed.is_empty()
    }
}

pub(super) async fn look(shop: &Shop<'_>, ids: &[String]) -> Result<Look> {
    let mut look = Look::default();
    for ids in ids.chunks(LIST) {
        let asked = variables::Pictures { ids: ids.to_vec() };
        let told = shop.ask::<PicturesData>(cost::pictures(ids.len()), &asked).await?;
        // One that somebody has deleted meanwhile is nobody's failure.
        for picture in told.data.nodes.into_iter().flatten().filter(|picture| !picture.id.is_empty()) {
            sort(picture, &mut look);
        }
    }
    Ok(look)
}

fn sort(picture: Picture, look: &mut Look) {
    match (picture.status.as_str(), picture.image) {
        ("READY", Told::Is(image)) => look.ready.push((picture.id, image.url)),
        ("READY", Told::Absent | Told::Null) => {}
        ("FAILED", _) => {
            let told = picture.media_errors.into_iter().next();
            let (code, message) = told.map_or_else(
                || ("media_failed".to_owned(), "the platform doesn't say why".to_owned()),
                |error| (error.code.to_lowercase(), error.message),
            );
            look.failed.push(Problem::error(picture.id, code, message));
        }
        // UPLOADED, PROCESSING, and words of tomorrow: not ready.
        _ => look.waiting += 1,
    }
}

/// Waits a little for the pictures that a write has sent. Those that aren't ready then make the receipt one of a
/// write that was accepted: what became of them is asked later, failures too, so that the ids are kept first.
pub(crate) async fn awaited(
    cx: &Context<'_>,
    shop: &Shop<'_>,
    receipt: Receipt<Placed>,
) -> Result<Receipt<Placed>> {
    let Receipt { result: Written::Done(mut placed), rows, issues, losses } = receipt else {
        return Ok(receipt);
    };
    let mut open = unsettled(&placed);
    let mut pause = FIRST_PAUSE;
    for _ in 0..LOOKS {
        let left = cx.call.deadline.saturating_sub(cx.clock.elapsed());
        if open.is_empty() || left < pause * 2 || cx.call.cancel.is_cancelled() {
            break;
        }
        cx.clock.sleep(pause).await;
        pause *= 2;
        // The write stands, whatever becomes of the look.
        let Ok(look) = look(shop, &open).await else { break };
        show(&mut placed, &look);
        if look.waiting == 0 {
            open = look.failed.into_iter().map(|problem| problem.path).collect();
            break;
        }
        open = unsettled(&placed);
    }
    let receipt = if open.is_empty() {
        Receipt::done(placed)
    } else {
        let product = placed.product.refs.get(&PRODUCT).map(str::to_owned);
        pending(product, Some(placed), open, cx.clock.now())
    };
    Ok(Receipt { rows, issues, losses, ..receipt })
}

/// Waits a little until the platform is done with `pictures`: it gives a variant no other.
///
/// # Errors
/// [`ErrorKind::Unavailable`]: it is still at work on some. [`ErrorKind::PlatformRefused`]: it couldn't take some
/// over; each is named.
pub(crate) async fn ready(cx: &Context<'_>, shop: &Shop<'_>, pictures: &[String]) -> Result<()> {
    let mut pause = FIRST_PAUSE;
    for nth in 0..=LOOKS {
        let look = if pictures.is_empty() { Look::default() } else { look(shop, pictures).await? };
        if !look.failed.is_empty() {
            let message = "the platform couldn't take over the picture of a variant";
            return Err(Error::new(ErrorKind::PlatformRefused, message).with_problems(look.failed));
        }
        if look.waiting == 0 {
            return Ok(());
        }
        let left = cx.call.deadline.saturating_sub(cx.clock.elapsed());
        if nth == LOOKS || left < pause * 2 || cx.call.cancel.is_cancelled() {
            break;
        }
        cx.clock.sleep(pause).await;
        pause *= 2;
    }
    let message = "the platform is still at work on pictures that variants shall have";
    Err(Error::new(ErrorKind::Unavailable, message).with_retry(Retry::Backoff))
}

/// Ids of our pictures that the platform isn't done with.
fn unsettled(placed: &Placed) -> Vec<String> {
    let ours: Vec<&str> = placed.media.iter().filter_map(|(_, refs)| refs.get(&MEDIA)).collect();
    let there = placed.product.media.value().map(Vec::as_slice).unwrap_or_default();
    let open = there.iter().filter(|media| media.url.value().is_none());
    let open = open.filter_map(|media| media.refs.get(&MEDIA)).filter(|id| ours.contains(id));
    open.map(str::to_owned).collect()
}

fn show(placed: &mut Placed, look: &Look) {
    let Seen::Value(there) = &mut placed.product.media else { return };
    for media in there {
        let id = media.refs.get(&MEDIA);
        if let Some((_, url)) = look.ready.iter().find(|(ready, _)| Some(ready.as_str()) == id) {
            media.url = Seen::Value(url.clone());
        }
    }
}

/// What a watch of pictures has to remember.
#[derive(Serialize, Deserialize)]
struct Handle {
    /// The product that shows them, if one does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    product: Option<String>,
    ids: Vec<String>,
    until: i64,
}

impl Handle {
    fn of(watch: &Watch) -> Result<Self> {
        Self::deserialize(&watch.handle).map_err(|source| {
            Error::new(ErrorKind::InvalidInput, "the watch isn't one of this plugin's").with_source(source)
        })
    }
}

/// Taken in, not there yet.
pub(super) fn pending<T>(
    product: Option<String>,
    so_far: Option<T>,
    ids: Vec<String>,
    now: Timestamp,
) -> Receipt<T> {
    let until = now + GIVE_UP;
    let kind = if product.is_some() { PICTURES } else { FILE };
    let handle = json!(Handle { product, ids, until: until.as_micros() });
    Receipt::accepted(so_far, Watch { kind: kind.to_owned(), handle }, until)
}

/// Whether the pictures of `watch` are all there.
///
/// # Errors
/// [`ErrorKind::PlatformRefused`], rejected: some couldn't be taken over; each is named.
pub(crate) async fn seen(shop: &Shop<'_>, watch: &Watch) -> Result<bool> {
    let look = look(shop, &Handle::of(watch)?.ids).await?;
    if look.failed.is_empty() {
        return Ok(look.waiting == 0);
    }
    Err(Error::new(ErrorKind::PlatformRefused, "the platform couldn't take over every picture")
        .with_fate(Fate::Rejected)
        .with_problems(look.failed))
}

/// When the watch is given up.
pub(crate) fn until(watch: &Watch) -> Result<Timestamp> {
    Handle::of(watch).map(|handle| Timestamp::from_micros(handle.until))
}

/// The product whose pictures are watched.
pub(crate) fn of_product(watch: &Watch) -> Result<String> {
    Handle::of(watch)?
        .product
        .ok_or_else(|| Error::new(ErrorKind::InvalidInput, "the watch is about no product"))
}

/// The ids of the pictures that are watched.
pub(crate) fn refs(watch: &Watch) -> Result<Refs> {
    Handle::of(watch).map(|handle| Refs::of(handle.ids.into_iter().map(|id| Ref::new(MEDIA, id))))
}
