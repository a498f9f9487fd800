//! The scenario as a whole: question, run, events, arms, endpoints, recording.

use crate::diagnostics::Diagnostic;
use crate::fields::MEASURES;
use crate::number::Given;
use crate::reader::{Reader, View};
use crate::scenario::{
    Arm, ArmKind, Channels, Dressing, Endpoint, EndpointRole, Event, Measure, Population, PopulationId,
    Question, Recording, Release, ReleaseLaw, Scenario, Steps, Tissue, Wound, product_applied,
};
use crate::{read_cells, read_compare as compare, read_networks, read_rules, read_tissue, read_vesicles};
use exoderm_units::Dimension;

const PER_AREA: Dimension = Dimension::new(-2, 0, 0, 0, 0, 1);
const MASS_PER_AREA: Dimension = Dimension::new(-2, 0, 1, 0, 0, 0);

/// Reads everything. Values that could not be read are placeholders; the reader holds the mistakes.
pub(crate) fn scenario(reader: &mut Reader<'_>) -> Scenario {
    let top = reader.view("");
    reader.whole(&top, "format");
    let name = name(reader, &top);
    let run = reader.view("run");
    let horizon = reader.num(&run, "horizon");
    let burn_in = reader.num(&run, "burn_in");
    let replicates = reader.whole(&run, "replicates").and_then(|n| u32::try_from(n).ok()).unwrap_or(1);
    let seed = reader.whole(&run, "seed").and_then(|n| u64::try_from(n).ok()).unwrap_or(1);
    let tissue = read_tissue::tissue(reader);
    let substrates = read_tissue::substrates(reader);
    let cargo = read_vesicles::cargo(reader);
    let vesicles = read_vesicles::populations(reader, &cargo);
    let transport = read_vesicles::transport(reader, !vesicles.is_empty());
    let cells = read_cells::cells(reader, &cargo, &vesicles);
    let mechanics = read_cells::mechanics(reader, !cells.is_empty());
    let exposures = read_rules::exposures(reader);
    let networks = read_networks::networks(reader, &cells);
    let rules = read_rules::rules(reader, &cells, &vesicles, &networks);
    let exosome = reader.view("exosome");
    let potency = reader.num(&exosome, "potency");
    let chromatin_gain = reader.num(&exosome, "chromatin_gain");
    let bounded = reader.flag(&exosome, "bounded");
    let events = events(reader, &vesicles, horizon);
    let arms = arms(reader, &events, &vesicles);
    let is_box = matches!(tissue, Tissue::Box(_));
    Scenario {
        title: reader.text(&top, "title").unwrap_or_else(|| name.clone()),
        species: reader.text(&top, "species").unwrap_or_default(),
        name,
        question: question(reader, is_box),
        horizon,
        burn_in,
        replicates,
        seed,
        tissue,
        matrix: read_tissue::matrix(reader),
        substrates,
        cargo,
        vesicles,
        transport,
        mechanics,
        cells,
        exposures,
        networks,
        rules,
        potency,
        chromatin_gain,
        bounded,
        recruitment: read_rules::recruitment(reader),
        events,
        arms,
        endpoints: endpoints(reader, horizon, is_box),
        recording: recording(reader, horizon, burn_in),
        comparisons: compare::comparisons(reader),
        counterpart: compare::counterpart(reader),
        steps: steps(reader),
        // Last: it refers to the numbers read above.
        sensitivity: compare::sensitivity(reader),
        provenance: Vec::new(),
    }
}

/// Name of the scenario: as written, or the file's.
fn name<'a>(reader: &mut Reader<'a>, top: &View<'a>) -> String {
    let written = reader.text(top, "name").map(|n| (n, "name"));
    let written = written.or_else(|| reader.text(top, "profile").map(|n| (n, "profile")));
    reader.text(top, "extends");
    let Some((name, key)) = written else {
        let file = reader.input.path.rsplit(['/', '\\']).next().unwrap_or("");
        let stem = file.strip_suffix(".toml").unwrap_or(file);
        let clean: String = stem
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' })
            .take(64)
            .collect();
        return if clean.is_empty() { "scenario".to_owned() } else { clean };
    };
    let good = !name.is_empty()
        && name.len() <= 64
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    if !good {
        let d = Diagnostic::new(
            "name",
            &reader.place_of(key),
            "a name is made of 1 to 64 letters, digits, `_` and `-`",
        )
        .help("it becomes the name of a folder; `title` is for people");
        reader.report(d);
    }
    name
}

