//! Which inputs an arm can see.
//!
//! An arm without product holds no vesicle of it, and the skin's own vesicles act on no cell unless a rule reads their
//! occupancy. What such an arm's cells, matrix and dissolved factors do is then a function of the scenario without the
//! numbers that only enter the product, its rules, its potency, vesicle transport and uptake. [`visible`] is that
//! scenario. A variant whose visible part is the base's, started from the base's state at day 0, gives the base's
//! result to the bit, apart from the columns that count vesicles: it need not be run ([`same_outcome`]).
//!
//! One way leads from vesicles to regions of the mesh: a voxel that holds any stays tissue. It asks only whether there are
//! any, never how many; therefore each hidden number keeps whether it is 0, and the release by cells is not hidden.

use crate::burn_in;
use exoderm_model::scenario::{
    ArmKind, Behaviour, Cargo, CargoClass, CellType, Dressing, Event, Mode, Need, Population, ReleaseLaw,
    Rule, Scenario, Signal, VesicleTransport, VesicleUptake,
};

/// True if running `variant` in this arm would give what `base` gave, to the bit, up to the variant's horizon: the same
/// cells, matrix and dissolved factors, read at the same times. Columns of vesicles may differ.
pub fn same_outcome(base: &Scenario, variant: &Scenario, arm: ArmKind) -> bool {
    variant.horizon <= base.horizon
        && burn_in::compatible(base, variant)
        && visible(base, arm) == visible(variant, arm)
}

/// The part of a scenario that decides about an arm's cells, matrix and dissolved factors.
pub fn visible(scenario: &Scenario, arm: ArmKind) -> Scenario {
    let mut s = burn_in::unseen_cleared(scenario);
    s.recording.snapshots.clear();
    s.recording.checkpoint = 0.0;
    let product = !matches!(arm, ArmKind::Untreated | ArmKind::Vehicle | ArmKind::Depleted);
    let own = |x: Signal| matches!(x, Signal::Occupancy(p) if scenario.vesicles[p.0].endogenous);
    if product || scenario.signals_in_use().any(own) {
        return s;
    }
    (s.potency, s.bounded) = (0.0, false);
    s.rules.iter_mut().for_each(hide_rule);
    s.cargo.iter_mut().for_each(hide_cargo);
    s.vesicles.iter_mut().filter(|p| !p.endogenous).for_each(hide_product);
    hide_transport(&mut s.transport);
    for CellType { vesicle_uptake, .. } in &mut s.cells {
        hide_uptake(vesicle_uptake);
    }
    for event in &mut s.events {
        if let Event::Dressing(d) = event {
            hide_dressing(d, arm);
        }
    }
    s
}

/// Only whether there is any.
fn any(x: f64) -> f64 {
    if x == 0.0 || x.is_nan() { x } else { x.signum() }
}

fn hide(numbers: &mut [&mut f64]) {
    for x in numbers {
        **x = any(**x);
    }
}

/// Potency is 0 here: what an exosome rule would do is not evaluated. It keeps its place among behaviours, and its
/// memory. A rule of uptake moves vesicles only.
fn hide_rule(r: &mut Rule) {
    if r.exosome || r.behaviour == Behaviour::Uptake {
        (r.saturation, r.half, r.exponent) = (0.0, 0.0, 0.0);
        (r.absolute, r.falling, r.need) = (false, false, Need::None);
        r.memory = any(r.memory);
    }
}

fn hide_cargo(c: &mut Cargo) {
    let Cargo { name: _, class, decay_inside, decay_cytosol, decay_free, diffusion_free } = c;
    *class = CargoClass::Protein;
    hide(&mut [decay_inside, decay_cytosol, decay_free, diffusion_free]);
}

fn hide_product(p: &mut Population) {
    let Population {
        name: _,
        endogenous: _,
        median_diameter,
        ln_sigma,
        copies,
        copies_when_loaded,
        particles_per_ug,
        particles_per_ug_range,
        storage_loss,
        adsorption_loss,
        label_route,
        targeting,
        mode,
        loaded,
        record,
    } = p;
    copies.clear();
    *mode = Mode::default();
    loaded.clear();
    *record = None;
    copies_when_loaded.clear();
    *particles_per_ug_range = (0.0, 0.0);
    *label_route = None;
    targeting.clear();
    hide(&mut [median_diameter, ln_sigma, particles_per_ug, storage_loss, adsorption_loss]);
}

fn hide_transport(t: &mut VesicleTransport) {
    // Every field by name: a new one has to be thought about.
    let VesicleTransport {
        resolution: _,
        faces: _,
        diffusion_100nm,
        relative_viscosity,
        hindrance_dermis,
        hindrance_granulation,
        hindrance_epidermis,
        fibre_radius,
        corneum_permeability,
        bound_share,
        unbinding,
        mmp_release,
        binding_capacity,
        degradation,
        interstitial_flow,
        exudate_flow,
        vessel_exchange,
        lymph_drainage,
    } = t;
    hide(&mut [
        diffusion_100nm,
        relative_viscosity,
        hindrance_dermis,
        hindrance_granulation,
        hindrance_epidermis,
        fibre_radius,
        corneum_permeability,
        bound_share,
        unbinding,
        mmp_release,
        binding_capacity,
        degradation,
        interstitial_flow,
        exudate_flow,
        vessel_exchange,
        lymph_drainage,
    ]);
}

fn hide_uptake(u: &mut VesicleUptake) {
    let VesicleUptake { clearance, capacity, internalisation, unbinding, lysosome, recycled, escape } = u;
    hide(&mut [clearance, capacity, internalisation, unbinding, lysosome, recycled, escape]);
}

/// The gel itself lies on the wound in every arm but `untreated`, and keeps air out; what it holds is the product's.
fn hide_dressing(d: &mut Dressing, arm: ArmKind) {
    let Dressing {
        time,
        product: _,
        dose,
        dose_text,
        by_mass,
        thickness,
        gel_diffusion,
        release,
        degradation,
        occlusive,
        every,
    } = d;
    (*dose, *gel_diffusion, *degradation) = (0.0, 0.0, 0.0);
    dose_text.clear();
    (*by_mass, *release, *every) = (false, ReleaseLaw::Slab, None);
    if arm == ArmKind::Untreated {
        (*time, *thickness, *occlusive) = (0.0, 0.0, false);
    }
}
