//! A scenario and an arm, compiled to the tables a tissue steps with.

use crate::dissolved::{self, Dissolved};
use crate::networks::{self, NetworkPlan};
use crate::rules::{self, Table};
use crate::senders::Senders;
use crate::sorted::{SortedPlan, Sorting};
use exoderm_model::scenario::{
    ArmKind, Behaviour, CargoClass, CargoId, CellTypeId, Event, FateTrigger, Need, Place, PopulationId,
    Scenario, Signal, SubstrateId, Wound,
};
use exoderm_vesicle::biogenesis::ChainParameters;
use exoderm_vesicle::cargo::Loading;
use exoderm_vesicle::uptake::{CargoDecay, UptakeParameters, UptakeSpec};
use exoderm_vesicle::{Error as VesicleError, mobility, size};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Size nodes that carry a population.
pub const NODES: usize = 3;

/// Regions of the mesh, each with its hindrance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[repr(u8)]
pub enum Region {
    /// No tissue.
    Outside = 0,
    /// Epithelium.
    Epithelium = 1,
    /// Intact connective tissue.
    Stroma = 2,
    /// Wound bed: clot, then granulation tissue.
    Bed = 3,
}

/// A change of type, compiled.
#[derive(Clone, Debug)]
pub struct FatePlan {
    /// Target type; `None` removes the cell.
    pub to: Option<CellTypeId>,
    /// Trigger.
    pub trigger: FateTrigger,
    /// Rate table (only for [`FateTrigger::Rate`]).
    pub rate: Table,
}

/// A cell type, compiled.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct TypePlan {
    pub place: Place,
    pub radius: f64,
    pub crawls: bool,
    pub edge_reach: f64,
    pub persistence: f64,
    pub chemotaxis: Vec<(SubstrateId, f64)>,
    pub gradient_half: f64,
    pub refractory: f64,
    pub pressure_half: f64,
    pub pressure_exponent: f64,
    pub growth: f64,
    pub apoptosis: f64,
    pub density_exponent: f64,
    pub contractile: bool,
    pub speed: Table,
    pub bias: Table,
    pub division: Table,
    pub death: Table,
    pub fates: Vec<FatePlan>,
    pub secretion: Vec<(SubstrateId, Table)>,
    pub uptake: Vec<(SubstrateId, f64)>,
    pub collagen1: Table,
    pub collagen3: Table,
    pub phagocytosis: Table,
    pub polarisation: Option<Table>,
    pub polarisation_start: f64,
    /// Vesicles freed (1/min); its base is the secretion at rest.
    pub release: Table,
    /// Mean time a burst is held at the fusion site (min).
    pub hold: f64,
    /// Activities of the chain: ESCRT, nSMase2, fusion with the plasma membrane, with lysosomes.
    pub activities: [Table; 4],
    /// How it sorts cargo into its vesicles, by species of [`Plan::sorted`].
    pub sorting: Vec<Sorting>,
    /// Clearance (um³/min).
    pub vesicle_uptake: Table,
    /// Memory columns this type updates: (column, term).
    pub memories: Vec<(usize, crate::rules::Term)>,
}

/// A size node of a population.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Node {
    /// Diameter (nm).
    pub diameter: f64,
    /// Share of the population.
    pub weight: f64,
    /// Diffusion in each [`Region`] (um²/min).
    pub diffusion: [f64; 4],
    /// Diffusion in a gel relative to 100 nm.
    pub gel_relative: f64,
}

/// A vesicle population, compiled for the arm.
#[derive(Clone, Debug)]
pub struct PopulationPlan {
    /// Made by the tissue.
    pub endogenous: bool,
    /// Its surface and cargo act on cells.
    pub acts: bool,
    /// It takes sites from others (an inert population in the `null` arm does not).
    pub displaces: bool,
    /// It is bound and taken up.
    pub binds: bool,
    /// It binds to the matrix.
    pub matrix: bool,
    /// Size nodes.
    pub nodes: [Node; NODES],
    /// Loss in tissue (1/min).
    pub degradation: f64,
    /// Cargo whose copies are followed in cells, one per slot (mean 0 where this population or arm has none);
    /// empty for the skin's own vesicles, unless cells sort cargo into them ([`Plan::sorted`]): then places without a mean.
    pub cargo: Vec<Loading>,
    /// Its losses, likewise.
    pub cargo_decay: Vec<CargoDecay>,
    /// Uptake by cell type.
    pub uptake: Vec<UptakeParameters>,
}

