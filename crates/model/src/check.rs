//! What would run: size, memory, time, assumptions, ledger rows by how well they were read, warnings.

use crate::read_rules::half_saturation;
use crate::scenario::{
    Behaviour, CellType, Density, Event, FateTrigger, Origin, Placement, Population, Rule, Scenario, Tissue,
};
use exoderm_ledger::Ledger;
use exoderm_units::significant;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::f64::consts::PI;

/// Size nodes that carry a population.
const NODES: f64 = 3.0;
/// Bytes per cell: position, state, sites, internalised vesicles, cargo, memories.
const BYTES_PER_CELL: f64 = 600.0;
/// Cubic micrometres in a millilitre.
const PER_ML: f64 = 1e12;
/// Cost of an unknown in a transport step and of a cell in a phenotype step (s) on one core. Measured on whole runs of
/// `diabetic-wound` and `acute-wound` (247 core-seconds of 27 runs, by part); rough, since wounds fill with cells.
const SECONDS_PER_UNKNOWN: f64 = 3.2e-8;
const SECONDS_PER_CELL: f64 = 5.6e-7;
/// A step of the burn-in is longer and moves cells further: times the cost of a step after it, measured likewise.
const BURN_IN_STEP: f64 = 4.0;
/// Memory of the program with its ledger and nothing to run (bytes), and of a value and a cell kept in a snapshot.
const BASE_MEMORY: f64 = 130e6;
const KEPT_PER_VALUE: f64 = 8.0;
const KEPT_PER_CELL: f64 = 300.0;

impl Scenario {
    /// Voxels along x, y and z, as the tissue is meshed. A strip of skin is one voxel wide in y.
    #[must_use]
    pub fn mesh(&self) -> [f64; 3] {
        match &self.tissue {
            Tissue::Skin(s) => {
                let base = (s.dermis / s.voxel).round().max(1.0) * s.voxel;
                let height = base + s.fold_amplitude + s.epidermis + s.stratum_corneum + s.air_gap;
                [(s.width / s.voxel).round().max(2.0), 1.0, (height / s.voxel).ceil()]
            }
            Tissue::Box(b) => std::array::from_fn(|k| (b.size[k] / b.voxel[k]).round().max(1.0)),
        }
    }

    /// Number of voxels; a float, because a mistyped unit makes numbers that fit nothing else.
    #[must_use]
    pub fn voxels(&self) -> f64 {
        self.mesh().iter().product()
    }

    /// Fields that the transport step solves: substrates, and for each vesicle population three size nodes, free and
    /// (where the matrix binds) bound.
    #[must_use]
    pub fn fields_per_voxel(&self) -> f64 {
        let states = if self.transport.bound_share > 0.0 { 2.0 } else { 1.0 };
        // Each type of donor is followed by itself where it is asked who sent to whom.
        let donors = if self.recording.communication {
            self.cells.iter().filter(|c| c.biogenesis.is_some()).count()
        } else {
            0
        };
        let carried = self.sorted_cargo().len();
        self.substrates.len() as f64 + (self.vesicles.len() + donors + carried) as f64 * NODES * states
    }

    /// Expected number of cells at the start, by cell type.
    #[must_use]
    pub fn expected_cells(&self) -> Vec<f64> {
        let mut out = vec![0.0; self.cells.len()];
        match &self.tissue {
            Tissue::Skin(s) => {
                let area = self.mesh()[0] * s.voxel * s.voxel;
                let dermis = area * (s.dermis / s.voxel).round().max(1.0) * s.voxel;
                for (id, density) in &s.density {
                    out[id.0] += match density {
                        Density::PerArea(n) => n * area,
                        Density::PerVolume(n) => n * dermis,
                    };
                }
            }
            Tissue::Box(b) => {
                for p in &b.placements {
                    match p {
                        Placement::At { cell, positions } => out[cell.0] += positions.len() as f64,
                        Placement::Random { cell, count, .. } => out[cell.0] += *count as f64,
                    }
                }
            }
        }
        out
    }
}

