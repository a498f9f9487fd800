//! Where in a project a fault of the whole model comes from: the model's path of keys is walked through the elements that say
//! it. A number that a type inherits is looked for in the types it comes from; what no element says leads to the deepest
//! one that is there.

use super::Note;
use super::element::Element;
use exoderm_model::agents::{AgentModel, Fault, Step};

/// The remark of a fault. `rules` has file and line of each rule.
pub(super) fn told(
    root: Element<'_, '_>,
    model: &AgentModel,
    rules: &[(String, usize)],
    fault: Fault,
) -> Note {
    let hint = fault.nearest.as_ref().map(|n| format!("; nearest is `{n}`")).unwrap_or_default();
    let message = format!("{}{hint}", fault.message);
    match &fault.path[..] {
        [Step::Key(key), Step::At(k), ..] if key == "rule" => match rules.get(*k) {
            Some((file, line)) => Note::new(file, *line, message),
            None => Note::new(&root.remarks.file, 0, message),
        },
        path => Note::new(&root.remarks.file, element(root, model, path).spot(), message),
    }
}

/// The deepest element on the way.
fn element<'a, 'd>(root: Element<'a, 'd>, model: &AgentModel, path: &[Step]) -> Element<'a, 'd> {
    let keys: Vec<&str> =
        path.iter().filter_map(|s| if let Step::Key(k) = s { Some(k.as_str()) } else { None }).collect();
    let at = path.iter().find_map(|s| if let Step::At(k) = s { Some(*k) } else { None });
    let deepest = |way: &[String]| walk(root, way).0;
    let way = |text: &str| text.split('/').map(str::to_owned).collect::<Vec<_>>();
    match (&keys[..], at) {
        (["domain", "voxel"], _) => deepest(&way("domain/dx")),
        (["domain", ..], _) => deepest(&way("domain")),
        (["steps", "record"], _) => deepest(&way("save/full_data/interval")),
        (["steps", "end"], _) => deepest(&way("overall/max_time")),
        (["steps", key], _) => deepest(&way(&format!("overall/dt_{key}"))),
        (["options", ..], _) => deepest(&way("options")),
        (["substrate", rest @ ..], Some(k)) => {
            let Some(setup) = root.child("microenvironment_setup") else { return root };
            let Some(variable) = setup.all("variable").nth(k) else { return setup };
            let tag = match rest.first().copied() {
                Some("diffusion") => "physical_parameter_set/diffusion_coefficient",
                Some("decay") => "physical_parameter_set/decay_rate",
                Some("initial") => "initial_condition",
                _ => return variable,
            };
            walk(variable, &way(tag)).0
        }
        (["cell", ..], Some(k)) => {
            let Some(list) = root.child("cell_definitions") else { return root };
            let name = model.cells.get(k).map_or("", |t| t.name.as_str());
            of_type(list, model, k, name, path.get(2..).unwrap_or(&[])).unwrap_or(list)
        }
        _ => root,
    }
}

/// In a type's definition, or in that of a type it inherits from.
fn of_type<'a, 'd>(
    list: Element<'a, 'd>,
    model: &AgentModel,
    k: usize,
    name: &str,
    path: &[Step],
) -> Option<Element<'a, 'd>> {
    let named = |name: &str| {
        list.all("cell_definition").find(|d| d.attribute("name").map(str::trim) == Some(name.trim()))
    };
    let own = named(name)?;
    let way = way_in_type(model, k, path);
    let mut at = own;
    // As many steps as there are types at most: names could lead in a circle.
    for _ in 0..model.cells.len() {
        let (found, whole) = walk(at, &way);
        if whole {
            return Some(found);
        }
        let next = match at.attribute("parent_type") {
            Some(parent) => named(parent),
            None => list.all("cell_definition").find(|d| d.attribute("ID").map(str::trim) == Some("0")),
        };
        match next {
            Some(next) if next.node != at.node => at = next,
            _ => break,
        }
    }
    Some(walk(own, &way).0)
}

/// As far as the elements of a way are there, and whether all are. A step is a tag, or a tag with an attribute that must be: `tag[name=x]`.
fn walk<'a, 'd>(from: Element<'a, 'd>, way: &[String]) -> (Element<'a, 'd>, bool) {
    let mut at = from;
    for step in way {
        let found = match step.strip_suffix(']').and_then(|s| s.split_once('[')) {
            None => at.child(step),
            Some((tag, condition)) => {
                let (attribute, value) = condition.split_once('=').unwrap_or((condition, ""));
                at.children().find(|c| c.tag() == tag && c.attribute(attribute).map(str::trim) == Some(value))
            }
        };
        match found {
            Some(next) => at = next,
            None => return (at, false),
        }
    }
    (at, true)
}

