//! A reaction network in SBML, simulated for a look: differential equations, or event by event in a number of cells.

use crate::error::StudyError;
use exoderm_import::sbml;
use exoderm_kinetics::discrete::Discrete;
use exoderm_kinetics::exact::Exact;
use exoderm_kinetics::implicit::{Implicit, Method};
use exoderm_kinetics::leap::Leap;
use exoderm_kinetics::network::Network;
use exoderm_kinetics::population::{Population, Tolerance};
use exoderm_kinetics::system::System;
use exoderm_numeric::random::{Purpose, Seed};
use serde::Serialize;

/// Stream of a cell's events.
const EVENTS: Purpose = 320;
/// Most times, and most cells.
pub const MOST_POINTS: u32 = 100_000;
/// Most cells of a stochastic run.
pub const MOST_CELLS: u32 = 1_000_000;
/// Most numbers kept.
const MOST_VALUES: usize = 20_000_000;

/// How it is simulated.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum How {
    /// Differential equations.
    Equations,
    /// Event by event.
    Exact {
        /// Cells.
        cells: u32,
    },
    /// By leaps.
    Leaps {
        /// Cells.
        cells: u32,
        /// Bound on the relative change of rates in a leap.
        epsilon: f64,
    },
}

/// What is asked.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// File.
    pub file: String,
    /// End, in the model's unit of time.
    pub until: f64,
    /// Intervals between the times that are shown.
    pub intervals: u32,
    /// Values to be set, as `name=value`.
    pub set: Vec<String>,
    /// How it is simulated.
    pub how: How,
    /// Seed of all draws.
    pub seed: u64,
}

/// A quantity over time.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Series {
    /// Name.
    pub name: String,
    /// Value at each time; the mean over the cells of a stochastic run.
    pub values: Vec<f64>,
    /// Standard deviation between cells; empty for equations.
    pub deviations: Vec<f64>,
}

/// What came out.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Simulated {
    /// File.
    pub file: String,
    /// Name of the model.
    pub name: String,
    /// Level and version of SBML.
    pub level: [u32; 2],
    /// States, parameters and reactions.
    pub size: [usize; 3],
    /// Units of time, substance and volume as the file says; empty where it says nothing.
    pub units: [String; 3],
    /// "equations", "exact" or "leaps".
    pub method: String,
    /// Cells simulated.
    pub cells: u32,
    /// Events of all cells together, or steps of the equations.
    pub work: u64,
    /// Times.
    pub times: Vec<f64>,
    /// Species and what rules set.
    pub series: Vec<Series>,
    /// What was left aside without changing the result.
    pub notes: Vec<String>,
}

/// Reads and simulates.
///
/// # Errors
/// What is wrong with the file, with line and column, or with the request; where the simulation got stuck.
pub fn simulate(request: &Request) -> Result<Simulated, StudyError> {
    let bytes = std::fs::read(&request.file).map_err(|e| {
        StudyError::input(format!("could not read `{}`: {e}", request.file), "give the path of an SBML file")
    })?;
    if !(request.until > 0.0 && request.until.is_finite()) {
        return Err(StudyError::input(
            format!("`{}` is no time to run to", request.until),
            "give a positive number, in the model's unit of time",
        ));
    }
    if request.intervals == 0 || request.intervals > MOST_POINTS {
        let message = format!("{} points can't be shown", request.intervals);
        return Err(StudyError::input(message, format!("give 1 to {MOST_POINTS}")));
    }
    let set = request.set.iter().map(|s| setting(s)).collect::<Result<Vec<_>, _>>()?;
    let model = sbml::read_with(&request.file, &bytes, &set)?;
    let n = &model.network;
    if n.outputs.len() * (request.intervals as usize + 1) > MOST_VALUES {
        return Err(StudyError::input("these are too many numbers to be kept", "ask for fewer points"));
    }
    let times: Vec<f64> = (0..=request.intervals)
        .map(|k| request.until * f64::from(k) / f64::from(request.intervals))
        .collect();
    let system = System::new(n).map_err(|e| StudyError::Fault(e.to_string()))?;
    let (series, work, method, cells) = match request.how {
        How::Equations => {
            let (series, work) = equations(n, &system, &times)?;
            (series, work, "equations", 1)
        }
        How::Exact { cells } => {
            let (series, work) = events(n, &system, &times, cells, None, request.seed)?;
            (series, work, "exact", cells)
        }
        How::Leaps { cells, epsilon } => {
            let (series, work) = events(n, &system, &times, cells, Some(epsilon), request.seed)?;
            (series, work, "leaps", cells)
        }
    };
    Ok(Simulated {
        file: request.file.clone(),
        name: model.name,
        level: [model.level.0, model.level.1],
        size: [n.states.len(), n.parameters.len(), n.reactions.len()],
        units: [model.units.time, model.units.substance, model.units.volume],
        method: method.to_owned(),
        cells,
        work,
        times,
        series,
        notes: model.notes,
    })
}

