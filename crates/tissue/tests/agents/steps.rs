//! Steps, threads, order in memory and saving: what must not matter.

use crate::{bits, run, small};
use exoderm_model::agents::PlacedCell;
use exoderm_tissue::agents::Culture;

/// With division, death, walks, links, eating and attack on: the same bits on one, two and five threads.
#[test]
fn threads_do_not_matter() {
    let (mut model, cells) = small();
    (model.domain.low, model.domain.high) = ([-600.0, -600.0, -10.0], [600.0, 600.0, 10.0]);
    model.initial.random = 900;
    model.options.no_springs = false;
    let run = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let c = run(&model, &cells, 15.0);
            (bits(&c), c.events())
        })
    };
    let (one, events) = run(1);
    assert!(
        one.len() > 8 * 2500 && events.divisions > 5 && events.meals > 5 && events.attacks > 5,
        "{events:?}"
    );
    assert!((one.clone(), events) == run(2) && (one, events) == run(5));
}

/// Moves lengthen where cells eat, attack, fuse and link too: as many of each happen as at the model's own step, and the same
/// on any number of threads.
#[test]
fn steps_adapt_where_cells_act() {
    let (mut model, cells) = small();
    model.initial.random = 60;
    (model.domain.low, model.domain.high) = ([-300.0, -300.0, -10.0], [300.0, 300.0, 10.0]);
    model.options.no_springs = false;
    model.steps.phenotype = 6.0;
    model.rules.clear();
    for t in &mut model.cells {
        let i = &mut t.interactions;
        let tables = [&mut i.eat, &mut i.attack, &mut i.fuse];
        tables.into_iter().flat_map(|t| t.values_mut()).for_each(|rate| *rate *= 0.1);
        i.eat_apoptotic *= 0.1;
        i.eat_necrotic *= 0.1;
        i.attack_duration = 30.0;
        t.mechanics.attachment_rate *= 0.05;
        t.mechanics.detachment_rate *= 0.05;
        t.motility.speed *= 0.25;
        t.motility.persistence = 60.0;
    }
    let mut all = |adaptive: bool| {
        let (mut counts, mut moves) = ([0.0; 4], 0);
        for seed in 1..=12 {
            model.options.adaptive = adaptive;
            model.seed = seed;
            let c = run(&model, &cells, 60.0);
            let e = c.events();
            let links = c.spring_links().count() as u64;
            for (sum, x) in counts.iter_mut().zip([e.meals, e.attacks, e.fusions, links]) {
                *sum += x as f64;
            }
            moves += c.moves();
        }
        (counts, moves)
    };
    let (fixed, short) = all(false);
    let (own, long) = all(true);
    println!("{fixed:?} in {short} moves, {own:?} in {long}");
    assert!(4 * long < 3 * short, "{long} of {short} moves");
    for (a, b) in fixed.into_iter().zip(own) {
        assert!((a - b).abs() < 4.0 * (a + b).sqrt(), "{fixed:?} {own:?}");
    }
    let five = rayon::ThreadPoolBuilder::new().num_threads(5).build().unwrap();
    let one = bits(&run(&model, &cells, 30.0));
    assert!(five.install(|| bits(&run(&model, &cells, 30.0))) == one);
}

/// Memory is sorted in space on the way: neighbours lie near each other, although they came in any order.
#[test]
fn memory_is_sorted_in_space() {
    let (mut model, cells) = small();
    model.initial.random = 900;
    (model.domain.low, model.domain.high) = ([-600.0, -600.0, -10.0], [600.0, 600.0, 10.0]);
    let c = run(&model, &cells, 1.0);
    let order = c.order();
    let apart = |place: &dyn Fn(usize) -> usize| {
        let pairs = order.iter().flat_map(|&i| c.neighbours_of(i).map(move |j| (i, j)));
        let distances: Vec<f64> = pairs.map(|(i, j)| place(i).abs_diff(place(j)) as f64).collect();
        distances.iter().sum::<f64>() / distances.len() as f64
    };
    let by_id = apart(&|i| c.cell(i).id as usize);
    let here = apart(&|i| i);
    assert!(here < 0.15 * by_id, "{here} {by_id}");
}

