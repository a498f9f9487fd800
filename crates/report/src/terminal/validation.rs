//! Validation cases, for a terminal and for a page of the documents.

use super::columns;
use exoderm_study::validation::{Measure, Outcome, Row};
use exoderm_units::significant;
use std::fmt::Write as _;

/// Error and tolerance as a reader counts them.
fn counted(row: &Row) -> [String; 2] {
    let n = |x: f64| significant(x, 2);
    match row.measure {
        Measure::Absolute => [n(row.error), n(row.tolerance)],
        Measure::Relative => {
            [format!("{} %", n(100.0 * row.error)), format!("{} %", n(100.0 * row.tolerance))]
        }
        Measure::StandardErrors => [format!("{} SE", n(row.error)), format!("{} SE", n(row.tolerance))],
        Measure::Bound => [format!("{} %", n(100.0 * row.error)), "at most".into()],
        Measure::Floor => [format!("{} %", n(100.0 * row.error)), "at least".into()],
        Measure::Direction => [String::new(), "sign".into()],
        Measure::Told => {
            [format!("{} %", n(100.0 * row.error)), format!("{} %, told only", n(100.0 * row.tolerance))]
        }
        Measure::Count => [String::new(), "counted".into()],
    }
}

fn verdict(pass: bool) -> String {
    if pass { String::new() } else { "MISS".into() }
}

fn cells(row: &Row) -> Vec<String> {
    let [error, tolerance] = counted(row);
    let n = |x: f64| significant(x, 5);
    vec![row.quantity.clone(), n(row.expected), n(row.got), error, tolerance, verdict(row.pass)]
}

/// How many hold, in a sentence.
fn tally(outcomes: &[Outcome]) -> String {
    let rows: usize = outcomes.iter().map(|o| o.rows.len()).sum();
    let missed: Vec<&str> = outcomes.iter().filter(|o| !o.pass).map(|o| o.case).collect();
    let held = outcomes.len() - missed.len();
    let end = if missed.is_empty() { ".".into() } else { format!("; not: {}.", missed.join(", ")) };
    format!("{held} of {} cases hold ({rows} quantities){end}", outcomes.len())
}

/// One case: its name, what it tries, its rows. Lines are as wide as their longest quantity.
pub fn validation_case(outcome: &Outcome) -> String {
    let mut out = format!("{} ({}): {}\n", outcome.case, outcome.group, outcome.title);
    if let Some(why) = &outcome.refused {
        let _ = writeln!(out, "  MISS: it could not be run: {why}");
    }
    let mut rows =
        vec![["  quantity", "expected", "got", "error", "tolerance", ""].map(String::from).to_vec()];
    for row in &outcome.rows {
        let mut cells = cells(row);
        cells[0].insert_str(0, "  ");
        rows.push(cells);
    }
    out.push_str(&columns(&rows, &[1, 2, 3, 4]));
    out
}

/// The last line of a validation.
pub fn validation_tally(outcomes: &[Outcome]) -> String {
    format!("{}\n", tally(outcomes))
}

/// One case as a section of Markdown for docs/validation/results.md.
pub fn validation_section(outcome: &Outcome) -> String {
    let safe = |text: &str| text.replace('|', "\\|");
    let o = outcome;
    let mut out = format!("## {}\n\n{}: {}.\nExpected values: {}.\n\n", o.case, o.group, o.title, o.source);
    if let Some(why) = &o.refused {
        let _ = writeln!(out, "MISS: it could not be run: {why}\n");
    }
    if o.rows.is_empty() {
        return out;
    }
    out.push_str("| quantity | expected | got | error | tolerance | |\n|---|---:|---:|---:|---:|---|\n");
    for row in &o.rows {
        let _ = writeln!(out, "| {} |", cells(row).iter().map(|c| safe(c)).collect::<Vec<_>>().join(" | "));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome() -> Outcome {
        let rows = vec![
            Row::relative("a share", 0.5, 0.505, 0.02),
            Row::errors("a mean", 10.0, 10.9, 0.2, 3.0),
            Row::at_most("a bound", 1.0, 1.5),
        ];
        let (case, group, title, source) = ("x", "field", "something | else", "A01");
        Outcome { case, group, title, source, rows, refused: None, pass: false }
    }

    #[test]
    fn misses_are_marked_and_named() {
        let text = validation_case(&outcome());
        let lines: Vec<&str> = text.lines().collect();
        assert!(!lines[2].contains("MISS") && lines[2].contains("1 %"), "{text}");
        assert!(lines[3].ends_with("MISS") && lines[3].contains("4.5 SE"), "{text}");
        assert!(lines[4].ends_with("MISS") && lines[4].contains("50 %"), "{text}");
        assert_eq!(validation_tally(&[outcome()]), "0 of 1 cases hold (3 quantities); not: x.\n");
    }

    #[test]
    fn a_refusal_is_told_in_both_forms() {
        let refused = Outcome { rows: Vec::new(), refused: Some("no mesh".into()), ..outcome() };
        assert!(validation_case(&refused).contains("no mesh"));
        assert!(validation_section(&refused).contains("no mesh"));
    }
}
