//! `<cell_definitions>`: types of cells, with their inheritance.

use super::distributions::distribution;
use super::element::Element;
use exoderm_model::agents::{
    Advanced, AgentModel, CellType, Chemotaxis, CustomValue, Cycle, CycleModel, Death, Deaths, Exchange,
    Interactions, Mechanics, Motility, PhaseRate, Volume,
};
use std::collections::BTreeMap;

/// What a type has that nothing is said of: the reference values of its own program (a breast epithelium).
fn reference(model: &AgentModel) -> CellType {
    let death = |rate, minutes: &[f64], cytoplasmic, nuclear, fluid, lysed, calcium| Death {
        rate,
        phases: minutes
            .iter()
            .zip(0..)
            .map(|(m, k)| PhaseRate { from: k, to: k + 1, rate: 1.0 / (m + 1e-16), fixed: true })
            .collect(),
        unlysed_fluid_rate: fluid,
        lysed_fluid_rate: lysed,
        cytoplasmic_rate: cytoplasmic,
        nuclear_rate: nuclear,
        calcification_rate: calcium,
        relative_rupture: 2.0,
    };
    let per_hour = |x: f64| x / 60.0;
    CellType {
        volume: Volume {
            total: 2494.0,
            nuclear: 540.0,
            fluid_fraction: 0.75,
            fluid_rate: 0.05,
            cytoplasmic_rate: 0.0045,
            nuclear_rate: 0.0055,
            relative_rupture: 2.0,
            ..Volume::default()
        },
        cycle: Cycle {
            model: CycleModel::Ki67Advanced,
            rates: [(0, 1, 3.62, false), (1, 2, 13.0, true), (2, 0, 2.5, true)]
                .map(|(from, to, hours, fixed)| PhaseRate { from, to, rate: 1.0 / (60.0 * hours), fixed })
                .to_vec(),
            ..Cycle::default()
        },
        death: Deaths {
            apoptosis: death(per_hour(0.00319), &[516.0], per_hour(1.0), per_hour(0.35), 0.05, 0.0, 0.0),
            necrosis: death(
                0.0,
                &[0.0, 86400.0],
                per_hour(0.0032),
                per_hour(0.013),
                per_hour(0.67),
                per_hour(0.05),
                per_hour(0.0042),
            ),
        },
        mechanics: Mechanics {
            adhesion: 0.4,
            repulsion: 10.0,
            membrane_adhesion: 4.0,
            membrane_repulsion: 100.0,
            relative_range: 1.25,
            spring: 0.01,
            max_attachments: 12,
            ..Mechanics::default()
        },
        motility: Motility { speed: 1.0, persistence: 1.0, flat: model.domain.flat, ..Motility::default() },
        interactions: Interactions {
            attack_damage_rate: 1.0,
            attack_duration: 30.0,
            ..Interactions::default()
        },
        ..CellType::default()
    }
}

/// Reads all types.
pub(super) fn read(root: Element<'_, '_>, model: &AgentModel) -> Vec<CellType> {
    let mut done: Vec<CellType> = Vec::new();
    let Some(list) = root.child("cell_definitions") else {
        root.fault("there are no <cell_definitions>");
        return done;
    };
    list.only(&["cell_definition"]);
    let definitions: Vec<_> = list.all("cell_definition").collect();
    let names: Vec<&str> = definitions.iter().map(|d| d.attribute("name").unwrap_or("").trim()).collect();
    let legacy = root.child("options/legacy_cell_defaults_copy").is_some_and(Element::flag);
    let first = definitions.iter().position(|d| {
        d.attribute("ID").is_some_and(|i| i.trim() == "0") || d.attribute("name") == Some("default")
    });
    let mut parent_of: Option<CellType> = None;
    for (k, d) in definitions.iter().enumerate() {
        if let Some(id) = d.attribute("ID")
            && id.trim().parse() != Ok(k)
        {
            d.note(format!("ID is `{id}`; types are numbered in their order, this one {k}"));
        }
        let parent = d.attribute("parent_type");
        let mut t = match parent {
            Some(p) => match done.iter().find(|t| t.name == p.trim()) {
                Some(t) => t.clone(),
                None => {
                    d.fault(format!("parent_type `{p}` is not a type before this one"));
                    continue;
                }
            },
            None => match &parent_of {
                Some(t) if Some(k) != first => {
                    let mut t = t.clone();
                    if !legacy {
                        reset(&mut t);
                    }
                    t
                }
                _ => reference(model),
            },
        };
        t.name = names[k].to_owned();
        definition(*d, &mut t, model, &names);
        if Some(k) == first {
            parent_of = Some(t.clone());
        }
        done.push(t);
    }
    shared_clocks(&definitions, &done);
    done
}

