//! Fields return as they were written, and the store is whole at every moment.
#![allow(clippy::unwrap_used)]

mod common;

use std::fs;

use common::{field, spec, two_times};
use exoderm_record::{Error, FieldName, FieldsReader, FieldsSpec, FieldsWriter};

#[test]
fn fields_return_padded_with_nan() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("fields.zarr");
    let writer = two_times(&path);
    assert_eq!((writer.len(), writer.next_time()), (2, Some(150.0)));
    let reader = FieldsReader::open(&path).unwrap();
    assert_eq!(reader.spec(), &spec());
    assert_eq!(reader.names().collect::<Vec<_>>(), ["oxygen", "TGF-β"]);
    assert_eq!(reader.unit("TGF-β"), Some("ng/ml"));
    assert_eq!((reader.times(), reader.widths()), (&[30.0, 90.0][..], &[4, 3][..]));
    let full: Vec<f32> = field(1, 4, 0.0).iter().map(|&v| v as f32).collect();
    assert_eq!(reader.read(0, "TGF-β").unwrap(), full);
    let narrow = reader.read(1, "oxygen").unwrap();
    let expected = field(0, 3, 0.5);
    for (row, values) in narrow.chunks(4).zip(expected.chunks(3)) {
        assert!(row[..3].iter().zip(values).all(|(a, b)| *a == *b as f32), "{row:?} {values:?}");
        assert_eq!(row[3].to_bits(), f32::NAN.to_bits());
    }
    assert!(matches!(reader.read(2, "oxygen"), Err(Error::Invalid(_))));
    assert!(reader.read(0, "oxigen").unwrap_err().to_string().contains("oxygen, TGF-β"));
}

#[test]
fn single_precision_keeps_its_bits_and_a_field_of_nan_is_kept() {
    let dir = tempfile::tempdir().unwrap();
    let one = FieldsSpec { fields: vec![FieldName::new("a", "1")], times_min: vec![0.0, 1.0], ..spec() };
    let mut writer = FieldsWriter::create(dir.path().join("f"), one).unwrap();
    let odd: Vec<f32> = (0..24).map(|i| f32::from_bits(0x7fc0_0000 + i)).collect();
    writer.append(0.0, 4, &[&odd[..]]).unwrap();
    writer.append(1.0, 4, &[&[f32::NAN; 24][..]]).unwrap();
    let reader = FieldsReader::open(dir.path().join("f")).unwrap();
    assert!(reader.read(0, "a").unwrap().iter().zip(&odd).all(|(a, b)| a.to_bits() == b.to_bits()));
    assert!(reader.read(1, "a").unwrap().iter().all(|v| v.is_nan()));
}

/// A kill after some chunks of a time point, before its commit; and the resumed run equals one without a kill.
#[test]
fn an_interrupted_time_point_is_invisible_and_resuming_gives_the_same_recording() {
    let dir = tempfile::tempdir().unwrap();
    let (a, b) = (dir.path().join("a"), dir.path().join("b"));
    let mut whole = two_times(&a);
    let committed = fs::read(a.join("0/zarr.json")).unwrap();
    let last = [&field(0, 2, 9.0)[..], &field(1, 2, 9.0)];
    whole.append(150.0, 2, &last).unwrap();

    // The chunks are there, the commit is not, and a temporary file lies about.
    drop(two_times(&b));
    for c in 0..2 {
        fs::create_dir_all(b.join(format!("0/c/2/{c}/0/0"))).unwrap();
        fs::write(b.join(format!("0/c/2/{c}/0/0/0")), "half a chunk").unwrap();
    }
    fs::write(b.join("0/.zarr.json.1-2-3.tmp"), "{").unwrap();
    assert_eq!(fs::read(b.join("0/zarr.json")).unwrap(), committed);
    assert_eq!(FieldsReader::open(&b).unwrap().len(), 2);

    for count in [2, 1, 0] {
        let mut writer = FieldsWriter::resume(&b, &spec(), count).unwrap();
        assert!(!b.join("0/.zarr.json.1-2-3.tmp").exists());
        assert!(!b.join(format!("0/c/{count}")).exists());
        assert_eq!(FieldsReader::open(&b).unwrap().len(), count);
        if count == 0 {
            writer.append(30.0, 4, &[&field(0, 4, 0.0)[..], &field(1, 4, 0.0)]).unwrap();
        }
        if count <= 1 {
            writer.append(90.0, 3, &[&field(0, 3, 0.5)[..], &field(1, 3, 0.5)]).unwrap();
        }
        writer.append(150.0, 2, &last).unwrap();
        let (a, b) = (FieldsReader::open(&a).unwrap(), FieldsReader::open(&b).unwrap());
        assert_eq!(a.digests().unwrap(), b.digests().unwrap());
        assert_eq!((a.times(), a.widths()), (b.times(), b.widths()));
    }
}

