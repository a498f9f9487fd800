//! Which runs share a burn-in: what of a scenario decides about the tissue at day 0.

use crate::{digest, program};
use exoderm_model::scenario::{
    Behaviour, Biogenesis, CellNetwork, Mode, NetworkId, Population, Question, Recording, Rule, Scenario,
};

/// Digest of all that decides about the state at day 0: 32 hexadecimal digits.
pub fn key(scenario: &Scenario, seed: u64, replicate: u32) -> String {
    digest::of(&(program::build(), settled_part(scenario), seed, replicate))
}

/// The same for one scenario, whatever the build, seed and replicate.
pub(crate) fn key_without_program(scenario: &Scenario) -> String {
    digest::of(&settled_part(scenario))
}

/// The scenario without what no tissue sees: its words, how long and how often it is run, what is read off it and compared.
pub(crate) fn unseen_cleared(scenario: &Scenario) -> Scenario {
    let mut s = scenario.clone();
    let nothing = String::new;
    s.name = nothing();
    s.title = nothing();
    s.question =
        Question { text: nothing(), population: nothing(), outcome: nothing(), comparator: nothing() };
    s.species = nothing();
    s.horizon = 0.0;
    s.replicates = 0;
    s.arms.clear();
    s.endpoints.clear();
    s.provenance.clear();
    s.sensitivity.clear();
    s.counterpart.clear();
    s.comparisons.clear();
    s
}

/// The scenario without what cannot act before day 0.
fn settled_part(scenario: &Scenario) -> Scenario {
    let mut s = unseen_cleared(scenario);
    s.seed = 0;
    s.events.clear();
    // Following donors adds columns and fields to the state.
    let communication = s.recording.communication;
    s.recording = Recording { series: 0.0, snapshots: Vec::new(), checkpoint: 0.0, communication };
    // Before day 0 potency is nothing and no rule of the product acts, unless one reads the skin's own vesicles.
    if !s.rules.iter().any(|r| r.exosome && scenario.is_of_own_vesicles(r.signal)) {
        (s.potency, s.bounded) = (0.0, false);
        for r in s.rules.iter_mut().filter(|r| r.exosome) {
            // The rule stays: it has its column of memory and its place among the sums of the need gates.
            r.saturation = 0.0;
            r.half = 0.0;
            r.exponent = 0.0;
        }
    }
    // Cells that crawl stand still without a free edge: what sets their speed acts in wounds only.
    let crawls: Vec<bool> = s.cells.iter().map(|c| c.crawls).collect();
    for r in s.rules.iter_mut().filter(|r| r.behaviour == Behaviour::Speed && r.memory <= 0.0) {
        if r.cells.iter().all(|c| crawls[c.0]) {
            r.saturation = 0.0;
            r.half = 0.0;
            r.exponent = 0.0;
        }
    }
    for p in s.vesicles.iter_mut().filter(|p| !p.endogenous) {
        *p = Population {
            copies: Vec::new(),
            copies_when_loaded: Vec::new(),
            targeting: Vec::new(),
            particles_per_ug: 0.0,
            particles_per_ug_range: (0.0, 0.0),
            storage_loss: 0.0,
            adsorption_loss: 0.0,
            label_route: None,
            mode: Mode::default(),
            loaded: Vec::new(),
            record: None,
            ..p.clone()
        };
    }
    s
}

/// Whether a variant of a scenario (a draw, a swing) can start from the base's state at day 0: the same tissue and
/// matrix, and tables of the same form. Rates may differ: that state is then the base's, not the variant's own.
pub fn compatible(base: &Scenario, variant: &Scenario) -> bool {
    // Which columns of cells there are: rules that remember, types that hold bursts.
    let memory = |s: &Scenario| {
        let remembers = |r: &Rule| r.memory > 0.0 && !(r.chromatin && s.chromatin_gain == 0.0);
        s.rules.iter().map(remembers).collect::<Vec<_>>()
    };
    let holds = |s: &Scenario| {
        let makes = |b: &Biogenesis| (b.population, b.hold > 0.0);
        s.cells.iter().map(|c| c.biogenesis.as_ref().map(makes)).collect::<Vec<_>>()
    };
    let cells = |s: &Scenario| -> Vec<_> {
        s.cells
            .iter()
            .map(|c| (c.name.clone(), c.place, c.radius, c.adhesion, c.biogenesis.is_some()))
            .collect()
    };
    let vesicles =
        |s: &Scenario| s.vesicles.iter().map(|p| (p.name.clone(), p.endogenous)).collect::<Vec<_>>();
    let names = |s: &Scenario| -> Vec<String> {
        s.substrates.iter().map(|x| &x.name).chain(s.cargo.iter().map(|c| &c.name)).cloned().collect()
    };
    let matrix = |s: &Scenario| [s.matrix.collagen1, s.matrix.collagen3, s.matrix.fibrin];
    // The columns of networks.
    let networks = |s: &Scenario| -> Vec<_> {
        let columns = |(i, n): (usize, &CellNetwork)| {
            let states: Vec<String> = n.network.states.iter().map(|q| q.name.clone()).collect();
            let outputs = n.network.outputs.len();
            (n.name.clone(), n.cells.clone(), states, outputs, s.outputs_in_use(NetworkId(i)))
        };
        s.networks.iter().enumerate().map(columns).collect()
    };
    base.tissue == variant.tissue
        && networks(base) == networks(variant)
        && base.mechanics == variant.mechanics
        && base.steps == variant.steps
        && base.burn_in == variant.burn_in
        && matrix(base) == matrix(variant)
        && memory(base) == memory(variant)
        && holds(base) == holds(variant)
        && base.recording.communication == variant.recording.communication
        && cells(base) == cells(variant)
        && vesicles(base) == vesicles(variant)
        && names(base) == names(variant)
        && exoderm_tissue::acting_cargo(base) == exoderm_tissue::acting_cargo(variant)
        && base.sorted_cargo() == variant.sorted_cargo()
}