/// What a type does not take over from the default.
fn reset(t: &mut CellType) {
    t.motility.moves = false;
    t.motility.sensitivities.clear();
    t.motility.chemotaxis = None;
    t.motility.advanced = Advanced::Off;
    t.exchange.clear();
    t.interactions = Interactions {
        attack_damage_rate: 1.0,
        attack_duration: t.interactions.attack_duration,
        ..Interactions::default()
    };
    t.transformations.clear();
    t.cycle.asymmetric.clear();
    t.distributions.clear();
}

/// In PhysiCell durations of deaths, and the kind of every duration, belong to the model that types share, so that the last
/// type to say them says them for all.
fn shared_clocks(definitions: &[Element<'_, '_>], types: &[CellType]) {
    let kinds_differ = |a: &[PhaseRate], b: &[PhaseRate]| {
        a.iter().any(|a| b.iter().any(|b| a.from == b.from && a.to == b.to && a.fixed != b.fixed))
    };
    let said = |death: &Death| death.phases.iter().map(|p| (p.from, p.rate, p.fixed)).collect::<Vec<_>>();
    for (k, t) in types.iter().enumerate() {
        let Some(d) = definitions.get(k) else { continue };
        let note = |what: &str, other: &CellType| {
            d.note(format!(
                "`{}` and `{}` have {what}: here each keeps its own, in PhysiCell the last one holds for both",
                t.name, other.name
            ));
        };
        let cycle =
            |o: &&CellType| o.cycle.model == t.cycle.model && kinds_differ(&o.cycle.rates, &t.cycle.rates);
        if let Some(other) = types[..k].iter().find(cycle) {
            note("the same cycle with fixed_duration said differently", other);
        }
        let differ = |o: &CellType| {
            [(&o.death.apoptosis, &t.death.apoptosis), (&o.death.necrosis, &t.death.necrosis)]
                .map(|(a, b)| said(a) != said(b))
        };
        if let Some(other) = types[..k].iter().find(|o| differ(o) != [false; 2]) {
            let what = match differ(other) {
                [true, true] => "apoptosis and necrosis",
                [true, false] => "apoptosis",
                _ => "necrosis",
            };
            note(&format!("different durations of {what}"), other);
        }
    }
}

fn definition(d: Element<'_, '_>, t: &mut CellType, model: &AgentModel, names: &[&str]) {
    d.only(&["phenotype", "custom_data", "initial_parameter_distributions"]);
    if let Some(p) = d.child("phenotype") {
        p.only(&[
            "cycle",
            "death",
            "volume",
            "mechanics",
            "motility",
            "secretion",
            "cell_interactions",
            "cell_transformations",
            "cell_integrity",
            "intracellular",
        ]);
        for e in p.children() {
            match e.tag() {
                "cycle" => cycle(e, t),
                "death" => e.all("model").for_each(|m| death(m, &mut t.death)),
                "volume" => volume(e, &mut t.volume),
                "mechanics" => mechanics(e, t),
                "motility" => motility(e, &mut t.motility, model),
                "secretion" => secretion(e, t),
                "cell_interactions" => interactions(e, &mut t.interactions),
                "cell_transformations" => {
                    e.only(&["transformation_rates"]);
                    named(e, "transformation_rates", "transformation_rate", &mut t.transformations);
                    if t.transformations.remove(&t.name).is_some_and(|r| r > 0.0) {
                        e.note("a rate of change to the same type does nothing");
                    }
                }
                "cell_integrity" => {
                    e.only(&["damage_rate", "damage_repair_rate"]);
                    e.set("damage_rate", &mut t.damage_rate);
                    e.set("damage_repair_rate", &mut t.repair_rate);
                }
                "intracellular" => e.fault(format!(
                    "a network inside cells (`{}`) needs an add-on of PhysiCell that is not read",
                    e.attribute("type").unwrap_or("")
                )),
                _ => {}
            }
        }
    }
    for v in d.child("custom_data").into_iter().flat_map(|c| c.children().collect::<Vec<_>>()) {
        let value: Vec<f64> = if v.text().contains(',') {
            v.text().split(',').map(|x| super::element::leading_number(x).map_or(0.0, |n| n.0)).collect()
        } else {
            vec![v.number()]
        };
        let new = CustomValue {
            name: v.tag().to_owned(),
            value,
            unit: v.attribute("units").unwrap_or("").to_owned(),
            conserved: v.attribute_flag("conserved", false),
        };
        match t.custom.iter_mut().find(|c| c.name == new.name) {
            Some(old) => *old = new,
            None => t.custom.push(new),
        }
    }
    if let Some(e) = d.child("initial_parameter_distributions") {
        t.distributions.clear();
        if e.attribute_flag("enabled", true) {
            t.distributions = e
                .all("distribution")
                .filter(|x| x.attribute_flag("enabled", true))
                .filter_map(|x| distribution(x))
                .collect();
        }
    }
    let _ = names;
}

