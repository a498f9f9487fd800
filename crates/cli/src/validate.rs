//! `validate`.

use crate::args::ValidateArgs;
use crate::failure::Failure;
use crate::output;
use exoderm_report::terminal::{validation_case, validation_tally};
use exoderm_study::validation::{self, Outcome};
use std::process::ExitCode;

/// Each case is told as it ends, so that a user sees that something is going on.
pub(crate) fn validate(args: &ValidateArgs) -> Result<ExitCode, Failure> {
    let cases = validation::choose(&args.case, args.long)?;
    let mut outcomes: Vec<Outcome> = Vec::with_capacity(cases.len());
    for case in &cases {
        let outcome = validation::run(case);
        if !args.json {
            output::text(&format!("{}\n", validation_case(&outcome)))?;
        }
        outcomes.push(outcome);
    }
    if args.json {
        output::json(&outcomes)?;
    } else {
        output::text(&validation_tally(&outcomes))?;
    }
    Ok(if outcomes.iter().all(|o| o.pass) { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
