//! What is wrong with a model, with the path of keys to it.

use super::{AgentModel, CycleModel, Law, names};
use exoderm_units::nearest;

/// A step of a path into a model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// A key.
    Key(String),
    /// A place in a list.
    At(usize),
}

/// One mistake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Where.
    pub path: Vec<Step>,
    /// What, in a sentence.
    pub message: String,
    /// The nearest valid name.
    pub nearest: Option<String>,
}

/// Beyond this many voxels a file is a mistake.
const MAX_VOXELS: f64 = 2e9;

pub(super) struct Checker {
    pub(super) faults: Vec<Fault>,
    pub(super) path: Vec<Step>,
}

impl Checker {
    pub(super) fn fault(&mut self, key: &str, message: impl Into<String>, nearest: Option<String>) {
        let mut path = self.path.clone();
        path.push(Step::Key(key.to_owned()));
        self.faults.push(Fault { path, message: message.into(), nearest });
    }

    pub(super) fn inside(&mut self, key: &str, at: Option<usize>, f: impl FnOnce(&mut Self)) {
        let depth = self.path.len();
        self.path.push(Step::Key(key.to_owned()));
        self.path.extend(at.map(Step::At));
        f(self);
        self.path.truncate(depth);
    }

    pub(super) fn number(&mut self, key: &str, x: f64, good: bool, expected: &str) {
        if !good || !x.is_finite() {
            self.fault(key, format!("`{key}` is {x}; expected {expected}"), None);
        }
    }

    pub(super) fn positive(&mut self, key: &str, x: f64) {
        self.number(key, x, x > 0.0, "a number above 0");
    }

    fn not_negative(&mut self, key: &str, x: f64) {
        self.number(key, x, x >= 0.0, "0 or more");
    }

    fn share(&mut self, key: &str, x: f64) {
        self.number(key, x, (0.0..=1.0).contains(&x), "0 to 1");
    }

    pub(super) fn name(&mut self, key: &str, what: &str, name: &str, known: &[&str]) {
        if !known.contains(&name) {
            let near = nearest(name, known.iter().copied()).map(str::to_owned);
            self.fault(key, format!("there is no {what} `{name}`"), near);
        }
    }

    pub(super) fn unique<'a>(&mut self, key: &str, what: &str, names: impl Iterator<Item = &'a str>) {
        let mut seen: Vec<&str> = Vec::new();
        for (k, name) in names.enumerate() {
            if name.is_empty() || seen.contains(&name) {
                let message = if name.is_empty() {
                    format!("a {what} has no name")
                } else {
                    format!("two {what}s are named `{name}`")
                };
                self.inside(key, Some(k), |c| c.fault("name", message, None));
            }
            seen.push(name);
        }
    }
}

impl AgentModel {
    /// Everything that is wrong with the model.
    pub fn check(&self) -> Vec<Fault> {
        let mut c = Checker { faults: Vec::new(), path: Vec::new() };
        if self.format != 1 {
            c.fault("format", format!("format {} is not known; this version reads 1", self.format), None);
        }
        c.inside("domain", None, |c| self.check_domain(c));
        if self.options.split && self.options.adaptive {
            c.inside("options", None, |c| {
                c.fault(
                    "adaptive",
                    "steps of a split model are fixed: leave out `split` or `adaptive`",
                    None,
                );
            });
        }
        c.inside("steps", None, |c| {
            let s = &self.steps;
            c.not_negative("end", s.end);
            for (key, x) in [
                ("diffusion", s.diffusion),
                ("mechanics", s.mechanics),
                ("phenotype", s.phenotype),
                ("record", s.record),
            ] {
                c.positive(key, x);
            }
            if s.end / s.diffusion > 4e9 {
                c.fault("end", "the run would take more than 4e9 steps", None);
            }
        });
        c.unique("substrate", "substrate", self.substrates.iter().map(|s| s.name.as_str()));
        for (k, s) in self.substrates.iter().enumerate() {
            c.inside("substrate", Some(k), |c| {
                c.not_negative("diffusion", s.diffusion);
                c.not_negative("decay", s.decay);
                c.not_negative("initial", s.initial);
                c.inside("faces", None, |c| {
                    let names = ["xmin", "xmax", "ymin", "ymax", "zmin", "zmax"];
                    for (key, held) in names.into_iter().zip(s.faces.all()) {
                        c.not_negative(key, held.unwrap_or(0.0));
                    }
                });
            });
        }
        if self.cells.is_empty() {
            c.fault("cell", "a model needs at least one type of cell", None);
        }
        if self.cells.len() > 1000 || self.substrates.len() > 1000 {
            c.fault("cell", "more than 1000 types or substrates", None);
            return c.faults;
        }
        c.unique("cell", "type", self.cells.iter().map(|t| t.name.as_str()));
        for k in 0..self.cells.len() {
            c.inside("cell", Some(k), |c| self.check_type(k, c));
        }
        self.check_rules(&mut c);
        self.check_networks(&mut c);
        c.faults
    }

