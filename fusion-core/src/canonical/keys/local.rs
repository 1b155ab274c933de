use super::{
    DataKey, KeyId, KeyProvider, Mac, Purpose,
    ring::{RootKey, no_such_key},
};
use crate::{
    clock::{Clock, Timestamp},
    error::{Error, ErrorKind, Result},
};
use async_trait::async_trait;
use secrecy::zeroize::Zeroizing;
use std::{
    fmt,
    fs::{self, File, OpenOptions},
    io::{self, Read as _, Write as _},
    path::{Path, PathBuf},
    sync::{PoisonError, RwLock},
};

/// Keys in a file that this machine keeps, readable by its owner alone.
///
/// One line a key, the newest last and current. A key is named by a fingerprint of itself, so a damaged line is
/// noticed when the file is opened. A key rotated in by another process is found when something sealed with
/// it comes up: the file is read again then. Back the file up apart from the database: without it nothing
/// sealed can be opened, and with both everything can.
///
/// Beside it lies an empty file ending in `.lock`, and for a moment one ending in `.new`. On systems without
/// POSIX permissions nothing checks who can read them.
pub struct LocalKeys {
    path: PathBuf,
    ring: RwLock<Vec<RootKey>>,
}

/// First line of the file.
const HEADER: &str = "fusion-keys 1";

/// Begins the last line, which names the key above it; a file that was cut short has none.
const CURRENT: &str = "current ";

/// Largest file that is read, in bytes: room for about five hundred keys, and no device or log by mistake.
const MAX_FILE: u64 = 64 * 1024;

impl LocalKeys {
    /// Makes the file with one fresh key. Blocks for a few file operations.
    ///
    /// # Errors
    /// [`ErrorKind::AlreadyExists`]: there is such a file, and it is left as it is.
    /// [`ErrorKind::InvalidConfig`]: the file can't be written there.
    pub fn create(path: impl Into<PathBuf>, clock: &dyn Clock) -> Result<Self> {
        let path = path.into();
        let lock = lock(&path)?;
        if path.try_exists().map_err(|source| failed("looked for", &path, source))? {
            return Err(Error::new(
                ErrorKind::AlreadyExists,
                format!("the key file {} exists; open it, or choose another place", path.display()),
            ));
        }
        let ring = vec![RootKey::draw(clock)];
        write(&path, &ring)?;
        drop(lock);
        Ok(Self { path, ring: RwLock::new(ring) })
    }

    /// Reads the file, and makes it first where it isn't there: for a program that sets itself up. Of several processes
    /// that start at once one makes it, and all of them read the same keys. Blocks for a few file operations.
    ///
    /// A file that was lost is made anew as well, and nothing that was sealed before opens: where that must be noticed,
    /// [`create`](Self::create) it once and [`open`](Self::open) it ever after.
    ///
    /// ```
    /// # use fusion_core::{canonical::LocalKeys, clock::Timestamp, testkit::TestClock};
    /// # fn main() -> fusion_core::Result<()> {
    /// # let (folder, clock) = (tempfile::tempdir().unwrap(), TestClock::at(Timestamp::EPOCH));
    /// # let file = folder.path().join("shop.keys");
    /// let keys = LocalKeys::open_or_create(file, &clock)?;
    /// # drop(keys);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// As [`open`](Self::open), but for a file that isn't there; [`ErrorKind::InvalidConfig`]: it can't be written there.
    pub fn open_or_create(path: impl Into<PathBuf>, clock: &dyn Clock) -> Result<Self> {
        let path = path.into();
        if path.try_exists().map_err(|source| failed("looked for", &path, source))? {
            return Self::open(path);
        }
        match Self::create(&path, clock) {
            // Somebody else was quicker.
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Self::open(path),
            created => created,
        }
    }