/// The compiled plan.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The scenario.
    pub scenario: Arc<Scenario>,
    /// The arm.
    pub arm: ArmKind,
    /// Cell types.
    pub types: Vec<TypePlan>,
    /// Populations.
    pub populations: Vec<PopulationPlan>,
    /// Endosomal chain of each cell type and the population it feeds.
    pub chains: Vec<Option<(PopulationId, ChainParameters)>>,
    /// Number of memory columns.
    pub memory_columns: usize,
    /// Potency of exosome rules in this arm.
    pub potency: f64,
    /// Cargo species that some rule reads or some cell sorts, in the scenario's order.
    pub acting_cargo: Vec<CargoId>,
    /// Healthy counterpart's values for need gates: per rule, a mean per series interval.
    pub healthy: Option<Arc<Healthy>>,
    /// The wound, if the scenario has one.
    pub wound: Option<Wound>,
    /// Free species of the soluble arm beside the ligand; empty in other arms.
    pub dissolved: Vec<Dissolved>,
    /// Who sends, where it is asked who sent to whom.
    pub senders: Option<Senders>,
    /// What cells sort into their vesicles, if any state it.
    pub sorted: Option<SortedPlan>,
    /// Networks of cells.
    pub networks: Vec<NetworkPlan>,
}

/// A scenario that can't be compiled.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum PlanError {
    /// Vesicles.
    #[error("a vesicle parameter is impossible: {0}")]
    Vesicles(#[from] VesicleError),
    /// Networks.
    #[error("a network can't be simulated: {0}")]
    Network(#[from] exoderm_kinetics::error::Error),
}

/// What need gates compare with: time-matched means of the healthy counterpart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Healthy {
    /// Interval (min).
    pub interval: f64,
    /// `values[rule]`: a mean per interval; empty for rules without a gate.
    pub values: Vec<Vec<f64>>,
}

impl Healthy {
    /// Value for a rule at a time after day 0 (min).
    pub fn at(&self, rule: usize, time: f64) -> Option<f64> {
        let values = self.values.get(rule).filter(|v| !v.is_empty())?;
        let k = (time / self.interval).floor().max(0.0) as usize;
        values.get(k.min(values.len() - 1)).copied().filter(|d| d.is_finite())
    }

    /// From the series of a counterpart run, recorded at this interval (min).
    pub fn from_series(rows: &[crate::observe::Row], interval: f64, rules: usize) -> Self {
        let values = (0..rules)
            .map(|rule| rows.iter().map(|r| r.own.get(rule).copied().unwrap_or(f64::NAN)).collect())
            .collect();
        Self { interval, values }
    }
}

