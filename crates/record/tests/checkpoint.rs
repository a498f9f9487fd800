//! A checkpoint is either exactly what was written, or an error that names the damage.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::Path;

use exoderm_record::checkpoint::latest_valid;
use exoderm_record::{Checkpoint, CheckpointWriter, Error};
use proptest::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Cells {
    id: Vec<u64>,
    x: Vec<f64>,
    name: String,
    parent: Option<u32>,
}

fn cells(n: u64) -> Cells {
    Cells {
        id: (0..n).map(|i| i * i).collect(),
        x: (0..n).map(|i| 1.0 / (i as f64 + 0.3)).collect(),
        name: "dermis".into(),
        parent: Some(7),
    }
}

fn small() -> CheckpointWriter {
    let writer = CheckpointWriter::new().section("clock", &(360_u32, 0.1_f64)).unwrap();
    writer.section("cells", &cells(20)).unwrap().section("empty", &()).unwrap()
}

fn small_bytes() -> Vec<u8> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("c");
    small().write_atomic(&path).unwrap();
    fs::read(path).unwrap()
}

fn parse(bytes: Vec<u8>) -> Result<Checkpoint, Error> {
    Checkpoint::from_bytes("run.checkpoint", bytes)
}

/// Offset of each section's stored bytes, found as the gap that the later sections leave.
fn section_range(bytes: &[u8], name: &str) -> std::ops::Range<usize> {
    let stored = |value: &[u8]| zstd::bulk::compress(value, 1).unwrap().len();
    let lengths = [
        ("clock", stored(&postcard::to_stdvec(&(360_u32, 0.1_f64)).unwrap())),
        ("cells", stored(&postcard::to_stdvec(&cells(20)).unwrap())),
        ("empty", stored(&[])),
    ];
    let mut start = bytes.len() - lengths.iter().map(|l| l.1).sum::<usize>();
    for (section, length) in lengths {
        if section == name {
            return start..start + length;
        }
        start += length;
    }
    unreachable!()
}

#[test]
fn sections_return_exactly() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("run.checkpoint");
    let odd = vec![f64::from_bits(0x7ff8_0000_dead_beef), -0.0, f64::MIN_POSITIVE / 4.0, f64::INFINITY];
    CheckpointWriter::new()
        .section("odd", &odd)
        .unwrap()
        .section("cells", &cells(1000))
        .unwrap()
        .section("words", ["a", "b"].as_slice())
        .unwrap()
        .write_atomic(&path)
        .unwrap();
    let checkpoint = Checkpoint::open(&path).unwrap();
    assert_eq!(checkpoint.names().collect::<Vec<_>>(), ["odd", "cells", "words"]);
    let bits = |v: &[f64]| v.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
    assert_eq!(bits(&checkpoint.section::<Vec<f64>>("odd").unwrap()), bits(&odd));
    assert_eq!(checkpoint.section::<Cells>("cells").unwrap(), cells(1000));
    assert_eq!(checkpoint.section::<Vec<String>>("words").unwrap(), ["a", "b"]);
}

#[test]
fn the_wrong_section_or_type_is_named() {
    let checkpoint = parse(small_bytes()).unwrap();
    let error = checkpoint.section::<u8>("cell").unwrap_err();
    assert!(matches!(&error, Error::MissingSection { section, .. } if section == "cell"));
    assert!(error.to_string().contains("clock, cells, empty"), "{error}");
    for error in
        [checkpoint.section::<u8>("cells").unwrap_err(), checkpoint.section::<u8>("empty").unwrap_err()]
    {
        assert!(matches!(error, Error::Corrupt { .. }), "{error}");
    }
    assert!(matches!(small().section("clock", &1), Err(Error::Invalid(_))));
}

#[test]
fn every_flipped_bit_is_caught_and_placed() {
    let good = small_bytes();
    parse(good.clone()).unwrap();
    let (clock, cells) = (section_range(&good, "clock"), section_range(&good, "cells"));
    for byte in 0..good.len() {
        for bit in 0..8 {
            let mut bytes = good.clone();
            bytes[byte] ^= 1 << bit;
            let error = parse(bytes).expect_err("a flipped bit went unnoticed");
            let expected = match byte {
                8..12 => {
                    assert!(matches!(error, Error::Version { .. }), "byte {byte}: {error}");
                    continue;
                }
                // The list's length: too long for the file, or of another digest.
                12..16 if matches!(error, Error::Truncated { .. }) => continue,
                b if b < clock.start => "header",
                b if clock.contains(&b) => "clock",
                b if cells.contains(&b) => "cells",
                _ => "empty",
            };
            assert!(
                matches!(&error, Error::Corrupt { section, .. } if section == expected),
                "byte {byte}: {error}, expected {expected}"
            );
        }
    }
}

#[test]
fn every_truncation_and_any_extension_is_caught() {
    let good = small_bytes();
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("c");
    for length in 0..good.len() {
        let error = parse(good[..length].to_vec()).unwrap_err();
        assert!(
            matches!(error, Error::Truncated { found, .. } if found == length as u64),
            "{length}: {error}"
        );
        fs::write(&path, &good[..length]).unwrap();
        assert!(matches!(Checkpoint::open(&path), Err(Error::Truncated { .. })));
    }
    let mut longer = good;
    longer.push(0);
    assert!(matches!(parse(longer), Err(Error::Corrupt { section, .. }) if section == "end"));
}

