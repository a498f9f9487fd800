//! Exosome-guided chemotaxis: a leader releases vesicles, a follower moves to where those it met came from (González and
//! Mugler 2026, doi 10.1371/journal.pcbi.1013894).
//!
//! The leader walks straight at 3.4 um/h, starting 10 um before the follower, and releases 350 molecules a minute in
//! vesicles of Poisson(n) molecules each. Vesicles diffuse in the plane at 250 um²/min and vanish at a certain age. The
//! follower meets what comes within 10 um of its centre and remembers from where; every 40 min it makes a step of the
//! leader's speed. Its certainty is A/(1 + A), A the sum over meetings of m/(m + 25) exp(−age/memory), m the molecules
//! of a vesicle; with that probability it steps along the vector sum of the weights, else in any direction. Age limit
//! and memory are one number. The result is the mean speed along the leader's way over 450 min.
//!
//! The authors' *scheme* moves vesicles every 0.1 min by a jump of fixed length √(4 D Δt) = 10 um, the follower's own
//! radius, and looks for meetings at the ends of jumps only. It is done here as they do it, for comparison with the
//! published curves, and with shorter steps. The *physics* are Brownian paths: jumps are normal, a path that touched the
//! rim between two places has been met, and steps are cut near the rim to a share of its radius. Both must lead to the
//! same speed as their steps shrink. In three dimensions the same pair is run by `exoderm_particle`, whose
//! capture by a sphere is exact in any step; vesicles are lost at a rate there, not at an age.

use super::measures::Moments;
use super::{Case, Length, Row, Rows, Run};
use exoderm_numeric::math::{cos, exp, sin};
use exoderm_numeric::random::{Purpose, Seed, Stream};
use exoderm_particle::{Class, Cloud, Domain, Fate, Scene, Sphere, Wall};
use rayon::prelude::*;
use std::f64::consts::TAU;

/// um/min.
const SPEED: f64 = 3.4 / 60.0;
/// Molecules a minute.
const SECRETION: f64 = 350.0;
/// Molecules at which a vesicle weighs half.
const HALF: f64 = 25.0;
/// um²/min.
const DIFFUSION: f64 = 250.0;
/// Radius within which the follower meets vesicles, and the leader's first distance, um.
const REACH: f64 = 10.0;
/// Time between steps of the follower, min.
const PACE: f64 = 40.0;
/// min.
const END: f64 = 450.0;

const TRIAL: Purpose = 0x5631;

const SOURCE: &str = "Gonzalez and Mugler 2026, doi 10.1371/journal.pcbi.1013894, figure 2, H = 1";

pub(super) const CASES: &[Case] = &[
    Case {
        name: "chemotaxis-scheme",
        group: "vesicles and cells",
        title: "leader and follower by the authors' scheme: speed along the way, share of the leader's",
        source: SOURCE,
        length: Length::Long,
        run: Run::Alone(scheme),
    },
    Case {
        name: "chemotaxis",
        group: "vesicles and cells",
        title: "leader and follower with Brownian vesicles: scheme and physics lead to one speed as steps shrink",
        source: "the physics at their shortest step; convergence",
        length: Length::Long,
        run: Run::Alone(convergence),
    },
    Case {
        name: "chemotaxis-3d",
        group: "vesicles and cells",
        title: "leader and follower in three dimensions by `particle`: independent of the step",
        source: "the same run in steps of 0.1 min",
        length: Length::Long,
        run: Run::Alone(three_dimensions),
    },
];

/// One of the study's conditions.
#[derive(Clone, Copy)]
struct Condition {
    /// Age limit of vesicles and time constant of memory, min.
    memory: f64,
    /// Mean molecules of a vesicle.
    content: f64,
}

/// How vesicles move.
#[derive(Clone, Copy)]
enum Walk {
    /// Jumps of fixed length every so many min, met at their ends.
    Fixed(f64),
    /// Brownian; near the rim the standard deviation of a jump is at most this share of its radius.
    Brownian(f64),
}

/// A vesicle on its way.
#[derive(Clone, Copy)]
struct Vesicle {
    at: [f64; 2],
    born: f64,
    molecules: f64,
}

