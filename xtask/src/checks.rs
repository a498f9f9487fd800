//! Runs the CHECK rows of the wound scenarios (catalogue S2a, S2b, S8): published statements that nothing is fitted to. Prints a
//! table for docs/calibration.md, misses included.

use crate::calibrate::{Failure, compile, settings};
use exoderm_model::Calibration;
use exoderm_model::scenario::{ArmKind, Scenario};
use exoderm_study::endpoints::{self, Reading};
use exoderm_study::job::{Job, Outcome, Purpose};
use exoderm_study::library;
use exoderm_study::progress::Silent;
use exoderm_study::runner;
use std::sync::Arc;

/// What diabetes changes in `diabetic-wound`, taken back.
const HEALTHY: [&str; 5] = [
    "substrate.tnf.production_factor=1",
    "substrate.mmp.production_factor=1",
    "substrate.oxygen.vessel_exchange=\"2e4 um^3/s\"",
    "cell.macrophage.polarisation=\"0.1 1/d\"",
    "rule.polarise_il10.saturation=\"1.0 1/d\"",
];

/// A setting and its outcomes, one per replicate.
struct Setting {
    scenario: Arc<Scenario>,
    outcomes: Vec<Outcome>,
}

impl Setting {
    fn run(
        calibration: &Calibration,
        sets: &[&str],
        arm: ArmKind,
        replicates: u32,
        name: &str,
    ) -> Result<Self, Failure> {
        let sets: Vec<String> = sets.iter().map(|s| (*s).to_owned()).collect();
        let scenario = Arc::new(compile("diabetic-wound", calibration, &sets)?);
        let arm_name = scenario
            .arms
            .iter()
            .find(|a| a.kind == arm)
            .map(|a| a.name.clone())
            .ok_or("the scenario lacks an arm")?;
        let jobs: Vec<Job> = (0..replicates)
            .map(|replicate| Job {
                id: format!("{name}-r{replicate}"),
                purpose: Purpose::Main,
                scenario: Arc::clone(&scenario),
                arm,
                arm_name: arm_name.clone(),
                replicate,
            })
            .collect();
        let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let outcomes = runner::run(&jobs, &settings(scenario.seed, threads), &Silent)?;
        eprintln!("{name}: {} tissues", outcomes.len());
        Ok(Self { scenario, outcomes })
    }

    /// Mean of an endpoint over the tissues; not a number if it is missing in one.
    fn endpoint(&self, name: &str) -> f64 {
        let Some(e) = self.scenario.endpoints.iter().find(|e| e.name == name) else { return f64::NAN };
        self.mean(|o| match endpoints::read(&self.scenario, e, o) {
            Reading::Value(v) => v,
            Reading::Beyond | Reading::Missing => f64::NAN,
        })
    }

    fn mean(&self, f: impl Fn(&Outcome) -> f64) -> f64 {
        self.outcomes.iter().map(f).sum::<f64>() / self.outcomes.len().max(1) as f64
    }

    /// Day on which the mean closure over the tissues first reaches `percent`.
    fn day_of(&self, percent: f64) -> f64 {
        let rows = self.outcomes.iter().map(|o| o.series.len()).min().unwrap_or(0);
        (0..rows)
            .find(|&k| self.mean(|o| o.series[k].closed) >= percent)
            .and_then(|k| self.outcomes.first().map(|o| o.series[k].time / 1440.0))
            .unwrap_or(f64::NAN)
    }

    /// Day of the largest number of cells of some types in the wound, from the mean over the tissues.
    fn peak_day(&self, types: &[&str]) -> f64 {
        let index: Vec<usize> = self
            .scenario
            .cells
            .iter()
            .enumerate()
            .filter(|(_, c)| types.contains(&c.name.as_str()))
            .map(|(i, _)| i)
            .collect();
        let rows = self.outcomes.iter().map(|o| o.series.len()).min().unwrap_or(0);
        let count =
            |k: usize| self.mean(|o| index.iter().map(|&i| f64::from(o.series[k].in_wound[i])).sum::<f64>());
        // The first of equal maxima.
        let best =
            (0..rows).fold((0, -1.0), |best, k| if count(k) > best.1 { (k, count(k)) } else { best }).0;
        self.outcomes.first().map_or(f64::NAN, |o| o.series[best].time / 1440.0)
    }
}

fn row(what: &str, expected: &str, got: String, pass: bool) {
    println!("| {what} | {expected} | {got} | {} |", if pass { "yes" } else { "**no**" });
}

