//! `cargo xtask TASK`: chores of the repository.

#![allow(clippy::disallowed_methods)] // no engine: nothing here reaches a simulated number but through the study crate

mod calibrate;
mod calibrate_body;
mod checks;
mod predictions;
mod spheroid;
mod validate;

use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.first().map(String::as_str) {
        Some("calibrate") => match calibrate::run(&arguments[1..]) {
            Ok(()) => ExitCode::SUCCESS,
            Err(e) => {
                eprintln!("calibrate: {e}");
                ExitCode::FAILURE
            }
        },
        Some("checks") => match checks::run(&arguments[1..]) {
            Ok(()) => ExitCode::SUCCESS,
            Err(e) => {
                eprintln!("checks: {e}");
                ExitCode::FAILURE
            }
        },
        Some("calibrate-body") => match calibrate_body::run() {
            Ok(()) => ExitCode::SUCCESS,
            Err(e) => {
                eprintln!("calibrate-body: {e}");
                ExitCode::FAILURE
            }
        },
        Some("predictions") => match predictions::run() {
            Ok(()) => ExitCode::SUCCESS,
            Err(e) => {
                eprintln!("predictions: {e}");
                ExitCode::FAILURE
            }
        },
        Some("spheroid") => match spheroid::run(&arguments[1..]) {
            Ok(()) => ExitCode::SUCCESS,
            Err(e) => {
                eprintln!("spheroid: {e}");
                ExitCode::FAILURE
            }
        },
        Some("validate") => match validate::run(&arguments[1..]) {
            Ok(true) => ExitCode::SUCCESS,
            Ok(false) => ExitCode::FAILURE,
            Err(e) => {
                eprintln!("validate: {e}");
                ExitCode::FAILURE
            }
        },
        Some("schema") => {
            match std::fs::write("docs/scenario.schema.json", exoderm_model::schema::json_schema_text()) {
                Ok(()) => ExitCode::SUCCESS,
                Err(e) => {
                    eprintln!("docs/scenario.schema.json: {e}");
                    ExitCode::FAILURE
                }
            }
        }
        _ => {
            eprintln!(
                "tasks:\n  calibrate [replicates]   fits data/calibration/wound.toml and prints how it came out\n  calibrate-body           fits data/calibration/body.toml to target T09\n  predictions              writes docs/validation/predictions.md\n  checks [replicates]      runs the comparisons that are never fitted and prints a table\n  schema                   writes docs/scenario.schema.json\n  spheroid [seed=N]        runs the melanoma spheroid and writes docs/images/spheroid.svg\n  validate                 runs all validation cases and writes docs/validation/results.md"
            );
            ExitCode::from(2)
        }
    }
}
