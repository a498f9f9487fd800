//! The dose calculator: how far a dose gets, and whether the copies in a target cell can explain an effect.
//!
//! The way itself is [`exoderm_vesicle::delivery`]; the numbers come from `data/dose.toml` with their ranges. It is run
//! once with every number as stated, and then over an even set of points in the box of all ranges, which is the same at
//! every call. The verdict is about copy numbers alone.

use crate::error::StudyError;
use crate::stats::quantile;
use exoderm_numeric::quasi::Additive;
use exoderm_skin::dosing::{CargoKind, Dosing, Label, LayerKind, Route};
use exoderm_skin::stated::Stated;
use exoderm_units::significant;
use exoderm_vesicle::delivery::{Delivered, Stage};
use exoderm_vesicle::dose::{Verdict, copies_at_escape, copies_per_cell_upper, fractions, particles_of_mass};

mod answer;
mod asked;
#[cfg(test)]
mod tests;
mod way;

use way::Values;
pub(crate) use way::within;

pub use answer::{Amount, CargoDose, DoseResult, DoseStage, EscapeRow, InputRow, Question, Spread};

/// um² per cm².
const CM2: f64 = 1e8;
/// Points in the box of ranges unless asked otherwise.
pub const DRAWS: u32 = 512;
/// Most points that may be asked for.
pub const MOST_DRAWS: u32 = 100_000;

/// Answers a question.
///
/// # Errors
/// What of the question is wrong, with the nearest valid name.
pub fn answer(question: &Question) -> Result<DoseResult, StudyError> {
    let data = Dosing::builtin().map_err(StudyError::Fault)?;
    let plan = Plan::new(data, question)?;
    plan.run()
}

/// A checked question.
struct Plan<'a> {
    data: &'a Dosing,
    route: &'a Route,
    label: Option<&'a Label>,
    /// The inputs in use, those of the kinds of cargo under "cargo.KIND.".
    inputs: Vec<Stated>,
    /// Asked name and kind.
    cargo: Vec<(String, &'a CargoKind)>,
    /// Particles per um², or mass (ug) per um².
    dose: Result<f64, f64>,
    /// um².
    area: f64,
    /// min.
    time: f64,
    draws: u32,
}

