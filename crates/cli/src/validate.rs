//! `validate`.

use crate::args::ValidateArgs;
use crate::failure::Failure;
use crate::{output, terminal};
use exoderm_report::terminal::{validation_case, validation_tally};
use exoderm_study::burn_in::{self, BurnIns};
use exoderm_study::validation::{self, Outcome, Settings};
use std::process::ExitCode;
use std::sync::Arc;

/// Each case is told as it ends, so that a user sees that something is going on.
pub(crate) fn validate(args: &ValidateArgs) -> Result<ExitCode, Failure> {
    let cases = validation::choose(&args.case, args.long)?;
    if args.replicates.is_some() && !cases.iter().any(validation::over_tissues) {
        let counted = validation::cases();
        let names: Vec<&str> =
            counted.iter().filter(|c| validation::over_tissues(c)).map(|c| c.name).collect();
        return Err(Failure::wrong(
            "--replicates: none of these cases is counted over tissues",
            format!("those that are: {}", names.join(", ")),
        ));
    }
    let progress = terminal::progress(args.json, false);
    let settings = Settings {
        replicates: args.replicates,
        burn_ins: Arc::new(BurnIns::new(burn_in::default_cache())),
        progress: &*progress,
    };
    let mut outcomes: Vec<Outcome> = Vec::with_capacity(cases.len());
    for case in &cases {
        let outcome = validation::run(case, &settings);
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