/// The way of elements to a key of a type.
fn way_in_type(model: &AgentModel, k: usize, path: &[Step]) -> Vec<String> {
    let keys: Vec<&str> =
        path.iter().filter_map(|s| if let Step::Key(k) = s { Some(k.as_str()) } else { None }).collect();
    let at = path.iter().find_map(|s| if let Step::At(k) = s { Some(*k) } else { None });
    let cell = model.cells.get(k);
    let list = |outer: &str, list: &str, item: &str, attribute: &str, name: &str| {
        vec![outer.to_owned(), list.to_owned(), format!("{item}[{attribute}={name}]")]
    };
    let inside = |way: Vec<String>| [vec!["phenotype".to_owned()], way].concat();
    let two = |a: &str, b: &str| vec![a.to_owned(), b.to_owned()];
    match &keys[..] {
        ["volume", key] => inside(two("volume", volume(key))),
        ["cycle", "asymmetric", name, ..] => inside(list(
            "cycle",
            "standard_asymmetric_division",
            "asymmetric_division_probability",
            "name",
            name,
        )),
        ["cycle", ..] => {
            let from = at.and_then(|r| Some(cell?.cycle.rates.get(r)?.from));
            inside(from.map_or_else(
                || vec!["cycle".to_owned()],
                |f| list("cycle", "phase_durations", "duration", "index", &f.to_string()),
            ))
        }
        ["death", which, rest @ ..] => {
            let code = if *which == "necrosis" { "101" } else { "100" };
            let mut way = vec!["death".to_owned(), format!("model[code={code}]")];
            match rest {
                ["rate"] => way.push("death_rate".to_owned()),
                ["phases", ..] => way.push("phase_durations".to_owned()),
                [key] => way.extend(two("parameters", death(key))),
                _ => {}
            }
            inside(way)
        }
        ["mechanics", "affinities", name] => {
            inside(list("mechanics", "cell_adhesion_affinities", "cell_adhesion_affinity", "name", name))
        }
        ["mechanics", key] => inside(two("mechanics", mechanics(key))),
        ["motility", "sensitivities", name] => {
            let mut way = vec!["motility".to_owned(), "options".to_owned()];
            way.extend(list(
                "advanced_chemotaxis",
                "chemotactic_sensitivities",
                "chemotactic_sensitivity",
                "substrate",
                name,
            ));
            inside(way)
        }
        ["motility", "chemotaxis", key] => {
            inside([two("motility", "options"), two("chemotaxis", key)].concat())
        }
        ["motility", key] => {
            let tag = match *key {
                "persistence" => "persistence_time",
                "bias" => "migration_bias",
                other => other,
            };
            inside(two("motility", tag))
        }
        ["exchange", name, rest @ ..] => {
            let mut way = two("secretion", &format!("substrate[name={name}]"));
            match rest.first().copied() {
                Some("secretion") => way.push("secretion_rate".to_owned()),
                Some("target") => way.push("secretion_target".to_owned()),
                Some("uptake") => way.push("uptake_rate".to_owned()),
                Some("export") => way.push("net_export_rate".to_owned()),
                _ => {}
            }
            inside(way)
        }
        ["interactions", "eat", name] => {
            inside(list("cell_interactions", "live_phagocytosis_rates", "phagocytosis_rate", "name", name))
        }
        ["interactions", "attack", name] => {
            inside(list("cell_interactions", "attack_rates", "attack_rate", "name", name))
        }
        ["interactions", "fuse", name] => {
            inside(list("cell_interactions", "fusion_rates", "fusion_rate", "name", name))
        }
        ["interactions", key] => {
            let tag = match *key {
                "eat_apoptotic" => "apoptotic_phagocytosis_rate",
                "eat_necrotic" => "necrotic_phagocytosis_rate",
                "eat_other_dead" => "other_dead_phagocytosis_rate",
                other => other,
            };
            inside(two("cell_interactions", tag))
        }
        ["transformations", name] => {
            inside(list("cell_transformations", "transformation_rates", "transformation_rate", "name", name))
        }
        ["damage_rate"] => inside(two("cell_integrity", "damage_rate")),
        ["repair_rate"] => inside(two("cell_integrity", "damage_repair_rate")),
        ["custom", ..] => {
            let name = at.and_then(|v| Some(cell?.custom.get(v)?.name.clone())).unwrap_or_default();
            two("custom_data", &name)
        }
        ["distributions", ..] => vec!["initial_parameter_distributions".to_owned()],
        _ => Vec::new(),
    }
}

fn volume(key: &str) -> &str {
    match key {
        "fluid_rate" => "fluid_change_rate",
        "cytoplasmic_rate" => "cytoplasmic_biomass_change_rate",
        "nuclear_rate" => "nuclear_biomass_change_rate",
        "relative_rupture" => "relative_rupture_volume",
        other => other,
    }
}

fn death(key: &str) -> &str {
    match key {
        "unlysed_fluid_rate" => "unlysed_fluid_change_rate",
        "lysed_fluid_rate" => "lysed_fluid_change_rate",
        other => volume(other),
    }
}

fn mechanics(key: &str) -> &str {
    match key {
        "adhesion" => "cell_cell_adhesion_strength",
        "repulsion" => "cell_cell_repulsion_strength",
        "relative_range" => "relative_maximum_adhesion_distance",
        "spring" => "attachment_elastic_constant",
        other => other,
    }
}
