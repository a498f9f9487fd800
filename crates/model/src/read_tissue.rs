//! Geometry, matrix, substrates.

use crate::diagnostics::Diagnostic;
use crate::fields::{Kind, Names};
use crate::number::{Given, fixed};
use crate::reader::{Reader, View};
use crate::scenario::{
    Absorber, CellTypeId, Density, Matrix, Placement, Side, SkinStrip, Substrate, SubstrateBoundary,
    SubstrateId, Tissue, TissueBox,
};
use crate::tree::{Table, Value};
use exoderm_units::{Dimension, Unit, nearest};
use std::cell::Cell;

const VOLUME_PER_TIME: Dimension = Dimension::new(3, -1, 0, 0, 0, 0);
const PER_VOLUME: Dimension = Dimension::new(-3, 0, 0, 0, 0, 1);
/// Amount, mass and count per volume.
const CONCENTRATIONS: [Dimension; 3] =
    [Dimension::new(-3, 0, 0, 1, 0, 0), Dimension::new(-3, 0, 1, 0, 0, 0), PER_VOLUME];

/// A level in a substrate's own unit.
pub(crate) fn level(unit: &Unit) -> (impl Fn(&Given) -> Option<f64> + use<>, String) {
    let expected = if unit.dimension().is_none() {
        "a number without unit".to_owned()
    } else {
        format!("{} (the substrate is in {})", unit.dimension(), unit.text())
    };
    let unit = unit.clone();
    (move |g: &Given| g.quantity.in_unit(&unit).ok(), expected)
}

/// A secretion per cell as substrate unit × um³/min: mass/cell/time for a mass concentration, volume/cell/time for
/// one without unit.
pub(crate) fn secretion(unit: &Unit) -> (impl Fn(&Given) -> Option<f64> + use<>, String) {
    let wanted = unit.dimension() * VOLUME_PER_TIME;
    let per_cell = wanted / Dimension::COUNT;
    let factor = unit.factor();
    let convert = move |g: &Given| {
        let d = g.quantity.dimension;
        (d == wanted || d == per_cell).then(|| g.quantity.value / factor)
    };
    (convert, per_cell.to_string())
}

/// Reports keys that must stand beside another one.
fn with(reader: &mut Reader<'_>, view: &View<'_>, partner: &str, keys: &[&str]) {
    for key in keys.iter().filter(|k| !view.has(k)) {
        let d = Diagnostic::new(
            "missing-key",
            &view.place,
            format!("`{}` has `{partner}` but no `{key}`", view.path),
        )
        .help(format!("{key}: {}", view.field(key).meaning));
        reader.report(d);
    }
}

/// Reads the substrates and leaves their units with the reader.
pub(crate) fn substrates(reader: &mut Reader<'_>) -> Vec<Substrate> {
    let entries = reader.entries("substrate");
    let mut out = Vec::with_capacity(entries.len());
    for (name, view) in &entries {
        let text = reader.text(view, "unit").unwrap_or_else(|| "1".to_owned());
        let unit = Unit::parse(&text).unwrap_or_else(|e| {
            let place = view.node("unit").map_or_else(|| view.place.clone(), |n| n.place.clone());
            let d = Diagnostic::new("quantity", &place, format!("`unit`: {e}"))
                .help("a concentration such as \"ng/mL\", a pressure such as \"mmHg\", or \"1\"");
            reader.report(d);
            Unit::internal(Dimension::NONE)
        });
        reader.units.push(unit.clone());
        out.push(substrate(reader, name, view, &text, &unit));
    }
    out
}

fn substrate<'a>(reader: &mut Reader<'a>, name: &str, view: &View<'a>, text: &str, unit: &Unit) -> Substrate {
    let (convert, expected) = level(unit);
    let own = |reader: &mut Reader<'a>, key: &str| reader.opt_as(view, key, &convert, &expected);
    let consumption = consumption(reader, view, unit);
    if consumption > 0.0 {
        with(reader, view, "consumption", &["half_saturation"]);
    }
    let air = own(reader, "air");
    if air.is_some() {
        with(reader, view, "air", &["air_permeability", "wound_air_permeability"]);
    }
    let blood = own(reader, "blood");
    if blood.is_some() {
        with(reader, view, "blood", &["vessel_exchange"]);
    }
    let clot_burst = own(reader, "clot_burst").unwrap_or(0.0);
    if clot_burst > 0.0 {
        with(reader, view, "clot_burst", &["clot_release"]);
    }
    Substrate {
        name: name.to_owned(),
        unit: text.to_owned(),
        diffusion: reader.num(view, "diffusion"),
        decay: reader.num(view, "decay"),
        resting: own(reader, "resting").unwrap_or(f64::NAN),
        consumption,
        half_saturation: own(reader, "half_saturation").unwrap_or(0.0),
        air,
        air_permeability: reader.num(view, "air_permeability"),
        wound_air_permeability: reader.num(view, "wound_air_permeability"),
        blood,
        vessel_exchange: reader.num(view, "vessel_exchange"),
        clot_burst,
        clot_release: reader.num(view, "clot_release"),
        production_factor: reader.num(view, "production_factor"),
        boundaries: boundaries(reader, view, unit),
    }
}

