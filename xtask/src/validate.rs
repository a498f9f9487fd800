//! Runs all validation cases, long ones too, prints them and writes docs/validation/results.md.

use exoderm_report::terminal::{validation_case, validation_markdown};
use exoderm_study::validation;
use std::time::Instant;

const HEAD: &str = "# Validation: results

Written by `cargo xtask validate` (release build); do not edit. `exoderm validate` runs the quick cases on any machine,
`exoderm validate --case NAME` one of them. Seeds are fixed: the same numbers come out on every machine. Errors of
stochastic cases are counted in standard errors (SE); with several hundred rows a few between 2 and 3 SE are expected.
A row out of its tolerance is marked MISS and stays here until it is mended.

";

/// Whether all hold.
pub(crate) fn run(arguments: &[String]) -> Result<bool, Box<dyn std::error::Error>> {
    if let Some(other) = arguments.first() {
        return Err(format!(
            "unknown argument `{other}`; single cases are run by `exoderm validate --case NAME`"
        )
        .into());
    }
    let mut outcomes = Vec::new();
    for case in validation::choose(&[], true)? {
        let begin = Instant::now();
        let outcome = validation::run(&case);
        println!("{}  ({:.1} s)\n", validation_case(&outcome).trim_end(), begin.elapsed().as_secs_f64());
        outcomes.push(outcome);
    }
    std::fs::create_dir_all("docs/validation")?;
    std::fs::write("docs/validation/results.md", format!("{HEAD}{}", validation_markdown(&outcomes)))?;
    Ok(outcomes.iter().all(|o| o.pass))
}
