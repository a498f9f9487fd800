//! Contraction as a mechanism of its own, and the free edge: a strip without skin's biology.

use super::*;
use crate::observe;
use crate::state::{Blueprint, Grid};
use crate::tissue::Tissue;
use exoderm_cell::Boundary;
use exoderm_ledger::Ledger;
use exoderm_model::scenario::{ArmKind, CellTypeId};
use exoderm_model::{Calibration, Input, Library, Networks, compile};
use exoderm_numeric::math;
use exoderm_numeric::random::Seed;
use std::collections::BTreeMap;
use std::sync::Arc;

const MYOFIBROBLAST: &str =
    "\n[cell.myofibroblast]\nplace = \"dermal\"\nradius = \"6 um\"\ncontractile = true\n";
/// Voxel, width, radius of the wound (um).
const H: f64 = 10.0;
const WIDTH: f64 = 600.0;
const RADIUS: f64 = 300.0;
/// k_c (um³/min a cell).
const PULL: f64 = 30.0;
const MARGIN: f64 = 50.0;

fn plan(sets: &[&str]) -> Arc<Plan> {
    let text = format!("{}{MYOFIBROBLAST}", include_str!("../../../model/tests/files/tiny.toml"));
    let base = [
        "tissue.width=600 um",
        "event.wound.radius=300 um",
        "event.wound.contraction=30 um/min*um^2",
        "event.wound.contraction_margin=50 um",
        "rule.crawl.fold=1",
    ];
    let sets: Vec<String> = base.iter().chain(sets).map(|s| (*s).to_owned()).collect();
    let none = BTreeMap::new();
    let calibration = Calibration::default();
    let library = Library {
        files: Vec::new(),
        ledger: Ledger::builtin(),
        calibration: &calibration,
        networks: Networks::default(),
    };
    let input = Input {
        path: "strip.toml",
        text: &text,
        library: &library,
        sets: &sets,
        ledger_overrides: &none,
        path_overrides: &none,
    };
    let s = compile(&input).unwrap_or_else(|e| panic!("{e}"));
    Arc::new(Plan::new(Arc::new(s), ArmKind::Untreated, None).unwrap())
}

/// A flat strip with basal cells in a row every 8 um and myofibroblasts at these x (um).
fn strip(plan: &Arc<Plan>, myofibroblasts: &[f64]) -> Tissue {
    let grid = Grid { n: [(WIDTH / H) as usize, 1, 24], h: [H; 3] };
    let base = 200.0;
    let kind = |name: &str| CellTypeId(plan.scenario.cells.iter().position(|c| c.name == name).unwrap());
    let region = (0..grid.len())
        .map(|v| match ((v % grid.n[2]) as f64 + 0.5) * H {
            z if z < base => Region::Stroma,
            z if z < base + 20.0 => Region::Epithelium,
            _ => Region::Outside,
        })
        .collect();
    let basal = (0..75).map(|k| (kind("keratinocyte"), [4.0 + 8.0 * f64::from(k), 5.0, base + 4.0], 4.0));
    let pulling = myofibroblasts.iter().map(|x| (kind("myofibroblast"), [*x, 5.0, 100.0], 6.0));
    let blueprint = Blueprint {
        grid,
        region,
        surface: Some(Surface::Plane { z: base }),
        thickness: 20.0,
        domain: Domain::new(
            [0.0; 3],
            [WIDTH, H, 240.0],
            [Boundary::Wall, Boundary::Periodic, Boundary::Wall],
        )
        .unwrap(),
        cells: basal.chain(pulling).collect(),
        perfused: false,
    };
    Tissue::new(Arc::clone(plan), blueprint, Seed::new(5, 0)).unwrap()
}

/// The same cut, before any myofibroblast comes: they are put into the bed afterwards.
fn wounded(plan: &Arc<Plan>, myofibroblasts: &[f64]) -> State {
    let mut s = strip(plan, myofibroblasts).into_state();
    let kept = s.cells.flags.clone();
    cut(plan, &mut s);
    // Myofibroblasts come after the cut; here they were there from the first.
    for (i, flags) in kept.into_iter().enumerate() {
        if plan.types[usize::from(s.cells.kind[i].0)].contractile {
            s.cells.flags[i] = flags;
            s.cells.death_cause[i] = exoderm_cell::Cause(0);
        }
    }
    s.cells.sweep();
    s
}

fn moved(s: &State) -> f64 {
    let w = s.wound.as_ref().unwrap();
    RADIUS - w.edge + w.carry
}