fn question(reader: &mut Reader<'_>, is_box: bool) -> Question {
    let view = reader.view("question");
    let empty = Question {
        text: String::new(),
        population: String::new(),
        outcome: String::new(),
        comparator: String::new(),
    };
    if is_box {
        return empty;
    }
    if view.table.is_none() {
        reader.missing(&view, "text");
        return empty;
    }
    let text = reader.text(&view, "text").unwrap_or_default();
    if !text.is_empty() && !text.trim_end().ends_with('?') {
        let d = Diagnostic::new(
            "question",
            &reader.place_of("question.text"),
            "the question does not end with a question mark",
        )
        .help("ask what the run can answer: \"Does … close a wound faster than …?\"");
        reader.report(d);
    }
    Question {
        text,
        population: reader.text(&view, "population").unwrap_or_default(),
        outcome: reader.text(&view, "outcome").unwrap_or_default(),
        comparator: reader.text(&view, "comparator").unwrap_or_default(),
    }
}

fn events(reader: &mut Reader<'_>, vesicles: &[Population], horizon: f64) -> Vec<Event> {
    let mut out = Vec::new();
    for (name, view) in reader.entries("event") {
        let Some(kind) = reader.choice(&view, "kind") else { continue };
        if reader.in_box != (kind == 3) {
            continue; // reported by the shape
        }
        let time = reader.num(&view, "time");
        if time > horizon {
            let d = Diagnostic::new(
                "time",
                &reader.place_of(&view.at("time")),
                format!("`{name}` happens after the end of the run"),
            )
            .help("lengthen [run] horizon or move the event");
            reader.report(d);
        }
        let event = match kind {
            0 => Some(Event::Wound(wound(reader, &view, time))),
            1 => dressing(reader, &view, time, vesicles).map(Event::Dressing),
            2 => Some(Event::Channels(Channels {
                time,
                density: reader.num(&view, "density"),
                diameter: reader.num(&view, "diameter"),
                depth: reader.num(&view, "depth"),
                closing: reader.num(&view, "closing"),
            })),
            _ => release(reader, &view, time).map(Event::Release),
        };
        let second = out.iter().any(|e| {
            matches!((e, kind), (Event::Wound(_), 0) | (Event::Dressing(_), 1) | (Event::Channels(_), 2))
        });
        if second {
            let d = Diagnostic::new(
                "duplicate",
                &view.place,
                format!("`{name}` is a second event of kind \"{}\"", ["wound", "dressing", "channels"][kind]),
            )
            .help("a scenario has one of each; `every` renews a dressing");
            reader.report(d);
        }
        out.extend(event);
    }
    out
}

fn wound<'a>(reader: &mut Reader<'a>, view: &View<'a>, time: f64) -> Wound {
    Wound {
        time,
        radius: reader.num(view, "radius"),
        clot_fibrin: reader.num(view, "clot_fibrin"),
        debris: reader.num(view, "debris"),
        contraction: reader.num(view, "contraction"),
        contraction_margin: reader.num(view, "contraction_margin"),
        activation_reach: reader.num(view, "activation_reach"),
        splint: reader.num(view, "splint"),
    }
}

fn dressing<'a>(
    reader: &mut Reader<'a>,
    view: &View<'a>,
    time: f64,
    vesicles: &[Population],
) -> Option<Dressing> {
    let product = reader.name(view, "product");
    let thickness = reader.num(view, "thickness");
    let gel_diffusion = reader.num(view, "gel_diffusion");
    let release =
        if reader.choice(view, "release") == Some(1) { ReleaseLaw::FirstOrder } else { ReleaseLaw::Slab };
    let degradation = reader.num(view, "degradation");
    let occlusive = reader.flag(view, "occlusive");
    let every = reader.opt(view, "every");
    let Some(product) = product else {
        // What the dose is read with is not known, but that it is a dose can be said.
        let either =
            |g: &Given| matches!(g.quantity.dimension, PER_AREA | MASS_PER_AREA).then_some(g.quantity.value);
        reader.opt_as(view, "dose", &either, &format!("{PER_AREA} or {MASS_PER_AREA}"));
        return None;
    };
    let population = &vesicles[product];
    if population.endogenous {
        let d = Diagnostic::new(
            "dressing",
            &reader.place_of(&view.at("product")),
            format!("`{}` are the tissue's own vesicles, not a product", population.name),
        )
        .help("define the product as a [vesicle.NAME] of its own");
        reader.report(d);
    }
    let by_mass = std::cell::Cell::new(false);
    let per_ug = population.particles_per_ug;
    let convert = |g: &Given| match g.quantity.dimension {
        PER_AREA => {
            by_mass.set(false);
            Some(g.quantity.value)
        }
        MASS_PER_AREA if per_ug > 0.0 => {
            by_mass.set(true);
            Some(g.quantity.value * per_ug)
        }
        _ => None,
    };
    let expected = if per_ug > 0.0 {
        format!("{PER_AREA} or {MASS_PER_AREA}")
    } else {
        format!("{PER_AREA} (`{}` has no `particles_per_ug` to read a mass with)", population.name)
    };
    let dose = reader.opt_as(view, "dose", &convert, &expected);
    let path = view.at("dose");
    let dose_text = reader.by_path.get(&path).map(|&i| reader.listed[i].row.text.clone());
    Some(Dressing {
        time,
        product: PopulationId(product),
        dose: dose.unwrap_or(f64::NAN),
        dose_text: dose_text.unwrap_or_default(),
        by_mass: by_mass.get(),
        thickness,
        gel_diffusion,
        release,
        degradation,
        occlusive,
        every,
    })
}