/// Runs the checks.
pub(crate) fn run(arguments: &[String]) -> Result<(), Failure> {
    let n: u32 = arguments.first().map_or(Ok(3), |a| a.parse())?;
    let c = library::calibration()?.clone();
    let splint = "event.wound.splint=1.0";
    let with = |extra: &[&'static str]| -> Vec<&'static str> {
        HEALTHY.iter().copied().chain(extra.iter().copied()).collect()
    };
    let untreated = ArmKind::Untreated;
    let dbdb = Setting::run(&c, &[], untreated, n, "db/db")?;
    let dbdb_splinted = Setting::run(&c, &[splint], untreated, n, "db/db splinted")?;
    let healthy = Setting::run(&c, &with(&[]), untreated, n, "healthy")?;
    let healthy_splinted = Setting::run(&c, &with(&[splint]), untreated, n, "healthy splinted")?;
    let tnf = Setting::run(
        &c,
        &with(&["substrate.tnf.production_factor=\"@skin_mi_tnf_fold\""]),
        untreated,
        n,
        "TNF lever",
    )?;
    let tgf =
        Setting::run(&c, &with(&["substrate.tgf_b1.production_factor=0.33"]), untreated, n, "TGF-b1 lever")?;

    println!("| check | published | got ({n} tissues) | holds |\n|---|---|---|---|");
    let ratio = dbdb_splinted.endpoint("front_speed") / healthy_splinted.endpoint("front_speed");
    row(
        "front speed db/db : control, splinted",
        "0.8–1.2",
        format!("{ratio:.2}"),
        (0.8..=1.2).contains(&ratio),
    );
    for (name, what) in [
        ("collagen", "granulation (collagen in the bed, day 14), db/db : healthy"),
        ("vessel_density", "vessel density, day 14, db/db : healthy"),
    ] {
        let ratio = dbdb.endpoint(name) / healthy.endpoint(name);
        row(what, "< 0.8", format!("{ratio:.2}"), ratio < 0.8);
    }
    let half = healthy.day_of(50.0);
    for (lever, what) in [(&tnf, "TNF ×4 alone"), (&tgf, "TGF-β1 ×0.33 alone")] {
        let d = lever.day_of(50.0);
        let slower = d / half - 1.0;
        let text = if d.is_nan() {
            format!("half closed after more than 14 d, against {half:.1} d")
        } else {
            format!("half closed at {d:.1} d against {half:.1} d: {:+.0} %", 100.0 * slower)
        };
        row(what, "≥ 20 % slower", text, d.is_nan() && !half.is_nan() || slower >= 0.2);
    }
    let d4 = dbdb.endpoint("closure_d4");
    row("db/db wound not smaller at day 4 than at day 0", "yes", format!("{d4:.1} % closed"), d4 <= 0.0);
    let peaks = [
        healthy.peak_day(&["neutrophil"]),
        healthy.peak_day(&["macrophage"]),
        healthy.peak_day(&["fibroblast", "myofibroblast"]),
    ];
    row(
        "order of peaks: neutrophil, macrophage, fibroblast (healthy)",
        "in this order",
        format!("days {:.1}, {:.1}, {:.1}", peaks[0], peaks[1], peaks[2]),
        peaks[0] < peaks[1] && peaks[1] < peaks[2],
    );
    // Shape of the healing curve: radius at a quarter, half and three quarters of the time to 99 % (gap of a tenth).
    let end = healthy_splinted.day_of(99.0);
    for (q, expected) in [(0.25, 0.85), (0.5, 0.59), (0.75, 0.33)] {
        let t = q * end * 1440.0;
        let radius = healthy_splinted.mean(|o| {
            o.series
                .iter()
                .find(|r| r.time >= t)
                .map_or(f64::NAN, |r| (1.0 - r.closed / 100.0).max(0.0).sqrt())
        });
        row(
            &format!("radius at {:.0} % of the healing time (healthy, splinted)", 100.0 * q),
            &format!("{expected} ± 0.12 (a model)"),
            format!("{radius:.2}"),
            (radius - expected).abs() <= 0.12,
        );
    }
    let vehicle = Setting::run(&c, &[], ArmKind::Vehicle, n, "vehicle")?.endpoint("closure_d13");
    let mut gains = Vec::new();
    for dose in ["1 ug/cm^2", "10 ug/cm^2", "100 ug/cm^2", "1000 ug/cm^2"] {
        let set = format!("event.dressing.dose=\"{dose}\"");
        gains.push(Setting::run(&c, &[&set], ArmKind::Exosome, n, dose)?.endpoint("closure_d13") - vehicle);
    }
    let monotone = gains.windows(2).all(|w| w[1] >= w[0]);
    let text = gains.iter().map(|g| format!("{g:+.1}")).collect::<Vec<_>>().join(", ");
    row(
        "dose-response at 1, 10, 100, 1000 ug/cm²: monotone, saturating",
        "shape",
        format!("{text} pp"),
        monotone && gains[3] - gains[2] < gains[2] - gains[1],
    );
    Ok(())
}
