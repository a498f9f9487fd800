//! A network of ten species in each of 100,000 cells, by a phenotype step of a whole tissue.
//!
//!     cargo bench -p exoderm-tissue --bench networks
//!
//! The network is a cascade of ten saturable stages; the last one holds the first back, and its input (a field with a gradient) is
//! modulated once an hour, so that no cell comes to rest. What is timed is the phenotype loop of the tissue as its own clock has
//! it: sensing, gathering and scattering included, mechanics and fields not. The same tissue without a network, and the
//! same network by the stepper alone, stand beside it; so does a network of two reactions taken event by event.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)] // a bench

#[path = "../tests/common/mod.rs"]
mod common;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use exoderm_import::sbml::for_cells;
use exoderm_kinetics::explicit::Explicit;
use exoderm_kinetics::implicit::{Implicit, Method};
use exoderm_kinetics::population::{Population, Stepper, Tolerance};
use exoderm_kinetics::system::System;
use exoderm_model::scenario::{ArmKind, Scenario};
use exoderm_model::{NetworkFile, Networks};
use exoderm_tissue::Tissue;
use std::sync::Arc;
use std::time::Duration;

const CELLS: usize = 100_000;
/// Births at 6/min, deaths at 0.3/min and molecule: 20 molecules and 12 events a minute in a cell at rest.
const BIRTH_DEATH: &str = include_str!("../tests/data/birth_death.xml");
/// Events of a cell in a phenotype step.
const EVENTS: u64 = 72;
/// Phenotype step (min).
const STEP: f64 = 6.0;

/// The cascade in SBML, in minutes.
fn cascade() -> String {
    const M: &str = "<math xmlns=\"http://www.w3.org/1998/Math/MathML\">";
    let ci = |n: &str| format!("<ci>{n}</ci>");
    let op = |o: &str, a: &[String]| format!("<apply><{o}/>{}</apply>", a.concat());
    let cn = |x: f64| format!("<cn>{x}</cn>");
    let time =
        "<csymbol encoding=\"text\" definitionURL=\"http://www.sbml.org/sbml/symbols/time\">t</csymbol>"
            .to_owned();
    let (mut species, mut reactions) = (String::new(), String::new());
    for i in 1..=10 {
        let own = format!("x{i}");
        species += &format!(
            "<species id=\"{own}\" compartment=\"c\" initialAmount=\"0.1\" hasOnlySubstanceUnits=\"true\" boundaryCondition=\"false\" constant=\"false\"/>"
        );
        let drive = if i == 1 {
            let wave = op(
                "plus",
                &[cn(1.0), op("times", &[cn(0.5), op("sin", &[op("times", &[cn(0.1047), time.clone()])])])],
            );
            let held = op(
                "plus",
                &[
                    cn(1.0),
                    op("power", &[op("divide", &[ci("x10"), cn(0.2)]), "<cn type=\"integer\">2</cn>".into()]),
                ],
            );
            op("divide", &[op("times", &[ci("u"), wave]), held])
        } else {
            ci(&format!("x{}", i - 1))
        };
        let on = op(
            "divide",
            &[
                op("times", &[ci("k"), op("minus", &[cn(1.0), ci(&own)]), drive.clone()]),
                op("plus", &[ci("K"), drive]),
            ],
        );
        let off = op("times", &[ci("d"), ci(&own)]);
        for (name, list, law) in [("on", "listOfProducts", on), ("off", "listOfReactants", off)] {
            reactions += &format!(
                "<reaction id=\"{name}{i}\" reversible=\"false\" fast=\"false\"><{list}><speciesReference species=\"{own}\" \
                 stoichiometry=\"1\" constant=\"true\"/></{list}><kineticLaw>{M}{law}</math></kineticLaw></reaction>"
            );
        }
    }
    let parameter = |id: &str, v: f64| format!("<parameter id=\"{id}\" value=\"{v}\" constant=\"true\"/>");
    let parameters =
        [("u", 1.0), ("k", 0.5), ("K", 0.3), ("d", 0.2)].map(|(id, v)| parameter(id, v)).concat();
    format!(
        "<sbml xmlns=\"http://www.sbml.org/sbml/level3/version1/core\" level=\"3\" version=\"1\"><model id=\"cascade\">\
         <listOfCompartments><compartment id=\"c\" size=\"1\" constant=\"true\"/></listOfCompartments>\
         <listOfSpecies>{species}</listOfSpecies><listOfParameters>{parameters}</listOfParameters>\
         <listOfReactions>{reactions}</listOfReactions></model></sbml>"
    )
}

