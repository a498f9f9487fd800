//! Search over the rows, for people.

use crate::{Ledger, Parameter};

/// Rows that contain every word, best first.
pub(crate) fn search<'a>(ledger: &'a Ledger, text: &str) -> Vec<&'a Parameter> {
    let words: Vec<String> = text.split_whitespace().map(str::to_lowercase).collect();
    if words.is_empty() {
        return Vec::new();
    }
    let mut found: Vec<(u32, &Parameter)> =
        ledger.iter().filter_map(|row| Some((score(ledger, row, &words)?, row))).collect();
    found.sort_by(|(a, x), (b, y)| b.cmp(a).then_with(|| x.key.cmp(&y.key)));
    found.into_iter().map(|(_, row)| row).collect()
}

/// The sum over the words of where each is found, or nothing when one is missing.
fn score(ledger: &Ledger, row: &Parameter, words: &[String]) -> Option<u32> {
    let key = row.key.to_lowercase();
    let source = row.source.as_ref().and_then(|id| ledger.source(id));
    let source = source
        .map(|s| format!("{} {} {}", s.id, s.citation, s.doi.as_deref().unwrap_or("")))
        .unwrap_or_default();
    let fields = [
        (8, key.clone()),
        (4, row.what.to_lowercase()),
        (2, row.system.to_lowercase()),
        (1, format!("{source} {}", row.cited.as_deref().unwrap_or("")).to_lowercase()),
    ];
    let mut total = 0;
    for word in words {
        let here: u32 = fields.iter().filter(|(_, text)| text.contains(word.as_str())).map(|(w, _)| w).sum();
        if here == 0 {
            return None;
        }
        total += here;
        if key == *word {
            total += 100;
        } else if key.split(['_', '.']).any(|part| part == word) {
            total += 4;
        }
    }
    Some(total)
}
