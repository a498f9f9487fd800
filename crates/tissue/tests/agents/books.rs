//! What balances: cells, amounts, times.

use crate::{run, small};
use exoderm_model::agents::PlacedCell;
use exoderm_tissue::agents::{Count, Culture, Events};

/// Who was there, came and went is who is there; every cell in its place.
#[test]
fn no_cell_is_lost_or_doubled() {
    let (mut model, cells) = small();
    model.initial.random = 20;
    model.steps.end = 2000.0;
    let mut c = Culture::new(&model, &cells, &[]).unwrap();
    for k in 1..=8 {
        c.advance(40.0 * f64::from(k)).unwrap();
        let e = c.events();
        let there: u64 = c.counts().iter().map(|c| c.live + c.apoptotic + c.necrotic).sum();
        assert_eq!(there + e.removals + e.meals + e.fusions, 62 + e.divisions, "{e:?}");
    }
    let e = c.events();
    assert!(e.meals > 0 && e.fusions > 0 && e.apoptoses > 0 && e.changes > 0 && e.divisions > 0, "{e:?}");
    assert!(c.order().iter().all(|&i| c.cell(i).position[2] == 0.0), "a flat domain stays flat");
}

/// A closed box, cells that take up and give off and keep account: what left the substrate is in them.
#[test]
fn amounts_balance() {
    let (mut model, cells) = small();
    model.rules.clear();
    model.substrates[0].faces = exoderm_model::agents::Faces::default();
    model.substrates[0].decay = 0.0;
    for t in &mut model.cells {
        t.death.apoptosis.rate = 0.0;
        t.death.necrosis.rate = 0.0;
        t.interactions = exoderm_model::agents::Interactions::default();
        t.distributions.clear();
    }
    let c = run(&model, &cells, 30.0);
    let voxel = 8000.0;
    let field: f64 = c.field(0).iter().sum::<f64>() * voxel;
    let inside: f64 = c.order().iter().map(|&i| c.internal(i, 0)).sum();
    let start = 38.0 * voxel * 80.0;
    assert!(inside > 0.0 && ((field + inside) / start - 1.0).abs() < 1e-7, "{field} {inside} {start}");
}

/// The books of a substrate close in a closed box, with decay, uptake and secretion each booked by itself; with split
/// steps, where decay is what is left, it is that of backward Euler. A held face is told.
#[test]
fn the_books_of_substrates_close() {
    let (mut model, cells) = small();
    model.substrates[0].faces = exoderm_model::agents::Faces::default();
    model.substrates[0].decay = 0.02;
    for s in 0..model.substrates.len() {
        let b = run(&model, &cells, 30.0).balance(s);
        let (taken, decayed) = (b.taken.unwrap(), b.decayed.unwrap());
        let all = b.start + b.given;
        assert!(b.held || b.rest.abs() <= 1e-7 * all, "{b:?}");
        assert!(all == 0.0 || (taken >= 0.0 && decayed > 0.0 && b.end > 0.0), "{b:?}");
    }
    let mut alone = model.clone();
    for t in &mut alone.cells {
        t.exchange.clear();
    }
    alone.rules.clear();
    alone.options.split = true;
    let c = run(&alone, &cells, 30.0);
    let b = c.balance(0);
    let dt = alone.steps.diffusion;
    let step = 1.0 + dt * 0.02 / 2.0;
    let left = exoderm_numeric::math::pow(step * step, -(30.0 / dt).round());
    assert!((b.rest / (b.start * (1.0 - left)) - 1.0).abs() < 1e-2, "{b:?} {left}");
    assert!(b.taken == Some(0.0) && b.decayed.is_none());
    model.substrates[0].faces.xmin = Some(38.0);
    let b = run(&model, &cells, 30.0).balance(0);
    assert!(b.held && b.rest < 0.0, "more comes in than goes out: {b:?}");
}

/// What a cell senses does not depend on the step: no bias of splitting. Ten times the step, the same steady state.
#[test]
fn uptake_has_no_bias_of_the_step() {
    let sensed = |step: f64| {
        let (mut model, _) = small();
        model.rules.clear();
        model.options.internalize = false;
        model.steps.diffusion = step;
        model.steps.mechanics = step;
        model.cells.truncate(1);
        model.cells[0].distributions.clear();
        model.cells[0].mechanics.adhesion = 0.0;
        model.cells[0].mechanics.repulsion = 0.0;
        model.cells[0].death.apoptosis.rate = 0.0;
        model.cells[0].death.necrosis.rate = 0.0;
        model.cells[0].mechanics.affinities.clear();
        model.initial.random = 0;
        let place = |x: f64, y: f64| PlacedCell { at: [x, y, 0.0], ..PlacedCell::default() };
        let cells: Vec<PlacedCell> =
            (0..60).map(|k| place(f64::from(k % 10) * 4.0 - 18.0, f64::from(k / 10) * 4.0 - 10.0)).collect();
        let c = run(&model, &cells, 4.0);
        c.field(0).iter().copied().fold(f64::INFINITY, f64::min)
    };
    let (fine, coarse) = (sensed(0.02), sensed(0.2));
    assert!(fine < 36.0 && (fine / coarse - 1.0).abs() < 1e-6, "{fine} {coarse}");
}

/// One type that only divides at a rate grows exponentially; one that only dies goes through its death in its time.
#[test]
fn growth_and_death_take_their_time() {
    let (mut model, _) = small();
    model.rules.clear();
    model.substrates.clear();
    model.cells.drain(..1);
    model.cells.truncate(1);
    let t = &mut model.cells[0];
    t.cycle.asymmetric.clear();
    t.transformations.clear();
    t.interactions = exoderm_model::agents::Interactions::default();
    t.motility.sensitivities.clear();
    t.motility.moves = false;
    t.mechanics.affinities.clear();
    t.exchange.clear();
    t.death.apoptosis.rate = 0.0;
    t.death.necrosis.rate = 0.0;
    t.cycle.rates[0].rate = 0.002;
    (t.mechanics.adhesion, t.mechanics.repulsion) = (0.0, 0.0);
    model.options.wall = false;
    model.domain.low = [-4000.0, -4000.0, -10.0];
    model.domain.high = [4000.0, 4000.0, 10.0];
    (model.initial.random, model.steps.mechanics, model.steps.diffusion) = (400, 3.0, 3.0);
    model.steps.end = 1000.0;
    let c = run(&model, &[], 600.0);
    // Linear chances: (1 + rate h)^steps; a first step falls on the start.
    let (mut expected, mut k) = (400.0, 0);
    while f64::from(k) * 3.0 < 600.0 {
        expected *= 1.006;
        k += 1;
    }
    let n = c.counts()[0].live as f64;
    // Yule: the variance of the final number is about its square over the founders.
    assert!((n - expected).abs() < 4.0 * expected / 20.0, "{n} {expected}");

    model.cells[0].cycle.rates[0].rate = 0.0;
    model.cells[0].death.apoptosis.rate = 1.0;
    model.steps.phenotype = 1.0;
    model.steps.diffusion = 1.0;
    let until = |t: f64| run(&model, &[], t);
    let early = until(510.0);
    assert_eq!(early.counts()[0], Count { live: 0, apoptotic: 400, necrotic: 0 });
    assert_eq!(early.events(), Events { apoptoses: 400, strays: early.events().strays, ..Events::default() });
    let volume = early.cell(early.order()[0]).volume;
    assert!(volume < 0.2 * 2000.0, "it shrank, {volume}");
    assert_eq!(until(520.0).counts()[0], Count::default(), "gone after its 516 min");
}