fn cycle(e: Element<'_, '_>, t: &mut CellType) {
    e.only(&[
        "phase_transition_rates",
        "transition_rates",
        "phase_durations",
        "standard_asymmetric_division",
    ]);
    let model = match e.attribute("code").map(str::trim) {
        Some("0") => CycleModel::Ki67Advanced,
        Some("1") => CycleModel::Ki67Basic,
        Some("2") => CycleModel::FlowCytometry,
        Some("6") => CycleModel::FlowCytometrySeparated,
        Some("7") => CycleModel::CyclingQuiescent,
        Some("5") => CycleModel::Live,
        other => {
            e.note(format!("cycle code `{}` is read as 5, live, as PhysiCell does", other.unwrap_or("")));
            CycleModel::Live
        }
    };
    if t.cycle.model != model {
        t.cycle = Cycle { model, ..Cycle::default() };
    }
    phases(e, &mut t.cycle.rates, |from| model.next(from));
    if let Some(a) = e.child("standard_asymmetric_division") {
        t.cycle.asymmetric.clear();
        if a.attribute_flag("enabled", false) {
            for p in a.all("asymmetric_division_probability") {
                t.cycle.asymmetric.insert(p.attribute("name").unwrap_or("").trim().to_owned(), p.number());
            }
        }
    }
}

fn phases(e: Element<'_, '_>, rates: &mut Vec<PhaseRate>, next: impl Fn(u8) -> u8) {
    let index = |x: Element<'_, '_>, name: &str| x.attribute(name).and_then(|v| v.trim().parse::<u8>().ok());
    let mut put = |new: PhaseRate| match rates.iter_mut().find(|r| r.from == new.from && r.to == new.to) {
        Some(old) => *old = new,
        None => rates.push(new),
    };
    for x in e.child("phase_durations").into_iter().flat_map(|p| p.all("duration").collect::<Vec<_>>()) {
        let Some(from) = index(x, "index") else {
            x.fault("a <duration> without the index of its phase");
            continue;
        };
        let rate = 1.0 / (x.number() + 1e-16);
        put(PhaseRate { from, to: next(from), rate, fixed: x.attribute_flag("fixed_duration", false) });
    }
    let old = e.child("transition_rates");
    if let Some(old) = old {
        old.note("<transition_rates> is an old name of <phase_transition_rates>");
    }
    let links = old.or(e.child("phase_transition_rates"));
    for x in links.into_iter().flat_map(|p| p.all("rate").collect::<Vec<_>>()) {
        let (Some(from), Some(to)) = (index(x, "start_index"), index(x, "end_index")) else {
            x.fault("a <rate> without start_index and end_index");
            continue;
        };
        put(PhaseRate { from, to, rate: x.number(), fixed: x.attribute_flag("fixed_duration", false) });
    }
}

