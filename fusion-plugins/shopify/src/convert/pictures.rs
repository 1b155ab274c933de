//! Pictures: which are there already, which are sent, and what they are called afterwards.

use crate::{
    kinds::{CONTENT, MEDIA},
    wire::input::File,
};
use fusion_core::{
    canonical::Hash,
    model::{LossKind, Losses, Media, MediaId, MediaRole, Ref, Refs, RemoteMedia, RemoteProduct, Seen},
    plugin::Target,
};
use std::collections::{BTreeMap, BTreeSet};

/// What was found out about pictures that come as bytes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Staged(BTreeMap<MediaId, Bytes>);

#[derive(Clone, Debug)]
struct Bytes {
    content: Hash,
    /// Where they lie at the platform; `None` for those that it has already.
    address: Option<String>,
}

impl Staged {
    /// The bytes of `media`, and where they lie if they were sent.
    pub(crate) fn put(&mut self, media: MediaId, content: Hash, address: Option<String>) {
        self.0.insert(media, Bytes { content, address });
    }

    /// What tells one picture from another that stands in its place: a hash of the bytes, or of the address.
    /// `None` for bytes that nobody has opened.
    pub(crate) fn content(&self, media: &Media) -> Option<Hash> {
        let address = || Hash::of(&media.source);
        let opened = self.0.get(&media.id).map(|bytes| bytes.content);
        opened.or_else(|| (!is_bytes(media)).then(address))
    }

    /// What the platform fetches it from; `None` while bytes haven't been handed over, as in a preview.
    pub(crate) fn address(&self, media: &Media) -> Option<String> {
        let staged = self.0.get(&media.id).and_then(|bytes| bytes.address.clone());
        staged.or_else(|| (!is_bytes(media)).then(|| media.source.clone()))
    }
}

/// Whether it is a picture for buyers: what else there is has no place on the platform.
pub(crate) fn is_sent(media: &Media) -> bool {
    media.role == MediaRole::Gallery
}

/// Whether the platform can't fetch it, so that its bytes are handed over.
pub(crate) fn is_bytes(media: &Media) -> bool {
    let fetched = media.source.starts_with("https://") || media.source.starts_with("http://");
    is_sent(media) && !fetched
}

pub(super) fn lost_media(media: &Media, path: &str, losses: &mut Losses) {
    let note = match media.role {
        MediaRole::Gallery => return,
        MediaRole::Video => "videos aren't carried",
        MediaRole::Download => "the platform has no files for buyers",
    };
    losses.add(path, LossKind::Dropped, note);
}

/// A picture that is new to the platform.
pub(super) fn file(media: &Media, staged: &Staged) -> Option<File> {
    is_sent(media).then(|| File {
        id: None,
        original_source: staged.address(media),
        alt: media.alt.clone(),
        content_type: Some("IMAGE"),
    })
}

/// All pictures: ours in order, then those that aren't ours. `None` leaves them all alone.
pub(super) fn files(
    media: &[Media],
    staged: &Staged,
    target: &Target,
    live: &Seen<Vec<RemoteMedia>>,
    losses: &mut Losses,
) -> Option<Vec<File>> {
    let there: &[RemoteMedia] = match live {
        Seen::Value(there) => there,
        Seen::Empty => &[],
        Seen::NotRead | Seen::Withheld(_) => {
            losses.add(
                "media",
                LossKind::Dropped,
                "the product's pictures couldn't be read, so they are left alone",
            );
            return None;
        }
    };
    let ours: BTreeSet<&str> = target.media.iter().filter_map(|(_, refs)| refs.get(&MEDIA)).collect();
    let strange = there.iter().filter_map(|media| media.refs.get(&MEDIA)).filter(|id| !ours.contains(id));
    let strange = strange.map(|id| File { id: Some(id.to_owned()), ..File::default() });
    let files: Vec<File> =
        media.iter().filter_map(|media| picture(media, staged, target, live)).chain(strange).collect();
    (!files.is_empty() || !there.is_empty()).then_some(files)
}

