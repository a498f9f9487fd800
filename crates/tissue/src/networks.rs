//! Reaction networks inside cells, in the phenotype step.
//!
//! A network's states are columns of the cells, like all that a cell holds: a daughter has its mother's, a removed cell's are gone,
//! a checkpoint keeps them. At each step the carriers are gathered in blocks, in the order of the cells; the signals are
//! sensed and stand still over the step; the block is advanced with error control; outputs that something looks at are
//! computed and written to columns of their own, which rules read. A cell that becomes one of a type that does not carry
//! the network loses its states; one that comes to carry it starts as the file says.
//!
//! The cells of a block take common steps, so that a result depends, within the tolerance, on the order of the cells. That
//! order is part of the state, and so is the size of the step to go on with: a resumed run has the same bits. Networks of whole
//! molecules go cell by cell instead ([`crate::molecules`]).

use crate::molecules::{Molecules, share};
use crate::plan::Plan;
use crate::purpose;
use crate::rules::Signals;
use crate::sense::Sense;
use crate::state::State;
use exoderm_cell::{CellError, Cells, Column, OnDivision};
use exoderm_kinetics::discrete::Discrete;
use exoderm_kinetics::error::Error;
use exoderm_kinetics::explicit::Explicit;
use exoderm_kinetics::implicit::{Implicit, Method};
use exoderm_kinetics::lanes::{LANES, Lane};
use exoderm_kinetics::network::Network;
use exoderm_kinetics::population::{Stepper, Tolerance};
use exoderm_kinetics::system::System;
use exoderm_model::scenario::{NetworkDivision, NetworkId, NetworkInput, NetworkMethod, Scenario};
use exoderm_numeric::random::Seed;
use serde::{Deserialize, Serialize};

/// A network, compiled.
#[derive(Clone, Debug)]
pub struct NetworkPlan {
    /// Name, for messages.
    pub name: String,
    /// Equations.
    pub system: System,
    /// By cell type: carries it.
    pub carried: Vec<bool>,
    /// Parameters that follow signals.
    pub inputs: Vec<NetworkInput>,
    /// Outputs that something looks at, ascending.
    pub outputs: Vec<usize>,
    /// Outputs of a cell at the start, as the file has them.
    pub start: Vec<f64>,
    /// Its unit of time (min).
    pub time_unit: f64,
    /// How it is advanced.
    pub method: NetworkMethod,
    /// Its events, where molecules are counted; open are the parameters of `inputs`, in their order.
    pub events: Option<Discrete>,
    /// What daughters get.
    pub division: NetworkDivision,
    /// Accuracy.
    pub tolerance: Tolerance,
}

/// Columns of a network.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NetworkColumns {
    /// States; 0 in cells that do not carry it.
    pub states: Vec<Column>,
    /// By output: its column, if something looks at it.
    pub outputs: Vec<Option<Column>>,
    /// Size of the step to go on with (the network's time); 0 before the first.
    pub step: Column,
}

/// Compiles the networks of a scenario.
pub(crate) fn plans(s: &Scenario) -> Result<Vec<NetworkPlan>, Error> {
    let plan = |(i, n): (usize, &exoderm_model::scenario::CellNetwork)| {
        let system = System::new(&n.network)?;
        let mut carried = vec![false; s.cells.len()];
        n.cells.iter().for_each(|c| carried[c.0] = true);
        let outputs = s.outputs_in_use(NetworkId(i));
        let all = system.look(system.initial(), system.given(), 0.0);
        Ok(NetworkPlan {
            name: n.name.clone(),
            carried,
            inputs: n.inputs.clone(),
            start: outputs.iter().map(|&k| all[k]).collect(),
            outputs,
            time_unit: n.time_unit,
            method: n.method,
            events: events(n.method, &n.network, n.inputs.iter().map(|i| i.parameter))?,
            division: n.division,
            tolerance: Tolerance { relative: n.tolerance, absolute: n.absolute },
            system,
        })
    };
    s.networks.iter().enumerate().map(plan).collect()
}

