//! `export`.

use crate::args::{ExportCommand, VtkArgs};
use crate::failure::Failure;
use crate::output;
use std::fmt::Write as _;
use std::process::ExitCode;

pub(crate) fn export(command: &ExportCommand) -> Result<ExitCode, Failure> {
    match command {
        ExportCommand::Vtk(args) => vtk(args),
    }
}

fn vtk(args: &VtkArgs) -> Result<ExitCode, Failure> {
    let done = exoderm_study::export::vtk(&args.folder, args.out.as_deref())?;
    let mut text = format!("{} files in {}\n", done.files, done.folder.display());
    for path in &done.collections {
        let _ = writeln!(text, "{}", path.display());
    }
    output::text(&text)
}
