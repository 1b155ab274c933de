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
use std::collections::BTreeMap;

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

/// Longest ending of a file's name that is taken from an address.
const LONGEST_ENDING: usize = 5;

/// `.png`: a name has to end as the address does, or both without an ending.
pub(crate) fn ending(source: &str) -> String {
    let plain = |ending: &&str| {
        (1..=LONGEST_ENDING).contains(&ending.len())
            && ending.bytes().all(|byte| byte.is_ascii_alphanumeric())
    };
    let ending = file_name(source).rsplit_once('.').map(|(_, ending)| ending).filter(plain);
    ending.map(|ending| format!(".{ending}")).unwrap_or_default()
}

fn file_name(address: &str) -> &str {
    let path = address.split(['?', '#']).next().unwrap_or_default();
    path.rsplit('/').next().unwrap_or_default()
}

/// How the names of one of our pictures begin among the shop's files, whatever it shows.
fn own_name(media: MediaId) -> String {
    format!("fusion-{}-", short(Hash::of(media.to_string())))
}

/// The name of one of our pictures that shows this, without its ending. It stands in the picture's address, and so
/// tells one that was sent and never answered for from a stranger's.
fn name(media: MediaId, content: Hash) -> String {
    format!("{}{}", own_name(media), short(content))
}

/// Enough of a hash to tell the pictures of a shop apart.
fn short(hash: Hash) -> String {
    hash.to_string().chars().take(16).collect()
}

fn is_called(live: &RemoteMedia, beginning: &str) -> bool {
    live.url.value().is_some_and(|url| file_name(url).starts_with(beginning))
}

/// A picture that is new to the platform. The same name replaces: a second sending makes no second picture.
pub(super) fn file(media: &Media, staged: &Staged) -> Option<File> {
    let source = staged.address(media);
    let named = staged.content(media).zip(source.as_deref());
    let filename = named.map(|(content, source)| format!("{}{}", name(media.id, content), ending(source)));
    is_sent(media).then_some(File {
        id: None,
        original_source: source,
        alt: media.alt.clone(),
        content_type: Some("IMAGE"),
        duplicate_resolution_mode: filename.is_some().then_some("REPLACE"),
        filename,
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
    let strange = there.iter().filter(|one| !is_ours(one, media, target));
    let strange = strange.filter_map(|one| one.refs.get(&MEDIA));
    let strange = strange.map(|id| File { id: Some(id.to_owned()), ..File::default() });
    let files: Vec<File> =
        media.iter().filter_map(|media| picture(media, staged, target, live)).chain(strange).collect();
    (!files.is_empty() || !there.is_empty()).then_some(files)
}

/// Whether a picture is one that we have placed, or one of `ours` that was sent and whose id nobody has kept.
fn is_ours(live: &RemoteMedia, ours: &[Media], target: &Target) -> bool {
    let id = live.refs.get(&MEDIA);
    target.media.iter().any(|(_, refs)| id.is_some() && refs.get(&MEDIA) == id)
        || ours.iter().any(|media| is_called(live, &own_name(media.id)))
}

/// A picture that is there already by its id: the same address again would make a second one.
pub(super) fn picture(
    media: &Media,
    staged: &Staged,
    target: &Target,
    live: &Seen<Vec<RemoteMedia>>,
) -> Option<File> {
    let there = live.value().map(Vec::as_slice).unwrap_or_default();
    match kept(media.id, staged.content(media), target, there) {
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
    kept(media, Some(content), target, there).is_some()
}

/// The platform's id of our picture if it is there: the one that was kept, else that of the one with its name.
fn kept<'a>(
    media: MediaId,
    content: Option<Hash>,
    target: &'a Target,
    there: &'a [RemoteMedia],
) -> Option<&'a str> {
    let named = || {
        // Bytes that nobody has opened are taken for the same, as `known` takes them.
        let Some(content) = content else { return called(media, there) };
        let name = name(media, content);
        there.iter().find(|one| is_called(one, &name))?.refs.get(&MEDIA)
    };
    known(media, content, target).filter(|id| is_usable(there, id)).or_else(named)
}

/// The platform's id of the picture that has our picture's name, whatever it shows.
pub(super) fn called(media: MediaId, there: &[RemoteMedia]) -> Option<&str> {
    let name = own_name(media);
    there.iter().find(|one| is_called(one, &name))?.refs.get(&MEDIA)
}

/// One that the platform couldn't take over is sent anew.
fn is_usable(there: &[RemoteMedia], id: &str) -> bool {
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
    let wanted =
        ours.iter().filter(|media| is_sent(media)).map(|media| media.alt.clone().unwrap_or_default());
    let strange = there.iter().filter(|one| !is_ours(one, ours, target)).map(says);
    Some([there.iter().map(says).collect(), wanted.chain(strange).collect()])
}

/// The platform's ids of a product's pictures, in their order.
pub(crate) fn picture_ids(product: &RemoteProduct) -> Vec<String> {
    let there = product.media.value().map(Vec::as_slice).unwrap_or_default();
    there.iter().filter_map(|one| one.refs.get(&MEDIA)).map(str::to_owned).collect()
}

/// The platform's ids of our pictures that are there, with what they show.
///
/// `answer` has the ids that the write itself answered: ours were sent first and in order, and the platform keeps the
/// order. In a later reading somebody may have put another picture first, so without an answer a picture is found by
/// the id that was kept or by its name. One that neither tells is left out: whoever took a stranger's for it would
/// delete that with the next change.
pub(crate) fn placed_pictures(
    ours: &[Media],
    staged: &Staged,
    target: &Target,
    answer: &[String],
    live: &RemoteProduct,
) -> Vec<(MediaId, Refs)> {
    let there = live.media.value().map(Vec::as_slice).unwrap_or_default();
    let sent = ours.iter().filter(|media| is_sent(media));
    let placed = |(nth, ours): (usize, &Media)| {
        let content = staged.content(ours);
        let answered = answer.get(nth).map(String::as_str);
        let answered = answered.filter(|id| there.iter().any(|one| one.refs.get(&MEDIA) == Some(id)));
        let id = answered.or_else(|| kept(ours.id, content, target, there))?;
        // Of what was sent: the platform's own address is another one.
        let content = content.map(|content| Ref::new(CONTENT, content.to_string()));
        Some((ours.id, Refs::of(std::iter::once(Ref::new(MEDIA, id)).chain(content))))
    };
    sent.enumerate().filter_map(placed).collect()
}