    fn check_domain(&self, c: &mut Checker) {
        let d = &self.domain;
        c.positive("voxel", d.voxel);
        for a in 0..3 {
            let (low, high) = (d.low[a], d.high[a]);
            if !(low.is_finite() && high.is_finite() && (high > low || (d.flat && a == 2))) {
                let axis = ["x", "y", "z"][a];
                c.fault("high", format!("along {axis} the box goes from {low} to {high}"), None);
            }
        }
        let voxels: f64 = (0..3)
            .filter(|&a| !(d.flat && a == 2))
            .map(|a| ((d.high[a] - d.low[a]) / d.voxel).max(1.0))
            .product();
        if voxels > MAX_VOXELS {
            c.fault(
                "voxel",
                format!("the box has {voxels:.0} voxels; at most {MAX_VOXELS:.0} are possible"),
                None,
            );
        }
    }

    fn check_type(&self, k: usize, c: &mut Checker) {
        let t = &self.cells[k];
        let types: Vec<&str> = self.cells.iter().map(|t| t.name.as_str()).collect();
        let substrates: Vec<&str> = self.substrates.iter().map(|s| s.name.as_str()).collect();
        c.inside("volume", None, |c| {
            let v = &t.volume;
            c.positive("total", v.total);
            c.number(
                "nuclear",
                v.nuclear,
                v.nuclear > 0.0 && v.nuclear <= v.total,
                "above 0 and at most `total`",
            );
            c.share("fluid_fraction", v.fluid_fraction);
            for (key, x) in [
                ("fluid_rate", v.fluid_rate),
                ("cytoplasmic_rate", v.cytoplasmic_rate),
                ("nuclear_rate", v.nuclear_rate),
                ("calcification_rate", v.calcification_rate),
                ("relative_rupture", v.relative_rupture),
            ] {
                c.not_negative(key, x);
            }
        });
        c.inside("cycle", None, |c| {
            let phases = t.cycle.model.phases();
            for (k, r) in t.cycle.rates.iter().enumerate() {
                c.inside("rates", Some(k), |c| {
                    c.not_negative("rate", r.rate);
                    if r.from >= phases || r.to != t.cycle.model.next(r.from) {
                        let message =
                            format!("this cycle has {phases} phases and no link from {} to {}", r.from, r.to);
                        c.fault("to", message, None);
                    }
                });
            }
            for (name, &p) in &t.cycle.asymmetric {
                c.inside("asymmetric", None, |c| {
                    c.name(name, "type of cell", name, &types);
                    c.share(name, p);
                });
            }
        });
        c.inside("death", None, |c| {
            for (key, d) in [("apoptosis", &t.death.apoptosis), ("necrosis", &t.death.necrosis)] {
                c.inside(key, None, |c| {
                    c.not_negative("rate", d.rate);
                    for (key, x) in [
                        ("unlysed_fluid_rate", d.unlysed_fluid_rate),
                        ("lysed_fluid_rate", d.lysed_fluid_rate),
                        ("cytoplasmic_rate", d.cytoplasmic_rate),
                        ("nuclear_rate", d.nuclear_rate),
                        ("calcification_rate", d.calcification_rate),
                        ("relative_rupture", d.relative_rupture),
                    ] {
                        c.not_negative(key, x);
                    }
                    for (k, r) in d.phases.iter().enumerate() {
                        c.inside("phases", Some(k), |c| c.not_negative("rate", r.rate));
                    }
                });
            }
        });
        c.inside("mechanics", None, |c| {
            let m = &t.mechanics;
            for (key, x) in [
                ("adhesion", m.adhesion),
                ("repulsion", m.repulsion),
                ("relative_range", m.relative_range),
                ("spring", m.spring),
                ("attachment_rate", m.attachment_rate),
                ("detachment_rate", m.detachment_rate),
            ] {
                c.not_negative(key, x);
            }
            named(c, "affinities", "type of cell", &m.affinities, &types);
        });
        c.inside("motility", None, |c| {
            let m = &t.motility;
            c.not_negative("speed", m.speed);
            c.not_negative("persistence", m.persistence);
            c.share("bias", m.bias);
            for (name, &x) in &m.sensitivities {
                c.inside("sensitivities", None, |c| {
                    c.name(name, "substrate", name, &substrates);
                    c.number(name, x, true, "a number");
                });
            }
            if let Some(chemotaxis) = &m.chemotaxis {
                c.inside("chemotaxis", None, |c| {
                    c.name("substrate", "substrate", &chemotaxis.substrate, &substrates);
                    c.number("direction", chemotaxis.direction, true, "1 or -1");
                });
            }
        });
        for (name, e) in &t.exchange {
            c.inside("exchange", None, |c| {
                c.name(name, "substrate", name, &substrates);
                c.inside(name, None, |c| {
                    c.not_negative("secretion", e.secretion);
                    c.not_negative("uptake", e.uptake);
                    c.number("target", e.target, true, "a number");
                    c.number("export", e.export, true, "a number");
                });
            });
        }
        c.inside("interactions", None, |c| {
            let i = &t.interactions;
            for (key, x) in [
                ("eat_apoptotic", i.eat_apoptotic),
                ("eat_necrotic", i.eat_necrotic),
                ("eat_other_dead", i.eat_other_dead),
                ("attack_damage_rate", i.attack_damage_rate),
                ("attack_duration", i.attack_duration),
            ] {
                c.not_negative(key, x);
            }
            for (key, map) in [
                ("eat", &i.eat),
                ("attack", &i.attack),
                ("immunogenicity", &i.immunogenicity),
                ("fuse", &i.fuse),
            ] {
                named(c, key, "type of cell", map, &types);
            }
        });
        named(c, "transformations", "type of cell", &t.transformations, &types);
        c.not_negative("damage_rate", t.damage_rate);
        c.not_negative("repair_rate", t.repair_rate);
        c.unique("custom", "value", t.custom.iter().map(|v| v.name.as_str()));
        for (k, v) in t.custom.iter().enumerate() {
            if v.value.is_empty() || v.value.iter().any(|x| !x.is_finite()) {
                c.inside("custom", Some(k), |c| {
                    c.fault("value", "a value is not a number, or there is none", None)
                });
            }
        }
        let dictionary = names::Dictionary::of(self);
        for (k, d) in t.distributions.iter().enumerate() {
            c.inside("distributions", Some(k), |c| {
                let b = d.behaviour.as_str();
                if b != "volume" && dictionary.behaviour(b).is_none() {
                    c.fault(
                        "behaviour",
                        format!("there is no behaviour `{b}`"),
                        dictionary.nearest_behaviour(b),
                    );
                }
                let uniform = matches!(d.law, Law::Uniform | Law::LogUniform);
                let good = if uniform { d.second >= d.first } else { d.second >= 0.0 };
                c.number("second", d.second, good, "an upper bound, or a standard deviation of 0 or more");
                c.number("first", d.first, d.law != Law::LogUniform || d.first > 0.0, "a number above 0");
                if let (Some(low), Some(high)) = (d.bounds.low, d.bounds.high)
                    && low >= high
                {
                    c.fault("bounds", format!("nothing lies between {low} and {high}"), None);
                }
            });
        }
    }

