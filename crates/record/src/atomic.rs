//! Files that are complete or absent.
//!
//! The bytes go to a temporary file in the *same folder* (a rename across file systems is a copy, hence not
//! atomic), the file is synced, renamed onto its name, and then the folder is synced so that the rename itself
//! survives a power cut. On any error the temporary file is removed and a former file of that name is untouched.
//!
//! A kill can leave a temporary file behind. Its name starts with a dot and ends in `.tmp`, and no reader looks at
//! it; the writers [`sweep`] such leftovers away when they resume. Each call uses a name of its own, so that two
//! processes that write the same file by mistake can't mix their bytes.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::error::{Error, Result};

/// Writes `bytes` to `path`, complete or not at all. The folder must exist.
///
/// # Errors
/// [`Error::Io`] with `path`: the folder is missing or may not be written to, the disk is full …
pub fn write_atomic(path: impl AsRef<Path>, bytes: &[u8]) -> Result<()> {
    let path = path.as_ref();
    write_atomic_with(path, |out| out.write_all(bytes).map_err(|e| Error::io(path, "write", e)))
}

/// As [`write_atomic`], with a function that writes the content piece by piece.
///
/// # Errors
/// [`Error::Io`] with `path`, or what `fill` returns.
pub fn write_atomic_with<T>(
    path: impl AsRef<Path>,
    fill: impl FnOnce(&mut BufWriter<File>) -> Result<T>,
) -> Result<T> {
    let path = path.as_ref();
    let name = path.file_name().ok_or_else(|| {
        Error::io(path, "write", io::Error::new(io::ErrorKind::InvalidInput, "the path names no file"))
    })?;
    let folder = folder_of(path);
    let mut hidden = std::ffi::OsString::from(".");
    hidden.push(name);
    hidden.push(format!(".{}.tmp", unique()));
    let mut temporary = Temporary { path: folder.join(hidden), armed: false };

    let file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(&temporary.path)
        .map_err(|e| Error::io(path, "write", e))?;
    temporary.armed = true;
    let mut out = BufWriter::with_capacity(1 << 16, file);
    let value = fill(&mut out)?;
    let file = out.into_inner().map_err(|e| Error::io(path, "write", e.into_error()))?;
    file.sync_all().map_err(|e| Error::io(path, "write", e))?;
    drop(file);
    fs::rename(&temporary.path, path).map_err(|e| Error::io(path, "rename the finished file to", e))?;
    temporary.armed = false;
    sync_folder(folder)?;
    Ok(value)
}

/// Removes the temporary files and folders that killed writers of files called `prefix…` left in `folder`.
///
/// Only call it where no other process is writing such files: it would lose its temporary file and fail (with an
/// error; no half-written file can result).
///
/// # Errors
/// [`Error::Io`] if the folder can't be listed or a leftover can't be removed. A missing folder is fine.
pub fn sweep(folder: impl AsRef<Path>, prefix: &str) -> Result<()> {
    let folder = folder.as_ref();
    for name in names_in(folder)? {
        let is_ours = name.strip_prefix('.').is_some_and(|n| n.starts_with(prefix)) && name.ends_with(".tmp");
        let path = folder.join(&name);
        if is_ours && path.is_dir() {
            fs::remove_dir_all(&path).map_err(|e| Error::io(&path, "remove", e))?;
        } else if is_ours {
            remove_file(&path)?;
        }
    }
    Ok(())
}

/// The names in a folder that are valid Unicode, sorted; none if the folder doesn't exist.
pub(crate) fn names_in(folder: &Path) -> Result<Vec<String>> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(e) => return Err(Error::io(folder, "list", e)),
    };
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry.map_err(|e| Error::io(folder, "list", e))?;
        names.extend(entry.file_name().into_string().ok());
    }
    names.sort();
    Ok(names)
}

/// Removes a file; one that is gone already is fine.
pub(crate) fn remove_file(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(Error::io(path, "remove", e)),
        _ => Ok(()),
    }
}

/// Makes renames and removals in `folder` survive a power cut.
pub(crate) fn sync_folder(folder: &Path) -> Result<()> {
    #[cfg(unix)]
    {
        let result = File::open(folder).and_then(|f| f.sync_all());
        // Some network file systems can't sync a folder; there the rename is as durable as they make it.
        if let Err(e) = result
            && !matches!(e.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported)
        {
            return Err(Error::io(folder, "sync", e));
        }
    }
    #[cfg(not(unix))]
    let _ = folder;
    Ok(())
}

pub(crate) fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(p) if !p.as_os_str().is_empty() => p,
        _ => Path::new("."),
    }
}

/// A name part that no other call uses. Process ids alone repeat between containers that share a disk, hence the
/// time. Nothing that is recorded depends on it.
pub(crate) fn unique() -> String {
    static CALLS: AtomicU64 = AtomicU64::new(0);
    let nanos = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_nanos());
    format!("{}-{:x}-{}", std::process::id(), nanos, CALLS.fetch_add(1, Ordering::Relaxed))
}

/// Removes the temporary file when an error (or a panic of `fill`) leaves the function early.
struct Temporary {
    path: PathBuf,
    armed: bool,
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if self.armed {
            // Nothing more can be done about a file that can't be removed, and the error that brought us here
            // is the one to report.
            let _ = fs::remove_file(&self.path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listing(folder: &Path) -> Vec<String> {
        names_in(folder).unwrap()
    }

    #[test]
    fn replaces_the_whole_file() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.bin");
        write_atomic(&path, b"a long first content").unwrap();
        write_atomic(&path, b"short").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"short");
        assert_eq!(listing(dir.path()), ["a.bin"]);
    }

    #[test]
    fn an_error_while_writing_keeps_the_former_file_and_leaves_no_other() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.bin");
        write_atomic(&path, b"former").unwrap();
        let result: Result<()> = write_atomic_with(&path, |out| {
            // More than the buffer, so that bytes have reached the disk when the error comes.
            out.write_all(&vec![7; 1 << 20]).unwrap();
            Err(Error::io(&path, "write", io::Error::from(io::ErrorKind::StorageFull)))
        });
        let error = result.unwrap_err();
        assert!(error.is_disk_full());
        assert_eq!(error.path(), Some(path.as_path()));
        assert!(error.to_string().contains("free some space"), "{error}");
        assert_eq!(fs::read(&path).unwrap(), b"former");
        assert_eq!(listing(dir.path()), ["a.bin"]);
    }

    #[test]
    fn a_missing_folder_and_a_path_without_a_file_name_are_errors() {
        let dir = tempfile::tempdir().unwrap();
        for path in [dir.path().join("none/a.bin"), PathBuf::from("/"), PathBuf::new()] {
            let error = write_atomic(&path, b"x").unwrap_err();
            assert!(matches!(error, Error::Io { .. }), "{error}");
            assert_eq!(error.path(), Some(path.as_path()));
        }
        assert!(listing(dir.path()).is_empty());
    }

    #[test]
    fn sweep_takes_leftovers_of_its_own_name_only() {
        let dir = tempfile::tempdir().unwrap();
        for name in [".run.1.tmp", ".run2.1.tmp", "run.1.tmp", ".run.2"] {
            fs::write(dir.path().join(name), b"").unwrap();
        }
        sweep(dir.path(), "run.").unwrap();
        assert_eq!(listing(dir.path()), [".run.2", ".run2.1.tmp", "run.1.tmp"]);
        sweep(dir.path().join("none"), "run.").unwrap();
    }
}
