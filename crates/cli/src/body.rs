//! `body`.

use crate::args::BodyArgs;
use crate::failure::Failure;
use crate::output;
use exoderm_study::whole_body::{Request, run};
use std::process::ExitCode;

pub(crate) fn body(args: BodyArgs) -> Result<ExitCode, Failure> {
    output::check_name(args.out.as_deref())?;
    let request = Request {
        substance: args.substance,
        source: args.source,
        dose: args.dose,
        route: args.route,
        infusion: args.infusion,
        hours: args.hours,
        body: args.body,
        deplete: args.deplete_macrophages,
        tumour_cells: args.tumour_cells,
        target: args.target,
        ligand: args.ligand,
        age: args.age,
        draws: args.draws,
        seed: args.seed,
    };
    let answer = run(&request)?;
    if let Some(file) = &args.out {
        output::page_or_picture(
            file,
            || exoderm_report::whole_body_page(&answer),
            || exoderm_report::whole_body_svg(&answer),
        )?;
    }
    if args.json {
        output::json(&answer)
    } else {
        output::text(&exoderm_report::terminal::whole_body(&answer))
    }
}
