//! What the dose calculator reckons with: `data/dose.toml`.

use crate::stated::{Stated, each, number, optional, table, text, texts};
use exoderm_ledger::Ledger;
use exoderm_units::Quantity;
use std::sync::OnceLock;
use toml::{Table, Value};

/// The file, as it is in the repository.
const TEXT: &str = include_str!("../../../data/dose.toml");
/// Its path, for messages.
const PATH: &str = "data/dose.toml";

/// Which cells a route's layer holds, and how deep it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LayerKind {
    /// The living epidermis.
    Epidermis,
    /// Epidermis and dermis down to the needles' depth.
    Needled,
    /// Dermis.
    Dermis,
    /// The open bed of a wound, as deep as vesicles reach.
    Bed,
}

/// A way of giving a dose.
#[derive(Clone, Debug, PartialEq)]
pub struct Route {
    /// Name on the command line.
    pub name: String,
    /// What it is.
    pub what: String,
    /// A needle is used.
    pub needle: bool,
    /// The layer that receives it.
    pub layer: LayerKind,
    /// Share that stays at the site.
    pub retained: Stated,
    /// Share that passes the barrier.
    pub passes: Stated,
    /// Mobility in the layer, of that in water.
    pub hindrance: Stated,
    /// Depth of the layer, if the route sets it.
    pub depth: Option<Stated>,
    /// Release from a dressing (1/min).
    pub release: Option<Stated>,
    /// Loss in it (1/min).
    pub gel_loss: Option<Stated>,
    /// Exudate (mass per area and time).
    pub exudate: Option<Stated>,
}

/// A kind of cargo.
#[derive(Clone, Debug, PartialEq)]
pub struct CargoKind {
    /// Name.
    pub name: String,
    /// What it is.
    pub what: String,
    /// Names and prefixes by which people ask for it, in small letters.
    pub names: Vec<String>,
    /// Starts of names.
    pub prefixes: Vec<String>,
    /// RNA, for which there is a threshold.
    pub rna: bool,
    /// Copies in a vesicle.
    pub copies: Stated,
    /// Loss in the vesicle (1/min).
    pub decay_vesicle: Stated,
    /// Loss in the cytosol (1/min).
    pub decay_cytosol: Stated,
}

/// What a product's label allows.
#[derive(Clone, Debug, PartialEq)]
pub struct Label {
    /// Name on the command line.
    pub name: String,
    /// What it says.
    pub what: String,
    /// Other ways to write it, in small letters.
    pub names: Vec<String>,
    /// Routes that the label does not allow.
    pub not_by: Vec<String>,
    /// Why, with who says so.
    pub why: String,
}

/// The target cell.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)] // named as in the file
pub struct Cell {
    pub clearance: Stated,
    pub saturation: Stated,
    pub internalisation: Stated,
    pub unbinding: Stated,
    pub lysosome: Stated,
    pub recycled: Stated,
    pub escape: Stated,
    pub threshold: Stated,
}

/// The tissue.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)] // named as in the file
pub struct Tissue {
    pub degradation: Stated,
    pub diffusion_limit: Stated,
    pub diffusion: Stated,
    pub viscosity: Stated,
    pub bound_share: Stated,
    pub unbinding: Stated,
    pub fibroblasts: Stated,
    pub epidermal_cells: Stated,
    pub epidermis: Stated,
    pub residence: Stated,
}

/// The whole file.
#[derive(Clone, Debug, PartialEq)]
pub struct Dosing {
    /// Share lost in storage.
    pub storage_loss: Stated,
    /// Share lost to walls.
    pub adsorption_loss: Stated,
    /// Particles per ug of protein.
    pub particles_per_ug: Stated,
    /// Doses used in people, low and high (particles per um²).
    pub anchors: [Stated; 2],
    /// Escape efficiencies shown, ascending.
    pub escapes: Vec<f64>,
    /// The target cell.
    pub cell: Cell,
    /// The tissue.
    pub tissue: Tissue,
    /// Routes, in the file's order.
    pub routes: Vec<Route>,
    /// Kinds of cargo.
    pub cargo: Vec<CargoKind>,
    /// Labels.
    pub labels: Vec<Label>,
}

