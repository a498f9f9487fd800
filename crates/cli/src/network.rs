//! `network`.

use crate::args::NetworkArgs;
use crate::failure::Failure;
use crate::output;
use exoderm_study::network::{How, Request, simulate};
use std::process::ExitCode;

pub(crate) fn network(args: NetworkArgs) -> Result<ExitCode, Failure> {
    let how = match (args.ssa, args.leap) {
        (true, _) => How::Exact { cells: args.cells },
        (false, Some(epsilon)) => How::Leaps { cells: args.cells, epsilon },
        (false, None) if args.cells == 1 => How::Equations,
        (false, None) => {
            return Err(Failure::wrong(
                "cells differ only where whole molecules are simulated",
                "give --ssa or --leap with --cells",
            ));
        }
    };
    let request = Request {
        file: args.file,
        until: args.until,
        intervals: args.points,
        set: args.set,
        how,
        seed: args.seed,
    };
    let found = simulate(&request)?;
    if args.json { output::json(&found) } else { output::text(&exoderm_report::terminal::network(&found)) }
}
