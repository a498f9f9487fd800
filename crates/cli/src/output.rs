//! Standard output. A reader that has gone away (`exoderm ledger | head`) is no error.

use crate::failure::Failure;
use serde::Serialize;
use std::io::{ErrorKind, Write};
use std::path::Path;
use std::process::ExitCode;

/// Writes bytes.
pub(crate) fn bytes(bytes: &[u8]) -> Result<ExitCode, Failure> {
    let mut out = std::io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(e) if e.kind() != ErrorKind::BrokenPipe => {
            Err(Failure::wrong(format!("could not write to standard output: {e}"), ""))
        }
        _ => Ok(ExitCode::SUCCESS),
    }
}

/// Writes a text.
pub(crate) fn text(text: &str) -> Result<ExitCode, Failure> {
    bytes(text.as_bytes())
}

/// Writes one JSON document.
pub(crate) fn json<T: Serialize>(value: &T) -> Result<ExitCode, Failure> {
    bytes(&exoderm_study::folder::json(value)?)
}

/// Whether a file's name asks for a picture (.svg) or a page (.html).
fn is_picture(file: &Path) -> Result<bool, Failure> {
    let ends_in =
        |words: &[&str]| file.extension().is_some_and(|e| words.iter().any(|w| e.eq_ignore_ascii_case(w)));
    if ends_in(&["svg"]) {
        return Ok(true);
    }
    if ends_in(&["html", "htm"]) {
        return Ok(false);
    }
    Err(Failure::wrong(
        format!("`{}` is neither a page nor a picture", file.display()),
        "end the name in .html for a page, in .svg for the plots alone",
    ))
}

/// Refuses a name that [`page_or_picture`] could not write, before anything is reckoned.
pub(crate) fn check_name(file: Option<&Path>) -> Result<(), Failure> {
    file.map_or(Ok(()), |f| is_picture(f).map(|_| ()))
}

/// Writes a page, or where the file's name ends in .svg a picture.
pub(crate) fn page_or_picture(
    file: &Path,
    page: impl FnOnce() -> String,
    picture: impl FnOnce() -> String,
) -> Result<(), Failure> {
    let text = if is_picture(file)? { picture() } else { page() };
    exoderm_record::write_atomic(file, text.as_bytes()).map_err(|e| Failure::wrong(e.to_string(), ""))
}

/// Rows as columns of text, aligned, two spaces apart; numbers to the right.
pub(crate) fn table(header: &[&str], rows: &[Vec<String>], right: &[usize]) -> String {
    let width = |c: usize| {
        let cells = rows.iter().filter_map(|r| r.get(c)).map(|t| t.chars().count());
        cells.chain([header[c].chars().count()]).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..header.len()).map(width).collect();
    let line = |cells: &mut dyn Iterator<Item = &str>| {
        let mut text = String::new();
        for (c, cell) in cells.enumerate() {
            let space = " ".repeat(widths[c].saturating_sub(cell.chars().count()));
            if c > 0 {
                text.push_str("  ");
            }
            if right.contains(&c) {
                text.push_str(&space);
                text.push_str(cell);
            } else {
                text.push_str(cell);
                text.push_str(&space);
            }
        }
        format!("{}\n", text.trim_end())
    };
    let mut out = line(&mut header.iter().copied());
    for row in rows {
        out.push_str(&line(&mut row.iter().map(String::as_str)));
    }
    out
}