/// What the follower knows of the meetings up to a time: all decay alike, so that sums are enough.
#[derive(Clone, Copy)]
struct Memory<const N: usize> {
    time: f64,
    sum: f64,
    vector: [f64; N],
}

impl<const N: usize> Memory<N> {
    fn new() -> Self {
        Self { time: 0.0, sum: 0.0, vector: [0.0; N] }
    }

    /// A meeting at `time`, in any order.
    fn meet(&mut self, time: f64, direction: [f64; N], molecules: f64, memory: f64) {
        let weight = molecules / (molecules + HALF) * exp((time - self.time) / memory);
        self.sum += weight;
        for (v, d) in self.vector.iter_mut().zip(direction) {
            *v += weight * d;
        }
    }

    /// Lets it fade until `time`.
    fn fade(&mut self, time: f64, memory: f64) {
        let factor = exp((self.time - time) / memory);
        self.sum *= factor;
        self.vector = self.vector.map(|v| v * factor);
        self.time = time;
    }

    /// The direction of the next step, if it is not any.
    fn decide(&self, rng: &mut Stream) -> Option<[f64; N]> {
        let length = self.vector.iter().map(|v| v * v).sum::<f64>().sqrt();
        (length > 0.0 && rng.chance(self.sum / (1.0 + self.sum))).then(|| self.vector.map(|v| v / length))
    }
}

fn any_direction(rng: &mut Stream) -> [f64; 2] {
    let angle = TAU * rng.uniform();
    [cos(angle), sin(angle)]
}

fn leader(time: f64) -> [f64; 2] {
    [REACH + SPEED * time, 0.0]
}

/// The unit vector from the follower and the distance.
fn towards(follower: [f64; 2], p: [f64; 2]) -> ([f64; 2], f64) {
    let d = [p[0] - follower[0], p[1] - follower[1]];
    let r = (d[0] * d[0] + d[1] * d[1]).sqrt();
    (if r > 0.0 { d.map(|x| x / r) } else { [1.0, 0.0] }, r)
}

/// Mean speed along the way, as a share of the leader's, of one trial.
fn trial(condition: Condition, walk: Walk, rng: &mut Stream) -> f64 {
    let mut follower = [0.0; 2];
    let mut memory = Memory::new();
    let mut vesicles: Vec<Vesicle> = Vec::new();
    let mut turns = 0;
    let mut decide = |memory: &mut Memory<2>, follower: &mut [f64; 2], rng: &mut Stream| {
        memory.fade(f64::from(turns) * PACE, condition.memory);
        turns += 1;
        let way = memory.decide(rng).unwrap_or_else(|| any_direction(rng));
        for (f, w) in follower.iter_mut().zip(way) {
            *f += SPEED * PACE * w;
        }
    };
    match walk {
        Walk::Fixed(dt) => {
            let jump = (4.0 * DIFFUSION * dt).sqrt();
            let every = (PACE / dt).round() as u64;
            for step in 0..(END / dt).round() as u64 {
                let now = step as f64 * dt;
                // The leader has made its step of this interval.
                let from = leader(now + dt);
                for _ in 0..rng.poisson(SECRETION / condition.content * dt) {
                    let molecules = rng.poisson(condition.content) as f64;
                    vesicles.push(Vesicle { at: from, born: now, molecules });
                }
                vesicles.retain_mut(|v| {
                    if now - v.born >= condition.memory || v.molecules == 0.0 {
                        return false;
                    }
                    let way = any_direction(rng);
                    v.at = [v.at[0] + jump * way[0], v.at[1] + jump * way[1]];
                    let (direction, r) = towards(follower, v.at);
                    if r < REACH {
                        memory.meet(now, direction, v.molecules, condition.memory);
                    }
                    r >= REACH
                });
                if step % every == 0 {
                    decide(&mut memory, &mut follower, rng);
                }
            }
        }
        Walk::Brownian(share) => {
            // The follower decides at the beginning of each interval, and rests in it.
            let mut begin = 0.0;
            let mut next = rng.exponential(SECRETION / condition.content);
            while begin < END {
                decide(&mut memory, &mut follower, rng);
                let end = (begin + PACE).min(END);
                while next < end {
                    let molecules = rng.poisson(condition.content) as f64;
                    if molecules > 0.0 {
                        vesicles.push(Vesicle { at: leader(next), born: next, molecules });
                    }
                    next += rng.exponential(SECRETION / condition.content);
                }
                vesicles.retain_mut(|v| {
                    let death = v.born + condition.memory;
                    match wander(v, follower, begin.max(v.born), end.min(death), share, rng) {
                        Some((time, direction)) => {
                            memory.meet(time, direction, v.molecules, condition.memory);
                            false
                        }
                        None => death > end,
                    }
                });
                begin = end;
            }
        }
    }
    follower[0] / (SPEED * END)
}

