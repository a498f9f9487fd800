//! Whole vesicles by voxel.
//!
//! The fields hold whole numbers (over the volume of a voxel). Jumps between voxels, loss, spheres and faces act in one
//! [`Network`] a field, drawn exactly at any step ([`Leap`]); jump rates are those of the field's fluxes. Where cells take up, a
//! step is cut into parts in which vesicles jump less than once; cells take up in half parts before and after the jumps, and what
//! they release comes in evenly over the parts.

use crate::balance::Line;
use crate::boxed::sinks::{Ball, edges};
use crate::boxed::{Discrete, by_size, diffusion, seed_of, settle_cell, spheres};
use crate::plan::{NODES, Plan};
use crate::purpose;
use crate::state::State;
use crate::tissue::TissueError;
use crate::vesicles::{block_of, cargo_at, uptake_sinks};
use crate::work::VesicleWork;
use exoderm_model::scenario::TissueBox;
use exoderm_numeric::math;
use exoderm_numeric::random::{Seed, Stream};
use exoderm_vesicle::counts::{Counts, Leap, Move, Network, Sink};

/// Bound on the relative change of what reactions read; there are none here.
const EPSILON: f64 = 0.03;
/// Diffusion number of a part of a step with cells, and most parts.
const JUMPS: f64 = 0.15;
const MOST_PARTS: usize = 1000;
/// Counters of a network: lost, out of the box, then the spheres.
const LOST: u32 = 0;
const OUT: u32 = 1;
const FIRST_SPHERE: usize = 2;

/// Networks and counts.
pub(super) struct CountsWork {
    /// By population × node; none where nothing can be.
    networks: Vec<Option<Network>>,
    leaps: Vec<Leap>,
    counts: Vec<Counts>,
    /// Bound in this step, by cell.
    bound: Vec<[u64; NODES]>,
    /// Bound in each voxel and not yet given to a cell, and the rate left for it.
    pool: Vec<(u64, f64)>,
}

/// x/(eˣ − 1).
fn bernoulli(x: f64) -> f64 {
    if x.abs() < 1e-5 { 1.0 - 0.5 * x + x * x / 12.0 } else { x / math::exp_m1(x) }
}

impl CountsWork {
    pub(super) fn new(plan: &Plan, s: &State, b: &TissueBox, seed: Seed) -> Result<Self, TissueError> {
        let ticks = match &s.discrete {
            Discrete::Counts(t) => t.as_slice(),
            _ => &[],
        };
        let balls = spheres(&plan.scenario)
            .iter()
            .map(|a| Ball::new(plan, &s.grid, a, b))
            .collect::<Result<Vec<_>, _>>()?;
        let mut work = Self {
            networks: Vec::new(),
            leaps: Vec::new(),
            counts: Vec::new(),
            bound: Vec::new(),
            pool: vec![(0, 0.0); s.grid.len()],
        };
        for (p, population) in plan.populations.iter().enumerate() {
            for k in 0..NODES {
                let f = p * NODES + k;
                let leap = Leap::new(seed_of(seed, f, purpose::COUNTS), EPSILON)?;
                work.leaps.push(leap.resumed(ticks.get(f).copied().unwrap_or(0)));
                let network = if population.nodes[k].weight > 0.0 {
                    Some(network(plan, s, b, &balls, (p, k))?)
                } else {
                    None
                };
                work.counts.push(match &network {
                    Some(n) => Counts::new(n),
                    None => Counts { at: Vec::new(), left: Vec::new(), entered: 0 },
                });
                work.networks.push(network);
            }
        }
        Ok(work)
    }

    pub(super) fn ticks(&self) -> Vec<u32> {
        self.leaps.iter().map(Leap::tick).collect()
    }
}

