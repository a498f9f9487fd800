//! VTK files are read back: by a small parser here, and by VTK itself where Python has it.
#![allow(clippy::unwrap_used, missing_docs)]

use exoderm_record::vtk::{Array, Values, write_collection, write_image, write_points};
use std::path::Path;
use std::process::Command;

/// The array of a name: type, components and bytes.
fn array(file: &[u8], name: &str) -> (String, usize, Vec<u8>) {
    let mark = b"<AppendedData encoding=\"raw\">\n_";
    let at = file.windows(mark.len()).position(|w| w == mark).unwrap();
    let xml = std::str::from_utf8(&file[..at]).unwrap();
    let line =
        xml.lines().find(|l| l.starts_with("<DataArray") && l.contains(&format!("Name=\"{name}\""))).unwrap();
    let attribute = |key: &str| {
        let from = line.find(&format!("{key}=\"")).unwrap() + key.len() + 2;
        line[from..from + line[from..].find('"').unwrap()].to_owned()
    };
    let from = at + mark.len() + attribute("offset").parse::<usize>().unwrap();
    let length = u64::from_le_bytes(file[from..from + 8].try_into().unwrap()) as usize;
    (
        attribute("type"),
        attribute("NumberOfComponents").parse().unwrap(),
        file[from + 8..from + 8 + length].to_vec(),
    )
}

fn floats(bytes: &[u8]) -> Vec<f32> {
    bytes.chunks_exact(4).map(|b| f32::from_le_bytes(b.try_into().unwrap())).collect()
}

const N: [usize; 3] = [4, 2, 3];

fn write(dir: &Path) {
    let values: Vec<f32> = (0..24).map(|k| k as f32 / 8.0).collect();
    let region: Vec<u8> = (0..24).map(|k| k % 4).collect();
    let arrays = [
        Array { name: "oxygen [mmHg]".into(), values: Values::F32(&values) },
        Array { name: "a <b> & c".into(), values: Values::U8(&region) },
    ];
    write_image(dir.join("fields-0.vti"), N, [10.0, 5.0, 2.5], &arrays).unwrap();
    let points = [[1.0, 2.0, 3.0], [4.5, 5.5, 6.5]];
    let ids = [7, 1 << 40];
    let arrays = [Array { name: "id".into(), values: Values::I64(&ids) }];
    write_points(dir.join("cells-0.vtp"), &points, &arrays).unwrap();
    write_points(dir.join("empty.vtp"), &[], &[Array { name: "id".into(), values: Values::I64(&[]) }])
        .unwrap();
    write_collection(
        dir.join("fields.pvd"),
        &[(0.0, "fields-0.vti".into()), (1440.0, "fields-1.vti".into())],
    )
    .unwrap();
}

#[test]
fn what_was_written_is_read_back() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path());
    let image = std::fs::read(dir.path().join("fields-0.vti")).unwrap();
    let (kind, components, bytes) = array(&image, "oxygen [mmHg]");
    assert_eq!((kind.as_str(), components), ("Float32", 1));
    assert_eq!(floats(&bytes), (0..24).map(|k| k as f32 / 8.0).collect::<Vec<_>>());
    let (kind, _, bytes) = array(&image, "a &lt;b&gt; &amp; c");
    assert_eq!((kind.as_str(), bytes[5]), ("UInt8", 1));
    let text = String::from_utf8_lossy(&image);
    assert!(text.contains("WholeExtent=\"0 4 0 2 0 3\"") && text.contains("Spacing=\"10 5 2.5\""));
    let points = std::fs::read(dir.path().join("cells-0.vtp")).unwrap();
    let (_, components, bytes) = array(&points, "Points");
    assert_eq!((components, floats(&bytes)), (3, vec![1.0, 2.0, 3.0, 4.5, 5.5, 6.5]));
    let (kind, _, bytes) = array(&points, "id");
    assert_eq!((kind.as_str(), i64::from_le_bytes(bytes[8..].try_into().unwrap())), ("Int64", 1 << 40));
    let series = std::fs::read_to_string(dir.path().join("fields.pvd")).unwrap();
    assert!(series.contains("timestep=\"1440\"") && series.contains("file=\"fields-1.vti\""));
}

#[test]
fn arrays_of_another_length_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let arrays = [Array { name: "x".into(), values: Values::F32(&[1.0]) }];
    let error = write_image(dir.path().join("a.vti"), N, [1.0; 3], &arrays).unwrap_err();
    assert!(error.to_string().contains("has 1 values, expected 24"), "{error}");
    assert!(!dir.path().join("a.vti").exists());
}

/// VTK itself gives the same extent, spacing, values and points. Skipped where Python has no `vtk`.
#[test]
fn vtk_reads_the_files() {
    let python = std::env::var("EXODERM_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let found = Command::new(&python).args(["-c", "import vtkmodules.vtkIOXML"]).output();
    if !found.is_ok_and(|o| o.status.success()) {
        println!("SKIPPED read_vtk.py: {python} has no package vtk");
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    write(dir.path());
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/python/read_vtk.py");
    let output = Command::new(&python).arg(&script).arg(dir.path()).output().unwrap();
    assert!(
        output.status.success(),
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}
