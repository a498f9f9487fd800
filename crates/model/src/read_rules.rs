//! Rules and recruitment: signals, behaviours, saturations and half-effect levels in the right units.

use crate::diagnostics::Diagnostic;
use crate::fields::{Names, Number};
use crate::number::{Convert, Given, dimensions, fixed};
use crate::read_networks::carried;
use crate::read_tissue::{level, secretion};
use crate::reader::{Reader, View};
use crate::scenario::{
    Behaviour, CargoId, CellNetwork, CellType, CellTypeId, Entry, Exposure, ExposureId, FateTrigger, Need,
    Population, PopulationId, Recruitment, Rule, Signal, SubstrateId,
};
use exoderm_units::Dimension;

const PROTEIN: Dimension = Dimension::new(-3, 0, 1, 0, 0, 0);
const PARTICLES: Dimension = Dimension::new(-3, 0, 0, 0, 0, 1);

/// Accepts units written as in the table of fields.
fn units(unit: &'static str) -> (Convert, String) {
    let spec = Number {
        unit,
        example: "",
        limit: crate::fields::Limit::Any,
        nature: crate::fields::Nature::Biology,
    };
    (Box::new(fixed(&spec)), dimensions(unit))
}

pub(crate) fn signal<'a>(reader: &mut Reader<'a>, view: &View<'a>) -> Option<Signal> {
    let (word, id) = reader.tagged(view, "signal")?;
    let id = id.unwrap_or(0);
    Some(match word {
        "substrate" => Signal::Substrate(SubstrateId(id)),
        "free_edge" => Signal::FreeEdge,
        "pressure" => Signal::Pressure,
        "debris" => Signal::Debris,
        "bed" => Signal::Bed,
        "collagen" => Signal::Collagen,
        "polarisation" => Signal::Polarisation,
        "occupancy" => Signal::Occupancy(PopulationId(id)),
        "cargo" => Signal::Cargo(CargoId(id)),
        "exposure" => Signal::Exposure(ExposureId(id)),
        "network" => {
            let (network, output) = reader.network_output(id)?;
            Signal::Network(network, output)
        }
        _ => Signal::Age,
    })
}

fn behaviour<'a>(reader: &mut Reader<'a>, view: &View<'a>) -> Option<Behaviour> {
    let (word, id) = reader.tagged(view, "behaviour")?;
    let id = id.unwrap_or(0);
    Some(match word {
        "speed" => Behaviour::Speed,
        "division" => Behaviour::Division,
        "death" => Behaviour::Death,
        "bias" => Behaviour::Bias,
        "secretion" => Behaviour::Secretion(SubstrateId(id)),
        "collagen1" => Behaviour::Collagen1,
        "collagen3" => Behaviour::Collagen3,
        "fate" => Behaviour::Fate(CellTypeId(id)),
        "polarisation" => Behaviour::Polarisation,
        "release" => Behaviour::Release,
        "uptake" => Behaviour::Uptake,
        "escrt" => Behaviour::Escrt,
        "nsmase2" => Behaviour::Nsmase2,
        "rab27" => Behaviour::Rab27,
        "lysosome_fusion" => Behaviour::LysosomeFusion,
        "enrichment" => Behaviour::Enrichment(CargoId(id)),
        _ => Behaviour::Phagocytosis,
    })
}

/// Unit of a signal.
pub(crate) fn signal_unit(reader: &Reader<'_>, signal: Signal) -> (Convert, String) {
    match signal {
        Signal::Substrate(id) => {
            let (convert, expected) = level(&reader.units[id.0]);
            (Box::new(convert), expected)
        }
        Signal::Age => units("min"),
        Signal::Cargo(_) => units("1|copies"),
        _ => units("1"),
    }
}

/// Unit of a behaviour's value.
fn behaviour_unit(reader: &Reader<'_>, behaviour: Behaviour) -> (Convert, String) {
    match behaviour {
        Behaviour::Speed => units("um/min"),
        Behaviour::Division | Behaviour::Death | Behaviour::Fate(_) | Behaviour::Polarisation => {
            units("1/min")
        }
        Behaviour::Bias
        | Behaviour::Escrt
        | Behaviour::Nsmase2
        | Behaviour::Rab27
        | Behaviour::LysosomeFusion
        | Behaviour::Enrichment(_) => units("1"),
        Behaviour::Release => units("1/min|EV/min"),
        Behaviour::Secretion(id) => {
            let (convert, expected) = secretion(&reader.units[id.0]);
            (Box::new(convert), expected)
        }
        Behaviour::Collagen1 | Behaviour::Collagen3 | Behaviour::Uptake | Behaviour::Phagocytosis => {
            units("um^3/cell/min|um^3/min")
        }
    }
}

