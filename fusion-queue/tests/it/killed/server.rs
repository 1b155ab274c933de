//! A PostgreSQL server of a test's own, which may be killed.

use sqlx::{Connection as _, PgConnection};
use std::{
    fs,
    net::TcpListener,
    os::unix::{fs::chown, process::CommandExt as _},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};
use tempfile::TempDir;

pub(crate) struct Server {
    folder: TempDir,
    programs: PathBuf,
    /// The server refuses to run as root.
    user: Option<(u32, u32)>,
    port: u16,
    postmaster: Child,
}

impl Server {
    /// Makes a cluster in a folder of its own, and starts it.
    pub(crate) async fn start() -> Self {
        let (folder, programs) = (TempDir::new().unwrap(), programs());
        let user = (fs::metadata("/proc/self").is_ok_and(|own| is_root(&own))).then(unprivileged);
        if let Some((user, group)) = user {
            chown(folder.path(), Some(user), Some(group)).unwrap();
        }
        let port = free_port();
        let data = folder.path().join("data");
        let mut initdb = command(&programs.join("initdb"), user);
        initdb.arg("-D").arg(&data).args(["-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"]);
        assert!(initdb.status().unwrap().success(), "initdb failed");
        let postmaster = postgres(&programs, user, &data, port);
        let server = Self { folder, programs, user, port, postmaster };
        server.wait().await;
        server
    }

    pub(crate) fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }

    /// Kills the postmaster and its children (SIGKILL), and starts the server anew.
    pub(crate) async fn kill_and_start(&mut self) {
        self.kill();
        for _ in 0..200 {
            self.postmaster =
                postgres(&self.programs, self.user, &self.folder.path().join("data"), self.port);
            // It refuses to start while one of the old processes is still about to end.
            if self.answers().await {
                return;
            }
            drop(self.postmaster.kill());
            drop(self.postmaster.wait());
        }
        panic!("the server doesn't come back");
    }

    fn kill(&mut self) {
        let postmaster = self.postmaster.id();
        let all = children(postmaster).into_iter().chain([postmaster]).map(|id| id.to_string());
        // Some have ended meanwhile.
        Command::new("kill").arg("-9").args(all).stderr(Stdio::null()).status().unwrap();
        drop(self.postmaster.wait());
    }

    async fn wait(&self) {
        for _ in 0..600 {
            if PgConnection::connect(&self.url()).await.is_ok() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("the server doesn't answer");
    }

    /// Whether it lets somebody in before it gives up.
    async fn answers(&mut self) -> bool {
        for _ in 0..600 {
            if PgConnection::connect(&self.url()).await.is_ok() {
                return true;
            }
            if self.postmaster.try_wait().unwrap().is_some() {
                return false;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        false
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

/// One that no system gives to an outgoing connection: it has to be free again after each kill.
fn free_port() -> u16 {
    let mut ports = (10_000..20_000).cycle().skip(std::process::id() as usize % 10_000).take(10_000);
    ports.find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok()).expect("a free port")
}

fn postgres(programs: &Path, user: Option<(u32, u32)>, data: &Path, port: u16) -> Child {
    let mut server = command(&programs.join("postgres"), user);
    let set = ["listen_addresses=127.0.0.1", "unix_socket_directories=", "fsync=off", "max_connections=40"];
    server.arg("-D").arg(data).args(["-p", &port.to_string()]);
    server.args(set.iter().flat_map(|set| ["-c", set])).spawn().unwrap()
}

fn command(program: &Path, user: Option<(u32, u32)>) -> Command {
    let mut command = Command::new(program);
    command.current_dir("/").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    if let Some((user, group)) = user {
        command.uid(user).gid(group);
    }
    command
}

/// Where the newest server's programs are.
fn programs() -> PathBuf {
    let own = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut found: Vec<_> = own.map(|entry| entry.path().join("bin")).collect();
    found.sort_by_key(|path| path.parent().and_then(|of| of.file_name()?.to_str()?.parse::<u32>().ok()));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let on_path = std::env::split_paths(&path);
    let mut all = found.into_iter().rev().chain(on_path);
    all.find(|folder| folder.join("initdb").exists()).expect("initdb: install PostgreSQL's server programs")
}

fn is_root(own: &fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    own.uid() == 0
}

/// User and group of a server's own user, or of nobody.
fn unprivileged() -> (u32, u32) {
    let users = fs::read_to_string("/etc/passwd").unwrap();
    let of = |name: &str| {
        let line = users.lines().find(|line| line.split(':').next() == Some(name))?;
        let mut numbers = line.split(':').skip(2).map(|number| number.parse().ok());
        Some((numbers.next()??, numbers.next()??))
    };
    of("postgres").or_else(|| of("nobody")).expect("a user that isn't root")
}

fn children(parent: u32) -> Vec<u32> {
    let all = Command::new("ps").args(["-A", "-o", "pid=,ppid="]).output().unwrap().stdout;
    let all = String::from_utf8_lossy(&all).into_owned();
    let pair = |line: &str| {
        let mut numbers = line.split_whitespace().map(|number| number.parse::<u32>().ok());
        Some((numbers.next()??, numbers.next()??))
    };
    all.lines().filter_map(pair).filter(|(_, of)| *of == parent).map(|(id, _)| id).collect()
}
