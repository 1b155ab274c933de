//! Where everything is kept that outlives the process.

use crate::{
    args::{Args, Database},
    diary::Diary,
    server,
};
use fusion_core::{
    canonical::{Hash, LocalKeys},
    clock::Clock,
    error::{Error, ErrorKind},
    hub::{Hub, HubBuilder},
};
use fusion_plugins::shopify::simulator::SimulatorBuilder;
use fusion_queue::{Memory, sqlite::SqliteSettings};
use secrecy::ExposeSecret as _;
use std::{
    fs::{File, TryLockError},
    io::ErrorKind as Io,
    path::{Path, PathBuf},
    sync::Arc,
};
use url::Url;

/// Memory, or a database with what belongs to it beside.
pub(crate) enum Place {
    Memory,
    Lasting(Kept),
}

/// A database, and beside its file, under its name with other endings, keys, shop and diary.
pub(crate) struct Kept {
    pub(crate) database: Database,
    /// The database's file; of a server the name that a file of it would have.
    file: PathBuf,
    /// Held for as long as the process lives: two would tell the story over each other.
    _lock: File,
    /// The same on the server, where it is kept on one.
    server: Option<server::Lock>,
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
    /// The place that was asked for, and what is known of the story there. Another story makes room when it has ended, or
    /// when its file was never read to the end: nothing was asked for then.
    pub(crate) async fn open(args: &Args) -> Result<(Self, Diary), Error> {
        if let Database::Unknown = args.database {
            let why = "--database: write memory, sqlite:FILE or postgres://USER@HOST/DATABASE";
            return Err(Error::new(ErrorKind::InvalidConfig, why));
        }
        let Some(file) = args.database.file() else { return Ok((Self::Memory, Diary::in_memory())) };
        if let Some(folder) = file.parent() {
            std::fs::create_dir_all(folder).map_err(failed(folder))?;
        }
        let mut kept = Kept::lock(&args.database, file).await?;
        let mut diary = Diary::open(kept.beside(DIARY))?;
        let (subject, known) = (args.subject(), diary.read());
        let is_other = !known.subject.is_empty() && known.subject != subject;
        let is_over = is_other && (known.ended.is_some() || !known.is_read);
        let other = |what: &str, mend: &str| {
            Error::new(ErrorKind::InvalidConfig, format!("{} {what}; {mend}", args.database.describe()))
        };
        if args.fresh || is_over {
            kept.clear().await?;
            diary = Diary::open(kept.beside(DIARY))?;
        } else if known.subject.is_empty() && kept.is_used().await? {
            let what = "was made by something else, or from another folder, where its keys lie";
            return Err(other(
                what,
                "go there, name another --database, or say --fresh, which removes what is in it",
            ));
        } else if is_other {
            return Err(other(
                &format!("is in the middle of another run: {}", known.subject),
                "go on with that, name another --database, or say --fresh",
            ));
        }
        diary.note(|story| story.subject = subject)?;
        Ok((Self::Lasting(kept), diary))
    }

    /// Keeps the simulated shop here.
    pub(crate) fn shop(&self, shop: SimulatorBuilder) -> SimulatorBuilder {
        match self {
            Self::Memory => shop,
            Self::Lasting(kept) => shop.state_folder(kept.beside(SHOP)),
        }
    }

    /// A hub on what is kept here.
    pub(crate) async fn hub(&self, clock: Arc<dyn Clock>) -> Result<HubBuilder, Error> {
        match self {
            Self::Memory => Ok(Hub::builder(Memory::with_clock(clock))),
            Self::Lasting(kept) => kept.hub(clock).await,
        }
    }

    /// What to say of it.
    pub(crate) fn describe(&self) -> String {
        match self {
            Self::Memory => "kept in memory: gone when the program ends".to_owned(),
            Self::Lasting(kept) => format!(
                "kept in {}: stop it whenever you like, started again it goes on",
                kept.database.describe()
            ),
        }
    }
}

impl Database {
    /// The file that holds it, or stands for it.
    fn file(&self) -> Option<PathBuf> {
        match self {
            Self::Memory | Self::Unknown => None,
            Self::Sqlite(file) => Some(file.clone()),
            Self::Postgres(url) => {
                // Not by the whole address: a new password is no new place.
                let url = Url::parse(url.expose_secret()).ok();
                let place =
                    url.map(|url| (url.host_str().map(str::to_owned), url.port(), url.path().to_owned()));
                let hash = Hash::of(format!("{place:?}")).to_string();
                Some(format!("quickstart-shop/server-{}.db", hash.get(..8).unwrap_or(&hash)).into())
            }
        }
    }

    /// As it is said on the command line.
    #[cfg(feature = "postgres")]
    pub(crate) fn url(&self) -> String {
        match self {
            Self::Memory | Self::Unknown => "memory".to_owned(),
            Self::Sqlite(file) => format!("sqlite:{}", file.display()),
            Self::Postgres(url) => url.expose_secret().to_owned(),
        }
    }

    /// Without the address of a server: it may hold a password.
    fn describe(&self) -> String {
        match self {
            Self::Memory | Self::Unknown => "memory".to_owned(),
            Self::Sqlite(file) => file.display().to_string(),
            Self::Postgres(_) => format!("the schema {} on PostgreSQL", server::SCHEMA),
        }
    }
}

impl Kept {
    async fn lock(database: &Database, file: PathBuf) -> Result<Self, Error> {
        let taken = || {
            let what = database.describe();
            let why = format!("another quickstart is at work on {what}; name another --database");
            Error::new(ErrorKind::Conflict, why)
        };
        let path = file.with_extension(LOCK);
        let lock = File::create(&path).map_err(failed(&path))?;
        lock.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => taken(),
            TryLockError::Error(source) => failed(&path)(source),
        })?;
        let server = match database {
            Database::Postgres(url) => Some(server::lock(url).await?.ok_or_else(taken)?),
            _ => None,
        };
        Ok(Self { database: database.clone(), file, _lock: lock, server })
    }

    fn beside(&self, ending: &str) -> PathBuf {
        self.file.with_extension(ending)
    }

    pub(crate) fn keys(&self) -> PathBuf {
        self.beside(KEYS)
    }

    async fn hub(&self, clock: Arc<dyn Clock>) -> Result<HubBuilder, Error> {
        let keys = LocalKeys::open_or_create(self.keys(), &*clock)?;
        Ok(builder(&self.database, clock).await?.keys(keys))
    }

    async fn is_used(&mut self) -> Result<bool, Error> {
        match &mut self.server {
            Some(server) => server.is_used().await,
            None => Ok(self.file.exists()),
        }
    }

    /// Removes what earlier runs have left.
    async fn clear(&mut self) -> Result<(), Error> {
        if let Some(server) = &mut self.server {
            server.clear().await?;
        }
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

/// A hub over a database that is shared with other processes.
pub(crate) async fn builder(database: &Database, clock: Arc<dyn Clock>) -> Result<HubBuilder, Error> {
    match database {
        Database::Memory | Database::Unknown => Ok(Hub::builder(Memory::with_clock(clock))),
        Database::Sqlite(file) => {
            Ok(Hub::builder(SqliteSettings::new(file).with_clock(clock).open_with_queue().await?))
        }
        Database::Postgres(url) => server::builder(url, clock).await,
    }
}