/// Reads the rules.
pub(crate) fn rules(
    reader: &mut Reader<'_>,
    cells: &[CellType],
    populations: &[Population],
    networks: &[CellNetwork],
) -> Vec<Rule> {
    let entries = reader.entries("rule");
    let carriers: Vec<Vec<CellTypeId>> = networks.iter().map(|n| n.cells.clone()).collect();
    let mut out = Vec::new();
    for (name, view) in &entries {
        if let Some(rule) = rule(reader, name, view, cells, populations) {
            let place = reader.place_of(&view.at("signal"));
            carried(reader, &place, rule.signal, &rule.cells, &carriers, cells);
            out.push(rule);
        }
    }
    out
}

/// Reports unless exactly one of two keys is there.
fn one_of<'a>(reader: &mut Reader<'a>, view: &View<'a>, a: &str, b: &str) -> bool {
    if view.has(a) != view.has(b) {
        return true;
    }
    let (what, and) = if view.has(a) { ("both", "and") } else { ("neither", "nor") };
    let d = Diagnostic::new(
        "rule",
        &view.place,
        format!("`{}` has {what} `{a}` {and} `{b}`: it needs one", view.path),
    )
    .help(format!("{a}: {}; {b}: {}", view.field(a).meaning, view.field(b).meaning));
    reader.report(d);
    false
}

fn rule<'a>(
    reader: &mut Reader<'a>,
    name: &str,
    view: &View<'a>,
    cells: &[CellType],
    populations: &[Population],
) -> Option<Rule> {
    let applies: Vec<CellTypeId> = reader.name_list(view, "cells").into_iter().map(CellTypeId).collect();
    let signal = signal(reader, view);
    let behaviour = behaviour(reader, view);
    let one_saturation = one_of(reader, view, "fold", "saturation");
    let one_half = one_of(reader, view, "half", "half_dose");
    let exponent = reader.num(view, "exponent");
    let memory = reader.num(view, "memory");
    let falling = reader.flag(view, "falling");
    let exosome = reader.flag(view, "exosome");
    let multiply = reader.choice(view, "combine") == Some(1);
    let need = [Need::None, Need::Deficit, Need::Excess][reader.choice(view, "need").unwrap_or(0)];
    let (signal, behaviour) = (signal?, behaviour?);
    let absolute = view.has("saturation");
    let saturation = if !one_saturation {
        None
    } else if absolute {
        let (convert, expected) = behaviour_unit(reader, behaviour);
        reader.opt_as(view, "saturation", &convert, &expected)
    } else {
        reader.opt(view, "fold")
    };
    if matches!(behaviour, Behaviour::Bias) && absolute && saturation.is_some_and(|s| s > 1.0) {
        let d =
            Diagnostic::new("limit", &reader.place_of(&view.at("saturation")), "the bias cannot exceed 1")
                .help("it is the share of the direction that chemotaxis decides");
        reader.report(d);
    }
    let half = if !one_half {
        None
    } else if view.has("half") {
        let (convert, expected) = signal_unit(reader, signal);
        reader.opt_as(view, "half", &convert, &expected)
    } else {
        half_dose(reader, view, signal, &applies, cells, populations)
    };
    if need != Need::None && !exosome {
        let d = Diagnostic::new(
            "rule",
            &reader.place_of(&view.at("need")),
            format!("`{}` has `need` but is no exosome rule", view.path),
        )
        .help("add exosome = true, or remove need");
        reader.report(d);
    }
    let chromatin = reader.flag(view, "chromatin");
    if chromatin && (memory <= 0.0 || !exosome) {
        let d = Diagnostic::new(
            "rule",
            &reader.place_of(&view.at("chromatin")),
            format!("`{}` acts through chromatin but is no exosome rule with a `memory`", view.path),
        )
        .help("add exosome = true and memory, the time chromatin takes to relax, as in memory = \"10 d\"");
        reader.report(d);
    }
    check_targets(reader, view, (signal, behaviour), &applies, cells);
    Some(Rule {
        name: name.to_owned(),
        cells: applies,
        signal,
        behaviour,
        saturation: saturation.unwrap_or(f64::NAN),
        absolute,
        half: half.unwrap_or(f64::NAN),
        exponent,
        falling,
        multiply,
        memory,
        exosome,
        need,
        chromatin,
    })
}