#[test]
fn a_file_of_another_kind_is_not_taken_for_a_checkpoint() {
    let error = parse(b"PAR1 and then much more that is no checkpoint".to_vec()).unwrap_err();
    assert!(error.to_string().contains("not an Exoderm checkpoint"), "{error}");
    let mut newer = small_bytes();
    newer[8] = 2;
    assert!(matches!(parse(newer), Err(Error::Version { found: 2, supported: 1, .. })));
}

/// A section whose header claims a petabyte is refused without that memory being asked for.
#[test]
fn a_lying_length_costs_no_memory() {
    #[derive(Serialize)]
    struct Entry(&'static str, u64, u64, u128);
    let stored = zstd::bulk::compress(&[0; 100], 1).unwrap();
    let digest = xxhash_rust::xxh3::xxh3_128(&stored);
    for (length, plain) in [(stored.len() as u64, 1 << 50), (stored.len() as u64, 10), (u64::MAX, 100)] {
        let list =
            postcard::to_stdvec(&[Entry("a", length, plain, digest), Entry("b", 1, 0, 0)][..1]).unwrap();
        let mut bytes = b"EXODERM\x1a".to_vec();
        bytes.extend(1_u32.to_le_bytes());
        bytes.extend((list.len() as u32).to_le_bytes());
        let mut hasher = xxhash_rust::xxh3::Xxh3::new();
        hasher.update(&bytes);
        hasher.update(&list);
        bytes.extend(hasher.digest128().to_le_bytes());
        bytes.extend(list);
        bytes.extend(&stored);
        match parse(bytes) {
            Ok(c) => assert!(matches!(c.section::<Vec<u8>>("a"), Err(Error::Corrupt { .. }))),
            Err(e) => {
                assert!(length == u64::MAX && matches!(e, Error::Corrupt { .. } | Error::Truncated { .. }))
            }
        }
    }
}

#[test]
fn rotation_keeps_two_and_falls_back_to_the_older() {
    let dir = tempfile::tempdir().unwrap();
    let write =
        |n: u32| CheckpointWriter::new().section("n", &n).unwrap().write_next(dir.path(), "run").unwrap();
    assert!(latest_valid(dir.path(), "run").unwrap().is_none());
    assert!(latest_valid(dir.path().join("none"), "run").unwrap().is_none());
    // A run whose name starts alike, and a leftover of a killed writer.
    fs::write(dir.path().join("run2.000009.checkpoint"), "").unwrap();
    fs::write(dir.path().join(".run.000004.checkpoint.1-2-3.tmp"), "").unwrap();
    let paths: Vec<_> = (1..=4).map(write).collect();
    assert_eq!(
        names(dir.path()),
        ["run.000003.checkpoint", "run.000004.checkpoint", "run2.000009.checkpoint"]
    );
    let latest = latest_valid(dir.path(), "run").unwrap().unwrap();
    assert_eq!((latest.path, latest.warning), (paths[3].clone(), None));

    flip(&paths[3]);
    let latest = latest_valid(dir.path(), "run").unwrap().unwrap();
    assert_eq!(latest.checkpoint.section::<u32>("n").unwrap(), 3);
    let warning = latest.warning.unwrap();
    assert!(warning.contains("000004") && warning.contains("`n`") && warning.contains("000003"), "{warning}");

    // The next checkpoint pushes out the damaged one, not the sound one.
    write(5);
    assert_eq!(names(dir.path())[..2], ["run.000003.checkpoint", "run.000005.checkpoint"]);

    flip(&dir.path().join("run.000003.checkpoint"));
    fs::write(dir.path().join("run.000005.checkpoint"), "").unwrap();
    let error = latest_valid(dir.path(), "run").unwrap_err();
    assert!(
        matches!(&error, Error::Truncated { path, .. } if path.ends_with("run.000005.checkpoint")),
        "{error}"
    );
    assert!(latest_valid(dir.path(), "../run").is_err());
}

fn flip(path: &Path) {
    let mut bytes = fs::read(path).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(path, bytes).unwrap();
}

fn names(dir: &Path) -> Vec<String> {
    let mut names: Vec<_> =
        fs::read_dir(dir).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        prop_assert!(parse(bytes).is_err());
    }

    /// Past the magic and version, and with a valid digest over an arbitrary section list.
    #[test]
    fn arbitrary_section_lists_never_panic(
        list in proptest::collection::vec(any::<u8>(), 0..80),
        rest in proptest::collection::vec(any::<u8>(), 0..80),
    ) {
        let mut bytes = b"EXODERM\x1a".to_vec();
        bytes.extend(1_u32.to_le_bytes());
        bytes.extend((list.len() as u32).to_le_bytes());
        let mut hasher = xxhash_rust::xxh3::Xxh3::new();
        hasher.update(&bytes);
        hasher.update(&list);
        bytes.extend(hasher.digest128().to_le_bytes());
        bytes.extend(list);
        bytes.extend(rest);
        if let Ok(checkpoint) = parse(bytes) {
            for name in checkpoint.names() {
                let _ = checkpoint.section::<Vec<Vec<String>>>(name);
            }
        }
    }

    #[test]
    fn several_damaged_bytes_are_caught(changes in proptest::collection::vec((any::<usize>(), 1_u8..), 1..8)) {
        let good = small_bytes();
        let mut bytes = good.clone();
        for (at, change) in changes {
            let at = at % bytes.len();
            bytes[at] ^= change;
        }
        prop_assert!(bytes == good || parse(bytes).is_err());
    }
}
