//! Cargo, vesicle populations, transport, uptake and biogenesis.

use crate::diagnostics::Diagnostic;
use crate::fields::{Kind, Names};
use crate::number::{Given, dimensions, fixed};
use crate::read_product::product;
use crate::reader::{Reader, View};
use crate::scenario::{
    Biogenesis, Cargo, CargoClass, CargoId, CellTypeId, Mode, Population, PopulationId, Resolution,
    VesicleBoundary, VesicleTransport, VesicleUptake,
};
use exoderm_units::Dimension;

/// Density of water, g/cm³ = 1e6 ug per 1e12 um³: exudate by mass is read as water.
const WATER: f64 = 1e-6;
const MASS_FLUX: Dimension = Dimension::new(-2, -1, 1, 0, 0, 0);

/// Unit of ledger rows that state what an inhibitor leaves.
const REMAINING: &str = "fraction remaining";

/// Reads the cargo species.
pub(crate) fn cargo(reader: &mut Reader<'_>) -> Vec<Cargo> {
    const CLASSES: [CargoClass; 7] = [
        CargoClass::Protein,
        CargoClass::Lipid,
        CargoClass::Mrna,
        CargoClass::Mirna,
        CargoClass::Dna,
        CargoClass::Ligand,
        CargoClass::Payload,
    ];
    let mut out = Vec::new();
    for (name, view) in reader.entries("cargo") {
        out.push(Cargo {
            name,
            class: CLASSES[reader.choice(&view, "class").unwrap_or(0)],
            decay_inside: reader.num(&view, "decay_inside"),
            decay_cytosol: reader.num(&view, "decay_cytosol"),
            decay_free: reader.num(&view, "decay_free"),
            diffusion_free: reader.num(&view, "diffusion_free"),
        });
    }
    out
}

/// Reads the vesicle populations.
pub(crate) fn populations(reader: &mut Reader<'_>, cargo: &[Cargo]) -> Vec<Population> {
    let mut out: Vec<Population> = Vec::new();
    for (name, view) in reader.entries("vesicle") {
        let endogenous = reader.flag(&view, "endogenous");
        if let Some(first) = out.iter().find(|p| p.endogenous && endogenous) {
            let d = Diagnostic::new(
                "duplicate",
                &view.place,
                format!("`{}` and `{name}` are both endogenous", first.name),
            )
            .help("the tissue's own vesicles are one population; a product is not endogenous");
            reader.report(d);
        }
        let particles_per_ug = reader.opt(&view, "particles_per_ug").unwrap_or(0.0);
        let path = view.at("particles_per_ug");
        let range = reader.by_path.get(&path).and_then(|&i| reader.listed[i].row.range);
        let mut population = Population {
            endogenous,
            median_diameter: reader.num(&view, "median_diameter"),
            ln_sigma: reader.num(&view, "ln_sigma"),
            copies: copies(reader, &view, "copies"),
            copies_when_loaded: copies(reader, &view, "copies_when_loaded"),
            particles_per_ug,
            particles_per_ug_range: range.unwrap_or((particles_per_ug, particles_per_ug)),
            storage_loss: reader.num(&view, "storage_loss"),
            adsorption_loss: reader.num(&view, "adsorption_loss"),
            label_route: reader.text(&view, "label_route"),
            targeting: factors(reader, &view, "targeting")
                .into_iter()
                .map(|(id, x)| (CellTypeId(id), x))
                .collect(),
            mode: Mode::default(),
            loaded: Vec::new(),
            record: None,
            name,
        };
        product(reader, &view, cargo, &mut population);
        out.push(population);
    }
    out
}

fn copies<'a>(reader: &mut Reader<'a>, view: &View<'a>, key: &str) -> Vec<(CargoId, f64)> {
    factors(reader, view, key).into_iter().map(|(id, x)| (CargoId(id), x)).collect()
}

/// Numbers by the index of a name.
fn factors<'a>(reader: &mut Reader<'a>, view: &View<'a>, key: &str) -> Vec<(usize, f64)> {
    let Kind::NumberOf(_, spec) = view.field(key).kind else { return Vec::new() };
    reader.numbers_of(view, key, &|_, _| (Box::new(fixed(&spec)), dimensions(spec.unit)))
}