    /// Reads the file. Blocks for a few file operations.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidConfig`]: it isn't there, others than its owner may read it, or a line is damaged.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self> {
        let path = path.into();
        let ring = RwLock::new(read(&path)?);
        Ok(Self { path, ring })
    }

    /// Adds a fresh key and makes it the current one; the older ones still open what they sealed.
    ///
    /// Blocks for a few file operations. Two processes may rotate at once: each key is kept.
    ///
    /// # Errors
    /// As [`open`](Self::open); the keys in use stay as they were.
    pub fn rotate(&self, clock: &dyn Clock) -> Result<KeyId> {
        let lock = lock(&self.path)?;
        let mut ring = read(&self.path)?;
        let fresh = RootKey::draw(clock);
        let id = fresh.id.clone();
        ring.push(fresh);
        write(&self.path, &ring)?;
        drop(lock);
        self.replace(ring);
        Ok(id)
    }

    /// Takes a key out of the file for good: what it sealed stays shut, what it signed isn't believed.
    ///
    /// [`Hub::reseal`](crate::hub::Hub::reseal) tells for each tenant which keys are still needed. Blocks for a few file
    /// operations. A process that has read the file before goes on with the key until it reads it again.
    ///
    /// # Errors
    /// [`ErrorKind::Refused`]: it is the current one; rotate first. [`ErrorKind::NotFound`]: there is no such key.
    /// Otherwise as [`open`](Self::open); the keys in use stay as they were.
    pub fn retire(&self, key: &KeyId) -> Result<()> {
        let lock = lock(&self.path)?;
        let mut ring = read(&self.path)?;
        if ring.last().is_some_and(|current| current.id == *key) {
            return Err(Error::new(ErrorKind::Refused, "the key is the current one; rotate first"));
        }
        let before = ring.len();
        ring.retain(|one| one.id != *key);
        if ring.len() == before {
            return Err(Error::new(ErrorKind::NotFound, "the key file has no such key"));
        }
        write(&self.path, &ring)?;
        drop(lock);
        self.replace(ring);
        Ok(())
    }

    /// Reads the file again, so that a key rotated in elsewhere becomes current here.
    ///
    /// # Errors
    /// As [`open`](Self::open); the keys in use stay as they were.
    pub fn reload(&self) -> Result<()> {
        self.replace(read(&self.path)?);
        Ok(())
    }

    fn replace(&self, ring: Vec<RootKey>) {
        *self.ring.write().unwrap_or_else(PoisonError::into_inner) = ring;
    }

    fn with<T>(&self, id: &KeyId, act: impl Fn(&RootKey) -> T) -> Result<T> {
        let find = || {
            let ring = self.ring.read().unwrap_or_else(PoisonError::into_inner);
            ring.iter().find(|key| key.id == *id).map(&act)
        };
        if let Some(found) = find() {
            return Ok(found);
        }
        self.reload()?;
        find().ok_or_else(no_such_key)
    }
}

#[async_trait]
impl KeyProvider for LocalKeys {
    async fn current(&self, _: Purpose) -> Result<KeyId> {
        let ring = self.ring.read().unwrap_or_else(PoisonError::into_inner);
        ring.last().map(|key| key.id.clone()).ok_or_else(no_such_key)
    }
    async fn wrap(&self, key: &KeyId, data_key: &DataKey, bound: &[u8]) -> Result<Vec<u8>> {
        self.with(key, |key| key.wrap(data_key, bound))?
    }
    async fn unwrap(&self, key: &KeyId, wrapped: &[u8], bound: &[u8]) -> Result<DataKey> {
        self.with(key, |key| key.unwrap(wrapped, bound))?
    }
    async fn mac(&self, purpose: Purpose, key: &KeyId, message: &[u8]) -> Result<Mac> {
        self.with(key, |key| key.mac(purpose, message))
    }
}

impl fmt::Debug for LocalKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalKeys").field("path", &self.path).finish_non_exhaustive()
    }
}

fn read(path: &Path) -> Result<Vec<RootKey>> {
    let file = File::open(path).map_err(|source| match source.kind() {
        io::ErrorKind::NotFound => Error::new(
            ErrorKind::InvalidConfig,
            format!(
                "there is no key file {}; `LocalKeys::create` makes one, once: what was sealed before needs its own",
                path.display()
            ),
        )
        .with_source(source),
        _ => failed("opened", path, source),
    })?;
    let about = file.metadata().map_err(|source| failed("examined", path, source))?;
    refuse_shared(path, &about)?;
    let mut text =
        Zeroizing::new(String::with_capacity(usize::try_from(about.len().min(MAX_FILE)).unwrap_or(0) + 1));
    file.take(MAX_FILE).read_to_string(&mut text).map_err(|source| failed("read", path, source))?;
    parse(&text).map_err(|line| {
        Error::new(
            ErrorKind::InvalidConfig,
            format!(
                "line {line} of the key file {} is damaged; restore the file from a backup",
                path.display()
            ),
        )
    })
}