const BOX: &str = r#"
format = 1
[run]
horizon = "1000 d"
[tissue]
kind = "box"
size = ["800 um", "800 um", "800 um"]
voxel = "40 um"
[substrate.factor]
unit = "1"
diffusion = "80 um^2/s"
decay = "0.002 1/s"
resting = 0
boundary = { x_min = { value = 2 } }
[mechanics]
stiffness = "1 1/min"
[cell.a]
place = "free"
radius = "5 um"
[place.a]
cell = "a"
count = 100000
[steps]
phenotype = "6 min"
transport = "6 h"
[record]
series = "1000 d"
"#;

fn scenario(network: &str) -> Arc<Scenario> {
    let files = vec![
        NetworkFile { path: "cascade.xml".into(), text: cascade() },
        NetworkFile { path: "birth_death.xml".into(), text: BIRTH_DEATH.into() },
    ];
    let networks = Networks { files, read: Some(for_cells) };
    common::try_scenario(&format!("{BOX}{network}"), &[], networks).unwrap_or_else(|e| panic!("{e}"))
}

fn tissue(network: &str) -> Tissue {
    let mut t = common::tissue(&scenario(network), ArmKind::Untreated, 0);
    t.run_until(10.0 * STEP, |_| false).unwrap();
    t
}

/// Time of the phenotype loop over so many steps.
fn phenotype(t: &mut Tissue, steps: u64) -> Duration {
    let before = t.clock().phenotype;
    t.run_until(t.time() + steps as f64 * STEP, |_| false).unwrap();
    t.clock().phenotype - before
}

fn in_a_tissue(c: &mut Criterion) {
    let mut group = c.benchmark_group("networks in cells, phenotype step of 6 min");
    group.throughput(Throughput::Elements(CELLS as u64)).sample_size(10);
    let section = |method: &str, tolerance: &str| {
        format!(
            "[network.n]\nfile = \"cascade.xml\"\ncells = [\"a\"]\ntime_unit = \"1 min\"\ninputs.u = {{ signal = \
             \"substrate:factor\" }}\nrecord = [\"x10\"]\nmethod = \"{method}\"\ntolerance = {tolerance}\n"
        )
    };
    for (name, network) in [
        ("no network, cell-updates", String::new()),
        ("ten species, explicit 1e-3, cell-updates", section("explicit", "1e-3")),
        ("ten species, explicit 1e-5, cell-updates", section("explicit", "1e-5")),
        ("ten species, implicit 1e-3, cell-updates", section("implicit", "1e-3")),
        ("ten species, implicit 1e-5, cell-updates", section("implicit", "1e-5")),
    ] {
        let mut t = tissue(&network);
        group.bench_function(name, |b| b.iter_custom(|steps| phenotype(&mut t, steps)));
    }
    let exact =
        "[network.n]\nfile = \"birth_death.xml\"\ncells = [\"a\"]\nrecord = [\"X\"]\nmethod = \"exact\"\n";
    let mut t = tissue(exact);
    group.bench_function("birth and death by event, cell-updates", |b| {
        b.iter_custom(|steps| phenotype(&mut t, steps));
    });
    group.throughput(Throughput::Elements(EVENTS * CELLS as u64));
    group.bench_function("birth and death by event, events", |b| {
        b.iter_custom(|steps| phenotype(&mut t, steps));
    });
    group.finish();
}

fn alone(c: &mut Criterion) {
    fn advance(p: &mut Population, system: &System, stepper: &mut impl Stepper, time: &mut f64) {
        p.advance(system, stepper, *time, *time + STEP).unwrap();
        *time += STEP;
    }
    let mut group = c.benchmark_group("networks alone, interval of 6 min");
    group.throughput(Throughput::Elements(CELLS as u64)).sample_size(10);
    let network = for_cells("cascade.xml", &cascade(), &[]).unwrap().network;
    let u = network.parameters.iter().position(|p| p.name == "u").unwrap();
    let system = System::new(&network).unwrap();
    let population = || {
        let mut p = Population::new(&system, CELLS);
        // A decay by e over 200 of 800 um, as in the box, and neighbours beside each other.
        for i in 0..CELLS {
            p.set_parameter(i, u, 2.0 * exoderm_numeric::math::exp(-4.0 * i as f64 / CELLS as f64));
        }
        p
    };
    let tolerance = Tolerance { relative: 1e-5, absolute: 1e-10 };
    let (mut p, mut time) = (population(), 0.0);
    let mut stepper = Explicit::new(&system, tolerance);
    group.bench_function("ten species, explicit 1e-5, cells", |b| {
        b.iter(|| advance(&mut p, &system, &mut stepper, &mut time));
    });
    let (mut p, mut time) = (population(), 0.0);
    let mut stepper = Implicit::new(&system, tolerance, Method::RODAS3);
    group.bench_function("ten species, implicit 1e-5, cells", |b| {
        b.iter(|| advance(&mut p, &system, &mut stepper, &mut time));
    });
    group.finish();
}

criterion_group!(benches, in_a_tissue, alone);
criterion_main!(benches);