/// What a network does event by event, if that is asked for.
pub(crate) fn events(
    method: NetworkMethod,
    network: &Network,
    open: impl Iterator<Item = usize>,
) -> Result<Option<Discrete>, Error> {
    if method != NetworkMethod::Exact {
        return Ok(None);
    }
    Discrete::with_open(network, &open.collect::<Vec<_>>()).map(Some)
}

/// Daughters share out what their mother had, where the network says so. `mother` is the id she had and keeps.
pub(crate) fn divide(plan: &Plan, s: &mut State, [i, daughter]: [usize; 2], seed: Seed, mother: u64) {
    for (n, network) in plan.networks.iter().enumerate() {
        if network.division == NetworkDivision::Copy || !network.carried[usize::from(s.cells.kind[i].0)] {
            continue;
        }
        let mut draws = seed.stream(mother, s.tick, purpose::MOLECULES + n as u16);
        for k in 0..s.columns.networks[n].states.len() {
            let values = s.cells.extra_mut(s.columns.networks[n].states[k]);
            [values[i], values[daughter]] = share(values[i], &mut draws);
        }
    }
}

/// Adds the columns of the networks.
pub(crate) fn register(cells: &mut Cells, s: &Scenario) -> Result<Vec<NetworkColumns>, CellError> {
    let mut all = Vec::with_capacity(s.networks.len());
    for (i, n) in s.networks.iter().enumerate() {
        let mut column = |what: &str, name: &str| {
            cells.register(&format!("{what}_{}_{name}", n.name), 0.0, OnDivision::Copy)
        };
        let states =
            n.network.states.iter().map(|q| column("network", &q.name)).collect::<Result<_, CellError>>()?;
        let mut outputs = vec![None; n.network.outputs.len()];
        for k in s.outputs_in_use(NetworkId(i)) {
            outputs[k] = Some(column("output", &n.network.outputs[k].name)?);
        }
        all.push(NetworkColumns { states, outputs, step: column("step", "")? });
    }
    Ok(all)
}

/// A cell of its type starts with the networks it carries, as their files have them at the start.
pub(crate) fn begin(plan: &Plan, s: &mut State, i: usize) {
    let kind = usize::from(s.cells.kind[i].0);
    for n in 0..plan.networks.len() {
        if plan.networks[n].carried[kind] {
            reset(plan, s, n, i, true);
        }
    }
}

/// A cell that was of type `from` has become one of another: what it carries is set up, what it no longer does is cleared,
/// what both carry goes on.
pub(crate) fn change_type(plan: &Plan, s: &mut State, i: usize, from: usize) {
    let to = usize::from(s.cells.kind[i].0);
    for n in 0..plan.networks.len() {
        let carried = &plan.networks[n].carried;
        if carried[from] != carried[to] {
            reset(plan, s, n, i, carried[to]);
        }
    }
}

/// Sets a cell's network to its start, or to nothing.
fn reset(plan: &Plan, s: &mut State, n: usize, i: usize, start: bool) {
    let network = &plan.networks[n];
    let columns = &s.columns.networks[n];
    for (&column, &x) in columns.states.iter().zip(network.system.initial()) {
        s.cells.extra_mut(column)[i] = if start { x } else { 0.0 };
    }
    for (&k, &x) in network.outputs.iter().zip(&network.start) {
        if let Some(column) = columns.outputs[k] {
            s.cells.extra_mut(column)[i] = if start { x } else { 0.0 };
        }
    }
    s.cells.extra_mut(columns.step)[i] = 0.0;
}

/// Whether a state's columns are those of the plan's networks.
pub(crate) fn fit(plan: &Plan, s: &State) -> bool {
    let same = |(n, c): (&NetworkPlan, &NetworkColumns)| {
        c.states.len() == n.system.states()
            && c.outputs.len() == n.system.outputs().outputs()
            && (0..c.outputs.len()).all(|k| c.outputs[k].is_some() == n.outputs.contains(&k))
    };
    s.columns.networks.len() == plan.networks.len() && plan.networks.iter().zip(&s.columns.networks).all(same)
}

