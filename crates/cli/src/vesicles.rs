//! `cell` and `nta`.

use crate::args::{CellArgs, NtaArgs};
use crate::failure::Failure;
use crate::output;
use exoderm_report::terminal;
use exoderm_study::{measured, one_cell};
use std::process::ExitCode;

pub(crate) fn cell(args: CellArgs) -> Result<ExitCode, Failure> {
    output::check_name(args.out.as_deref())?;
    let request =
        one_cell::Request { source: args.source, hours: args.hours, modifiers: args.block, seed: args.seed };
    let seen = one_cell::watch(&request)?;
    if let Some(file) = &args.out {
        output::page_or_picture(
            file,
            || exoderm_report::one_cell_page(&seen),
            || exoderm_report::one_cell_svg(&seen),
        )?;
    }
    if args.json { output::json(&seen) } else { output::text(&terminal::one_cell(&seen)) }
}

pub(crate) fn nta(args: NtaArgs) -> Result<ExitCode, Failure> {
    let request = measured::Request {
        file: args.file,
        protein: args.protein,
        dilution: args.dilution,
        name: args.name,
    };
    let found = measured::measure(&request)?;
    if args.json { output::json(&found) } else { output::text(&terminal::measured(&found)) }
}
