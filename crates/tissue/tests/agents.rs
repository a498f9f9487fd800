//! Cultures: rules by their formula, books, steps that do not matter, the same bits on any number of threads.

#![allow(clippy::unwrap_used, reason = "a test that can't go on fails")]

use exoderm_cell::rules::{Line, Rules};
use exoderm_import::physicell::{Tables, read};
use exoderm_model::agents::{AgentModel, PlacedCell, Rule};
use exoderm_numeric::math;
use exoderm_tissue::agents::{Count, Culture, Events};
use proptest::prelude::*;
use std::path::Path;

/// A small project with everything in it: three types, two substrates, rules, links, eating, attack, fusion.
fn small() -> (AgentModel, Vec<PlacedCell>) {
    let file =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../import/tests/data/physicell/config/settings.xml");
    let model = read(&file).unwrap().model;
    let cells = Tables::read(&model).unwrap().cells;
    (model, cells)
}

fn run(model: &AgentModel, cells: &[PlacedCell], until: f64) -> Culture {
    let mut culture = Culture::new(model, cells, &[]).unwrap();
    culture.advance(until).unwrap();
    culture
}

/// The formula of rule combinations (promoters and inhibitors, shared extremes, responses below the base) on 448 cases
/// reckoned with 60 digits, to 1e-13.
#[test]
fn rules_combine_by_their_formula() {
    let table = include_str!("data/rules.csv");
    let (mut cases, mut worst) = (0, 0.0_f64);
    for row in table.lines().filter(|l| !l.starts_with('#')) {
        let fields: Vec<&str> = row.split(';').collect();
        let number = |t: &str| t.parse::<f64>().unwrap();
        let base = number(fields[0]);
        let signals: Vec<f64> = fields[2].split(' ').map(number).collect();
        let mut columns = Vec::new();
        let mut lines = Vec::new();
        for (rule, k) in fields[1].split('|').zip(0..) {
            let part: Vec<&str> = rule.split(' ').collect();
            columns.push([signals["abc".find(part[1]).unwrap()]]);
            lines.push(Line {
                kind: 0,
                signal: k,
                increases: part[0] == "+",
                behaviour: 0,
                response: number(part[2]),
                half_max: number(part[3]),
                power: number(part[4]),
                dead: false,
                memory: 0.0,
            });
        }
        let rules = Rules::compile(&lines, 1, |_, _| base).unwrap();
        let mut value = [0.0];
        rules.evaluate(0, |s| &columns[usize::from(s)][..], &[false], &mut value).unwrap();
        let expected = number(fields[3]);
        let error = if expected == 0.0 { value[0].abs() } else { (value[0] / expected - 1.0).abs() };
        assert!(error <= 1e-13, "{row}: {}", value[0]);
        worst = worst.max(error);
        cases += 1;
    }
    assert_eq!(cases, 448);
    println!("largest relative error {worst:e}");
}

fn bits(c: &Culture) -> Vec<u64> {
    let mut all = Vec::new();
    for i in c.order() {
        let v = c.cell(i);
        all.extend([v.id, u64::from(v.kind), u64::from(v.phase), v.volume.to_bits(), v.damage.to_bits()]);
        all.extend(v.position.map(f64::to_bits));
        all.extend((0..2).map(|s| c.internal(i, s).to_bits()));
    }
    all.extend((0..2).flat_map(|s| c.field(s).iter().map(|x| x.to_bits())));
    all
}

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

/// A rule reads what is there now: damage above its half-max kills, and only then.
#[test]
fn a_rule_acts_on_its_cells() {
    let (mut model, _) = small();
    model.rules = vec![Rule {
        cell: "tumour".to_owned(),
        signal: "time".to_owned(),
        behaviour: "apoptosis".to_owned(),
        response: 1.0,
        half_max: 20.0,
        power: 40.0,
        ..Rule::default()
    }];
    for t in &mut model.cells {
        t.distributions.clear();
        t.death.apoptosis.rate = 0.0;
        t.death.necrosis.rate = 0.0;
        t.interactions = exoderm_model::agents::Interactions::default();
    }
    let live = |t: f64| run(&model, &[], t).counts()[0].live;
    assert_eq!(live(15.0), 3);
    assert_eq!(live(30.0), 0);
}

