//! Results as text for a terminal of 80 columns.

mod dose;
mod measured;
mod network;
mod one_cell;
mod validation;
mod whole_body;

pub use dose::dose;
pub use measured::measured;
pub use network::network;
pub use one_cell::one_cell;
pub use validation::{validation_case, validation_section, validation_tally};
pub use whole_body::whole_body;

/// Columns that a text may take.
pub(crate) const WIDTH: usize = 80;

/// `text` broken between words into lines that fit, the first after `first`, the others after as many spaces as
/// `indent`.
pub(crate) fn wrapped(first: &str, indent: usize, text: &str) -> String {
    let mut out = first.to_owned();
    let mut column = first.chars().count();
    let mut fresh = true;
    for word in text.split_whitespace() {
        let length = word.chars().count();
        if !fresh && column + 1 + length > WIDTH {
            out.push('\n');
            out.push_str(&" ".repeat(indent));
            column = indent;
            fresh = true;
        }
        if !fresh {
            out.push(' ');
            column += 1;
        }
        out.push_str(word);
        column += length;
        fresh = false;
    }
    out.push('\n');
    out
}

/// Rows as columns, two spaces apart; those in `right` end at the right.
pub(crate) fn columns(rows: &[Vec<String>], right: &[usize]) -> String {
    let count = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |c: usize| rows.iter().filter_map(|r| r.get(c)).map(|t| t.chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..count).map(width).collect();
    let mut out = String::new();
    for row in rows {
        let mut line = String::new();
        for (c, cell) in row.iter().enumerate() {
            let space = " ".repeat(widths[c].saturating_sub(cell.chars().count()));
            if c > 0 {
                line.push_str("  ");
            }
            if right.contains(&c) {
                line.push_str(&space);
                line.push_str(cell);
            } else {
                line.push_str(cell);
                line.push_str(&space);
            }
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wraps_between_words() {
        let text = wrapped("- ", 2, &"word ".repeat(40));
        assert!(text.lines().all(|l| l.chars().count() <= WIDTH));
        assert!(text.lines().skip(1).all(|l| l.starts_with("  word")));
        assert_eq!(wrapped("", 0, ""), "\n");
    }

    #[test]
    fn aligns() {
        let rows = vec![vec!["a".to_owned(), "1".to_owned()], vec!["bb".to_owned(), "22".to_owned()]];
        assert_eq!(columns(&rows, &[1]), "a    1\nbb  22\n");
    }
}