impl Plan {
    /// Compiles an arm of a scenario. `healthy` gives the need gates their reference; without it they are open.
    ///
    /// # Errors
    /// If a vesicle parameter is impossible or a network unsound (the scenario's checks exclude most).
    pub fn new(
        scenario: Arc<Scenario>,
        arm: ArmKind,
        healthy: Option<Arc<Healthy>>,
    ) -> Result<Self, PlanError> {
        let s = &*scenario;
        let remembering: Vec<usize> = (0..s.rules.len())
            .filter(|&r| s.rules[r].memory > 0.0 && !(s.rules[r].chromatin && s.chromatin_gain == 0.0))
            .collect();
        let column = |rule: usize| remembering.iter().position(|&r| r == rule);
        let acting_cargo = acting_cargo(s);
        let sorted = SortedPlan::of(s, &acting_cargo)?;
        let types =
            (0..s.cells.len()).map(|i| type_plan(s, CellTypeId(i), sorted.as_ref(), &column)).collect();
        let populations = (0..s.vesicles.len())
            .map(|p| population_plan(s, PopulationId(p), arm, &acting_cargo))
            .collect::<Result<_, _>>()?;
        let chains = s
            .cells
            .iter()
            .map(|c| {
                let Some(b) = &c.biogenesis else { return Ok(None) };
                Ok(Some((b.population, ChainParameters::new(b)?)))
            })
            .collect::<Result<_, VesicleError>>()?;
        let potency = match arm {
            ArmKind::Exosome
            | ArmKind::Soluble
            | ArmKind::Detergent
            | ArmKind::Empty
            | ArmKind::Scrambled
            | ArmKind::Protease => s.potency,
            // Elsewhere no product acts; a rule on the skin's own vesicles would.
            _ => {
                if s.rules.iter().any(|r| r.exosome && s.is_of_own_vesicles(r.signal)) {
                    s.potency
                } else {
                    0.0
                }
            }
        };
        let potency = if arm == ArmKind::Disposal { 0.0 } else { potency };
        let wound = s.events.iter().find_map(|e| match e {
            Event::Wound(w) => Some(w.clone()),
            _ => None,
        });
        Ok(Self {
            arm,
            types,
            populations,
            chains,
            memory_columns: remembering.len(),
            potency,
            acting_cargo,
            healthy,
            wound,
            dissolved: dissolved::species_of(s, arm),
            senders: Senders::of(s),
            sorted,
            networks: networks::plans(s)?,
            scenario: Arc::clone(&scenario),
        })
    }

    /// True if the arm's dressing holds vesicles (or their cargo).
    pub fn has_product(&self) -> bool {
        !matches!(self.arm, ArmKind::Untreated | ArmKind::Vehicle | ArmKind::Depleted)
    }

    /// True if the arm has a dressing.
    pub fn has_dressing(&self) -> bool {
        self.arm != ArmKind::Untreated
    }

    /// True if resting levels are set points that resident cells keep up (skin); in a box cells secrete as written.
    pub(crate) fn has_set_points(&self) -> bool {
        matches!(self.scenario.tissue, exoderm_model::scenario::Tissue::Skin(_))
    }

    /// Name of a population in balance sheets: in the soluble arm the product's is what stands in its place.
    pub fn population_name(&self, p: usize) -> String {
        let population = &self.scenario.vesicles[p];
        if !self.is_soluble() || population.endogenous {
            return population.name.clone();
        }
        match dissolved::ligand_of(&self.scenario, PopulationId(p)) {
            Some(c) => format!("free {} (units of a vesicle's copies)", self.scenario.cargo[c.0].name),
            None => format!("{} without a ligand: inert", population.name),
        }
    }

    /// The arm releases free cargo instead of vesicles.
    pub fn is_soluble(&self) -> bool {
        frees_cargo(self.arm)
    }
}

/// The arm's product is its cargo as free molecules: by design, or because detergent took the membranes.
pub(crate) fn frees_cargo(arm: ArmKind) -> bool {
    matches!(arm, ArmKind::Soluble | ArmKind::Detergent)
}

/// Cargo species that some rule or network reads or some cell type sorts into its vesicles, in the scenario's order.
pub fn acting_cargo(s: &Scenario) -> Vec<CargoId> {
    let sorted = s.sorted_cargo();
    let read = |c: CargoId| s.signals_in_use().any(|x| x == Signal::Cargo(c));
    (0..s.cargo.len()).map(CargoId).filter(|&c| sorted.contains(&c) || read(c)).collect()
}

