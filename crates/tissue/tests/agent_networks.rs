//! Networks in cells of a model of agents: exact solution, what they set and read, the same bits on any number of threads,
//! mistakes with their places.
#![allow(missing_docs, clippy::unwrap_used, reason = "a test that can't go on fails")]

use diffsol::{NalgebraLU, NalgebraMat, OdeBuilder, OdeSolverMethod};
use exoderm_import::physicell::{Tables, read};
use exoderm_import::sbml::for_cells;
use exoderm_model::agents::{
    self, AgentInput, AgentModel, AgentNetwork, AgentOutput, PlacedCell, load_networks,
};
use exoderm_model::scenario::NetworkDivision;
use exoderm_numeric::math;
use exoderm_tissue::agents::Culture;
use std::collections::BTreeMap;
use std::path::Path;

const CHAIN: &str = include_str!("data/chain.xml");
/// Made at 6/min, lost at 0.3/min each.
const BIRTH_DEATH: &str = include_str!("data/birth_death.xml");
/// Three species at rates from 0.04 to 3e7 (Robertson).
const ROBERTSON: &str = include_str!("data/robertson.xml");
const SWITCH: &str = include_str!("../../../scenarios/boxes/network-switch.xml");

/// The small project of three types (tumour, hunter, tired) with rules, divisions, deaths and attacks.
fn small() -> (AgentModel, Vec<PlacedCell>) {
    let file =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../import/tests/data/physicell/config/settings.xml");
    let model = read(&file).unwrap().model;
    let cells = Tables::read(&model).unwrap().cells;
    (model, cells)
}

fn network(name: &str, file: &str, cells: &[&str]) -> AgentNetwork {
    AgentNetwork {
        name: name.into(),
        file: file.into(),
        cells: cells.iter().map(|&c| c.into()).collect(),
        tolerance: 1e-6,
        ..AgentNetwork::default()
    }
}

fn output(species: &str, behaviour: &str, scale: f64) -> AgentOutput {
    AgentOutput { species: species.into(), behaviour: behaviour.into(), scale }
}

/// Loads the networks from the texts of this file; gives the model or the mistakes.
fn loaded(mut model: AgentModel, text: &str) -> Result<AgentModel, String> {
    let read = |path: &str| {
        let text = match path {
            "chain.xml" => CHAIN.to_owned(),
            "birth_death.xml" => BIRTH_DEATH.to_owned(),
            "robertson.xml" => ROBERTSON.to_owned(),
            // A hundred molecules that nothing makes or loses.
            "hundred.xml" => BIRTH_DEATH
                .replace("initialAmount=\"3\"", "initialAmount=\"100\"")
                .replace("value=\"0.1\"", "value=\"0\"")
                .replace("value=\"0.005\"", "value=\"0\""),
            _ => SWITCH.to_owned(),
        };
        for_cells(path, &text, &[])
    };
    load_networks(&mut model, "model.toml", text, read).map_err(|e| e.to_string())?;
    Ok(model)
}

/// A chain at 0.05/min follows its exact solution in every living cell of the types that carry it, whether it was there from the start,
/// born since or of a changed type; others have the value of their type.
#[test]
fn a_closed_network_follows_its_exact_solution() {
    let (mut model, cells) = small();
    model.initial.random = 40;
    model.networks = vec![network("n", "chain.xml", &["tumour", "hunter"])];
    model.networks[0].outputs = vec![output("A", "custom:charge", 10.0)];
    assert!(model.check().is_empty(), "{:?}", model.check());
    let mut c = Culture::new(&loaded(model, "").unwrap(), &cells, &[]).unwrap();
    c.advance(60.0).unwrap();
    let h = c.model().steps.phenotype;
    // The first step is taken at time 0, so that the networks stand at the end of the step in progress.
    let steps = (60.0 / h).ceil();
    let exact = 80.0 * math::exp(-0.05 * steps * h);
    let charge = c.dictionary().behaviour("custom:charge").unwrap();
    let mut seen = [0; 3];
    for i in c.order() {
        let (cell, x) = (c.cell(i), c.behaviour(i, charge));
        if cell.dead || cell.outside {
            continue;
        }
        seen[usize::from(cell.kind)] += 1;
        // A cell born in the last step has half of the conserved value until the next one.
        let newborn = cell.elapsed < h && (x / exact - 0.5).abs() < 1e-4;
        assert!(
            cell.kind == 2 || newborn || (x / exact - 1.0).abs() < 1e-4,
            "{}: {x}, exact {exact}",
            cell.kind
        );
    }
    assert!(seen[0] > 10 && seen[1] > 20, "{seen:?}");
}

