//! Where everything is kept that outlives the process.

use crate::{
    args::{Args, Database},
    diary::Diary,
};
use fusion_core::{
    canonical::LocalKeys,
    clock::Clock,
    error::{Error, ErrorKind},
    hub::{Hub, HubBuilder},
};
use fusion_plugins::shopify::simulator::SimulatorBuilder;
use fusion_queue::{Memory, sqlite::SqliteSettings};
use std::{
    fs::{File, TryLockError},
    io::ErrorKind as Io,
    path::{Path, PathBuf},
    sync::Arc,
};

/// Memory, or a file with what belongs to it beside.
pub(crate) enum Place {
    Memory,
    File(Kept),
}

/// A database file, and beside it, under its name with other endings, keys, shop and diary.
pub(crate) struct Kept {
    file: PathBuf,
    /// Held for as long as the process lives: two would tell the story over each other.
    _lock: File,
}

/// What stands beside the file, by its ending.
const KEYS: &str = "keys";
const SHOP: &str = "shop";
const DIARY: &str = "story";
const LOCK: &str = "lock";

fn failed(path: &Path) -> impl FnOnce(std::io::Error) -> Error {
    let what = format!("{} can't be used", path.display());
    move |source| Error::new(ErrorKind::InvalidConfig, what).with_source(source)
}

impl Place {
    /// The place that was asked for, and what is known of the story there. Another story that has ended makes room.
    pub(crate) fn open(args: &Args) -> Result<(Self, Diary), Error> {
        let Database::Sqlite(file) = &args.database else { return Ok((Self::Memory, Diary::in_memory())) };
        if let Some(folder) = file.parent() {
            std::fs::create_dir_all(folder).map_err(failed(folder))?;
        }
        let kept = Kept::lock(file)?;
        let mut diary = Diary::open(kept.beside(DIARY))?;
        let (subject, known) = (args.subject(), diary.read());
        let is_over = known.ended.is_some() && known.subject != subject;
        if args.fresh || is_over {
            kept.clear()?;
            diary = Diary::open(kept.beside(DIARY))?;
        } else if known.subject.is_empty() && file.exists() {
            return Err(Error::new(
                ErrorKind::InvalidConfig,
                format!("{} was made by something else; name another file, or say --fresh", file.display()),
            ));
        } else if !known.subject.is_empty() && known.subject != subject {
            return Err(Error::new(
                ErrorKind::InvalidConfig,
                format!(
                    "{} is in the middle of another run: {}; go on with that, name another --database, or say --fresh",
                    file.display(),
                    known.subject
                ),
            ));
        }
        diary.note(|story| story.subject = subject)?;
        Ok((Self::File(kept), diary))
    }

    /// Keeps the simulated shop here.
    pub(crate) fn shop(&self, shop: SimulatorBuilder) -> SimulatorBuilder {
        match self {
            Self::Memory => shop,
            Self::File(kept) => shop.state_folder(kept.beside(SHOP)),
        }
    }

    /// A hub on what is kept here.
    pub(crate) async fn hub(&self, clock: Arc<dyn Clock>) -> Result<HubBuilder, Error> {
        match self {
            Self::Memory => Ok(Hub::builder(Memory::with_clock(clock))),
            Self::File(kept) => {
                let path = kept.beside(KEYS);
                let keys = match path.exists() {
                    true => LocalKeys::open(path)?,
                    false => LocalKeys::create(path, &*clock)?,
                };
                let database = SqliteSettings::new(&kept.file).with_clock(clock).open_with_queue().await?;
                Ok(Hub::builder(database).keys(keys))
            }
        }
    }

    /// What to say of it.
    pub(crate) fn describe(&self) -> String {
        match self {
            Self::Memory => "kept in memory: gone when the program ends".to_owned(),
            Self::File(kept) => format!(
                "kept in {}: stop it whenever you like, started again it goes on",
                kept.file.display()
            ),
        }
    }
}

impl Kept {
    fn lock(file: &Path) -> Result<Self, Error> {
        let path = file.with_extension(LOCK);
        let lock = File::create(&path).map_err(failed(&path))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { file: file.to_owned(), _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(Error::new(
                ErrorKind::Conflict,
                format!("another quickstart is at work on {}; name another --database", file.display()),
            )),
            Err(TryLockError::Error(source)) => Err(failed(&path)(source)),
        }
    }

    fn beside(&self, ending: &str) -> PathBuf {
        self.file.with_extension(ending)
    }

    /// Removes what earlier runs have left.
    fn clear(&self) -> Result<(), Error> {
        let mut files: Vec<PathBuf> = [KEYS, "keys.lock", DIARY].map(|ending| self.beside(ending)).into();
        for ending in ["", "-wal", "-shm"] {
            let mut name = self.file.clone().into_os_string();
            name.push(ending);
            files.push(name.into());
        }
        for file in files {
            match std::fs::remove_file(&file) {
                Err(error) if error.kind() != Io::NotFound => return Err(failed(&file)(error)),
                _ => {}
            }
        }
        let shop = self.beside(SHOP);
        match std::fs::remove_dir_all(&shop) {
            Err(error) if error.kind() != Io::NotFound => Err(failed(&shop)(error)),
            _ => Ok(()),
        }
    }
}
