//! Cells at rest are left alone.
//!
//! A cell that was quiet for some intervals, among neighbours that were so too, sleeps: it does not move and its
//! forces are not evaluated, though it still acts on others. It wakes if an awake cell within reach has moved or
//! grown by the wake distance since its neighbours last took notice (its *anchor*), if it moves by itself, if its
//! volume changed, or if a cell near it was born, placed or removed. Only cells with a force between them count. All of it is decided from states, never from
//! the neighbour list's extent, so that rebuilds change nothing.

use super::Work;
use super::pairs::PairList;
use super::parameters::{MechanicsParameters, SleepRule};
use crate::store::{Cells, flag, get, set};
use crate::vector::{Vec3, dot, norm};

/// Wakes what must wake before an interval and fills the list of awake cells.
pub(super) fn begin(parameters: &MechanicsParameters, list: &PairList, cells: &mut Cells, work: &mut Work) {
    let Some(rule) = parameters.numerics.sleep else {
        cells.disturbances.clear();
        for flags in &mut cells.flags {
            *flags &= !(flag::ASLEEP | flag::DISTURBS);
        }
        list_awake(cells, work);
        return;
    };
    work.changed.clear();
    for i in 0..cells.len() {
        let active = dot(get(&cells.active, i), get(&cells.active, i)) > 0.0;
        let moved = stirred(parameters, &rule, cells, work.position[i], i);
        let disturbs = cells.flags[i] & flag::DISTURBS != 0;
        if active || moved || disturbs {
            rouse(cells, i);
        }
        if moved || disturbs {
            cells.flags[i] &= !flag::DISTURBS;
            work.changed.push(i as u32);
        }
    }
    wake_neighbours(parameters, list, cells, work);
    let events = std::mem::take(&mut cells.disturbances);
    for &(at, radius) in &events {
        let at = parameters.domain.wrap(at);
        let search = parameters.reach * (radius + list.largest_radius());
        list.each_near(&parameters.domain, at, search, |j| {
            let d = parameters.domain.distance(at, work.position[j]);
            if d <= parameters.reach * (radius + cells.radius[j]) {
                rouse(cells, j);
            }
        });
    }
    cells.disturbances = events;
    cells.disturbances.clear();
    list_awake(cells, work);
}

/// After a substep: wakes the neighbours of cells that moved far enough. Returns true if any sleeper woke.
pub(super) fn stir(
    parameters: &MechanicsParameters,
    list: &PairList,
    cells: &mut Cells,
    work: &mut Work,
) -> bool {
    let Some(rule) = parameters.numerics.sleep else { return false };
    if work.awake.len() == list.listed() {
        // Nobody to wake; anchors follow when somebody sleeps.
        return false;
    }
    work.changed.clear();
    for &i in &work.awake {
        if stirred(parameters, &rule, cells, work.position[i as usize], i as usize) {
            work.changed.push(i);
        }
    }
    let woken = wake_neighbours(parameters, list, cells, work);
    if woken {
        list_awake(cells, work);
    }
    woken
}

