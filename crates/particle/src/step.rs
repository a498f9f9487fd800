//! A step of many vesicles: blocks of plain Brownian ones in vector registers, the rest one by one.

use crate::class::{Class, Motion};
use crate::cloud::{Event, Fate};
use crate::motion::{End, Push, advance, first_release, inner_time, is_plain, stride, swing};
use crate::scene::{REACH, Scene};
use crate::surface::dot;
use crate::tether;
use exoderm_numeric::batch::{BLOCK, Normals};
use exoderm_numeric::math;
use exoderm_numeric::random::{Purpose, Seed, Stream};

/// Vesicles that one task takes: fixed, whatever the number of threads.
pub(crate) const CHUNK: usize = 16 * BLOCK;

const STEP: Purpose = 0x5041;
const NEAR: Purpose = 0x5042;

/// A class with what depends on the step's length.
#[derive(Clone, Debug)]
pub(crate) struct Prepared {
    plain: bool,
    sd: f64,
    shift: [f64; 3],
    /// Distance within which a surface matters.
    reach: f64,
    level: u8,
    /// A normal below this means loss within the step.
    loss_below: f32,
    /// Spacing of the lattice of anchors, um.
    anchors: f64,
}

/// All that a step shares between chunks.
pub(crate) struct Shared<'a> {
    pub scene: &'a Scene,
    pub classes: &'a [Class],
    pub prepared: &'a [Prepared],
    pub seed: Seed,
    pub tick: u32,
    /// Time at the step's start, min.
    pub time: f64,
    pub dt: f64,
    /// Index of the first vesicle that was put in since the last step, and when in the step each begins to move.
    pub newborn: usize,
    pub begin: &'a [f64],
}

/// The columns of one chunk.
pub(crate) struct Columns<'a> {
    /// Index of the first vesicle.
    pub first: usize,
    pub position: [&'a mut [f64]; 3],
    pub id: &'a [u32],
    pub class: &'a mut [u8],
    pub memory: &'a mut [u64],
}

/// What happened to the vesicle at this index; `None` with a fate that does not remove it.
pub(crate) type Happened = (u32, Event);

impl Prepared {
    pub(crate) fn new(class: &Class, scene: &Scene, dt: f64) -> Self {
        let sd = (2.0 * class.diffusion * dt).sqrt();
        let speed = dot(class.drift, class.drift).sqrt();
        let reach = REACH * sd + speed * dt + class.radius;
        Self {
            plain: is_plain(class),
            sd,
            shift: class.drift.map(|v| v * dt),
            reach,
            level: scene.level_for(reach),
            loss_below: quantile(-math::exp_m1(-class.loss * dt)) as f32,
            anchors: tether::spacing(class),
        }
    }
}

/// The value below which a standard normal lies with probability `p`, by bisection.
fn quantile(p: f64) -> f64 {
    if p <= 0.0 {
        return f64::NEG_INFINITY;
    }
    let (mut low, mut high) = (-40.0, 40.0);
    for _ in 0..80 {
        let mid = 0.5 * (low + high);
        if 0.5 * math::erfc(-mid * std::f64::consts::FRAC_1_SQRT_2) < p {
            low = mid;
        } else {
            high = mid;
        }
    }
    high
}

/// What a block's vesicles take from their classes, side by side.
struct Lanes {
    sd: [f64; BLOCK],
    shift: [[f64; BLOCK]; 3],
    reach: [f64; BLOCK],
    level: [u8; BLOCK],
    loss_below: [f32; BLOCK],
}

impl Lanes {
    fn new() -> Self {
        let zero = [0.0; BLOCK];
        Self { sd: zero, shift: [zero; 3], reach: zero, level: [0; BLOCK], loss_below: [0.0; BLOCK] }
    }

