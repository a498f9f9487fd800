//! Cohesion of the crawling sheet: cells joined to their neighbours pull each other along.
//!
//! Along x, the direction of crawling, successive basal cells are joined by links that bear tension only: nothing while
//! the gap between the rims is below a slack, a linear spring above it, broken beyond a reach. A fast cell so drags the
//! sheet behind it and is held back by it, with equal and opposite forces, instead of tearing off. Over one phenotype
//! step the chain is solved implicitly (backward Euler, unconditionally stable), and the displacement is handed to the
//! mechanics as the cells' active velocity; the mechanics adds contact forces.
//!
//! Which links bear tension is found by a few sweeps over the sorted chain, always in the same order: the same bits on
//! any number of threads.

use crate::plan::Plan;
use crate::state::State;

/// Sweeps of the search for the links under tension. The set settles in two or three; what is left changes tensions by
/// less than the slack.
const SWEEPS: usize = 6;

/// Properties of the links.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Links {
    /// Spring constant over drag (1/min).
    pub stiffness: f64,
    /// Gap between rims up to which a link is slack (um).
    pub slack: f64,
    /// Gap beyond which neighbours are not joined (um).
    pub reach: f64,
}

/// Buffers of the chain; lengths follow the number of crawling cells.
#[derive(Debug, Default)]
pub(crate) struct SheetWork {
    order: Vec<u32>,
    x: Vec<f64>,
    radius: Vec<f64>,
    velocity: Vec<f64>,
    tense: Vec<bool>,
    chain: Chain,
}

/// Scratch of the tridiagonal solve.
#[derive(Debug, Default)]
struct Chain {
    diagonal: Vec<f64>,
    right: Vec<f64>,
    end: Vec<f64>,
}

/// Replaces the crawling cells' active velocity along x by that of the joined sheet over `dt` (min).
pub(crate) fn cohere(plan: &Plan, s: &mut State, work: &mut SheetWork, links: Links, dt: f64) {
    if links.stiffness <= 0.0 || s.wound.is_none() {
        return;
    }
    let cells = &s.cells;
    work.order.clear();
    work.order.extend((0..cells.len() as u32).filter(|&i| {
        plan.types[usize::from(cells.kind[i as usize].0)].crawls && !cells.is_doomed(i as usize)
    }));
    // Ties by id, so that the order of storage does not matter.
    work.order.sort_unstable_by(|&a, &b| {
        let (a, b) = (a as usize, b as usize);
        cells.position[0][a].total_cmp(&cells.position[0][b]).then(cells.id[a].cmp(&cells.id[b]))
    });
    work.x.clear();
    work.radius.clear();
    work.velocity.clear();
    for &i in &work.order {
        let i = i as usize;
        work.x.push(cells.position[0][i]);
        work.radius.push(cells.radius[i]);
        work.velocity.push(cells.active[0][i]);
    }
    pull(&work.x, &work.radius, &mut work.velocity, links, dt, &mut work.tense, &mut work.chain);
    for (&i, &v) in work.order.iter().zip(&work.velocity) {
        let i = i as usize;
        // A cell at rest that is pulled has to wake.
        if v != s.cells.active[0][i] && s.cells.active[0][i] == 0.0 {
            s.cells.disturb(i);
        }
        s.cells.active[0][i] = v;
    }
}

