//! Delimited text: fields with their places.
//!
//! The delimiter is a semicolon, a tab or a comma, in this order of preference, chosen by the line that is the header.
//! Fields may be quoted. With a semicolon or a tab, a comma in a number is a decimal comma.

use std::ops::Range;

/// A field of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Field {
    /// Its text, without quotes and outer spaces.
    pub(crate) text: String,
    /// Its bytes in the file.
    pub(crate) span: Range<usize>,
}

/// Delimiters, the most telling first: a comma may be part of a number or of a name.
pub(crate) const DELIMITERS: [char; 3] = [';', '\t', ','];

/// Bytes as text: UTF-8 or UTF-16 with its mark, else Latin-1, which instruments' computers still write.
pub(crate) fn decode(bytes: &[u8]) -> String {
    let wide = |pairs: &[u8], read: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = pairs.chunks_exact(2).map(|p| read([p[0], p[1]])).collect();
        String::from_utf16_lossy(&units)
    };
    match bytes {
        [0xff, 0xfe, rest @ ..] => wide(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => wide(rest, u16::from_be_bytes),
        _ => match std::str::from_utf8(bytes) {
            Ok(text) => text.strip_prefix('\u{feff}').unwrap_or(text).to_owned(),
            Err(_) => bytes.iter().map(|&b| char::from(b)).collect(),
        },
    }
}

/// Lines with the byte at which each starts, without line ends.
pub(crate) fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    text.split('\n').map(move |line| {
        let start = at;
        at += line.len() + 1;
        (start, line.strip_suffix('\r').unwrap_or(line))
    })
}

/// The fields of a line that starts at byte `start`.
pub(crate) fn fields(line: &str, start: usize, delimiter: char) -> Vec<Field> {
    let mut out = Vec::new();
    let (mut from, mut quoted) = (0, false);
    let mut push = |range: Range<usize>| {
        let raw = &line[range.clone()];
        let text = raw.trim();
        let skipped = raw.len() - raw.trim_start().len();
        let span = start + range.start + skipped..start + range.start + skipped + text.len();
        let inner = text.strip_prefix('"').and_then(|t| t.strip_suffix('"')).unwrap_or(text);
        out.push(Field { text: inner.replace("\"\"", "\"").trim().to_owned(), span });
    };
    for (i, c) in line.char_indices() {
        if c == '"' {
            quoted = !quoted;
        } else if c == delimiter && !quoted {
            push(from..i);
            from = i + c.len_utf8();
        }
    }
    push(from..line.len());
    out
}

/// A number: with a decimal point, or with a decimal comma where the comma is no delimiter. Nothing else: no "inf".
pub(crate) fn number(text: &str, delimiter: char) -> Option<f64> {
    let plain = |t: &str| {
        let allowed = |c: char| c.is_ascii_digit() || matches!(c, '.' | '-' | '+' | 'e' | 'E');
        let has_digit = t.chars().any(|c| c.is_ascii_digit());
        if has_digit && t.chars().all(allowed) {
            t.parse::<f64>().ok().filter(|x| x.is_finite())
        } else {
            None
        }
    };
    plain(text).or_else(|| {
        let comma = delimiter != ',' && text.matches(',').count() == 1 && !text.contains('.');
        if comma { plain(&text.replace(',', ".")) } else { None }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_keep_their_places() {
        let f = fields(" a ;\"b;\"\"c\"\"\"; ", 10, ';');
        assert_eq!(f.iter().map(|f| f.text.as_str()).collect::<Vec<_>>(), ["a", "b;\"c\"", ""]);
        assert_eq!(f[0].span, 11..12);
        assert_eq!(lines("a\r\nbc\n").collect::<Vec<_>>(), [(0, "a"), (3, "bc"), (6, "")]);
    }

    #[test]
    fn numbers_in_both_spellings() {
        assert_eq!(number("1,5", ';'), Some(1.5));
        assert_eq!(number("1,5", ','), None);
        assert_eq!(number("1.5E+08", ','), Some(1.5e8));
        for text in ["inf", "nan", "", "1,000,000", "1.2.3", "-", "e", "1e999"] {
            assert_eq!(number(text, ';'), None, "{text}");
        }
    }

    #[test]
    fn bytes_of_old_programs() {
        assert_eq!(decode(b"\xef\xbb\xbfa"), "a");
        assert_eq!(decode(b"\xb5m"), "µm");
        assert_eq!(decode(b"\xff\xfea\0;\0"), "a;");
    }
}