fn wide() -> (AgentModel, Vec<PlacedCell>) {
    let (mut model, cells) = small();
    (model.domain.low, model.domain.high) = ([-400.0, -400.0, -10.0], [400.0, 400.0, 10.0]);
    model.initial.random = 120;
    let mut n = network("n", "switch.xml", &["tumour", "hunter"]);
    let oxygen = model.substrates[0].name.clone();
    n.inputs = vec![AgentInput { signal: oxygen, parameter: "input".into(), scale: 0.02 }];
    n.outputs = vec![output("A", "apoptosis", 0.1)];
    model.networks = vec![n];
    (model, cells)
}

/// A switch fed by oxygen sets the rate of death: with it cells die that live without it, and 1, 2 and 5 threads give the same bits.
#[test]
fn a_network_reads_signals_and_sets_behaviours() {
    let (model, cells) = wide();
    let apart = |model: &AgentModel, threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let mut c = Culture::new(model, &cells, &[]).unwrap();
            c.advance(60.0).unwrap();
            let apoptosis = c.dictionary().behaviour("apoptosis").unwrap();
            let bits = c.order().into_iter().flat_map(|i| {
                let cell = c.cell(i);
                [cell.id, cell.position[0].to_bits(), c.behaviour(i, apoptosis).to_bits()]
            });
            (bits.collect::<Vec<u64>>(), c.events())
        })
    };
    let with = loaded(model.clone(), "").unwrap();
    let (one, events) = apart(&with, 1);
    let (_, without) = apart(&AgentModel { networks: Vec::new(), ..model }, 1);
    assert!(events.apoptoses > without.apoptoses + 20, "{events:?} {without:?}");
    assert!((one.clone(), events) == apart(&with, 2) && (one, events) == apart(&with, 5));
}

/// Saved between any two steps and gone on with, networks and all: every byte of the state is that of a run in one piece, at each halt
/// and at the end.
#[test]
fn a_culture_with_a_network_goes_on_from_what_was_saved() {
    for adaptive in [false, true] {
        let (mut model, cells) = wide();
        model.options.adaptive = adaptive;
        goes_on(&loaded(model, "").unwrap(), &cells);
    }
}

/// The same where molecules are counted and shared out at division.
#[test]
fn a_culture_that_counts_goes_on_from_what_was_saved() {
    let mut model = counting(NetworkDivision::Binomial);
    model.initial.random = 120;
    // So that some die on the way.
    model.cells.iter_mut().for_each(|t| t.death.apoptosis.rate = 0.003);
    goes_on(&loaded(model, "").unwrap(), &[]);
}

fn goes_on(model: &AgentModel, cells: &[PlacedCell]) {
    let bytes = |c: &Culture| postcard::to_stdvec(&c.saved()).unwrap();
    let (mut whole, mut parts) =
        (Culture::new(model, cells, &[]).unwrap(), Culture::new(model, cells, &[]).unwrap());
    let mut steps = 0;
    let mut halts = 0;
    loop {
        let mut more = |_: f64| {
            steps += 1;
            steps % 5 != 0
        };
        let done = parts.advance_while(40.0, &mut more).unwrap();
        parts = Culture::restored(model, cells, postcard::from_bytes(&bytes(&parts)).unwrap()).unwrap();
        if done {
            break;
        }
        halts += 1;
    }
    whole.advance(40.0).unwrap();
    let e = whole.events();
    assert!(halts > 10 && e.divisions > 0 && e.apoptoses > 0, "{halts} {e:?}");
    let (a, b) = (bytes(&whole), bytes(&parts));
    let first = a.iter().zip(&b).position(|(a, b)| a != b);
    assert!(a == b, "{} and {} bytes, the first that differs is {first:?}", a.len(), b.len());
}

/// A model of many cells that count molecules.
fn counting(division: NetworkDivision) -> AgentModel {
    let (mut model, _) = small();
    (model.domain.low, model.domain.high) = ([-400.0, -400.0, -10.0], [400.0, 400.0, 10.0]);
    model.initial.random = 700;
    let mut n = network("n", "birth_death.xml", &["tumour", "hunter", "tired"]);
    (n.exact, n.division) = (true, division);
    n.outputs = vec![output("X", "custom:charge", 1.0)];
    model.networks = vec![n];
    for t in &mut model.cells {
        t.custom.iter_mut().for_each(|v| v.conserved = false);
    }
    model
}

fn numbers(model: &AgentModel, until: f64, threads: usize) -> Vec<(u64, f64, bool)> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    pool.install(|| {
        let mut c = Culture::new(model, &[], &[]).unwrap();
        c.advance(until).unwrap();
        let charge = c.dictionary().behaviour("custom:charge").unwrap();
        let of = |i: usize| (c.cell(i).id, c.behaviour(i, charge), c.cell(i).dead || c.cell(i).outside);
        c.order().into_iter().map(of).collect()
    })
}

