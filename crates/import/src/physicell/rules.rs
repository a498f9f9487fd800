//! Rules in CSV, grammar version 3.

use super::element::leading_number;
use super::{Note, Refused, column_of, unknown};
use exoderm_model::agents::names::{Behaviour, Dictionary, Signal};
use exoderm_model::agents::{AgentModel, Direction, Rule};

/// Reads rules of grammar version 3: `cell type,signal,direction,behaviour,max response,half-max,power,dead`.
///
/// # Errors
/// Names that the model does not have, with the nearest, and numbers that can't be a rule's.
pub fn rules(file: &str, text: &str, model: &AgentModel) -> Result<(Vec<Rule>, Vec<Note>), Refused> {
    rules_at(file, text, model, &[]).map(|(rules, _, notes)| (rules, notes))
}

/// Rules, the line of each, and remarks.
type RulesAt = (Vec<Rule>, Vec<usize>, Vec<Note>);

/// The same with the line of each rule; `before` are file and line of those that the model has already.
pub(super) fn rules_at(
    file: &str,
    text: &str,
    model: &AgentModel,
    before: &[(String, usize)],
) -> Result<RulesAt, Refused> {
    let dictionary = Dictionary::of(model);
    let (mut out, mut lines, mut notes, mut faults) =
        (Vec::<Rule>::new(), Vec::new(), Vec::new(), Vec::new());
    for (k, line) in text.lines().enumerate() {
        let at = k + 1;
        let plain = line.trim_end_matches('\r');
        if plain.trim().is_empty() || plain.trim_start().starts_with("//") {
            continue;
        }
        let mut delimiter = ',';
        let mut fields: Vec<&str> = plain.split(delimiter).collect();
        if fields.len() != 8 {
            delimiter = '\t';
            fields = plain.split(delimiter).collect();
        }
        let spot = |k: usize| (at, column_of(plain, delimiter, k));
        if fields.len() != 8 || fields.iter().any(|f| f.is_empty()) {
            notes.push(Note::new(file, at, "the line has not eight fields and is passed over"));
            continue;
        }
        let mut number = |name: &str, k: usize| match leading_number(fields[k]) {
            Some((x, true)) => x,
            Some((x, false)) => {
                notes.push(Note::new(file, spot(k), format!("{name} is `{}`; read as {x}", fields[k])));
                x
            }
            None => {
                let message = format!("{name} is `{}`, which is no number; read as 0", fields[k]);
                notes.push(Note::new(file, spot(k), message));
                0.0
            }
        };
        let rule = Rule {
            cell: fields[0].to_owned(),
            signal: fields[1].to_owned(),
            direction: Direction::Increases,
            behaviour: fields[3].to_owned(),
            response: number("max response", 4),
            half_max: number("half-max", 5),
            power: number("Hill power", 6),
            dead: number("applies to dead", 7) != 0.0,
            memory: 0.0,
        };
        let direction = match fields[2] {
            "increases" => Direction::Increases,
            "decreases" => Direction::Decreases,
            other => {
                let message = format!("`{other}` is neither `increases` nor `decreases`");
                faults.push(Note::new(file, spot(2), message));
                continue;
            }
        };
        if !model.cells.iter().any(|c| c.name == rule.cell) {
            let near = exoderm_units::nearest(&rule.cell, model.cells.iter().map(|c| c.name.as_str()));
            faults.push(unknown(file, spot(0), "type of cell", &rule.cell, near.map(str::to_owned)));
        }
        if dictionary.signal(&rule.signal).is_none() {
            faults.push(unknown(
                file,
                spot(1),
                "signal",
                &rule.signal,
                dictionary.nearest_signal(&rule.signal),
            ));
        }
        if dictionary.behaviour(&rule.behaviour).is_none() {
            let near = dictionary.nearest_behaviour(&rule.behaviour);
            faults.push(unknown(file, spot(3), "behaviour", &rule.behaviour, near));
        }
        let told =
            |r: &Rule| (r.cell.clone(), dictionary.signal(&r.signal), dictionary.behaviour(&r.behaviour));
        let mine = told(&rule);
        let known = mine.1.is_some() && mine.2.is_some();
        let twin = |r: &&Rule| known && r.direction == direction && told(r) == mine;
        let here = out.iter().zip(&lines).find(|(r, _)| twin(r)).map(|(_, line)| format!("line {line}"));
        let there = || model.rules.iter().zip(before).find(|(r, _)| twin(r));
        if let Some(first) = here.or_else(|| there().map(|(_, (file, line))| format!("{file}:{line}"))) {
            let message = format!(
                "{first} says already that `{}` {} `{}` of `{}`",
                rule.signal, fields[2], rule.behaviour, rule.cell
            );
            faults.push(Note::new(file, at, message));
        }
        if !(rule.half_max > 0.0 && rule.power > 0.0) {
            faults.push(Note::new(
                file,
                spot(if rule.half_max > 0.0 { 6 } else { 5 }),
                "half-max and Hill power must be above 0: the rule has no value otherwise",
            ));
        }
        let rule = Rule { direction, ..rule };
        notes.extend(differences(&rule, &out, model, &dictionary).map(|m| Note::new(file, at, m)));
        out.push(rule);
        lines.push(at);
    }
    if !faults.is_empty() {
        return Err(Refused(faults));
    }
    for (rule, &line) in out.iter().zip(&lines) {
        notes.extend(against_its_word(rule, &out, model, &dictionary).map(|m| Note::new(file, line, m)));
    }
    notes.sort_by_key(|n| (n.line, n.column));
    Ok((out, lines, notes))
}

