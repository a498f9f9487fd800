//! Recordings: what a run leaves on disk, and how it is read back.
//!
//! This crate gets columns and arrays and writes them; it decides nothing about what is recorded or when, and
//! knows no biology.
//!
//! * [`table`]: named columns with units, kept as Parquet ([`write_parquet`], [`read_parquet`]). [`TableWriter`]
//!   is for tables that grow over a long run.
//! * [`fields`]: scalar fields on the voxel mesh as an OME-Zarr 0.5 image, one chunk per time and field.
//! * [`checkpoint`]: the state of a run in named, checksummed sections, and the two-file rotation that survives
//!   a damaged newest file.
//! * [`vtk`]: fields and points as VTK's XML files, for other programs.
//! * [`digest`]: fingerprints per column and array, by which two runs are compared.
//! * [`atomic`]: the one way any file here reaches its name: complete, or not at all.
//!
//! # What a kill leaves behind
//!
//! A process can be killed, or the machine can lose power, between any two instructions. Each writer has one
//! *commit*: a rename of a finished, synced file onto its final name. Before the commit the new data don't exist,
//! after it they are complete. What was recorded since the last checkpoint is made again by the resumed run, so
//! the writers resume at a given number of rows or time points and drop whatever lies beyond.

pub mod atomic;
pub mod checkpoint;
pub mod digest;
mod error;
pub mod fields;
mod parquet_file;
pub mod table;
mod table_writer;
pub mod vtk;

pub use atomic::write_atomic;
pub use checkpoint::{Checkpoint, CheckpointWriter};
pub use error::{Error, Result};
pub use fields::{FieldName, FieldsReader, FieldsSpec, FieldsWriter};
pub use parquet_file::{read_parquet, read_parquet_metadata, read_rows, write_parquet};
pub use table::{Column, ColumnData, Table};
pub use table_writer::{TableWriter, read_table};
