//! One link at the three resolutions of vesicle transport (A15): a donor releases vesicles as a Poisson stream at 30 um from
//! the centre of a partly absorbing recipient of 10 um; they diffuse, some are lost on the way; each taken up brings
//! Poisson(100) copies of a cargo. Vesicles taken up are Poisson distributed, copies compound Poisson; mean and
//! variance of both are compared with the exact values of `tests/data/A15_end_to_end_link.csv` (um, s).
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use exoderm_field::{Boundary, Face, ImplicitConfig, ImplicitStep, Mesh, Operator, Scheme};
use exoderm_numeric::random::{Seed, Stream};
use exoderm_particle::{Class, Cloud, Domain, Fate, Scene, Sphere, Touched, Wall};
use exoderm_vesicle::counts::{Counts, Leap, Move, Network, Sink, Source};

const SECOND: f64 = 1.0 / 60.0;
const D: f64 = 4.3;
const R: f64 = 10.0;
const DONOR: f64 = 30.0;
/// Vesicles per s.
const RATE: f64 = 0.1;
const COPIES: f64 = 100.0;
const PI: f64 = std::f64::consts::PI;

/// A line of the table.
#[derive(Clone, Copy, Debug)]
struct Link {
    kappa: f64,
    loss: f64,
    end: f64,
    taken: f64,
    copies: f64,
    copies_variance: f64,
}

fn links(wanted: impl Fn(&Link) -> bool) -> Vec<Link> {
    include_str!("data/A15_end_to_end_link.csv")
        .lines()
        .skip(1)
        .map(|l| l.split(',').map(|c| c.parse::<f64>().unwrap()).collect::<Vec<_>>())
        .map(|r| Link {
            kappa: r[0],
            loss: r[1],
            end: r[3],
            taken: r[4],
            copies: r[6],
            copies_variance: r[7],
        })
        .filter(|l| wanted(l))
        .collect()
}

fn cargo(taken: u64, rng: &mut Stream) -> f64 {
    (0..taken).map(|_| rng.poisson(COPIES)).sum::<u64>() as f64
}

/// Compares mean and variance over replicates with exact values, up to a relative error of the mesh in the mean.
fn compare(name: &str, values: &[f64], mean: f64, variance: f64, bias: f64) {
    let n = values.len() as f64;
    let m = values.iter().sum::<f64>() / n;
    let v = values.iter().map(|x| (x - m) * (x - m)).sum::<f64>() / (n - 1.0);
    let fourth = values.iter().map(|x| (x - m) * (x - m) * (x - m) * (x - m)).sum::<f64>() / n;
    let (se, se_variance) = ((variance / n).sqrt(), ((fourth - v * v) / n).sqrt());
    println!(
        "{name}: mean {m:.4} exact {mean:.4} ({:+.2} SE), variance {v:.4} exact {variance:.4} ({:+.2} SE)",
        (m - mean) / se,
        (v - variance) / se_variance
    );
    assert!((m - mean).abs() < 3.5 * se + bias * mean, "{name}: mean {m} exact {mean}");
    assert!(
        (v - variance).abs() < 3.5 * se_variance + bias * variance,
        "{name}: variance {v} exact {variance}"
    );
}

fn compare_both(name: &str, link: &Link, taken: &[u64], bias: f64) {
    let values: Vec<f64> = taken.iter().map(|n| *n as f64).collect();
    compare(&format!("{name} {link:?} vesicles"), &values, link.taken, link.taken, bias);
    let seed = Seed::new(77, 0);
    let copies: Vec<f64> =
        taken.iter().enumerate().map(|(k, n)| cargo(*n, &mut seed.stream(k as u64, 0, 1))).collect();
    compare(&format!("{name} {link:?} copies"), &copies, link.copies, link.copies_variance, bias);
}

/// Particles: every vesicle's own path, 2000 tissues in one cloud.
#[test]
fn particles() {
    for link in links(|l| l.end == 600.0 || (l.end == 60.0 && l.kappa == 1.0)) {
        let wall =
            if link.kappa == f64::INFINITY { Wall::Absorbing } else { Wall::Partial(link.kappa / SECOND) };
        let scene = Scene::new(Domain::unbounded(), &[Sphere::new([0.0; 3], R, wall)], &[], 20.0).unwrap();
        let class = Class { loss: link.loss / SECOND, ..Class::brownian(D / SECOND) };
        let mut cloud = Cloud::new(Seed::new(15, 0), &[class]).unwrap();
        let tissues = 2000;
        let mut taken = vec![0u64; tissues];
        let mut of = Vec::new();
        let dt = 6.0;
        for step in 0..(link.end / dt) as u32 {
            for tissue in 0..tissues {
                let mut rng = Seed::new(16, 0).stream(tissue as u64, step, 0);
                let mut at = rng.exponential(RATE);
                while at < dt {
                    cloud.insert_at(&scene, 0, [0.0, 0.0, DONOR], at * SECOND).unwrap();
                    of.push(tissue);
                    at += rng.exponential(RATE);
                }
            }
            for event in cloud.step(&scene, dt * SECOND).unwrap() {
                if event.fate == Fate::Captured(Touched::Sphere(0)) {
                    taken[of[event.vesicle as usize]] += 1;
                }
            }
        }
        compare_both("particles", &link, &taken, 0.0);
    }
}

