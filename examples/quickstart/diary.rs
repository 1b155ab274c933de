//! How far the story has come, for whoever starts it again.

use crate::{report::Report, shop::Wares};
use fusion_core::{
    clock::Timestamp,
    error::{Error, ErrorKind},
};
use serde::{Deserialize, Serialize};
use std::{
    path::PathBuf,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// What the hub and the shop can't tell.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(crate) struct Story {
    /// What was asked for on the command line.
    pub(crate) subject: String,
    /// Whether its file was read to the end.
    #[serde(default)]
    pub(crate) is_read: bool,
    /// The shop's time, as it was a moment ago.
    pub(crate) reached: Option<Timestamp>,
    /// Of what two pieces are sold elsewhere.
    pub(crate) sold: Option<Wares>,
    /// What buyers order.
    pub(crate) ordered: Option<Wares>,
    /// Products in the shop once all were published, and whether they were what was agreed: later some are deleted.
    pub(crate) published: Option<(u64, bool)>,
    /// What came of it.
    pub(crate) ended: Option<Report>,
}

/// Keeps the story in a file, where there is one.
pub(crate) struct Diary {
    path: Option<PathBuf>,
    story: Mutex<Story>,
}

fn failed(source: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::new(ErrorKind::InvalidConfig, "how far the story has come can't be kept; --fresh begins anew")
        .with_source(source)
}

impl Diary {
    /// Of a story that nobody tells twice.
    pub(crate) fn in_memory() -> Self {
        Self { path: None, story: Mutex::default() }
    }

    /// Goes on with what stands in the file, or begins it.
    pub(crate) fn open(path: PathBuf) -> Result<Self, Error> {
        let story = match std::fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(failed)?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Story::default(),
            Err(error) => return Err(failed(error)),
        };
        Ok(Self { path: Some(path), story: Mutex::new(story) })
    }

    fn lock(&self) -> MutexGuard<'_, Story> {
        self.story.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The story so far.
    pub(crate) fn read(&self) -> Story {
        self.lock().clone()
    }

    /// Adds to it; whoever is killed meanwhile leaves the file as it was.
    pub(crate) fn note(&self, add: impl FnOnce(&mut Story)) -> Result<(), Error> {
        let mut story = self.lock();
        add(&mut story);
        let Some(path) = &self.path else { return Ok(()) };
        let fresh = path.with_extension("new");
        std::fs::write(&fresh, serde_json::to_vec(&*story).map_err(failed)?).map_err(failed)?;
        std::fs::rename(&fresh, path).map_err(failed)
    }
}
