//! Geometry that cannot be: checked on the values, reported at their places.

use crate::diagnostics::Diagnostic;
use crate::reader::Reader;
use crate::scenario::{Density, Event, Placement, Scenario, SkinStrip, Tissue, TissueBox};

/// A mesh with more voxels is refused before anything is allocated.
pub(crate) const MAX_VOXELS: f64 = 2e9;
/// More cells than this are refused.
const MAX_CELLS: f64 = 1e8;
/// Spheres of one size cannot be packed at random beyond this share of the volume.
const PACKING: f64 = 0.64;
/// Relative tolerance for a box that is a whole number of voxels.
const FIT: f64 = 1e-6;

/// Checks the geometry of a scenario whose values were all read.
pub(crate) fn check(reader: &mut Reader<'_>, scenario: &Scenario) {
    let voxels = scenario.voxels();
    if voxels > MAX_VOXELS {
        let memory = crate::check::memory(scenario) / 1e9;
        let message = format!(
            "the mesh would have {voxels:.3e} voxels and take about {} GB of memory",
            exoderm_units::significant(memory, 3)
        );
        at(
            reader,
            "mesh",
            "tissue.voxel",
            message,
            "use larger voxels or a smaller tissue: 2e9 voxels is the most",
        );
    }
    let cells: f64 = scenario.expected_cells().iter().sum();
    if cells > MAX_CELLS {
        let path = if reader.in_box { "place" } else { "tissue.density" };
        at(
            reader,
            "mesh",
            path,
            format!("the tissue would start with {cells:.3e} cells"),
            "1e8 cells is the most",
        );
    }
    match &scenario.tissue {
        Tissue::Skin(strip) => skin(reader, scenario, strip),
        Tissue::Box(b) => general(reader, scenario, b),
    }
}

pub(crate) fn at(
    reader: &mut Reader<'_>,
    code: &'static str,
    path: &str,
    message: impl Into<String>,
    help: &str,
) {
    let d = Diagnostic::new(code, &reader.place_of(path), message).help(help);
    reader.report(d);
}

fn skin(reader: &mut Reader<'_>, scenario: &Scenario, s: &SkinStrip) {
    const CODE: &str = "geometry";
    for (layer, thickness) in [("dermis", s.dermis), ("epidermis", s.epidermis)] {
        if s.voxel > thickness {
            let message =
                format!("a voxel of {} um does not fit into the {layer} of {thickness} um", s.voxel);
            at(reader, CODE, "tissue.voxel", message, "make voxels smaller than the layers they resolve");
        }
    }
    if s.width < 2.0 * s.voxel {
        at(
            reader,
            CODE,
            "tissue.width",
            "the strip is less than two voxels wide",
            "widen it or use smaller voxels",
        );
        // Cells and wounds that do not fit into it are no mistakes of their own.
        return;
    }
    packing(reader, scenario, s);
    if s.fold_amplitude >= s.dermis {
        at(
            reader,
            CODE,
            "tissue.fold.amplitude",
            "the folds of the basement membrane are deeper than the dermis",
            "model more dermis or use a smaller amplitude (half of crest to trough)",
        );
    }
    if s.fold_amplitude > 0.0 && s.fold_wavelength < 2.0 * s.voxel {
        at(
            reader,
            CODE,
            "tissue.fold.wavelength",
            "a fold is shorter than two voxels",
            "use smaller voxels or longer folds",
        );
    }
    let height = s.dermis + s.epidermis + s.stratum_corneum + s.air_gap;
    for (cell, _) in &s.density {
        let c = &scenario.cells[cell.0];
        if 2.0 * c.radius > s.width.min(height) {
            let path = format!("cell.{}.radius", c.name);
            at(
                reader,
                CODE,
                &path,
                format!("`{}` is larger than the tissue", c.name),
                "check the unit of its radius",
            );
        }
    }
    for (name, view) in reader.entries("event") {
        let radius = reader.values.get(&view.at("radius")).copied().flatten();
        if let Some(r) = radius.filter(|r| *r >= s.width) {
            let message =
                format!("the wound `{name}` (radius {r} um) is wider than the strip (width {} um)", s.width);
            at(
                reader,
                CODE,
                &view.at("radius"),
                message,
                "the strip runs from the wound's centre into intact skin: widen it",
            );
        } else if let Some(r) = radius.filter(|r| *r < s.voxel) {
            let message = format!("the wound `{name}` (radius {r} um) is smaller than a voxel");
            at(reader, CODE, &view.at("radius"), message, "use smaller voxels or check the unit");
        }
    }
    channels(reader, scenario, s);
}

