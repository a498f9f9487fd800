//! The life of vesicles, and counts of them from place to place.

use super::measures::Moments;
use super::{Case, Length, Row, Rows, Run};
use exoderm_field::{Boundary, Face, ImplicitConfig, ImplicitStep, Mesh, Operator, Scheme};
use exoderm_numeric::random::Seed;
use exoderm_particle::cases::captured_from_stream;
use exoderm_vesicle::cases::line_means;
use exoderm_vesicle::counts::{Counts, Exact, Leap, Move, Network, Sink, Source};
use exoderm_vesicle::mobility;
use std::f64::consts::PI;

const SECOND: f64 = 1.0 / 60.0;
const D: f64 = 4.3;

pub(super) const CASES: &[Case] = &[
    Case {
        name: "mobility",
        group: "vesicle",
        title: "free diffusion by size and temperature; obstruction between fibres",
        source: "A00 Stokes-Einstein; A07 Ogston, Preston and Wells 1973, Ogston 1958",
        length: Length::Quick,
        run: Run::Alone(free_and_hindered),
    },
    Case {
        name: "lattice-counts",
        group: "counts",
        title: "50 places in a line, inflow, jumps, loss: mean and variance by leaps and event by event",
        source: "A17: exact lattice means, Poisson variances",
        length: Length::Quick,
        run: Run::Alone(lattice),
    },
    Case {
        name: "lattice-counts-at-rest",
        group: "counts",
        title: "the same after 1,000 s",
        source: "A17",
        length: Length::Long,
        run: Run::Alone(lattice_at_rest),
    },
    Case {
        name: "link-counts",
        group: "counts",
        title: "donor, way with loss, recipient, cargo on spherical shells of 2 um: mean and variance",
        source: "A15: Poisson arrivals, compound-Poisson cargo",
        length: Length::Quick,
        run: Run::Alone(link_counts),
    },
    Case {
        name: "link-field",
        group: "field",
        title: "the same with densities, whole vesicles drawn at the recipient",
        source: "A15",
        length: Length::Quick,
        run: Run::Alone(link_field),
    },
];

fn free_and_hindered() -> Rows {
    let mut rows = Vec::new();
    for (d, celsius, viscosity, exact) in [
        (100.0, 37.0, 0.6913, 6.572_300_072_78),
        (30.0, 37.0, 0.6913, 21.907_666_909_3),
        (200.0, 25.0, 0.89, 2.453_731_095_44),
    ] {
        let got = mobility::stokes_einstein(d, 273.15 + celsius, viscosity) * SECOND;
        rows.push(Row::relative(format!("D of {d} nm in water of {celsius} C (um2/s)"), exact, got, 1e-9));
    }
    for (d, fibre, share, walk, open) in [
        (80.0, 1.0, 0.005, 0.055_070_681_376_7, 0.000_223_745_793_721),
        (80.0, 2.0, 0.01, 0.122_456_428_253, 0.012_155_178_329_9),
        (100.0, 40.0, 0.1, 0.490_901_160_676, 0.602_751_664_75),
        (150.0, 2.0, 0.005, 0.065_719_400_521, 0.000_604_414_703_76),
    ] {
        let what = format!("{d} nm, fibres of {fibre} nm, share {share}");
        let got = mobility::ogston(0.5 * d, fibre, share);
        rows.push(Row::relative(format!("{what}: D/D0 (1973)"), walk, got, 1e-9));
        let got = mobility::open_share(0.5 * d, fibre, share);
        rows.push(Row::relative(format!("{what}: open share (1958)"), open, got, 1e-9));
    }
    Ok(rows)
}

/// 50 places of 2 um, decay 0.01/s, 10 vesicles/s into the first.
fn line() -> Result<Network, exoderm_vesicle::Error> {
    let jump = D / 4.0 / SECOND;
    let moves: Vec<Move> = (0..49)
        .flat_map(|v| [Move { from: v, to: v + 1, rate: jump }, Move { from: v + 1, to: v, rate: jump }])
        .collect();
    let sinks: Vec<Sink> = (0..50).map(|from| Sink { from, counter: 0, rate: 0.01 / SECOND }).collect();
    Network::new(50, 1, &moves, &sinks, &[Source { to: 0, rate: 10.0 / SECOND }], &[])
}

