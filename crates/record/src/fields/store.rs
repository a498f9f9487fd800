//! A Zarr store in a folder whose every file is complete or absent.
//!
//! The file-system store that comes with the Zarr library writes in place: a kill in the middle of `zarr.json` would
//! lose the whole recording.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use zarrs::storage::byte_range::{ByteRangeIterator, extract_byte_ranges};
use zarrs::storage::{
    Bytes, MaybeBytes, MaybeBytesIterator, OffsetBytesIterator, ReadableStorageTraits, StorageError,
    StoreKey, StorePrefix, WritableStorageTraits,
};

use crate::atomic::{folder_of, sync_folder, write_atomic};
use crate::error::Error;

#[derive(Debug)]
pub(super) struct AtomicStore {
    root: PathBuf,
    /// Our error, with its path, behind the last one that the library was given.
    failure: Mutex<Option<Error>>,
}

impl AtomicStore {
    pub(super) fn new(root: &Path) -> Self {
        Self { root: root.to_path_buf(), failure: Mutex::new(None) }
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    pub(super) fn path(&self, key: &StoreKey) -> PathBuf {
        self.root.join(key.as_str())
    }

    /// The error that made the library fail, or else `otherwise`.
    pub(super) fn error(&self, otherwise: impl FnOnce() -> Error) -> Error {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).take().unwrap_or_else(otherwise)
    }

    fn fail(&self, error: Error) -> StorageError {
        let text = error.to_string();
        *self.failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
        StorageError::Other(text)
    }

    fn read(&self, key: &StoreKey) -> Result<Option<Vec<u8>>, StorageError> {
        let path = self.path(key);
        match fs::read(&path) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(self.fail(Error::io(&path, "read", e))),
        }
    }
}

impl ReadableStorageTraits for AtomicStore {
    fn get(&self, key: &StoreKey) -> Result<MaybeBytes, StorageError> {
        Ok(self.read(key)?.map(Bytes::from))
    }

    fn get_partial_many<'a>(
        &'a self,
        key: &StoreKey,
        byte_ranges: ByteRangeIterator<'a>,
    ) -> Result<MaybeBytesIterator<'a>, StorageError> {
        let Some(bytes) = self.read(key)? else { return Ok(None) };
        let pieces = extract_byte_ranges(&bytes, byte_ranges)?;
        Ok(Some(Box::new(pieces.into_iter().map(|p| Ok(Bytes::from(p))))))
    }

    fn size_key(&self, key: &StoreKey) -> Result<Option<u64>, StorageError> {
        let path = self.path(key);
        match fs::metadata(&path) {
            Ok(data) => Ok(Some(data.len())),
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(self.fail(Error::io(&path, "read", e))),
        }
    }

    fn supports_get_partial(&self) -> bool {
        false
    }
}

impl WritableStorageTraits for AtomicStore {
    fn set(&self, key: &StoreKey, value: Bytes) -> Result<(), StorageError> {
        let path = self.path(key);
        make_folder(folder_of(&path)).and_then(|()| write_atomic(&path, &value)).map_err(|e| self.fail(e))
    }

    fn set_partial_many(&self, _: &StoreKey, _: OffsetBytesIterator) -> Result<(), StorageError> {
        Err(StorageError::Unsupported("chunks are written whole".to_owned()))
    }

    fn erase(&self, key: &StoreKey) -> Result<(), StorageError> {
        crate::atomic::remove_file(&self.path(key)).map_err(|e| self.fail(e))
    }

    fn erase_prefix(&self, _: &StorePrefix) -> Result<(), StorageError> {
        Err(StorageError::Unsupported("folders are not removed".to_owned()))
    }

    fn supports_set_partial(&self) -> bool {
        false
    }
}

/// Makes a folder with all above it that are missing, so that they survive a power cut.
fn make_folder(folder: &Path) -> Result<(), Error> {
    let missing: Vec<&Path> = folder.ancestors().take_while(|f| !f.exists()).collect();
    fs::create_dir_all(folder).map_err(|e| Error::io(folder, "create", e))?;
    missing.iter().try_for_each(|f| sync_folder(folder_of(f)))
}