/// Use by living tissue in substrate unit/min. Another concentration per time goes through the solubility:
/// 1.07 uM/s at 1.3 uM/mmHg is 0.823 mmHg/s.
fn consumption<'a>(reader: &mut Reader<'a>, view: &View<'a>, unit: &Unit) -> f64 {
    let factor = unit.factor();
    // Solubility as internal units of the other concentration per substrate unit, with that concentration's dimension.
    let other = Cell::new(Dimension::NONE);
    let read = |g: &Given| {
        let concentration = g.quantity.dimension * unit.dimension();
        other.set(concentration);
        CONCENTRATIONS.contains(&concentration).then_some(g.quantity.value * factor)
    };
    let solubility = reader.opt_as(view, "solubility", &read, "concentration per unit of the substrate");
    let wanted = unit.dimension() / Dimension::TIME;
    let dissolved = solubility.map(|s| (s, other.get() / Dimension::TIME));
    let convert = |g: &Given| {
        let d = g.quantity.dimension;
        if d == wanted {
            return Some(g.quantity.value / factor);
        }
        dissolved.filter(|(_, dimension)| *dimension == d).map(|(s, _)| g.quantity.value / s)
    };
    let expected = match dissolved {
        Some((_, d)) => format!("{wanted} or {d}"),
        None => format!("{wanted} (or, with `solubility`, another concentration per time)"),
    };
    reader.opt_as(view, "consumption", &convert, &expected).unwrap_or(0.0)
}

fn boundaries<'a>(reader: &mut Reader<'a>, view: &View<'a>, unit: &Unit) -> Vec<(Side, SubstrateBoundary)> {
    const SIDES: [Side; 6] = [Side::XMin, Side::XMax, Side::YMin, Side::YMax, Side::ZMin, Side::ZMax];
    let Kind::Boundary(spec) = view.field("boundary").kind else { return Vec::new() };
    let Some(table) = view.node("boundary").and_then(|n| n.table()) else { return Vec::new() };
    let (convert, expected) = level(unit);
    let mut out = Vec::new();
    for entry in table.iter() {
        let Some(i) = Names::Face.fixed().iter().position(|f| *f == entry.key) else { continue };
        let path = format!("{}.boundary.{}", view.path, entry.key);
        const WORDS: [&str; 2] = ["no_flux", "outflow"];
        let boundary = match entry.node.text() {
            Some("no_flux") => Some(SubstrateBoundary::NoFlux),
            Some("outflow") => Some(SubstrateBoundary::Outflow),
            Some(word) if word.starts_with(|c: char| c.is_ascii_alphabetic()) => {
                let d = Diagnostic::new(
                    "choice",
                    &reader.place_of(&path),
                    format!("`{}` cannot be `{word}`", entry.key),
                )
                .nearest(nearest(word, WORDS).map(str::to_owned))
                .help(format!(
                    "one of: {}, or {{ value = \"{}\" }}",
                    WORDS.join(", "),
                    spec.example
                ));
                reader.report(d);
                None
            }
            _ => {
                let want = crate::number::Want {
                    expected: expected.clone(),
                    example: spec.example.to_owned(),
                    limit: spec.limit,
                    nature: spec.nature,
                    convert: &convert,
                };
                reader.number(&entry.node, &path, &want).map(SubstrateBoundary::Value)
            }
        };
        out.extend(boundary.map(|b| (SIDES[i], b)));
    }
    out
}

/// Reads the matrix; a box has none.
pub(crate) fn matrix(reader: &mut Reader<'_>) -> Matrix {
    if reader.in_box {
        return Matrix {
            collagen1: 0.0,
            collagen3: 0.0,
            fibrin: 0.0,
            ceiling: 1.0,
            collagen_turnover: 0.0,
            fibrinolysis: 0.0,
            debris_clearance: 0.0,
            protease: None,
        };
    }
    let view = reader.view("matrix");
    Matrix {
        collagen1: reader.num(&view, "collagen1"),
        collagen3: reader.num(&view, "collagen3"),
        fibrin: reader.num(&view, "fibrin"),
        ceiling: reader.num(&view, "ceiling"),
        collagen_turnover: reader.num(&view, "collagen_turnover"),
        fibrinolysis: reader.num(&view, "fibrinolysis"),
        debris_clearance: reader.num(&view, "debris_clearance"),
        protease: reader.name(&view, "protease").map(SubstrateId),
    }
}

/// Reads the geometry.
pub(crate) fn tissue(reader: &mut Reader<'_>) -> Tissue {
    let view = reader.view("tissue");
    if reader.choice(&view, "kind") == Some(1) {
        Tissue::Box(tissue_box(reader, &view))
    } else {
        Tissue::Skin(skin(reader, &view))
    }
}

