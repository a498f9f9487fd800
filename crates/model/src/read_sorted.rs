//! What a cell type holds of cargo, of which its vesicles load.

use crate::diagnostics::Diagnostic;
use crate::fields::{Kind, Names};
use crate::number::{Given, Want, dimensions, fixed};
use crate::reader::{Reader, View};
use crate::scenario::{
    Biogenesis, Cargo, CargoClass, CargoId, Content, Population, Scenario, Signal, Sorted,
};
use crate::tree::Table;
use exoderm_units::Dimension;
use std::cell::Cell;

const PER_VOLUME: Dimension = Dimension::new(-3, 0, 0, 0, 0, 1);
const PER_AREA: Dimension = Dimension::new(-2, 0, 0, 0, 0, 1);

/// Reads `content` and `enrichment` of a cell type.
pub(crate) fn sorted<'a>(
    reader: &mut Reader<'a>,
    cell: &View<'a>,
    biogenesis: Option<&Biogenesis>,
    cargo: &[Cargo],
    vesicles: &[Population],
) -> Vec<Sorted> {
    let contents = contents(reader, cell, cargo);
    let mut enrichment = match cell.field("enrichment").kind {
        Kind::NumberOf(_, spec) => {
            reader.numbers_of(cell, "enrichment", &|_, _| (Box::new(fixed(&spec)), dimensions(spec.unit)))
        }
        _ => Vec::new(),
    };
    let out: Vec<Sorted> = contents
        .into_iter()
        .map(|(id, content)| {
            let own = enrichment.iter().position(|(k, _)| *k == id).map(|at| enrichment.remove(at).1);
            Sorted { cargo: CargoId(id), content, enrichment: own.unwrap_or(1.0) }
        })
        .collect();
    for (id, _) in enrichment {
        // A content that could not be read was reported.
        let name = cargo.get(id).map_or("", |c| c.name.as_str());
        if cell.node("content").and_then(|n| n.table()).is_some_and(|t| t.has(name)) {
            continue;
        }
        let place = reader.place_of(&format!("{}.{name}", cell.at("enrichment")));
        let d = Diagnostic::new(
            "missing-key",
            &place,
            format!("`{}` enriches `{name}` but has no `content.{name}`", cell.path),
        )
        .help(format!("content: {}", cell.field("content").meaning));
        reader.report(d);
    }
    if !out.is_empty() {
        carried(reader, cell, biogenesis, vesicles);
    }
    out
}

/// What is sorted needs vesicles of the tissue's own to be sorted into.
fn carried<'a>(
    reader: &mut Reader<'a>,
    cell: &View<'a>,
    biogenesis: Option<&Biogenesis>,
    vesicles: &[Population],
) {
    let place = reader.place_of(&cell.at("content"));
    let (message, help) = match biogenesis.map(|b| vesicles.get(b.population.0)) {
        None => (
            format!("`{}` releases no vesicles that could carry its content", cell.path),
            "add biogenesis.secretion, or leave `content` out",
        ),
        Some(Some(p)) if !p.endogenous => (
            format!("the vesicles of `{}` are of `{}`, which is not endogenous", cell.path, p.name),
            "what a product carries stands in vesicle.NAME.copies; set endogenous = true for the tissue's own",
        ),
        Some(_) => return,
    };
    reader.report(Diagnostic::new("missing-key", &place, message).help(help));
}

fn contents<'a>(reader: &mut Reader<'a>, cell: &View<'a>, cargo: &[Cargo]) -> Vec<(usize, Content)> {
    let Kind::NumberOf(_, spec) = cell.field("content").kind else { return Vec::new() };
    let Some(node) = cell.node("content") else { return Vec::new() };
    let Some(table) = node.table() else {
        reader.wrong_type(node, "content", "a table with a number per cargo species");
        return Vec::new();
    };
    let mut out = Vec::new();
    for entry in Table::iter(table) {
        // An unknown name is reported by the shape.
        let Some(id) = reader.position(Names::Cargo, &entry.key) else { continue };
        let membrane =
            cargo.get(id).is_some_and(|c| matches!(c.class, CargoClass::Lipid | CargoClass::Ligand));
        let found: Cell<fn(f64) -> Content> = Cell::new(Content::PerVesicle);
        let convert = |g: &Given| {
            let form: fn(f64) -> Content = match g.quantity.dimension {
                Dimension::NONE | Dimension::COUNT => Content::PerVesicle,
                PER_VOLUME if !membrane => Content::Cytosol,
                PER_AREA if membrane => Content::Membrane,
                _ => return None,
            };
            found.set(form);
            Some(g.quantity.value)
        };
        let (where_, example) = if membrane {
            (format!("{PER_AREA} of membrane"), "200 copies/um^2")
        } else {
            (format!("{PER_VOLUME} of cytosol"), spec.example)
        };
        let want = Want {
            expected: format!("{where_}, or copies per vesicle"),
            example: example.to_owned(),
            limit: spec.limit,
            nature: spec.nature,
            convert: &convert,
        };
        if let Some(x) = reader.number(&entry.node, &format!("{}.{}", cell.at("content"), entry.key), &want) {
            out.push((id, found.get()(x)));
        }
    }
    out
}

impl Scenario {
    /// Whether a signal tells of the tissue's own vesicles: their occupancy, or cargo that cells sort into them.
    pub fn is_of_own_vesicles(&self, signal: Signal) -> bool {
        match signal {
            Signal::Occupancy(p) => self.vesicles[p.0].endogenous,
            Signal::Cargo(c) => self.cells.iter().flat_map(|t| &t.sorted).any(|x| x.cargo == c),
            _ => false,
        }
    }

    /// Cargo that some cell type sorts into its vesicles, in the order of the species.
    pub fn sorted_cargo(&self) -> Vec<CargoId> {
        let sorts = |c: &CargoId| self.cells.iter().flat_map(|t| &t.sorted).any(|x| x.cargo == *c);
        (0..self.cargo.len()).map(CargoId).filter(sorts).collect()
    }
}