fn release<'a>(reader: &mut Reader<'a>, view: &View<'a>, time: f64) -> Option<Release> {
    let population = reader.name(view, "population");
    let count = reader.num(view, "count");
    let position = reader.vector(view, "position");
    Some(Release { time, population: PopulationId(population?), count, position: position? })
}

const ARMS: [ArmKind; 12] = [
    ArmKind::Untreated,
    ArmKind::Vehicle,
    ArmKind::Exosome,
    ArmKind::Null,
    ArmKind::Soluble,
    ArmKind::Depleted,
    ArmKind::UptakeBlocked,
    ArmKind::Empty,
    ArmKind::Scrambled,
    ArmKind::Disposal,
    ArmKind::Protease,
    ArmKind::Detergent,
];

fn arms(reader: &mut Reader<'_>, events: &[Event], vesicles: &[Population]) -> Vec<Arm> {
    let mut out: Vec<Arm> = Vec::new();
    let has_product = product_applied(events, vesicles);
    let own_vesicles = vesicles.iter().any(|p| p.endogenous);
    // A dressing that was written but could not be read is no reason to complain about its arms.
    let unread = reader.entries("event").len() != events.len();
    for (name, view) in reader.entries("arm") {
        let kind = reader.choice(&view, "kind").map(|k| ARMS[k]);
        let label = reader.text(&view, "label");
        let Some(kind) = kind else { continue };
        let label = label.unwrap_or_else(|| kind.what().to_owned());
        let place = reader.place_of(&view.at("kind"));
        if let Some(first) = out.iter().find(|a| a.kind == kind) {
            let d = Diagnostic::new(
                "duplicate",
                &place,
                format!("the arms `{}` and `{name}` are of the same kind", first.name),
            )
            .help("arms of one kind would be the same runs; make another scenario for another dose");
            reader.report(d);
        }
        let refused = match kind {
            ArmKind::Untreated | ArmKind::Disposal => None,
            // Without a product it is the tissue's own vesicles that no cell binds.
            ArmKind::UptakeBlocked if own_vesicles => None,
            ArmKind::UptakeBlocked => {
                Some(format!("the arm `{name}` blocks the uptake of vesicles, but the scenario has none"))
            }
            _ => Some(format!("the arm `{name}` needs a product, but no dressing has one")),
        };
        if let Some(why) = refused.filter(|_| !has_product && !unread) {
            let d = Diagnostic::new("arm", &place, why).help(
                "add an [event.NAME] with kind = \"dressing\" (in a box: \"release\"), or remove the arm; a scenario without a product can have \
                 `untreated`, `disposal` and, where cells make vesicles of their own, `uptake_blocked`",
            );
            reader.report(d);
        }
        out.push(Arm { name, kind, label });
    }
    if out.is_empty() && reader.entries("arm").is_empty() {
        if reader.in_box {
            let kind = if has_product { ArmKind::Exosome } else { ArmKind::Untreated };
            out.push(Arm { name: "run".to_owned(), kind, label: "as written".to_owned() });
        } else {
            let place = reader.top().clone();
            let d = Diagnostic::new("arm", &place, "the scenario has no arm")
                .help("add at least [arm.untreated] with kind = \"untreated\"");
            reader.report(d);
        }
    }
    out
}