/// After an interval of `dt`: counts quiet intervals and puts to sleep.
pub(super) fn end(
    parameters: &MechanicsParameters,
    list: &PairList,
    cells: &mut Cells,
    work: &mut Work,
    dt: f64,
) {
    let Some(rule) = parameters.numerics.sleep else { return };
    work.changed.clear();
    for &i in work.awake.iter().chain(&work.loose) {
        let index = i as usize;
        let path = norm(parameters.domain.separation(work.position[index], work.begin[index]));
        let quiet = path < rule.speed * dt
            && norm(work.first[index]) < rule.speed
            && get(&cells.active, index) == [0.0; 3]
            && cells.flags[index] & flag::REMOVED == 0;
        cells.quiet[index] = if quiet { (cells.quiet[index] + 1).min(rule.intervals) } else { 0 };
        if cells.quiet[index] >= rule.intervals {
            work.changed.push(i);
        }
    }
    if work.changed.is_empty() {
        return;
    }
    // Of those calm enough, the ones with a neighbour that is not stay awake.
    work.marked.clear();
    work.marked.resize(cells.len(), false);
    let restless = |cells: &Cells, i: usize| !cells.is_asleep(i) && cells.quiet[i] < rule.intervals;
    for &[i, j] in list.pairs() {
        let (i, j) = (i as usize, j as usize);
        let (a, b) = (restless(cells, i), restless(cells, j));
        if a != b && feel(parameters, work, cells, i, j) {
            work.marked[if a { j } else { i }] = true;
        }
    }
    let mut slept = false;
    for &i in &work.changed {
        let i = i as usize;
        if !work.marked[i] {
            cells.flags[i] |= flag::ASLEEP;
            set(&mut cells.velocity, i, [0.0; 3]);
            slept = true;
        }
    }
    if slept {
        // From now on, what an awake cell does is measured from here.
        for &i in &work.awake {
            drop_anchor(cells, work.position[i as usize], i as usize);
        }
    }
}

/// Lists the cells that are awake: those that push, and the loose.
fn list_awake(cells: &Cells, work: &mut Work) {
    list_moving(cells, work, |cells, i| !cells.is_asleep(i));
}

/// Lists the cells that `moves` tells.
pub(super) fn list_moving(cells: &Cells, work: &mut Work, moves: impl Fn(&Cells, usize) -> bool) {
    work.awake.clear();
    work.loose.clear();
    for i in (0..cells.len()).filter(|&i| moves(cells, i)) {
        let loose = work.loose_kinds[usize::from(cells.kind[i].0)];
        if loose { &mut work.loose } else { &mut work.awake }.push(i as u32);
    }
}

fn rouse(cells: &mut Cells, i: usize) {
    if cells.is_asleep(i) {
        cells.flags[i] &= !flag::ASLEEP;
        cells.quiet[i] = 0;
    }
}

/// True if the cell moved or changed its size by the wake distance since its anchor.
fn stirred(parameters: &MechanicsParameters, rule: &SleepRule, cells: &Cells, p: Vec3, i: usize) -> bool {
    let d = parameters.domain.separation(p, get(&cells.anchor, i));
    dot(d, d) > rule.wake_distance * rule.wake_distance
        || (cells.radius[i] - cells.anchor_radius[i]).abs() > rule.wake_distance
}

fn drop_anchor(cells: &mut Cells, p: Vec3, i: usize) {
    set(&mut cells.anchor, i, p);
    cells.anchor_radius[i] = cells.radius[i];
}

/// True if two cells are within range of each other's force.
fn feel(parameters: &MechanicsParameters, work: &Work, cells: &Cells, i: usize, j: usize) -> bool {
    let d = parameters.domain.separation(work.position[i], work.position[j]);
    let range = parameters.reach * (cells.radius[i] + cells.radius[j]);
    dot(d, d) < range * range && work.forces.act(parameters.kinds.len(), cells.kind[i], cells.kind[j])
}

/// Wakes the neighbours of the cells in `changed`, whose anchors follow. Returns true if any sleeper woke.
fn wake_neighbours(
    parameters: &MechanicsParameters,
    list: &PairList,
    cells: &mut Cells,
    work: &mut Work,
) -> bool {
    if work.changed.is_empty() {
        return false;
    }
    work.marked.clear();
    work.marked.resize(cells.len(), false);
    for &i in &work.changed {
        work.marked[i as usize] = true;
        drop_anchor(cells, work.position[i as usize], i as usize);
    }
    let mut woken = false;
    for &[i, j] in list.pairs() {
        let (i, j) = (i as usize, j as usize);
        for (mover, sleeper) in [(i, j), (j, i)] {
            if work.marked[mover] && cells.is_asleep(sleeper) && feel(parameters, work, cells, i, j) {
                rouse(cells, sleeper);
                woken = true;
            }
        }
    }
    woken
}