/// Channels that do not lead anywhere, or cover more skin than there is.
fn channels(reader: &mut Reader<'_>, scenario: &Scenario, s: &SkinStrip) {
    let Some(c) =
        scenario.events.iter().find_map(|e| if let Event::Channels(c) = e { Some(c) } else { None })
    else {
        return;
    };
    let entries = reader.entries("event");
    let Some((name, _)) = entries.iter().find(|(_, view)| reader.values.contains_key(&view.at("closing")))
    else {
        return;
    };
    let mut fault = |key: &str, message: String, help: &str| {
        at(reader, "geometry", &format!("event.{name}.{key}"), message, help);
    };
    if scenario.events.iter().any(|e| matches!(e, Event::Wound(_))) {
        let help = "a wound has no stratum corneum to pierce: leave out one of the two";
        fault("kind", format!("`{name}` makes channels in wounded skin"), help);
    }
    if !scenario.events.iter().any(|e| matches!(e, Event::Dressing(_))) {
        fault("kind", format!("nothing lies on the channels `{name}`"), "add an event of kind \"dressing\"");
    }
    let whole = s.dermis + s.epidermis + s.stratum_corneum;
    if c.depth <= s.stratum_corneum {
        let message =
            format!("the channels `{name}` end within the stratum corneum of {} um", s.stratum_corneum);
        fault("depth", message, "give a depth below the surface of the skin that reaches living tissue");
    } else if c.depth > whole {
        let message =
            format!("the channels `{name}` are deeper than the {whole} um of skin that are modelled");
        fault("depth", message, "model more dermis, or check the unit");
    }
    if c.diameter < crate::resolution::LARGEST_VESICLE {
        let message = format!("a vesicle of 200 nm is larger than a channel of {} um", c.diameter);
        fault("diameter", message, "check the unit");
    }
    let covered = c.density * std::f64::consts::PI * 0.25 * c.diameter * c.diameter;
    if covered >= 1.0 {
        let message = format!("the channels `{name}` take {:.0} % of the skin's area", 100.0 * covered);
        fault("density", message, "make fewer or thinner ones, or check the unit");
    }
}

/// Cells that have no room: by volume in the dermis, by area in the layers above it.
fn packing(reader: &mut Reader<'_>, scenario: &Scenario, s: &SkinStrip) {
    let volume = |r: f64| 4.0 / 3.0 * std::f64::consts::PI * r * r * r;
    // Keratinocytes are pressed flat and leave no gaps; round cells do.
    let layers = [("dermis", PACKING, 1.0), ("epidermis", 1.0, s.epidermis + s.stratum_corneum)];
    for (layer, most, thickness) in layers {
        let mut filled = 0.0;
        let mut largest = (0.0, String::new());
        for (id, density) in &s.density {
            let c = &scenario.cells[id.0];
            let part = match (density, layer) {
                (Density::PerVolume(n), "dermis") => n * volume(c.radius),
                (Density::PerArea(n), "epidermis") => n * volume(c.radius) / thickness,
                _ => continue,
            };
            filled += part;
            if part > largest.0 {
                largest = (part, c.name.clone());
            }
        }
        if filled > most {
            let message = format!(
                "the cells would fill {} % of the {layer}, {} % of it `{}`",
                exoderm_units::significant(100.0 * filled, 3),
                exoderm_units::significant(100.0 * largest.0, 3),
                largest.1
            );
            let help = if most < 1.0 {
                "spheres pack at random to 64 % at most: check the unit of the density"
            } else {
                "there is no more room than that: check the unit of the density"
            };
            at(reader, "geometry", &format!("tissue.density.{}", largest.1), message, help);
        }
    }
}

pub(crate) const AXES: [&str; 3] = ["x", "y", "z"];

