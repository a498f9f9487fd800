//! The mechanics step: pair velocities, walks, links, then what neighbours do to each other, then the move.

use super::culture::purpose;
use super::links::Places;
use super::plan::{Following, stored};
use super::{AgentError, Culture};
use exoderm_cell::colony::mark;
use exoderm_cell::open::springs::{Spring, pull};
use exoderm_cell::open::walls::push_in;
use exoderm_cell::open::{Affinity, Law, Per, awake};
use exoderm_cell::vector::{Vec3, add, norm, random_direction, random_in_plane, scale, sub};
use exoderm_numeric::random::Stream;
use rayon::prelude::*;

/// Strength with which faces of the box push (um/min), as models of this form have it.
const WALL: f64 = 100.0;
/// Error of a move that adapts (um), and its length as a share of the radius.
const MOVE_ERROR: f64 = 0.02;
const MOVE_SHARE: f64 = 0.25;
/// Events that the busiest cell is expected to cause in a move that adapts.
const EVENTS: f64 = 0.1;
/// Mechanics steps from one sorting of memory in space to the next.
const SORT_EVERY: u32 = 64;
/// Cells that one task takes of a pass over all of them.
const TASK: usize = 512;
/// Vectors shorter than this have no direction.
const NO_LENGTH: f64 = 1e-16;

impl Culture {
    /// One step of `h` (min), in one move or in as many as adapt to it.
    pub(super) fn mechanics(&mut self, h: f64) -> Result<(), AgentError> {
        self.sweep();
        awake(self.colony.len(), || {
            let mut left = self.shift(h, h)?;
            while left > 0.0 {
                // Directions are drawn once in a step.
                left = self.shift(0.0, left)?;
            }
            Ok(())
        })
    }

    /// One move within `left` (min), and what is left after it. Walks turn as in a step of `h`.
    fn shift(&mut self, h: f64, left: f64) -> Result<f64, AgentError> {
        self.push()?;
        if h > 0.0 && self.ticks[1].is_multiple_of(SORT_EVERY) {
            // Before anything refers to cells by index. Restored runs sort at the same steps.
            self.colony.sort(&mut self.space);
        }
        let acts = self.plan.able.iter().any(|a| a.acts);
        let linked = !self.links.is_empty() || self.plan.able.iter().any(|a| a.links);
        let sensed = self.plan.senses_contacts();
        if acts || linked || sensed {
            self.space.rows(&mut self.rows);
        }
        let mut drift = std::mem::take(&mut self.work.drift);
        self.walks(h, &mut drift);
        if self.plan.model.options.wall {
            let d = &self.plan.model.domain;
            let (low, mut high) = (d.low, d.high);
            if d.flat {
                high[2] = low[2];
            }
            let position = self.colony.position.each_ref().map(Vec::as_slice);
            let [x, y, z] = &mut drift;
            push_in(low, high, WALL, position, &self.colony.radius, [x, y, z]);
        }
        let springs = linked && !self.plan.model.options.no_springs;
        let mut move_of = left;
        if self.plan.model.options.adaptive {
            // How long the move is depends on where springs pull, so they change after it was chosen.
            if springs {
                self.pull(&mut drift)?;
            }
            move_of = self.longest_move(left, &drift);
            if springs {
                self.relink(move_of);
            }
        } else if springs {
            self.relink(left);
            self.pull(&mut drift)?;
        }
        if acts || !self.links.is_empty() {
            self.interact(move_of);
        }
        self.travel(move_of, &drift)?;
        self.moves += 1;
        self.work.drift = drift;
        Ok(if move_of < left { left - move_of } else { 0.0 })
    }