fn type_plan(
    s: &Scenario,
    id: CellTypeId,
    sorted: Option<&SortedPlan>,
    column: &impl Fn(usize) -> Option<usize>,
) -> TypePlan {
    let c = &s.cells[id.0];
    let table = |b: Behaviour, base: f64| rules::table(s, id, b, base, column);
    let fates = c
        .fates
        .iter()
        .map(|f| {
            let rate = match (f.trigger, f.to) {
                (FateTrigger::Rate(r), Some(to)) => table(Behaviour::Fate(to), r),
                (FateTrigger::Rate(r), None) => Table::constant(r),
                _ => Table::default(),
            };
            FatePlan { to: f.to, trigger: f.trigger, rate }
        })
        .collect();
    // A substrate is secreted if the type has a base for it or a rule gives it one.
    let secretion: Vec<(SubstrateId, Table)> = (0..s.substrates.len())
        .map(SubstrateId)
        .map(|sub| (sub, table(Behaviour::Secretion(sub), rules::base_secretion(c, sub))))
        .filter(|(_, t)| !t.is_zero())
        .collect();
    let mut plan = TypePlan {
        place: c.place,
        radius: c.radius,
        crawls: c.crawls,
        edge_reach: c.edge_reach,
        persistence: c.persistence,
        chemotaxis: c.chemotaxis.clone(),
        gradient_half: c.gradient_half,
        refractory: c.refractory,
        pressure_half: c.pressure_half,
        pressure_exponent: c.pressure_exponent,
        growth: c.growth,
        apoptosis: c.apoptosis,
        density_exponent: c.density_exponent,
        contractile: c.contractile,
        speed: table(Behaviour::Speed, c.speed),
        bias: table(Behaviour::Bias, c.bias),
        division: table(Behaviour::Division, c.division),
        death: table(Behaviour::Death, c.death),
        fates,
        secretion,
        uptake: c.uptake.clone(),
        collagen1: table(Behaviour::Collagen1, c.collagen1),
        collagen3: table(Behaviour::Collagen3, c.collagen3),
        phagocytosis: table(Behaviour::Phagocytosis, c.phagocytosis),
        polarisation: (c.polarisation > 0.0).then(|| table(Behaviour::Polarisation, c.polarisation)),
        polarisation_start: c.polarisation_start,
        release: table(Behaviour::Release, c.biogenesis.as_ref().map_or(0.0, |b| b.secretion)),
        hold: c.biogenesis.as_ref().map_or(0.0, |b| b.hold),
        activities: {
            let base = c.biogenesis.as_ref().map_or([1.0; 4], |b| b.activities);
            let behaviours =
                [Behaviour::Escrt, Behaviour::Nsmase2, Behaviour::Rab27, Behaviour::LysosomeFusion];
            [0, 1, 2, 3].map(|k| table(behaviours[k], base[k]))
        },
        sorting: sorted
            .map_or_else(Vec::new, |x| x.of_type(c, |cargo, base| table(Behaviour::Enrichment(cargo), base))),
        vesicle_uptake: table(Behaviour::Uptake, c.vesicle_uptake.clearance),
        memories: Vec::new(),
    };
    let mut memories = Vec::new();
    let tables = [
        &plan.speed,
        &plan.bias,
        &plan.division,
        &plan.death,
        &plan.collagen1,
        &plan.collagen3,
        &plan.phagocytosis,
        &plan.release,
        &plan.vesicle_uptake,
    ];
    for t in tables
        .into_iter()
        .chain(plan.polarisation.as_ref())
        .chain(&plan.activities)
        .chain(plan.fates.iter().map(|f| &f.rate))
        .chain(plan.secretion.iter().map(|(_, t)| t))
        .chain(plan.sorting.iter().map(|x| &x.enrichment))
    {
        for term in t.terms() {
            if let Some((column, _)) = term.memory {
                memories.push((column, term.clone()));
            }
        }
    }
    plan.memories = memories;
    plan
}