impl Dosing {
    /// The file that comes with the program.
    ///
    /// # Errors
    /// If it is faulty, which is a fault of the build.
    pub fn builtin() -> Result<&'static Self, String> {
        static READ: OnceLock<Result<Dosing, String>> = OnceLock::new();
        READ.get_or_init(|| Self::parse(TEXT, Ledger::builtin()).map_err(|e| format!("{PATH}: {e}")))
            .as_ref()
            .map_err(Clone::clone)
    }

    /// Reads the file.
    ///
    /// # Errors
    /// The first mistake, in a sentence.
    pub fn parse(file: &str, ledger: &Ledger) -> Result<Self, String> {
        let root: Table = file.parse().map_err(|e: toml::de::Error| e.to_string())?;
        let section = |name: &'static str| -> Result<_, String> {
            let t = table(&root, name)?;
            Ok(move |key: &str, like: &str| number(ledger, name, t, key, like))
        };
        let product = section("product")?;
        let anchors = section("anchors")?;
        let cell = section("cell")?;
        let tissue = section("tissue")?;
        let mut escapes = texts("escapes", table(&root, "escapes")?, "shown")?
            .iter()
            .map(|t| {
                let q = exoderm_ledger::Reference::parse(t).and_then(|r| r.resolve(ledger));
                q.map(|q: Quantity| q.value).map_err(|e| e.to_string())
            })
            .collect::<Result<Vec<f64>, String>>()?;
        escapes.sort_by(f64::total_cmp);
        Ok(Self {
            storage_loss: product("storage_loss", "")?,
            adsorption_loss: product("adsorption_loss", "")?,
            particles_per_ug: product("particles_per_ug", "particles/ug")?,
            anchors: [anchors("low", "particles/um^2")?, anchors("high", "particles/um^2")?],
            escapes,
            cell: Cell {
                clearance: cell("clearance", "um^3/min/cell")?,
                saturation: cell("saturation", "1/min")?,
                internalisation: cell("internalisation", "1/min")?,
                unbinding: cell("unbinding", "1/min")?,
                lysosome: cell("lysosome", "1/min")?,
                recycled: cell("recycled", "")?,
                escape: cell("escape", "")?,
                threshold: cell("threshold", "")?,
            },
            tissue: Tissue {
                degradation: tissue("degradation", "1/min")?,
                diffusion_limit: tissue("diffusion_limit", "um^3/min/cell")?,
                diffusion: tissue("diffusion", "um^2/min")?,
                viscosity: tissue("viscosity", "")?,
                bound_share: tissue("bound_share", "")?,
                unbinding: tissue("unbinding", "1/min")?,
                fibroblasts: tissue("fibroblasts", "cells/um^3")?,
                epidermal_cells: tissue("epidermal_cells", "cells/um^2")?,
                epidermis: tissue("epidermis", "um")?,
                residence: tissue("residence", "min")?,
            },
            routes: each(&root, "route", |name, t| route(ledger, name, t))?,
            cargo: each(&root, "cargo", |name, t| cargo(ledger, name, t))?,
            labels: each(&root, "label", label)?,
        })
    }
}

fn route(ledger: &Ledger, name: &str, t: &Table) -> Result<Route, String> {
    let path = "route";
    let must = |key: &str, like: &str| number(ledger, path, t, key, like);
    let may = |key: &str, like: &str| optional(ledger, path, t, key, like);
    Ok(Route {
        name: name.to_owned(),
        what: text(path, t, "what")?,
        needle: t.get("needle").and_then(Value::as_bool).unwrap_or(false),
        layer: match text(path, t, "layer")?.as_str() {
            "epidermis" => LayerKind::Epidermis,
            "needled" => LayerKind::Needled,
            "dermis" => LayerKind::Dermis,
            "bed" => LayerKind::Bed,
            other => return Err(format!("`{other}` is no layer: epidermis, needled, dermis or bed")),
        },
        retained: must("retained", "")?,
        passes: must("passes", "")?,
        hindrance: must("hindrance", "")?,
        depth: may("depth", "um")?,
        release: may("release", "1/min")?,
        gel_loss: may("gel_loss", "1/min")?,
        exudate: may("exudate", "ug/um^2/min")?,
    })
}

fn cargo(ledger: &Ledger, name: &str, t: &Table) -> Result<CargoKind, String> {
    let path = "cargo";
    Ok(CargoKind {
        name: name.to_owned(),
        what: text(path, t, "what")?,
        names: texts(path, t, "names")?,
        prefixes: texts(path, t, "prefixes")?,
        rna: t.get("rna").and_then(Value::as_bool).unwrap_or(false),
        copies: copies(ledger, path, t)?,
        decay_vesicle: number(ledger, path, t, "decay_vesicle", "1/min")?,
        decay_cytosol: number(ledger, path, t, "decay_cytosol", "1/min")?,
    })
}

/// Copies in a vesicle: a count, or a count per vesicle.
fn copies(ledger: &Ledger, path: &str, t: &Table) -> Result<Stated, String> {
    number(ledger, path, t, "copies", "").or_else(|_| number(ledger, path, t, "copies", "copies"))
}

fn label(name: &str, t: &Table) -> Result<Label, String> {
    let path = "label";
    Ok(Label {
        name: name.to_owned(),
        what: text(path, t, "what")?,
        names: texts(path, t, "names")?,
        not_by: texts(path, t, "not_by")?,
        why: text(path, t, "why")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The file that ships is whole, and names only what it defines.
    #[test]
    fn s077_builtin_file_is_whole() {
        let d = Dosing::builtin().unwrap();
        let routes: Vec<&str> = d.routes.iter().map(|r| r.name.as_str()).collect();
        for name in ["topical", "microneedle", "injection", "hydrogel"] {
            assert!(routes.contains(&name), "{name}");
        }
        for label in &d.labels {
            assert!(label.not_by.iter().all(|r| routes.contains(&r.as_str())), "{}", label.name);
            assert!(label.not_by.is_empty() || !label.why.is_empty(), "{}", label.name);
        }
        // Every needle is flagged for a label of the skin's surface.
        let surface = d.labels.iter().find(|l| l.name == "topical").unwrap();
        assert!(d.routes.iter().filter(|r| r.needle).all(|r| surface.not_by.contains(&r.name)));
        // mechanisms §4: 1e-4, 5e-3 and 0.3 are shown.
        assert!(d.escapes.iter().zip([1e-4, 5e-3, 0.3]).all(|(a, b)| (a / b - 1.0).abs() < 1e-12));
        assert!(
            (d.anchors[0].value / 0.1 - 1.0).abs() < 1e-12
                && (d.anchors[1].value / 1000.0 - 1.0).abs() < 1e-12
        );
    }
}