/// Saved between any two steps and gone on with, a culture has the same bits, divisions, deaths, links and walks among them.
#[test]
fn a_culture_goes_on_from_what_was_saved() {
    let (mut model, cells) = small();
    model.initial.random = 60;
    model.options.no_springs = false;
    for adaptive in [false, true] {
        model.options.adaptive = adaptive;
        let whole = run(&model, &cells, 40.0);
        let (e, mut halts, mut steps) = (whole.events(), 0, 0);
        assert!(e.divisions > 0 && e.apoptoses + e.necroses > 0 && e.meals > 0, "{e:?}");
        let mut c = Culture::new(&model, &cells, &[]).unwrap();
        loop {
            let more = |_| {
                steps += 1;
                steps % 7 != 0
            };
            if c.advance_while(40.0, more).unwrap() {
                break;
            }
            let bytes = postcard::to_stdvec(&c.saved()).unwrap();
            c = Culture::restored(&model, &cells, postcard::from_bytes(&bytes).unwrap()).unwrap();
            halts += 1;
        }
        assert!(halts > 5, "{halts}");
        assert!(bits(&c) == bits(&whole) && c.events() == whole.events(), "{:?}", c.events());
    }
    let saved = run(&model, &cells, 1.0).saved();
    model.cells.pop();
    assert!(Culture::restored(&model, &[], saved).is_err(), "of another model");
}

/// Steps that adapt: as near to short steps as their error says, in fewer; and the same bits on any number of threads.
#[test]
fn steps_adapt_to_what_moves() {
    let (mut model, _) = small();
    model.rules.clear();
    model.cells.truncate(1);
    let t = &mut model.cells[0];
    t.interactions = exoderm_model::agents::Interactions::default();
    t.distributions.clear();
    t.motility.moves = false;
    t.mechanics.affinities.clear();
    t.death.apoptosis.rate = 0.0;
    t.death.necrosis.rate = 0.0;
    model.options.no_springs = true;
    model.options.wall = false;
    (model.domain.low, model.domain.high) = ([-300.0, -300.0, -10.0], [300.0, 300.0, 10.0]);
    model.initial.random = 0;
    model.steps.diffusion = 0.02;
    model.steps.phenotype = 6.0;
    let cells: Vec<PlacedCell> = (0..240)
        .map(|k| {
            // Out of line: a straight row that is pressed gives way to either side.
            let (u, v) = (f64::from(k * 37 % 11) * 0.4, f64::from(k * 53 % 7) * 0.6);
            let (x, y) = (f64::from(k % 20) * 13.0 - 125.0 + u, f64::from(k / 20) * 13.0 - 75.0 + v);
            PlacedCell { at: [x, y, 0.0], ..PlacedCell::default() }
        })
        .collect();
    let places = |adaptive: bool, mechanics: f64| {
        let mut model = model.clone();
        model.options.adaptive = adaptive;
        model.steps.mechanics = mechanics;
        let mut c = Culture::new(&model, &cells, &[]).unwrap();
        let mut steps = 0;
        c.advance_while(60.0, |_| {
            steps += 1;
            true
        })
        .unwrap();
        let at: Vec<(u64, [f64; 3])> =
            c.order().iter().map(|&i| (c.cell(i).id, c.cell(i).position)).collect();
        (at, steps, bits(&c))
    };
    let (exact, ..) = places(false, 0.02);
    let (own, steps, one) = places(true, 0.1);
    assert!(steps < 30, "{steps} steps of cells");
    assert_eq!(exact.len(), own.len(), "divisions are the same");
    let moved = exact.iter().zip(&cells).map(|(e, c)| (e.1[0] - c.at[0]).abs()).fold(0.0, f64::max);
    let worst = exact
        .iter()
        .zip(&own)
        .map(|(a, b)| (0..3).map(|k| (a.1[k] - b.1[k]).abs()).fold(0.0, f64::max))
        .fold(0.0, f64::max);
    println!("{} cells, moved up to {moved:.2} um, {worst:.4} um apart, {steps} steps", own.len());
    assert!(moved > 2.0 && worst < 0.2, "{moved} {worst}");
    let five = rayon::ThreadPoolBuilder::new().num_threads(5).build().unwrap();
    assert!(five.install(|| places(true, 0.1).2) == one);
}
