//! One picture for the shop's files, apart from any product.

use super::{
    bytes::{carried, open, short},
    watching::{look, pending},
};
use crate::{
    call::{Shop, told},
    convert::{self, Staged, is_bytes, is_sent},
    cost,
    kinds::{CONTENT, MEDIA},
    wire::{input::NewFile, media::FileCreateData, variables},
};
use fusion_core::{
    error::{Error, ErrorKind, Fate, Problem, Result},
    model::{Media, Ref, Refs, Repeat, StepKey},
    plugin::{Context, Receipt},
    verb::Operation,
};

pub(crate) async fn upload(cx: &Context<'_>, media: &Media) -> Result<Receipt<Refs>> {
    if !is_sent(media) {
        return Err(Error::new(ErrorKind::InvalidInput, "the platform has no place for it")
            .with_problems([Problem::error("media.role", "refused", "pictures alone are carried")]));
    }
    let shop = Shop::of(*cx, Operation::UploadMedia)?;
    let mut staged = Staged::default();
    let mut ending = convert::ending(&media.source);
    if is_bytes(media) {
        let opened = open(cx, media, "media").await?;
        ending = format!(".{}", opened.ending);
        staged.put(media.id, opened.content, Some(carried(&shop, media, &opened).await?));
    }
    let source = staged.address(media).unwrap_or_default();
    let file = |key: &StepKey| NewFile {
        original_source: source.clone(),
        alt: media.alt.clone(),
        content_type: "IMAGE",
        // The name is the step's own, and the same name replaces: a second sending makes no second picture.
        filename: format!("fusion-{}{ending}", short(&key.0)),
        duplicate_resolution_mode: "REPLACE",
    };
    let variables = |key: &StepKey| variables::CreateFile { files: vec![file(key)] };
    let answer = shop.change("file", Repeat::Idempotent, cost::FILE, variables).await?;
    let made = told::<FileCreateData>(&answer)?.data.file_create.files.unwrap_or_default().into_iter().next();
    let made = made.ok_or_else(|| {
        Error::new(ErrorKind::Protocol, "the platform took a picture and says nothing about it")
            .with_fate(Fate::Unknown)
    })?;
    let content = staged.content(media).map(|content| Ref::new(CONTENT, content.to_string()));
    let refs = Refs::of([Ref::new(MEDIA, made.id.as_str())].into_iter().chain(content));
    let ids = [made.id];
    match made.file_status.as_str() {
        "READY" => Ok(Receipt::done(refs)),
        _ if look(&shop, &ids).await?.is_ready() => Ok(Receipt::done(refs)),
        _ => Ok(pending(None, Some(refs), ids.into(), cx.clock.now())),
    }
}