/// Estimated memory of one tissue (bytes).
pub(crate) fn memory(s: &Scenario) -> f64 {
    // Values, a second buffer, sources and sinks of each field; matrix, regions and faces.
    let per_voxel = 8.0 * (4.0 * s.fields_per_voxel() + 12.0);
    // States, outputs and the size of the next step of networks.
    let in_networks: usize =
        s.networks.iter().map(|n| n.network.states.len() + n.network.outputs.len() + 1).sum();
    let per_cell = BYTES_PER_CELL + 8.0 * in_networks as f64;
    s.voxels() * per_voxel + s.expected_cells().iter().sum::<f64>() * per_cell
}

/// Estimated memory that the recording of an arm's run holds until the study is written (bytes).
fn kept(s: &Scenario) -> f64 {
    let cells = s.expected_cells().iter().sum::<f64>();
    let one = s.voxels() * s.fields_per_voxel() * KEPT_PER_VALUE + cells * KEPT_PER_CELL;
    (s.recording.snapshots.len() as f64 + 1.0) * one
}

/// Rough time of a burn-in and of a run to the horizon, on one core (s). Work that goes with the number of single
/// vesicles is not in it: how many there will be is not known before.
#[must_use]
pub fn seconds(s: &Scenario) -> [f64; 2] {
    let cells = s.expected_cells().iter().sum::<f64>();
    let transports = s.steps.phenotype / s.steps.transport;
    let unknowns = s.voxels() * s.fields_per_voxel();
    let step = transports * unknowns * SECONDS_PER_UNKNOWN + cells * SECONDS_PER_CELL;
    [s.burn_in / s.steps.burn_in * BURN_IN_STEP * step, s.horizon / s.steps.phenotype * step]
}

/// A ledger row that the scenario uses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Cited {
    /// Key.
    pub key: String,
    /// Paths that use it.
    pub paths: Vec<String>,
}

/// A literal of biology.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Assumption {
    /// Path.
    pub path: String,
    /// As written.
    pub text: String,
    /// Whether it has a range for draws.
    pub has_range: bool,
    /// File and line.
    pub place: String,
}

/// What would run.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CheckSummary {
    /// Arms by name and label.
    pub arms: Vec<(String, String)>,
    /// Replicates per arm.
    pub replicates: u32,
    /// Expected cells at the start, by cell type.
    pub cells: Vec<(String, f64)>,
    /// Voxels along x, y, z.
    pub mesh: [f64; 3],
    /// Voxels.
    pub voxels: f64,
    /// Unknowns of a transport step: voxels × (substrates + vesicle fields).
    pub unknowns: f64,
    /// Estimated memory of one tissue (bytes).
    pub memory: f64,
    /// Estimated memory that each arm's run keeps until the study is written (bytes).
    pub kept: f64,
    /// Rough estimate of the time on one core (s): of burn-ins, arms and replicates, and whatever else was counted.
    pub seconds: f64,
    /// What the time estimate rests on.
    pub seconds_basis: String,
    /// Literals of biology, in the file's order.
    pub assumptions: Vec<Assumption>,
    /// Ledger rows by how well their source was read.
    pub ledger: BTreeMap<String, Vec<Cited>>,
    /// Fitted values used.
    pub calibrated: Vec<String>,
    /// What a reader should know before running.
    pub warnings: Vec<String>,
}

impl CheckSummary {
    /// Estimated memory of the whole study with so many runs side by side (bytes).
    #[must_use]
    pub fn memory_on(&self, threads: usize) -> f64 {
        let runs = self.arms.len() as f64 * f64::from(self.replicates);
        BASE_MEMORY + self.memory * runs.min(threads as f64) + self.kept * runs
    }
}

/// Summary of a scenario that cites the built-in ledger.
#[must_use]
pub fn check_summary(scenario: &Scenario) -> CheckSummary {
    check_summary_with(scenario, Ledger::builtin())
}