/// Reads the transport of vesicles. A scenario without vesicles needs none.
pub(crate) fn transport(reader: &mut Reader<'_>, has_vesicles: bool) -> VesicleTransport {
    let view = reader.view("transport");
    let mut t = VesicleTransport {
        resolution: Resolution::Field,
        faces: [VesicleBoundary::NoFlux; 6],
        diffusion_100nm: 0.0,
        relative_viscosity: 1.0,
        hindrance_dermis: 1.0,
        hindrance_granulation: 1.0,
        hindrance_epidermis: 1.0,
        fibre_radius: 0.0,
        corneum_permeability: 0.0,
        bound_share: 0.0,
        unbinding: 0.0,
        mmp_release: 0.0,
        binding_capacity: 0.0,
        degradation: 0.0,
        interstitial_flow: 0.0,
        exudate_flow: 0.0,
        vessel_exchange: 0.0,
        lymph_drainage: 0.0,
    };
    if !has_vesicles && view.table.is_none() {
        return t;
    }
    t.resolution = [Resolution::Field, Resolution::Counts, Resolution::Particles]
        [reader.choice(&view, "resolution").unwrap_or(0)];
    t.diffusion_100nm = reader.num(&view, "diffusion_100nm");
    if view.table.is_none() {
        return t; // reported once
    }
    t.relative_viscosity = reader.num(&view, "relative_viscosity");
    t.fibre_radius = reader.num(&view, "fibre_radius");
    t.bound_share = reader.num(&view, "bound_share");
    t.unbinding = reader.num(&view, "unbinding");
    t.mmp_release = reader.num(&view, "mmp_release");
    t.binding_capacity = reader.num(&view, "binding_capacity");
    t.degradation = reader.num(&view, "degradation");
    if t.bound_share >= 1.0 {
        let d = Diagnostic::new(
            "limit",
            &reader.place_of("transport.bound_share"),
            "`bound_share` must be below 1",
        )
        .help("at 1 nothing would ever be free");
        reader.report(d);
    }
    if t.bound_share > 0.0 && (t.unbinding <= 0.0 || t.binding_capacity <= 0.0) {
        let d = Diagnostic::new(
            "missing-key",
            &reader.place_of("transport.bound_share"),
            "binding to the matrix needs `unbinding` and `binding_capacity` above 0",
        )
        .help("set bound_share = 0 for none");
        reader.report(d);
    }
    if reader.in_box {
        let boundary = reader.group(&view, "boundary");
        for (face, name) in t.faces.iter_mut().zip(Names::Face.fixed()) {
            *face = [VesicleBoundary::NoFlux, VesicleBoundary::Absorbing, VesicleBoundary::Open]
                [reader.choice(&boundary, name).unwrap_or(0)];
        }
        let hindrance = reader.num(&view, "hindrance");
        t.hindrance_dermis = hindrance;
        t.hindrance_granulation = hindrance;
        t.hindrance_epidermis = hindrance;
        return t;
    }
    t.hindrance_dermis = reader.num(&view, "hindrance_dermis");
    t.hindrance_granulation = reader.num(&view, "hindrance_granulation");
    t.hindrance_epidermis = reader.num(&view, "hindrance_epidermis");
    t.corneum_permeability = reader.num(&view, "corneum_permeability");
    t.interstitial_flow = reader.num(&view, "interstitial_flow");
    let water = |g: &Given| match g.quantity.dimension {
        MASS_FLUX => Some(g.quantity.value / WATER),
        d if d == Dimension::LENGTH / Dimension::TIME => Some(g.quantity.value),
        _ => None,
    };
    t.exudate_flow =
        reader.opt_as(&view, "exudate_flow", &water, "length/time or mass/length^2/time").unwrap_or(f64::NAN);
    t.vessel_exchange = reader.num(&view, "vessel_exchange");
    t.lymph_drainage = reader.num(&view, "lymph_drainage");
    t
}

