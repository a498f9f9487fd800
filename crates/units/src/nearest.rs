//! The closest known name, for "did you mean".

/// The candidate nearest to `name` by edits (insert, delete, replace, swap of neighbours), if it is near enough to
/// be a slip of the pen: at most one edit in three characters of the longer word, and never a whole word replaced. A
/// difference of case costs nothing between equals otherwise, so `ML` finds `mL`. Ties go to the earlier candidate.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // Longer text is no misspelt name, and the table below is quadratic.
    const LONGEST: usize = 80;
    let wanted: Vec<char> = name.chars().flat_map(char::to_lowercase).take(LONGEST + 1).collect();
    if wanted.is_empty() || wanted.len() > LONGEST {
        return None;
    }
    let mut best: Option<(usize, &'a str)> = None;
    for candidate in candidates {
        let word: Vec<char> = candidate.chars().flat_map(char::to_lowercase).take(LONGEST + 1).collect();
        let longer = wanted.len().max(word.len());
        let allowed = (longer / 3).max(1);
        if word.len() > LONGEST || wanted.len().abs_diff(word.len()) > allowed {
            continue;
        }
        let d = distance(&wanted, &word);
        // One edit in a word of one letter replaces it: no suggestion.
        if d > allowed || (d > 0 && longer == 1) {
            continue;
        }
        if best.is_none_or(|(least, _)| d < least) {
            best = Some((d, candidate));
        }
    }
    best.map(|(_, word)| word)
}

/// Damerau–Levenshtein distance in its restricted form (no substring is edited twice).
fn distance(a: &[char], b: &[char]) -> usize {
    let width = b.len() + 1;
    let mut two_back = vec![0; width];
    let mut back: Vec<usize> = (0..width).collect();
    let mut row = vec![0; width];
    for i in 1..=a.len() {
        row[0] = i;
        for j in 1..=b.len() {
            let replaced = back[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            row[j] = replaced.min(back[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                row[j] = row[j].min(two_back[j - 2] + 1);
            }
        }
        std::mem::swap(&mut two_back, &mut back);
        std::mem::swap(&mut back, &mut row);
    }
    back[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn d(a: &str, b: &str) -> usize {
        distance(&a.chars().collect::<Vec<_>>(), &b.chars().collect::<Vec<_>>())
    }

    #[test]
    fn distances_of_known_pairs() {
        assert_eq!(d("", "abc"), 3);
        assert_eq!(d("kitten", "sitting"), 3);
        assert_eq!(d("ca", "ac"), 1); // one swap
        assert_eq!(d("uptaek", "uptake"), 1);
        assert_eq!(d("same", "same"), 0);
    }

    #[test]
    fn suggests_slips_and_nothing_else() {
        let keys = ["uptake", "secretion", "um", "mL", "cells"];
        assert_eq!(nearest("uptkae", keys), Some("uptake"));
        assert_eq!(nearest("Secretoin", keys), Some("secretion"));
        assert_eq!(nearest("ML", keys), Some("mL"));
        assert_eq!(nearest("cell", keys), Some("cells"));
        assert_eq!(nearest("banana", keys), None);
        assert_eq!(nearest("", keys), None);
        assert_eq!(nearest("x", ["h"]), None);
        assert_eq!(nearest(&"a".repeat(100_000), keys), None);
    }

    #[test]
    fn ties_go_to_the_earlier() {
        assert_eq!(nearest("sec_b", ["sec_a", "sec_c"]), Some("sec_a"));
    }
}
