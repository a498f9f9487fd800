//! Rules: their formula, what they read, what they remember.

use crate::{bits, run, small};
use exoderm_cell::rules::{Line, Rules};
use exoderm_model::agents::{AgentModel, Rule};
use exoderm_numeric::math;
use exoderm_tissue::agents::Culture;

/// The formula of rule combinations (promoters and inhibitors, shared extremes, responses below the base) on 448 cases
/// reckoned with 60 digits, to 1e-13.
#[test]
fn rules_combine_by_their_formula() {
    let table = include_str!("../data/rules.csv");
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
