//! Rules of a model of agents: compiled, as sentences, as curves.

use exoderm_cell::CellError;
use exoderm_cell::rules::{Line, Rules, cells_of};
use exoderm_model::agents::names::Dictionary;
use exoderm_model::agents::{AgentModel, Direction, Rule};

/// A rule for people: in words, and the behaviour over its signal while all others are 0,
/// with memories at rest.
#[derive(Clone, Debug, PartialEq)]
pub struct Explained {
    /// Type of cell.
    pub cell: String,
    /// Signal.
    pub signal_name: String,
    /// Behaviour.
    pub behaviour: String,
    /// The signal increases it.
    pub increases: bool,
    /// What it does, in words.
    pub clause: String,
    /// The signal from 0 to four half-maxima, [`PER_HALF_MAX`] steps each.
    pub signal: Vec<f64>,
    /// The behaviour there.
    pub value: Vec<f64>,
}

/// Steps of a curve per half-maximum.
pub const PER_HALF_MAX: usize = 20;
/// Half-maxima that a curve goes over.
const SPAN: usize = 4;

/// A rule as a line of the engine; `None` if a name of it is none of the model's, which a checked model excludes.
fn line(rule: &Rule, model: &AgentModel, dictionary: &Dictionary) -> Option<Line> {
    Some(Line {
        kind: model.cells.iter().position(|c| c.name == rule.cell)? as u16,
        signal: dictionary.signal(&rule.signal)?,
        increases: rule.direction == Direction::Increases,
        behaviour: dictionary.behaviour(&rule.behaviour)?,
        response: rule.response,
        half_max: rule.half_max,
        power: rule.power,
        dead: rule.dead,
        memory: rule.memory,
    })
}

/// Compiles the rules of a checked model. Signals and behaviours have the numbers of `dictionary`.
///
/// # Errors
/// Rules that can't be combined.
pub fn compile(model: &AgentModel, dictionary: &Dictionary) -> Result<Rules, CellError> {
    let lines: Vec<Line> = model.rules.iter().filter_map(|r| line(r, model, dictionary)).collect();
    Rules::compile(&lines, model.cells.len() as u16, |kind, behaviour| {
        base(model, dictionary, kind, behaviour)
    })
}

fn base(model: &AgentModel, dictionary: &Dictionary, kind: u16, behaviour: u16) -> f64 {
    dictionary.behaviours().get(usize::from(behaviour)).map_or(0.0, |(b, _)| model.base(kind, *b))
}

/// Explains every rule of a checked model, in their order.
///
/// # Errors
/// Rules that can't be combined.
pub fn explain(model: &AgentModel) -> Result<Vec<Explained>, CellError> {
    let dictionary = Dictionary::of(model);
    let rules = compile(model, &dictionary)?;
    let mut out = Vec::new();
    for rule in &model.rules {
        let Some(line) = line(rule, model, &dictionary) else { continue };
        let base = base(model, &dictionary, line.kind, line.behaviour);
        let points = SPAN * PER_HALF_MAX + 1;
        let signal: Vec<f64> = (0..points).map(|k| k as f64 / PER_HALF_MAX as f64 * rule.half_max).collect();
        let zero = vec![0.0; points];
        let responses = rules.responses(line.kind);
        let mut values = vec![base; points * responses.len()];
        let column = |s: u16| if s == line.signal { &signal[..] } else { &zero[..] };
        rules.evaluate(line.kind, column, &vec![false; points], &mut values)?;
        // Every line is part of a response.
        let Some(k) = responses.iter().position(|r| r.behaviour == line.behaviour) else { continue };
        let value = values[points * k..points * (k + 1)].to_vec();
        let full = responses[k].full(line.increases);
        out.push(Explained {
            cell: rule.cell.clone(),
            signal_name: rule.signal.clone(),
            behaviour: rule.behaviour.clone(),
            increases: line.increases,
            clause: line.clause(&rule.signal, &rule.behaviour, base, full),
            signal,
            value,
        });
    }
    Ok(out)
}

impl Explained {
    /// The rule as a sentence.
    pub fn sentence(&self) -> String {
        format!("In {}, {}", cells_of(&self.cell), self.clause)
    }
}