/// Moves a vesicle from `now` to `end`, or until it meets the follower: when, and where from.
fn wander(
    v: &mut Vesicle,
    follower: [f64; 2],
    mut now: f64,
    end: f64,
    share: f64,
    rng: &mut Stream,
) -> Option<(f64, [f64; 2])> {
    loop {
        let (direction, r) = towards(follower, v.at);
        let gap = r - REACH;
        if gap <= 0.0 {
            return Some((now, direction));
        }
        if now >= end {
            return None;
        }
        // Five standard deviations from the rim it is out of reach; nearer, steps are cut.
        let sd = (gap / 5.0).max(share * REACH);
        let tau = (0.5 * sd * sd / DIFFUSION).min(end - now);
        let sd = (2.0 * DIFFUSION * tau).sqrt();
        v.at = [v.at[0] + sd * rng.normal(), v.at[1] + sd * rng.normal()];
        now = if tau >= end - now { end } else { now + tau };
        let (direction, r) = towards(follower, v.at);
        let after = r - REACH;
        // The chance that a path between two places before a straight rim touched it.
        if after <= 0.0 || (gap < 5.0 * sd && rng.chance(exp(-gap * after / (DIFFUSION * tau)))) {
            return Some((now, direction));
        }
    }
}

fn speeds(condition: Condition, walk: Walk, trials: u64, seed: u64) -> Moments {
    let seed = Seed::new(seed, 0);
    let values: Vec<f64> =
        (0..trials).map(|k| trial(condition, walk, &mut seed.stream(k, 0, TRIAL))).collect();
    Moments::of(&values)
}

/// The published curves, H = 1: memory (min), molecules a vesicle, share of the leader's speed, its standard error.
const PUBLISHED: &[(f64, f64, f64, f64)] = &[
    (0.5, 5.0, 0.677_418, 0.012_476_5),
    (0.5, 15.0, 0.527_382, 0.013_8),
    (0.5, 25.0, 0.460_624, 0.013_817_6),
    (0.5, 50.0, 0.297_529, 0.013_994_1),
    (0.5, 100.0, 0.168_618, 0.012_3),
    (0.5, 200.0, 0.084_829_4, 0.011_152_9),
    (0.5, 350.0, 0.051_476_5, 0.011_152_9),
    (5.0, 15.0, 0.941_7, 0.004_517_65),
    (5.0, 25.0, 0.930_035, 0.004_570_59),
    (5.0, 50.0, 0.898_729, 0.005_294_12),
    (5.0, 100.0, 0.840_229, 0.006_105_88),
    (5.0, 200.0, 0.734_259, 0.008_594_12),
    (5.0, 350.0, 0.584_047, 0.010_147_1),
    (60.0, 50.0, 0.970_641, 0.003),
    (60.0, 100.0, 0.961_2, 0.003_511_76),
    (60.0, 200.0, 0.945_071, 0.003_670_59),
    (60.0, 350.0, 0.932_965, 0.003_617_65),
];

/// What a row is called.
fn named(c: Condition) -> String {
    format!("memory {} min, {} molecules a vesicle", c.memory, c.content)
}

/// The authors' scheme at its own step, against the published curves: standard errors of both count.
fn scheme() -> Rows {
    let mut rows = Vec::new();
    for (k, &(memory, content, published, se)) in PUBLISHED.iter().enumerate() {
        let condition = Condition { memory, content };
        let m = speeds(condition, Walk::Fixed(0.1), 300, 100 + k as u64);
        let both = (se * se + m.se() * m.se()).sqrt();
        rows.push(Row::errors(named(condition), published, m.mean, both, 3.0));
    }
    Ok(rows)
}