/// Counted event by event, birth and death are Poisson at rest (mean and variance 20 within 4 standard errors); numbers are whole,
/// and 1, 2 and 5 threads give the same bits.
#[test]
fn molecules_in_cells_are_poisson() {
    let mut model = counting(NetworkDivision::Copy);
    model.rules.clear();
    for t in &mut model.cells {
        t.cycle.rates.clear();
    }
    let model = loaded(model, "").unwrap();
    let one = numbers(&model, 60.0, 1);
    let x: Vec<f64> = one.iter().filter(|c| !c.2).map(|c| c.1).collect();
    let n = x.len() as f64;
    let mean = x.iter().sum::<f64>() / n;
    let variance = x.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / (n - 1.0);
    assert!(n > 500.0 && x.iter().all(|x| *x == x.trunc()), "{n}");
    let expected = 20.0;
    assert!((mean - expected).abs() < 4.0 * (expected / n).sqrt(), "{mean}");
    // Of a Poisson number the variance of the variance is (m + 2 m²)/n.
    assert!(
        (variance - expected).abs() < 4.0 * ((expected + 2.0 * expected * expected) / n).sqrt(),
        "{variance}"
    );
    assert!(one == numbers(&model, 60.0, 2) && one == numbers(&model, 60.0, 5));
}

/// At division each molecule goes to either daughter with equal chance: of 100 that nothing makes or loses a daughter of the first
/// division has np = 50 with variance np(1 − p) = 25, both within 4 standard errors, and both together have all.
#[test]
fn molecules_are_shared_out_binomially() {
    let mut model = counting(NetworkDivision::Binomial);
    model.networks[0].file = "hundred.xml".into();
    model.rules.clear();
    for t in &mut model.cells {
        t.interactions = exoderm_model::agents::Interactions::default();
        t.cycle.asymmetric.clear();
        t.cycle.rates.iter_mut().for_each(|r| r.rate = 0.01);
        t.transformations.clear();
    }
    let mut c = Culture::new(&loaded(model, "").unwrap(), &[], &[]).unwrap();
    c.advance(90.0).unwrap();
    let h = c.model().steps.phenotype;
    let charge = c.dictionary().behaviour("custom:charge").unwrap();
    let mut families: BTreeMap<u64, Vec<(f64, bool)>> = BTreeMap::new();
    for i in c.order() {
        let cell = c.cell(i);
        // What a network shows of a daughter follows at her next step.
        let good = !cell.dead && !cell.outside && cell.elapsed > 1.5 * h;
        families.entry(cell.lineage).or_default().push((c.behaviour(i, charge), good));
    }
    let pairs: Vec<f64> = families
        .values()
        .filter(|f| f.len() == 2 && f.iter().all(|x| x.1))
        .map(|f| {
            assert_eq!(f[0].0 + f[1].0, 100.0, "all are there");
            f[0].0
        })
        .collect();
    let n = pairs.len() as f64;
    assert!(n > 200.0, "{n} families");
    let mean = pairs.iter().sum::<f64>() / n;
    let variance = pairs.iter().map(|x| (x - 50.0) * (x - 50.0)).sum::<f64>() / n;
    assert!((mean - 50.0).abs() < 4.0 * (25.0 / n).sqrt(), "{mean}");
    // The fourth moment of Bin(100, 1/2) is 3·25² − 2·25·(1/4): that of a variance is less than 2·25²/n.
    assert!((variance - 25.0).abs() < 4.0 * 25.0 * (2.0 / n).sqrt(), "{variance}");
}