/// A picture that is there already by its id: the same address again would make a second one.
pub(super) fn picture(
    media: &Media,
    staged: &Staged,
    target: &Target,
    live: &Seen<Vec<RemoteMedia>>,
) -> Option<File> {
    match kept(media, staged.content(media), target, live) {
        // An empty text takes away one that is there.
        Some(id) => Some(File {
            id: Some(id.to_owned()),
            alt: Some(media.alt.clone().unwrap_or_default()),
            ..File::default()
        }),
        None => file(media, staged),
    }
}

/// Whether the platform has these bytes as the listing's picture.
pub(crate) fn is_there(media: MediaId, content: Hash, target: &Target, live: &RemoteProduct) -> bool {
    let there = live.media.value().map(Vec::as_slice).unwrap_or_default();
    known(media, Some(content), target).is_some_and(|id| stands(there, id))
}

fn kept<'a>(
    media: &Media,
    content: Option<Hash>,
    target: &'a Target,
    live: &Seen<Vec<RemoteMedia>>,
) -> Option<&'a str> {
    let there = live.value().map(Vec::as_slice).unwrap_or_default();
    known(media.id, content, target).filter(|id| stands(there, id))
}

/// One that the platform couldn't take over is sent anew.
fn stands(there: &[RemoteMedia], id: &str) -> bool {
    there.iter().any(|one| one.refs.get(&MEDIA) == Some(id) && one.url != Seen::Empty)
}

/// The platform's id of our picture, unless it is of another content than that.
fn known(media: MediaId, content: Option<Hash>, target: &Target) -> Option<&str> {
    let (_, refs) = target.media.iter().find(|(id, _)| *id == media)?;
    let same = match (refs.get(&CONTENT), content) {
        (Some(known), Some(content)) => known == content.to_string(),
        // Nobody has kept or opened it: taken for the same, rather than sent over and over.
        (None, _) | (_, None) => true,
    };
    refs.get(&MEDIA).filter(|_| same)
}

/// What pictures say, in their order: as they are, and as sending `ours` leaves them. Ids of new ones are the
/// platform's to give, so this is what can be told of them before. `None`: they weren't read, and are left alone.
pub(crate) fn told(ours: &[Media], target: &Target, live: &RemoteProduct) -> Option<[Vec<String>; 2]> {
    let there: &[RemoteMedia] = match &live.media {
        Seen::Value(there) => there,
        Seen::Empty => &[],
        Seen::NotRead | Seen::Withheld(_) => return None,
    };
    let says = |media: &RemoteMedia| media.alt.value().cloned().unwrap_or_default();
    let is_ours = |media: &&RemoteMedia| {
        let id = media.refs.get(&MEDIA);
        target.media.iter().any(|(_, refs)| id.is_some() && refs.get(&MEDIA) == id)
    };
    let wanted =
        ours.iter().filter(|media| is_sent(media)).map(|media| media.alt.clone().unwrap_or_default());
    let strange = there.iter().filter(|media| !is_ours(media)).map(says);
    Some([there.iter().map(says).collect(), wanted.chain(strange).collect()])
}

/// The platform's ids of our pictures with what they show: they were sent first and in order, and the platform
/// keeps the order.
pub(crate) fn placed_pictures(ours: &[Media], staged: &Staged, live: &RemoteProduct) -> Vec<(MediaId, Refs)> {
    let there = live.media.value().map(Vec::as_slice).unwrap_or_default();
    let sent = ours.iter().filter(|media| is_sent(media));
    let placed = |(ours, there): (&Media, &RemoteMedia)| {
        let id = there.refs.get(&MEDIA).map(|id| Ref::new(MEDIA, id));
        // Of what was sent: the platform's own address is another one.
        let content = staged.content(ours).map(|content| Ref::new(CONTENT, content.to_string()));
        (ours.id, Refs::of(id.into_iter().chain(content)))
    };
    sent.zip(there).map(placed).collect()
}
