//! Scalar fields on the voxel mesh, as one OME-Zarr image per run.
//!
//! A recording is a folder: a Zarr v3 group with OME-NGFF 0.5 metadata and one array, `0`, of 32-bit floats with the
//! axes t, c, z, y, x; each field is a channel. Viewers for microscopy (napari, Fiji, Vizarr) open it as an image.
//!
//! * One chunk file per time and field, zstd and then CRC-32C, so that a reader fetches one field at one time
//!   without the rest, and a damaged chunk is noticed.
//! * **Commit.** The chunks of a time point are written first; then the array's `zarr.json`, with the longer
//!   t axis, replaces the former one in a single rename. At any instant the store shows exactly the time points that
//!   are complete, to this crate and to every other Zarr reader.
//! * **A shrinking mesh.** Wound contraction takes columns out of the mesh during a run. The array keeps the initial
//!   width; narrower time points fill the low end of the x axis, and the rest is NaN. The true width is in the
//!   array's attributes.
//! * **Times.** OME-NGFF can only say "every so many minutes". If the planned times are evenly spaced, the t axis has
//!   that scale and offset in minutes; if not, it counts time points and bears no unit. The exact times are in
//!   the array's attributes in any case.
//!
//! Coordinates are in um from the centre of the first voxel. What OME-NGFF has no place for is under `exoderm` in the
//! attributes: the group's hold the [`FieldsSpec`], the array's the times and widths.

mod metadata;
mod reader;
mod store;
mod writer;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

pub use reader::FieldsReader;
pub use writer::{FieldsWriter, Sample};

/// A field's name and unit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldName {
    /// Its name, unique in the recording.
    pub name: String,
    /// The unit of its values.
    pub unit: String,
}

impl FieldName {
    /// A field called `name`, in `unit`.
    pub fn new(name: impl Into<String>, unit: impl Into<String>) -> Self {
        Self { name: name.into(), unit: unit.into() }
    }
}

/// What a recording of fields holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FieldsSpec {
    /// The fields, in the order in which [`FieldsWriter::append`] takes them.
    pub fields: Vec<FieldName>,
    /// Voxels along z, y, x at the start; x is the index that runs fastest.
    pub shape: [usize; 3],
    /// Edge lengths of a voxel along z, y, x, in um.
    pub voxel_um: [f64; 3],
    /// The times that are planned to be recorded, ascending, in min.
    pub times_min: Vec<f64>,
}

impl FieldsSpec {
    /// Whether there is something to record and all of it makes sense.
    ///
    /// # Errors
    /// [`Error::Invalid`] with what does not.
    pub fn check(&self) -> Result<()> {
        let bad = |what: String| Err(Error::Invalid(format!("fields: {what}")));
        if self.fields.is_empty() {
            return bad("there are none".to_owned());
        }
        for (i, field) in self.fields.iter().enumerate() {
            if self.fields[..i].iter().any(|f| f.name == field.name) {
                return bad(format!("two are called `{}`", field.name));
            }
        }
        let voxels = self.shape.iter().try_fold(1usize, |n, &m| n.checked_mul(m));
        // A chunk is decoded in one piece, by other programs too, which often stop at 2 GB.
        if !voxels.is_some_and(|n| n > 0 && n <= 1 << 29) {
            return bad(format!("shape {:?}: expected 1 to 2^29 voxels", self.shape));
        }
        if let Some(h) = self.voxel_um.iter().find(|h| !(h.is_finite() && **h > 0.0)) {
            return bad(format!("voxel edge of {h} um: expected a finite number above 0"));
        }
        if let Some(t) = self.times_min.iter().find(|t| !t.is_finite()) {
            return bad(format!("time {t} min: expected a finite number"));
        }
        if let Some(pair) = self.times_min.windows(2).find(|p| p[0] >= p[1]) {
            return bad(format!("times {} and {} min do not ascend", pair[0], pair[1]));
        }
        Ok(())
    }

    pub(crate) fn voxels(&self) -> usize {
        self.shape.iter().product()
    }
}
