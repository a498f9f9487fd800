//! The dose calculator: how far a dose gets, and whether the copies in a target cell can explain an effect.
//!
//! The way itself is [`exoderm_vesicle::delivery`]; the numbers come from `data/dose.toml` with their ranges. It is run
//! once with every number as stated, and then over an even set of points in the box of all ranges, which is the same at
//! every call. The verdict is about copy numbers alone.

use crate::error::StudyError;
use crate::stats::quantile;
use exoderm_numeric::math;
use exoderm_numeric::quasi::Additive;
use exoderm_skin::dosing::{CargoKind, Dosing, Label, LayerKind, Route};
use exoderm_skin::stated::Stated;
use exoderm_units::{Quantity, Unit, nearest, significant};
use exoderm_vesicle::delivery::{Applied, Delivered, Layer, Stage, deliver, reach};
use exoderm_vesicle::dose::{Verdict, copies_at_escape, copies_per_cell_upper, fractions, particles_of_mass};
use exoderm_vesicle::uptake::{CargoDecay, UptakeParameters, UptakeSpec};

mod answer;
#[cfg(test)]
mod tests;

pub use answer::{Amount, CargoDose, DoseResult, DoseStage, EscapeRow, InputRow, Question, Spread};

/// um² per cm².
const CM2: f64 = 1e8;
/// Density of water (ug/um³): exudate by mass is read as water.
const WATER: f64 = 1e-6;
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

fn quantity(text: &str, unit: &str, what: &str) -> Result<f64, StudyError> {
    let like = Unit::parse(unit).map_err(|e| StudyError::Fault(e.to_string()))?;
    let help = format!("write {what} as a number with a unit, such as \"{unit}\" after 4");
    let read = Quantity::parse(text).map_err(|e| StudyError::input(format!("{what}: {e}"), help.as_str()))?;
    like.check(read.dimension)
        .map_err(|e| StudyError::input(format!("{what} \"{text}\": {e}"), help.as_str()))?;
    if read.value > 0.0 && read.value.is_finite() {
        Ok(read.value)
    } else {
        Err(StudyError::input(format!("{what} \"{text}\" is not above 0"), help))
    }
}

/// The last part of a name: `escape` of `cell.escape`.
fn short(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

/// What was not found, the nearest name and all of them.
fn unknown<'n>(what: &str, name: &str, names: impl Iterator<Item = &'n str> + Clone) -> StudyError {
    let near = nearest(name, names.clone()).map(|n| format!("; did you mean `{n}`?")).unwrap_or_default();
    let all: Vec<&str> = names.collect();
    StudyError::input(format!("there is no {what} `{name}`{near}"), format!("there are: {}", all.join(", ")))
}

impl<'a> Plan<'a> {
    fn new(data: &'a Dosing, q: &Question) -> Result<Self, StudyError> {
        let area = quantity(&q.area, "cm^2", "the area")?;
        let time = quantity(&q.time, "d", "the time")?;
        let dose = match &q.amount {
            Amount::Particles(n) if *n > 0.0 && n.is_finite() => Ok(n / area),
            Amount::Particles(n) => {
                return Err(StudyError::input(
                    format!("{n} is no number of particles"),
                    "give a number above 0, such as 1e10",
                ));
            }
            Amount::Mass(text) => Err(quantity(text, "ug", "the mass")? / area),
        };
        if !(1..=MOST_DRAWS).contains(&q.draws) {
            return Err(StudyError::input(format!("{} draws", q.draws), format!("give 1 to {MOST_DRAWS}")));
        }
        let route = data
            .routes
            .iter()
            .find(|r| r.name == q.route.to_lowercase())
            .ok_or_else(|| unknown("route", &q.route, data.routes.iter().map(|r| r.name.as_str())))?;
        let label = q.label.as_deref().map(|text| find_label(data, text)).transpose()?;
        let asked: Vec<String> = if q.cargo.is_empty() { vec!["miRNA".to_owned()] } else { q.cargo.clone() };
        let cargo = asked
            .into_iter()
            .map(|name| find_cargo(data, &name).map(|kind| (name, kind)))
            .collect::<Result<Vec<_>, _>>()?;
        let mut plan = Self {
            inputs: inputs(data, route, &cargo, dose.is_err()),
            data,
            route,
            label,
            cargo,
            dose,
            area,
            time,
            draws: q.draws,
        };
        for set in &q.set {
            plan.set(set)?;
        }
        Ok(plan)
    }

