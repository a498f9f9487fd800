//! `--sweep path=a,b,c`, and the design map made of the same machinery.
//!
//! Each value (with two sweeps each pair of values) is a variant of the scenario: compiled with one more setting, run in all arms
//! and replicates of the study up to the headline's time. Variants start from the study's own state at day 0 where that state can be
//! theirs ([`crate::burn_in::compatible`]: numbers differ from day 0 on, as for draws); one that changes the tissue's make has a burn-in of
//! its own. An arm that a value does not reach ([`reach`]) is not run again: the study's stands in.
//!
//! The design map (`exoderm map`) sweeps dose and release half-time of the dressing.

use crate::error::StudyError;
use crate::folder::Choices;
use crate::job::{Job, Purpose};
use crate::library::{self, ScenarioText};
use crate::reach;
use exoderm_model::scenario::{ArmKind, Event, Scenario, Tissue};
use exoderm_units::significant;
use exoderm_vesicle::gel::{Gel, Law};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Most values of one sweep, and most points of two.
const MOST: usize = 400;
/// Ratio of largest to smallest value from which an axis is drawn by logarithms.
const LOGARITHMIC: f64 = 30.0;
/// Doses of the design map (particles/cm²), a decade apart, and release half-times (d).
const DOSES: [&str; 6] = ["1e7", "1e8", "1e9", "1e10", "1e11", "1e12"];
const HALF_TIMES: [f64; 5] = [0.5, 1.0, 3.0, 7.0, 14.0];

/// A value on an axis.
#[derive(Clone, Debug, PartialEq)]
pub struct Value {
    /// As written.
    pub text: String,
    /// Where it lies on the axis, if all values of the axis are numbers.
    pub number: Option<f64>,
    /// Settings that make it.
    pub sets: Vec<String>,
}

/// What is swept.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    /// Path, or what the design map calls it.
    pub path: String,
    /// For people.
    pub label: String,
    /// Unit of the numbers; empty if they have none.
    pub unit: String,
    /// Drawn by logarithms.
    pub logarithmic: bool,
    /// In the order given.
    pub values: Vec<Value>,
}

/// A point of the sweep.
#[derive(Clone, Debug)]
pub struct Point {
    /// Index of the value on each axis.
    pub at: Vec<u32>,
    /// The scenario with these values.
    pub scenario: Arc<Scenario>,
    /// Arms whose runs are the study's own.
    pub reused: Vec<String>,
}

/// All that a study sweeps; empty without `--sweep`.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// One or two axes.
    pub axes: Vec<Axis>,
    /// Points, the last axis fastest.
    pub points: Vec<Point>,
    /// The axes are those of the design map.
    pub design_map: bool,
}

/// Plans the sweep of a study, with every variant compiled.
///
/// # Errors
/// A sweep that is not `path=a,b,c`, a path or value that the scenario does not take, too many values; for the design map a
/// scenario without dressing.
pub fn plan(text: &ScenarioText, choices: &Choices, base: &Arc<Scenario>) -> Result<Plan, StudyError> {
    let axes = if choices.design_map {
        if !choices.sweep.is_empty() {
            return Err(StudyError::input(
                "a design map has its own two axes",
                "leave --sweep out, or use `exoderm run --sweep`",
            ));
        }
        design_axes(base)?
    } else {
        choices.sweep.iter().map(|s| axis(s)).collect::<Result<Vec<_>, _>>()?
    };
    if axes.len() > 2 {
        return Err(StudyError::input(
            format!("{} sweeps were asked for, two are the most", axes.len()),
            "one gives a curve, two a map",
        ));
    }
    if axes.len() == 2 && axes[0].path == axes[1].path {
        return Err(StudyError::input(
            format!("`{}` is swept twice", axes[0].path),
            "give its values in one --sweep",
        ));
    }
    let count: usize = axes.iter().map(|a| a.values.len()).product();
    if count > MOST {
        return Err(StudyError::input(
            format!("the sweep has {count} points, {MOST} are the most"),
            "give fewer values",
        ));
    }
    let mut plan = Plan { axes, points: Vec::new(), design_map: choices.design_map };
    if plan.axes.is_empty() {
        return Ok(plan);
    }
    let second = plan.axes.get(1).map_or(1, |a| a.values.len());
    for i in 0..plan.axes[0].values.len() {
        for j in 0..second {
            let at: Vec<u32> = [i, j][..plan.axes.len()].iter().map(|&k| k as u32).collect();
            let scenario = compile(text, choices, base, &plan.axes, &at)?;
            let reused = base
                .arms
                .iter()
                .filter(|a| same_runs(base, &scenario, a.kind))
                .map(|a| a.name.clone())
                .collect();
            plan.points.push(Point { at, scenario, reused });
        }
    }
    Ok(plan)
}

