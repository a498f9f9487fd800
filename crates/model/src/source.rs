//! Texts that a scenario is made of, and places in them.

use std::ops::Range;
use std::sync::Arc;

/// One text: a scenario, a profile of the library or a `--set` argument.
#[derive(Debug, PartialEq, Eq)]
pub struct Source {
    /// Name shown in messages: a path, or `--set #1`.
    pub name: String,
    /// The text.
    pub text: String,
    /// Byte offset of the first character of each line.
    line_starts: Vec<usize>,
}

impl Source {
    /// A text with its name.
    #[must_use]
    pub fn new(name: &str, text: &str) -> Arc<Self> {
        let mut line_starts = vec![0];
        line_starts.extend(text.bytes().enumerate().filter(|(_, b)| *b == b'\n').map(|(i, _)| i + 1));
        Arc::new(Self { name: name.to_owned(), text: text.to_owned(), line_starts })
    }

    /// 1-based line of a byte offset; offsets past the end belong to the last line.
    #[must_use]
    pub fn line(&self, offset: usize) -> usize {
        self.line_starts.partition_point(|&start| start <= offset)
    }

    /// 1-based column, counted in characters, of a byte offset.
    #[must_use]
    pub fn column(&self, offset: usize) -> usize {
        let start = self.line_starts[self.line(offset) - 1];
        let end = self.floor_boundary(offset);
        self.text.get(start..end).map_or(1, |s| s.chars().count() + 1)
    }

    /// Text of a 1-based line without its line end; empty beyond the last.
    #[must_use]
    pub fn line_text(&self, line: usize) -> &str {
        let Some(&start) = line.checked_sub(1).and_then(|l| self.line_starts.get(l)) else { return "" };
        let end = self.line_starts.get(line).copied().unwrap_or(self.text.len());
        self.text.get(start..end).unwrap_or("").trim_end_matches(['\n', '\r'])
    }

    /// Byte offset of the first character of a 1-based line.
    #[must_use]
    pub fn line_start(&self, line: usize) -> usize {
        line.checked_sub(1).and_then(|l| self.line_starts.get(l)).copied().unwrap_or(self.text.len())
    }

    /// The text under a span, or nothing if the span does not fall on characters.
    #[must_use]
    pub fn slice(&self, span: &Range<usize>) -> &str {
        self.text.get(span.clone()).unwrap_or("")
    }

    /// Largest character boundary at or before `offset`.
    fn floor_boundary(&self, offset: usize) -> usize {
        let mut at = offset.min(self.text.len());
        while !self.text.is_char_boundary(at) {
            at -= 1;
        }
        at
    }
}

/// A place in a source.
#[derive(Clone, Debug)]
pub struct Place {
    /// The text.
    pub source: Arc<Source>,
    /// Bytes in it.
    pub span: Range<usize>,
}

impl Place {
    /// Place of a whole source: its first line.
    #[must_use]
    pub fn start_of(source: &Arc<Source>) -> Self {
        Self { source: source.clone(), span: 0..0 }
    }

    /// 1-based line where it starts.
    #[must_use]
    pub fn line(&self) -> usize {
        self.source.line(self.span.start)
    }

    /// The text there.
    #[must_use]
    pub fn text(&self) -> &str {
        self.source.slice(&self.span)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_columns_count_characters() {
        let s = Source::new("a.toml", "é = 1\r\nzwei = 2\n");
        assert_eq!((s.line(0), s.column(0)), (1, 1));
        assert_eq!((s.line(3), s.column(3)), (1, 3)); // "é" is two bytes, one column
        assert_eq!(s.column(1), 1); // inside "é"
        assert_eq!((s.line(8), s.column(8)), (2, 1));
        assert_eq!((s.line_text(1), s.line_text(2), s.line_text(9)), ("é = 1", "zwei = 2", ""));
        assert_eq!(s.line(10_000), 3);
    }
}
