//! The dose calculator's answer.

use super::{columns, wrapped};
use exoderm_study::dose::{CargoDose, DoseResult, InputRow, Spread};
use exoderm_units::significant;

/// Longest citation shown.
const CITATION: usize = 60;

/// The answer as text, 80 columns wide; the flag comes first.
pub fn dose(r: &DoseResult) -> String {
    let mut out = String::new();
    if let Some(flag) = &r.flag {
        out.push_str(&wrapped("! ", 2, flag));
        out.push('\n');
    }
    out.push_str(&head(r));
    out.push('\n');
    out.push_str(&stages(r));
    for cargo in &r.cargo {
        out.push('\n');
        out.push_str(&one_cargo(cargo));
    }
    out.push_str("\nNumbers, with their ranges and how well their sources were read\n");
    for input in &r.inputs {
        out.push_str(&wrapped(&format!("  {}  ", input.name), 6, &source(input)));
    }
    out.push('\n');
    for note in &r.notes {
        out.push_str(&wrapped("- ", 2, note));
    }
    out
}

fn n(x: f64) -> String {
    significant(x, 3)
}

fn range(s: &Spread) -> String {
    if s.low == s.high { "–".to_owned() } else { format!("{} to {}", n(s.low), n(s.high)) }
}

fn head(r: &DoseResult) -> String {
    let [low, dose, high] = r.dose_particles_per_cm2;
    let mut text = format!("{} particles/cm² on {} cm²", n(dose), n(r.area_cm2));
    if let Some(mass) = r.dose_ug_per_cm2 {
        text.push_str(&format!(" ({} ug protein/cm²; {} to {} by purity)", n(mass), n(low), n(high)));
    }
    text.push_str(&format!(", {}: {}, over {} d.", r.route, r.route_what, n(r.days)));
    let [lowest, highest] = r.anchors;
    let place = match dose {
        d if d < lowest => "below the doses used in people",
        d if d > highest => "above the doses used in people",
        _ => "within the doses used in people",
    };
    let mut out = wrapped("", 0, &text);
    out.push_str(&wrapped("", 0, &format!("That is {place} ({} to {} per cm²).", n(lowest), n(highest))));
    out.push_str(&wrapped(
        "",
        0,
        &format!("Receiving layer: {} um deep, {} target cells/cm².", n(r.depth_um), n(r.cells_per_cm2)),
    ));
    out
}

fn stages(r: &DoseResult) -> String {
    let value = |name: &str| r.inputs.iter().find(|i| i.name == name);
    let mut rows = vec![vec![
        "vesicles per cm²".to_owned(),
        "as stated".to_owned(),
        "of the last".to_owned(),
        "95 % over the ranges".to_owned(),
    ]];
    for (i, s) in r.stages.iter().enumerate() {
        rows.push(vec![
            s.name.clone(),
            n(s.per_cm2.stated),
            if i == 0 { String::new() } else { format!("{} %", n(100.0 * s.fraction)) },
            range(&s.per_cm2),
        ]);
    }
    let table = columns(&rows, &[1, 2]);
    let mut lines = table.lines();
    let mut out = format!("{}\n", lines.next().unwrap_or(""));
    for (line, s) in lines.zip(&r.stages) {
        out.push_str(line);
        out.push('\n');
        let list: Vec<String> = s
            .inputs
            .iter()
            .filter_map(|name| value(name))
            .map(|i| format!("{} {}", i.key_or_name(), i.value))
            .collect();
        if !list.is_empty() {
            out.push_str(&wrapped("    ", 4, &list.join("; ")));
        }
    }
    out.push_str(&wrapped(
        "",
        0,
        &format!(
            "Vesicles bound per target cell: {} ({}).",
            n(r.vesicles_per_cell.stated),
            range(&r.vesicles_per_cell)
        ),
    ));
    out
}

fn one_cargo(c: &CargoDose) -> String {
    let mut out = wrapped("", 0, &format!("{}, taken for {}", c.name, c.kind));
    let row = |what: &str, value: String, range: String| vec![format!("  {what}"), value, range];
    let mut rows = vec![
        row("copies in a vesicle", n(c.copies_per_vesicle.stated), range(&c.copies_per_vesicle)),
        row("copies in a cell, if all were delivered", n(c.upper_bound), String::new()),
        row("copies in a cell's cytosol at the peak", n(c.copies_per_cell.stated), range(&c.copies_per_cell)),
        row("  median and 95 % over the ranges", n(c.copies_per_cell.median), n(c.copies_per_cell.p95)),
    ];
    if let Some([low, value, high]) = c.threshold {
        rows.push(row("copies for an effect", n(value), format!("{} to {}", n(low), n(high))));
    }
    for e in &c.by_escape {
        let verdict = e.verdict.as_deref().unwrap_or("");
        rows.push(row(
            &format!("median if {} escapes", n(e.escape)),
            n(e.median),
            format!("95 %: {}  {verdict}", n(e.p95)).trim_end().to_owned(),
        ));
    }
    out.push_str(&columns(&rows, &[1]));
    out.push_str(&match &c.verdict {
        Some(v) => wrapped("  => ", 5, &format!("{v} by copy number; says nothing about benefit")),
        None => wrapped("  => ", 5, "no verdict: the ledger has a threshold for RNA alone"),
    });
    out
}

fn source(i: &InputRow) -> String {
    let mut text = format!("{}: {}", i.what, i.value);
    if !i.range.is_empty() {
        text.push_str(&format!(" ({})", i.range));
    }
    text.push_str(&format!("; {}", i.key));
    if i.key.starts_with('@') {
        text.push_str(&format!(", tier {} of 5, {}", i.tier, i.read));
        if i.source != "assumed" {
            let cut: String = i.source.chars().take(CITATION).collect();
            let dots = if cut.len() < i.source.len() { "…" } else { "" };
            text.push_str(&format!(": {}{dots}", cut.trim_end()));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::terminal::WIDTH;
    use exoderm_study::dose::{Amount, Question, answer};

    fn text(route: &str, label: Option<&str>, mass: bool) -> String {
        let question = Question {
            amount: if mass { Amount::Mass("100 ug".into()) } else { Amount::Particles(1e10) },
            area: "4 cm^2".into(),
            route: route.into(),
            cargo: vec!["miR-21".into(), "protein".into()],
            label: label.map(str::to_owned),
            time: "7 d".into(),
            set: Vec::new(),
            draws: 64,
        };
        dose(&answer(&question).unwrap())
    }

    /// What a reader sees: looked at when it changes.
    #[test]
    fn s034_answer_as_text() {
        insta::assert_snapshot!("dose", text("microneedle", Some("topical"), false));
    }

    /// S077: the flag is the first line; no line is wider than a terminal.
    #[test]
    fn s077_flag_first_and_80_columns() {
        for route in ["topical", "microneedle", "injection", "hydrogel"] {
            for (label, mass) in [(None, true), (Some("topical"), false)] {
                let out = text(route, label, mass);
                for line in out.lines() {
                    assert!(line.chars().count() <= WIDTH, "{line}");
                }
                let flagged = label.is_some() && route != "topical";
                assert_eq!(out.starts_with("! The label"), flagged, "{route}");
                assert!(out.contains("says nothing about benefit"));
            }
        }
    }
}