/// A stiff network (Robertson: rates from 0.04 to 3e7) in a cell of a model of agents, taken from phenotype step to phenotype step,
/// against the BDF of diffsol at a tight tolerance.
#[test]
fn a_stiff_network_in_a_cell_agrees_with_diffsol() {
    let (mut model, _) = small();
    model.initial.random = 1;
    model.rules.clear();
    model.steps.phenotype = 4.0;
    for t in &mut model.cells {
        t.cycle.rates.clear();
        t.death.apoptosis.rate = 0.0;
        t.death.necrosis.rate = 0.0;
        t.motility.moves = false;
        t.custom.iter_mut().for_each(|v| v.conserved = false);
    }
    let mut n = network("n", "robertson.xml", &["tumour", "hunter", "tired"]);
    n.tolerance = 1e-8;
    n.time_unit = Some(1.0);
    n.outputs = vec![output("A", "custom:charge", 1.0)];
    model.networks = vec![n];
    let mut c = Culture::new(&loaded(model, "").unwrap(), &[], &[]).unwrap();
    c.advance(37.0).unwrap();
    // Ten steps, the first at time 0.
    let problem = OdeBuilder::<NalgebraMat<f64>>::new()
        .rtol(1e-10)
        .atol([1e-14])
        .p([0.04, 1e4, 3e7])
        .rhs_implicit(
            |x, p, _t, y| {
                y[0] = -p[0] * x[0] + p[1] * x[1] * x[2];
                y[2] = p[2] * x[1] * x[1];
                y[1] = -y[0] - y[2];
            },
            |x, p, _t, v, y| {
                y[0] = -p[0] * v[0] + p[1] * (v[1] * x[2] + x[1] * v[2]);
                y[2] = 2.0 * p[2] * x[1] * v[1];
                y[1] = -y[0] - y[2];
            },
        )
        .init(
            |_p, _t, y| {
                y[0] = 1.0;
                y[1] = 0.0;
                y[2] = 0.0;
            },
            3,
        )
        .build()
        .unwrap();
    let mut solver = problem.bdf::<NalgebraLU<f64>>().unwrap();
    let (reference, ..) = solver.solve_dense(&[40.0]).unwrap();
    let charge = c.dictionary().behaviour("custom:charge").unwrap();
    let living: Vec<usize> = c.order().into_iter().filter(|&i| !c.cell(i).dead).collect();
    assert!(!living.is_empty());
    for i in living {
        let (got, expected) = (c.behaviour(i, charge), reference[(0, 0)]);
        assert!((got / expected - 1.0).abs() < 1e-6, "{got} {expected}");
    }
}

/// What makes no sense event by event is told: amounts that are not whole, sharing out what is not counted.
#[test]
fn what_cannot_be_counted_is_told() {
    let mut model = counting(NetworkDivision::Binomial);
    model.networks[0].exact = false;
    assert!(model.check().iter().any(|f| f.message.contains("it goes with `exact = true`")));
    model.networks[0].exact = true;
    model.networks[0].explicit = true;
    assert!(model.check().iter().any(|f| f.message.contains("`exact` has none")));
    model.networks[0].explicit = false;
    let text = agents::write(&model).unwrap();
    let half = BIRTH_DEATH.replace("initialAmount=\"3\"", "initialAmount=\"3.5\"");
    let told =
        load_networks(&mut model, "model.toml", &text, |path| for_cells(path, &half, &[])).unwrap_err();
    assert!(told.to_string().contains("can't be simulated event by event"), "{told}");
}

/// Names are told with file, line and the nearest valid one; a behaviour has one master; a model survives writing.
#[test]
fn mistakes_are_told_with_their_place() {
    let (model, _) = wide();
    let text = agents::write(&model).unwrap();
    let again = agents::read("model.toml", &text).unwrap();
    assert_eq!(again, model);
    let line = |text: &str, what: &str| 1 + text.lines().position(|l| l.contains(what)).unwrap();
    // What the model alone says.
    for (from, to, message) in [
        ("behaviour = \"apoptosis\"", "behaviour = \"apoptsis\"", "nearest: `apoptosis`"),
        ("cells = [\"tumour\", \"hunter\"]", "cells = [\"tumor\", \"hunter\"]", "nearest: `tumour`"),
        ("behaviour = \"apoptosis\"", "behaviour = \"cycle entry\"", "is set by a rule as well"),
    ] {
        let at = text.rfind(from).unwrap();
        let wrong = format!("{}{to}{}", &text[..at], &text[at + from.len()..]);
        let told = agents::read("model.toml", &wrong).unwrap_err().to_string();
        assert!(told.contains(message), "{told}");
        let on = 1 + text[..at].matches('\n').count();
        assert!(told.contains(&format!("model.toml:{on}:")), "{on}: {told}");
    }
    // What only its file can say.
    for (from, to, message) in [
        ("parameter = \"input\"", "parameter = \"inptu\"", "nearest: `input`"),
        ("parameter = \"input\"", "parameter = \"A\"", "`A` can't follow a signal"),
        ("species = \"A\"", "species = \"AB\"", "nearest: `A`"),
        (
            "explicit = false",
            "explicit = false\ntime_unit = 2.0",
            "`time_unit` is 2 min, but the file counts time in 1 min",
        ),
    ] {
        let wrong = text.replacen(from, to, 1);
        assert_ne!(wrong, text, "{from}");
        let model = agents::read("model.toml", &wrong).unwrap();
        let told = loaded(model, &wrong).unwrap_err();
        let key = to.lines().last().unwrap();
        assert!(
            told.contains(message) && told.contains(&format!("model.toml:{}:", line(&wrong, key))),
            "{told}"
        );
    }
    // A culture does not begin without the file.
    let told = Culture::new(&model, &[], &[]).unwrap_err().to_string();
    assert!(told.contains("the file of the network `n` was not read"), "{told}");
}