fn death(m: Element<'_, '_>, deaths: &mut Deaths) {
    m.only(&[
        "death_rate",
        "rate",
        "phase_durations",
        "phase_transition_rates",
        "transition_rates",
        "parameters",
    ]);
    let d = match m.attribute("code").map(str::trim) {
        Some("100") => &mut deaths.apoptosis,
        Some("101") => &mut deaths.necrosis,
        other => {
            m.fault(format!(
                "death code `{}` is none of 100 (apoptosis) and 101 (necrosis)",
                other.unwrap_or("")
            ));
            return;
        }
    };
    m.set("rate", &mut d.rate);
    m.set("death_rate", &mut d.rate);
    phases(m, &mut d.phases, |from| from + 1);
    if let Some(p) = m.child("parameters") {
        for (tag, to) in [
            ("unlysed_fluid_change_rate", &mut d.unlysed_fluid_rate),
            ("lysed_fluid_change_rate", &mut d.lysed_fluid_rate),
            ("cytoplasmic_biomass_change_rate", &mut d.cytoplasmic_rate),
            ("nuclear_biomass_change_rate", &mut d.nuclear_rate),
            ("calcification_rate", &mut d.calcification_rate),
            ("relative_rupture_volume", &mut d.relative_rupture),
        ] {
            p.set(tag, to);
        }
    }
}

fn volume(e: Element<'_, '_>, v: &mut Volume) {
    let list = [
        ("total", &mut v.total),
        ("fluid_fraction", &mut v.fluid_fraction),
        ("nuclear", &mut v.nuclear),
        ("fluid_change_rate", &mut v.fluid_rate),
        ("cytoplasmic_biomass_change_rate", &mut v.cytoplasmic_rate),
        ("nuclear_biomass_change_rate", &mut v.nuclear_rate),
        ("calcified_fraction", &mut v.calcified_fraction),
        ("calcification_rate", &mut v.calcification_rate),
        ("relative_rupture_volume", &mut v.relative_rupture),
    ];
    e.only(&list.each_ref().map(|(tag, _)| *tag));
    list.into_iter().for_each(|(tag, to)| e.set(tag, to));
}

fn mechanics(e: Element<'_, '_>, t: &mut CellType) {
    let radius = exoderm_numeric::math::cbrt(3.0 * t.volume.total / (4.0 * std::f64::consts::PI));
    let m = &mut t.mechanics;
    e.only(&[
        "cell_cell_adhesion_strength",
        "cell_cell_repulsion_strength",
        "cell_BM_adhesion_strength",
        "cell_BM_repulsion_strength",
        "relative_maximum_adhesion_distance",
        "attachment_elastic_constant",
        "attachment_rate",
        "detachment_rate",
        "maximum_number_of_attachments",
        "cell_adhesion_affinities",
        "options",
    ]);
    for (tag, to) in [
        ("cell_cell_adhesion_strength", &mut m.adhesion),
        ("cell_cell_repulsion_strength", &mut m.repulsion),
        ("cell_BM_adhesion_strength", &mut m.membrane_adhesion),
        ("cell_BM_repulsion_strength", &mut m.membrane_repulsion),
        ("relative_maximum_adhesion_distance", &mut m.relative_range),
        ("attachment_elastic_constant", &mut m.spring),
        ("attachment_rate", &mut m.attachment_rate),
        ("detachment_rate", &mut m.detachment_rate),
    ] {
        e.set(tag, to);
    }
    if let Some(x) = e.child("maximum_number_of_attachments") {
        m.max_attachments = x.number().clamp(0.0, 1e6) as u32;
    }
    named(e, "cell_adhesion_affinities", "cell_adhesion_affinity", &mut m.affinities);
    for (tag, scale) in
        [("set_relative_equilibrium_distance", 1.0), ("set_absolute_equilibrium_distance", 1.0 / radius)]
    {
        if let Some(x) = e.child("options").and_then(|o| o.child(tag))
            && x.attribute_flag("enabled", false)
        {
            let s = (x.number() * scale).min(2.0);
            let ratio = (1.0 - 0.5 * s) / (1.0 - 0.5 * s / m.relative_range);
            m.adhesion = m.repulsion * ratio * ratio;
        }
    }
}