/// True if an arm's runs of the study stand for those at a point. In a box vesicles are what is read off, so that everything must be
/// the same.
fn same_runs(base: &Scenario, variant: &Scenario, arm: ArmKind) -> bool {
    if matches!(base.tissue, Tissue::Skin(_)) {
        return reach::same_outcome(base, variant, arm);
    }
    let bare = |s: &Scenario| {
        let mut s = s.clone();
        s.provenance.clear();
        s.recording.snapshots.clear();
        s
    };
    bare(base) == bare(variant)
}

/// The runs of a sweep, replicate by replicate.
pub(crate) fn jobs(plan: &Plan, base: &Scenario) -> Vec<Job> {
    let mut list = Vec::new();
    for replicate in 0..base.replicates {
        for point in &plan.points {
            // The null arm is the vehicle, at every value.
            let arms = point.scenario.arms.iter().filter(|a| a.kind != ArmKind::Null);
            for arm in arms.filter(|a| !point.reused.contains(&a.name)) {
                let place: Vec<String> = point.at.iter().map(u32::to_string).collect();
                list.push(Job {
                    id: format!("sweep{}-{}-r{replicate}", place.join("x"), arm.name),
                    purpose: Purpose::Sweep(point.at.clone()),
                    scenario: Arc::clone(&point.scenario),
                    arm: arm.kind,
                    arm_name: arm.name.clone(),
                    replicate,
                });
            }
        }
    }
    list
}

fn compile(
    text: &ScenarioText,
    choices: &Choices,
    base: &Arc<Scenario>,
    axes: &[Axis],
    at: &[u32],
) -> Result<Arc<Scenario>, StudyError> {
    let mut sets = choices.set.clone();
    let mut names = BTreeMap::new();
    for (axis, &k) in axes.iter().zip(at) {
        for set in &axis.values[k as usize].sets {
            sets.push(set.clone());
            names.insert(format!("--set #{}", sets.len()), format!("--sweep {}", axis.path));
        }
    }
    let mut s = library::compile(text, &sets).map_err(|e| match e {
        StudyError::Scenario(mut mistakes) => {
            for d in &mut mistakes.list {
                if let Some(name) = names.get(&d.file) {
                    d.file.clone_from(name);
                }
            }
            StudyError::Scenario(mistakes)
        }
        other => other,
    })?;
    // As the study: its arms, its end, and no snapshots.
    s.arms.clone_from(&base.arms);
    s.horizon = s.horizon.min(base.horizon);
    if let Some(h) = base.endpoints.iter().find(|e| e.headline)
        && let Some(time) = h.time
    {
        s.horizon = s.horizon.min(time);
    }
    s.recording.snapshots.clear();
    s.replicates = base.replicates;
    s.seed = base.seed;
    Ok(Arc::new(s))
}

/// The axis of `path=a,b,c`.
fn axis(text: &str) -> Result<Axis, StudyError> {
    let help = "as in --sweep event.dressing.dose=\"10,30,100 ug/cm^2\"";
    let bad = |what: &str| StudyError::input(format!("--sweep {text}: {what}"), help);
    let Some((path, values)) = text.split_once('=') else {
        return Err(bad("a sweep has the form path=a,b,c"));
    };
    let path = path.trim();
    let mut given = split(values);
    if given.iter().any(|v| v.is_empty()) {
        return Err(bad("there is an empty value"));
    }
    if given.len() < 2 {
        return Err(bad("a sweep takes two values or more (one is a --set)"));
    }
    share_unit(&mut given);
    for (i, v) in given.iter().enumerate() {
        if given[..i].contains(v) {
            return Err(bad(&format!("`{v}` stands twice")));
        }
    }
    let parts: Vec<Option<(f64, String)>> = given.iter().map(|v| number_of(v)).collect();
    let unit = parts[0].as_ref().map_or_else(String::new, |p| p.1.clone());
    let numeric = parts.iter().all(|p| p.as_ref().is_some_and(|p| p.1 == unit));
    let values: Vec<Value> = given
        .iter()
        .zip(&parts)
        .map(|(v, part)| Value {
            text: plain(v).to_owned(),
            number: part.as_ref().filter(|_| numeric).map(|p| p.0),
            sets: vec![format!("{path}={v}")],
        })
        .collect();
    Ok(Axis {
        path: path.to_owned(),
        label: path.to_owned(),
        unit: if numeric { unit } else { String::new() },
        logarithmic: logarithmic(&values),
        values,
    })
}