/// Room to advance one network.
#[derive(Debug)]
struct Room {
    stepper: Either,
    molecules: Option<Molecules>,
    /// Cells that carry it now.
    carriers: Vec<u32>,
    /// States, then parameters of a block.
    rows: Vec<Lane>,
    /// Registers of the outputs.
    looks: Vec<Lane>,
}

/// Either kind of steps.
#[derive(Clone, Debug)]
pub(crate) enum Either {
    Implicit(Box<Implicit>),
    Explicit(Box<Explicit>),
}

impl Either {
    /// The small one where molecules are counted, which do without.
    pub(crate) fn new(method: NetworkMethod, system: &System, tolerance: Tolerance) -> Self {
        if method == NetworkMethod::Implicit {
            Self::Implicit(Box::new(Implicit::new(system, tolerance, Method::RODAS3)))
        } else {
            Self::Explicit(Box::new(Explicit::new(system, tolerance)))
        }
    }

    /// Advances a block over a span of the network's time.
    pub(crate) fn advance(
        &mut self,
        system: &System,
        rows: &mut [Lane],
        size: &mut f64,
        [from, to]: [f64; 2],
    ) -> Result<(), Error> {
        match self {
            Self::Implicit(x) => x.advance_block(system, rows, size, from, to),
            Self::Explicit(x) => x.advance_block(system, rows, size, from, to),
        }
        .map(|_| ())
    }
}

/// Scratch of the step.
#[derive(Debug, Default)]
pub(crate) struct NetworkWork {
    rooms: Vec<Room>,
}

impl NetworkWork {
    pub(crate) fn new(plan: &Plan) -> Self {
        let room = |n: &NetworkPlan| Room {
            stepper: Either::new(n.method, &n.system, n.tolerance),
            molecules: n.events.as_ref().map(Molecules::new),
            carriers: Vec::new(),
            rows: vec![[0.0; LANES]; n.system.states() + n.system.parameters()],
            looks: n.system.outputs().registers(),
        };
        Self { rooms: plan.networks.iter().map(room).collect() }
    }
}

/// A network that could not go on.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("the network `{network}` in a cell of type `{cell}` could not go on: {error}")]
pub struct Stopped {
    /// The network.
    pub network: String,
    /// Type of the block's first cell.
    pub cell: String,
    /// Why, with the network's time.
    pub error: Error,
}

/// Advances all networks from `time` (min after day 0) by `dt` (min). `voxel` and `edge` are what each cell touches and feels.
pub(crate) fn step(
    plan: &Plan,
    s: &mut State,
    work: &mut NetworkWork,
    (voxel, edge): (&[u32], &[f64]),
    [time, dt]: [f64; 2],
    seed: Seed,
) -> Result<(), Box<Stopped>> {
    for (n, room) in work.rooms.iter_mut().enumerate() {
        let network = &plan.networks[n];
        let carries = |i: &u32| {
            let i = *i as usize;
            network.carried[usize::from(s.cells.kind[i].0)] && !s.cells.is_doomed(i)
        };
        room.carriers.clear();
        room.carriers.extend((0..s.cells.len() as u32).filter(carries));
        let span = [time / network.time_unit, (time + dt) / network.time_unit];
        for first in (0..room.carriers.len()).step_by(LANES) {
            let last = room.carriers.len().min(first + LANES);
            let members = first..last;
            let mut size = gather(plan, s, n, room, members.clone(), voxel, edge, time);
            let states = network.system.states();
            if states > 0 {
                let done = match (&network.events, &mut room.molecules) {
                    (Some(model), Some(molecules)) => {
                        room.carriers[members.clone()].iter().enumerate().try_for_each(|(lane, &i)| {
                            let draws =
                                seed.stream(s.cells.id[i as usize], s.tick, purpose::NETWORK + n as u16);
                            let open = network.inputs.iter().map(|i| i.parameter);
                            molecules.advance(
                                model,
                                open,
                                &mut room.rows,
                                lane,
                                dt / network.time_unit,
                                draws,
                            )
                        })
                    }
                    _ => room.stepper.advance(&network.system, &mut room.rows, &mut size, span),
                };
                done.map_err(|error| {
                    Box::new(Stopped {
                        network: network.name.clone(),
                        cell: plan.scenario.cells[usize::from(s.cells.kind[room.carriers[first] as usize].0)]
                            .name
                            .clone(),
                        error,
                    })
                })?;
            }
            scatter(network, s, n, room, members, size, span[1]);
        }
    }
    Ok(())
}