    /// Longest of equal moves within `left` whose error is small for every cell, in which few cells do anything to a neighbour,
    /// and not shorter than the model's own step.
    ///
    /// The error of a move is taken as that of one that neglects how velocities change, half h² |dv/dt|: more than a two-step
    /// makes.
    fn longest_move(&self, left: f64, drift: &[Vec<f64>; 3]) -> f64 {
        let own = self.plan.model.steps.mechanics;
        let Some(pace) = self.pace else { return own.min(left) };
        let (mut change, mut run) = (0.0_f64, 0.0_f64);
        for i in 0..self.colony.len() {
            if !self.takes_part(i) || self.value(i, self.plan.number.movable) <= 0.5 {
                continue;
            }
            let [v, before] = [drift, &self.colony.before].map(|v| v.each_ref().map(|column| column[i]));
            let v = add(v, self.space.of(i).0);
            change = change.max(norm(sub(v, before)));
            run = run.max(norm(v) / self.colony.radius[i]);
        }
        let by_error = (2.0 * MOVE_ERROR * pace / change).sqrt();
        let by_events = EVENTS / self.busiest();
        let longest = by_error.min(by_events).min(MOVE_SHARE / run).min(2.0 * pace).max(own);
        left / (left / longest).ceil().max(1.0)
    }

    /// Largest rate (1/min) at which a cell does something to its neighbours, or makes and breaks links.
    fn busiest(&self) -> f64 {
        let mut most = 0.0_f64;
        for i in 0..self.colony.len() {
            let able = &self.plan.able[usize::from(self.colony.kind[i])];
            if !(able.acts || able.links) || !self.takes_part(i) || self.is_dead(i) {
                continue;
            }
            let mut rate = if able.acts { self.rate_of_acts(i) } else { 0.0 };
            if able.links && !self.plan.model.options.no_springs {
                let number = self.plan.number;
                let join = self.value(i, number.attachment).max(0.0);
                let affinity = |&j: &u32| self.value(i, number.affinity + self.colony.kind[j as usize]);
                rate += join * self.neighbours(i).iter().map(affinity).sum::<f64>();
                rate += self.value(i, number.detachment).max(0.0);
            }
            most = most.max(rate);
        }
        most
    }

    /// Removes who is gone, and what referred to them.
    fn sweep(&mut self) {
        if self.colony.sweep() == 0 || self.links.is_empty() {
            return;
        }
        let places = Places::of(&self.colony.id);
        self.links.keep(|id| places.at(id).is_some());
    }

    /// Pair velocities and pressures, into the space.
    fn push(&mut self) -> Result<(), AgentError> {
        self.pressures = None;
        let mut reach = std::mem::take(&mut self.work.reach);
        let mut repulsion = std::mem::take(&mut self.work.repulsion);
        let mut adhesion = std::mem::take(&mut self.work.adhesion);
        let mut affinity = std::mem::take(&mut self.work.affinity);
        let (n, kinds, number) = (self.colony.len(), self.plan.kinds.len(), self.plan.number);
        let range = |i| if self.takes_part(i) { self.value(i, number.reach).max(0.0) } else { 0.0 };
        fill(&mut reach, n, range);
        // Strengths have roots taken: rules that make them negative make them 0.
        fill(&mut repulsion, n, |i| self.value(i, number.repulsion).max(0.0));
        fill(&mut adhesion, n, |i| self.value(i, number.adhesion).max(0.0));
        affinity.clear();
        let own = (0..kinds as u16).any(|k| self.plan.slot(number.affinity + k).is_some());
        let rows = if own { n } else { kinds };
        for r in 0..rows {
            for k in 0..kinds as u16 {
                let value = if own {
                    self.value(r, number.affinity + k)
                } else {
                    self.plan.by_type(r as u16, false, number.affinity + k)
                };
                affinity.push(value.max(0.0));
            }
        }
        let table = if own {
            Affinity::Cells { kinds, rows: &affinity }
        } else if affinity.iter().all(|&a| a == 1.0) {
            Affinity::One
        } else {
            Affinity::Kinds { kinds, table: &affinity }
        };
        let strengths = [Per::Cell(&reach), Per::Cell(&repulsion), Per::Cell(&adhesion)];
        let done = self.colony.push(&mut self.space, Law::Compact, table, strengths);
        self.work.reach = reach;
        self.work.repulsion = repulsion;
        self.work.adhesion = adhesion;
        self.work.affinity = affinity;
        Ok(done?)
    }