/// Reads what reaches all cells for a time.
pub(crate) fn exposures(reader: &mut Reader<'_>) -> Vec<Exposure> {
    let mut out = Vec::new();
    for (name, view) in reader.entries("exposure") {
        let what = reader.text(&view, "what").unwrap_or_else(|| name.clone());
        let level = reader.num(&view, "level");
        let (start, end) = (reader.opt(&view, "start"), reader.opt(&view, "end"));
        if let (Some(a), Some(b)) = (start, end)
            && a >= b
        {
            let d = Diagnostic::new(
                "time",
                &reader.place_of(&view.at("end")),
                format!("`{}` ends before it starts", view.path),
            )
            .help("leave `end` out for an exposure that lasts");
            reader.report(d);
        }
        out.push(Exposure { name, what, level, start, end });
    }
    out
}

/// The behaviour must exist in each cell type it applies to.
fn check_targets(
    reader: &mut Reader<'_>,
    view: &View<'_>,
    (signal, behaviour): (Signal, Behaviour),
    applies: &[CellTypeId],
    cells: &[CellType],
) {
    let place = reader.place_of(&view.at("behaviour"));
    let chain = matches!(
        behaviour,
        Behaviour::Release
            | Behaviour::Escrt
            | Behaviour::Nsmase2
            | Behaviour::Rab27
            | Behaviour::LysosomeFusion
            | Behaviour::Enrichment(_)
    );
    if signal == Signal::FreeEdge && (chain || behaviour == Behaviour::Uptake) {
        let d = Diagnostic::new("rule", &place, "release and uptake of vesicles do not read `free_edge`")
            .help("the edge is sensed by moving and dividing; read a dissolved factor of the wound instead");
        reader.report(d);
    }
    for cell in applies.iter().filter_map(|id| cells.get(id.0)) {
        match behaviour {
            Behaviour::Fate(to) => {
                let target = cells.get(to.0).map_or("", |c| c.name.as_str());
                let fits =
                    cell.fates.iter().any(|f| f.to == Some(to) && matches!(f.trigger, FateTrigger::Rate(_)));
                if !fits {
                    let message = format!(
                        "`{}` has no fate `{target}` with a rate that a rule could change",
                        cell.name
                    );
                    let d = Diagnostic::new("rule", &place, message)
                        .help(format!("add fate.{target} = {{ rate = \"0 1/d\" }} to [cell.{}]", cell.name));
                    reader.report(d);
                }
            }
            _ if chain && cell.biogenesis.is_none() => {
                let d = Diagnostic::new(
                    "rule",
                    &place,
                    format!("`{}` releases no vesicles that a rule could change", cell.name),
                )
                .help(format!("add biogenesis.secretion to [cell.{}]", cell.name));
                reader.report(d);
            }
            Behaviour::Enrichment(c) if !cell.sorted.iter().any(|x| x.cargo == c) => {
                let cargo = reader.names(Names::Cargo).get(c.0).cloned().unwrap_or_default();
                let d = Diagnostic::new(
                    "rule",
                    &place,
                    format!("`{}` holds no `{cargo}` that a rule could enrich in its vesicles", cell.name),
                )
                .help(format!(
                    "add content.{cargo} to [cell.{}], as in content.{cargo} = \"600 copies/um^3\"",
                    cell.name
                ));
                reader.report(d);
            }
            Behaviour::Speed
                if cell.persistence <= 0.0
                    && !reader.is_misspelt(&format!("cell.{}.persistence", cell.name)) =>
            {
                let d = Diagnostic::new(
                    "rule",
                    &place,
                    format!("`{}` is moved by a rule but has no `persistence`", cell.name),
                )
                .help(format!("add persistence to [cell.{}], as in persistence = \"3 h\"", cell.name));
                reader.report(d);
            }
            _ => {}
        }
    }
}

