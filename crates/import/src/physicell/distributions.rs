//! `<initial_parameter_distributions>`: parameters drawn for each initial cell.

use super::element::Element;
use exoderm_model::agents::names::Dictionary;
use exoderm_model::agents::{AgentModel, Distribution, Law};

/// With `check_base`, as without the attribute, a base value outside of its distribution's range is a mistake.
pub(super) fn check_bases(root: Element<'_, '_>, model: &AgentModel) {
    let dictionary = Dictionary::of(model);
    let definitions =
        root.child("cell_definitions").into_iter().flat_map(|l| l.all("cell_definition").collect::<Vec<_>>());
    for d in definitions {
        let name = d.attribute("name").unwrap_or("").trim();
        let Some(kind) = model.cells.iter().position(|t| t.name == name) else { continue };
        let Some(list) =
            d.child("initial_parameter_distributions").filter(|l| l.attribute_flag("enabled", true))
        else {
            continue;
        };
        let wanted =
            |x: &Element<'_, '_>| x.attribute_flag("enabled", true) && x.attribute_flag("check_base", true);
        for x in list.all("distribution").filter(wanted) {
            let Some(own) = distribution(x) else { continue };
            let base = match dictionary.behaviour(&own.behaviour) {
                _ if own.behaviour == "volume" => model.cells[kind].volume.total,
                Some(b) => model.base(kind as u16, dictionary.behaviours()[usize::from(b)].0),
                None => continue,
            };
            let uniform = matches!(own.law, Law::Uniform | Law::LogUniform);
            let least = if own.law == Law::Normal { f64::NEG_INFINITY } else { 0.0 };
            let [low, high] = if uniform {
                [own.first, own.second]
            } else {
                [own.bounds.low.unwrap_or(least), own.bounds.high.unwrap_or(f64::INFINITY)]
            };
            if !(low..=high).contains(&base) {
                x.fault(format!(
                    "`{}` of `{name}` is {base}, which does not lie between {low} and {high}: PhysiCell stops there, unless check_base is false",
                    own.behaviour
                ));
            }
        }
    }
}

/// One of them; none if its law is not known.
pub(super) fn distribution(x: Element<'_, '_>) -> Option<Distribution> {
    x.only(&["behavior", "min", "max", "mu", "sigma", "lower_bound", "upper_bound"]);
    let law = match x.attribute("type").map(|t| t.trim().to_ascii_lowercase()).as_deref() {
        Some("uniform") => Law::Uniform,
        Some("loguniform") => Law::LogUniform,
        Some("normal") => Law::Normal,
        Some("lognormal") => Law::LogNormal,
        Some("log10normal") => Law::Log10Normal,
        other => {
            x.fault(format!("distribution `{}` is not known", other.unwrap_or("")));
            return None;
        }
    };
    let names = if matches!(law, Law::Uniform | Law::LogUniform) { ["min", "max"] } else { ["mu", "sigma"] };
    let mut d = Distribution { law, ..Distribution::default() };
    let behaviour = x.child("behavior").map_or("", Element::text);
    d.behaviour =
        if behaviour.eq_ignore_ascii_case("volume") { "volume".to_owned() } else { behaviour.to_owned() };
    x.set(names[0], &mut d.first);
    x.set(names[1], &mut d.second);
    d.bounds.low = x.child("lower_bound").map(Element::number);
    d.bounds.high = x.child("upper_bound").map(Element::number);
    if matches!(law, Law::LogNormal | Law::Log10Normal) && d.bounds.low.is_some_and(|l| l < 0.0) {
        x.fault("a lower bound below 0 does nothing here: bounds are of the value, not of its logarithm");
    }
    Some(d)
}
