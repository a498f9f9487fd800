//! Law 4: the same bits on any number of threads, and across a stop, a kill and damage.

mod common;

use common::{Place, of_arms, texts, tiny};
use serde_json::Value;
use std::fs;
use std::process::Command;

/// Long enough that it can be interrupted.
const LONG: [&str; 6] = ["--until", "10 d", "--set", "run.horizon=10 d", "--set", "record.series=1 d"];

fn run<'a>(tiny: &'a str, out: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [&["run", tiny, "--out", out][..], more].concat()
}

#[test]
fn the_number_of_threads_does_not_show() {
    let place = Place::new();
    let tiny = tiny();
    let of_threads = |n: &str| -> Value {
        place.expect(0, &run(&tiny, n, &["--threads", n, "--no-cache"]));
        place.digests(n)
    };
    let one = of_threads("1");
    assert_eq!(of_threads("2"), one);
    assert_eq!(of_threads("5"), one);
}

#[test]
fn a_cached_burn_in_gives_the_same_bits_and_a_damaged_one_is_made_again() {
    let place = Place::new();
    let tiny = tiny();
    place.expect(0, &run(&tiny, "first", &[]));
    let entries = || -> Vec<_> {
        fs::read_dir(place.path("cache/exoderm")).unwrap().map(|e| e.unwrap().path()).collect()
    };
    assert_eq!(entries().len(), 2, "one burn-in a replicate, shared by the arms");
    place.expect(0, &run(&tiny, "second", &[]));
    assert_eq!(place.digests("second"), place.digests("first"));
    for entry in entries() {
        let mut bytes = fs::read(&entry).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        fs::write(&entry, bytes).unwrap();
    }
    let (_, err) = place.expect(0, &run(&tiny, "third", &[]));
    assert!(err.contains("made again"), "{err}");
    assert_eq!(place.digests("third"), place.digests("first"));
    let (_, err) = place.expect(0, &run(&tiny, "fourth", &[]));
    assert!(!err.contains("made again"), "it was repaired:\n{err}");
}

/// Ctrl-C, kill -9 and damage to a checkpoint, each followed by `resume`, end where an undisturbed run ends.
#[test]
fn an_interrupted_run_goes_on_to_the_same_bits() {
    let place = Place::new();
    let tiny = tiny();
    place.expect(0, &run(&tiny, "whole", &LONG));
    let whole = place.digests("whole");
    let often = [&LONG[..], &["--checkpoint-seconds", "0.1"]].concat();
    let running = |out: &'static str| {
        place.start_until(&run(&tiny, out, &often), || of_arms(&place.checkpoints(out)).len() >= 2)
    };

    // Ctrl-C: exit code 3, a partial report, and the way to go on.
    let child = running("stopped");
    let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
    let output = child.wait_with_output().unwrap();
    let (_, err) = texts(&output);
    assert_eq!(output.status.code(), Some(3), "{err}");
    assert!(err.contains("exoderm resume stopped"), "{err}");
    assert_eq!(place.record("stopped")["status"], "stopped");
    let partial: Value =
        serde_json::from_str(&fs::read_to_string(place.path("stopped/results.json")).unwrap()).unwrap();
    assert_eq!(partial["status"], "partial");
    let before = fs::read(place.path("stopped/results.json")).unwrap();
    place.expect(0, &["report", "stopped"]);
    assert!(before == fs::read(place.path("stopped/results.json")).unwrap(), "a partial report, rebuilt");
    let (_, err) = place.expect(2, &run(&tiny, "stopped", &[]));
    assert!(err.contains("has not ended") && err.contains("resume"), "{err}");
    place.expect(0, &["resume", "stopped"]);
    assert_eq!(place.digests("stopped"), whole, "stopped and gone on with");

    // kill -9.
    let mut child = running("killed");
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(place.record("killed")["status"], "running");
    place.expect(0, &["resume", "killed"]);
    assert_eq!(place.digests("killed"), whole, "killed and gone on with");

    // The newest checkpoint damaged: the older one is taken, with a note.
    let mut child = running("damaged");
    child.kill().unwrap();
    child.wait().unwrap();
    let checkpoints = place.checkpoints("damaged");
    let newest = of_arms(&checkpoints).into_iter().next_back().unwrap().to_path_buf();
    let mut bytes = fs::read(&newest).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0x10;
    fs::write(&newest, bytes).unwrap();
    let (_, err) = place.expect(0, &["resume", "damaged"]);
    assert!(err.contains("is damaged in"), "{err}");
    assert_eq!(place.digests("damaged"), whole, "gone on with from an older checkpoint");

    // All of them damaged: from the burn-in, with a note.
    let mut child = running("ruined");
    child.kill().unwrap();
    child.wait().unwrap();
    for path in place.checkpoints("ruined") {
        let bytes = fs::read(&path).unwrap();
        fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
    }
    let (_, err) = place.expect(0, &["resume", "ruined"]);
    assert!(err.contains("cut short") && err.contains("burn-in"), "{err}");
    assert_eq!(place.digests("ruined"), whole, "run again");
}

/// A folder that another program works on is not touched.
#[test]
fn two_programs_do_not_share_a_folder() {
    let place = Place::new();
    let tiny = tiny();
    let mut child = place.start_until(&run(&tiny, "run", &LONG), || place.path("run/run.json").is_file());
    let (_, err) = place.expect(2, &["resume", "run"]);
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(err.contains("another exoderm"), "{err}");
}
