//! Writing a recording of fields.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use serde_json::json;
use zarrs::array::codec::bytes_to_bytes::crc32c::Crc32cCodec;
use zarrs::array::codec::bytes_to_bytes::zstd::ZstdCodec;
use zarrs::array::{Array, ArrayBuilder, ArrayMetadataOptions, CodecOptions, ZARR_NAN_F32, data_type};
use zarrs::group::GroupBuilder;

use super::FieldsSpec;
use super::metadata::{ARRAY, ArrayNotes, KEY, group_attributes};
use super::reader::FieldsReader;
use super::store::AtomicStore;
use crate::atomic::{folder_of, names_in, sweep, sync_folder, unique, write_atomic};
use crate::error::{Error, Result};

const ZSTD_LEVEL: i32 = 3;

/// A number that can be recorded in a field. Fields are stored with 32 bits.
pub trait Sample: Copy + sealed::Sealed {
    /// The nearest 32-bit number; infinite beyond the 32-bit range.
    fn to_f32(self) -> f32;
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for f32 {}
    impl Sealed for f64 {}
}

impl Sample for f32 {
    fn to_f32(self) -> f32 {
        self
    }
}

impl Sample for f64 {
    fn to_f32(self) -> f32 {
        self as f32
    }
}

/// Appends time points to a recording of fields. See the [module](super) for what a kill leaves.
#[derive(Debug)]
pub struct FieldsWriter {
    store: Arc<AtomicStore>,
    array: Array<AtomicStore>,
    spec: FieldsSpec,
    notes: ArrayNotes,
    /// One chunk, reused.
    buffer: Vec<f32>,
}

impl FieldsWriter {
    /// Starts a recording in the new folder `dir`, whose parent must exist.
    ///
    /// # Errors
    /// [`Error::Io`] with the path, among others if `dir` exists and is not empty: nothing is ever overwritten;
    /// [`Error::Invalid`] for a specification that [`FieldsSpec::check`] refuses.
    pub fn create(dir: impl AsRef<Path>, spec: FieldsSpec) -> Result<Self> {
        let dir = dir.as_ref();
        spec.check()?;
        if !names_in(dir)?.is_empty() {
            return Err(Error::io(dir, "create", std::io::ErrorKind::AlreadyExists.into()));
        }
        // Group and array are made under another name and renamed together, so that no reader meets a group without
        // its array.
        let Some(name) = dir.file_name().and_then(|n| n.to_str()) else {
            return Err(Error::Invalid(format!("fields: `{}` names no folder", dir.display())));
        };
        sweep(folder_of(dir), &format!("{name}."))?;
        let temporary = folder_of(dir).join(format!(".{name}.{}.tmp", unique()));
        fs::create_dir(&temporary).map_err(|e| Error::io(dir, "create", e))?;
        let made = Self::make(&temporary, &spec).and_then(|()| {
            fs::rename(&temporary, dir).map_err(|e| Error::io(dir, "create", e))?;
            sync_folder(folder_of(dir))
        });
        if let Err(error) = made {
            // The error that brought us here is the one to report.
            let _ = fs::remove_dir_all(&temporary);
            return Err(error);
        }
        Self::resume(dir, &spec, 0)
    }

    fn make(dir: &Path, spec: &FieldsSpec) -> Result<()> {
        let store = Arc::new(AtomicStore::new(dir));
        let [nz, ny, nx] = spec.shape.map(|n| n as u64);
        let failed = |e: &dyn std::fmt::Display| store.error(|| Error::format(dir, e.to_string()));
        GroupBuilder::new()
            .attributes(group_attributes(spec, &[]))
            .build(store.clone(), "/")
            .map_err(|e| failed(&e))?
            .store_metadata()
            .map_err(|e| failed(&e))?;
        let array = ArrayBuilder::new(
            vec![0, spec.fields.len() as u64, nz, ny, nx],
            vec![1, 1, nz, ny, nx],
            data_type::float32(),
            ZARR_NAN_F32,
        )
        .bytes_to_bytes_codecs(vec![
            Arc::new(ZstdCodec::new(ZSTD_LEVEL, false)),
            Arc::new(Crc32cCodec::new()),
        ])
        .dimension_names(Some(["t", "c", "z", "y", "x"]))
        .build(store.clone(), &format!("/{ARRAY}"))
        .map_err(|e| failed(&e))?;
        let folder = dir.join(ARRAY);
        fs::create_dir(&folder).map_err(|e| Error::io(&folder, "create", e))?;
        sync_folder(dir)?;
        let notes = ArrayNotes { range: vec![None; spec.fields.len()], ..ArrayNotes::default() };
        commit(&store, array, &notes).map(|_| ())
    }

    /// Goes on with a recording after its first `count` time points; what lies beyond is dropped.
    ///
    /// # Errors
    /// Those of [`FieldsReader::open`]; [`Error::Invalid`] if the recording is of another specification,
    /// [`Error::Corrupt`] if it has fewer than `count` time points.
    pub fn resume(dir: impl AsRef<Path>, spec: &FieldsSpec, count: usize) -> Result<Self> {
        let dir = dir.as_ref();
        let reader = FieldsReader::open(dir)?;
        if reader.spec() != spec {
            let what = "holds fields, a mesh or times other than this run's";
            return Err(Error::Invalid(format!("fields: `{}` {what}", dir.display())));
        }
        if reader.len() < count {
            let what = format!("{count} time points are expected, {} are there", reader.len());
            return Err(Error::corrupt(dir, "t", what));
        }
        let (store, array, mut notes) = reader.into_parts();
        sweep(dir, "")?;
        sweep(dir.join(ARRAY), "")?;
        notes.times_min.truncate(count);
        notes.nx.truncate(count);
        let array = commit(&store, array, &notes)?;
        // Chunks beyond the end: of dropped time points, or of one that a kill interrupted.
        let chunks = dir.join(ARRAY).join("c");
        for name in names_in(&chunks)? {
            if name.parse().is_ok_and(|t: usize| t >= count) {
                let path = chunks.join(name);
                fs::remove_dir_all(&path).map_err(|e| Error::io(&path, "remove", e))?;
            }
        }
        let buffer = Vec::with_capacity(spec.voxels());
        Ok(Self { store, array, spec: spec.clone(), notes, buffer })
    }

