//! Cells at rest are left alone.
//!
//! A cell that was quiet for some intervals, among neighbours that were so too, sleeps: it does not move and its
//! forces are not evaluated, though it still acts on others. It wakes if an awake cell within reach has moved or
//! grown by the wake distance since its neighbours last took notice (its *anchor*), if it moves by itself, if its
//! volume changed, or if a cell near it was born, placed or removed. All of it is decided from states, never from
//! the neighbour list's extent, so that rebuilds change nothing.

use super::Work;
use super::parameters::{MechanicsParameters, SleepRule};
use crate::neighbours::Verlet;
use crate::store::{Cells, flag, get, set};
use crate::vector::{Vec3, dot, norm};

/// Wakes what must wake before an interval and fills the list of awake cells.
pub(super) fn begin(parameters: &MechanicsParameters, verlet: &Verlet, cells: &mut Cells, work: &mut Work) {
    let Some(rule) = parameters.numerics.sleep else {
        cells.disturbances.clear();
        for flags in &mut cells.flags {
            *flags &= !(flag::ASLEEP | flag::DISTURBS);
        }
        work.awake.clear();
        work.awake.extend(0..cells.len() as u32);
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
    for k in 0..work.changed.len() {
        let i = work.changed[k] as usize;
        wake_neighbours(parameters, verlet, cells, &work.position, i);
        drop_anchor(cells, work.position[i], i);
    }
    let events = std::mem::take(&mut cells.disturbances);
    for &(at, radius) in &events {
        let at = parameters.domain.wrap(at);
        let search = parameters.reach * (radius + verlet.largest_radius()) + parameters.numerics.skin;
        verlet.grid().each_near(at, search, |j| {
            let j = j as usize;
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
    verlet: &Verlet,
    cells: &mut Cells,
    work: &mut Work,
) -> bool {
    let Some(rule) = parameters.numerics.sleep else { return false };
    if work.awake.len() == cells.len() {
        // Nobody to wake; anchors follow when somebody sleeps.
        return false;
    }
    work.changed.clear();
    for &i in &work.awake {
        if stirred(parameters, &rule, cells, work.position[i as usize], i as usize) {
            work.changed.push(i);
        }
    }
    let mut woken = false;
    for k in 0..work.changed.len() {
        let i = work.changed[k] as usize;
        woken |= wake_neighbours(parameters, verlet, cells, &work.position, i);
        drop_anchor(cells, work.position[i], i);
    }
    if woken {
        list_awake(cells, work);
    }
    woken
}

/// After an interval of `dt`: counts quiet intervals and puts to sleep.
pub(super) fn end(
    parameters: &MechanicsParameters,
    verlet: &Verlet,
    cells: &mut Cells,
    work: &mut Work,
    dt: f64,
) {
    let Some(rule) = parameters.numerics.sleep else { return };
    for &i in &work.awake {
        let i = i as usize;
        let path = norm(parameters.domain.separation(work.position[i], work.begin[i]));
        let quiet = path < rule.speed * dt
            && norm(work.first[i]) < rule.speed
            && get(&cells.active, i) == [0.0; 3]
            && cells.flags[i] & flag::REMOVED == 0;
        cells.quiet[i] = if quiet { (cells.quiet[i] + 1).min(rule.intervals) } else { 0 };
    }
    work.changed.clear();
    for &i in &work.awake {
        let index = i as usize;
        let calm = |j: usize| cells.quiet[j] >= rule.intervals;
        if calm(index) && neighbours(parameters, verlet, cells, &work.position, index).all(calm) {
            work.changed.push(i);
        }
    }
    for &i in &work.changed {
        let i = i as usize;
        cells.flags[i] |= flag::ASLEEP;
        set(&mut cells.velocity, i, [0.0; 3]);
    }
    if !work.changed.is_empty() {
        // From now on, what an awake cell does is measured from here.
        for &i in &work.awake {
            drop_anchor(cells, work.position[i as usize], i as usize);
        }
    }
}

fn list_awake(cells: &Cells, work: &mut Work) {
    work.awake.clear();
    work.awake.extend((0..cells.len() as u32).filter(|&i| !cells.is_asleep(i as usize)));
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

/// Cells within interaction range of `i`.
fn neighbours<'a>(
    parameters: &'a MechanicsParameters,
    verlet: &'a Verlet,
    cells: &'a Cells,
    position: &'a [Vec3],
    i: usize,
) -> impl Iterator<Item = usize> + 'a {
    verlet.of(i).iter().map(|&j| j as usize).filter(move |&j| {
        let d = parameters.domain.separation(position[i], position[j]);
        let range = parameters.reach * (cells.radius[i] + cells.radius[j]);
        dot(d, d) < range * range
    })
}

fn wake_neighbours(
    parameters: &MechanicsParameters,
    verlet: &Verlet,
    cells: &mut Cells,
    position: &[Vec3],
    i: usize,
) -> bool {
    let mut woken = false;
    for &j in verlet.of(i) {
        let j = j as usize;
        if cells.is_asleep(j) {
            let d = parameters.domain.separation(position[i], position[j]);
            let range = parameters.reach * (cells.radius[i] + cells.radius[j]);
            if dot(d, d) < range * range {
                rouse(cells, j);
                woken = true;
            }
        }
    }
    woken
}
