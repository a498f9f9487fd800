//! What the numbers of a model are in: reported, never converted.

use super::{Reader, listed};
use roxmltree::Node;

/// Units as the file declares them; empty where it says nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Units {
    /// Time.
    pub time: String,
    /// Amounts of species.
    pub substance: String,
    /// Events of reactions.
    pub extent: String,
    /// Volumes.
    pub volume: String,
    /// The unit of time in seconds, if the file itself states one that is a time.
    pub seconds: Option<f64>,
}

impl Reader {
    pub(super) fn units(&self, model: Node<'_, '_>, level: u32) -> Units {
        let definitions = listed(model, "listOfUnitDefinitions");
        let spelled = |id: &str| {
            let definition = definitions.iter().find(|d| d.attribute("id") == Some(id))?;
            let parts: Vec<String> = listed(*definition, "listOfUnits").into_iter().map(unit).collect();
            Some(parts.join(" · "))
        };
        // Level 2 has names with a meaning of their own; level 3 says nothing unless the model does.
        let named = |attribute: &str, built_in: &str, default: &str| {
            if level == 2 {
                return spelled(built_in).unwrap_or_else(|| default.to_owned());
            }
            let id = model.attribute(attribute).unwrap_or("").trim();
            spelled(id).unwrap_or_else(|| id.to_owned())
        };
        Units {
            time: named("timeUnits", "time", "second"),
            substance: named("substanceUnits", "substance", "mole"),
            extent: named("extentUnits", "substance", "mole"),
            volume: named("volumeUnits", "volume", "litre"),
            seconds: self.seconds(model, level, &definitions),
        }
    }
}

impl Reader {
    /// Level 2 has seconds unless it says otherwise, and many files never thought of it: only what is written counts.
    fn seconds(&self, model: Node<'_, '_>, level: u32, definitions: &[Node<'_, '_>]) -> Option<f64> {
        let id = if level == 2 { "time" } else { model.attribute("timeUnits")?.trim() };
        let Some(definition) = definitions.iter().find(|d| d.attribute("id") == Some(id)) else {
            return (id == "second").then_some(1.0);
        };
        let [one] = listed(*definition, "listOfUnits")[..] else { return None };
        let number = |name: &str, default: f64| match one.attribute(name) {
            None => Some(default),
            Some(text) => text.trim().parse::<f64>().ok(),
        };
        let (multiplier, scale) = (number("multiplier", 1.0)?, number("scale", 0.0)?);
        let plain = one.attribute("kind").map(str::trim) == Some("second") && number("exponent", 1.0)? == 1.0;
        if !plain || scale != scale.trunc() || scale.abs() > 30.0 {
            return None;
        }
        let seconds = multiplier * exoderm_numeric::math::powi(10.0, scale as i32);
        (seconds.is_finite() && seconds > 0.0).then_some(seconds)
    }
}

/// One factor: multiplier, power of ten, kind and exponent, as in `1e-3 mole` or `60 second`.
fn unit(node: Node<'_, '_>) -> String {
    let field = |name: &str, default: &str| node.attribute(name).unwrap_or(default).trim().to_owned();
    let (kind, multiplier) = (field("kind", "?"), field("multiplier", "1"));
    let (scale, exponent) = (field("scale", "0"), field("exponent", "1"));
    let mut text = String::new();
    let neutral = |t: &str, value: f64| t.parse::<f64>() == Ok(value);
    if !neutral(&multiplier, 1.0) {
        text.push_str(&multiplier);
    }
    if !neutral(&scale, 0.0) {
        text.push_str(&format!("{}e{scale}", if text.is_empty() { "1" } else { " × 1" }));
    }
    if !text.is_empty() {
        text.push(' ');
    }
    text.push_str(&kind);
    if !neutral(&exponent, 1.0) {
        text = format!("({text})^{exponent}");
    }
    text
}
