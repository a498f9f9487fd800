//! `dose`.

use crate::args::DoseArgs;
use crate::failure::Failure;
use crate::output;
use exoderm_study::dose::{self, Amount, Question};
use std::process::ExitCode;

pub(crate) fn dose(args: DoseArgs) -> Result<ExitCode, Failure> {
    let amount = match (args.particles, args.mass) {
        (Some(n), _) => Amount::Particles(n),
        (None, mass) => Amount::Mass(mass.unwrap_or_default()),
    };
    let question = Question {
        amount,
        area: args.area,
        route: args.route,
        cargo: args.cargo,
        label: args.label,
        time: args.time,
        set: args.set,
        draws: args.draws,
    };
    let answer = dose::answer(&question)?;
    if args.json { output::json(&answer) } else { output::text(&exoderm_report::terminal::dose(&answer)) }
}
