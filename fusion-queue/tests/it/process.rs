//! Other processes: this test binary once more, with a task in its environment.

use std::{
    env,
    ffi::{OsStr, OsString},
    io::{BufRead as _, BufReader, Lines, Read as _},
    process::{Child, ChildStdout, Command, ExitStatus, Stdio},
};

/// Ends with whoever started it.
pub(crate) struct Running {
    child: Child,
    said: Lines<BufReader<ChildStdout>>,
}

/// Starts this binary for the one test `name`, which finds its task in the environment. `limit`: how large its files
/// may grow, in blocks of the shell's.
pub(crate) fn start<V: AsRef<OsStr>>(name: &str, task: &[(&str, V)], limit: Option<u32>) -> Running {
    let exe = env::current_exe().unwrap();
    let test = ["--exact", name, "--nocapture", "--quiet"];
    let mut command = match limit {
        Some(blocks) => {
            let mut shell = Command::new("sh");
            shell.args(["-c", &format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"")]).arg(exe);
            shell
        }
        None => Command::new(exe),
    };
    let task = task.iter().map(|(name, value)| (*name, OsString::from(value)));
    let mut child =
        command.args(test).envs(task).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let said = BufReader::new(child.stdout.take().unwrap()).lines();
    Running { child, said }
}

impl Running {
    /// The next thing that it says; `None`: it has ended.
    pub(crate) fn hear(&mut self) -> Option<String> {
        self.said.by_ref().map_while(Result::ok).find_map(|line| Some(line.strip_prefix("said ")?.to_owned()))
    }

    /// Kills it (SIGKILL), and reads what it had said until then.
    pub(crate) fn kill(mut self) -> Vec<String> {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        std::iter::from_fn(|| self.hear()).collect()
    }

    /// How it has ended, if it has.
    pub(crate) fn end(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().unwrap()
    }

    pub(crate) fn ended_well(mut self) -> bool {
        self.child.wait().unwrap().success()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Ok(None) = self.child.try_wait() {
            drop(self.child.kill());
            drop(self.child.wait());
        }
    }
}

/// What a child says to its parent.
pub(crate) fn say(what: impl std::fmt::Display) {
    println!("said {what}");
}

/// Ends this process with the one that started it.
pub(crate) fn end_with_parent() {
    std::thread::spawn(|| {
        drop(std::io::stdin().read_to_end(&mut Vec::new()));
        std::process::exit(0);
    });
}
