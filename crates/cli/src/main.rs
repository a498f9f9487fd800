//! The program `exoderm`: commands, progress, exit codes. What is computed is in the libraries.

mod agents;
mod amounts;
mod args;
mod body;
mod check;
mod compare;
mod dose;
mod export;
mod failure;
mod ledger;
mod network;
mod output;
mod run;
mod scenarios;
mod stop;
mod summary;
mod terminal;
mod validate;
mod vesicles;

use args::{Cli, Command};
use clap::{CommandFactory, Parser};
use failure::Failure;
use std::io::Write;
use std::process::ExitCode;

fn main() -> ExitCode {
    failure::set_panic_hook();
    let cli = Cli::parse();
    match dispatch(cli.command) {
        Ok(code) => code,
        Err(failure) => failure.tell(),
    }
}

fn dispatch(command: Command) -> Result<ExitCode, Failure> {
    match command {
        Command::Run(args) => run::run(args),
        Command::Map(args) => run::map(args),
        Command::Resume(args) => run::resume(args),
        Command::Report(args) => run::report(&args),
        Command::Check(args) => check::check(args),
        Command::Init(args) => scenarios::init(&args),
        Command::Scenarios { json } => scenarios::list(json),
        Command::Ledger(args) => ledger::ledger(&args),
        Command::Compare(args) => compare::compare(&args),
        Command::Dose(args) => dose::dose(args),
        Command::Cell(args) => vesicles::cell(args),
        Command::Body(args) => body::body(args),
        Command::Nta(args) => vesicles::nta(args),
        Command::Export(command) => export::export(&command),
        Command::Import(command) => agents::import(&command),
        Command::Rules(args) => agents::rules(&args),
        Command::Network(args) => network::network(args),
        Command::Validate(args) => validate::validate(&args),
        Command::Completions { shell } => {
            let mut text = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "exoderm", &mut text);
            output::bytes(&text)
        }
        Command::Man => {
            let mut text = Vec::new();
            manual(&mut text).map_err(|e| Failure::fault(format!("the manual could not be made: {e}")))?;
            output::bytes(&text)
        }
    }
}

/// The manual page: the program, then each command with its options.
fn manual(out: &mut Vec<u8>) -> std::io::Result<()> {
    let command = Cli::command();
    let page = clap_mangen::Man::new(command.clone());
    page.render_title(out)?;
    page.render_name_section(out)?;
    page.render_synopsis_section(out)?;
    page.render_description_section(out)?;
    for sub in command.get_subcommands().filter(|s| !s.is_hide_set()) {
        writeln!(out, ".SH \"EXODERM {}\"", sub.get_name().to_uppercase())?;
        let sub = sub.clone().bin_name(format!("exoderm {}", sub.get_name()));
        let page = clap_mangen::Man::new(sub);
        for render in [clap_mangen::Man::render_description_section, clap_mangen::Man::render_options_section]
        {
            let mut section = Vec::new();
            render(&page, &mut section)?;
            // Headings of one command are below the command's own.
            out.extend(String::from_utf8_lossy(&section).replace(".SH ", ".SS ").into_bytes());
        }
    }
    writeln!(
        out,
        ".SH \"EXIT STATUS\"\n0 done, 2 the input is wrong, 3 stopped and resumable, 1 a fault of the program."
    )
}
