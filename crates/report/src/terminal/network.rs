//! A network simulated.

use super::{columns, wrapped};
use exoderm_study::network::{Series, Simulated};
use exoderm_units::significant;

/// Heights of a curve.
const STEPS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
/// Width of a curve.
const CURVE: usize = 32;
/// Most rows and columns of the table of numbers.
const ROWS: usize = 11;
const COLUMNS: usize = 6;

/// The answer as text, 80 columns wide.
pub fn network(s: &Simulated) -> String {
    let n = |x: f64| significant(x, 4);
    let name = if s.name.is_empty() { String::new() } else { format!(" `{}`", s.name) };
    let [states, parameters, reactions] = s.size;
    let mut out = wrapped(
        "",
        0,
        &format!(
            "{}: model{name}, SBML level {} version {}: {states} states, {parameters} parameters, {reactions} reactions.",
            s.file, s.level[0], s.level[1]
        ),
    );
    let unit = |u: &str| if u.is_empty() { "not said".to_owned() } else { u.to_owned() };
    out.push_str(&wrapped(
        "",
        0,
        &format!(
            "Units as the file says: time {}, substance {}, volume {}.",
            unit(&s.units[0]),
            unit(&s.units[1]),
            unit(&s.units[2])
        ),
    ));
    out.push_str(&wrapped(
        "",
        0,
        &match s.method.as_str() {
            "equations" => format!("Differential equations, {} steps.", s.work),
            "exact" => format!("Event by event in {} cells: {} events.", s.cells, s.work),
            _ => format!("By leaps in {} cells: {} events.", s.cells, s.work),
        },
    ));
    let end = s.times.last().copied().unwrap_or(0.0);
    let several = s.cells > 1;
    out.push('\n');
    let mut head = vec!["", "start", "end"];
    if several {
        head.push("SD at end");
    }
    head.extend(["least", "most"]);
    let curve = format!("0 to {}", n(end));
    head.push(&curve);
    let mut rows = vec![head.into_iter().map(str::to_owned).collect::<Vec<_>>()];
    for series in &s.series {
        let (low, high) = range(series);
        let at = |k: Option<&f64>| k.map_or_else(String::new, |v| n(*v));
        let mut row = vec![series.name.clone(), at(series.values.first()), at(series.values.last())];
        if several {
            row.push(at(series.deviations.last()));
        }
        row.extend([n(low), n(high), plot(series, low, high)]);
        rows.push(row);
    }
    out.push_str(&columns(&rows, &[1, 2, 3, 4]));
    out.push('\n');
    out.push_str(&table(s));
    for note in &s.notes {
        out.push_str(&wrapped("! ", 2, note));
    }
    out
}

fn range(s: &Series) -> (f64, f64) {
    s.values.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), &v| (a.min(v), b.max(v)))
}

/// The curve in one line, from its least to its most.
fn plot(s: &Series, low: f64, high: f64) -> String {
    let count = s.values.len();
    (0..CURVE.min(count))
        .map(|i| {
            let k = if count <= CURVE { i } else { i * (count - 1) / (CURVE - 1) };
            let share = if high > low { (s.values[k] - low) / (high - low) } else { 0.0 };
            STEPS[((share * 7.0).round().max(0.0) as usize).min(7)]
        })
        .collect()
}

fn table(s: &Simulated) -> String {
    let shown = s.series.len().min(COLUMNS);
    let mut rows = vec![vec!["time".to_owned()]];
    rows[0].extend(s.series.iter().take(shown).map(|x| x.name.clone()));
    let last = s.times.len().saturating_sub(1);
    let count = ROWS.min(s.times.len());
    for i in 0..count {
        let k = if count > 1 { i * last / (count - 1) } else { 0 };
        let mut row = vec![significant(s.times[k], 4)];
        row.extend(s.series.iter().take(shown).map(|x| significant(x.values[k], 5)));
        rows.push(row);
    }
    let mut out = columns(&rows, &(0..=shown).collect::<Vec<_>>());
    if shown < s.series.len() || count < s.times.len() {
        out.push_str(&wrapped("", 0, "More times and quantities with --json."));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn curves_rise_where_the_numbers_do() {
        let s = Series { name: "x".into(), values: vec![0.0, 1.0, 7.0], deviations: vec![] };
        assert_eq!(plot(&s, 0.0, 7.0), "▁▂█");
        let flat = Series { name: "x".into(), values: vec![2.0; 100], deviations: vec![] };
        assert_eq!(plot(&flat, 2.0, 2.0).chars().count(), CURVE);
    }
}
