//! A digest of what the ledger says, independent of how its files are written.

use xxhash_rust::xxh3::Xxh3;

use crate::{Ledger, Value};

/// Every field is written as a tag and, for text, its length, so that no two ledgers share a serialisation.
struct Writer(Xxh3);

impl Writer {
    fn text(&mut self, text: &str) {
        self.0.update(b"t");
        self.0.update(&(text.len() as u64).to_le_bytes());
        self.0.update(text.as_bytes());
    }

    fn optional(&mut self, text: Option<&str>) {
        match text {
            Some(text) => self.text(text),
            None => self.0.update(b"-"),
        }
    }

    fn number(&mut self, x: Option<f64>) {
        match x {
            Some(x) => {
                self.0.update(b"n");
                // 0 and -0 are the same number.
                self.0.update(&(x + 0.0).to_bits().to_le_bytes());
            }
            None => self.0.update(b"-"),
        }
    }
}

pub(crate) fn hash(ledger: &Ledger) -> String {
    let mut w = Writer(Xxh3::new());
    for source in ledger.sources() {
        w.0.update(b"s");
        w.text(source.id.as_str());
        w.text(&source.citation);
        w.optional(source.doi.as_deref());
        w.optional(source.note.as_deref());
        for url in &source.urls {
            w.text(url);
        }
    }
    for row in ledger.iter() {
        w.0.update(b"p");
        w.text(&row.key);
        match &row.value {
            Some(Value::Text(text)) => w.text(text),
            _ => w.number(row.number()),
        }
        w.number(row.low);
        w.number(row.high);
        for text in [row.unit.text(), &row.what, &row.system, &row.note] {
            w.text(text);
        }
        for word in [row.evidence.as_str(), row.read.as_str(), row.confidence.as_str()] {
            w.text(word);
        }
        for text in [row.source.as_ref().map(|s| s.as_str()), row.cited.as_deref(), row.url.as_deref()] {
            w.optional(text);
        }
        for conflict in &row.conflicts {
            w.0.update(if conflict.duplicate { b"d" } else { b"c" });
            w.text(&conflict.with);
            w.text(&conflict.why);
        }
    }
    format!("{:032x}", w.0.digest128())
}