    /// Replaces a number by what the user gives; its range goes with it.
    fn set(&mut self, text: &str) -> Result<(), StudyError> {
        let (name, value) = text.split_once('=').ok_or_else(|| {
            StudyError::input(
                format!("`{text}` sets nothing"),
                "write --set NAME=VALUE, as in --set escape=0.3",
            )
        })?;
        let (name, value) = (name.trim(), value.trim().trim_matches('"'));
        let matching: Vec<usize> = (0..self.inputs.len())
            .filter(|&i| {
                let full = &self.inputs[i].name;
                full == name || short(full) == name || self.inputs[i].key.as_deref() == Some(name)
            })
            .collect();
        let [only] = matching.as_slice() else {
            if matching.is_empty() {
                return Err(unknown("number", name, self.inputs.iter().map(|s| short(&s.name))));
            }
            let names: Vec<&str> = matching.iter().map(|&i| self.inputs[i].name.as_str()).collect();
            return Err(StudyError::input(
                format!("`{name}` may mean {}", names.join(" or ")),
                "give the full name",
            ));
        };
        let input = &mut self.inputs[*only];
        let read = Quantity::parse(value).map_err(|e| {
            StudyError::input(format!("{name}: {e}"), format!("its unit is {}", input.unit.text()))
        })?;
        input.unit.check(read.dimension).map_err(|e| {
            StudyError::input(
                format!("{name} \"{value}\": {e}"),
                format!("its unit is {}", input.unit.text()),
            )
        })?;
        if !(read.value.is_finite() && read.value >= 0.0) {
            return Err(StudyError::input(format!("{name} \"{value}\" is below 0"), "give 0 or more"));
        }
        let share =
            input.unit.dimension().is_none() && input.range[1] <= 1.0 && input.name != "tissue.viscosity";
        if share && read.value > 1.0 {
            return Err(StudyError::input(
                format!("{name} \"{value}\" is above 1"),
                "it is a share, from 0 to 1",
            ));
        }
        *input = Stated::given(&input.name, &input.what, read, input.unit.clone());
        Ok(())
    }

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

    fn input(&self, name: &str) -> Option<&Stated> {
        self.inputs.iter().find(|s| s.name == name)
    }

    /// Inputs that share a ledger row are one dimension.
    fn dimension(&self, index: usize) -> usize {
        let key = &self.inputs[index].key;
        let first = self
            .inputs
            .iter()
            .position(|s| key.is_some() && s.key == *key && s.range == self.inputs[index].range);
        first.unwrap_or(index)
    }

    fn dimensions(&self) -> usize {
        self.inputs.len()
    }

    fn labelled(&self, v: &Values<'_>) -> f64 {
        match self.dose {
            Ok(n) => n,
            Err(mass) => mass * v.get("product.particles_per_ug"),
        }
    }

