//! Histograms of nanoparticle tracking: a column of diameters, one of concentrations or counts.
//!
//! Lines before the header are skipped (instruments put their settings there); the header is the first line with a name
//! for a size and a name for an amount. The table ends at a blank line or at the end of the file. Units are read from
//! the header: `Size (nm)`, `Concentration [particles/mL]`, `concentration_E6_per_mL`.

use crate::csv::{DELIMITERS, Field, decode, fields, lines, number};
use exoderm_model::source::{Place, Source};
use exoderm_model::{Diagnostic, Diagnostics};
use exoderm_units::nearest;
use std::sync::Arc;

/// Largest file (bytes).
pub const MAX_FILE: usize = 16 << 20;
/// Fewest bins from which a distribution is read.
pub const FEWEST_BINS: usize = 5;

/// Words that name a column of diameters.
const SIZE_WORDS: [&str; 8] =
    ["size", "diameter", "bin centre", "bin center", "bincentre", "bin_centre", "bin_center", "x"];
/// Words that name a column of amounts.
const AMOUNT_WORDS: [&str; 8] =
    ["concentration", "conc", "particles", "count", "counts", "number", "frequency", "tracks"];

/// What the amounts are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AmountKind {
    /// Particles per mL in each bin.
    PerMl,
    /// Particles per mL and nm: a density, to be multiplied by the bin's width.
    PerMlPerNm,
    /// Counts without a volume: sizes only.
    Counts,
}

/// A histogram.
#[derive(Clone, Debug, PartialEq)]
pub struct Histogram {
    /// File, for messages.
    pub file: String,
    /// Bin centres (nm), ascending.
    pub diameters: Vec<f64>,
    /// Widths of the bins (nm), from the distances of their centres.
    pub widths: Vec<f64>,
    /// Amount in each bin: particles per mL, or counts.
    pub amounts: Vec<f64>,
    /// What the amounts were in the file.
    pub kind: AmountKind,
    /// Name of the size column, and of the amount column.
    pub columns: [String; 2],
    /// Line of the header, from 1.
    pub header_line: usize,
}

impl Histogram {
    /// Particles per mL in all bins; none for counts without a volume.
    pub fn concentration(&self) -> Option<f64> {
        (self.kind != AmountKind::Counts).then(|| self.amounts.iter().sum())
    }
}

/// Reads a histogram.
///
/// # Errors
/// The first mistake, with file, line and column, and one line of help.
pub fn read(file: &str, bytes: &[u8]) -> Result<Histogram, Diagnostics> {
    if bytes.len() > MAX_FILE {
        let place = Place::start_of(&Source::new(file, ""));
        let message = format!("the file has {} bytes; at most {MAX_FILE} are read", bytes.len());
        return Err(Diagnostics::one(
            Diagnostic::new("size", &place, message).help("export the histogram alone"),
        ));
    }
    // A zero byte is in no text, but in UTF-16, which says so at its start.
    let wide = bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]);
    if !wide && bytes.contains(&0) {
        let place = Place::start_of(&Source::new(file, ""));
        return Err(Diagnostics::one(Diagnostic::new("text", &place, "this is no text file").help(
            "export the histogram as delimited text; a workbook or a video has to be saved as CSV first",
        )));
    }
    let text = decode(bytes);
    let source = Source::new(file, &text);
    Reader { source: &source }.histogram().map_err(|d| Diagnostics::one(*d))
}

struct Reader<'a> {
    source: &'a Arc<Source>,
}

/// A header that was found.
struct Header {
    delimiter: char,
    size: usize,
    amount: usize,
    /// nm per unit of the size column.
    scale: f64,
    /// Factor on amounts.
    factor: f64,
    kind: AmountKind,
    columns: [String; 2],
}

type Result1<T> = Result<T, Box<Diagnostic>>;

