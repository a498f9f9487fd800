//! Notes the commit the program is built from, if there is one: it becomes part of a run's record.

use std::path::{Path, PathBuf};

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let manifest = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from).unwrap_or_default();
    let git = manifest.join("../../.git");
    if let Some(commit) = commit(&git) {
        println!("cargo:rustc-env=EXODERM_COMMIT={commit}");
    }
}

/// The commit that `HEAD` of a repository stands for; nothing for a source archive.
fn commit(git: &Path) -> Option<String> {
    let head = read(&git.join("HEAD"))?;
    let Some(name) = head.strip_prefix("ref: ") else { return hexadecimal(&head) };
    if let Some(direct) = read(&git.join(name)) {
        return hexadecimal(&direct);
    }
    let packed = read(&git.join("packed-refs"))?;
    packed.lines().find_map(|line| line.strip_suffix(name)).and_then(|hash| hexadecimal(hash.trim()))
}

/// A file's text; cargo looks at it again when it changes.
fn read(path: &Path) -> Option<String> {
    let text = std::fs::read_to_string(path).ok()?;
    println!("cargo:rerun-if-changed={}", path.display());
    Some(text.trim().to_owned())
}

fn hexadecimal(text: &str) -> Option<String> {
    (text.len() >= 40 && text.bytes().all(|b| b.is_ascii_hexdigit())).then(|| text[..12].to_owned())
}
