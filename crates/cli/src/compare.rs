//! `compare`.

use crate::args::CompareArgs;
use crate::failure::Failure;
use crate::output::{self, table};
use exoderm_study::compare::{self, Comparison, Difference, EndpointPair, Side};
use exoderm_units::significant;
use std::fmt::Write as _;
use std::process::ExitCode;

/// Differences shown; `--json` has all.
const SHOWN: usize = 40;

pub(crate) fn compare(args: &CompareArgs) -> Result<ExitCode, Failure> {
    let found = compare::compare(&args.first, &args.second)?;
    if args.json { output::json(&found) } else { output::text(&describe(&found)) }
}

fn describe(c: &Comparison) -> String {
    let mut out = String::new();
    for (letter, side) in [("A", &c.a), ("B", &c.b)] {
        let Side { folder, scenario, program, status, replicates, seed } = side;
        let status = format!("{status:?}").to_lowercase();
        let _ = writeln!(
            out,
            "{letter}  {folder}: {scenario}, {replicates} replicates, seed {seed}, {status}, exoderm {program}"
        );
    }
    if c.same_bits {
        let _ = writeln!(out, "\nThe final states of the runs that both have are the same, bit for bit.");
    }
    differences(&mut out, "inputs", &c.inputs);
    if !c.inputs.is_empty() {
        let _ = writeln!(
            out,
            "numbers are in internal units (um, min, particles); below, \"evidence\" has them as written"
        );
    }
    pairs(&mut out, "endpoints", &c.endpoints);
    pairs(&mut out, "contrasts", &c.contrasts);
    differences(&mut out, "evidence", &c.evidence);
    out
}

fn differences(out: &mut String, title: &str, list: &[Difference]) {
    if list.is_empty() {
        let _ = writeln!(out, "\n{title}: no difference");
        return;
    }
    let _ = writeln!(out, "\n{title}: {} differ", list.len());
    let side = |text: &Option<String>| text.clone().unwrap_or_else(|| "–".into());
    let rows: Vec<Vec<String>> =
        list.iter().take(SHOWN).map(|d| vec![d.path.clone(), side(&d.a), side(&d.b)]).collect();
    out.push_str(&table(&["", "A", "B"], &rows, &[]));
    if list.len() > SHOWN {
        let _ = writeln!(out, "… and {} more (--json shows all)", list.len() - SHOWN);
    }
}

fn pairs(out: &mut String, title: &str, list: &[EndpointPair]) {
    if list.is_empty() {
        return;
    }
    let _ = writeln!(out, "\n{title}");
    let rows: Vec<Vec<String>> = list
        .iter()
        .map(|p| {
            let mark = if p.headline { "*" } else { "" };
            let change = p.change.map_or_else(String::new, |x| {
                format!("{}{}", if x > 0.0 { "+" } else { "" }, significant(x, 3))
            });
            let unit = if p.unit.is_empty() { String::new() } else { format!(" ({})", p.unit) };
            vec![p.arm.clone(), format!("{}{unit}{mark}", p.label), p.a.clone(), p.b.clone(), change]
        })
        .collect();
    out.push_str(&table(&["arm", "endpoint", "A", "B", "B − A"], &rows, &[2, 3, 4]));
    let _ = writeln!(out, "* headline");
}