    /// Velocities at which all cells walk (um/min); directions change as in a step of `h` (min).
    fn walks(&mut self, h: f64, drift: &mut [Vec<f64>; 3]) {
        let n = self.colony.len();
        drift.iter_mut().for_each(|column| column.resize(n, 0.0));
        if !self.plan.kinds.iter().any(|k| k.moves) {
            drift.iter_mut().for_each(|column| column.fill(0.0));
            return;
        }
        let mut directions = std::mem::take(&mut self.work.directions);
        fill(&mut directions, n, |i| self.walk(i, h));
        let [x, y, z] = drift;
        let rows = x.iter_mut().zip(y).zip(z).zip(&mut self.colony.direction).zip(&directions);
        for ((((x, y), z), kept), walk) in rows {
            let Some(direction) = walk else {
                (*x, *y, *z) = (0.0, 0.0, 0.0);
                continue;
            };
            *kept = *direction;
            [*x, *y, *z] = direction.map(f64::from);
        }
        self.work.directions = directions;
    }

    /// Velocity at which a cell walks (um/min), none if it does not; a new direction is drawn about every persistence time.
    fn walk(&self, i: usize, h: f64) -> Option<[f32; 3]> {
        let kind = usize::from(self.colony.kind[i]);
        if !self.plan.kinds[kind].moves || self.is_dead(i) || !self.takes_part(i) {
            return None;
        }
        let persistence = self.value(i, self.plan.number.persistence);
        let mut draws = self.stream(i, self.ticks[1], purpose::WALK);
        if persistence < h || draws.uniform() * persistence < h {
            return Some(self.turn(i, &mut draws).map(|x| x as f32));
        }
        Some(self.colony.direction[i])
    }

    fn turn(&self, i: usize, draws: &mut Stream) -> Vec3 {
        let (plan, number) = (&self.plan, self.plan.number);
        let k = &plan.kinds[usize::from(self.colony.kind[i])];
        let random = if k.flat { random_in_plane([0.0, 0.0, 1.0], draws) } else { random_direction(draws) };
        let voxel = self.media.voxel(self.colony.at(i));
        let gradient = |s: u16| self.media.gradient(s, voxel);
        let bias = match k.following {
            Following::No => [0.0; 3],
            Following::One(s, sign) => scale(unit(gradient(s)), sign),
            Following::All(directions) => {
                let mut sum = [0.0; 3];
                for s in 0..plan.model.substrates.len() as u16 {
                    let weight = self.value(i, number.sensitivity + s);
                    if weight != 0.0 {
                        let g = gradient(s);
                        sum = add(sum, scale(if directions { unit(g) } else { g }, weight));
                    }
                }
                unit(sum)
            }
        };
        let share = self.value(i, number.bias);
        let along = unit(add(scale(bias, share), scale(random, 1.0 - share)));
        let mut v = scale(along, self.value(i, number.speed));
        if k.flat {
            v[2] = 0.0;
        }
        v
    }

    /// Links break and form in `h` (min).
    fn relink(&mut self, h: f64) {
        let number = self.plan.number;
        let places = Places::of(&self.colony.id);
        let mut degree = vec![0_u32; self.colony.len()];
        let ends = self.links.ends();
        let mut broken = Vec::new();
        let mut k = 0;
        while k < ends.len() {
            let id = ends[k].0;
            let mine = ends[k..].iter().take_while(|e| e.0 == id).count();
            if let Some(i) = places.at(id) {
                let i = i as usize;
                degree[i] = mine as u32;
                let chance = self.chance(self.value(i, number.detachment), h);
                let mut draws = self.stream(i, self.moves, purpose::LINKS);
                for end in &ends[k..k + mine] {
                    // Either end may let go.
                    if chance > 0.0 && draws.uniform() < chance {
                        broken.push(*end);
                    }
                }
            }
            k += mine;
        }
        for (a, b) in broken {
            if self.links.part(a, b) {
                for id in [a, b] {
                    if let Some(i) = places.at(id) {
                        degree[i as usize] = degree[i as usize].saturating_sub(1);
                    }
                }
            }
        }
        let most = |c: &Self, i: usize| c.value(i, number.most_links).clamp(0.0, 1e6) as u32;
        let mut order = std::mem::take(&mut self.work.order);
        order.clear();
        order.extend((0..self.colony.len() as u32).filter(|&i| {
            let i = i as usize;
            self.plan.able[usize::from(self.colony.kind[i])].links && self.takes_part(i)
        }));
        order.sort_unstable_by_key(|&i| self.colony.id[i as usize]);
        for &i in &order {
            let i = i as usize;
            let rate = self.value(i, number.attachment);
            let room = most(self, i);
            if rate <= 0.0 || degree[i] >= room {
                continue;
            }
            // Breaking has a stream of its own.
            let mut draws = self.stream(i, self.moves, purpose::JOIN);
            let mut joined = Vec::new();
            for &j in self.neighbours(i) {
                let j = j as usize;
                if degree[j] >= most(self, j) || self.colony.flags[j] & mark::REMOVED != 0 {
                    continue;
                }
                let p = self.chance(rate * self.value(i, number.affinity + self.colony.kind[j]), h);
                if draws.uniform() < p {
                    joined.push(j);
                }
            }
            for j in joined {
                if degree[i] < room && self.links.join(self.colony.id[i], self.colony.id[j]) {
                    degree[i] += 1;
                    degree[j] += 1;
                }
            }
        }
        self.work.order = order;
    }

