//! What a resolution of vesicle transport cannot do yet, told before anything runs, at its place.
//!
//! | | field | counts | particles |
//! |---|---|---|---|
//! | strip of skin | yes | no | no |
//! | binding to matrix | yes | no | no |
//! | face `open` | no | no | yes |
//! | arms `soluble`, `detergent` | yes | no | no |
//! | who sent to whom | yes | no | no |
//! | what cells sort into their vesicles | yes | no | no |

use crate::geometry::{AXES, at};
use crate::reader::Reader;
use crate::scenario::{
    ArmKind, CellType, Event, Resolution, Scenario, Side, Tissue, TissueBox, VesicleBoundary,
};
use exoderm_numeric::math;
use exoderm_units::significant;

const CODE: &str = "resolution";
/// Vesicles are numbered by 32 bits.
const MOST_PARTICLES: f64 = 4e9;

/// Diameter of the largest vesicle of any population: sizes end there (um).
pub(crate) const LARGEST_VESICLE: f64 = 0.2;

/// Vesicles are 30 to 200 nm large; a lognormal whose median lies this many widths beyond has no millionth of itself in there.
const SIZES: [f64; 2] = [30.0, 200.0];
const WIDTHS: f64 = 4.7;

/// Populations of which nothing has the size of a vesicle.
fn sizes(reader: &mut Reader<'_>, scenario: &Scenario) {
    for p in &scenario.vesicles {
        let beyond = math::ln(p.median_diameter / SIZES[1]).max(math::ln(SIZES[0] / p.median_diameter));
        if beyond > WIDTHS * p.ln_sigma {
            at(
                reader,
                "size",
                &format!("vesicle.{}.median_diameter", p.name),
                format!(
                    "`{}`, {} nm in the median, has no vesicles of {} to {} nm",
                    p.name,
                    significant(p.median_diameter, 4),
                    SIZES[0],
                    SIZES[1]
                ),
                "sizes are cut to that range: check the unit",
            );
        }
    }
}

/// Checks that the scenario can run at its resolution.
pub(crate) fn check(reader: &mut Reader<'_>, scenario: &Scenario) {
    sizes(reader, scenario);
    let resolution = scenario.transport.resolution;
    let holds = |c: &CellType| c.biogenesis.as_ref().is_some_and(|b| b.hold > 0.0);
    if scenario.recording.communication && scenario.cells.iter().any(holds) {
        at(
            reader,
            CODE,
            "record.communication",
            "donors are not followed through a hold at the fusion site".to_owned(),
            "set `[biogenesis] hold = 0` to see who sends to whom, or leave `communication` out",
        );
    }
    if scenario.cells.iter().any(holds) {
        sorted(
            reader,
            scenario,
            "what a cell sorts into its vesicles is not followed through a hold at the fusion site",
            "set `[biogenesis] hold = 0`, or leave `content` out",
        );
    }
    let edge = match &scenario.tissue {
        Tissue::Box(b) => b.voxel.into_iter().fold(f64::INFINITY, f64::min),
        Tissue::Skin(skin) => skin.voxel,
    };
    if edge < LARGEST_VESICLE && !scenario.vesicles.is_empty() {
        at(
            reader,
            CODE,
            "tissue.voxel",
            format!("a vesicle of 200 nm is larger than a voxel of {} nm", significant(1e3 * edge, 3)),
            "use voxels of more than 0.2 um, or check the unit",
        );
    }
    let b = match &scenario.tissue {
        Tissue::Box(b) => b,
        Tissue::Skin(_) => {
            if resolution != Resolution::Field {
                let message = format!("a strip of skin cannot move vesicles as {}", resolution.word());
                at(
                    reader,
                    CODE,
                    "transport.resolution",
                    message,
                    "its layers, matrix, gel and lymph are described for densities: leave `resolution = \"field\"`, or use \
                     `[tissue] kind = \"box\"`",
                );
            }
            return;
        }
    };
    faces(reader, scenario, b);
    if resolution == Resolution::Field {
        return;
    }
    let word = resolution.word();
    if scenario.transport.bound_share > 0.0 {
        at(
            reader,
            CODE,
            "transport.bound_share",
            format!("binding to the matrix is not simulated with {word}"),
            "set bound_share = 0, or resolution = \"field\"",
        );
    }
    let soluble = reader.entries("arm").into_iter().map(|(n, _)| n).zip(&scenario.arms);
    let free = |k: ArmKind| matches!(k, ArmKind::Soluble | ArmKind::Detergent);
    let soluble: Vec<String> = soluble.filter(|(_, a)| free(a.kind)).map(|(name, _)| name).collect();
    for name in soluble {
        at(
            reader,
            CODE,
            &format!("arm.{name}.kind"),
            format!("free molecules are not followed with {word}"),
            "remove the arm, or set resolution = \"field\"",
        );
    }
    let names: Vec<String> = reader.entries("event").into_iter().map(|(n, _)| n).collect();
    if scenario.recording.communication {
        at(
            reader,
            CODE,
            "record.communication",
            format!("donors are not followed with {word}"),
            "leave it out, or set resolution = \"field\"",
        );
    }
    sorted(
        reader,
        scenario,
        &format!("what a cell sorts into its vesicles is not followed with {word}"),
        "leave `content` out, or set resolution = \"field\"",
    );
    let mut released = 0.0;
    for (event, name) in scenario.events.iter().zip(&names) {
        let Event::Release(r) = event else { continue };
        released += r.count;
        if r.count.fract() != 0.0 {
            at(
                reader,
                CODE,
                &format!("event.{name}.count"),
                format!("`{name}` releases {} vesicles, not a whole number", r.count),
                "counts and particles are whole vesicles",
            );
        }
    }
    if resolution == Resolution::Particles && released > MOST_PARTICLES {
        at(
            reader,
            CODE,
            "transport.resolution",
            format!("{released:.3e} vesicles are more than can be followed one by one"),
            "use resolution = \"counts\" or \"field\"",
        );
    }
}

