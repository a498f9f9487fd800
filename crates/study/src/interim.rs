//! Closure by arm, and nothing else: the call site for the full analysis of outcomes.

use crate::folder::{RunRecord, Status};
use crate::job::Outcome;
use crate::results::{ArmResult, Estimate, QuestionText, RESULTS_FORMAT, Reproduce, Results, SeriesPoint};
use exoderm_model::scenario::Scenario;

const DAY: f64 = 1440.0;

/// The results of a study from its scenario, its record and its outcomes; a function of these alone, so that a report
/// can be built again.
pub(crate) fn results(s: &Scenario, record: &RunRecord, outcomes: &[Outcome]) -> Results {
    let reached = outcomes.iter().map(|o| o.reached).fold(f64::INFINITY, f64::min);
    let q = &s.question;
    Results {
        format: RESULTS_FORMAT,
        scenario: s.name.clone(),
        title: s.title.clone(),
        question: QuestionText {
            text: q.text.clone(),
            population: q.population.clone(),
            outcome: q.outcome.clone(),
            comparator: q.comparator.clone(),
        },
        species: s.species.clone(),
        reached: if reached.is_finite() { reached / DAY } else { 0.0 },
        horizon: s.horizon / DAY,
        status: match record.status {
            Status::Done if s.replicates >= 10 => "full",
            Status::Done => "preview",
            _ => "partial",
        }
        .into(),
        replicates: s.replicates,
        draws: record.choices.draws,
        answer: String::new(),
        verdict: "not known".into(),
        headline: s.endpoints.iter().find(|e| e.headline).map(|e| e.name.clone()).unwrap_or_default(),
        arms: s.arms.iter().map(|a| arm(&a.name, &format!("{:?}", a.kind).to_lowercase(), &a.label, outcomes)).collect(),
        contrasts: Vec::new(),
        cases: Vec::new(),
        waterfall: None,
        plausibility: None,
        dressing: None,
        required: Vec::new(),
        sensitivity: Vec::new(),
        sensitivity_method: String::new(),
        balance: Vec::new(),
        sections: Vec::new(),
        targets: Vec::new(),
        evidence: Vec::new(),
        assumptions: Vec::new(),
        conflicts: Vec::new(),
        enforced: Vec::new(),
        warnings: Vec::new(),
        reproduce: Reproduce {
            command: format!("exoderm run {} --seed {}", record.file, record.seed),
            version: record.hashes.code.clone(),
            seed: record.seed,
            hashes: vec![
                ("scenario".into(), record.hashes.scenario.clone()),
                ("ledger".into(), record.hashes.ledger.clone()),
                ("calibration".into(), record.hashes.calibration.clone()),
            ],
        },
        timings: record.timings.clone(),
    }
}

fn arm(name: &str, kind: &str, label: &str, outcomes: &[Outcome]) -> ArmResult {
    let runs: Vec<&Outcome> = outcomes.iter().filter(|o| o.arm_name == name).collect();
    let rows = runs.iter().map(|o| o.series.len()).min().unwrap_or(0);
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len().max(1) as f64;
    let series = (0..rows)
        .map(|k| {
            let closed: Vec<f64> = runs.iter().map(|o| o.series[k].closed).collect();
            SeriesPoint {
                day: runs[0].series[k].time / DAY,
                closed: Estimate { mean: mean(&closed), low: None, high: None, n: runs.len() as u32 },
            }
        })
        .collect();
    let last = |o: &&Outcome| o.series.last().map(|r| r.cells.iter().map(|&n| f64::from(n)).sum::<f64>());
    let cells: Vec<f64> = runs.iter().filter_map(last).collect();
    ArmResult {
        name: name.into(),
        kind: kind.into(),
        label: label.into(),
        series,
        endpoints: Vec::new(),
        cells: mean(&cells),
    }
}