fn motility(e: Element<'_, '_>, m: &mut Motility, model: &AgentModel) {
    e.only(&["speed", "persistence_time", "migration_bias", "options"]);
    e.set("speed", &mut m.speed);
    e.set("persistence_time", &mut m.persistence);
    e.set("migration_bias", &mut m.bias);
    let Some(o) = e.child("options") else { return };
    o.only(&["enabled", "use_2D", "chemotaxis", "advanced_chemotaxis"]);
    m.moves = o.child("enabled").is_some_and(Element::flag);
    m.flat = model.domain.flat || o.child("use_2D").is_some_and(Element::flag);
    if let Some(c) = o.child("chemotaxis") {
        m.chemotaxis = c.child("enabled").is_some_and(Element::flag).then(|| Chemotaxis {
            substrate: c.child("substrate").map_or("", Element::text).to_owned(),
            direction: c.child("direction").map_or(1.0, Element::number),
        });
    }
    if let Some(a) = o.child("advanced_chemotaxis") {
        let normalized = a.child("normalize_each_gradient").is_some_and(Element::flag);
        m.advanced = match a.child("enabled").is_some_and(Element::flag) {
            false => Advanced::Off,
            true if normalized => Advanced::Normalized,
            true => Advanced::Sum,
        };
        for s in
            a.child("chemotactic_sensitivities").into_iter().flat_map(|l| l.children().collect::<Vec<_>>())
        {
            m.sensitivities.insert(s.attribute("substrate").unwrap_or("").trim().to_owned(), s.number());
        }
        if m.advanced != Advanced::Off && m.chemotaxis.take().is_some() {
            a.note("both kinds of chemotaxis are on: the advanced one holds");
        }
    }
}

fn secretion(e: Element<'_, '_>, t: &mut CellType) {
    for s in e.all("substrate") {
        s.only(&["secretion_rate", "secretion_target", "uptake_rate", "net_export_rate"]);
        let x: &mut Exchange =
            t.exchange.entry(s.attribute("name").unwrap_or("").trim().to_owned()).or_default();
        s.set("secretion_rate", &mut x.secretion);
        s.set("secretion_target", &mut x.target);
        s.set("uptake_rate", &mut x.uptake);
        s.set("net_export_rate", &mut x.export);
    }
}

fn interactions(e: Element<'_, '_>, i: &mut Interactions) {
    e.only(&[
        "dead_phagocytosis_rate",
        "apoptotic_phagocytosis_rate",
        "necrotic_phagocytosis_rate",
        "other_dead_phagocytosis_rate",
        "live_phagocytosis_rates",
        "attack_rates",
        "attack_damage_rate",
        "attack_duration",
        "fusion_rates",
    ]);
    if let Some(x) = e.child("dead_phagocytosis_rate") {
        x.note("<dead_phagocytosis_rate> is an old name: it sets all three rates of eating dead cells");
        let rate = x.number();
        (i.eat_apoptotic, i.eat_necrotic, i.eat_other_dead) = (rate, rate, rate);
    }
    for (tag, to) in [
        ("apoptotic_phagocytosis_rate", &mut i.eat_apoptotic),
        ("necrotic_phagocytosis_rate", &mut i.eat_necrotic),
        ("other_dead_phagocytosis_rate", &mut i.eat_other_dead),
        ("attack_damage_rate", &mut i.attack_damage_rate),
        ("attack_duration", &mut i.attack_duration),
    ] {
        if e.child(tag).is_none() && tag.starts_with("attack") && *to > 0.0 {
            e.note(format!("<{tag}> is missing; PhysiCell reads that as 0, and so it is here"));
            *to = 0.0;
        }
        e.set(tag, to);
    }
    named(e, "live_phagocytosis_rates", "phagocytosis_rate", &mut i.eat);
    named(e, "attack_rates", "attack_rate", &mut i.attack);
    named(e, "fusion_rates", "fusion_rate", &mut i.fuse);
}

fn named(e: Element<'_, '_>, list: &str, tag: &str, to: &mut BTreeMap<String, f64>) {
    for x in e.child(list).into_iter().flat_map(|l| l.all(tag).collect::<Vec<_>>()) {
        to.insert(x.attribute("name").unwrap_or("").trim().to_owned(), x.number());
    }
}