/// Rows for a few places, and chi² over all whose mean is large enough, in standard errors of its own.
fn poisson_rows(what: &str, exact: &[f64], replicates: &[Vec<u64>], rows: &mut Vec<Row>) {
    let n = replicates.len() as f64;
    let (mut chi, mut terms) = (0.0, 0.0f64);
    for (place, &mean) in exact.iter().enumerate() {
        if mean * n < 20.0 {
            continue;
        }
        let values: Vec<f64> = replicates.iter().map(|r| r[place] as f64).collect();
        let m = Moments::of(&values);
        // The variance of a sample variance of a Poisson number is (m + 2 m²)/n.
        let (se, variance_se) = ((mean / n).sqrt(), ((mean + 2.0 * mean * mean) / n).sqrt());
        let (z, zv) = ((m.mean - mean) / se, (m.variance - mean) / variance_se);
        chi += z * z + zv * zv;
        terms += 2.0;
        if [0, 5, 20].contains(&place) {
            rows.push(Row::errors(format!("{what}, place {place}: mean"), mean, m.mean, se, 3.5));
            rows.push(Row::errors(
                format!("{what}, place {place}: variance"),
                mean,
                m.variance,
                variance_se,
                3.5,
            ));
        }
    }
    let limit = terms + 4.0 * (2.0 * terms).sqrt();
    rows.push(Row::at_most(format!("{what}: chi2 of all means and variances"), limit, chi));
}

fn lattice() -> Rows {
    let network = line()?;
    let mut rows = Vec::new();
    for (t, dt, n) in [(10.0, 10.0, 4000), (10.0, 0.25, 1000), (100.0, 50.0, 1500)] {
        let exact = line_means(50, 10.0, D / 4.0, 0.01, t);
        let replicates = (0..n)
            .map(|replicate| {
                let mut leap = Leap::new(Seed::new(1, replicate), 0.03)?;
                let mut counts = Counts::new(&network);
                for _ in 0..(t / dt) as usize {
                    leap.step(&network, &mut counts, dt * SECOND)?;
                }
                Ok(counts.at)
            })
            .collect::<Result<Vec<_>, exoderm_vesicle::Error>>()?;
        poisson_rows(&format!("{t} s in leaps of {dt} s"), &exact, &replicates, &mut rows);
    }
    let exact = line_means(50, 10.0, D / 4.0, 0.01, 10.0);
    let replicates = (0..2000)
        .map(|replicate| {
            let mut counts = Counts::new(&network);
            Exact::new(&network, Seed::new(2, 0), replicate).step(&network, &mut counts, 10.0 * SECOND)?;
            Ok(counts.at)
        })
        .collect::<Result<Vec<_>, exoderm_vesicle::Error>>()?;
    poisson_rows("10 s event by event", &exact, &replicates, &mut rows);
    Ok(rows)
}

fn lattice_at_rest() -> Rows {
    let network = line()?;
    let exact = line_means(50, 10.0, D / 4.0, 0.01, f64::INFINITY);
    let replicates = (0..1000)
        .map(|replicate| {
            let mut counts = Counts::new(&network);
            Leap::new(Seed::new(3, replicate), 0.03)?.step(&network, &mut counts, 1000.0 * SECOND)?;
            Ok(counts.at)
        })
        .collect::<Result<Vec<_>, exoderm_vesicle::Error>>()?;
    let mut rows = Vec::new();
    poisson_rows("1000 s in one call", &exact, &replicates, &mut rows);
    Ok(rows)
}

/// um.
const R: f64 = 10.0;
const DONOR: f64 = 30.0;
/// Vesicles per s.
const RATE: f64 = 0.1;
const COPIES: f64 = 100.0;

/// Mean and variance of vesicles and copies; `bias` is what the mesh may be off by, as a share.
fn link_rows(what: &str, exact: f64, taken: &[u64], bias: f64, rows: &mut Vec<Row>) {
    let seed = Seed::new(77, 0);
    let vesicles: Vec<f64> = taken.iter().map(|n| *n as f64).collect();
    let copies: Vec<f64> = taken
        .iter()
        .enumerate()
        .map(|(k, n)| seed.stream(k as u64, 0, 1).poisson(COPIES * *n as f64) as f64)
        .collect();
    for (name, values, mean, variance) in [
        ("vesicles", vesicles, exact, exact),
        ("copies", copies, COPIES * exact, (COPIES + COPIES * COPIES) * exact),
    ] {
        let m = Moments::of(&values);
        let se = (variance / m.n).sqrt() + bias / 3.0 * mean;
        rows.push(Row::errors(format!("{what}: {name}, mean"), mean, m.mean, se, 3.0));
        let se = m.variance_se + bias / 3.0 * variance;
        rows.push(Row::errors(format!("{what}: {name}, variance"), variance, m.variance, se, 3.0));
    }
}