impl Reader<'_> {
    fn at(&self, field: &Field) -> Place {
        Place { source: self.source.clone(), span: field.span.clone() }
    }

    fn histogram(&self) -> Result1<Histogram> {
        let mut rest = lines(&self.source.text).enumerate();
        let (mut seen, mut head) = (Vec::new(), None);
        for (index, (start, line)) in rest.by_ref() {
            if let Some(h) = self.header(line, start)? {
                head = Some((index + 1, h));
                break;
            }
            seen.push((start, line));
        }
        let Some((header_line, header)) = head else { return Err(Box::new(self.no_header(&seen))) };
        let mut rows: Vec<(f64, f64)> = Vec::new();
        for (_, (start, line)) in rest {
            let row = fields(line, start, header.delimiter);
            if row.iter().all(|f| f.text.is_empty()) {
                if rows.is_empty() {
                    continue;
                }
                break;
            }
            if line.trim_start().starts_with('#') {
                continue;
            }
            let size = self.cell(&row, header.size, &header, start, line)?;
            let amount = self.cell(&row, header.amount, &header, start, line)?;
            let field = &row[header.size];
            if size <= 0.0 {
                return Err(Box::new(Diagnostic::new(
                    "limit",
                    &self.at(field),
                    "a diameter must be above 0",
                )));
            }
            if rows.last().is_some_and(|(before, _)| *before >= size * header.scale) {
                return Err(Box::new(
                    Diagnostic::new("order", &self.at(field), "diameters must ascend")
                        .help("give one histogram, its bins in order; cut replicates and averages apart"),
                ));
            }
            if amount < 0.0 {
                return Err(Box::new(Diagnostic::new(
                    "limit",
                    &self.at(&row[header.amount]),
                    "an amount must not be below 0",
                )));
            }
            rows.push((size * header.scale, amount * header.factor));
        }
        self.finish(header_line, header, &rows)
    }

    fn finish(&self, header_line: usize, header: Header, rows: &[(f64, f64)]) -> Result1<Histogram> {
        let start = self.source.line_start(header_line);
        let place = Place { source: self.source.clone(), span: start..start };
        if rows.len() < FEWEST_BINS {
            let message = format!("{} bins below this header; at least {FEWEST_BINS} are needed", rows.len());
            return Err(Box::new(
                Diagnostic::new("missing", &place, message)
                    .help("export the size distribution, not its summary"),
            ));
        }
        if rows.iter().all(|(_, amount)| *amount == 0.0) {
            return Err(Box::new(Diagnostic::new(
                "missing",
                &place,
                format!("`{}` is 0 in every bin", header.columns[1]),
            )));
        }
        let n = rows.len();
        let edge = |i: usize| 0.5 * (rows[i].0 + rows[i + 1].0);
        let widths: Vec<f64> = (0..n)
            .map(|i| match i {
                0 => 2.0 * (edge(0) - rows[0].0),
                i if i == n - 1 => 2.0 * (rows[i].0 - edge(i - 1)),
                i => edge(i) - edge(i - 1),
            })
            .collect();
        let density = header.kind == AmountKind::PerMlPerNm;
        Ok(Histogram {
            file: self.source.name.clone(),
            diameters: rows.iter().map(|r| r.0).collect(),
            amounts: rows.iter().zip(&widths).map(|(r, w)| if density { r.1 * w } else { r.1 }).collect(),
            widths,
            kind: header.kind,
            columns: header.columns,
            header_line,
        })
    }

    fn cell(&self, row: &[Field], column: usize, header: &Header, start: usize, line: &str) -> Result1<f64> {
        let name = &header.columns[usize::from(column == header.amount)];
        let Some(field) = row.get(column) else {
            let end = start + line.trim_end().len();
            let place = Place { source: self.source.clone(), span: end..end };
            let message = format!("the line has {} fields; `{name}` is field {}", row.len(), column + 1);
            return Err(Box::new(Diagnostic::new("missing", &place, message)));
        };
        number(&field.text, header.delimiter).ok_or_else(|| {
            let found =
                if field.text.is_empty() { "nothing".to_owned() } else { format!("`{}`", field.text) };
            let message = format!("a number is needed for `{name}`, found {found}");
            let help = "a blank line ends the table; write numbers as 1234.5 or 1.2e8";
            Box::new(Diagnostic::new("number", &self.at(field), message).help(help))
        })
    }

    /// The header, if this line is one: it names a size and an amount.
    fn header(&self, line: &str, start: usize) -> Result1<Option<Header>> {
        for delimiter in DELIMITERS {
            let row = fields(line, start, delimiter);
            let find = |words: &[&str]| row.iter().position(|f| words.iter().any(|w| named(&f.text, w)));
            let (Some(size), Some(amount)) = (find(&SIZE_WORDS), find(&AMOUNT_WORDS)) else { continue };
            if size == amount || row.iter().any(|f| number(&f.text, delimiter).is_some()) {
                continue;
            }
            let scale = size_unit(&row[size].text).ok_or_else(|| {
                let message = format!("`{}` does not say its unit", row[size].text);
                Diagnostic::new("unit", &self.at(&row[size]), message)
                    .help("write it into the header: `size (nm)`")
            })?;
            let (factor, kind) = amount_unit(&row[amount].text).ok_or_else(|| {
                let message = format!("`{}` does not say its unit", row[amount].text);
                Diagnostic::new("unit", &self.at(&row[amount]), message)
                    .help("write it into the header: `concentration (particles/mL)`, or `count` for counts")
            })?;
            let columns = [row[size].text.clone(), row[amount].text.clone()];
            return Ok(Some(Header { delimiter, size, amount, scale, factor, kind, columns }));
        }
        Ok(None)
    }

    fn no_header(&self, seen: &[(usize, &str)]) -> Diagnostic {
        // A header whose words are misspelt is the likely reason: the nearest word of the first line with letters.
        let first = seen.iter().find(|(_, l)| l.chars().any(char::is_alphabetic));
        let place = first.map_or_else(
            || Place::start_of(self.source),
            |(start, line)| Place { source: self.source.clone(), span: *start..start + line.len() },
        );
        let words: Vec<String> = first
            .map(|(_, l)| l.split(|c: char| !c.is_alphabetic()).map(str::to_lowercase).collect())
            .unwrap_or_default();
        let near = words
            .iter()
            .filter(|w| w.len() > 3)
            .find_map(|w| nearest(w, SIZE_WORDS.into_iter().chain(AMOUNT_WORDS)).filter(|n| n != w));
        Diagnostic::new("missing", &place, "no header with a size and an amount was found")
            .nearest(near.map(str::to_owned))
            .help("the header names both columns with their units, such as: size (nm);concentration (particles/mL)")
    }
}

