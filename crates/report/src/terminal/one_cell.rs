//! One cell watched.

use super::{columns, wrapped};
use exoderm_study::one_cell::{self, OneCell, Told};
use exoderm_units::significant;

/// Widest bar.
const BAR: usize = 46;
/// Eighths of a block.
const EIGHTHS: [char; 8] = [' ', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];
/// Heights of the strip of releases.
const STEPS: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// The answer as text, 80 columns wide.
pub fn one_cell(c: &OneCell) -> String {
    let n = |x: f64| significant(x, 3);
    let mut out = wrapped(
        "",
        0,
        &format!(
            "One {} for {} h (seed {}), event by event: {} events.",
            c.what,
            n(c.hours),
            c.seed,
            c.events
        ),
    );
    for m in &c.modifiers {
        out.push_str(&wrapped("  changed: ", 11, m));
    }
    out.push_str(&wrapped("", 0, &format!(
        "{} multivesicular {} fused with the plasma membrane, {} vesicles in them ({} by ESCRT, {} by ceramide); {} stayed tethered, {} were freed, {} ended in lysosomes.",
        c.fusions, if c.fusions == 1 { "body" } else { "bodies" }, c.fused, c.by_branch[0], c.by_branch[1], c.tethered, c.released, c.lysed
    )));
    out.push_str(&wrapped(
        "",
        0,
        &format!(
            "Freed per hour: {} (the rates give {} on average; {} at rest).{}",
            n(c.per_hour[0]),
            n(c.per_hour[1]),
            n(c.per_hour_at_rest),
            if c.fusions > 0 {
                format!(" A fusion frees {} on average.", n(c.burst_mean))
            } else {
                String::new()
            }
        ),
    ));
    out.push('\n');
    if c.released == 0 {
        out.push_str(&wrapped("", 0, &format!("None was freed in this time; {}", one_cell::LONGER)));
    } else {
        out.push_str(&releases(c));
        out.push('\n');
        out.push_str(&sizes(c));
        out.push('\n');
        let mut rows =
            vec![["cargo of the freed", "copies", "per vesicle", "loaded"].map(str::to_owned).to_vec()];
        rows.extend(c.cargo.iter().map(|r| {
            vec![r.name.clone(), n(r.total as f64), n(r.mean), format!("{} %", n(100.0 * r.loaded))]
        }));
        out.push_str(&columns(&rows, &[1, 2, 3]));
    }
    if let Some(t) = &c.told {
        out.push('\n');
        out.push_str(&told(t));
    }
    out.push_str("\nNumbers, with their ranges\n");
    for i in &c.inputs {
        out.push_str(&wrapped("  ", 6, &format!("{}: {}; {}", i.what, i.value, i.source)));
    }
    out
}

/// How well vesicles tell the state of their parents.
fn told(t: &Told) -> String {
    let n = |x: f64| significant(x, 3);
    let mut out = wrapped(
        "",
        0,
        &format!(
            "Do vesicles tell this state? If it puts {} times a marker microRNA into them (assumed), {} people of each kind and {} vesicles of each \
             are told apart with an area under the curve of:",
            n(t.fold),
            t.people,
            n(t.vesicles as f64)
        ),
    );
    let mut rows = vec![
        ["platelets' vesicles per vesicle of skin", "area", "95 % interval"].map(str::to_owned).to_vec(),
    ];
    rows.extend(t.rows.iter().map(|r| {
        let few = if r.platelets == 0.0 { "none (skin fluid)".to_owned() } else { n(r.platelets) };
        vec![few, format!("{:.2}", r.auc), format!("{:.2} to {:.2}", r.interval[0], r.interval[1])]
    }));
    out.push_str(&columns(&rows, &[1, 2]));
    out.push_str(&wrapped(
        "",
        0,
        "0.5 tells nothing. It is arithmetic on assumed numbers, no biomarker study.",
    ));
    out
}

/// Releases over time as a strip of columns, one character a bin.
fn releases(c: &OneCell) -> String {
    let most = c.releases.iter().copied().max().unwrap_or(0);
    let mut out = format!("vesicles freed in each {} h (highest: {most})\n", significant(c.bin_hours, 3));
    let rows = 4usize;
    for row in (0..rows).rev() {
        let mut line = String::from("  ");
        for &n in &c.releases {
            // Eighths of a character above the bottom of this row.
            let height =
                if most > 0 { (n as f64 / most as f64 * (rows * 8) as f64).ceil() as usize } else { 0 };
            line.push(STEPS[height.saturating_sub(row * 8).min(8)]);
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    let last = format!("{} h", significant(c.hours, 3));
    let space = c.releases.len().saturating_sub(1 + last.chars().count());
    out.push_str(&format!("  0{}{last}\n", " ".repeat(space)));
    out
}

/// Sizes: freed, and as NTA shows them.
fn sizes(c: &OneCell) -> String {
    let mut out = wrapped(
        "",
        0,
        &format!(
            "sizes: freed (mean {} nm), and below each as NTA shows them (mean {} nm; {} % are seen)",
            significant(c.mean_diameter[0], 3),
            significant(c.mean_diameter[1], 3),
            significant(100.0 * c.seen, 3)
        ),
    );
    let used: Vec<usize> = (0..c.sizes.len()).filter(|&i| c.sizes[i].freed + c.sizes[i].nta > 0).collect();
    let (Some(&first), Some(&last)) = (used.first(), used.last()) else { return out };
    // Bins side by side where there are many.
    let step = (last - first) / 16 + 1;
    let groups: Vec<(f64, u64, u64)> = (first..=last)
        .step_by(step)
        .map(|i| {
            let part = &c.sizes[i..(i + step).min(c.sizes.len())];
            let centre = part.iter().map(|s| s.diameter_nm).sum::<f64>() / part.len() as f64;
            (centre, part.iter().map(|s| s.freed).sum(), part.iter().map(|s| s.nta).sum())
        })
        .collect();
    let most = groups.iter().map(|g| g.1.max(g.2)).max().unwrap_or(1).max(1);
    for (centre, freed, nta) in groups {
        out.push_str(&format!("{:>5} nm  {} {freed}\n", significant(centre, 3), bar(freed, most)));
        out.push_str(&format!("     NTA  {} {nta}\n", bar(nta, most)));
    }
    out
}

fn bar(n: u64, most: u64) -> String {
    let eighths = (n as f64 / most as f64 * (BAR * 8) as f64).round() as usize;
    let mut bar = "█".repeat(eighths / 8);
    if !eighths.is_multiple_of(8) {
        bar.push(EIGHTHS[eighths % 8]);
    }
    bar
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::terminal::WIDTH;
    use exoderm_study::one_cell::{Request, watch};

    fn text(hours: f64, modifiers: &[&str]) -> String {
        let request = Request {
            source: "keratinocyte".into(),
            hours,
            modifiers: modifiers.iter().map(|m| (*m).to_owned()).collect(),
            seed: 1,
        };
        one_cell(&watch(&request).unwrap())
    }

    #[test]
    fn one_cell_as_text() {
        insta::assert_snapshot!("one_cell", text(24.0, &["nSMase2"]));
    }

    /// A cell that frees nothing is shown as such, and no line is wider than a terminal.
    #[test]
    fn fits_the_terminal() {
        for out in [text(24.0, &[]), text(1000.0, &["UVB"]), text(0.01, &["nSMase2", "ESCRT"])] {
            assert!(out.lines().all(|l| l.chars().count() <= WIDTH), "{out}");
        }
        let nothing = text(0.01, &[]);
        assert!(nothing.contains("None was freed") && !nothing.contains("per vesicle"), "{nothing}");
    }
}