/// Summary of a scenario that cites `ledger`.
#[must_use]
pub fn check_summary_with(scenario: &Scenario, ledger: &Ledger) -> CheckSummary {
    let s = scenario;
    let counts = s.expected_cells();
    let voxels = s.voxels();
    let unknowns = voxels * s.fields_per_voxel();
    let runs = s.arms.len() as f64 * f64::from(s.replicates);
    let [burn_in, run] = seconds(s);
    let total = runs * run + f64::from(s.replicates) * burn_in;
    let seconds_basis = format!("{} burn-ins and {runs:.0} runs", s.replicates);
    let mut cited: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut calibrated: BTreeSet<String> = BTreeSet::new();
    let mut assumptions = Vec::new();
    for p in &s.provenance {
        match &p.origin {
            Origin::Ledger { key } => cited.entry(key.clone()).or_default().push(p.path.clone()),
            Origin::Calibrated { key } => {
                calibrated.insert(key.clone());
            }
            Origin::Assumption => assumptions.push(Assumption {
                path: p.path.clone(),
                text: p.text.clone(),
                has_range: p.range.is_some(),
                place: format!("{}:{}", p.file, p.line),
            }),
            Origin::Design => {}
        }
    }
    let mut by_read: BTreeMap<String, Vec<Cited>> = BTreeMap::new();
    for (key, paths) in cited {
        let read = ledger.get(&key).map_or("not in this ledger", |row| row.read.as_str());
        by_read.entry(read.to_owned()).or_default().push(Cited { key, paths });
    }
    CheckSummary {
        arms: s.arms.iter().map(|a| (a.name.clone(), a.label.clone())).collect(),
        replicates: s.replicates,
        cells: s.cells.iter().zip(&counts).map(|(c, n)| (c.name.clone(), *n)).collect(),
        mesh: s.mesh(),
        voxels,
        unknowns,
        memory: memory(s),
        kept: kept(s),
        seconds: total,
        seconds_basis,
        assumptions,
        ledger: by_read,
        calibrated: calibrated.into_iter().collect(),
        warnings: warnings(s),
    }
}

fn warnings(s: &Scenario) -> Vec<String> {
    let mut out = Vec::new();
    for event in &s.events {
        match event {
            Event::Dressing(d) => {
                let product = &s.vesicles[d.product.0];
                let wound = s.events.iter().any(|e| matches!(e, Event::Wound(_)));
                let channels = s.events.iter().any(|e| matches!(e, Event::Channels(_)));
                out.extend(if channels {
                    route(
                        product,
                        "channels take a dressing past the skin's barrier",
                        &["needl", "channel"],
                        &["not by", "not through", "external use only"],
                    )
                } else if wound {
                    route(
                        product,
                        "a dressing on an open wound",
                        &["wound"],
                        &["intact skin only", "not on wounds", "no wounds"],
                    )
                } else {
                    route(
                        product,
                        "a dressing on intact skin",
                        &["intact", "topical"],
                        &["on wounds", "not on intact"],
                    )
                });
                out.extend(saturated(s, product, d.dose / d.thickness));
            }
            Event::Release(r) => {
                let product = &s.vesicles[r.population.0];
                if product.label_route.is_some() {
                    out.extend(route(
                        product,
                        "a release inside the tissue is an injection",
                        &["inject"],
                        &["not for inject"],
                    ));
                }
            }
            Event::Wound(_) | Event::Channels(_) => {}
        }
    }
    for rule in &s.rules {
        out.extend(without_effect(s, rule));
    }
    if let Tissue::Skin(strip) = &s.tissue {
        let area = strip.width * strip.voxel;
        for (id, density) in &strip.density {
            let c = &s.cells[id.0];
            if let (Density::PerArea(n), crate::scenario::Place::Basal) = (density, c.place) {
                let covered = n * PI * c.radius * c.radius;
                if covered > 1.0 {
                    out.push(format!(
                        "`{}` alone would cover {:.0} % of the basement membrane: they start overlapped",
                        c.name,
                        100.0 * covered
                    ));
                }
                if n * area < 1.0 && *n > 0.0 {
                    out.push(format!("`{}`: less than one cell is expected in the strip", c.name));
                }
            }
        }
    }
    out
}

/// How the warning of a route that the label does not allow begins: it is told before anything else, results included.
pub const OFF_LABEL: &str = "OFF-LABEL ROUTE";

