//! From the text of a ledger file to checked rows.

use std::fmt;

use serde::Deserialize;
use serde::de::{self, Deserializer, Visitor};
use toml::Spanned;

use crate::{
    Confidence, Conflict, Evidence, LedgerError, Parameter, Place, ReadLevel, Source, SourceId, UnitText,
    Value,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFile {
    #[serde(default)]
    source: Vec<Spanned<RawSource>>,
    #[serde(default)]
    parameter: Vec<Spanned<RawParameter>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSource {
    id: String,
    citation: String,
    doi: Option<String>,
    #[serde(default)]
    urls: Vec<String>,
    note: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawParameter {
    key: String,
    value: Option<RawValue>,
    low: Option<f64>,
    high: Option<f64>,
    unit: String,
    what: String,
    system: Option<String>,
    evidence: String,
    read: String,
    confidence: Option<String>,
    source: Option<String>,
    cited: Option<String>,
    url: Option<String>,
    note: Option<String>,
    #[serde(default)]
    conflicts: Vec<RawConflict>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawConflict {
    with: String,
    why: String,
    #[serde(default)]
    duplicate: bool,
}

struct RawValue(Value);

impl<'de> Deserialize<'de> for RawValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NumberOrText;
        impl Visitor<'_> for NumberOrText {
            type Value = RawValue;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number or a text")
            }
            fn visit_f64<E: de::Error>(self, x: f64) -> Result<RawValue, E> {
                Ok(RawValue(Value::Number(x)))
            }
            fn visit_i64<E: de::Error>(self, x: i64) -> Result<RawValue, E> {
                Ok(RawValue(Value::Number(x as f64)))
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<RawValue, E> {
                Ok(RawValue(Value::Text(text.to_owned())))
            }
        }
        deserializer.deserialize_any(NumberOrText)
    }
}

/// The rows of one file.
#[derive(Default)]
pub(crate) struct Rows {
    pub(crate) sources: Vec<Source>,
    pub(crate) parameters: Vec<Parameter>,
}

/// Line and column, from 1, of a byte of `text`.
pub(crate) fn position(text: &str, byte: usize) -> (usize, usize) {
    let before = text.get(..byte).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().map_or(0, |last| last.chars().count()) + 1;
    (line, column)
}

/// A TOML error with its place.
pub(crate) fn toml_error(file: &str, text: &str, error: &toml::de::Error) -> LedgerError {
    let (line, column) = error.span().map_or((1, 1), |span| position(text, span.start));
    LedgerError::Toml {
        place: Place { file: file.to_owned(), line },
        column,
        message: error.message().to_owned(),
    }
}

/// Reads one file. What concerns several rows (duplicates, unknown sources) is checked by the ledger.
pub(crate) fn file(name: &str, text: &str) -> Result<Rows, LedgerError> {
    let raw: RawFile = toml::from_str(text).map_err(|e| toml_error(name, text, &e))?;
    let place = |byte: usize| Place { file: name.to_owned(), line: position(text, byte).0 };
    let mut rows = Rows::default();
    for entry in raw.source {
        let at = place(entry.span().start);
        let raw = entry.into_inner();
        rows.sources.push(Source {
            id: SourceId(raw.id),
            citation: raw.citation,
            doi: raw.doi,
            urls: raw.urls,
            note: raw.note,
            place: at,
        });
    }
    for entry in raw.parameter {
        let at = place(entry.span().start);
        rows.parameters.push(parameter(entry.into_inner(), at)?);
    }
    Ok(rows)
}

fn parameter(raw: RawParameter, place: Place) -> Result<Parameter, LedgerError> {
    let key = raw.key;
    let word = |field, word: &str, expected: String| LedgerError::UnknownWord {
        place: place.clone(),
        key: key.clone(),
        field,
        word: word.to_owned(),
        expected,
    };
    let proper = key.starts_with(|c: char| c.is_ascii_alphabetic())
        && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '.')
        && ![".low", ".high", "."].iter().any(|end| key.ends_with(end));
    if !proper {
        return Err(LedgerError::BadKey { place, key });
    }
    let value = raw.value.map(|RawValue(value)| value);
    let stated = match value {
        Some(Value::Number(x)) => Some(x),
        _ => None,
    };
    for (field, number) in [("value", stated), ("low", raw.low), ("high", raw.high)] {
        if number.is_some_and(|x| !x.is_finite()) {
            return Err(LedgerError::NotFinite { place, key, field });
        }
    }
    let evidence = Evidence::from_word(&raw.evidence)
        .ok_or_else(|| word(Evidence::FIELD, &raw.evidence, list(Evidence::ALL, Evidence::as_str)))?;
    let read = ReadLevel::from_word(&raw.read)
        .ok_or_else(|| word(ReadLevel::FIELD, &raw.read, list(ReadLevel::ALL, ReadLevel::as_str)))?;
    let confidence = match &raw.confidence {
        None => Confidence::NotStated,
        Some(text) => Confidence::from_word(text)
            .ok_or_else(|| word(Confidence::FIELD, text, list(Confidence::ALL, Confidence::as_str)))?,
    };
    let unit = UnitText::parse(&raw.unit).map_err(|source| LedgerError::Unit {
        place: place.clone(),
        key: key.clone(),
        source: Box::new(source),
    })?;
    let mut conflicts: Vec<Conflict> = raw
        .conflicts
        .into_iter()
        .map(|c| Conflict { with: c.with, why: c.why, duplicate: c.duplicate })
        .collect();
    conflicts.sort();
    Ok(Parameter {
        key,
        value,
        low: raw.low,
        high: raw.high,
        unit,
        what: raw.what,
        system: raw.system.unwrap_or_default(),
        evidence,
        read,
        confidence,
        source: raw.source.map(SourceId),
        cited: raw.cited,
        url: raw.url,
        note: raw.note.unwrap_or_default(),
        conflicts,
        place,
    })
}

fn list<T: Copy>(all: &[T], word: impl Fn(T) -> &'static str) -> String {
    all.iter().map(|&v| word(v)).collect::<Vec<_>>().join(", ")
}