fn general(reader: &mut Reader<'_>, scenario: &Scenario, b: &TissueBox) {
    const CODE: &str = "geometry";
    for (k, axis) in AXES.iter().enumerate() {
        let n = b.size[k] / b.voxel[k];
        if n < 1.0 - FIT {
            at(
                reader,
                CODE,
                "tissue.voxel",
                format!("a voxel is longer than the box in {axis}"),
                "use smaller voxels",
            );
        } else if (n - n.round()).abs() > FIT * n {
            let message = format!("the box is {n:.3} voxels long in {axis}, not a whole number");
            at(reader, CODE, "tissue.voxel", message, "choose a size that is a multiple of the voxel");
        }
    }
    let inside = |p: &[f64; 3]| (0..3).all(|k| p[k] >= 0.0 && p[k] <= b.size[k]);
    // Over a periodic face a sphere comes in on the other side; over a wall it does not fit.
    let fits = |p: &[f64; 3], r: f64| {
        (0..3).all(|k| {
            if b.periodic[k] { 2.0 * r <= b.size[k] } else { p[k] - r >= 0.0 && p[k] + r <= b.size[k] }
        })
    };
    for (i, a) in b.absorbers.iter().enumerate() {
        let path = format!("absorber.{}.centre", a.name);
        if !inside(&a.centre) {
            at(
                reader,
                CODE,
                &path,
                format!("the absorber `{}` lies outside the box", a.name),
                "the box starts at 0 in each axis",
            );
        } else if !fits(&a.centre, a.radius) {
            at(
                reader,
                CODE,
                &path,
                format!("the absorber `{}` reaches through a wall of the box", a.name),
                "move it inward or make it smaller",
            );
        }
        let apart = |o: &&crate::scenario::Absorber| {
            let d2: f64 = (0..3).map(|k| (a.centre[k] - o.centre[k]) * (a.centre[k] - o.centre[k])).sum();
            d2 < (a.radius + o.radius) * (a.radius + o.radius)
        };
        if let Some(other) = b.absorbers.iter().take(i.min(1000)).find(apart) {
            let message = format!("the absorbers `{}` and `{}` overlap", other.name, a.name);
            at(reader, CODE, &path, message, "move them apart");
        }
    }
    let names: Vec<String> = reader.entries("place").into_iter().map(|(n, _)| n).collect();
    for (placement, name) in b.placements.iter().zip(&names) {
        match placement {
            Placement::At { cell, positions } => {
                let c = &scenario.cells[cell.0];
                if let Some(p) = positions.iter().find(|p| !inside(p) || !fits(p, c.radius)) {
                    let message = format!(
                        "`place.{name}` puts a cell of radius {} um at {p:?} um, outside the box",
                        c.radius
                    );
                    at(
                        reader,
                        CODE,
                        &format!("place.{name}.at"),
                        message,
                        "keep cells a radius away from walls",
                    );
                }
                let meets =
                    |p: &&[f64; 3]| b.absorbers.iter().any(|a| apart(b, p, &a.centre) < a.radius + c.radius);
                if let Some(p) = positions.iter().find(meets) {
                    let message = format!("`place.{name}` puts a cell at {p:?} um, into an absorber");
                    at(reader, CODE, &format!("place.{name}.at"), message, "move one of them");
                }
            }
            Placement::Random { cell, count, low, high } => {
                let c = &scenario.cells[cell.0];
                let path = format!("place.{name}");
                if (0..3).any(|k| low[k] >= high[k]) {
                    at(
                        reader,
                        CODE,
                        &path,
                        format!("the region of `place.{name}` is empty"),
                        "`low` must lie below `high` in each axis",
                    );
                } else if !inside(low) || !inside(high) {
                    at(
                        reader,
                        CODE,
                        &path,
                        format!("the region of `place.{name}` leaves the box"),
                        "keep `low` and `high` inside the box",
                    );
                } else {
                    let volume: f64 = (0..3).map(|k| high[k] - low[k]).product();
                    let filled =
                        *count as f64 * 4.0 / 3.0 * std::f64::consts::PI * c.radius * c.radius * c.radius
                            / volume;
                    if filled > PACKING {
                        let message = format!(
                            "{count} cells fill {:.0} % of the region of `place.{name}`",
                            100.0 * filled
                        );
                        at(
                            reader,
                            CODE,
                            &path,
                            message,
                            "spheres pack at random to 64 % at most: use fewer cells or more room",
                        );
                    }
                }
            }
        }
    }
    let releases: Vec<_> = reader.entries("event").into_iter().map(|(n, _)| n).collect();
    for (event, name) in scenario.events.iter().zip(&releases) {
        if let Event::Release(r) = event
            && !inside(&r.position)
        {
            at(
                reader,
                CODE,
                &format!("event.{name}.position"),
                format!("`{name}` releases vesicles outside the box"),
                "the box starts at 0 in each axis",
            );
        } else if let Event::Release(r) = event
            && let Some(a) = b.absorbers.iter().find(|a| apart(b, &r.position, &a.centre) <= a.radius)
        {
            at(
                reader,
                CODE,
                &format!("event.{name}.position"),
                format!("`{name}` releases vesicles inside the absorber `{}`", a.name),
                "release them outside: the sphere takes what reaches its surface from there",
            );
        }
    }
}

/// Distance of two points of a box, across periodic faces where that is shorter (um).
fn apart(b: &TissueBox, p: &[f64; 3], q: &[f64; 3]) -> f64 {
    let d2: f64 = (0..3)
        .map(|k| {
            let d = (p[k] - q[k]).abs();
            if b.periodic[k] { d.min(b.size[k] - d) } else { d }
        })
        .map(|d| d * d)
        .sum();
    d2.sqrt()
}
