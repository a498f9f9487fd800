//! Networks in cells of a culture, before the rules of a phenotype step.
//!
//! States stand behind the stored behaviours of a cell, so that a daughter has its mother's. Signals stand still over the step; living
//! cells that carry a network are advanced in blocks, as in [`crate::networks`]; then species set the behaviours they are
//! mapped to.

use super::culture::purpose;
use super::plan::stored;
use super::{AgentError, Culture};
use crate::molecules::{Molecules, share};
use crate::networks::{Either, Stopped, events};
use exoderm_kinetics::discrete::Discrete;
use exoderm_kinetics::lanes::{LANES, Lane};
use exoderm_kinetics::population::Tolerance;
use exoderm_kinetics::system::System;
use exoderm_model::agents::AgentModel;
use exoderm_model::agents::names::{Dictionary, Signal};
use exoderm_model::scenario::{NetworkDivision, NetworkMethod};
use std::ops::Range;

/// Absolute error of a step relative to the largest amount at the start, and that of a network that starts empty.
const ABSOLUTE: [f64; 2] = [1e-9, 1e-12];

/// A network, compiled.
#[derive(Clone, Debug)]
pub(super) struct NetworkPlan {
    name: String,
    system: System,
    /// By type: carries it.
    carried: Vec<bool>,
    inputs: Vec<(usize, Signal, f64)>,
    /// Output of the network, behaviour, scale.
    pub(super) outputs: Vec<(usize, u16, f64)>,
    time_unit: f64,
    method: NetworkMethod,
    events: Option<Discrete>,
    division: NetworkDivision,
    tolerance: Tolerance,
    /// Place of its first state behind the stored behaviours; the size of the step to go on with comes last.
    first: usize,
}

impl NetworkPlan {
    /// Columns of a cell.
    fn width(&self) -> usize {
        self.system.states() + 1
    }
}

/// Compiles the networks of a model.
pub(super) fn plans(model: &AgentModel, dictionary: &Dictionary) -> Result<Vec<NetworkPlan>, AgentError> {
    let mut out: Vec<NetworkPlan> = Vec::new();
    for n in &model.networks {
        let Some(file) = &n.loaded else {
            return Err(AgentError::Start(format!("the file of the network `{}` was not read", n.name)));
        };
        let system = System::new(&file.network)
            .map_err(|e| AgentError::Start(format!("the network `{}` can't be simulated: {e}", n.name)))?;
        let method = match (n.exact, n.explicit) {
            (true, _) => NetworkMethod::Exact,
            (false, true) => NetworkMethod::Explicit,
            (false, false) => NetworkMethod::Implicit,
        };
        let events = events(method, &file.network, file.inputs.iter().map(|i| i.0))
            .map_err(|e| AgentError::Start(format!("the network `{}` can't be simulated: {e}", n.name)))?;
        let signals = dictionary.signals();
        let input = |(i, &(parameter, size)): (&exoderm_model::agents::AgentInput, &(usize, f64))| {
            dictionary.signal(&i.signal).map(|s| (parameter, signals[usize::from(s)].0, i.scale * size))
        };
        let output = |(o, &k): (&exoderm_model::agents::AgentOutput, &usize)| {
            dictionary.behaviour(&o.behaviour).map(|b| (k, b, o.scale))
        };
        let largest = system.initial().iter().map(|x| x.abs()).fold(0.0, f64::max);
        let absolute = if largest > 0.0 { ABSOLUTE[0] * largest } else { ABSOLUTE[1] };
        out.push(NetworkPlan {
            name: n.name.clone(),
            carried: model.cells.iter().map(|t| n.cells.contains(&t.name)).collect(),
            inputs: n.inputs.iter().zip(&file.inputs).filter_map(input).collect(),
            outputs: n.outputs.iter().zip(&file.outputs).filter_map(output).collect(),
            time_unit: file.time_unit,
            method,
            events,
            division: n.division,
            tolerance: Tolerance { relative: n.tolerance, absolute },
            first: out.last().map_or(0, |last| last.first + last.width()),
            system,
        });
    }
    Ok(out)
}

/// Columns of a cell for all networks.
pub(super) fn width(plans: &[NetworkPlan]) -> usize {
    plans.iter().map(NetworkPlan::width).sum()
}

/// Room to advance one network.
#[derive(Clone, Debug)]
struct Room {
    stepper: Either,
    molecules: Option<Molecules>,
    rows: Vec<Lane>,
    looks: Vec<Lane>,
    /// By input, its signal in all carriers.
    senses: Vec<Vec<f64>>,
}

/// Scratch of all networks.
#[derive(Clone, Debug, Default)]
pub(super) struct Rooms(Vec<Room>);

impl Rooms {
    fn new(plans: &[NetworkPlan]) -> Self {
        let room = |n: &NetworkPlan| Room {
            stepper: Either::new(n.method, &n.system, n.tolerance),
            molecules: n.events.as_ref().map(Molecules::new),
            rows: vec![[0.0; LANES]; n.system.states() + n.system.parameters()],
            looks: n.system.outputs().registers(),
            senses: vec![Vec::new(); n.inputs.len()],
        };
        Self(plans.iter().map(room).collect())
    }
}

impl Culture {
    /// Where a network's columns begin in a cell's row.
    fn network_at(&self, n: usize) -> usize {
        stored::COUNT + self.plan.kept.len() + self.plan.networks[n].first
    }