/// Counts: whole vesicles on spherical shells around the recipient, of 2 um near it.
#[test]
fn counts() {
    for link in links(|l| l.end == 60.0 || (l.end == 600.0 && l.kappa == 1.0 && l.loss > 0.0)) {
        let mut edges = vec![R];
        while edges[edges.len() - 1] < 250.0 {
            let last = edges[edges.len() - 1];
            edges.push(last + if last < 50.0 { 2.0 } else { 0.08 * last });
        }
        let shells = edges.len() - 1;
        let centre = |i: usize| 0.5 * (edges[i] + edges[i + 1]);
        let volume = |i: usize| {
            4.0 / 3.0 * PI * (edges[i + 1] * edges[i + 1] * edges[i + 1] - edges[i] * edges[i] * edges[i])
        };
        let mut moves = Vec::new();
        for i in 0..shells - 1 {
            // Steady flow between two radii: 4π D/(1/a − 1/b).
            let g = 4.0 * PI * D / (1.0 / centre(i) - 1.0 / centre(i + 1)) / SECOND;
            moves.push(Move { from: i as u32, to: i as u32 + 1, rate: g / volume(i) });
            moves.push(Move { from: i as u32 + 1, to: i as u32, rate: g / volume(i + 1) });
        }
        // Diffusion from the first shell's centre to the surface, in series with the wall.
        let series = (1.0 / R - 1.0 / centre(0)) / (4.0 * PI * D) + 1.0 / (4.0 * PI * R * R * link.kappa);
        let mut sinks = vec![Sink { from: 0, counter: 0, rate: 1.0 / (series * SECOND * volume(0)) }];
        sinks.extend((0..shells).map(|i| Sink { from: i as u32, counter: 1, rate: link.loss / SECOND }));
        // The donor's sphere is the border of two shells: half to each.
        let border = edges.iter().position(|e| *e == DONOR).unwrap() as u32;
        let sources = [border - 1, border].map(|to| Source { to, rate: 0.5 * RATE / SECOND });
        let network = Network::new(shells, 2, &moves, &sinks, &sources, &[]).unwrap();
        let tissues = if link.end > 100.0 { 400 } else { 2000 };
        let taken: Vec<u64> = (0..tissues)
            .map(|k| {
                let mut counts = Counts::new(&network);
                let mut leap = Leap::new(Seed::new(17, k), 0.03).unwrap();
                for _ in 0..(link.end / 60.0) as u32 {
                    leap.step(&network, &mut counts, 60.0 * SECOND).unwrap();
                }
                counts.left[0]
            })
            .collect();
        // Shells of a fifth of the radius: 1 % in the mean.
        compare_both("counts", &link, &taken, 0.01);
    }
}

/// Field: the mean density, whole vesicles drawn at the recipient from what arrives in a step. r times the density obeys
/// the heat equation on a line, with a permeability κ + D/R at the surface.
#[test]
fn field() {
    for link in links(|l| l.end < 4000.0) {
        let (h, n) = (0.5, 1600);
        let mesh = Mesh::new(n, 1, 1, [h, 1.0, 1.0]).unwrap();
        let mut op = Operator::new(&mesh);
        op.set_uniform_diffusivity(D / SECOND).unwrap();
        op.set_decay(&vec![link.loss / SECOND; n]).unwrap();
        let mut source = vec![0.0; n];
        for i in [((DONOR - R) / h) as usize - 1, ((DONOR - R) / h) as usize] {
            let r = R + (i as f64 + 0.5) * h;
            source[i] = 0.5 * RATE / SECOND / (4.0 * PI * r * h);
        }
        op.set_source(&source).unwrap();
        let p = (link.kappa + D / R) / SECOND;
        op.set_boundary(Face::XMin, Boundary::Permeability { p, reservoir: 0.0 }).unwrap();
        op.set_boundary(Face::XMax, Boundary::Value(0.0)).unwrap();
        // Of what leaves the line, this share is taken up; the rest is the change of variable.
        let share = if link.kappa == f64::INFINITY { 1.0 } else { link.kappa / (link.kappa + D / R) };
        let config = ImplicitConfig { scheme: Scheme::TrBdf2, ..Default::default() };
        let mut solver = ImplicitStep::new(&mesh, config).unwrap();
        let mut u = vec![0.0; n];
        let dt = 1.0;
        let means: Vec<f64> = (0..(link.end / dt) as usize)
            .map(|_| {
                let left = solver.step(&op, &mut u, dt * SECOND).unwrap().boundary[Face::XMin.index()];
                4.0 * PI * R * share * left
            })
            .collect();
        let taken: Vec<u64> = (0..4000)
            .map(|k| {
                let mut rng = Seed::new(18, k).stream(0, 0, 0);
                means.iter().map(|m| rng.poisson(*m)).sum()
            })
            .collect();
        let total: f64 = means.iter().sum();
        assert!((total / link.taken - 1.0).abs() < 0.004, "{link:?}: mean field {total}");
        compare_both("field", &link, &taken, 0.004);
    }
}