fn skin<'a>(reader: &mut Reader<'a>, view: &View<'a>) -> SkinStrip {
    let has_fold = view.has("fold");
    let fold = reader.group(view, "fold");
    if !has_fold && view.table.is_some() {
        reader.missing(view, "fold");
    }
    let per_volume = Cell::new(false);
    let mut density = Vec::new();
    let Kind::NumberOf(_, spec) = view.field("density").kind else {
        // The field is a map of numbers; only a change of the table could make it something else.
        return empty_strip();
    };
    let convert = fixed(&spec);
    let table = view.node("density").and_then(|n| n.table());
    if let (None, Some(node)) = (table, view.node("density")) {
        reader.wrong_type(node, "density", "a table with a number per cell type");
    }
    for entry in table.into_iter().flat_map(Table::iter) {
        let Some(id) = reader.position(Names::Cell, &entry.key) else { continue };
        let noting = |g: &Given| {
            per_volume.set(g.quantity.dimension == PER_VOLUME);
            convert(g)
        };
        let want = crate::number::Want {
            expected: crate::number::dimensions(spec.unit),
            example: spec.example.to_owned(),
            limit: spec.limit,
            nature: spec.nature,
            convert: &noting,
        };
        if let Some(x) = reader.number(&entry.node, &format!("tissue.density.{}", entry.key), &want) {
            let d = if per_volume.get() { Density::PerVolume(x) } else { Density::PerArea(x) };
            density.push((CellTypeId(id), d));
        }
    }
    SkinStrip {
        width: reader.num(view, "width"),
        voxel: reader.num(view, "voxel"),
        dermis: reader.num(view, "dermis"),
        epidermis: reader.num(view, "epidermis"),
        stratum_corneum: reader.num(view, "stratum_corneum"),
        fold_wavelength: if has_fold { reader.num(&fold, "wavelength") } else { 1.0 },
        fold_amplitude: if has_fold { reader.num(&fold, "amplitude") } else { 0.0 },
        air_gap: reader.num(view, "air_gap"),
        density,
    }
}

fn empty_strip() -> SkinStrip {
    SkinStrip {
        width: 1.0,
        voxel: 1.0,
        dermis: 1.0,
        epidermis: 1.0,
        stratum_corneum: 1.0,
        fold_wavelength: 1.0,
        fold_amplitude: 0.0,
        air_gap: 1.0,
        density: Vec::new(),
    }
}

fn tissue_box<'a>(reader: &mut Reader<'a>, view: &View<'a>) -> TissueBox {
    let voxel = match view.node("voxel").map(|n| &n.value) {
        Some(Value::List(_)) => reader.vector(view, "voxel").unwrap_or([1.0; 3]),
        _ => [reader.num(view, "voxel"); 3],
    };
    let size = reader.vector(view, "size").unwrap_or([1.0; 3]);
    TissueBox {
        size,
        voxel,
        periodic: reader.flags3(view, "periodic"),
        flow: reader.vector(view, "flow").unwrap_or([0.0; 3]),
        placements: placements(reader, size),
        absorbers: absorbers(reader),
    }
}

fn placements(reader: &mut Reader<'_>, size: [f64; 3]) -> Vec<Placement> {
    let mut out = Vec::new();
    for (name, view) in reader.entries("place") {
        let cell = reader.name(&view, "cell").map(CellTypeId);
        let given = (view.has("at"), view.has("count"));
        if given.0 == given.1 {
            let d = Diagnostic::new(
                "place",
                &view.place,
                format!("`place.{name}` needs `at` or `count`, one of the two"),
            )
            .help("at = [[\"10 um\", \"10 um\", \"10 um\"]], or count = 200");
            reader.report(d);
            continue;
        }
        let placement = if given.0 {
            points(reader, &view).and_then(|positions| cell.map(|cell| Placement::At { cell, positions }))
        } else {
            let count = reader.whole(&view, "count").and_then(|n| usize::try_from(n).ok());
            let low = if view.has("low") { reader.vector(&view, "low") } else { Some([0.0; 3]) };
            let high = if view.has("high") { reader.vector(&view, "high") } else { Some(size) };
            match (cell, count, low, high) {
                (Some(cell), Some(count), Some(low), Some(high)) => {
                    Some(Placement::Random { cell, count, low, high })
                }
                _ => None,
            }
        };
        out.extend(placement);
    }
    out
}

fn points<'a>(reader: &mut Reader<'a>, view: &View<'a>) -> Option<Vec<[f64; 3]>> {
    let Kind::Points(spec) = view.field("at").kind else { return None };
    let node = view.node("at")?;
    let Some(list) = node.list() else {
        reader.wrong_type(node, "at", "a list of points such as [[\"10 um\", \"10 um\", \"10 um\"]]");
        return None;
    };
    let mut out = Vec::with_capacity(list.len());
    for (i, point) in list.iter().enumerate() {
        let v = reader.list_at(point, &format!("{}.at[{i}]", view.path), "at", &spec, Some(3))?;
        out.push(<[f64; 3]>::try_from(v).ok()?);
    }
    Some(out)
}

fn absorbers(reader: &mut Reader<'_>) -> Vec<Absorber> {
    let mut out = Vec::new();
    for (name, view) in reader.entries("absorber") {
        out.push(Absorber {
            name,
            centre: reader.vector(&view, "centre").unwrap_or([1.0; 3]),
            radius: reader.num(&view, "radius"),
            kappa: reader.num(&view, "kappa"),
        });
    }
    out
}