    /// A cell begins the networks of its type; those that its former type carried too go on.
    pub(super) fn begin_networks(&mut self, i: usize, former: Option<u16>) {
        let kind = usize::from(self.colony.kind[i]);
        for n in 0..self.plan.networks.len() {
            let network = &self.plan.networks[n];
            let carried = network.carried[kind];
            if former.is_some_and(|k| network.carried[usize::from(k)]) && carried {
                continue;
            }
            let (states, width) = (network.system.states(), network.width());
            let from = i * self.width() + self.network_at(n);
            let row = &mut self.colony.behaviours[from..from + width];
            row.fill(0.0);
            if carried {
                row[..states].copy_from_slice(self.plan.networks[n].system.initial());
            }
        }
    }

    /// Daughters share out what their mother had, where the network says so.
    pub(super) fn divide_networks(&mut self, [i, daughter]: [usize; 2]) {
        let (kind, width) = (usize::from(self.colony.kind[i]), self.width());
        for n in 0..self.plan.networks.len() {
            let network = &self.plan.networks[n];
            if network.division == NetworkDivision::Copy || !network.carried[kind] {
                continue;
            }
            let (states, at) = (network.system.states(), self.network_at(n));
            let mut draws = self.stream(i, self.ticks[0], purpose::MOLECULES + n as u16);
            let rows = &mut self.colony.behaviours;
            for k in at..at + states {
                let [kept, given] = share(rows[i * width + k], &mut draws);
                (rows[i * width + k], rows[daughter * width + k]) = (kept, given);
            }
        }
    }

    /// Advances all networks by `h` (min).
    pub(super) fn advance_networks(&mut self, h: f64) -> Result<(), AgentError> {
        if self.plan.networks.is_empty() {
            return Ok(());
        }
        let mut rooms = std::mem::take(&mut self.work.rooms);
        if rooms.0.is_empty() {
            rooms = Rooms::new(&self.plan.networks);
        }
        let mut cells = std::mem::take(&mut self.work.cells);
        let mut done = Ok(());
        for n in 0..self.plan.networks.len() {
            let network = &self.plan.networks[n];
            cells.clear();
            cells.extend((0..self.colony.len() as u32).filter(|&i| {
                let i = i as usize;
                network.carried[usize::from(self.colony.kind[i])] && self.takes_part(i) && !self.is_dead(i)
            }));
            let room = &mut rooms.0[n];
            for (&(_, signal, _), column) in network.inputs.iter().zip(&mut room.senses) {
                self.sense(signal, &cells, column);
            }
            for first in (0..cells.len()).step_by(LANES) {
                let members = first..cells.len().min(first + LANES);
                done = self.advance_block(n, room, &cells, members, h);
                if done.is_err() {
                    break;
                }
            }
        }
        self.work.rooms = rooms;
        self.work.cells = cells;
        done
    }

    fn advance_block(
        &mut self,
        n: usize,
        room: &mut Room,
        cells: &[u32],
        members: Range<usize>,
        h: f64,
    ) -> Result<(), AgentError> {
        let (width, at) = (self.width(), self.network_at(n));
        let network = &self.plan.networks[n];
        let span = [self.time(), self.time() + h].map(|t| t / network.time_unit);
        let states = network.system.states();
        let block = &cells[members.clone()];
        let mut size = f64::INFINITY;
        for (lane, &i) in block.iter().enumerate() {
            let row = &self.colony.behaviours[i as usize * width + at..][..=states];
            for (to, &x) in room.rows.iter_mut().zip(&row[..states]) {
                to[lane] = x;
            }
            if row[states] > 0.0 {
                size = size.min(row[states]);
            }
        }
        if !size.is_finite() {
            size = 0.0;
        }
        for (row, &given) in room.rows[states..].iter_mut().zip(network.system.given()) {
            *row = [given; LANES];
        }
        for (&(parameter, _, scale), column) in network.inputs.iter().zip(&room.senses) {
            for (to, &x) in room.rows[states + parameter].iter_mut().zip(&column[members.clone()]) {
                *to = x * scale;
            }
        }
        // Lanes without a cell follow the first one, so that they never decide a step.
        for row in &mut room.rows {
            let first = row[0];
            row[block.len()..].fill(first);
        }
        if states > 0 {
            let done = match (&network.events, &mut room.molecules) {
                (Some(model), Some(molecules)) => block.iter().enumerate().try_for_each(|(lane, &i)| {
                    let draws = self.stream(i as usize, self.ticks[0], purpose::NETWORK + n as u16);
                    let open = network.inputs.iter().map(|i| i.0);
                    molecules.advance(model, open, &mut room.rows, lane, h / network.time_unit, draws)
                }),
                _ => room.stepper.advance(&network.system, &mut room.rows, &mut size, span),
            };
            done.map_err(|error| {
                let kind = usize::from(self.colony.kind[block[0] as usize]);
                let cell = self.plan.model.cells[kind].name.clone();
                AgentError::Network(Box::new(Stopped { network: network.name.clone(), cell, error }))
            })?;
        }
        let given = room.rows.len();
        room.looks[..given].copy_from_slice(&room.rows);
        room.looks[given] = [span[1]; LANES];
        network.system.outputs().run_block(&mut room.looks);
        for (lane, &i) in block.iter().enumerate() {
            let row = &mut self.colony.behaviours[i as usize * width..][..width];
            for (to, from) in row[at..].iter_mut().zip(&room.rows[..states]) {
                *to = from[lane];
            }
            row[at + states] = size;
            for &(k, behaviour, scale) in &network.outputs {
                if let Some(slot) = self.plan.slot(behaviour) {
                    row[slot] = room.looks[network.system.outputs().output(k)][lane] * scale;
                }
            }
        }
        Ok(())
    }
}