/// Where a key stands: with the cell type, or in the shared section.
pub(crate) fn either<'v, 'a>(own: &'v View<'a>, shared: &'v View<'a>, key: &str) -> &'v View<'a> {
    if own.has(key) { own } else { shared }
}

/// Uptake of a cell type.
pub(crate) fn uptake<'a>(reader: &mut Reader<'a>, cell: &View<'a>, has_vesicles: bool) -> VesicleUptake {
    let takes_up = reader.flag(cell, "uptake_of_vesicles");
    let (own, shared) = (reader.group(cell, "uptake"), reader.view("uptake"));
    let stated = own.table.is_some() || shared.table.is_some();
    if !stated && (!takes_up || !has_vesicles) {
        return VesicleUptake {
            clearance: 0.0,
            capacity: 1.0,
            internalisation: 0.0,
            unbinding: 0.0,
            lysosome: 0.0,
            recycled: 0.0,
            escape: 0.0,
        };
    }
    let read = |reader: &mut Reader<'a>, key: &str| reader.num(either(&own, &shared, key), key);
    let clearance = read(reader, "clearance");
    let internalisation = read(reader, "internalisation");
    let capacity = capacity(reader, either(&own, &shared, "capacity"), internalisation);
    let (recycled, escape) = (read(reader, "recycled"), read(reader, "escape"));
    if recycled + escape > 1.0 {
        let place = reader.place_of(&either(&own, &shared, "recycled").at("recycled"));
        let d = Diagnostic::new("limit", &place, "`recycled` and `escape` add up to more than 1")
            .help("they are shares of what was internalised; the rest is degraded");
        reader.report(d);
    }
    VesicleUptake {
        clearance: if takes_up { clearance } else { 0.0 },
        capacity,
        internalisation,
        unbinding: read(reader, "unbinding"),
        lysosome: read(reader, "lysosome"),
        recycled,
        escape,
    }
}

/// Surface sites. A saturated uptake per time is sites × internalisation: 5000 EV/cell/24 h at 0.5/h is 417 sites.
fn capacity<'a>(reader: &mut Reader<'a>, view: &View<'a>, internalisation: f64) -> f64 {
    let per_time = [Dimension::NONE / Dimension::TIME, Dimension::COUNT / Dimension::TIME];
    let convert = |g: &Given| match g.quantity.dimension {
        Dimension::NONE | Dimension::COUNT => Some(g.quantity.value),
        d if per_time.contains(&d) => Some(g.quantity.value / internalisation),
        _ => None,
    };
    reader.opt_as(view, "capacity", &convert, "count, or count/time at saturation").unwrap_or(f64::NAN)
}

/// Biogenesis of a cell type; none without a secretion.
pub(crate) fn biogenesis<'a>(reader: &mut Reader<'a>, cell: &View<'a>) -> Option<Biogenesis> {
    let (own, shared) = (reader.group(cell, "biogenesis"), reader.view("biogenesis"));
    let secretion = reader.opt(either(&own, &shared, "secretion"), "secretion")?;
    let read = |reader: &mut Reader<'a>, key: &str| reader.num(either(&own, &shared, key), key);
    let share = |g: &Given| {
        let x = g.quantity;
        let taken = if g.unit.starts_with(REMAINING) { 1.0 - x.value } else { x.value };
        x.dimension.is_none().then_some(taken)
    };
    let ceramide = reader
        .opt_as(either(&own, &shared, "ceramide_share"), "ceramide_share", &share, "a number without unit")
        .unwrap_or(f64::NAN);
    Some(Biogenesis {
        population: PopulationId(reader.name(either(&own, &shared, "population"), "population").unwrap_or(0)),
        secretion,
        maturation: read(reader, "maturation"),
        residence: read(reader, "residence"),
        secretory_share: read(reader, "secretory_share"),
        vesicles_per_body: read(reader, "vesicles_per_body"),
        back_fusion: read(reader, "back_fusion"),
        branches: (1.0 - ceramide, ceramide),
        tethered: read(reader, "tethered"),
        dispersion: read(reader, "dispersion"),
        hold: read(reader, "hold"),
        activities: ["escrt", "nsmase2", "rab27", "lysosome_fusion"].map(|key| read(reader, key)),
    })
}