    /// The layer, and the clearance that diffusion leaves a cell at low load.
    fn layer(&self, v: &Values<'_>) -> (Layer, f64) {
        let mobile = v.get("route.hindrance") / v.get("tissue.viscosity");
        let diffusion_limit = v.get("tissue.diffusion_limit") * mobile;
        let degradation = v.get("tissue.degradation");
        let take = if diffusion_limit > 0.0 {
            1.0 / (1.0 / v.get("cell.clearance") + 1.0 / diffusion_limit)
        } else {
            0.0
        };
        let dermal = v.get("tissue.fibroblasts");
        let (depth, cells, carried_off) = match self.route.layer {
            LayerKind::Epidermis => (v.get("tissue.epidermis"), v.get("tissue.epidermal_cells"), 0.0),
            LayerKind::Needled => {
                let (depth, skin) = (v.get("route.depth"), v.get("tissue.epidermis"));
                let epidermal = v.get("tissue.epidermal_cells") * (depth / skin).min(1.0);
                (depth, epidermal + dermal * (depth - skin).max(0.0), 1.0 / v.get("tissue.residence"))
            }
            LayerKind::Dermis => {
                let depth = v.get("route.depth");
                (depth, dermal * depth, 1.0 / v.get("tissue.residence"))
            }
            LayerKind::Bed => {
                let outflow = v.get("route.exudate") / WATER;
                let depth = reach(v.get("tissue.diffusion") * mobile, dermal * take + degradation, outflow);
                (depth, dermal * depth, outflow / depth)
            }
        };
        let bound = if self.route.layer == LayerKind::Epidermis { 0.0 } else { v.get("tissue.bound_share") };
        let off = v.get("tissue.unbinding");
        let matrix = [off * bound / (1.0 - bound), off];
        (Layer { depth, cells, diffusion_limit, degradation, carried_off, matrix }, take)
    }

    fn deliver(&self, v: &Values<'_>, kind: &CargoKind) -> Result<Delivered, StudyError> {
        let internalisation = v.get("cell.internalisation");
        let spec = UptakeSpec {
            clearance: v.get("cell.clearance"),
            // A saturated uptake per time is sites × internalisation.
            capacity: v.get("cell.saturation") / internalisation,
            internalisation,
            unbinding: v.get("cell.unbinding"),
            lysosome: v.get("cell.lysosome"),
            recycled: v.get("cell.recycled"),
            escape: v.get("cell.escape"),
        };
        let wrong = |e: exoderm_vesicle::Error| {
            StudyError::input(format!("these numbers do not go together: {e}"), "change what --set gives")
        };
        let uptake = UptakeParameters::new(spec).map_err(wrong)?;
        let applied = Applied {
            labelled: self.labelled(v),
            storage_loss: v.get("product.storage_loss"),
            adsorption_loss: v.get("product.adsorption_loss"),
            retained: v.get("route.retained"),
            passes: v.get("route.passes"),
            dressing: self.route.release.as_ref().map(|_| (v.get("route.release"), v.get("route.gel_loss"))),
        };
        let cargo = CargoDecay {
            vesicle: v.get(&format!("cargo.{}.decay_vesicle", kind.name)),
            cytosol: v.get(&format!("cargo.{}.decay_cytosol", kind.name)),
        };
        deliver(&applied, &self.layer(v).0, &uptake, cargo, self.time).map_err(wrong)
    }