    fn set(&mut self, lane: usize, p: &Prepared) {
        self.sd[lane] = p.sd;
        for a in 0..3 {
            self.shift[a][lane] = p.shift[a];
        }
        self.reach[lane] = p.reach;
        self.level[lane] = p.level;
        // Above every normal: such vesicles are always looked at one by one.
        self.loss_below[lane] = if p.plain { p.loss_below } else { f32::INFINITY };
    }
}

/// Moves the vesicles of a chunk and appends to `happened`.
pub(crate) fn run(shared: &Shared<'_>, columns: &mut Columns<'_>, happened: &mut Vec<Happened>) {
    let n = columns.id.len();
    // Vesicles put in since the last step sit at the end and take the way of single ones.
    let old = shared.newborn.saturating_sub(columns.first).min(n);
    let one_class = shared.prepared.len() == 1;
    let mut lanes = Lanes::new();
    for lane in 0..BLOCK {
        lanes.set(lane, &shared.prepared[0]);
    }
    let mut normals = Normals::default();
    let mut before = [[0.0; BLOCK]; 3];
    let mut at = 0;
    while at < old {
        let end = (at + BLOCK).min(old);
        let m = end - at;
        shared.seed.normals(&columns.id[at..end], shared.tick, STEP, &mut normals);
        if !one_class {
            for (lane, class) in columns.class[at..end].iter().enumerate() {
                lanes.set(lane, &shared.prepared[usize::from(*class)]);
            }
        }
        for a in 0..3 {
            before[a][..m].copy_from_slice(&columns.position[a][at..end]);
        }
        // All jump as if nothing were near …
        for a in 0..3 {
            let (sd, shift, xi) = (&lanes.sd, &lanes.shift[a], &normals.values[a]);
            for (lane, x) in columns.position[a][at..end].iter_mut().enumerate() {
                *x += sd[lane] * f64::from(xi[lane]) + shift[lane];
            }
            shared.scene.wrap_axis(a, &mut columns.position[a][at..end]);
        }
        // … and those for which that is not sure, or that are lost, are done again one by one.
        let mut apart = [false; BLOCK];
        for lane in 0..m {
            apart[lane] = normals.values[3][lane] < lanes.loss_below[lane];
        }
        shared.scene.mark_near(&before, m, &lanes.reach, &lanes.level, &mut apart);
        for lane in 0..m {
            if apart[lane] {
                let i = at + lane;
                for a in 0..3 {
                    columns.position[a][i] = before[a][lane];
                }
                let p = &shared.prepared[usize::from(columns.class[i])];
                if p.plain {
                    let xi = [0, 1, 2].map(|k| f64::from(normals.values[k][lane]));
                    plain(shared, p, columns, i, xi, normals.values[3][lane] < p.loss_below, happened);
                } else {
                    single(shared, columns, i, 0.0, happened);
                }
            }
        }
        at = end;
    }
    for i in old..n {
        let begin = shared.begin[columns.first + i - shared.newborn];
        single(shared, columns, i, begin, happened);
    }
}

/// A Brownian vesicle that may have something near it, or is lost; `xi` are its normals.
fn plain(
    shared: &Shared<'_>,
    p: &Prepared,
    columns: &mut Columns<'_>,
    i: usize,
    xi: [f64; 3],
    lost: bool,
    happened: &mut Vec<Happened>,
) {
    let from = [columns.position[0][i], columns.position[1][i], columns.position[2][i]];
    let scene = shared.scene;
    let class = &shared.classes[usize::from(columns.class[i])];
    let mut rng = shared.seed.stream(u64::from(columns.id[i]), shared.tick, NEAR);
    // The fourth normal, independent of the three of the jump, has decided on loss; a surface may be faster.
    let span = if lost { time_of_loss(class.loss, shared.dt, &mut rng) } else { shared.dt };
    let near = scene.near(from, class.radius);
    let end = if near.gap + class.radius >= p.reach {
        End::At(scene.wrap([0, 1, 2].map(|a| from[a] + p.sd * xi[a] + p.shift[a])))
    } else {
        advance(scene, class, &Push::Drift(class.drift), from, span, Some((xi, near)), &mut rng)
    };
    match end {
        End::Captured(by, at) => push(shared, columns, i, at, Fate::Captured(by), happened),
        End::At(_) if lost => push(shared, columns, i, span, Fate::Lost, happened),
        End::At(q) => {
            for a in 0..3 {
                columns.position[a][i] = q[a];
            }
        }
    }
}

