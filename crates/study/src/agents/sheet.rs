//! The columns of a table of cells in MultiCellDS, in the order in which PhysiCell 1.14 writes them.

use exoderm_model::agents::names::{Behaviour, Dictionary};
use exoderm_model::agents::{Advanced, AgentModel, CellType};
use exoderm_tissue::agents::{cycle_of, on_death};
use std::f64::consts::PI;

/// A recorded cell.
#[derive(Clone, Debug, Default)]
pub(super) struct Cell {
    pub(super) id: i64,
    pub(super) kind: u16,
    pub(super) dead: bool,
    pub(super) outside: bool,
    pub(super) numbers: [f64; 20],
    pub(super) wholes: [i64; 3],
    pub(super) own: Vec<(usize, f64)>,
    pub(super) inside: Vec<f64>,
}

impl Cell {
    /// Names of its numbers.
    pub(super) const NUMBERS: [&'static str; 20] = [
        "x_um",
        "y_um",
        "z_um",
        "velocity_x",
        "velocity_y",
        "velocity_z",
        "walk_x",
        "walk_y",
        "walk_z",
        "radius_um",
        "volume",
        "nucleus",
        "fluid",
        "target_nuclear_solid",
        "calcified",
        "elapsed",
        "pressure",
        "damage",
        "attacked",
        "delivered",
    ];
    /// Names of its whole numbers.
    pub(super) const WHOLES: [&'static str; 3] = ["cycle", "phase", "target"];

    pub(super) fn number(&self, name: &str) -> f64 {
        Self::NUMBERS.iter().position(|n| *n == name).map_or(0.0, |k| self.numbers[k])
    }

    fn whole(&self, name: &str) -> i64 {
        Self::WHOLES.iter().position(|n| *n == name).map_or(0, |k| self.wholes[k])
    }

    /// Its value of a behaviour.
    pub(super) fn does(&self, model: &AgentModel, dictionary: &Dictionary, behaviour: Behaviour) -> f64 {
        let number = dictionary.number(behaviour).map(usize::from);
        if let Some(&(_, value)) = self.own.iter().find(|o| Some(o.0) == number) {
            return value;
        }
        let scale = if self.dead { on_death(behaviour) } else { 1.0 };
        model.base(self.kind, behaviour) * scale
    }
}

/// Labels with their sizes and units, and the values of one cell after another.
#[derive(Clone, Debug, Default)]
pub(super) struct Sheet {
    pub(super) labels: Vec<(String, usize, &'static str)>,
    pub(super) values: Vec<f64>,
}

impl Sheet {
    pub(super) fn rows(&self) -> usize {
        self.labels.iter().map(|l| l.1).sum()
    }
}

/// All cells as a sheet; without a cell it still has its labels.
pub(super) fn fill(model: &AgentModel, dictionary: &Dictionary, cells: &[Cell]) -> Sheet {
    let mut sheet = Sheet::default();
    for cell in cells {
        sheet.labels.clear();
        one(&mut sheet, model, dictionary, cell);
    }
    if cells.is_empty() {
        let nobody = Cell { inside: vec![0.0; model.substrates.len()], ..Cell::default() };
        one(&mut sheet, model, dictionary, &nobody);
        sheet.values.clear();
    }
    sheet
}

fn one(sheet: &mut Sheet, model: &AgentModel, dictionary: &Dictionary, cell: &Cell) {
    let nothing = CellType::default();
    let t = model.cells.get(usize::from(cell.kind)).unwrap_or(&nothing);
    let mut put = |name: &str, unit: &'static str, values: &[f64]| {
        sheet.labels.push((name.to_owned(), values.len(), unit));
        sheet.values.extend_from_slice(values);
    };
    let flag = |yes: bool| f64::from(u8::from(yes));
    let does = |b: Behaviour| cell.does(model, dictionary, b);
    let types =
        |f: fn(u16) -> Behaviour| -> Vec<f64> { (0..model.cells.len() as u16).map(|k| does(f(k))).collect() };
    let substrates = |f: fn(u16) -> Behaviour| -> Vec<f64> {
        (0..model.substrates.len() as u16).map(|k| does(f(k))).collect()
    };
    let n = |name: &str| cell.number(name);
    let cycle = cycle_of(t.cycle.model);
    let phase = cell.whole("phase");
    let place = cycle.phases.iter().position(|p| i64::from(p.code) == phase).unwrap_or(0) as u8;
    let death = &[&t.death.apoptosis, &t.death.necrosis][usize::from(cell.whole("cycle") == 101)];
    let exit = if cell.dead {
        let place = u8::from(phase == 102);
        death.phases.iter().find(|p| p.from == place).map_or(0.0, |p| p.rate)
    } else {
        does(Behaviour::PhaseExit(place))
    };
    let v = &t.volume;
    let (cytoplasmic, nuclear, fluid, calcification) = if cell.dead {
        let lysed = phase == 102;
        let fluid = if lysed { death.lysed_fluid_rate } else { death.unlysed_fluid_rate };
        (death.cytoplasmic_rate, death.nuclear_rate, fluid, death.calcification_rate)
    } else {
        (v.cytoplasmic_rate, v.nuclear_rate, v.fluid_rate, v.calcification_rate)
    };
    let target_fluid = match phase {
        _ if !cell.dead => v.fluid_fraction,
        101 => 1.0,
        _ => 0.0,
    };
    let ratio = if cell.dead || v.nuclear <= 0.0 { 0.0 } else { (v.total - v.nuclear) / v.nuclear };
    let (volume, nucleus, radius) = (n("volume"), n("nucleus"), n("radius_um"));
    let nuclear_radius = exoderm_numeric::math::cbrt(3.0 * nucleus.max(0.0) / (4.0 * PI));
    put("ID", "none", &[cell.id as f64]);
    put("position", "microns", &[n("x_um"), n("y_um"), n("z_um")]);
    put("total_volume", "cubic microns", &[volume]);
    put("cell_type", "none", &[f64::from(cell.kind)]);
    put("cycle_model", "none", &[cell.whole("cycle") as f64]);
    put("current_phase", "none", &[phase as f64]);
    put("elapsed_time_in_phase", "min", &[n("elapsed")]);
    put("nuclear_volume", "cubic microns", &[nucleus]);
    put("cytoplasmic_volume", "cubic microns", &[volume - nucleus]);
    put("fluid_fraction", "none", &[if volume > 0.0 { n("fluid") / volume } else { 0.0 }]);
    put("calcified_fraction", "none", &[n("calcified")]);
    put("orientation", "none", &[0.0, 0.0, 1.0]);
    put("polarity", "none", &[flag(model.domain.flat)]);
    put("velocity", "micron/min", &[n("velocity_x"), n("velocity_y"), n("velocity_z")]);
    put("pressure", "none", &[n("pressure")]);
    put("number_of_nuclei", "none", &[1.0]);
    put("total_attack_time", "min", &[n("attacked")]);
    put("contact_with_basement_membrane", "none", &[0.0]);
    put("current_cycle_phase_exit_rate", "1/min", &[exit]);
    put("elapsed_time_in_phase", "min", &[n("elapsed")]);
    put("dead", "none", &[flag(cell.dead)]);
    put("current_death_model", "none", &[flag(cell.whole("cycle") == 101)]);
    put("death_rates", "1/min", &[does(Behaviour::Apoptosis), does(Behaviour::Necrosis)]);
    put("cytoplasmic_biomass_change_rate", "1/min", &[cytoplasmic]);
    put("nuclear_biomass_change_rate", "1/min", &[nuclear]);
    put("fluid_change_rate", "1/min", &[fluid]);
    put("calcification_rate", "1/min", &[calcification]);
    put("target_solid_cytoplasmic", "cubic microns", &[ratio * n("target_nuclear_solid")]);
    put("target_solid_nuclear", "cubic microns", &[n("target_nuclear_solid")]);
    put("target_fluid_fraction", "none", &[target_fluid]);
    put("radius", "microns", &[radius]);
    put("nuclear_radius", "microns", &[nuclear_radius]);
    put("surface_area", "square microns", &[4.0 * PI * radius * radius]);
    put("cell_cell_adhesion_strength", "micron/min", &[does(Behaviour::Adhesion)]);
    put("cell_BM_adhesion_strength", "micron/min", &[does(Behaviour::MembraneAdhesion)]);
    put("cell_cell_repulsion_strength", "micron/min", &[does(Behaviour::Repulsion)]);
    put("cell_BM_repulsion_strength", "micron/min", &[does(Behaviour::MembraneRepulsion)]);
    put("cell_adhesion_affinities", "none", &types(Behaviour::Affinity));
    put("relative_maximum_adhesion_distance", "none", &[does(Behaviour::RelativeRange)]);
    put("maximum_number_of_attachments", "none", &[does(Behaviour::MaxAttachments)]);
    put("attachment_elastic_constant", "1/min", &[does(Behaviour::Spring)]);
    put("attachment_rate", "1/min", &[does(Behaviour::AttachmentRate)]);
    put("detachment_rate", "1/min", &[does(Behaviour::DetachmentRate)]);
    put("is_motile", "none", &[flag(t.motility.moves && !cell.dead)]);
    put("persistence_time", "min", &[does(Behaviour::Persistence)]);
    put("migration_speed", "micron/min", &[does(Behaviour::Speed)]);
    put("migration_bias_direction", "none", &[0.0; 3]);
    put("migration_bias", "none", &[does(Behaviour::Bias)]);
    put("motility_vector", "micron/min", &[n("walk_x"), n("walk_y"), n("walk_z")]);
    let one = t.motility.chemotaxis.as_ref().filter(|_| t.motility.advanced == Advanced::Off);
    let index = one.and_then(|c| model.substrates.iter().position(|s| s.name == c.substrate));
    put("chemotaxis_index", "none", &[index.unwrap_or(0) as f64]);
    put("chemotaxis_direction", "none", &[one.map_or(1.0, |c| c.direction)]);
    put("chemotactic_sensitivities", "none", &substrates(Behaviour::Sensitivity));
    put("secretion_rates", "1/min", &substrates(Behaviour::Secretion));
    put("uptake_rates", "1/min", &substrates(Behaviour::Uptake));
    put("saturation_densities", "stuff/cubic micron", &substrates(Behaviour::SecretionTarget));
    put("net_export_rates", "stuff/min", &substrates(Behaviour::Export));
    put("internalized_total_substrates", "stuff", &cell.inside);
    put("fraction_released_at_death", "none", &vec![0.0; model.substrates.len()]);
    put("fraction_transferred_when_ingested", "none", &vec![1.0; model.substrates.len()]);
    put("apoptotic_phagocytosis_rate", "1/min", &[does(Behaviour::EatApoptotic)]);
    put("necrotic_phagocytosis_rate", "1/min", &[does(Behaviour::EatNecrotic)]);
    put("other_dead_phagocytosis_rate", "1/min", &[does(Behaviour::EatOtherDead)]);
    put("live_phagocytosis_rates", "1/min", &types(Behaviour::Eat));
    put("attack_rates", "1/min", &types(Behaviour::Attack));
    put("immunogenicities", "none", &types(Behaviour::Immunogenicity));
    put("attack_target", "none", &[cell.whole("target") as f64]);
    put("attack_damage_rate", "1/min", &[does(Behaviour::AttackDamage)]);
    put("attack_duration", "min", &[does(Behaviour::AttackDuration)]);
    put("attack_total_damage_delivered", "none", &[n("delivered")]);
    put("fusion_rates", "1/min", &types(Behaviour::Fuse));
    put("transformation_rates", "1/min", &types(Behaviour::Transform));
    put("asymmetric_division_probabilities", "none", &types(Behaviour::Asymmetric));
    put("damage", "none", &[n("damage")]);
    put("damage_rate", "1/min", &[does(Behaviour::DamageRate)]);
    put("damage_repair_rate", "1/min", &[does(Behaviour::RepairRate)]);
    // Values of the user's own are those of the first type; scalars first, as rules number them.
    let own = model.cells.first().map_or(&[][..], |c| &c.custom[..]);
    for (value, k) in own.iter().filter(|v| v.value.len() == 1).zip(0..) {
        put(&value.name, "none", &[does(Behaviour::Custom(k))]);
    }
    for value in own.iter().filter(|v| v.value.len() != 1) {
        let mine = t.custom.iter().find(|c| c.name == value.name && c.value.len() == value.value.len());
        put(&value.name, "none", mine.map_or(&value.value, |c| &c.value));
    }
}