/// What is odd about a rule whose behaviour does not change, or goes the other way, for all that is said of it.
fn against_its_word(
    rule: &Rule,
    here: &[Rule],
    model: &AgentModel,
    dictionary: &Dictionary,
) -> Option<String> {
    let number = dictionary.behaviour(&rule.behaviour)?;
    let kind = model.cells.iter().position(|c| c.name == rule.cell)?;
    let base = model.base(kind as u16, dictionary.behaviours().get(usize::from(number))?.0);
    let of = |r: &&Rule| r.cell == rule.cell && dictionary.behaviour(&r.behaviour) == Some(number);
    let all = || model.rules.iter().chain(here).filter(of);
    let mixed = all().any(|r| r.direction != rule.direction);
    let same = all().filter(|r| r.direction == rule.direction).map(|r| r.response);
    // The largest, or smallest, value at full signal, which rules of one direction share.
    let (full, verb) = match rule.direction {
        Direction::Increases => {
            (same.fold(if mixed { base } else { f64::NEG_INFINITY }, f64::max) - base, "increases")
        }
        Direction::Decreases => {
            (base - same.fold(if mixed { base } else { f64::INFINITY }, f64::min), "decreases")
        }
    };
    let what = match full {
        0.0 => "changes nothing",
        x if x < 0.0 => "moves it the other way, as in PhysiCell",
        _ => return None,
    };
    Some(format!(
        "`{}` {verb} `{}` of `{}` from {base} to {}: this {what}",
        rule.signal, rule.behaviour, rule.cell, rule.response
    ))
}

/// What a rule means here and not in PhysiCell 1.14.2, given those before it.
fn differences(
    rule: &Rule,
    before: &[Rule],
    model: &AgentModel,
    dictionary: &Dictionary,
) -> impl Iterator<Item = String> + use<> {
    let mut notes = Vec::new();
    let (signal, behaviour) = (dictionary.signal(&rule.signal), dictionary.behaviour(&rule.behaviour));
    let kind = |s: Option<u16>| s.and_then(|s| dictionary.signals().get(usize::from(s))).map(|s| s.0);
    if matches!(
        kind(signal),
        Some(Signal::ContactApoptotic | Signal::ContactNecrotic | Signal::ContactOtherDead)
    ) {
        notes.push(format!("`{}` is always 0 in rules of PhysiCell; here it counts", rule.signal));
    }
    if kind(signal) == Some(Signal::ContactMembrane) {
        notes.push(format!("`{}` is always 0: there is no basement membrane", rule.signal));
    }
    for other in before.iter().filter(|o| o.cell == rule.cell) {
        let (s, b) = (dictionary.signal(&other.signal), dictionary.behaviour(&other.behaviour));
        if behaviour.is_none() || b != behaviour {
            continue;
        }
        if other.behaviour != rule.behaviour {
            notes.push(format!(
                "`{}` is another name of `{}`: both are one response here, in PhysiCell the later one replaces the earlier",
                rule.behaviour, other.behaviour
            ));
        }
        if s == signal && other.direction != rule.direction {
            notes.push(format!(
                "`{}` both increases and decreases `{}`: PhysiCell mixes up the numbers of such rules, here they hold as written",
                rule.signal, rule.behaviour
            ));
        }
    }
    let rate = behaviour.and_then(|b| dictionary.behaviours().get(usize::from(b))).map(|b| b.0);
    let step = match rate {
        Some(
            Behaviour::PhaseExit(_) | Behaviour::Apoptosis | Behaviour::Necrosis | Behaviour::Transform(_),
        ) => model.steps.phenotype,
        Some(
            Behaviour::EatApoptotic
            | Behaviour::EatNecrotic
            | Behaviour::EatOtherDead
            | Behaviour::Eat(_)
            | Behaviour::Attack(_)
            | Behaviour::Fuse(_),
        ) => model.steps.mechanics,
        _ => 0.0,
    };
    if rule.response * step > 1.0 {
        notes.push(format!(
            "a rate of {} makes a chance above 1 in a step of {step} min: it happens in the first step, as in PhysiCell",
            rule.response
        ));
    }
    notes.into_iter()
}