/// Scheme and physics at steps that shrink. The finest physics are what is expected; coarser cuts have to agree with
/// them. The scheme's distance from them has to halve when its step is quartered (first order in √Δt), and what its two
/// shortest steps lead to has to agree again.
fn convergence() -> Rows {
    let mut rows = Vec::new();
    for condition in [
        Condition { memory: 0.5, content: 25.0 },
        Condition { memory: 0.5, content: 100.0 },
        Condition { memory: 5.0, content: 100.0 },
        Condition { memory: 5.0, content: 350.0 },
    ] {
        let trials = 1000;
        let finest = speeds(condition, Walk::Brownian(1.0 / 32.0), trials, 201);
        for (k, part) in [2u32, 4, 8, 16].into_iter().enumerate() {
            let m = speeds(condition, Walk::Brownian(1.0 / f64::from(part)), trials, 202 + k as u64);
            let both = (finest.se() * finest.se() + m.se() * m.se()).sqrt();
            let what = format!("{}: Brownian, cuts of 1/{part} of the radius", named(condition));
            rows.push(Row::errors(what, finest.mean, m.mean, both, 3.0));
        }
        let steps = [0.1, 0.025, 0.006_25];
        let fixed = [0, 1, 2].map(|k| speeds(condition, Walk::Fixed(steps[k]), trials, 210));
        let away = |k: usize| (fixed[k].mean - finest.mean).abs();
        for k in 1..3 {
            let chance = 3.0 * (finest.se() * finest.se() + fixed[k].se() * fixed[k].se()).sqrt();
            let what = format!(
                "{}: jumps every {} min, {:.4}: distance, at most half of {:.4} before and 3 SE",
                named(condition),
                steps[k],
                fixed[k].mean,
                fixed[k - 1].mean
            );
            rows.push(Row::at_most(what, 0.5 * away(k - 1) + chance, away(k)));
        }
        let led_to = 2.0 * fixed[2].mean - fixed[1].mean;
        let square = |m: &Moments| m.se() * m.se();
        let se = (square(&finest) + 4.0 * square(&fixed[2]) + square(&fixed[1])).sqrt();
        let what = format!("{}: jumps, extrapolated to a step of 0", named(condition));
        rows.push(Row::errors(what, finest.mean, led_to, se, 3.0));
    }
    Ok(rows)
}

/// One trial in space, by `exoderm_particle`, in steps of `dt` min.
fn trial_in_space(
    condition: Condition,
    dt: f64,
    seed: Seed,
    number: u64,
) -> Result<f64, exoderm_particle::Error> {
    let mut rng = seed.stream(number, 0, TRIAL);
    let class = Class { loss: 1.0 / condition.memory, ..Class::brownian(DIFFUSION) };
    let mut cloud = Cloud::new(Seed::new(seed.stream(number, 1, TRIAL).next_u64(), 0), &[class])?;
    let mut memory = Memory::new();
    let mut follower = [0.0; 3];
    // Molecules, by number of vesicle.
    let mut molecules = Vec::new();
    let mut next = rng.exponential(SECRETION / condition.content);
    let steps = (PACE / dt).round() as u64;
    for turn in 0..(END / PACE).ceil() as u64 {
        let begin = turn as f64 * PACE;
        memory.fade(begin, condition.memory);
        let way = memory.decide(&mut rng).unwrap_or_else(|| {
            let z = 2.0 * rng.uniform() - 1.0;
            let [x, y] = any_direction(&mut rng);
            let s = (1.0 - z * z).sqrt();
            [s * x, s * y, z]
        });
        for (f, w) in follower.iter_mut().zip(way) {
            *f += SPEED * PACE * w;
        }
        let sphere = [Sphere::new(follower, REACH, Wall::Absorbing)];
        let scene = Scene::new(Domain::unbounded(), &sphere, &[], Scene::horizon_for(DIFFUSION, dt))?;
        for step in 0..steps {
            let now = begin + step as f64 * dt;
            if now >= END {
                break;
            }
            while next < now + dt {
                let (from, content) = (leader(next), rng.poisson(condition.content) as f64);
                let from = [from[0], from[1], 0.0];
                let d = [0, 1, 2].map(|a| from[a] - follower[a]);
                let r = d.iter().map(|x| x * x).sum::<f64>().sqrt();
                if r <= REACH {
                    memory.meet(next, d.map(|x| x / r.max(1e-9)), content, condition.memory);
                } else if content > 0.0 {
                    cloud.insert_at(&scene, 0, from, next - now)?;
                    molecules.push(content);
                }
                next += rng.exponential(SECRETION / condition.content);
            }
            // Directions are those of the last place before the step that ended on the sphere.
            let places = (0..cloud.len()).map(|i| cloud.place(i));
            let before: Vec<(u32, [f64; 3])> = cloud.ids().iter().copied().zip(places).collect();
            for event in cloud.step(&scene, dt)? {
                if let Fate::Captured(_) = event.fate {
                    let from = before.iter().find(|b| b.0 == event.vesicle).map_or(follower, |b| b.1);
                    let d = [0, 1, 2].map(|a| from[a] - follower[a]);
                    let r = d.iter().map(|x| x * x).sum::<f64>().sqrt().max(1e-9);
                    memory.meet(
                        event.time,
                        d.map(|x| x / r),
                        molecules[event.vesicle as usize],
                        condition.memory,
                    );
                }
            }
        }
    }
    Ok(follower[0] / (SPEED * END))
}