/// When within `span` a vesicle was lost, given that it was.
fn time_of_loss(loss: f64, span: f64, rng: &mut Stream) -> f64 {
    let p = -math::exp_m1(-loss * span);
    (-math::ln_1p(-p * rng.uniform()) / loss).min(span)
}

/// A vesicle of any motion, from `begin` min within the step.
fn single(
    shared: &Shared<'_>,
    columns: &mut Columns<'_>,
    i: usize,
    begin: f64,
    happened: &mut Vec<Happened>,
) {
    let class = &shared.classes[usize::from(columns.class[i])];
    let mut rng = shared.seed.stream(u64::from(columns.id[i]), shared.tick, NEAR);
    let mut span = shared.dt - begin;
    let mut lost = false;
    if class.loss > 0.0 {
        let t = rng.exponential(class.loss);
        if t < span {
            (span, lost) = (t, true);
        }
    }
    let from = [columns.position[0][i], columns.position[1][i], columns.position[2][i]];
    let scene = shared.scene;
    let end = match &class.motion {
        Motion::Brownian => advance(scene, class, &Push::Drift(class.drift), from, span, None, &mut rng),
        Motion::Trapped { exponent, quantum } => {
            let now = shared.time + begin;
            let mut release = f64::from_bits(columns.memory[i]);
            if release == 0.0 {
                release = first_release(*exponent, *quantum, now, &mut rng);
            }
            let inner = inner_time(*exponent, *quantum, &mut release, now + span, &mut rng);
            columns.memory[i] = release.to_bits();
            match advance(scene, class, &Push::Drift([0.0; 3]), from, inner, None, &mut rng) {
                // The inner clock's share of the step stands for the outer clock's.
                End::Captured(by, at) => End::Captured(by, span * at / inner),
                at => at,
            }
        }
        Motion::Tethered { rate } => {
            let spacing = shared.prepared[usize::from(columns.class[i])].anchors;
            let anchor = tether::unpack(columns.memory[i], from, spacing);
            let end = swing(scene, class, anchor, *rate, from, span, &mut rng);
            if let End::At(q) = end {
                let beside = scene.image(anchor, q);
                if beside != anchor {
                    columns.memory[i] = tether::pack(beside, spacing);
                }
            }
            end
        }
        Motion::Directed(path) => {
            let travelled = stride(path, f64::from_bits(columns.memory[i]), span, &mut rng);
            columns.memory[i] = travelled.to_bits();
            if travelled >= path.length()
                && let Some(then) = path.then
                && !lost
            {
                push(shared, columns, i, begin + span, Fate::Arrived, happened);
                columns.class[i] = then;
                let spacing = shared.prepared[usize::from(then)].anchors;
                columns.memory[i] = tether::pack(path.at(travelled), spacing);
            }
            End::At(path.at(travelled))
        }
    };
    match end {
        End::Captured(by, at) => push(shared, columns, i, begin + at, Fate::Captured(by), happened),
        End::At(_) if lost => push(shared, columns, i, begin + span, Fate::Lost, happened),
        End::At(q) => {
            for a in 0..3 {
                columns.position[a][i] = q[a];
            }
        }
    }
}

fn push(shared: &Shared<'_>, columns: &Columns<'_>, i: usize, at: f64, fate: Fate, out: &mut Vec<Happened>) {
    let event = Event { vesicle: columns.id[i], class: columns.class[i], time: shared.time + at, fate };
    out.push(((columns.first + i) as u32, event));
}