    /// The number of time points recorded; belongs into a checkpoint, for [`FieldsWriter::resume`].
    pub fn len(&self) -> usize {
        self.notes.times_min.len()
    }

    /// Whether no time point has been recorded.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The time planned for the next point, in min; none when all are recorded.
    pub fn next_time(&self) -> Option<f64> {
        self.spec.times_min.get(self.len()).copied()
    }

    /// Records a time point: all fields, in the order of the specification, on a mesh that is `nx` voxels wide now,
    /// each as nz × ny × nx values with x running fastest.
    ///
    /// # Errors
    /// [`Error::Invalid`] if `time` (min) is not the next planned time, `nx` is wider than the recording, or the
    /// fields are not of that number and size; [`Error::Io`] with the path. The recording then stays as it was.
    pub fn append<T: Sample>(&mut self, time: f64, nx: usize, fields: &[&[T]]) -> Result<()> {
        let bad = |what: String| Err(Error::Invalid(format!("fields at {time} min: {what}")));
        match self.next_time() {
            None => return bad("all planned times are recorded".to_owned()),
            // A relative 1e-8 forgives the rounding of a clock that counts ticks.
            Some(next) if time.is_nan() || (next - time).abs() > 1e-8 * next.abs().max(1.0) => {
                return bad(format!("the next planned time is {next} min"));
            }
            Some(_) => {}
        }
        let [nz, ny, full] = self.spec.shape;
        if nx == 0 || nx > full {
            return bad(format!("mesh of {nx} voxels along x: expected 1 to {full}"));
        }
        if fields.len() != self.spec.fields.len() {
            return bad(format!("{} given, {} expected", fields.len(), self.spec.fields.len()));
        }
        for (field, values) in self.spec.fields.iter().zip(fields) {
            let (found, expected) = (values.len(), nz * ny * nx);
            if found != expected {
                return bad(format!("`{}` has {found} values, expected {expected}", field.name));
            }
        }

        let t = self.len() as u64;
        // A chunk of nothing but NaN is written too: a file that is missing then always means damage.
        let options = CodecOptions::default().with_store_empty_chunks(true);
        let mut notes = self.notes.clone();
        for (c, values) in fields.iter().enumerate() {
            self.buffer.clear();
            for row in values.chunks_exact(nx) {
                self.buffer.extend(row.iter().map(|v| v.to_f32()));
                self.buffer.extend(std::iter::repeat_n(f32::NAN, full - nx));
            }
            widen(&mut notes.range[c], &self.buffer);
            self.array
                .store_chunk_opt(&[t, c as u64, 0, 0, 0], self.buffer.as_slice(), &options)
                .map_err(|e| self.store.error(|| Error::format(self.store.root(), e.to_string())))?;
        }
        notes.times_min.push(time);
        notes.nx.push(nx);
        // A copy of the description of the array, not of its data: if the commit fails, ours stays as it was.
        self.array = commit(&self.store, self.array.with_storage(self.store.clone()), &notes)?;
        let ranges_changed = notes.range != self.notes.range;
        self.notes = notes;
        if ranges_changed { self.store_ranges() } else { Ok(()) }
    }

    /// The viewers' grey-scale windows. Not part of the commit: they are for display only.
    fn store_ranges(&self) -> Result<()> {
        let failed =
            |e: &dyn std::fmt::Display| self.store.error(|| Error::format(self.store.root(), e.to_string()));
        GroupBuilder::new()
            .attributes(group_attributes(&self.spec, &self.notes.range))
            .build(self.store.clone(), "/")
            .map_err(|e| failed(&e))?
            .store_metadata()
            .map_err(|e| failed(&e))
    }
}

/// Makes the array's `zarr.json` say what has been recorded; in one rename.
fn commit(
    store: &Arc<AtomicStore>,
    mut array: Array<AtomicStore>,
    notes: &ArrayNotes,
) -> Result<Array<AtomicStore>> {
    let failed = |e: &dyn std::fmt::Display| store.error(|| Error::format(store.root(), e.to_string()));
    let mut shape = array.shape().to_vec();
    shape[0] = notes.times_min.len() as u64;
    array.set_shape(shape).map_err(|e| failed(&e))?;
    array.attributes_mut().insert(KEY.to_owned(), json!(notes));
    let options = ArrayMetadataOptions::default().with_include_zarrs_metadata(false);
    let mut metadata = json!(array.metadata_opt(&options));
    // The library writes a codec without parameters as its bare name, which Zarr 3 allows but zarr-python (3.1)
    // refuses.
    for codec in metadata["codecs"].as_array_mut().into_iter().flatten() {
        if codec.is_string() {
            *codec = json!({ "name": codec.take() });
        }
    }
    let text = format!("{metadata:#}\n");
    write_atomic(store.root().join(ARRAY).join("zarr.json"), text.as_bytes())?;
    Ok(array)
}

fn widen(range: &mut Option<(f32, f32)>, values: &[f32]) {
    for &v in values.iter().filter(|v| v.is_finite()) {
        *range = Some(range.map_or((v, v), |(low, high)| (low.min(v), high.max(v))));
    }
}