/// The same in steps that shrink: capture is exact in any of them, the direction of a meeting is the last place's.
fn three_dimensions() -> Rows {
    let mut rows = Vec::new();
    let (seed, trials) = (Seed::new(300, 0), 300u64);
    for condition in [Condition { memory: 5.0, content: 25.0 }, Condition { memory: 5.0, content: 100.0 }] {
        let run = |dt: f64| -> Result<Moments, exoderm_particle::Error> {
            let trials = (0..trials).into_par_iter().map(|k| trial_in_space(condition, dt, seed, k));
            Ok(Moments::of(&trials.collect::<Result<Vec<_>, _>>()?))
        };
        let finest = run(0.1)?;
        for dt in [1.0, 0.5, 0.2] {
            let m = run(dt)?;
            let both = (finest.se() * finest.se() + m.se() * m.se()).sqrt();
            let what = format!("{}: steps of {dt} min", named(condition));
            rows.push(Row::errors(what, finest.mean, m.mean, both, 3.0));
        }
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One point of the published curves by the authors' scheme, and the physics well above it: vesicles that a jump of
    /// the follower's radius carries over its rim are met.
    #[test]
    fn scheme_is_the_published_one_and_misses_vesicles() {
        let condition = Condition { memory: 0.5, content: 100.0 };
        let scheme = speeds(condition, Walk::Fixed(0.1), 200, 1);
        let both = (scheme.se() * scheme.se() + 0.0123 * 0.0123).sqrt();
        assert!((scheme.mean - 0.168_618).abs() < 3.5 * both, "{}", scheme.mean);
        let physics = speeds(condition, Walk::Brownian(0.25), 200, 2);
        assert!(physics.mean - scheme.mean > 3.0 * (scheme.se() + physics.se()), "{}", physics.mean);
    }

    /// Weights fade alike whenever they are added, and the sure follower walks along them.
    #[test]
    fn memory_fades_and_leads() {
        let mut memory = Memory::<2>::new();
        memory.meet(3.0, [1.0, 0.0], HALF, 2.0);
        memory.fade(4.0, 2.0);
        memory.meet(4.0, [0.0, 1.0], HALF, 2.0);
        let (early, late) = (0.5 * exp(-0.5), 0.5);
        assert!((memory.sum - early - late).abs() < 1e-15);
        assert!((memory.vector[0] - early).abs() < 1e-15 && (memory.vector[1] - late).abs() < 1e-15);
        memory.sum = 1e12;
        let way = memory.decide(&mut Seed::new(1, 0).stream(0, 0, TRIAL));
        assert!(way.is_some_and(|w| (w[0] / w[1] - early / late).abs() < 1e-12));
    }
}
