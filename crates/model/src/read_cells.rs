//! Mechanics and cell types.

use crate::diagnostics::Diagnostic;
use crate::fields::Kind;
use crate::number::{dimensions, fixed};
use crate::read_sorted::sorted;
use crate::read_tissue::secretion;
use crate::read_vesicles::{biogenesis, either, uptake};
use crate::reader::{Reader, View};
use crate::scenario::{
    Cargo, CellMechanics, CellType, CellTypeId, Fate, FateTrigger, Place, Population, SubstrateId,
};
use crate::tree::Table;

/// Reads the mechanics. Without cells, and in a box without the section, forces are those of a passive medium: none.
pub(crate) fn mechanics(reader: &mut Reader<'_>, has_cells: bool) -> CellMechanics {
    let view = reader.view("mechanics");
    if !has_cells && view.table.is_none() {
        return CellMechanics {
            stiffness: 0.0,
            stiffness_cubic: 0.0,
            adhesion: 0.0,
            reach: 1.0,
            anchoring: 0.0,
            link_stiffness: 0.0,
            link_slack: 0.0,
            link_reach: 1.0,
            tolerance: reader.num(&view, "tolerance"),
            rest_speed: reader.num(&view, "rest_speed"),
        };
    }
    let m = CellMechanics {
        stiffness: reader.num(&view, "stiffness"),
        stiffness_cubic: reader.num(&view, "stiffness_cubic"),
        adhesion: reader.num(&view, "adhesion"),
        reach: reader.num(&view, "reach"),
        anchoring: reader.num(&view, "anchoring"),
        link_stiffness: reader.num(&view, "link_stiffness"),
        link_slack: reader.num(&view, "link_slack"),
        link_reach: reader.num(&view, "link_reach"),
        tolerance: reader.num(&view, "tolerance"),
        rest_speed: reader.num(&view, "rest_speed"),
    };
    if m.reach < 1.0 {
        let d = Diagnostic::new("limit", &reader.place_of("mechanics.reach"), "`reach` must be at least 1")
            .help("attraction reaches from contact outward, as in reach = 1.35");
        reader.report(d);
    }
    m
}

/// Reads the cell types.
pub(crate) fn cells(reader: &mut Reader<'_>, cargo: &[Cargo], vesicles: &[Population]) -> Vec<CellType> {
    let entries = reader.entries("cell");
    entries.iter().map(|(name, view)| cell(reader, name, view, cargo, vesicles)).collect()
}

fn cell<'a>(
    reader: &mut Reader<'a>,
    name: &str,
    view: &View<'a>,
    cargo: &[Cargo],
    vesicles: &[Population],
) -> CellType {
    const PLACES: [Place; 5] = [Place::Basal, Place::Suprabasal, Place::Corneal, Place::Dermal, Place::Free];
    let substrate = |(id, x): (usize, f64)| (SubstrateId(id), x);
    let plain = |reader: &mut Reader<'a>, key: &str| -> Vec<(SubstrateId, f64)> {
        let Kind::NumberOf(_, spec) = view.field(key).kind else { return Vec::new() };
        let read = reader.numbers_of(view, key, &|_, _| (Box::new(fixed(&spec)), dimensions(spec.unit)));
        read.into_iter().map(substrate).collect()
    };
    let secreted = reader.numbers_of(view, "secretion", &|r, id| {
        let (convert, expected) = secretion(&r.units[id]);
        (Box::new(convert), expected)
    });
    let crawls = reader.flag(view, "crawls");
    let edge_reach = reader.num(view, "edge_reach");
    if crawls && edge_reach <= 0.0 {
        let place = reader.place_of(&view.at("edge_reach"));
        let d = Diagnostic::new("missing-key", &place, format!("`{name}` crawls, but its `edge_reach` is 0"))
            .help("as in edge_reach = \"200 um\"");
        reader.report(d);
    }
    let shared = reader.view("life");
    let life = |reader: &mut Reader<'a>, key: &str| reader.num(either(view, &shared, key), key);
    let biogenesis = biogenesis(reader, view);
    let sorted = sorted(reader, view, biogenesis.as_ref(), cargo, vesicles);
    CellType {
        name: name.to_owned(),
        label: reader.text(view, "label").unwrap_or_else(|| name.to_owned()),
        place: PLACES[reader.choice(view, "place").unwrap_or(4)],
        radius: reader.num(view, "radius"),
        adhesion: reader.num(view, "adhesion"),
        stiffness: reader.num(view, "stiffness"),
        speed: reader.num(view, "speed"),
        persistence: reader.num(view, "persistence"),
        chemotaxis: plain(reader, "chemotaxis"),
        bias: reader.num(view, "bias"),
        gradient_half: life(reader, "gradient_half"),
        crawls,
        edge_reach,
        division: reader.num(view, "division"),
        refractory: reader.num(view, "refractory"),
        pressure_half: reader.num(view, "pressure_half"),
        pressure_exponent: life(reader, "pressure_exponent"),
        growth: life(reader, "growth"),
        death: reader.num(view, "death"),
        density_exponent: reader.num(view, "density_exponent"),
        apoptosis: life(reader, "apoptosis"),
        fates: fates(reader, view),
        secretion: secreted.into_iter().map(substrate).collect(),
        uptake: plain(reader, "substrate_uptake"),
        collagen1: reader.num(view, "collagen1"),
        collagen3: reader.num(view, "collagen3"),
        phagocytosis: reader.num(view, "phagocytosis"),
        polarisation: reader.num(view, "polarisation"),
        polarisation_start: reader.num(view, "polarisation_start"),
        polarisation_resident: reader.num(view, "polarisation_resident"),
        vessel: reader.flag(view, "vessel"),
        contractile: reader.flag(view, "contractile"),
        biogenesis,
        sorted,
        vesicle_uptake: uptake(reader, view, !vesicles.is_empty()),
    }
}