/// mechanisms.md §6: the edge moves at k_c × myofibroblasts per um² of bed × (1 − splint); those of the margin pull, those beyond it and
/// dying ones do not, other cells never.
#[test]
fn the_edge_moves_by_the_density_of_myofibroblasts_and_the_splint() {
    let dt = 0.5;
    for splint in [0.0, 0.25, 0.9, 1.0] {
        let set = format!("event.wound.splint={splint}");
        let plan = plan(&[&set]);
        for (places, pulling) in [
            (vec![], 0.0),
            (vec![150.0], 1.0),
            (vec![20.0, 150.0, 160.0, 290.0], 4.0),
            (vec![150.0, RADIUS + MARGIN - 1.0], 2.0),
            (vec![150.0, RADIUS + MARGIN + 1.0, 590.0], 1.0),
        ] {
            let mut s = wounded(&plan, &places);
            assert!(!contract(&plan, &mut s, dt).unwrap());
            let expected = PULL * pulling / (RADIUS * H) * (1.0 - splint) * dt;
            assert!((moved(&s) - expected).abs() <= 1e-12, "{splint} {places:?}: {} {expected}", moved(&s));
        }
        let mut s = wounded(&plan, &[150.0, 170.0]);
        let pulls = |i: &usize| plan.types[usize::from(s.cells.kind[*i].0)].contractile;
        let dying = (0..s.cells.len()).find(pulls).unwrap();
        s.cells.kill(dying, crate::phenotype::APOPTOSIS, 100.0);
        contract(&plan, &mut s, dt).unwrap();
        assert!((moved(&s) - PULL / (RADIUS * H) * (1.0 - splint) * dt).abs() <= 1e-12);
    }
}

/// Over many steps: with m cells that stay in the bed dE/dt = −k m/(E depth), so that E² falls evenly. The density is that of the bed
/// in whole voxels; a splint of 1 holds everything for good.
#[test]
fn a_bed_contracts_as_its_equation_says_and_a_splint_stops_it() {
    let places: Vec<f64> = (0..8).map(|k| 20.0 + 15.0 * f64::from(k)).collect();
    let free = plan(&[]);
    let mut s = wounded(&free, &places);
    let (dt, steps) = (1.0, 1000);
    for _ in 0..steps {
        contract(&free, &mut s, dt).unwrap();
    }
    let t = dt * f64::from(steps);
    let exact = (RADIUS * RADIUS - 2.0 * PULL * places.len() as f64 * t / H).sqrt();
    let edge = RADIUS - moved(&s);
    // Mean lag of the bed's width behind the edge: half a voxel.
    assert!(exact < 210.0 && (edge / exact - 1.0).abs() < 0.02, "{edge} {exact}");
    let held = plan(&["event.wound.splint=1"]);
    let mut s = wounded(&held, &places);
    let before = s.clone();
    for _ in 0..steps {
        assert!(!contract(&held, &mut s, dt).unwrap());
    }
    assert_eq!((s.wound, s.grid, s.cells.position), (before.wound, before.grid, before.cells.position));
}