fn setting(text: &str) -> Result<(String, f64), StudyError> {
    let pair = text.split_once('=').map(|(n, v)| (n.trim(), v.trim().parse::<f64>()));
    match pair {
        Some((name, Ok(value))) if !name.is_empty() => Ok((name.to_owned(), value)),
        _ => Err(StudyError::input(
            format!("`{text}` sets nothing"),
            "write --set name=number, the number in the model's own units",
        )),
    }
}

fn stuck(e: &exoderm_kinetics::error::Error) -> StudyError {
    StudyError::input(e.to_string(), "see docs/kinetics.md for what each method needs")
}

fn equations(n: &Network, system: &System, times: &[f64]) -> Result<(Vec<Series>, u64), StudyError> {
    // Amounts may be 1e-20 mole or 1e6 molecules: the absolute tolerance follows the largest of them, at the start or
    // as the rates at the start would make it.
    let until = times.last().copied().unwrap_or(0.0);
    let mut registers = system.rates().registers::<1>();
    for (row, v) in registers.iter_mut().zip(system.initial().iter().chain(system.given()).chain([&0.0])) {
        *row = [*v];
    }
    system.rates().run_one(&mut registers);
    let speeds = (0..system.states()).map(|k| (registers[system.rates().output(k)][0] * until).abs());
    let scale =
        system.initial().iter().map(|x| x.abs()).chain(speeds).filter(|x| x.is_finite()).fold(0.0, f64::max);
    let tolerance = Tolerance { relative: 1e-8, absolute: if scale > 0.0 { 1e-12 * scale } else { 1e-12 } };
    let mut stepper = Implicit::new(system, tolerance, Method::RODAS4);
    let mut cell = Population::new(system, 1);
    let mut series = blank(n);
    let (mut from, mut work) = (0.0, 0);
    for &to in times {
        work += cell.advance(system, &mut stepper, from, to).map_err(|e| stuck(&e))?.steps;
        from = to;
        let states: Vec<f64> = (0..system.states()).map(|s| cell.state(0, s)).collect();
        for (s, v) in series.iter_mut().zip(system.look(&states, system.given(), to)) {
            s.values.push(v);
        }
    }
    Ok((series, work))
}

/// One series for each output.
fn blank(n: &Network) -> Vec<Series> {
    let one = |name: &String| Series { name: name.clone(), values: Vec::new(), deviations: Vec::new() };
    n.outputs.iter().map(|o| one(&o.name)).collect()
}

