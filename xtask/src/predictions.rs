//! Writes `docs/validation/predictions.md`: what the body model says about organs and macrophages before anyone looks at data.

use crate::calibrate::Failure;
use exoderm_study::whole_body::{Band, Request, WholeBody, run as answer};
use exoderm_units::significant;
use std::fmt::Write as _;

const FILE: &str = "docs/validation/predictions.md";
/// Draws of each prediction.
const DRAWS: u32 = 1000;

fn n(x: f64) -> String {
    // What is not there but for the solver's tolerance.
    if x.abs() < 1e-6 { "0".to_owned() } else { significant(x, 2) }
}

fn band(b: &Band) -> String {
    format!("{} ({}–{})", n(b.median), n(b.low), n(b.high))
}

fn organs(out: &mut String, w: &WholeBody) -> Result<(), Failure> {
    let hours: Vec<String> = w.organ_hours.iter().map(|h| format!("{} h", n(*h))).collect();
    writeln!(
        out,
        "| organ | {} | % of organs, {} | most at, h |",
        hours.join(" | "),
        hours.last().cloned().unwrap_or_default()
    )?;
    writeln!(out, "|---|{}", "---|".repeat(hours.len() + 2))?;
    for o in &w.organs {
        let cells: Vec<String> = o.percent_of_dose.iter().map(band).collect();
        let share = o.percent_of_organs.last().map(band).unwrap_or_default();
        writeln!(out, "| {} | {} | {share} | {} |", o.name, cells.join(" | "), band(&o.peak_hour))?;
    }
    writeln!(out)?;
    Ok(())
}

fn fates(out: &mut String, w: &WholeBody) -> Result<(), Failure> {
    writeln!(out, "| after {} h | % of the dose |\n|---|---|", n(w.hours))?;
    for f in &w.fates {
        writeln!(out, "| {} | {} |", f.name, band(&f.percent))?;
    }
    writeln!(out)?;
    Ok(())
}

/// Writes the file.
pub(crate) fn run() -> Result<(), Failure> {
    let base = Request { draws: DRAWS, hours: 24.0, ..Request::default() };
    let mut out = String::from(
        "# Predictions of the whole body, written before data were looked at\n\n\
         Made by `cargo xtask predictions` from `data/body.toml` and `data/calibration/body.toml`; the same command gives the same\n\
         text. Values are medians of draws over all ranges (Latin hypercube, seed 1), brackets hold 90 % of the draws. They are\n\
         intervals of what this model does under its priors, not of what animals do.\n\n\
         ## What stands behind them\n\n\
         - Fitted: clearance and exchange of vesicles in blood, to the two half-lives and the clearance of target T09 (mouse, dye\n\
         \x20 label), and to nothing else. In each draw they come from T09's published ranges.\n\
         - Priors from the ledger: half saturation of uptake (`uptake_sat_conc_pml`), degradation in lysosomes (`k_lys`), the liver's\n\
         \x20 part of the macrophages (`bd_wiklander`, read \"unchecked\": its range 0.6–0.9 is used as a prior, so the liver's share is no\n\
         \x20 independent prediction of that row), passage of skin (`sc_exit_24h`), lymph (`lymph_size_eff`), uptake at the site\n\
         \x20 (`k_bind` to `k_clear_bons`, `n_sat`).\n\
         - Assumed, with ranges that are judgements: every other weight of an organ, the macrophages' part of clearance (0.5–0.95),\n\
         \x20 what depletion leaves of them (0.02–0.3), the node's share (0.2–0.9). No published organ data were looked up for them.\n\
         - An organ's number counts vesicles in its blood, reversibly held, and captured and not yet degraded. A dye or isotope\n\
         \x20 that stays in the cell after the vesicle is gone will read higher at late times; one that leaves it, lower.\n\
         - Not modelled: differences between sources, sizes and labels, excretion in urine and bile, immunity after repeated doses\n\
         \x20 (`pk_repeat_dose_fold`), capture in the lung's first pass.\n\n\
         A prediction counts as missed if a published value for small vesicles, by a label that goes with them, lies outside the\n\
         brackets.\n\n",
    );
    writeln!(out, "## Mouse, into a vein\n")?;
    for dose in [1e9, 1e10, 1e11] {
        let w = answer(&Request { dose, ..base.clone() })?;
        writeln!(out, "### {} vesicles, % of the dose\n", n(dose))?;
        organs(&mut out, &w)?;
        if dose == 1e10 {
            fates(&mut out, &w)?;
            writeln!(
                out,
                "Checks against the ledger row `bd_peak_liver` (abstract of a review; known in this repository, fitted to by nothing):\n"
            )?;
            writeln!(out, "| statement | share of draws | as stated |\n|---|---|---|")?;
            for c in &w.checks {
                writeln!(
                    out,
                    "| {} | {} % | {} |",
                    c.what,
                    n(100.0 * c.share),
                    if c.stated { "holds" } else { "does not hold" }
                )?;
            }
            writeln!(out)?;
        }
    }
    writeln!(out, "## Mouse with depleted macrophages, into a vein\n")?;
    writeln!(
        out,
        "| dose | area under the plasma curve, depleted : intact | liver, % of organs at 24 h, intact | depleted |\n|---|---|---|---|"
    )?;
    for dose in [1e9, 1e10, 1e11] {
        let w = answer(&Request { dose, ..base.clone() })?;
        let d = w.depletion.as_ref().ok_or("no answer about macrophages")?;
        writeln!(
            out,
            "| {} | {} | {} | {} |",
            n(dose),
            band(&d.area_ratio),
            band(&d.liver_intact),
            band(&d.liver_depleted)
        )?;
    }
    let w = answer(&Request { dose: 1e10, deplete: true, ..base.clone() })?;
    writeln!(out, "\n### 1e10 vesicles, depleted, % of the dose\n")?;
    organs(&mut out, &w)?;
    writeln!(
        out,
        "Low-load half-lives after depletion: {} and {} min.\n",
        band(&w.half_lives_min[0]),
        band(&w.half_lives_min[1])
    )?;
    for (route, title) in [("intradermal", "Mouse, into the dermis"), ("topical", "Mouse, on intact skin")] {
        let w = answer(&Request { dose: 1e10, route: route.into(), ..base.clone() })?;
        writeln!(out, "## {title}, 1e10 vesicles\n")?;
        fates(&mut out, &w)?;
        let top = w.plasma.iter().max_by(|a, b| a.per_ml.median.total_cmp(&b.per_ml.median));
        if let Some(p) = top {
            writeln!(
                out,
                "Highest in plasma (median): {} vesicles per mL, at {} h.\n",
                band(&p.per_ml),
                n(p.hour)
            )?;
        }
    }
    let w = answer(&Request { dose: 1e12, body: "human".into(), ..base })?;
    writeln!(
        out,
        "## Human, into a vein, 1e12 vesicles (the mouse's numbers carried over by body mass; nothing was fitted in people)\n"
    )?;
    writeln!(
        out,
        "Clearance {} mL/min, half-lives {} and {} min.\n",
        band(&w.clearance_ml_per_min),
        band(&w.half_lives_min[0]),
        band(&w.half_lives_min[1])
    )?;
    organs(&mut out, &w)?;
    std::fs::create_dir_all("docs/validation")?;
    std::fs::write(FILE, out.trim_end().to_owned() + "\n")?;
    println!("{FILE} written");
    Ok(())
}