fn logarithmic(values: &[Value]) -> bool {
    let numbers: Vec<f64> = values.iter().filter_map(|v| v.number).collect();
    let low = numbers.iter().copied().fold(f64::INFINITY, f64::min);
    let high = numbers.iter().copied().fold(0.0, f64::max);
    numbers.len() == values.len() && low > 0.0 && high / low >= LOGARITHMIC
}

/// Splits at commas that are in no quotes and no brackets.
fn split(text: &str) -> Vec<String> {
    let (mut out, mut depth, mut quote) = (vec![String::new()], 0i32, None);
    for c in text.chars() {
        match (quote, c) {
            (None, ',') if depth == 0 => {
                out.push(String::new());
                continue;
            }
            (None, '[' | '{') => depth += 1,
            (None, ']' | '}') => depth -= 1,
            (None, '"' | '\'') => quote = Some(c),
            (Some(q), c) if q == c => quote = None,
            _ => {}
        }
        if let Some(last) = out.last_mut() {
            last.push(c);
        }
    }
    // Quotes around the whole list: the shell's habit, not a text.
    if out.len() == 1 {
        let inner = plain(&out[0]).to_owned();
        if inner != out[0] && inner.contains(',') {
            return split(&inner);
        }
    }
    out.into_iter().map(|v| v.trim().to_owned()).collect()
}

/// A value without its quotes.
fn plain(value: &str) -> &str {
    let v = value.trim();
    ['"', '\''].iter().find_map(|q| v.strip_prefix(*q).and_then(|v| v.strip_suffix(*q))).unwrap_or(v)
}

/// The number that a value begins with and what follows it.
fn number_of(value: &str) -> Option<(f64, String)> {
    let v = plain(value);
    let (number, unit) = v.split_once(char::is_whitespace).unwrap_or((v, ""));
    let number: f64 = number.parse().ok()?;
    number.is_finite().then(|| (number, unit.trim().to_owned()))
}

/// "1,2,4 um/h": the last value's unit holds for all. What is infinite has none: "1,4,inf um/h" ends with "inf".
fn share_unit(values: &mut [String]) {
    const INFINITE: &str = "inf";
    let infinite = |v: &String| plain(v).split_whitespace().next() == Some(INFINITE);
    let unit = match values.last() {
        Some(v) if infinite(v) => plain(v)[INFINITE.len()..].trim().to_owned(),
        Some(v) => number_of(v).map_or_else(String::new, |(_, unit)| unit),
        None => String::new(),
    };
    let last = values.len().saturating_sub(1);
    let bare = |v: &String| infinite(v) || number_of(v).is_some_and(|(_, u)| u.is_empty());
    let shared = !unit.is_empty() && values[..last].iter().all(bare);
    for v in values.iter_mut() {
        if infinite(v) {
            *v = INFINITE.to_owned();
        } else if shared && bare(v) {
            *v = format!("{} {unit}", plain(v));
        }
    }
}

