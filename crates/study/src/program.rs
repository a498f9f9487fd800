//! Which program this is.

use std::sync::OnceLock;
use xxhash_rust::xxh3::xxh3_128;

/// Version of the program.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Commit the program was built from, if it was built in a repository.
pub const COMMIT: Option<&str> = option_env!("EXODERM_COMMIT");

/// Version and, if known, commit, for people.
pub fn version() -> &'static str {
    static TEXT: OnceLock<String> = OnceLock::new();
    TEXT.get_or_init(|| COMMIT.map_or_else(|| VERSION.to_owned(), |commit| format!("{VERSION} ({commit})")))
}

/// Digest of the program's own file: two builds differ in it even where version and commit are the same. Stored states
/// are only gone on with by the build that wrote them, because only that one gives the same bits.
pub fn build() -> &'static str {
    static BUILD: OnceLock<String> = OnceLock::new();
    BUILD.get_or_init(|| {
        let bytes = std::env::current_exe().and_then(std::fs::read);
        // Without a readable file of its own the program is known by its version alone.
        bytes.map_or_else(|_| version().to_owned(), |bytes| format!("{:032x}", xxh3_128(&bytes)))
    })
}