/// Red flag of a route that the label does not allow.
fn route(product: &Population, use_: &str, allowed: &[&str], denied: &[&str]) -> Option<String> {
    let Some(label) = &product.label_route else {
        return Some(format!(
            "`{}` states no label_route: whether {use_} is on its label cannot be checked",
            product.name
        ));
    };
    let words = label.to_lowercase();
    let denied = denied.iter().any(|d| words.contains(d));
    (denied || !allowed.iter().any(|a| words.contains(a)))
        .then(|| format!("{OFF_LABEL}: the label of `{}` says \"{label}\", but {use_}", product.name))
}

/// A gel above half-saturation: cells beside it take no more from a larger load, but take it for longer.
fn saturated(s: &Scenario, product: &Population, labelled: f64) -> Option<String> {
    let kept = (1.0 - product.storage_loss) * (1.0 - product.adsorption_loss);
    let gel = labelled * kept;
    let with_uptake =
        |c: &&CellType| c.vesicle_uptake.clearance > 0.0 && c.vesicle_uptake.internalisation > 0.0;
    let half = s.cells.iter().filter(with_uptake).map(|c| half_saturation(&c.vesicle_uptake));
    let half = half.fold(f64::INFINITY, f64::min);
    (gel > half).then(|| {
        format!(
            "SATURATED UPTAKE: the gel holds {} particles/mL, {} times the concentration that half-saturates uptake ({} particles/mL): \
             where cells meet it, a larger dose acts longer and reaches further rather than more strongly, not in proportion",
            significant(gel * PER_ML, 2),
            significant(gel / half, 2),
            significant(half * PER_ML, 2)
        )
    })
}

/// A fold of nothing.
fn without_effect(s: &Scenario, rule: &Rule) -> Option<String> {
    if rule.absolute {
        return None;
    }
    let base = |c: &CellType| match rule.behaviour {
        Behaviour::Speed => c.speed,
        Behaviour::Division => c.division,
        Behaviour::Death => c.death,
        Behaviour::Bias => c.bias,
        Behaviour::Secretion(id) => c.secretion.iter().filter(|(k, _)| *k == id).map(|(_, x)| x).sum(),
        Behaviour::Collagen1 => c.collagen1,
        Behaviour::Collagen3 => c.collagen3,
        Behaviour::Polarisation => c.polarisation,
        Behaviour::Phagocytosis => c.phagocytosis,
        Behaviour::Uptake => c.vesicle_uptake.clearance,
        Behaviour::Release => c.biogenesis.as_ref().map_or(0.0, |b| b.secretion),
        Behaviour::Escrt => c.biogenesis.as_ref().map_or(0.0, |b| b.activities[0]),
        Behaviour::Nsmase2 => c.biogenesis.as_ref().map_or(0.0, |b| b.activities[1]),
        Behaviour::Rab27 => c.biogenesis.as_ref().map_or(0.0, |b| b.activities[2]),
        Behaviour::LysosomeFusion => c.biogenesis.as_ref().map_or(0.0, |b| b.activities[3]),
        Behaviour::Enrichment(id) => c.sorted.iter().filter(|x| x.cargo == id).map(|x| x.enrichment).sum(),
        Behaviour::Fate(to) => {
            let rate = |f: &crate::scenario::Fate| match f.trigger {
                FateTrigger::Rate(r) if f.to == Some(to) => r,
                _ => 0.0,
            };
            c.fates.iter().map(rate).sum()
        }
    };
    // Another rule may lift the base above 0 with a value of its own.
    let lifted = |id: &crate::scenario::CellTypeId| {
        s.rules.iter().any(|r| r.absolute && r.behaviour == rule.behaviour && r.cells.contains(id))
    };
    let idle: Vec<&str> = rule
        .cells
        .iter()
        .filter(|id| base(&s.cells[id.0]) == 0.0 && !lifted(id))
        .map(|id| s.cells[id.0].name.as_str())
        .collect();
    (!idle.is_empty()).then(|| {
        format!("rule `{}` multiplies a base of 0 and changes nothing in: {}", rule.name, idle.join(", "))
    })
}