const MEASURE_VALUES: [Measure; 14] = [
    Measure::PercentClosed,
    Measure::MeanOpenArea,
    Measure::ClosureTime,
    Measure::EpidermalThickness,
    Measure::CollagenRatio,
    Measure::CollagenContent,
    Measure::VesselDensity,
    Measure::MacrophageScore,
    Measure::PeakNeutrophils,
    Measure::PeakNeutrophilTime,
    Measure::PeakMacrophageTime,
    Measure::FrontSpeed,
    Measure::MyofibroblastDensity,
    Measure::Delivered,
];

fn endpoints(reader: &mut Reader<'_>, horizon: f64, is_box: bool) -> Vec<Endpoint> {
    let mut out: Vec<Endpoint> = Vec::new();
    if is_box {
        return out;
    }
    for (name, view) in reader.entries("endpoint") {
        let measure = reader.choice(&view, "measure");
        let time = reader.opt(&view, "time");
        let label = reader.text(&view, "label");
        let target = reader.text(&view, "target");
        if let Some(id) = &target {
            compare::check_target(reader, id, &view.at("target"));
        }
        let role = reader.choice(&view, "role").unwrap_or(2);
        let headline = reader.flag(&view, "headline");
        let Some(measure) = measure else { continue };
        let (word, timed, default_label) = MEASURES[measure];
        if timed && !view.has("time") {
            reader.missing(&view, "time");
        }
        if let (false, Some(_)) = (timed, time) {
            let d = Diagnostic::new(
                "endpoint",
                &reader.place_of(&view.at("time")),
                format!("`{word}` is not read at a time"),
            )
            .help("remove `time`");
            reader.report(d);
        }
        if time.is_some_and(|t| t > horizon) {
            let d = Diagnostic::new(
                "time",
                &reader.place_of(&view.at("time")),
                format!("`{name}` is read after the end of the run"),
            )
            .help("lengthen [run] horizon or read the endpoint earlier");
            reader.report(d);
        }
        if let Some(first) = out.iter().find(|e| e.headline && headline) {
            let d = Diagnostic::new(
                "headline",
                &reader.place_of(&view.at("headline")),
                format!("`{}` is the headline already", first.name),
            )
            .help("exactly one endpoint has headline = true");
            reader.report(d);
        }
        out.push(Endpoint {
            label: label.unwrap_or_else(|| match time {
                Some(t) => format!("{default_label}, day {}", exoderm_units::significant(t / 1440.0, 4)),
                None => default_label.to_owned(),
            }),
            measure: MEASURE_VALUES[measure],
            time,
            target,
            role: [EndpointRole::Fit, EndpointRole::Check, EndpointRole::Report][role],
            headline,
            name,
        });
    }
    if !out.iter().any(|e| e.headline) {
        let place = reader.place_of("endpoint");
        let d = Diagnostic::new("headline", &place, "no endpoint is the headline")
            .help("add headline = true to the endpoint that answers the question");
        reader.report(d);
    }
    out
}

fn recording(reader: &mut Reader<'_>, horizon: f64, burn_in: f64) -> Recording {
    let view = reader.view("record");
    let snapshots = if view.has("snapshots") { reader.list(&view, "snapshots", None) } else { None };
    let snapshots = snapshots.unwrap_or_default();
    for (i, t) in snapshots.iter().enumerate() {
        if *t > horizon || *t < -burn_in {
            let node = view.node("snapshots").and_then(|n| n.list()).and_then(|l| l.get(i));
            let place = node.map_or_else(|| view.place.clone(), |n| n.place.clone());
            let d = Diagnostic::new("time", &place, "this snapshot lies outside the run")
                .help("snapshots lie between the start of the burn-in and the horizon");
            reader.report(d);
        }
    }
    Recording {
        series: reader.num(&view, "series"),
        snapshots,
        checkpoint: reader.num(&view, "checkpoint"),
        communication: reader.flag(&view, "communication"),
    }
}

fn steps(reader: &mut Reader<'_>) -> Steps {
    let view = reader.view("steps");
    let phenotype = reader.num(&view, "phenotype");
    let burn_in = reader.opt(&view, "burn_in").unwrap_or(phenotype);
    let s = Steps { phenotype, transport: reader.num(&view, "transport"), burn_in };
    let ratio = s.transport / s.phenotype;
    if (ratio - ratio.round()).abs() > 1e-9 * ratio || ratio < 0.5 {
        let d = Diagnostic::new(
            "steps",
            &reader.place_of("steps.transport"),
            "the transport step is no multiple of the phenotype step",
        )
        .help("as in phenotype = \"6 min\", transport = \"30 min\"");
        reader.report(d);
    }
    s
}