/// Reports the first cell type that sorts cargo.
fn sorted(reader: &mut Reader<'_>, scenario: &Scenario, message: &str, help: &str) {
    if let Some(c) = scenario.cells.iter().find(|c| !c.sorted.is_empty()) {
        at(reader, CODE, &format!("cell.{}.content", c.name), message.to_owned(), help);
    }
}

/// Faces and periodic axes.
fn faces(reader: &mut Reader<'_>, scenario: &Scenario, b: &TissueBox) {
    let t = &scenario.transport;
    let mesh = scenario.mesh();
    for (k, axis) in AXES.iter().enumerate() {
        let ends = [2 * k, 2 * k + 1];
        if b.periodic[k] {
            for (face, end) in ends.into_iter().zip(["min", "max"]) {
                if t.faces[face] != VesicleBoundary::NoFlux {
                    at(
                        reader,
                        CODE,
                        &format!("transport.boundary.{axis}_{end}"),
                        format!("{axis} is periodic: its faces are glued to each other"),
                        "remove the boundary, or take the axis out of `periodic`",
                    );
                }
            }
            for substrate in &scenario.substrates {
                for (side, _) in substrate.boundaries.iter().filter(|_| mesh[k] > 1.0) {
                    let (of, side) = match side {
                        Side::XMin => (0, "x_min"),
                        Side::XMax => (0, "x_max"),
                        Side::YMin => (1, "y_min"),
                        Side::YMax => (1, "y_max"),
                        Side::ZMin => (2, "z_min"),
                        Side::ZMax => (2, "z_max"),
                    };
                    if of == k {
                        at(
                            reader,
                            CODE,
                            &format!("substrate.{}.boundary.{side}", substrate.name),
                            format!("{axis} is periodic: its faces are glued to each other"),
                            "remove the boundary, or take the axis out of `periodic`",
                        );
                    }
                }
            }
        } else if t.resolution != Resolution::Particles {
            for (face, end) in ends.into_iter().zip(["min", "max"]) {
                if t.faces[face] == VesicleBoundary::Open {
                    at(
                        reader,
                        CODE,
                        &format!("transport.boundary.{axis}_{end}"),
                        "space beyond a face is only followed with particles",
                        "use \"absorbing\", or resolution = \"particles\"",
                    );
                }
            }
        }
    }
}