/// Shells of 2 um near the recipient, wider outside; their width allows 1 % in the mean.
fn link_counts() -> Rows {
    let mut edges = vec![R];
    while edges[edges.len() - 1] < 250.0 {
        let last = edges[edges.len() - 1];
        edges.push(last + if last < 50.0 { 2.0 } else { 0.08 * last });
    }
    let shells = edges.len() - 1;
    let centre = |i: usize| 0.5 * (edges[i] + edges[i + 1]);
    let cube = |x: f64| x * x * x;
    let volume = |i: usize| 4.0 / 3.0 * PI * (cube(edges[i + 1]) - cube(edges[i]));
    let mut moves = Vec::new();
    for i in 0..shells - 1 {
        // Steady flow between two radii: 4π D/(1/a − 1/b).
        let g = 4.0 * PI * D / (1.0 / centre(i) - 1.0 / centre(i + 1)) / SECOND;
        moves.push(Move { from: i as u32, to: i as u32 + 1, rate: g / volume(i) });
        moves.push(Move { from: i as u32 + 1, to: i as u32, rate: g / volume(i + 1) });
    }
    let mut rows = Vec::new();
    for (kappa, loss, end, tissues) in
        [(f64::INFINITY, 0.0, 60.0, 2000), (1.0, 0.001, 60.0, 2000), (1.0, 0.001, 600.0, 1000)]
    {
        // Diffusion from the first shell's centre to the surface, in series with the wall.
        let series = (1.0 / R - 1.0 / centre(0)) / (4.0 * PI * D) + 1.0 / (4.0 * PI * R * R * kappa);
        let mut sinks = vec![Sink { from: 0, counter: 0, rate: 1.0 / (series * SECOND * volume(0)) }];
        sinks.extend((0..shells).map(|i| Sink { from: i as u32, counter: 1, rate: loss / SECOND }));
        // The donor's sphere is the border of two shells: half to each.
        let border = ((DONOR - R) / 2.0).round() as u32;
        let sources = [border - 1, border].map(|to| Source { to, rate: 0.5 * RATE / SECOND });
        let network = Network::new(shells, 2, &moves, &sinks, &sources, &[])?;
        let taken = (0..tissues)
            .map(|k| {
                let mut counts = Counts::new(&network);
                let mut leap = Leap::new(Seed::new(17, k), 0.03)?;
                for _ in 0..(end / 60.0) as u32 {
                    leap.step(&network, &mut counts, 60.0 * SECOND)?;
                }
                Ok(counts.left[0])
            })
            .collect::<Result<Vec<u64>, exoderm_vesicle::Error>>()?;
        let exact = captured_from_stream(RATE, [DONOR, R], [D, kappa, loss], end);
        link_rows(&format!("kappa {kappa} um/s, loss {loss}/s, {end} s"), exact, &taken, 0.01, &mut rows);
    }
    Ok(rows)
}

/// r times the density obeys the heat equation on a line, with a permeability κ + D/R at the surface.
fn link_field() -> Rows {
    let mut rows = Vec::new();
    for (kappa, loss, end) in [(f64::INFINITY, 0.0, 600.0), (1.0, 0.001, 600.0), (0.1, 0.001, 3600.0)] {
        let (h, n) = (0.5, 1600);
        let mesh = Mesh::new(n, 1, 1, [h, 1.0, 1.0])?;
        let mut op = Operator::new(&mesh);
        op.set_uniform_diffusivity(D / SECOND)?;
        op.set_decay(&vec![loss / SECOND; n])?;
        let mut source = vec![0.0; n];
        let border = ((DONOR - R) / h) as usize;
        for i in [border - 1, border] {
            let r = R + (i as f64 + 0.5) * h;
            source[i] = 0.5 * RATE / SECOND / (4.0 * PI * r * h);
        }
        op.set_source(&source)?;
        let p = (kappa + D / R) / SECOND;
        op.set_boundary(Face::XMin, Boundary::Permeability { p, reservoir: 0.0 })?;
        op.set_boundary(Face::XMax, Boundary::Value(0.0))?;
        // Of what leaves the line, this share is taken up; the rest is the change of variable.
        let share = if kappa == f64::INFINITY { 1.0 } else { kappa / (kappa + D / R) };
        let config = ImplicitConfig { scheme: Scheme::TrBdf2, ..Default::default() };
        let mut solver = ImplicitStep::new(&mesh, config)?;
        let mut u = vec![0.0; n];
        let mut mean = 0.0;
        for _ in 0..end as usize {
            let left = solver.step(&op, &mut u, SECOND)?.boundary[Face::XMin.index()];
            mean += 4.0 * PI * R * share * left;
        }
        let what = format!("kappa {kappa} um/s, loss {loss}/s, {end} s");
        let exact = captured_from_stream(RATE, [DONOR, R], [D, kappa, loss], end);
        rows.push(Row::relative(format!("{what}: density's mean"), exact, mean, 0.004));
        let taken: Vec<u64> = (0..4000).map(|k| Seed::new(18, k).stream(0, 0, 0).poisson(mean)).collect();
        link_rows(&what, exact, &taken, 0.004, &mut rows);
    }
    Ok(rows)
}