/// Fills a block with cells: states and parameters. Gives the size of step to begin with: the smallest of its cells.
#[allow(clippy::too_many_arguments)]
fn gather(
    plan: &Plan,
    s: &State,
    n: usize,
    room: &mut Room,
    members: std::ops::Range<usize>,
    voxel: &[u32],
    edge: &[f64],
    time: f64,
) -> f64 {
    let (network, columns) = (&plan.networks[n], &s.columns.networks[n]);
    let cells = &room.carriers[members];
    let states = columns.states.len();
    for (row, &column) in room.rows.iter_mut().zip(&columns.states) {
        let values = s.cells.extra(column);
        for (lane, &i) in row.iter_mut().zip(cells) {
            *lane = values[i as usize];
        }
    }
    for (row, &given) in room.rows[states..].iter_mut().zip(network.system.given()) {
        *row = [given; LANES];
    }
    for (lane, &i) in cells.iter().enumerate() {
        let i = i as usize;
        let sense = Sense { plan, state: s, cell: i, voxel: voxel[i] as usize, edge: edge[i], time };
        for input in &network.inputs {
            room.rows[states + input.parameter][lane] = sense.signal(input.signal) * input.factor;
        }
    }
    // Lanes without a cell follow the first one, so that they never decide a step.
    for row in &mut room.rows {
        let first = row[0];
        row[cells.len()..].fill(first);
    }
    let sizes = s.cells.extra(columns.step);
    let smallest =
        cells.iter().map(|&i| sizes[i as usize]).filter(|&h| h > 0.0).fold(f64::INFINITY, f64::min);
    if smallest.is_finite() { smallest } else { 0.0 }
}

/// Writes a block back, with the outputs that something looks at.
fn scatter(
    network: &NetworkPlan,
    s: &mut State,
    n: usize,
    room: &mut Room,
    members: std::ops::Range<usize>,
    size: f64,
    time: f64,
) {
    let columns = &s.columns.networks[n];
    let cells = &room.carriers[members];
    let mut write = |column: Column, row: &Lane| {
        let values = s.cells.extra_mut(column);
        for (&x, &i) in row.iter().zip(cells) {
            values[i as usize] = x;
        }
    };
    for (row, &column) in room.rows.iter().zip(&columns.states) {
        write(column, row);
    }
    write(columns.step, &[size; LANES]);
    if network.outputs.is_empty() {
        return;
    }
    let tape = network.system.outputs();
    let given = room.rows.len();
    room.looks[..given].copy_from_slice(&room.rows);
    room.looks[given] = [time; LANES];
    tape.run_block(&mut room.looks);
    for &k in &network.outputs {
        if let Some(column) = columns.outputs[k] {
            write(column, &room.looks[tape.output(k)]);
        }
    }
}

/// Mean of each recorded output over the living cells that carry its network, in the order of [`recorded`]; 0 without any.
pub(crate) fn means(plan: &Plan, s: &State) -> Vec<f64> {
    let mean = |(n, k): (usize, usize)| {
        let Some(column) = s.columns.networks[n].outputs[k] else { return 0.0 };
        let values = s.cells.extra(column);
        let carries =
            |i: &usize| plan.networks[n].carried[usize::from(s.cells.kind[*i].0)] && !s.cells.is_doomed(*i);
        let (sum, count) =
            (0..s.cells.len()).filter(carries).fold((0.0, 0u32), |(sum, n), i| (sum + values[i], n + 1));
        if count > 0 { sum / f64::from(count) } else { 0.0 }
    };
    recorded(&plan.scenario).map(mean).collect()
}

/// Recorded outputs: network and output.
pub fn recorded(s: &Scenario) -> impl Iterator<Item = (usize, usize)> + '_ {
    s.networks.iter().enumerate().flat_map(|(n, network)| network.recorded.iter().map(move |&k| (n, k)))
}