/// Mean velocities over `dt` of a chain of cells at ascending `x` that would move at `velocity` if they were free.
fn pull(
    x: &[f64],
    radius: &[f64],
    velocity: &mut [f64],
    links: Links,
    dt: f64,
    tense: &mut Vec<bool>,
    chain: &mut Chain,
) {
    let n = x.len();
    if n < 2 {
        return;
    }
    let rest = |k: usize| radius[k] + radius[k + 1] + links.slack;
    let joined = |k: usize| x[k + 1] - x[k] - radius[k] - radius[k + 1] <= links.reach;
    tense.clear();
    tense.extend(
        (0..n - 1).map(|k| joined(k) && x[k + 1] - x[k] + dt * (velocity[k + 1] - velocity[k]) > rest(k)),
    );
    if !tense.contains(&true) {
        return;
    }
    let a = dt * links.stiffness;
    let Chain { diagonal, right, end } = chain;
    for _ in 0..SWEEPS {
        // (1 + a (l_{k-1} + l_k)) x'_k − a l_{k-1} x'_{k-1} − a l_k x'_{k+1} = x_k + dt v_k + a (l_{k-1} r_{k-1} − l_k r_k)
        diagonal.clear();
        right.clear();
        end.clear();
        for k in 0..n {
            let before = k > 0 && tense[k - 1];
            let after = k + 1 < n && tense[k];
            let mut d = 1.0;
            let mut b = x[k] + dt * velocity[k];
            if before {
                d += a;
                b += a * rest(k - 1);
            }
            if after {
                d += a;
                b -= a * rest(k);
            }
            if before {
                // Elimination of the entry below the diagonal.
                let m = a / diagonal[k - 1];
                d -= m * a;
                b += m * right[k - 1];
            }
            diagonal.push(d);
            right.push(b);
        }
        end.resize(n, 0.0);
        for k in (0..n).rev() {
            let next = if k + 1 < n && tense[k] { a * end[k + 1] } else { 0.0 };
            end[k] = (right[k] + next) / diagonal[k];
        }
        let mut changed = false;
        for k in 0..n - 1 {
            let want = joined(k) && end[k + 1] - end[k] > rest(k);
            changed |= want != tense[k];
            tense[k] = want;
        }
        if !changed {
            break;
        }
    }
    for k in 0..n {
        velocity[k] = (end[k] - x[k]) / dt;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINKS: Links = Links { stiffness: 1.0, slack: 2.0, reach: 20.0 };

    fn run(x: &mut [f64], free: impl Fn(usize) -> f64, steps: usize, dt: f64) -> Vec<f64> {
        let radius = vec![4.0; x.len()];
        let (mut tense, mut chain) = (Vec::new(), Chain::default());
        let mut v = Vec::new();
        for _ in 0..steps {
            v = (0..x.len()).map(&free).collect();
            pull(x, &radius, &mut v, LINKS, dt, &mut tense, &mut chain);
            for (x, v) in x.iter_mut().zip(&v) {
                *x += dt * v;
            }
        }
        v
    }

    /// Links within their slack leave velocities as they are, to the bit.
    #[test]
    fn slack_sheet_is_free() {
        let mut x: Vec<f64> = (0..20).map(|k| 8.5 * f64::from(k)).collect();
        let v = run(&mut x, |k| 0.001 * k as f64, 1, 12.0);
        assert!(v.iter().enumerate().all(|(k, &v)| v == 0.001 * k as f64));
    }

    /// Pair forces are equal and opposite: the sheet's mean velocity is that of its free cells.
    #[test]
    fn links_do_not_move_the_mean() {
        let mut x: Vec<f64> = (0..50).map(|k| 9.0 * f64::from(k)).collect();
        let free = |k: usize| if k < 5 { -0.4 } else { 0.0 };
        let radius = vec![4.0; x.len()];
        let (mut tense, mut chain) = (Vec::new(), Chain::default());
        for _ in 0..40 {
            let mut v: Vec<f64> = (0..x.len()).map(free).collect();
            let before: f64 = v.iter().sum();
            pull(&x, &radius, &mut v, LINKS, 12.0, &mut tense, &mut chain);
            let after: f64 = v.iter().sum();
            assert!((after - before).abs() < 1e-10 * before.abs(), "{before} {after}");
            for (x, v) in x.iter_mut().zip(&v) {
                *x += 12.0 * v;
            }
        }
        assert!(x.windows(2).all(|w| w[1] - w[0] < 18.0), "the sheet holds: no gap beyond 10 um");
    }

    /// A pulled chain of two at rest length comes to the stretch v / (2 K): each bears half of the difference.
    #[test]
    fn pair_reaches_the_stretch_of_its_force_balance() {
        let mut x = vec![0.0, 10.0];
        let v = run(&mut x, |k| if k == 0 { -1.0 } else { 0.0 }, 400, 0.5);
        assert!((v[0] + 0.5).abs() < 1e-9 && (v[1] + 0.5).abs() < 1e-9, "{v:?}");
        assert!((x[1] - x[0] - 10.5).abs() < 1e-9);
    }

    /// First order in time: the error of a transient halves with the step.
    #[test]
    fn transient_converges_at_first_order() {
        let at = |dt: f64| {
            let mut x: Vec<f64> = (0..12).map(|k| 11.0 * f64::from(k)).collect();
            run(&mut x, |_| 0.0, (4.0 / dt) as usize, dt);
            x[0]
        };
        let exact = at(1.0 / 512.0);
        // 2^0.8 to 2^1.3.
        let gain = ((at(0.5) - exact) / (at(0.25) - exact)).abs();
        assert!((1.74..2.46).contains(&gain), "{gain}");
    }

    /// Neighbours out of reach are not joined.
    #[test]
    fn wide_gap_parts_the_sheet() {
        let mut x = vec![0.0, 8.0, 40.0, 48.0];
        let v = run(&mut x, |k| if k < 2 { -0.5 } else { 0.0 }, 1, 12.0);
        assert_eq!(v, [-0.5, -0.5, 0.0, 0.0]);
    }
}
