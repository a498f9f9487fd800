//! Cases of `exoderm validate` that take seconds at most; the others are shared with the engines' own tests or run by
//! `cargo xtask validate`.

#![allow(clippy::unwrap_used)] // tests

use exoderm_study::validation::{self, Settings};

fn holds(names: &[&str]) {
    let names: Vec<String> = names.iter().map(|n| (*n).to_owned()).collect();
    for case in validation::choose(&names, false).unwrap() {
        let outcome = validation::run(&case, &Settings::default());
        assert!(outcome.pass, "{outcome:#?}");
    }
}

#[test]
fn cheap_cases_hold() {
    holds(&["mobility", "thiele-slab", "steps-exocytosis", "steps-active-path", "steps-surface-reactions"]);
    holds(&["steps-pair-binding"]);
}

/// A project of PhysiCell lives as the peer's own runs do.
#[test]
fn a_physicell_project_holds() {
    holds(&["physicell-template"]);
}

/// Every quick case, as a user's `exoderm validate` runs them.
#[test]
#[ignore = "a minute in the dev profile"]
fn quick_cases_hold() {
    let outcomes: Vec<_> = validation::choose(&[], false)
        .unwrap()
        .iter()
        .map(|case| {
            let begin = std::time::Instant::now();
            let outcome = validation::run(case, &Settings::default());
            println!("{} {} ({:.1} s)", case.name, outcome.pass, begin.elapsed().as_secs_f64());
            for row in outcome.rows.iter().filter(|r| !r.pass) {
                println!("    {row:?}");
            }
            outcome
        })
        .collect();
    assert!(outcomes.iter().all(|o| o.pass));
}
