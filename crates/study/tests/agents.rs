//! Runs of agents in their folders: gone on with to the same files, and what can't be gone on with.

#![allow(clippy::unwrap_used, reason = "a test that can't go on fails")]

use exoderm_study::agents::{Machine, Outcome, Overview, Request, is_run, load, resume, run};
use exoderm_study::error::StudyError;
use exoderm_study::progress::Progress;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

/// Asks for a stop after some steps, and keeps messages.
struct StopAfter<'a> {
    left: AtomicU32,
    stop: &'a AtomicBool,
    told: Mutex<Vec<String>>,
}

impl<'a> StopAfter<'a> {
    fn new(steps: u32, stop: &'a AtomicBool) -> Self {
        stop.store(false, Ordering::Relaxed);
        Self { left: AtomicU32::new(steps), stop, told: Mutex::default() }
    }
}

impl Progress for StopAfter<'_> {
    fn started(&self, _: &str, _: usize) {}
    fn advanced(&self, _: &str, _: f64, _: f64) {
        if self.left.fetch_sub(1, Ordering::Relaxed) == 1 {
            self.stop.store(true, Ordering::Relaxed);
        }
    }
    fn message(&self, text: &str) {
        self.told.lock().unwrap().push(text.to_owned());
    }
    fn finished(&self) {}
}

fn settings() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../import/tests/data/physicell/config/settings.xml")
}

const FOREVER: u32 = u32::MAX;

fn start(folder: &Path, stop: &AtomicBool, steps: u32) -> Result<Outcome, StudyError> {
    let request = Request {
        file: settings(),
        until: Some("40 min".to_owned()),
        out: Some(folder.to_path_buf()),
        force: true,
        ..Request::default()
    };
    let loaded = load(&request.file)?;
    run(&request, &loaded, &machine(stop), &StopAfter::new(steps, stop))
}

fn machine(stop: &AtomicBool) -> Machine<'_> {
    Machine { threads: Some(2), stop, checkpoint_wall: Duration::from_secs(1000), render: page }
}

/// A page of all that pages are made of.
fn page(seen: &Overview) -> String {
    format!("{seen:?}").replace(&seen.outcome.folder.display().to_string(), "")
}

/// All files of a folder with their bytes, by name.
fn files(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut all = Vec::new();
    let mut open = vec![folder.to_path_buf()];
    while let Some(dir) = open.pop() {
        for entry in fs::read_dir(&dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                all.push((path.strip_prefix(folder).unwrap().to_path_buf(), fs::read(&path).unwrap()));
            }
        }
    }
    all.sort();
    all
}

/// Stopped again and again, and once killed beyond its last checkpoint, a run ends with the files of one that was not.
#[test]
fn a_run_of_agents_goes_on_to_the_same_files() {
    let dir = tempfile::tempdir().unwrap();
    let stop = AtomicBool::new(false);
    let whole = dir.path().join("whole");
    assert!(!start(&whole, &stop, FOREVER).unwrap().stopped);
    assert!(!whole.join("checkpoints").exists(), "nothing to go on from");
    let parts = dir.path().join("parts");
    assert!(start(&parts, &stop, 30).unwrap().stopped);
    let mut stops = 1;
    loop {
        assert!(is_run(&parts));
        if stops == 2 {
            // As a kill leaves it: without what is written last, and with a part of a table beyond the checkpoint.
            fs::remove_file(parts.join("agents.json")).unwrap();
            fs::copy(parts.join("links.parquet"), parts.join("links.part-000000009999.parquet")).unwrap();
        }
        let told = StopAfter::new(25, &stop);
        if !resume(&parts, &machine(&stop), &told).unwrap().stopped {
            break;
        }
        stops += 1;
    }
    assert!(stops > 3, "{stops}");
    let (a, b) = (files(&whole), files(&parts));
    let names = |f: &[(PathBuf, Vec<u8>)]| f.iter().map(|f| f.0.clone()).collect::<Vec<_>>();
    assert_eq!(names(&a), names(&b));
    for ((name, a), (_, b)) in a.iter().zip(&b) {
        assert!(a == b, "{} differs", name.display());
    }
    let told = StopAfter::new(FOREVER, &stop);
    assert!(!resume(&whole, &machine(&stop), &told).unwrap().stopped);
    assert_eq!(told.told.lock().unwrap().as_slice(), ["this run has come to its end already"]);
}

/// Neither a damaged checkpoint nor another model is gone on with.
#[test]
fn what_does_not_fit_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let stop = AtomicBool::new(false);
    let folder = dir.path().join("run");
    assert!(start(&folder, &stop, 30).unwrap().stopped);
    let go_on = || resume(&folder, &machine(&stop), &StopAfter::new(FOREVER, &stop)).unwrap_err().to_string();
    let model = folder.join("model.toml");
    let text = fs::read_to_string(&model).unwrap();
    fs::write(&model, text.replacen("seed = ", "seed = 1", 1)).unwrap();
    assert!(go_on().contains("belongs to another scenario or seed"), "{}", go_on());
    fs::write(&model, text).unwrap();
    let checkpoint = fs::read_dir(folder.join("checkpoints")).unwrap().next().unwrap().unwrap().path();
    let mut bytes = fs::read(&checkpoint).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&checkpoint, bytes).unwrap();
    assert!(go_on().contains("can't be gone on with"), "{}", go_on());
    fs::remove_file(checkpoint).unwrap();
    assert!(go_on().contains("it has no checkpoint"), "{}", go_on());
}