    /// Names of the inputs in use that set a stage.
    fn of_stage(&self, stage: Stage) -> Vec<String> {
        let names: &[&str] = match stage {
            Stage::Labelled => &["product.particles_per_ug"],
            Stage::True => &["product.storage_loss", "product.adsorption_loss"],
            Stage::Retained => &["route.retained", "route.release", "route.gel_loss"],
            Stage::InTissue => &["route.passes", "route.exudate", "tissue.residence"],
            Stage::Bound => &[
                "cell.clearance",
                "cell.saturation",
                "tissue.epidermal_cells",
                "tissue.fibroblasts",
                "tissue.degradation",
                "tissue.diffusion_limit",
                "route.hindrance",
                "tissue.bound_share",
            ],
            Stage::Inside => &["cell.internalisation", "cell.unbinding"],
            Stage::Escaped => &["cell.escape", "cell.recycled", "cell.lysosome"],
        };
        let used = |name: &&&str| self.inputs.iter().any(|s| s.name == **name);
        names.iter().filter(used).map(|n| (*n).to_owned()).collect()
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

/// The inputs in use, in the order of the way.
fn inputs(data: &Dosing, route: &Route, cargo: &[(String, &CargoKind)], by_mass: bool) -> Vec<Stated> {
    let (c, t) = (&data.cell, &data.tissue);
    let mut list: Vec<&Stated> = Vec::new();
    if by_mass {
        list.push(&data.particles_per_ug);
    }
    list.extend([&data.storage_loss, &data.adsorption_loss, &route.retained]);
    list.extend([&route.release, &route.gel_loss].into_iter().flatten());
    list.extend([&route.passes, &route.hindrance]);
    list.extend([&route.exudate, &route.depth].into_iter().flatten());
    list.extend([&t.viscosity, &t.diffusion_limit, &t.degradation]);
    match route.layer {
        LayerKind::Epidermis => list.extend([&t.epidermis, &t.epidermal_cells, &t.unbinding]),
        LayerKind::Needled => {
            list.extend([&t.epidermis, &t.epidermal_cells, &t.fibroblasts]);
            list.extend([&t.residence, &t.bound_share, &t.unbinding]);
        }
        LayerKind::Dermis => list.extend([&t.fibroblasts, &t.residence, &t.bound_share, &t.unbinding]),
        LayerKind::Bed => list.extend([&t.diffusion, &t.fibroblasts, &t.bound_share, &t.unbinding]),
    }
    list.extend([&c.clearance, &c.saturation, &c.internalisation, &c.unbinding]);
    list.extend([&c.lysosome, &c.recycled, &c.escape]);
    let mut out: Vec<Stated> = list.into_iter().cloned().collect();
    for (_, kind) in cargo {
        for s in [&kind.copies, &kind.decay_vesicle, &kind.decay_cytosol] {
            let name = format!("cargo.{}.{}", kind.name, short(&s.name));
            if out.iter().all(|o| o.name != name) {
                out.push(Stated { name, ..s.clone() });
            }
        }
    }
    out
}

/// The inputs' values, as stated or at a point of the box.
struct Values<'a> {
    plan: &'a Plan<'a>,
    point: Option<(&'a Additive, u32)>,
}

impl Values<'_> {
    /// Value of an input; 0 for one that the route does not use.
    fn get(&self, name: &str) -> f64 {
        let Some(i) = self.plan.inputs.iter().position(|s| s.name == name) else { return 0.0 };
        let s = &self.plan.inputs[i];
        match self.point {
            None => s.value,
            Some((points, n)) => within(s.range, points.at(n, self.plan.dimension(i))),
        }
    }
}

/// A share of the way through a range: log-uniform over a positive range that spans more than a factor of three.
pub(crate) fn within([low, high]: [f64; 2], u: f64) -> f64 {
    if low > 0.0 && high > 3.0 * low {
        math::exp(math::ln(low) + u * (math::ln(high) - math::ln(low)))
    } else {
        low + u * (high - low)
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

fn find_label<'a>(data: &'a Dosing, text: &str) -> Result<&'a Label, StudyError> {
    let wanted = text.trim().to_lowercase();
    data.labels
        .iter()
        .find(|l| l.name == wanted || l.names.contains(&wanted))
        .ok_or_else(|| unknown("label", text, data.labels.iter().map(|l| l.name.as_str())))
}

fn find_cargo<'a>(data: &'a Dosing, text: &str) -> Result<&'a CargoKind, StudyError> {
    let wanted = text.trim().to_lowercase();
    let named = data.cargo.iter().find(|c| c.name == wanted || c.names.contains(&wanted));
    let begins =
        |c: &&CargoKind| c.prefixes.iter().any(|p| wanted.len() > p.len() && wanted.starts_with(p.as_str()));
    named.or_else(|| data.cargo.iter().find(begins)).ok_or_else(|| {
        let names = data.cargo.iter().map(|c| c.name.as_str()).chain(["miR-21", "let-7a"]);
        unknown("cargo", text, names)
    })
}
