//! The whole body.

use super::{WIDTH, columns, wrapped};
use exoderm_study::whole_body::{Band, WholeBody};
use exoderm_units::significant;

/// Times of plasma that are listed (h).
const HOURS: [f64; 10] = [0.0, 0.05, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 24.0, 48.0];

/// The answer as text, 80 columns wide.
pub fn whole_body(w: &WholeBody) -> String {
    let mut out = wrapped("", 0, &format!("{}.", w.title));
    out.push_str("An average body in compartments. It says nothing about a patient or a product.\n\n");
    out.push_str(&wrapped(
        "",
        0,
        &format!(
            "Clearance at low load {} mL/min; half-lives {} and {} min. Medians of {} draws, in brackets 90 % of them.",
            band(&w.clearance_ml_per_min),
            band(&w.half_lives_min[0]),
            band(&w.half_lives_min[1]),
            w.draws[0] - w.draws[1]
        ),
    ));
    out.push('\n');
    out.push_str(&plasma(w));
    out.push('\n');
    out.push_str(&organs(w));
    out.push('\n');
    let mut rows = vec![vec![format!("where it is after {} h", n(w.hours)), "% of dose".to_owned()]];
    rows.extend(w.fates.iter().map(|f| vec![f.name.clone(), band(&f.percent)]));
    out.push_str(&columns(&rows, &[1]));
    out.push_str(&format!("(balance closes to {})\n", n(w.imbalance)));
    if let Some(d) = &w.depletion {
        out.push('\n');
        out.push_str(&wrapped("", 0, &format!(
            "Macrophages: with most of them gone, the area under the plasma curve is {} times that of an intact body; the liver holds {} % of what organs hold, against {} %.",
            band(&d.area_ratio), band(&d.liver_depleted), band(&d.liver_intact)
        )));
    }
    if !w.checks.is_empty() {
        out.push_str("\nChecks that nothing was fitted to\n");
        for c in &w.checks {
            let stated = if c.stated { "" } else { ", not with the numbers as stated" };
            out.push_str(&wrapped(
                "  ",
                6,
                &format!("{}: holds in {} % of the draws{stated}", c.what, n(100.0 * c.share)),
            ));
        }
    }
    if let Some(i) = &w.index {
        out.push('\n');
        out.push_str(&wrapped("", 0, &format!(
            "A payload: therapeutic index relative to the free drug (target {}, ligand × {}): {}. It compares areas under the curve of the payload in the target with those in all other organs.",
            i.target, n(i.ligand), band(&i.index)
        )));
    }
    out.push_str(&tumour(w));
    if !w.ages.is_empty() {
        out.push('\n');
        let header = ["age", "own vesicles in plasma, 30 y = 1", "their uptake by cells"];
        let mut rows = vec![header.map(str::to_owned).to_vec()];
        rows.extend(w.ages.iter().map(|a| vec![n(a.age), band(&a.concentration), band(&a.uptake)]));
        out.push_str(&columns(&rows, &[0, 1, 2]));
    }
    out.push_str("\nWhat this leaves out\n");
    for note in &w.notes {
        out.push_str(&wrapped("  ", 2, note));
    }
    out.push_str("\nNumbers, with their ranges\n");
    for i in &w.inputs {
        out.push_str(&wrapped("  ", 6, &format!("{}: {}; {}", i.what, i.value, i.source)));
    }
    out
}

fn n(x: f64) -> String {
    significant(x, 2)
}

fn band(b: &Band) -> String {
    format!("{} ({} to {})", n(b.median), n(b.low), n(b.high))
}

fn plasma(w: &WholeBody) -> String {
    let mut rows = vec![vec!["h".to_owned(), format!("{} per mL of plasma", w.unit)]];
    let mut hours: Vec<f64> = HOURS.iter().copied().filter(|h| *h < w.hours).collect();
    hours.push(w.hours);
    for hour in hours {
        let near = |a: &f64| (a - hour).abs();
        let point = w.plasma.iter().min_by(|a, b| near(&a.hour).total_cmp(&near(&b.hour)));
        rows.extend(point.map(|p| vec![n(p.hour), band(&p.per_ml)]));
    }
    rows.dedup();
    columns(&rows, &[0, 1])
}

/// As many of the earliest times as fit a terminal.
fn organs(w: &WholeBody) -> String {
    let fits = |t: &String| t.lines().all(|l| l.chars().count() <= WIDTH);
    let most = w.organ_hours.len().min(3);
    let fitting = (1..=most).rev().map(|shown| organ_table(w, shown)).find(fits);
    fitting.unwrap_or_else(|| organ_table(w, most.min(1)))
}

fn organ_table(w: &WholeBody, shown: usize) -> String {
    let mut header = vec!["% of dose in".to_owned()];
    header.extend(w.organ_hours[..shown].iter().map(|h| format!("{} h", n(*h))));
    header.push("most at, h".to_owned());
    let mut rows = vec![header];
    for o in &w.organs {
        let mut row = vec![o.name.clone()];
        row.extend(o.percent_of_dose.iter().take(shown).map(band));
        row.push(n(o.peak_hour.median));
        rows.push(row);
    }
    columns(&rows, &[1, 2, 3, 4])
}

fn tumour(w: &WholeBody) -> String {
    let Some(t) = &w.tumour else { return String::new() };
    let mut out = String::from("\n");
    out.push_str(&wrapped(
        "",
        0,
        &format!(
            "A tumour of {} cells ({} cm³): {} of its vesicles per mL of plasma, against a background of {}.",
            n(t.cells),
            band(&t.volume_cm3),
            band(&t.per_ml),
            band(&t.background_per_ml)
        ),
    ));
    out.push_str(&wrapped("", 0, &format!(
        "A test for a marker on them is positive in {} of people with it. Limit of detection: {} cm³ (found in half of people), {} cm³ (in 95 %).",
        band(&t.found), band(&t.limit_half_cm3), band(&t.limit_95_cm3)
    )));
    out.push_str(&wrapped("", 0, &format!(
        "Of 100,000 people examined, {} get a false alarm and {} with such a tumour are found: a share of {} of the positive are right.",
        band(&t.false_alarms_per_100k), band(&t.found_per_100k), band(&t.right)
    )));
    out.push_str(&wrapped("", 0, &format!(
        "Vesicles with PD-L1 bind {} % of an antibody against it (exact equilibrium). An antibody on PD-1 is not soaked up; they compete with it.",
        band(&t.antibody_bound_percent)
    )));
    let mut rows = vec![vec!["cm³".to_owned(), "share found".to_owned()]];
    rows.extend(t.curve.iter().step_by(4).map(|p| vec![n(p.volume_cm3), band(&p.found)]));
    out.push_str(&columns(&rows, &[0, 1]));
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use exoderm_study::whole_body::{Request, run};

    fn text(change: impl FnOnce(&mut Request)) -> String {
        let mut r = Request { draws: 40, ..Request::default() };
        change(&mut r);
        whole_body(&run(&r).unwrap())
    }

    #[test]
    fn whole_body_as_text() {
        insta::assert_snapshot!("whole_body", text(|r| r.tumour_cells = Some(1e8)));
    }

    /// No line is wider than a terminal, whatever is asked.
    #[test]
    fn fits_the_terminal() {
        for out in [
            text(|r| {
                r.body = "human".into();
                r.route = "topical".into();
            }),
            text(|r| {
                r.target = Some("tumour".into());
                r.ligand = 7.0;
                r.age = Some(71.0);
                r.hours = 0.3;
            }),
        ] {
            assert!(out.lines().all(|l| l.chars().count() <= WIDTH), "{out}");
        }
    }
}