    fn check_rules(&self, c: &mut Checker) {
        let dictionary = names::Dictionary::of(self);
        let types: Vec<&str> = self.cells.iter().map(|t| t.name.as_str()).collect();
        let mut seen = std::collections::BTreeMap::new();
        for (k, r) in self.rules.iter().enumerate() {
            c.inside("rule", Some(k), |c| {
                c.name("cell", "type of cell", &r.cell, &types);
                let (signal, behaviour) = (dictionary.signal(&r.signal), dictionary.behaviour(&r.behaviour));
                if signal.is_none() {
                    let near = dictionary.nearest_signal(&r.signal);
                    c.fault("signal", format!("there is no signal `{}`", r.signal), near);
                }
                if behaviour.is_none() {
                    let near = dictionary.nearest_behaviour(&r.behaviour);
                    c.fault("behaviour", format!("there is no behaviour `{}`", r.behaviour), near);
                }
                c.number("response", r.response, true, "a number");
                c.positive("half_max", r.half_max);
                c.positive("power", r.power);
                c.not_negative("memory", r.memory);
                if let (Some(s), Some(b)) = (signal, behaviour)
                    && let Some(first) = seen.insert((r.cell.clone(), s, b, r.direction as u8), k)
                {
                    let message = format!(
                        "rule {} says already how `{}` moves `{}` of `{}` this way",
                        first + 1,
                        r.signal,
                        r.behaviour,
                        r.cell
                    );
                    c.fault("signal", message, None);
                }
            });
        }
    }
}

fn named(c: &mut Checker, key: &str, what: &str, map: &super::kinds::Named, known: &[&str]) {
    for (name, &x) in map {
        c.inside(key, None, |c| {
            c.name(name, what, name, known);
            c.not_negative(name, x);
        });
    }
}

impl CycleModel {
    /// Number of phases.
    pub fn phases(self) -> u8 {
        match self {
            Self::Live => 1,
            Self::Ki67Basic | Self::CyclingQuiescent => 2,
            Self::Ki67Advanced | Self::FlowCytometry => 3,
            Self::FlowCytometrySeparated => 4,
        }
    }

    /// The phase after another: all these cycles are rings.
    pub fn next(self, phase: u8) -> u8 {
        (phase + 1) % self.phases()
    }
}
