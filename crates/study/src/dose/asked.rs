//! Reading of a question: routes, labels and cargo by name, the numbers that a route uses, and what `--set` makes of them.

use super::{Amount, CM2, MOST_DRAWS, Plan, Question};
use crate::error::StudyError;
use exoderm_skin::dosing::{CargoKind, Dosing, Label, LayerKind, Route};
use exoderm_skin::stated::Stated;
use exoderm_units::{Quantity, Unit, nearest, significant};

/// Most particles per cm²: cubes of 100 nm, packed a centimetre deep.
const MOST_PER_CM2: f64 = 1e15;

fn quantity(text: &str, unit: &str, what: &str) -> Result<f64, StudyError> {
    let like = Unit::parse(unit).map_err(|e| StudyError::Fault(e.to_string()))?;
    let help = format!("write {what} with its unit, as in \"4 {unit}\"");
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
    pub(super) fn new(data: &'a Dosing, q: &Question) -> Result<Self, StudyError> {
        let area = quantity(&q.area, "cm^2", "the area")?;
        let time = quantity(&q.time, "d", "the time")?;
        let dose = match &q.amount {
            Amount::Particles(n) if *n >= 1.0 && n.is_finite() => Ok(n / area),
            Amount::Particles(n) => {
                return Err(StudyError::input(
                    format!("{n} is no number of particles"),
                    "give a number from 1 on, such as 1e10",
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
        plan.possible()?;
        Ok(plan)
    }

    /// Refuses a dose that no area of skin can hold.
    fn possible(&self) -> Result<(), StudyError> {
        let most = match self.dose {
            Ok(n) => n,
            Err(mass) => {
                mass * self.input("product.particles_per_ug").map_or(0.0, |p| p.range[1].max(p.value))
            }
        };
        if most * CM2 <= MOST_PER_CM2 {
            return Ok(());
        }
        Err(StudyError::input(
            format!("{} particles/cm² are more than fit on skin", significant(most * CM2, 3)),
            format!(
                "1e15 vesicles of 100 nm on 1 cm², packed, lie a centimetre deep; give at most that, so here {} particles",
                significant(MOST_PER_CM2 / CM2 * self.area, 3)
            ),
        ))
    }

    /// The shortest name that means this number alone.
    fn shortest<'s>(&self, s: &'s Stated) -> &'s str {
        let alike = self.inputs.iter().filter(|o| short(&o.name) == short(&s.name)).count();
        if alike == 1 { short(&s.name) } else { &s.name }
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
                return Err(unknown("number", name, self.inputs.iter().map(|s| self.shortest(s))));
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