/// The keys in the order of the file, or the number of the first line that is wrong.
fn parse(text: &str) -> Result<Vec<RootKey>, usize> {
    let mut lines = text.lines().zip(1..);
    if lines.next().is_none_or(|(line, _)| line != HEADER) {
        return Err(1);
    }
    let mut ring: Vec<RootKey> = Vec::new();
    let mut last = 1;
    for (line, number) in &mut lines {
        last = number;
        if let Some(current) = line.strip_prefix(CURRENT) {
            let whole = ring.last().is_some_and(|key| key.id.as_str() == current) && text.ends_with('\n');
            return if whole && lines.next().is_none() { Ok(ring) } else { Err(number) };
        }
        ring.push(parse_key(line).ok_or(number)?);
    }
    Err(last)
}

fn parse_key(line: &str) -> Option<RootKey> {
    let mut words = line.split(' ');
    let (id, made_at, secret) = (words.next()?, words.next()?, words.next()?);
    let mut bytes = Zeroizing::new([0; 32]);
    hex::decode_to_slice(secret, bytes.as_mut_slice()).ok()?;
    let key = RootKey::from_secret(&bytes, Timestamp::from_micros(made_at.parse().ok()?));
    (words.next().is_none() && key.id.as_str() == id).then_some(key)
}

fn print(ring: &[RootKey]) -> Zeroizing<String> {
    // Written into room that is large enough: growing would leave copies of the keys behind.
    let mut text = Zeroizing::new(String::with_capacity((ring.len() + 1) * 128));
    text.push_str(HEADER);
    text.push('\n');
    for key in ring {
        text.push_str(key.id.as_str());
        text.push(' ');
        text.push_str(&key.made_at.as_micros().to_string());
        text.push(' ');
        text.push_str(&Zeroizing::new(hex::encode(key.secret())));
        text.push('\n');
    }
    if let Some(current) = ring.last() {
        text.push_str(CURRENT);
        text.push_str(current.id.as_str());
        text.push('\n');
    }
    text
}

/// Replaces the file in one step: a crash leaves the old one or the new one, whole.
fn write(path: &Path, ring: &[RootKey]) -> Result<()> {
    let text = print(ring);
    if text.len() as u64 > MAX_FILE {
        return Err(Error::new(ErrorKind::InvalidConfig, "the key file is full; start another one"));
    }
    let fresh = beside(path, ".new");
    // Left by a crash of an earlier write; whoever writes holds the lock.
    match fs::remove_file(&fresh) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed("replaced", path, error)),
        _ => {}
    }
    let mut file =
        private().create_new(true).open(&fresh).map_err(|source| failed("written", path, source))?;
    file.write_all(text.as_bytes())
        .and_then(|()| file.sync_all())
        .and_then(|()| fs::rename(&fresh, path))
        .and_then(|()| sync_folder(path))
        .map_err(|source| failed("written", path, source))
}

/// Keeps other processes from writing until it is dropped.
fn lock(path: &Path) -> Result<File> {
    let file = private()
        .create(true)
        .truncate(false)
        .open(beside(path, ".lock"))
        .map_err(|source| failed("locked", path, source))?;
    file.lock().map_err(|source| failed("locked", path, source))?;
    Ok(file)
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

fn failed(done: &str, path: &Path, source: io::Error) -> Error {
    Error::new(ErrorKind::InvalidConfig, format!("the key file {} can't be {done}", path.display()))
        .with_source(source)
}

fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

#[cfg(unix)]
fn refuse_shared(path: &Path, about: &fs::Metadata) -> Result<()> {
    if std::os::unix::fs::PermissionsExt::mode(&about.permissions()) & 0o077 == 0 {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::InvalidConfig,
        format!("others may read the key file {0}; run `chmod 600 {0}` and rotate", path.display()),
    ))
}

#[cfg(not(unix))]
fn refuse_shared(_: &Path, _: &fs::Metadata) -> Result<()> {
    Ok(())
}

/// Makes the new name last: on POSIX systems it lives in the folder, which is written on its own.
#[cfg(unix)]
fn sync_folder(path: &Path) -> io::Result<()> {
    match path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        Some(folder) => File::open(folder)?.sync_all(),
        None => File::open(".")?.sync_all(),
    }
}

#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}