/// A view of one entry of a map of groups.
pub(crate) fn entry_view<'a>(map: &View<'a>, key: &str) -> View<'a> {
    let entry = map.table.and_then(|t| t.get(key));
    View {
        path: map.at(key),
        fields: map.fields,
        table: entry.and_then(|e| e.node.table()),
        place: entry.map_or_else(|| map.place.clone(), |e| e.key_place.clone()),
    }
}

fn fates<'a>(reader: &mut Reader<'a>, cell: &View<'a>) -> Vec<Fate> {
    let mut out = Vec::new();
    let mut share = 0.0;
    for key in ["fate", "fate_both"] {
        let map = reader.group(cell, key);
        let names: Vec<String> = map.table.into_iter().flat_map(Table::keys).map(str::to_owned).collect();
        for name in names {
            let view = entry_view(&map, &name);
            // An unknown name is reported by the shape and stands for none here.
            let to = reader.position(crate::fields::Names::Cell, &name).map(CellTypeId);
            let trigger = if key == "fate" {
                trigger(reader, &view)
            } else {
                Some(FateTrigger::OnDivisionBoth(reader.num(&view, "on_division")))
            };
            if let Some(FateTrigger::OnDivision(p) | FateTrigger::OnDivisionBoth(p)) = trigger {
                share += p;
            }
            out.extend(trigger.map(|trigger| Fate { to, trigger }));
        }
    }
    if share > 1.0 + 1e-12 {
        let d = Diagnostic::new(
            "limit",
            &cell.place,
            format!("the outcomes of a division of `{}` add up to {share:.3}, more than 1", cell.path),
        )
        .help("on_division of `fate` and `fate_both` are shares of all divisions; the rest is self-renewal");
        reader.report(d);
    }
    out
}

fn trigger<'a>(reader: &mut Reader<'a>, view: &View<'a>) -> Option<FateTrigger> {
    const TRIGGERS: [&str; 5] = ["rate", "on_division", "age", "height", "after_divisions"];
    let given: Vec<&str> = TRIGGERS.into_iter().filter(|k| view.has(k)).collect();
    let [key] = given[..] else {
        let d = Diagnostic::new(
            "fate",
            &view.place,
            format!("`{}` needs one trigger, not {}", view.path, given.len()),
        )
        .help("one of: rate, on_division, age, height, after_divisions");
        reader.report(d);
        return None;
    };
    if key == "after_divisions" {
        return reader.whole(view, key).and_then(|n| u32::try_from(n).ok()).map(FateTrigger::AfterDivisions);
    }
    let x = reader.opt(view, key)?;
    Some(match key {
        "rate" => FateTrigger::Rate(x),
        "on_division" => FateTrigger::OnDivision(x),
        "age" => FateTrigger::Age(x),
        _ => FateTrigger::Height(x),
    })
}