/// Whether a column's name starts with, or has, a word.
fn named(name: &str, word: &str) -> bool {
    let name = name.to_lowercase();
    let bare: String = name.split(['(', '[']).next().unwrap_or("").trim().to_owned();
    if word.len() == 1 {
        return bare == word;
    }
    bare.contains(word) || (bare.is_empty() && name.contains(word))
}

/// The unit's part of a name: what is in brackets, or all of it, in small letters without spaces.
fn unit_part(name: &str) -> String {
    let inner = name.find(['(', '[']).map_or(name, |i| &name[i + 1..]);
    inner.to_lowercase().chars().filter(|c| !c.is_whitespace() && !matches!(c, ')' | ']')).collect()
}

/// nm per unit of a size column.
fn size_unit(name: &str) -> Option<f64> {
    let unit = unit_part(name);
    let ends = |u: &str| {
        unit == u
            || unit.ends_with(&format!("/{u}"))
            || unit.ends_with(&format!("_{u}"))
            || unit.ends_with(&format!(",{u}"))
    };
    if ends("nm") || name.trim().to_lowercase().ends_with(" nm") {
        Some(1.0)
    } else if ["um", "µm", "μm"].into_iter().any(ends) {
        Some(1000.0)
    } else {
        None
    }
}

/// Factor to particles per mL and kind of an amount column.
fn amount_unit(name: &str) -> Option<(f64, AmountKind)> {
    let unit = unit_part(name).replace("cm^-3", "/ml").replace("cm-3", "/ml").replace("/cm3", "/ml");
    let unit = unit.replace("_per_", "/").replace("per", "/");
    // "E6 particles/ml", "10^6/ml", "1e6/ml"
    let power = ["1e", "10^", "e"].into_iter().find_map(|mark| {
        let at = unit.find(mark)?;
        let free = at == 0 || !unit[..at].ends_with(|c: char| c.is_alphanumeric());
        let digits: String = unit[at + mark.len()..].chars().take_while(char::is_ascii_digit).collect();
        digits.parse::<u32>().ok().filter(|p| free && *p <= 15)
    });
    let factor = 10u64.pow(power.unwrap_or(0)) as f64;
    if unit.contains("/ml/nm") || unit.contains("/nm/ml") {
        Some((factor, AmountKind::PerMlPerNm))
    } else if unit.contains("/ml") {
        Some((factor, AmountKind::PerMl))
    } else if ["count", "number", "frequency", "tracks"].iter().any(|w| named(name, w)) {
        Some((1.0, AmountKind::Counts))
    } else {
        None
    }
}