    /// Springs pull.
    fn pull(&self, drift: &mut [Vec<f64>; 3]) -> Result<(), AgentError> {
        let number = self.plan.number;
        let places = Places::of(&self.colony.id);
        let mut springs = Vec::new();
        for (a, b) in self.links.iter() {
            let (Some(a), Some(b)) = (places.at(a), places.at(b)) else { continue };
            let side = |i: u32, j: u32| {
                let (i, j) = (i as usize, j as usize);
                self.value(i, number.spring) * self.value(i, number.affinity + self.colony.kind[j])
            };
            let rate = (side(a, b) * side(b, a)).max(0.0).sqrt();
            springs.push(Spring { a, b, rate, rest: 0.0 });
        }
        let position = self.colony.position.each_ref().map(Vec::as_slice);
        let [x, y, z] = drift;
        pull(&springs, position, [x, y, z])?;
        Ok(())
    }

    /// Moves every cell that may move.
    fn travel(&mut self, h: f64, drift: &[Vec<f64>; 3]) -> Result<(), AgentError> {
        let flat = self.plan.model.domain.flat;
        let movable = self.plan.number.movable;
        let mut held = std::mem::take(&mut self.work.gone);
        fill(&mut held, self.colony.len(), |i| !self.takes_part(i) || self.value(i, movable) <= 0.5);
        for before in &mut self.colony.before {
            for (b, &held) in before.iter_mut().zip(&held) {
                if held {
                    *b = 0.0;
                }
            }
        }
        let ratio = match self.pace {
            Some(pace) if self.plan.model.options.adaptive => h / pace,
            _ => 1.0,
        };
        self.pace = Some(h);
        let (space, colony) = (&self.space, &mut self.colony);
        colony.advance(space, h, ratio, |i| {
            let own = [drift[0][i], drift[1][i], drift[2][i]];
            let push = space.of(i).0;
            // What cancels the push exactly leaves no velocity.
            match (held[i], flat) {
                (true, _) => push.map(|v| -v),
                (false, true) => [own[0], own[1], -push[2]],
                (false, false) => own,
            }
        })?;
        self.work.gone = held;
        for i in 0..self.colony.len() {
            self.notice_leaving(i);
        }
        Ok(())
    }

    /// Id of the cell that a cell attacks.
    pub(super) fn target(&self, i: usize) -> Option<u64> {
        let id = self.colony.behaviours[i * self.width() + stored::TARGET];
        (id >= 0.0).then_some(id as u64)
    }
}

/// Writes `f` of every cell over a column, on all threads if there are many.
fn fill<T: Send>(column: &mut Vec<T>, n: usize, f: impl Fn(usize) -> T + Sync + Send) {
    column.clear();
    if n >= 4 * TASK {
        column.par_extend((0..n).into_par_iter().with_min_len(TASK).map(f));
    } else {
        column.extend((0..n).map(f));
    }
}

/// The unit vector, 0 for one without length.
fn unit(v: Vec3) -> Vec3 {
    let n = norm(v);
    if n > NO_LENGTH { scale(v, 1.0 / n) } else { [0.0; 3] }
}