/// What vesicles of one size do between voxels.
fn network(
    plan: &Plan,
    s: &State,
    b: &TissueBox,
    balls: &[Ball],
    (p, k): (usize, usize),
) -> Result<Network, TissueError> {
    let (g, f) = (&s.grid, p * NODES + k);
    let (d, loss) = (diffusion(&plan.populations[p], k), plan.populations[p].degradation);
    let mut moves = Vec::new();
    let mut sinks: Vec<Sink> = Vec::new();
    for axis in 0..3 {
        let (n, h, w) = (g.n[axis], g.h[axis], b.flow[axis]);
        let (forward, back) = if d > 0.0 {
            let peclet = w * h / d;
            (d / (h * h) * bernoulli(-peclet), d / (h * h) * bernoulli(peclet))
        } else {
            (w.max(0.0) / h, (-w).max(0.0) / h)
        };
        for v in 0..g.len() {
            let i = [v / (g.n[1] * g.n[2]), v / g.n[2] % g.n[1], v % g.n[2]];
            let mut next = i;
            next[axis] += 1;
            if next[axis] == n {
                if b.periodic[axis] && n > 1 {
                    next[axis] = 0;
                } else {
                    if !b.periodic[axis] && w > 0.0 {
                        sinks.push(Sink { from: v as u32, counter: OUT, rate: w / h });
                    }
                    continue;
                }
            }
            let to = g.index(next[0], next[1], next[2]) as u32;
            moves.push(Move { from: v as u32, to, rate: forward });
            moves.push(Move { from: to, to: v as u32, rate: back });
        }
        if !b.periodic[axis] && w < 0.0 {
            for v in 0..g.len() {
                let i = [v / (g.n[1] * g.n[2]), v / g.n[2] % g.n[1], v % g.n[2]];
                if i[axis] == 0 {
                    sinks.push(Sink { from: v as u32, counter: OUT, rate: -w / h });
                }
            }
        }
    }
    moves.retain(|m| m.rate > 0.0);
    if loss > 0.0 {
        sinks.extend((0..g.len()).map(|v| Sink { from: v as u32, counter: LOST, rate: loss }));
    }
    for (v, per_diffusion) in edges(g, &plan.scenario.transport.faces) {
        sinks.push(Sink { from: v, counter: OUT, rate: per_diffusion * d });
    }
    for (a, ball) in balls.iter().enumerate() {
        let (rate, counter) = (ball.rate(f), (FIRST_SPHERE + a) as u32);
        sinks.extend(ball.cover.iter().map(|&(from, part)| Sink { from, counter, rate: part * rate }));
    }
    Ok(Network::new(g.len(), FIRST_SPHERE + balls.len(), &moves, &sinks, &[], &[])?)
}

/// One step of all populations.
pub(super) fn step(
    plan: &Plan,
    s: &mut State,
    work: &mut VesicleWork,
    own: &mut CountsWork,
    seed: Seed,
    time: f64,
    dt: f64,
) -> Result<(), TissueError> {
    let volume = s.grid.volume();
    let spheres = spheres(&plan.scenario).len();
    for p in 0..plan.populations.len() {
        let flows = &s.flows[p];
        if flows.get(Line::Secreted) + flows.get(Line::Injected) == 0.0 {
            continue;
        }
        let cells = s.cells.len();
        uptake_sinks(plan, s, work, p, (time, dt));
        own.bound.clear();
        own.bound.resize(cells, [0; NODES]);
        for k in 0..NODES {
            let f = p * NODES + k;
            let counts = &mut own.counts[f];
            for (n, c) in counts.at.iter_mut().zip(&s.free[f]) {
                *n = (c * volume).round() as u64;
            }
        }
        let mut released = releases(s, work, p, seed);
        let parts = parts(plan, s, work, p, dt);
        for part in 0..parts {
            for (voxel, left, stream) in &mut released {
                let now = stream.binomial(*left, 1.0 / (parts - part) as f64);
                *left -= now;
                for (k, n) in by_size(&plan.populations[p], now, stream).into_iter().enumerate() {
                    if n > 0 {
                        own.counts[p * NODES + k].at[*voxel as usize] += n;
                    }
                }
            }
            let tau = dt / parts as f64;
            for k in 0..NODES {
                let f = p * NODES + k;
                if own.networks[f].is_none() {
                    continue;
                }
                take(plan, s, work, own, (p, k, 2 * part as u64), seed, 0.5 * tau);
                if let Some(network) = &own.networks[f] {
                    own.leaps[f].step(network, &mut own.counts[f], tau)?;
                }
                take(plan, s, work, own, (p, k, 2 * part as u64 + 1), seed, 0.5 * tau);
            }
        }
        for k in 0..NODES {
            let flows = &mut s.flows[p];
            let left = &mut own.counts[p * NODES + k].left;
            if left.is_empty() {
                continue;
            }
            flows.add(Line::DegradedTissue, left[LOST as usize] as f64);
            flows.add(Line::Outflow, left[OUT as usize] as f64);
            for (a, n) in left[FIRST_SPHERE..].iter().enumerate() {
                flows.add(Line::Absorbed, *n as f64);
                s.caught[p * spheres + a] += *n as f64;
            }
            left.fill(0);
        }
        let cargo = cargo_at(plan, p, time);
        for i in 0..cells {
            if s.cells.is_doomed(i) {
                continue;
            }
            let back = settle_cell(plan, s, work, p, i, own.bound[i], &cargo, seed, dt)?;
            if back > 0.0 {
                let mut stream = seed.stream(s.cells.id[i], s.tick, purpose::LEAVING + p as u16);
                block_of(plan, s, work, usize::from(s.cells.kind[i].0), i);
                for (k, n) in by_size(&plan.populations[p], back as u64, &mut stream).into_iter().enumerate()
                {
                    for _ in 0..n {
                        let v = work.block[stream.below(work.block.len())];
                        own.counts[p * NODES + k].at[v as usize] += 1;
                    }
                }
            }
        }
        for k in 0..NODES {
            let f = p * NODES + k;
            for (c, n) in s.free[f].iter_mut().zip(&own.counts[f].at) {
                *c = *n as f64 / volume;
            }
        }
    }
    Ok(())
}

