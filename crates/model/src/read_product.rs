//! What was loaded onto a product, what it is for, and what is on record of it.

use crate::diagnostics::Diagnostic;
use crate::fields::Names;
use crate::read_cells::entry_view;
use crate::reader::{Reader, View};
use crate::scenario::{
    Cargo, CargoClass, CargoId, Loaded, LoadingWay, Mode, Population, ProductRecord, RECORD,
};
use crate::tree::Table;

/// Keys that would do nothing to vesicles of the tissue's own.
const OF_PRODUCTS: [&str; 7] =
    ["copies", "mode", "loading", "record", "label_route", "storage_loss", "adsorption_loss"];

/// Reads `mode`, `loading` and `record` of a population, and puts the copies that they make into it.
pub(crate) fn product<'a>(
    reader: &mut Reader<'a>,
    view: &View<'a>,
    species: &[Cargo],
    population: &mut Population,
) {
    population.mode = [Mode::Combined, Mode::Active, Mode::Carrier][reader.choice(view, "mode").unwrap_or(0)];
    population.loaded = loaded(reader, view, species);
    population.record = record(reader, view);
    if population.endogenous {
        for key in OF_PRODUCTS.into_iter().filter(|k| view.has(k)) {
            let help = match key {
                "copies" => {
                    "what these vesicles carry follows from their parents: write cell.NAME.content.CARGO, and cell.NAME.enrichment.CARGO"
                }
                _ => "take it out, or take out `endogenous = true`",
            };
            let d = Diagnostic::new(
                "product",
                &reader.place_of(&view.at(key)),
                format!("`{key}` is for a product: `{}` is made by the tissue's own cells", population.name),
            )
            .help(help);
            reader.report(d);
        }
        return;
    }
    for l in &population.loaded {
        if population.copies.iter().any(|(c, _)| *c == l.cargo) {
            let name = &species[l.cargo.0].name;
            let d = Diagnostic::new(
                "duplicate",
                &reader.place_of(&view.at(&format!("loading.{name}"))),
                format!("`{name}` has copies from `copies` and from `loading`"),
            )
            .help(format!(
                "`copies.{name}` is what the parent gave; write what was loaded as a species of its own"
            ));
            reader.report(d);
        }
    }
    if population.mode == Mode::Carrier && population.loaded.is_empty() && !view.has("loading") {
        let d = Diagnostic::new(
            "missing-key",
            &reader.place_of(&view.at("mode")),
            format!("`{}` is a carrier, but nothing is loaded onto it", population.name),
        )
        .help("add [vesicle.NAME.loading.CARGO], or leave `mode` out");
        reader.report(d);
    }
    // A carrier's own cargo does nothing; what is not loaded is not there.
    if !population.mode.acts() {
        population.copies.clear();
    }
    if population.mode.carries() {
        population.copies.extend(population.loaded.iter().map(|l| (l.cargo, l.offered * l.efficiency)));
    }
}

fn loaded<'a>(reader: &mut Reader<'a>, view: &View<'a>, species: &[Cargo]) -> Vec<Loaded> {
    const WAYS: [LoadingWay; 4] =
        [LoadingWay::Parent, LoadingWay::Incubation, LoadingWay::Electroporation, LoadingWay::Click];
    let map = reader.group(view, "loading");
    let names: Vec<String> = map.table.into_iter().flat_map(Table::keys).map(str::to_owned).collect();
    let mut out = Vec::new();
    for name in names {
        let entry = entry_view(&map, &name);
        let way = reader.choice(&entry, "way").map(|k| WAYS[k]);
        let offered = reader.num(&entry, "offered");
        let efficiency = reader.num(&entry, "efficiency");
        let lost = reader.num(&entry, "lost");
        // An unknown name is reported by the shape.
        let (Some(way), Some(cargo)) = (way, reader.position(Names::Cargo, &name)) else { continue };
        if way == LoadingWay::Parent && lost > 0.0 {
            let d = Diagnostic::new(
                "loading",
                &reader.place_of(&entry.at("lost")),
                "what the parent cell loads needs no separation: nothing is lost in it",
            )
            .help("take `lost` out, or name another `way`");
            reader.report(d);
        }
        let outside = species.get(cargo).is_some_and(|c| c.class == CargoClass::Ligand);
        let wrong = match way {
            LoadingWay::Click if !outside => {
                Some(format!("`{name}` is clicked to the surface, but not of class \"ligand\""))
            }
            LoadingWay::Incubation | LoadingWay::Electroporation if outside => {
                Some(format!("`{name}` is brought into the vesicles, but of class \"ligand\""))
            }
            _ => None,
        };
        if let Some(message) = wrong {
            let d = Diagnostic::new("loading", &reader.place_of(&entry.at("way")), message)
                .help("a ligand sits outside: it is clicked on, or made by the parent cell");
            reader.report(d);
        }
        out.push(Loaded { cargo: CargoId(cargo), way, offered, efficiency, lost });
    }
    out
}

/// An empty text states nothing.
fn record<'a>(reader: &mut Reader<'a>, view: &View<'a>) -> Option<ProductRecord> {
    let group = reader.group(view, "record");
    group.table?;
    let items =
        RECORD.iter().map(|(key, _, _)| reader.text(&group, key).filter(|t| !t.trim().is_empty())).collect();
    Some(ProductRecord { items })
}
