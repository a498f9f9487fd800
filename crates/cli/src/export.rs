//! `export`.

use crate::args::{ExportCommand, MulticelldsArgs, VtkArgs};
use crate::failure::Failure;
use crate::output;
use exoderm_study::export::Exported;
use std::fmt::Write as _;
use std::process::ExitCode;

pub(crate) fn export(command: &ExportCommand) -> Result<ExitCode, Failure> {
    match command {
        ExportCommand::Vtk(args) => vtk(args),
        ExportCommand::Multicellds(args) => multicellds(args),
    }
}

fn vtk(args: &VtkArgs) -> Result<ExitCode, Failure> {
    told(&exoderm_study::export::vtk(&args.folder, args.out.as_deref())?)
}

fn multicellds(args: &MulticelldsArgs) -> Result<ExitCode, Failure> {
    told(&exoderm_study::agents::multicellds(&args.folder, args.out.as_deref())?)
}

fn told(done: &Exported) -> Result<ExitCode, Failure> {
    let mut text = format!("{} files in {}\n", done.files, done.folder.display());
    for path in &done.collections {
        let _ = writeln!(text, "{}", path.display());
    }
    output::text(&text)
}