/// Dose and release half-time of the scenario's dressing.
fn design_axes(base: &Scenario) -> Result<Vec<Axis>, StudyError> {
    let dressing = base.events.iter().find_map(|e| match e {
        Event::Dressing(d) => Some(d),
        _ => None,
    });
    let path = base.provenance.iter().map(|p| p.path.as_str()).find_map(|p| {
        p.strip_prefix("event.").and_then(|p| p.strip_suffix(".gel_diffusion")).map(str::to_owned)
    });
    let (Some(d), Some(name)) = (dressing, path) else {
        return Err(StudyError::input(
            "a design map varies the dose and the release of a dressing, and this scenario has none",
            "add an [event.NAME] with kind = \"dressing\", or use `exoderm run --sweep`",
        ));
    };
    for kind in [ArmKind::Exosome, ArmKind::Vehicle] {
        if !base.arms.iter().any(|a| a.kind == kind) {
            return Err(StudyError::input(
                "a design map compares an exosome arm with a vehicle, and this study lacks one of them",
                "add both arms to the scenario",
            ));
        }
    }
    let doses = DOSES.map(|dose| Value {
        text: format!("{dose} particles/cm2"),
        number: dose.parse().ok(),
        sets: vec![format!("event.{name}.dose=\"{dose} particles/cm^2\"")],
    });
    // Half of the load of a slab is out after a time that goes with thickness²/diffusion.
    let per_diffusion = Gel::new(Law::Slab, d.thickness, 1.0, 0.0)
        .map_err(|e| StudyError::Fault(format!("a gel without loss: {e}")))?
        .half_time();
    let times = HALF_TIMES.map(|days| {
        let diffusion = per_diffusion / (days * 1440.0);
        Value {
            text: format!("{} d", significant(days, 3)),
            number: Some(days),
            sets: vec![format!("event.{name}.gel_diffusion=\"{diffusion:e} um^2/min\"")],
        }
    });
    Ok(vec![
        Axis {
            path: format!("event.{name}.dose"),
            label: "dose on the label".to_owned(),
            unit: "particles/cm2".to_owned(),
            logarithmic: true,
            values: doses.into(),
        },
        Axis {
            path: format!("event.{name}.gel_diffusion"),
            label: "release half-time of the gel".to_owned(),
            unit: "d".to_owned(),
            logarithmic: true,
            values: times.into(),
        },
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_split_at_commas_of_the_list_only() {
        let a = axis("a.b=[1, 2, 3],[4, 5, 6]").unwrap();
        assert_eq!(a.values.iter().map(|v| v.text.as_str()).collect::<Vec<_>>(), ["[1, 2, 3]", "[4, 5, 6]"]);
        assert!(a.values[0].number.is_none() && !a.logarithmic);
        let a = axis("transport.resolution=field,\"counts\", particles").unwrap();
        assert_eq!(a.values[1].text, "counts");
        assert_eq!(a.values[1].sets, ["transport.resolution=\"counts\""]);
    }

    /// The unit may stand once, at the end; the numbers are then those of the axis.
    #[test]
    fn one_unit_holds_for_all() {
        let a = axis("event.dressing.dose=1,10,100 ug/cm^2").unwrap();
        assert_eq!(a.values[0].sets, ["event.dressing.dose=1 ug/cm^2"]);
        assert_eq!((a.unit.as_str(), a.logarithmic), ("ug/cm^2", true));
        assert_eq!(a.values[2].number, Some(100.0));
        let mixed = axis("x.y=1 um,1 mm").unwrap();
        assert!(mixed.values.iter().all(|v| v.number.is_none()) && mixed.unit.is_empty());
        assert!(!axis("x.y=1,2,4").unwrap().logarithmic);
    }

    /// A perfect absorber beside others: whatever stands after `inf` is the unit of the rest.
    #[test]
    fn infinite_values_have_no_unit() {
        for (text, values) in [
            ("a.kappa=0.1,1,inf um/s", ["0.1 um/s", "1 um/s", "inf"]),
            ("a.kappa=\"0.1,1,inf um/s\"", ["0.1 um/s", "1 um/s", "inf"]),
            ("a.kappa=inf,0.1,1 um/s", ["inf", "0.1 um/s", "1 um/s"]),
            ("a.kappa=0.1 um/s,1 um/s,inf", ["0.1 um/s", "1 um/s", "inf"]),
            ("a.kappa=0.1 um/s,\"inf um/s\",2 um/s", ["0.1 um/s", "inf", "2 um/s"]),
            ("a.limit=1,2,inf", ["1", "2", "inf"]),
        ] {
            let axis = axis(text).unwrap();
            let got: Vec<&str> = axis.values.iter().map(|v| v.text.as_str()).collect();
            assert_eq!(got, values, "{text}");
            assert!(axis.values.iter().all(|v| v.number.is_none()) && !axis.logarithmic);
        }
    }

    #[test]
    fn bad_sweeps_say_what_is_wrong() {
        for (text, what) in [
            ("dose", "path=a,b,c"),
            ("a.b=1", "two values"),
            ("a.b=1,,2", "empty"),
            ("a.b=1,2,1", "stands twice"),
        ] {
            assert!(axis(text).unwrap_err().to_string().contains(what), "{text}");
        }
    }
}