/// Parts of a step: one where no cell takes up, else so many that a vesicle rarely jumps out of a cell's voxels in one.
fn parts(plan: &Plan, s: &State, work: &VesicleWork, p: usize, dt: f64) -> usize {
    if work.clearance.iter().all(|c| *c <= 0.0) {
        return 1;
    }
    let h = s.grid.h.into_iter().fold(f64::INFINITY, f64::min);
    let d = (0..NODES).map(|k| diffusion(&plan.populations[p], k)).fold(0.0, f64::max);
    ((d * dt / (h * h) / JUMPS).ceil() as usize).clamp(1, MOST_PARTS)
}

/// Vesicles that cells let go in this step: voxel, number, and the stream that spreads them over the parts.
fn releases(s: &State, work: &VesicleWork, p: usize, seed: Seed) -> Vec<(u32, u64, Stream)> {
    let mine = work.released.iter().filter(|r| r.1 as usize == p);
    mine.map(|&(i, of, count)| {
        // Another entity than the cell itself, whose stream serves those that come back.
        let entity = s.cells.id[i as usize] | 1 << 47;
        let stream = seed.stream(entity, s.tick, purpose::LEAVING + of as u16);
        (work.voxel[i as usize], count, stream)
    })
    .collect()
}

/// Cells bind what is around them for `tau`: of the vesicles of a voxel a binomial number, shared by its cells in
/// proportion to their clearances.
fn take(
    plan: &Plan,
    s: &State,
    work: &mut VesicleWork,
    own: &mut CountsWork,
    (p, k, half): (usize, usize, u64),
    seed: Seed,
    tau: f64,
) {
    let CountsWork { counts, bound, pool, .. } = own;
    let counts = &mut counts[p * NODES + k];
    let slot = (p * 4 + k) as u16;
    let mut any = false;
    for (v, rest) in pool.iter_mut().enumerate() {
        let rate = work.uptake[k][v];
        *rest = (0, rate);
        if rate > 0.0 && counts.at[v] > 0 {
            let mut stream = seed.stream(v as u64 | half << 33, s.tick, purpose::THINNING + slot);
            rest.0 = stream.binomial(counts.at[v], -math::exp_m1(-rate * tau));
            counts.at[v] -= rest.0;
            any |= rest.0 > 0;
        }
    }
    if !any {
        return;
    }
    let inverse = 1.0 / s.grid.volume();
    for (i, bound) in bound.iter_mut().enumerate() {
        let clearance = work.clearance[i * NODES + k];
        if clearance <= 0.0 {
            continue;
        }
        block_of(plan, s, work, usize::from(s.cells.kind[i].0), i);
        let rate = clearance * inverse / work.block.len() as f64;
        let mut stream = seed.stream(s.cells.id[i] | half << 33, s.tick, purpose::SHARE + slot);
        for &v in &work.block {
            let (n, left) = &mut pool[v as usize];
            if *n > 0 {
                let mine = if *left <= rate * (1.0 + 1e-9) { *n } else { stream.binomial(*n, rate / *left) };
                bound[k] += mine;
                *n -= mine;
            }
            *left -= rate;
        }
    }
    // What rounding left over stays where it was.
    for (v, (n, _)) in pool.iter().enumerate() {
        counts.at[v] += n;
    }
}
