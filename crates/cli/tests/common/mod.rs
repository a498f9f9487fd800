//! Runs the program as a user does: as a process, by its arguments, files, exit code and signals.
#![allow(dead_code)] // each test file uses a part of it
#![allow(clippy::unwrap_used)] // all of it is test code

use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

/// Longest a test waits for something to happen.
const PATIENCE: Duration = Duration::from_secs(120);

/// A folder of a test's own, with a cache of its own in it.
pub(crate) struct Place {
    dir: tempfile::TempDir,
}

impl Place {
    pub(crate) fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// The program, to be run in this folder.
    pub(crate) fn exoderm(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_exoderm"));
        command
            .args(args)
            .current_dir(self.dir.path())
            .env("XDG_CACHE_HOME", self.path("cache"))
            .env("NO_COLOR", "1")
            .stdin(Stdio::null());
        command
    }

    pub(crate) fn output(&self, args: &[&str]) -> Output {
        self.exoderm(args).output().unwrap()
    }

    /// Runs the program and checks its exit code; gives standard output and standard error.
    pub(crate) fn expect(&self, code: i32, args: &[&str]) -> (String, String) {
        let output = self.output(args);
        let (out, err) = texts(&output);
        assert_eq!(
            output.status.code(),
            Some(code),
            "exoderm {args:?}\n--- stdout\n{out}\n--- stderr\n{err}"
        );
        (out, err)
    }

    /// The record of a run.
    pub(crate) fn record(&self, run: &str) -> Value {
        serde_json::from_str(&fs::read_to_string(self.path(run).join("run.json")).unwrap()).unwrap()
    }

    /// All digests of a run.
    pub(crate) fn digests(&self, run: &str) -> Value {
        self.record(run)["digests"].clone()
    }

    /// Starts the program and waits until `ready`; it must not have ended by then.
    pub(crate) fn start_until(&self, args: &[&str], ready: impl Fn() -> bool) -> Child {
        let mut child = self.exoderm(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let begin = Instant::now();
        while !ready() {
            assert!(child.try_wait().unwrap().is_none(), "exoderm {args:?} ended too early");
            assert!(begin.elapsed() < PATIENCE, "exoderm {args:?} did not get ready");
            std::thread::sleep(Duration::from_millis(5));
        }
        child
    }

    /// The checkpoints in a run's folder, by name.
    pub(crate) fn checkpoints(&self, run: &str) -> Vec<PathBuf> {
        let folder = self.path(run).join("checkpoints");
        let mut found: Vec<PathBuf> = fs::read_dir(folder)
            .into_iter()
            .flatten()
            .map(|e| e.unwrap().path())
            .filter(|p| p.extension().is_some_and(|e| e == "checkpoint"))
            .collect();
        found.sort();
        found
    }
}

/// Checkpoints of arms, not of burn-ins.
pub(crate) fn of_arms(paths: &[PathBuf]) -> Vec<&Path> {
    let name = |p: &Path| p.file_name().unwrap().to_string_lossy().into_owned();
    paths.iter().map(PathBuf::as_path).filter(|p| !name(p).starts_with("burn-in")).collect()
}

pub(crate) fn texts(output: &Output) -> (String, String) {
    (String::from_utf8(output.stdout.clone()).unwrap(), String::from_utf8(output.stderr.clone()).unwrap())
}

/// The small scenario of the tests.
pub(crate) fn tiny() -> String {
    format!("{}/tests/data/tiny.toml", env!("CARGO_MANIFEST_DIR"))
}
