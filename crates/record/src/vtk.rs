//! VTK's XML files, for ParaView, PyVista and the like: fields as image data (`.vti`), points (`.vtp`), and a collection in time
//! (`.pvd`).
//!
//! Arrays are appended as raw little-endian bytes, each behind its length (VTK File Formats, "XML File Formats"), so that a file has
//! the bits of what was recorded. Positions are um, times min.

use crate::atomic::{write_atomic, write_atomic_with};
use crate::error::{Error, Result};
use std::fmt::Write as _;
use std::io::Write;
use std::path::Path;

/// An array over voxels or points.
#[derive(Clone, Debug)]
pub struct Array<'a> {
    /// Name; units belong to it ("oxygen [mmHg]").
    pub name: String,
    /// Values.
    pub values: Values<'a>,
}

/// The values of an [`Array`].
#[derive(Clone, Debug)]
pub enum Values<'a> {
    /// A number each.
    F32(&'a [f32]),
    /// A whole number each.
    I64(&'a [i64]),
    /// A code each.
    U8(&'a [u8]),
}

impl Values<'_> {
    fn len(&self) -> usize {
        match self {
            Self::F32(v) => v.len(),
            Self::I64(v) => v.len(),
            Self::U8(v) => v.len(),
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::F32(_) => "Float32",
            Self::I64(_) => "Int64",
            Self::U8(_) => "UInt8",
        }
    }

    fn bytes(&self) -> Vec<u8> {
        match self {
            Self::F32(v) => v.iter().flat_map(|x| x.to_le_bytes()).collect(),
            Self::I64(v) => v.iter().flat_map(|x| x.to_le_bytes()).collect(),
            Self::U8(v) => v.to_vec(),
        }
    }
}

/// Text safe inside an XML attribute.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// A file under construction: its XML, and what is appended.
struct Builder {
    xml: String,
    blocks: Vec<Vec<u8>>,
    offset: usize,
}

impl Builder {
    fn new(kind: &str) -> Self {
        let xml = format!(
            "<?xml version=\"1.0\"?>\n<VTKFile type=\"{kind}\" version=\"1.0\" byte_order=\"LittleEndian\" header_type=\"UInt64\">\n"
        );
        Self { xml, blocks: Vec::new(), offset: 0 }
    }

    fn array(&mut self, name: &str, kind: &str, components: usize, bytes: Vec<u8>) {
        let _ = writeln!(
            self.xml,
            "<DataArray type=\"{kind}\" Name=\"{}\" NumberOfComponents=\"{components}\" format=\"appended\" offset=\"{}\"/>",
            escaped(name),
            self.offset
        );
        self.offset += 8 + bytes.len();
        self.blocks.push(bytes);
    }

    fn write(self, path: &Path) -> Result<()> {
        write_atomic_with(path, |file| {
            let io = |source| Error::Io { path: path.to_path_buf(), action: "write", source };
            file.write_all(self.xml.as_bytes()).map_err(io)?;
            file.write_all(b"<AppendedData encoding=\"raw\">\n_").map_err(io)?;
            for block in &self.blocks {
                file.write_all(&(block.len() as u64).to_le_bytes()).map_err(io)?;
                file.write_all(block).map_err(io)?;
            }
            file.write_all(b"\n</AppendedData>\n</VTKFile>\n").map_err(io)
        })
    }
}

fn fits(arrays: &[Array<'_>], n: usize) -> Result<()> {
    match arrays.iter().find(|a| a.values.len() != n) {
        Some(a) => {
            let got = a.values.len();
            Err(Error::Invalid(format!("`{}` has {got} values, expected {n}", a.name)))
        }
        None => Ok(()),
    }
}

/// Writes fields on a mesh of `n` voxels along x, y, z with edges `spacing` (um), the lowest corner at 0: values of voxels, x fastest.
///
/// # Errors
/// Arrays of another length; a file that can't be written.
pub fn write_image(
    path: impl AsRef<Path>,
    n: [usize; 3],
    spacing: [f64; 3],
    arrays: &[Array<'_>],
) -> Result<()> {
    fits(arrays, n[0] * n[1] * n[2])?;
    let mut b = Builder::new("ImageData");
    let extent = format!("0 {} 0 {} 0 {}", n[0], n[1], n[2]);
    let _ = writeln!(
        b.xml,
        "<ImageData WholeExtent=\"{extent}\" Origin=\"0 0 0\" Spacing=\"{} {} {}\">\n<Piece Extent=\"{extent}\">\n<CellData>",
        spacing[0], spacing[1], spacing[2]
    );
    for a in arrays {
        b.array(&a.name, a.values.kind(), 1, a.values.bytes());
    }
    b.xml.push_str("</CellData>\n</Piece>\n</ImageData>\n");
    b.write(path.as_ref())
}

/// Writes points (um) with arrays of a value each.
///
/// # Errors
/// Arrays of another length; a file that can't be written.
pub fn write_points(path: impl AsRef<Path>, points: &[[f32; 3]], arrays: &[Array<'_>]) -> Result<()> {
    let n = points.len();
    fits(arrays, n)?;
    let mut b = Builder::new("PolyData");
    let _ = writeln!(
        b.xml,
        "<PolyData>\n<Piece NumberOfPoints=\"{n}\" NumberOfVerts=\"{n}\" NumberOfLines=\"0\" NumberOfStrips=\"0\" NumberOfPolys=\"0\">\n<PointData>"
    );
    for a in arrays {
        b.array(&a.name, a.values.kind(), 1, a.values.bytes());
    }
    b.xml.push_str("</PointData>\n<Points>\n");
    b.array("Points", "Float32", 3, points.iter().flatten().flat_map(|x| x.to_le_bytes()).collect());
    b.xml.push_str("</Points>\n<Verts>\n");
    b.array("connectivity", "Int64", 1, (0..n as i64).flat_map(i64::to_le_bytes).collect());
    b.array("offsets", "Int64", 1, (1..=n as i64).flat_map(i64::to_le_bytes).collect());
    b.xml.push_str("</Verts>\n</Piece>\n</PolyData>\n");
    b.write(path.as_ref())
}

/// Writes a collection: files beside it and their times (min).
///
/// # Errors
/// A file that can't be written.
pub fn write_collection(path: impl AsRef<Path>, files: &[(f64, String)]) -> Result<()> {
    let mut xml = String::from(
        "<?xml version=\"1.0\"?>\n<VTKFile type=\"Collection\" version=\"1.0\" byte_order=\"LittleEndian\">\n<Collection>\n",
    );
    for (time, file) in files {
        let _ = writeln!(xml, "<DataSet timestep=\"{time}\" part=\"0\" file=\"{}\"/>", escaped(file));
    }
    xml.push_str("</Collection>\n</VTKFile>\n");
    write_atomic(path, xml.as_bytes())
}