/// Occupancy that a half-effect dose in culture gives at steady state: θ = C/(C + K), with K the concentration that
/// occupies half of the sites, (k_int + k_off)/k_b = capacity · internalisation / clearance, of the first cell type.
fn half_dose<'a>(
    reader: &mut Reader<'a>,
    view: &View<'a>,
    signal: Signal,
    applies: &[CellTypeId],
    cells: &[CellType],
    populations: &[Population],
) -> Option<f64> {
    let place = reader.place_of(&view.at("half_dose"));
    let Signal::Occupancy(population) = signal else {
        let d = Diagnostic::new("rule", &place, "`half_dose` needs a signal `occupancy:NAME`")
            .help("it is read as the occupancy of the cells' sites; use `half` for other signals");
        reader.report(d);
        return None;
    };
    let population = populations.get(population.0)?;
    let first = *applies.first()?;
    let own = &cells.get(first.0)?.vesicle_uptake;
    let uptake = &crate::scenario::VesicleUptake {
        clearance: own.clearance * population.targeting_of(first),
        ..own.clone()
    };
    if uptake.clearance <= 0.0 || uptake.internalisation <= 0.0 {
        let d = Diagnostic::new(
            "rule",
            &place,
            "the first cell type of this rule takes up no vesicles, so `half_dose` means nothing",
        )
        .help("give the occupancy with `half`, or change `cells`");
        reader.report(d);
        return None;
    }
    let by_mass = std::cell::Cell::new(false);
    let convert = |g: &Given| match g.quantity.dimension {
        PARTICLES => Some(g.quantity.value),
        PROTEIN => {
            by_mass.set(true);
            Some(g.quantity.value * population.particles_per_ug)
        }
        _ => None,
    };
    let expected = format!("{PROTEIN} (protein) or {PARTICLES} (particles)");
    if population.particles_per_ug <= 0.0 {
        let only_particles = |g: &Given| (g.quantity.dimension == PARTICLES).then_some(g.quantity.value);
        let expected =
            format!("{PARTICLES} (`{}` has no `particles_per_ug` to read a mass with)", population.name);
        let c = reader.opt_as(view, "half_dose", &only_particles, &expected)?;
        return Some(occupancy(c, uptake));
    }
    let c = reader.opt_as(view, "half_dose", &convert, &expected)?;
    Some(occupancy(c, uptake))
}

/// Share of sites occupied at steady state at a free concentration (vesicles/um³).
pub(crate) fn occupancy(concentration: f64, uptake: &crate::scenario::VesicleUptake) -> f64 {
    concentration / (concentration + half_saturation(uptake))
}

/// Free concentration that occupies half of the sites (vesicles/um³).
pub(crate) fn half_saturation(uptake: &crate::scenario::VesicleUptake) -> f64 {
    uptake.capacity * uptake.internalisation / uptake.clearance
}

/// Reads the recruitment.
pub(crate) fn recruitment(reader: &mut Reader<'_>) -> Vec<Recruitment> {
    let mut out = Vec::new();
    if reader.in_box {
        return out; // reported by the shape
    }
    for (name, view) in reader.entries("recruit") {
        let cell = reader.position(crate::fields::Names::Cell, &name);
        let base_entry = reader.choice(&view, "from") == Some(1);
        let entry = if base_entry { Entry::Base } else { Entry::Vessels };
        let (convert, expected) = units(if base_entry { "cells/um^2/min" } else { "cells/um/min" });
        let base = reader.opt_as(&view, "base", &convert, &expected).unwrap_or(0.0);
        let saturation = reader.opt_as(&view, "saturation", &convert, &expected).unwrap_or(0.0);
        let signal = signal(reader, &view);
        let exponent = reader.num(&view, "exponent");
        let margin = reader.num(&view, "margin");
        let scatter = reader.num(&view, "scatter");
        let Some(signal) = signal else { continue };
        if !matches!(signal, Signal::Substrate(_) | Signal::Debris | Signal::Bed | Signal::Collagen) {
            let d = Diagnostic::new(
                "rule",
                &reader.place_of(&view.at("signal")),
                "recruitment reads a signal of the tissue, not of a cell",
            )
            .help("one of: substrate:NAME, debris, bed, collagen");
            reader.report(d);
        }
        let (convert, expected) = signal_unit(reader, signal);
        let half = reader.opt_as(&view, "half", &convert, &expected).unwrap_or(f64::NAN);
        out.extend(cell.map(|c| Recruitment {
            cell: CellTypeId(c),
            entry,
            base,
            saturation,
            signal,
            half,
            exponent,
            margin,
            scatter,
        }));
    }
    out
}