fn population_plan(
    s: &Scenario,
    id: PopulationId,
    arm: ArmKind,
    acting: &[CargoId],
) -> Result<PopulationPlan, VesicleError> {
    let p = &s.vesicles[id.0];
    let t = &s.transport;
    let soluble = frees_cargo(arm) && !p.endogenous;
    // Protease takes what sits outside and leaves what the membrane shields (S016).
    let shaved = arm == ArmKind::Protease && !p.endogenous;
    // A product without a ligand has nothing that could act from outside a cell.
    let bare = soluble && dissolved::ligand_of(s, id).is_none();
    let inert = arm == ArmKind::Null && !p.endogenous;
    // A carrier does nothing itself; a ligand clicked to it may.
    let outside = p.mode.acts() || p.loaded.iter().any(|l| s.cargo[l.cargo.0].class == CargoClass::Ligand);
    let quadrature = size::SizeDistribution::new(p.median_diameter, p.ln_sigma)?.nodes(NODES)?;
    let hindrance = [0.0, t.hindrance_epidermis, t.hindrance_dermis, t.hindrance_granulation];
    // In the soluble arm the ligand stands for the product: it is the species that acts from outside.
    let ligand = dissolved::ligand_of(s, id).map(|c| &s.cargo[c.0]);
    let free_ligand = ligand.map(|c| dissolved::mobility_of(s, c.diffusion_free));
    let mut nodes = [Node { diameter: 0.0, weight: 0.0, diffusion: [0.0; 4], gel_relative: 1.0 }; NODES];
    for (node, q) in nodes.iter_mut().zip(&quadrature) {
        let (diffusion, probe) = match (soluble, free_ligand) {
            (true, Some(free)) => free,
            _ => {
                let free =
                    mobility::diffusion_at_size(t.diffusion_100nm, q.diameter_nm) / t.relative_viscosity;
                let slowed = |h: f64| {
                    free * mobility::size_scaled_hindrance(h, q.diameter_nm, 1000.0 * t.fibre_radius)
                };
                (hindrance.map(slowed), q.diameter_nm)
            }
        };
        *node = Node { diameter: q.diameter_nm, weight: q.weight, diffusion, gel_relative: 100.0 / probe };
    }
    let mut cargo = Vec::new();
    let mut cargo_decay = Vec::new();
    let own_cargo = p.endogenous && !s.sorted_cargo().is_empty();
    if !p.endogenous || own_cargo {
        let lumen_off = matches!(arm, ArmKind::Empty | ArmKind::Scrambled | ArmKind::Null) || soluble;
        for &c in acting {
            let species = &s.cargo[c.0];
            let find = |list: &[(CargoId, f64)]| list.iter().find(|(k, _)| *k == c).map(|(_, v)| *v);
            let stripped = shaved && species.class == CargoClass::Ligand;
            let mean = if lumen_off || stripped || own_cargo { 0.0 } else { find(&p.copies).unwrap_or(0.0) };
            let when_loaded = find(&p.copies_when_loaded).unwrap_or(1.0);
            cargo.push(Loading::new(species.class.into(), mean, when_loaded, &quadrature)?);
            cargo_decay.push(CargoDecay { vesicle: species.decay_inside, cytosol: species.decay_cytosol });
        }
    }
    let uptake = s
        .cells
        .iter()
        .enumerate()
        .map(|(k, c)| {
            let factor = p.targeting_of(CellTypeId(k));
            let own = UptakeSpec::from(&c.vesicle_uptake);
            let own = UptakeSpec { clearance: factor * own.clearance, ..own };
            // Free molecules have no way out of the endosome.
            UptakeParameters::new(if soluble { UptakeSpec { escape: 0.0, ..own } } else { own })
        })
        .collect::<Result<_, _>>()?;
    // A block keeps the product off; where there is none, the tissue's own vesicles.
    let blocked = arm == ArmKind::UptakeBlocked && (!p.endogenous || !s.has_product());
    Ok(PopulationPlan {
        endogenous: p.endogenous,
        acts: outside && !inert && !bare && !shaved && arm != ArmKind::Disposal,
        displaces: !inert,
        binds: !blocked && !bare,
        matrix: !soluble,
        nodes,
        degradation: match (soluble, ligand) {
            (true, Some(c)) => c.decay_free,
            _ => t.degradation,
        },
        cargo,
        cargo_decay,
        uptake,
    })
}

impl Plan {
    /// Rules whose need gate wants a healthy reference.
    pub fn gated_rules(&self) -> Vec<usize> {
        (0..self.scenario.rules.len())
            .filter(|&r| self.scenario.rules[r].exosome && self.scenario.rules[r].need != Need::None)
            .collect()
    }
}
