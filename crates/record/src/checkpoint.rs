//! Checkpoints: the state of a run in named sections.
//!
//! ```text
//! offset  0   magic `EXODERM\x1a`
//!         8   format version, u32
//!        12   length H of the section list, u32
//!        16   xxh3-128 of bytes 0..16 and of the section list, u128
//!        32   section list (postcard): name, stored length, plain length, xxh3-128 of the stored bytes
//!      32+H   the sections, each postcard compressed by zstd, without gaps to the end of the file
//! ```
//!
//! All numbers are little-endian. Every byte of the file is under one of the two kinds of digest, or is one of
//! them, so any flipped bit shows, and with it the section it lies in. The digest is over the *stored* bytes: they are checked
//! before any decoder sees them. [`Checkpoint::open`] checks all of them, so a checkpoint that opens is whole.
//!
//! [`rotation`] keeps two checkpoints of a run and finds the newest sound one.
//!
//! Section contents are tied to their Rust types: postcard carries no names. Whoever changes a type that is
//! checkpointed gives its section a new name, or raises a version number kept in a section of its own. A fixed-size
//! array `[T; N]` is stored without its length: it does not read back as a `Vec<T>`.

pub mod rotation;

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{Read, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::{Xxh3, xxh3_128};

use crate::atomic::write_atomic_with;
use crate::error::{Error, Result};

pub use rotation::{Latest, latest_valid};

const MAGIC: [u8; 8] = *b"EXODERM\x1a";
/// The version of the container, not of what the sections hold.
const VERSION: u32 = 1;
const PREFIX: usize = 32;
/// zstd's fastest ordinary level: a checkpoint stops the run while it is written.
const ZSTD_LEVEL: i32 = 1;
/// Room taken for a section before its bytes prove that it needs more.
const FIRST_ALLOCATION: u64 = 1 << 24;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Entry {
    name: String,
    stored: u64,
    plain: u64,
    digest: u128,
}

/// Collects sections and writes them as one file.
#[derive(Debug, Default)]
pub struct CheckpointWriter {
    entries: Vec<Entry>,
    data: Vec<Vec<u8>>,
}

impl CheckpointWriter {
    /// A checkpoint without sections.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a section. The value is encoded and compressed at once, so it need not live any longer.
    ///
    /// # Errors
    /// [`Error::Invalid`] if a section of that name is there already, or if the value can't be encoded (postcard
    /// needs sequences of known length and can't skip fields).
    pub fn section<T: Serialize + ?Sized>(mut self, name: &str, value: &T) -> Result<Self> {
        if self.entries.iter().any(|e| e.name == name) {
            return Err(Error::Invalid(format!("checkpoint section `{name}` was given twice")));
        }
        let refused = |reason: String| Error::Invalid(format!("checkpoint section `{name}`: {reason}"));
        let plain = postcard::to_stdvec(value).map_err(|e| refused(e.to_string()))?;
        let stored = zstd::bulk::compress(&plain, ZSTD_LEVEL).map_err(|e| refused(e.to_string()))?;
        self.entries.push(Entry {
            name: name.to_owned(),
            stored: stored.len() as u64,
            plain: plain.len() as u64,
            digest: xxh3_128(&stored),
        });
        self.data.push(stored);
        Ok(self)
    }

    /// Writes the file, complete or not at all (see [`crate::atomic`]).
    ///
    /// # Errors
    /// [`Error::Io`] with the path.
    pub fn write_atomic(&self, path: impl AsRef<Path>) -> Result<()> {
        let path = path.as_ref();
        let header = self.header()?;
        write_atomic_with(path, |out| {
            let mut pieces = std::iter::once(&header).chain(&self.data);
            pieces.try_for_each(|p| out.write_all(p)).map_err(|e| Error::io(path, "write", e))
        })
    }

    fn header(&self) -> Result<Vec<u8>> {
        let refused = |reason: String| Error::Invalid(format!("checkpoint header: {reason}"));
        let list = postcard::to_stdvec(&self.entries).map_err(|e| refused(e.to_string()))?;
        let length = u32::try_from(list.len()).map_err(|_| refused("too many sections".to_owned()))?;
        let mut header = Vec::with_capacity(PREFIX + list.len());
        header.extend(MAGIC);
        header.extend(VERSION.to_le_bytes());
        header.extend(length.to_le_bytes());
        let digest = header_digest(&header, &list);
        header.extend(digest.to_le_bytes());
        header.extend(list);
        Ok(header)
    }
}

/// A checkpoint whose bytes have been verified.
#[derive(Clone, Debug)]
pub struct Checkpoint {
    path: PathBuf,
    bytes: Vec<u8>,
    sections: Vec<(Entry, Range<usize>)>,
}

impl Checkpoint {
    /// Reads a file and verifies every byte of it.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::Truncated`], [`Error::Version`], or [`Error::Corrupt`] with the damaged section
    /// (`header` if it is not a checkpoint at all).
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let failed = |e| Error::io(path, "read", e);
        let mut file = File::open(path).map_err(failed)?;
        let mut bytes = Vec::new();
        // The first bytes decide whether this is a checkpoint, before a large file of another kind is read.
        (&mut file).take(PREFIX as u64).read_to_end(&mut bytes).map_err(failed)?;
        header_length(path, &bytes)?;
        file.read_to_end(&mut bytes).map_err(failed)?;
        Self::from_bytes(path, bytes)
    }

    /// As [`Checkpoint::open`], from bytes in memory; `path` is for the messages.
    ///
    /// # Errors
    /// As [`Checkpoint::open`], without [`Error::Io`].
    pub fn from_bytes(path: impl AsRef<Path>, bytes: Vec<u8>) -> Result<Self> {
        let path = path.as_ref();
        let damaged = |reason: &str| Error::corrupt(path, "header", reason);
        let truncated = |expected: u64| Error::Truncated {
            path: path.to_path_buf(),
            expected,
            found: bytes.len() as u64,
        };
        let start = PREFIX + header_length(path, &bytes)?;
        let list = bytes.get(PREFIX..start).ok_or_else(|| truncated(start as u64))?;
        if bytes[16..PREFIX] != header_digest(&bytes[..16], list).to_le_bytes() {
            return Err(damaged("its digest doesn't match"));
        }
        let (entries, rest): (Vec<Entry>, _) =
            postcard::take_from_bytes(list).map_err(|e| damaged(&format!("section list: {e}")))?;
        let mut names = BTreeSet::new();
        if !rest.is_empty() || !entries.iter().all(|e| names.insert(e.name.as_str())) {
            return Err(damaged("the section list is inconsistent"));
        }

        let mut end = start as u64;
        let mut sections = Vec::with_capacity(entries.len());
        for entry in entries {
            let from = end;
            end = end.checked_add(entry.stored).ok_or_else(|| damaged("section lengths overflow"))?;
            sections.push((entry, from, end));
        }
        if (bytes.len() as u64) < end {
            return Err(truncated(end));
        }
        if (bytes.len() as u64) > end {
            return Err(Error::corrupt(path, "end", "bytes follow the last section"));
        }
        // The lengths fit the file, hence memory: `as usize` loses nothing.
        let sections: Vec<_> = sections.into_iter().map(|(e, a, b)| (e, a as usize..b as usize)).collect();
        for (entry, range) in &sections {
            if xxh3_128(&bytes[range.clone()]) != entry.digest {
                return Err(Error::corrupt(path, &entry.name, "its digest doesn't match"));
            }
        }
        Ok(Self { path: path.to_path_buf(), bytes, sections })
    }

    /// The file it was read from.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The sections' names, in the order in which they were written.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.sections.iter().map(|(e, _)| e.name.as_str())
    }

    /// Decodes a section.
    ///
    /// # Errors
    /// [`Error::MissingSection`]; [`Error::Corrupt`] if the section does not decode as a `T`, which for verified
    /// bytes means that another type was written.
    pub fn section<T: DeserializeOwned>(&self, name: &str) -> Result<T> {
        let Some((entry, range)) = self.sections.iter().find(|(e, _)| e.name == name) else {
            return Err(Error::MissingSection {
                path: self.path.clone(),
                section: name.to_owned(),
                present: self.names().map(str::to_owned).collect(),
            });
        };
        let damaged = |reason: String| Error::corrupt(&self.path, name, reason);
        let stored = &self.bytes[range.clone()];
        // Memory grows with what is really there, not with what the header claims.
        let mut plain = Vec::with_capacity(entry.plain.min(FIRST_ALLOCATION) as usize);
        zstd::stream::read::Decoder::with_buffer(stored)
            .and_then(|d| d.take(entry.plain.saturating_add(1)).read_to_end(&mut plain))
            .map_err(|e| damaged(e.to_string()))?;
        if plain.len() as u64 != entry.plain {
            return Err(damaged(format!("{} bytes expected, more or fewer found", entry.plain)));
        }
        let (value, rest) = postcard::take_from_bytes(&plain).map_err(|e| damaged(e.to_string()))?;
        if !rest.is_empty() {
            return Err(damaged(format!("{} bytes left over after decoding", rest.len())));
        }
        Ok(value)
    }
}

/// Checks magic and version; returns the length of the section list.
fn header_length(path: &Path, bytes: &[u8]) -> Result<usize> {
    let found = bytes.len().min(MAGIC.len());
    if bytes[..found] != MAGIC[..found] {
        return Err(Error::corrupt(path, "header", "it is not an Exoderm checkpoint"));
    }
    if bytes.len() < PREFIX {
        return Err(Error::Truncated {
            path: path.to_path_buf(),
            expected: PREFIX as u64,
            found: bytes.len() as u64,
        });
    }
    let word = |at: usize| u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
    if word(8) != VERSION {
        return Err(Error::Version { path: path.to_path_buf(), found: word(8), supported: VERSION });
    }
    Ok(word(12) as usize)
}

fn header_digest(prefix: &[u8], list: &[u8]) -> u128 {
    let mut hasher = Xxh3::new();
    hasher.update(prefix);
    hasher.update(list);
    hasher.digest128()
}