/// A memory in a culture: the rate that a pulse of a signal set relaxes by the exponential law, in mothers, daughters and after
/// a checkpoint; a cell of a new type forgets it.
#[test]
fn a_rule_remembers() {
    let (mut model, _) = small();
    let rule = |cell: &str, signal: &str, behaviour: &str, half_max: f64, memory: f64| Rule {
        cell: cell.to_owned(),
        signal: signal.to_owned(),
        behaviour: behaviour.to_owned(),
        response: 10.0,
        half_max,
        power: 1.0,
        memory,
        ..Rule::default()
    };
    // The charge of tumour cells remembers the time, with a half-maximum so low that it is always full.
    model.rules = vec![
        rule("tumour", "time", "custom:charge", 1e-9, 200.0),
        rule("tumour", "time", "transform to tired", 20_000.0, 0.0),
    ];
    model.rules[1].response = 0.5;
    for t in &mut model.cells {
        t.distributions.clear();
        (t.death.apoptosis.rate, t.death.necrosis.rate) = (0.0, 0.0);
        t.interactions = exoderm_model::agents::Interactions::default();
        t.transformations.clear();
        t.cycle.asymmetric.clear();
        t.custom.iter_mut().for_each(|v| v.conserved = false);
    }
    model.initial.random = 60;
    model.steps.end = 130.0;
    model.options.no_springs = true;
    assert!(model.check().is_empty(), "{:?}", model.check());
    let seen = |model: &AgentModel, every: u32| {
        let mut c = Culture::new(model, &[], &[]).unwrap();
        let mut steps = 0;
        let more = |_: f64| {
            steps += 1;
            steps % every != 0
        };
        let mut more = more;
        while !c.advance_while(120.0, &mut more).unwrap() {
            let bytes = postcard::to_stdvec(&c.saved()).unwrap();
            c = Culture::restored(model, &[], postcard::from_bytes(&bytes).unwrap()).unwrap();
        }
        c
    };
    let c = seen(&model, 1_000_000);
    let charge = c.dictionary().behaviour("custom:charge").unwrap();
    let base = model.cells[0].custom.iter().find(|v| v.name == "charge").unwrap().value[0];
    // Nothing is felt at time 0, which the first step sees.
    let h = model.steps.phenotype;
    let steps = (120.0 / h).ceil() - 1.0;
    let exact = base + (10.0 - base) * (1.0 - math::exp(-steps * h / 200.0));
    let (mut tumour, mut others) = (0, 0);
    for i in c.order() {
        let (cell, x) = (c.cell(i), c.behaviour(i, charge));
        if cell.kind == 0 && !cell.outside {
            tumour += 1;
            assert!((x / exact - 1.0).abs() < 1e-8, "{x} {exact}");
        } else {
            others += u32::from(cell.kind == 2);
        }
    }
    let e = c.events();
    assert!(tumour > 30 && others > 60 && e.divisions > 5 && e.changes > 5, "{tumour} {others} {e:?}");
    let parts = seen(&model, 5);
    assert!(bits(&parts) == bits(&c));
    let again =
        exoderm_model::agents::read("m.toml", &exoderm_model::agents::write(&model).unwrap()).unwrap();
    assert_eq!(again.rules, model.rules);
    model.rules[0].memory = -1.0;
    let fault = &model.check()[0];
    assert!(fault.message.contains("`memory` is -1"), "{fault:?}");
}

/// The settings of the small project with the numbers of some elements replaced.
fn twisted(at: &[usize], values: &[&str]) -> String {
    let good = include_str!("../../import/tests/data/physicell/config/settings.xml");
    let good = good.replace("<number_of_cells type=\"int\">", "<number_of_cells>");
    let starts: Vec<usize> = good.match_indices('>').map(|(k, _)| k + 1).collect();
    let number = |k: usize| {
        let rest = &good[k..];
        let end = rest.find('<').unwrap_or(0);
        rest[..end].trim().parse::<f64>().is_ok().then_some((k, k + end))
    };
    let numbers: Vec<(usize, usize)> = starts.iter().filter_map(|&k| number(k)).collect();
    let mut picked: Vec<(usize, usize)> = at.iter().map(|k| numbers[k % numbers.len()]).collect();
    picked.sort_unstable();
    picked.dedup();
    let mut text = good.clone();
    for ((from, to), value) in picked.into_iter().rev().zip(values.iter().cycle()) {
        text.replace_range(from..to, value);
    }
    text
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Whatever numbers a project has, it is refused, runs, or ends with a message.
    #[test]
    fn projects_of_any_numbers_do_not_panic(
        at in prop::collection::vec(0_usize..500, 1..5),
        values in prop::collection::vec(prop::sample::select(vec!["0", "-1", "1e-9", "1e9", "1e300", "0.5", "7", "junk", "-3e5"]), 1..4),
    ) {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../import/tests/data/physicell/config");
        let text = twisted(&at, &values);
        if let Ok(project) = exoderm_import::physicell::parse("settings.xml", &text, &folder) {
            let (m, s) = (&project.model, &project.model.steps);
            let voxels: usize = m.domain.shape().iter().product();
            // What would only take long says nothing more.
            let short = voxels < 10_000 && m.initial.random < 100 && s.diffusion.min(s.mechanics) > 1e-3;
            if short && let Ok(mut c) = Culture::new(m, &[], &[]) {
                let _ = c.advance(2.0);
            }
        }
    }
}