fn events(
    n: &Network,
    system: &System,
    times: &[f64],
    cells: u32,
    leaps: Option<f64>,
    seed: u64,
) -> Result<(Vec<Series>, u64), StudyError> {
    if cells == 0 || cells > MOST_CELLS {
        let message = format!("{cells} cells can't be simulated");
        return Err(StudyError::input(message, format!("give 1 to {MOST_CELLS}")));
    }
    let model = Discrete::new(n).map_err(|e| {
        StudyError::input(
            format!("the model can't be simulated event by event: {e}"),
            "amounts must be whole numbers of molecules, changed by reactions only; without --ssa it runs as equations",
        )
    })?;
    let (outputs, seed) = (n.outputs.len(), Seed::new(seed, 0));
    // Sum and sum of squares about the first cell's value, which keeps the variance accurate.
    let mut first = vec![0.0; outputs * times.len()];
    let mut sums = vec![[0.0; 2]; outputs * times.len()];
    let mut work = 0;
    let mut exact = Exact::new(&model);
    for cell in 0..u64::from(cells) {
        let mut draws = seed.draws(cell, 0, EVENTS);
        let mut stream = seed.stream(cell, 0, EVENTS);
        let mut leap = match leaps {
            Some(epsilon) => Some(Leap::new(&model, epsilon).map_err(|e| stuck(&e))?),
            None => None,
        };
        exact.restart(&model);
        for (t, &to) in times.iter().enumerate() {
            let values = match &mut leap {
                Some(leap) => {
                    let done = leap.advance(&model, to, &mut stream).map_err(|e| stuck(&e))?;
                    work += done.events + done.single;
                    system.look(leap.amounts(), system.given(), to)
                }
                None => {
                    work += exact.advance(&model, to, &mut draws).map_err(|e| stuck(&e))?;
                    system.look(exact.amounts(), system.given(), to)
                }
            };
            for (o, v) in values.into_iter().enumerate() {
                let at = t * outputs + o;
                if cell == 0 {
                    first[at] = v;
                }
                let d = v - first[at];
                sums[at][0] += d;
                sums[at][1] += d * d;
            }
        }
    }
    let mut series = blank(n);
    let count = f64::from(cells);
    for t in 0..times.len() {
        for (o, s) in series.iter_mut().enumerate() {
            let at = t * outputs + o;
            let [sum, squares] = sums[at];
            s.values.push(first[at] + sum / count);
            let variance =
                if cells > 1 { (squares - sum * sum / count).max(0.0) / (count - 1.0) } else { 0.0 };
            s.deviations.push(variance.sqrt());
        }
    }
    Ok((series, work))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DECAY: &str = r#"<sbml xmlns="http://www.sbml.org/sbml/level3/version2/core" level="3" version="2"><model id="decay">
<listOfCompartments><compartment id="c" size="1" spatialDimensions="3" constant="true"/></listOfCompartments>
<listOfSpecies><species id="x" compartment="c" initialAmount="100" hasOnlySubstanceUnits="true"/></listOfSpecies>
<listOfParameters><parameter id="k" value="0.5" constant="true"/></listOfParameters>
<listOfReactions><reaction id="lose" reversible="false">
<listOfReactants><speciesReference species="x" stoichiometry="1" constant="true"/></listOfReactants>
<kineticLaw><math xmlns="http://www.w3.org/1998/Math/MathML"><apply><times/><ci>k</ci><ci>x</ci></apply></math></kineticLaw>
</reaction></listOfReactions></model></sbml>"#;

    fn request(file: &str, how: How) -> Request {
        Request { file: file.to_owned(), until: 2.0, intervals: 4, set: vec![], how, seed: 1 }
    }

    /// Equations give the exponential; many cells give its mean and the binomial's deviation, by events and by leaps.
    #[test]
    fn decay_three_ways() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("decay.xml");
        std::fs::write(&file, DECAY).unwrap();
        let file = file.to_str().unwrap();
        let p = exoderm_numeric::math::exp(-1.0);
        let ode = simulate(&request(file, How::Equations)).unwrap();
        assert!((ode.series[0].values[4] - 100.0 * p).abs() < 1e-5);
        for how in [How::Exact { cells: 2000 }, How::Leaps { cells: 2000, epsilon: 0.03 }] {
            let s = &simulate(&request(file, how)).unwrap().series[0];
            let deviation = (100.0 * p * (1.0 - p)).sqrt();
            assert!((s.values[4] - 100.0 * p).abs() < 4.0 * deviation / 2000f64.sqrt(), "{:?}", s.values);
            assert!((s.deviations[4] / deviation - 1.0).abs() < 0.08, "{:?}", s.deviations);
        }
        let mut set = request(file, How::Equations);
        set.set = vec!["k=1".into()];
        assert!((simulate(&set).unwrap().series[0].values[4] - 100.0 * p * p).abs() < 1e-5);
        set.set = vec!["x=12.5".into()];
        set.how = How::Exact { cells: 1 };
        assert!(simulate(&set).unwrap_err().to_string().contains("whole"));
        set.set = vec!["k".into()];
        assert!(simulate(&set).unwrap_err().to_string().contains("sets nothing"));
    }
}