/// "Gap columns remapped conservatively": no matrix, no vesicle and no cell is lost or made, on however many columns; values stay
/// values; what lies outside moves along unchanged.
#[test]
fn contraction_conserves_matrix_vesicles_and_cells() {
    let plan = plan(&[]);
    let places: Vec<f64> = (0..8).map(|k| 20.0 + 30.0 * f64::from(k)).collect();
    let mut s = wounded(&plan, &places);
    let n = s.grid.len();
    let pattern = |k: usize, v: usize| 1.0 + ((v * 7919 + k * 104_729) % 1009) as f64 / 100.0;
    {
        let fields = [&mut s.collagen1, &mut s.collagen3, &mut s.fibrin];
        for (k, field) in fields.into_iter().chain(&mut s.free).chain(&mut s.bound).enumerate() {
            (0..n).for_each(|v| field[v] = pattern(k, v));
        }
    }
    s.substrates.iter_mut().chain([&mut s.debris]).for_each(|f| f.fill(0.7));
    let fields = |s: &State| -> Vec<Vec<f64>> {
        [&s.collagen1, &s.collagen3, &s.fibrin].into_iter().chain(&s.free).chain(&s.bound).cloned().collect()
    };
    let before = (s.clone(), fields(&s));
    let mut steps = 0;
    while s.grid.n[0] > 53 && steps < 5000 {
        contract(&plan, &mut s, 2.0).unwrap();
        steps += 1;
    }
    let (old, old_fields) = before;
    let taken = old.grid.n[0] - s.grid.n[0];
    assert_eq!(taken, 7);
    let w = s.wound.as_ref().unwrap();
    assert!((w.edge - (RADIUS - H * taken as f64)).abs() < 1e-9 && w.carry < H);
    assert_eq!(s.region.len(), s.grid.len());
    let column = s.grid.n[1] * s.grid.n[2];
    let bed = bed_columns(&s, w.edge);
    for (k, (a, b)) in old_fields.iter().zip(&fields(&s)).enumerate() {
        let (x, y) = (a.iter().sum::<f64>(), b.iter().sum::<f64>());
        assert!((x - y).abs() <= 1e-12 * x, "field {k}: {x} {y}");
        assert_eq!(b.len(), s.grid.len());
        assert_eq!(a[(bed + taken) * column..], b[bed * column..], "what lies outside moves along");
    }
    for f in s.substrates.iter().chain([&s.debris]) {
        assert_eq!(f.len(), s.grid.len());
        assert!(f.iter().all(|x| (x - 0.7).abs() < 1e-12));
    }
    let beds = |s: &State| s.region.iter().filter(|r| **r == Region::Bed).count();
    assert_eq!(beds(&old) - beds(&s), taken * 20, "20 voxels of bed in a column");
    assert_eq!(
        (&s.cells.id, &s.cells.kind, &s.cells.flags),
        (&old.cells.id, &old.cells.kind, &old.cells.flags)
    );
    for (i, (x, x0)) in s.cells.position[0].iter().zip(&old.cells.position[0]).enumerate() {
        let expected = if *x0 >= RADIUS { x0 - H * taken as f64 } else { x0 * w.edge / RADIUS };
        assert!((x - expected).abs() < 1e-9, "cell {i}: {x0} {x} {expected}");
    }
    let far = s.mechanics.parameters().domain.max()[0];
    assert!((far - H * s.grid.n[0] as f64).abs() < 1e-9 && s.cells.position[0].iter().all(|x| *x < far));
}

/// The front that is read off moves with the edge also between two columns: no jump where one is taken out.
#[test]
fn the_front_moves_evenly_across_columns() {
    let plan = plan(&[]);
    let mut s = wounded(&plan, &[50.0, 100.0, 150.0, 200.0]);
    let mut last = RADIUS;
    for _ in 0..400 {
        contract(&plan, &mut s, 2.0).unwrap();
        let mut cover = Cover::default();
        crate::tissue::update_cover(&plan, &s, &mut cover);
        let front = observe::row(&plan, &s, &cover, 0.0).front_now;
        let step = last - front;
        assert!(step > 0.0 && step < 1.0, "{last} {front}");
        last = front;
    }
    assert!(last < RADIUS - 2.0 * H, "{last}");
}

/// Contact inhibition of locomotion at a free edge: cells crawl toward the gap and nowhere else, those behind the first by
/// exp(−d/reach) of their speed with d from their centre to the edge, those beyond three reaches not at all; none before the cut.
#[test]
fn crawling_cells_move_outward_from_the_free_edge_only() {
    let (speed, reach) = (0.02, 30.0);
    let sets = [
        "cell.keratinocyte.crawls=true",
        "cell.keratinocyte.edge_reach=30 um",
        "cell.keratinocyte.speed=0.02 um/min",
        "event.wound.splint=1",
        "event.wound.time=1 h",
    ];
    let plan = plan(&sets);
    let mut t = strip(&plan, &[]);
    let dt = plan.scenario.steps.phenotype;
    t.run_until(60.0, |_| false).unwrap();
    assert!(t.state().wound.is_some());
    assert!(t.state().cells.active.iter().flatten().all(|v| *v == 0.0), "intact skin stands still");
    for _ in 0..5 {
        let before: BTreeMap<u64, f64> =
            t.state().cells.id.iter().copied().zip(t.state().cells.position[0].iter().copied()).collect();
        let rim = before.values().fold(f64::INFINITY, |m, x| m.min(*x)) - 4.0;
        t.run_until(t.time() + dt, |_| false).unwrap();
        let cells = &t.state().cells;
        let mut still = 0;
        for i in 0..cells.len() {
            let d = before[&cells.id[i]] - rim;
            let v = [0, 1, 2].map(|a| cells.active[a][i]);
            let expected = if d > 3.0 * reach { 0.0 } else { -speed * math::exp(-d / reach) };
            assert!((v[0] - expected).abs() < 1e-9, "{d} um behind the edge: {v:?} {expected}");
            assert_eq!([v[1], v[2]], [0.0, 0.0]);
            still += usize::from(v[0] == 0.0);
        }
        assert!(still > 20 && cells.len() - still > 9, "{still} of {}", cells.len());
    }
}