#[test]
fn what_does_not_fit_is_refused_and_the_recording_stays() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("f");
    let mut writer = two_times(&path);
    let (a, b) = (field(0, 4, 0.0), field(1, 4, 0.0));
    let mut refuse = |time, nx, fields: &[&[f64]], text: &str| {
        let message = writer.append(time, nx, fields).unwrap_err().to_string();
        assert!(message.contains(text), "{message}");
    };
    refuse(140.0, 4, &[&a, &b], "next planned time is 150 min");
    refuse(f64::NAN, 4, &[&a, &b], "next planned time is 150 min");
    refuse(150.0, 5, &[&a, &b], "expected 1 to 4");
    refuse(150.0, 0, &[&a, &b], "expected 1 to 4");
    refuse(150.0, 4, &[&a], "1 given, 2 expected");
    refuse(150.0, 4, &[&a, &b[1..]], "`TGF-β` has 23 values, expected 24");
    assert_eq!(FieldsReader::open(&path).unwrap().len(), 2);
    writer.append(150.0, 4, &[&a[..], &b]).unwrap();
    assert!(writer.append(210.0, 4, &[&a[..], &b]).is_err());

    let error = FieldsWriter::create(&path, spec()).unwrap_err();
    assert!(error.to_string().contains("choose another folder"), "{error}");
    let other = FieldsSpec { voxel_um: [20.0, 10.0, 4.0], ..spec() };
    assert!(matches!(FieldsWriter::resume(&path, &other, 1), Err(Error::Invalid(_))));
    assert!(matches!(FieldsWriter::resume(&path, &spec(), 4), Err(Error::Corrupt { .. })));
    assert_eq!(FieldsReader::open(&path).unwrap().len(), 3);
}

#[test]
fn senseless_specifications_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    for bad in [
        FieldsSpec { fields: vec![], ..spec() },
        FieldsSpec { fields: vec![FieldName::new("a", "1"), FieldName::new("a", "2")], ..spec() },
        FieldsSpec { shape: [0, 1, 1], ..spec() },
        FieldsSpec { shape: [usize::MAX, 2, 1], ..spec() },
        FieldsSpec { voxel_um: [1.0, 0.0, 1.0], ..spec() },
        FieldsSpec { times_min: vec![0.0, f64::NAN], ..spec() },
        FieldsSpec { times_min: vec![1.0, 1.0], ..spec() },
    ] {
        assert!(matches!(FieldsWriter::create(dir.path().join("f"), bad), Err(Error::Invalid(_))));
    }
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
}

#[test]
fn damage_is_noticed_and_placed() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("f");
    drop(two_times(&path));
    let chunk = path.join("0/c/1/0/0/0/0");
    let good = fs::read(&chunk).unwrap();
    for at in 0..good.len() {
        let mut bytes = good.clone();
        bytes[at] ^= 4;
        fs::write(&chunk, bytes).unwrap();
        let error = FieldsReader::open(&path).unwrap().read(1, "oxygen").unwrap_err();
        assert!(
            matches!(&error, Error::Corrupt { section, path, .. } if section == "oxygen at 90 min" && *path == chunk),
            "{error}"
        );
    }
    fs::remove_file(&chunk).unwrap();
    let reader = FieldsReader::open(&path).unwrap();
    assert!(reader.read(1, "oxygen").unwrap_err().to_string().contains("missing"));
    assert!(reader.read(1, "TGF-β").is_ok());

    for file in ["zarr.json", "0/zarr.json"] {
        let good = fs::read(path.join(file)).unwrap();
        fs::write(path.join(file), &good[..good.len() / 2]).unwrap();
        assert!(matches!(FieldsReader::open(&path), Err(Error::Format { .. })), "{file}");
        fs::write(path.join(file), good).unwrap();
    }
    assert!(matches!(FieldsReader::open(dir.path().join("none")), Err(Error::Io { .. })));
}