impl Plan<'_> {
    fn run(&self) -> Result<DoseResult, StudyError> {
        let stated = Values { plan: self, point: None };
        let at_values =
            self.cargo.iter().map(|(_, kind)| self.deliver(&stated, kind)).collect::<Result<Vec<_>, _>>()?;
        let points = Additive::new(self.dimensions());
        let mut samples: Vec<Vec<Delivered>> = vec![Vec::new(); self.cargo.len()];
        let mut escapes = Vec::new();
        let mut copies: Vec<Vec<f64>> = vec![Vec::new(); self.cargo.len()];
        for n in 0..self.draws {
            let values = Values { plan: self, point: Some((&points, n)) };
            escapes.push(values.get("cell.escape"));
            for (k, (_, kind)) in self.cargo.iter().enumerate() {
                samples[k].push(self.deliver(&values, kind)?);
                copies[k].push(values.get(&format!("cargo.{}.copies", kind.name)));
            }
        }
        let (first, first_samples) = (&at_values[0], &samples[0]);
        let per_cm2 = |d: &Delivered, stage: usize| d.stages[stage] * CM2;
        let shares = fractions(&first.stages);
        let stages = Stage::ALL
            .iter()
            .enumerate()
            .map(|(i, stage)| DoseStage {
                name: stage.name().to_owned(),
                per_cm2: spread(per_cm2(first, i), first_samples.iter().map(|d| per_cm2(d, i))),
                fraction: shares[i],
                inputs: self.of_stage(*stage),
            })
            .collect();
        let (layer, _) = self.layer(&stated);
        let cargo = self
            .cargo
            .iter()
            .enumerate()
            .map(|(k, (name, kind))| {
                self.cargo_dose(name, kind, &at_values[k], &samples[k], &copies[k], &escapes)
            })
            .collect();
        let dose = match self.dose {
            Ok(n) => [n * CM2; 3],
            Err(mass) => {
                let purity = self.input("product.particles_per_ug");
                purity.map_or([0.0; 3], |p| particles_of_mass(mass * CM2, [p.range[0], p.value, p.range[1]]))
            }
        };
        Ok(DoseResult {
            flag: self.flag(),
            route: self.route.name.clone(),
            route_what: self.route.what.clone(),
            area_cm2: self.area / CM2,
            dose_particles_per_cm2: dose,
            dose_ug_per_cm2: self.dose.err().map(|m| m * CM2),
            anchors: [self.data.anchors[0].value * CM2, self.data.anchors[1].value * CM2],
            anchor_sources: self.data.anchors.each_ref().map(|a| a.what.clone()),
            days: self.time / 1440.0,
            depth_um: layer.depth,
            cells_per_cm2: layer.cells * CM2,
            stages,
            vesicles_per_cell: spread(first.bound_per_cell, first_samples.iter().map(|d| d.bound_per_cell)),
            cargo,
            inputs: self.inputs.iter().map(input_row).collect(),
            draws: self.draws,
            notes: self.notes(),
        })
    }

    fn cargo_dose(
        &self,
        name: &str,
        kind: &CargoKind,
        at_values: &Delivered,
        samples: &[Delivered],
        copies: &[f64],
        escapes: &[f64],
    ) -> CargoDose {
        let stated = Values { plan: self, point: None };
        let each = stated.get(&format!("cargo.{}.copies", kind.name));
        let (layer, _) = self.layer(&stated);
        let peaks: Vec<f64> = samples.iter().zip(copies).map(|(d, c)| d.peak * c).collect();
        let copies_per_cell = spread(at_values.peak * each, peaks.iter().copied());
        let threshold = &self.data.cell.threshold;
        let judge = |median: f64, p95: f64| {
            kind.rna.then(|| Verdict::new(median, p95, threshold.value).words().to_owned())
        };
        let by_escape = self
            .data
            .escapes
            .iter()
            .map(|&escape| {
                let scaled = peaks.iter().zip(escapes).map(|(p, used)| copies_at_escape(*p, *used, escape));
                let s = spread(0.0, scaled);
                EscapeRow { escape, median: s.median, p95: s.p95, verdict: judge(s.median, s.p95) }
            })
            .collect();
        CargoDose {
            name: name.to_owned(),
            kind: kind.what.clone(),
            copies_per_vesicle: spread(each, copies.iter().copied()),
            upper_bound: copies_per_cell_upper(self.labelled(&stated), each, layer.cells),
            copies_per_cell,
            peak_day: at_values.peak_time / 1440.0,
            threshold: kind.rna.then_some([threshold.range[0], threshold.value, threshold.range[1]]),
            verdict: judge(copies_per_cell.median, copies_per_cell.p95),
            by_escape,
        }
    }

    fn flag(&self) -> Option<String> {
        let label = self.label.filter(|l| l.not_by.contains(&self.route.name))?;
        Some(format!(
            "The label says \"{}\"; the route asked for is {} ({}). Label and route do not go together: {}.",
            label.what, self.route.name, self.route.what, label.why
        ))
    }

    fn notes(&self) -> Vec<String> {
        let mut notes = vec![
            "The verdict is about copy numbers; it says nothing about benefit, nor about what acts from the vesicles' surface.".to_owned(),
            "One well-mixed layer stands for the tissue: a run of a scenario follows vesicles in depth.".to_owned(),
        ];
        if self.label.is_none() {
            notes.push("No label was given (--label): whether the product is meant for this route was not looked at.".to_owned());
        }
        if self.route.layer == LayerKind::Epidermis {
            notes.push("What passes the stratum corneum is an upper bound by labelled vesicles; its lower end is none.".to_owned());
        }
        notes
    }
}

fn spread(stated: f64, values: impl Iterator<Item = f64>) -> Spread {
    let mut sorted: Vec<f64> = values.collect();
    sorted.sort_by(f64::total_cmp);
    let at = |p: f64| quantile(&sorted, p);
    Spread { stated, low: at(0.025), median: at(0.5), p95: at(0.95), high: at(0.975) }
}

fn input_row(s: &Stated) -> InputRow {
    let number = |x: f64| significant(s.unit.from_internal(x), 3);
    let unit = match s.unit.text() {
        text if text == "-" || text.starts_with("fraction") => "",
        text => text,
    };
    let ranged = s.range[0] < s.range[1];
    InputRow {
        name: s.name.clone(),
        what: s.what.clone(),
        value: format!("{} {unit}", number(s.value)).trim_end().to_owned(),
        range: if ranged {
            format!("{} to {} {unit}", number(s.range[0]), number(s.range[1])).trim_end().to_owned()
        } else {
            String::new()
        },
        key: s.key.as_ref().map_or_else(|| s.source.clone(), |k| format!("@{k}")),
        source: s.source.clone(),
        read: s.read.clone(),
        tier: s.tier,
    }
}
