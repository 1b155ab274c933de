//! Bytes that the platform can't fetch: a place is asked for, and they are carried there without credentials.

use crate::{
    call::{Shop, told},
    convert::{Staged, is_bytes, is_there},
    cost,
    wire::{
        input::StagedUpload,
        media::{Place, StageData},
        variables,
    },
};
use bytes::Bytes;
use fusion_core::{
    canonical::Hash,
    error::{Error, ErrorKind, Fate, Problem, Result},
    model::{Media, RemoteProduct, Repeat, StepKey},
    plugin::{Context, Target, WireRequest},
};

/// Largest picture (<https://help.shopify.com/en/manual/products/product-media/product-media-types>).
const LARGEST: usize = 20 * 1024 * 1024;

/// What a picture's first bytes say it is: type and ending.
const KINDS: [(&[u8], &str, &str); 3] = [
    (b"\x89PNG\r\n\x1a\n", "image/png", "png"),
    (b"\xff\xd8\xff", "image/jpeg", "jpg"),
    (b"GIF8", "image/gif", "gif"),
];

/// A picture that was opened.
pub(super) struct Opened {
    bytes: Bytes,
    pub(super) content: Hash,
    mime: &'static str,
    pub(super) ending: &'static str,
}

/// Opens the pictures of `media` that come as bytes and carries over those that the platform doesn't have.
///
/// Nothing of the shop changes: what lies in such a place is gone a day later unless a write names it.
///
/// # Errors
/// [`ErrorKind::InvalidInput`]: bytes can't be had, or aren't a picture that the platform takes; nothing was sent.
pub(crate) async fn staged(
    cx: &Context<'_>,
    shop: &Shop<'_>,
    media: &[Media],
    target: &Target,
    live: Option<&RemoteProduct>,
) -> Result<Staged> {
    let mut staged = Staged::default();
    let mut opened = Vec::new();
    for (nth, media) in media.iter().enumerate().filter(|(_, media)| is_bytes(media)) {
        opened.push((media, open(cx, media, &format!("media[{nth}]")).await?));
    }
    for (media, opened) in opened {
        let there = live.is_some_and(|live| is_there(media.id, opened.content, target, live));
        let address = if there { None } else { Some(carried(shop, media, &opened).await?) };
        staged.put(media.id, opened.content, address);
    }
    Ok(staged)
}

pub(super) async fn open(cx: &Context<'_>, media: &Media, path: &str) -> Result<Opened> {
    let refused = |code: &str, help: &str| {
        Error::new(ErrorKind::InvalidInput, "a picture can't be handed over")
            .with_problems([Problem::error(path, code, help)])
    };
    let bytes = match cx.media.open(media).await {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let help = "there are no bytes behind it; give an https address, or the hub a source of files";
            return Err(refused("not_there", help).with_source(error));
        }
        Err(error) => return Err(error),
    };
    if bytes.len() > LARGEST {
        return Err(refused("too_large", "the platform takes pictures of up to 20 MB"));
    }
    let webp = bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP");
    let kind =
        KINDS.iter().find(|(first, ..)| bytes.starts_with(first)).map(|(_, mime, ending)| (*mime, *ending));
    let (mime, ending) = kind
        .or(webp.then_some(("image/webp", "webp")))
        .ok_or_else(|| refused("not_a_picture", "the platform takes PNG, JPEG, GIF and WebP"))?;
    Ok(Opened { content: Hash::of(&bytes), bytes, mime, ending })
}

/// Where the bytes lie, as a write names them.
pub(super) async fn carried(shop: &Shop<'_>, media: &Media, opened: &Opened) -> Result<String> {
    let input = StagedUpload {
        resource: "IMAGE",
        filename: format!("{}.{}", short(&opened.content.to_string()), opened.ending),
        mime_type: opened.mime,
        http_method: "POST",
        file_size: opened.bytes.len().to_string(),
    };
    let variables = |_: &StepKey| variables::Stage { input: vec![input.clone()] };
    // Idempotent: a second place is another empty place, and nobody names the first one any more.
    let name = format!("stage:{}", media.id);
    let answer = shop.change(&name, Repeat::Idempotent, cost::MUTATION, variables).await?;
    let places = told::<StageData>(&answer)?.data.staged_uploads_create.staged_targets.unwrap_or_default();
    let Some(place) = places.into_iter().next() else {
        return Err(Error::new(ErrorKind::Protocol, "the platform names no place for the bytes")
            .with_fate(Fate::Rejected));
    };
    shop.upload(form(&place, opened)).await?;
    Ok(place.resource_url)
}

/// Enough of a hash to tell pictures apart.
pub(super) fn short(text: &str) -> &str {
    let end = text.char_indices().nth(32).map_or(text.len(), |(end, _)| end);
    text.get(..end).unwrap_or(text)
}

/// A form with the place's parameters first and the file last, as the place wants it.
fn form(place: &Place, opened: &Opened) -> WireRequest {
    // Made of the content, so that it can't stand in it.
    let boundary = format!("fusion-{}", opened.content);
    let mut body = Vec::with_capacity(opened.bytes.len() + 4_096);
    for parameter in &place.parameters {
        let head =
            format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{}\"\r\n\r\n", parameter.name);
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(parameter.value.as_bytes());
        body.extend_from_slice(b"\r\n");
    }
    let head = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"picture.{}\"\r\n\
         Content-Type: {}\r\n\r\n",
        opened.ending, opened.mime
    );
    body.extend_from_slice(head.as_bytes());
    body.extend_from_slice(&opened.bytes);
    body.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
    WireRequest {
        method: "POST".to_owned(),
        uri: place.url.clone(),
        headers: vec![("Content-Type".to_owned(), format!("multipart/form-data; boundary={boundary}"))],
        body: body.into(),
    }
}
