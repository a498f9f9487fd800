//! The command line: one definition for the parser, the help, the man page and the completions.

use crate::amounts::{hours, particles};
use clap::{ArgAction, Args, Parser, Subcommand, ValueHint};
use clap_complete::Shell;
use std::path::PathBuf;

/// Simulates what an exosome product does to skin, and says how well founded the prediction is.
///
/// A scenario file goes in, a tissue with cells, dissolved factors and vesicles runs, a report comes out. Research
/// use, not medical advice.
#[derive(Debug, Parser)]
#[command(
    name = "exoderm",
    version = exoderm_study::program::version(),
    after_help = "Exit codes: 0 done, 2 the input is wrong, 3 stopped and resumable, 1 a fault of the program."
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Runs a scenario and writes a report.
    Run(RunArgs),
    /// Draws the design map of a dressing: dose and release half-time against what is gained over the vehicle.
    Map(MapArgs),
    /// Says what would run: arms, cells, voxels, unknowns, memory, time, assumptions. Nothing runs.
    Check(CheckArgs),
    /// Writes a commented copy of a built-in scenario, to edit.
    Init(InitArgs),
    /// Lists the built-in scenarios, a line each.
    Scenarios {
        /// Print one JSON document.
        #[arg(long)]
        json: bool,
    },
    /// Shows a parameter with its source, or searches for one; alone it shows what the ledger holds.
    Ledger(LedgerArgs),
    /// Writes the report of a run again from its recording.
    Report(FolderArgs),
    /// Goes on with a run after Ctrl-C, a crash or a power cut.
    Resume(ResumeArgs),
    /// Says what differs between two runs: inputs, endpoints, evidence.
    Compare(CompareArgs),
    /// Reckons how far a dose gets and how many copies reach a cell, each step with its source.
    Dose(DoseArgs),
    /// Watches one cell make vesicles, event by event: releases, sizes as NTA would see them, cargo.
    Cell(CellArgs),
    /// Follows a dose through the body: plasma, organs, what macrophages take; a tumour's vesicles in blood.
    Body(BodyArgs),
    /// Reads an NTA histogram: sizes, concentration, purity, and the lines for a scenario.
    Nta(NtaArgs),
    /// Writes a run's recording in the files of other programs.
    #[command(subcommand)]
    Export(ExportCommand),
    /// Reads the models of other programs.
    #[command(subcommand)]
    Import(ImportCommand),
    /// Prints the rules of a model of agents as sentences, and plots each behaviour over its signal.
    Rules(RulesArgs),
    /// Simulates a reaction network in SBML, as equations or event by event, for a look at it.
    Network(NetworkArgs),
    /// Compares the engines with exact and published results; exit code 1 if one does not hold.
    Validate(ValidateArgs),
    /// Prints shell completions.
    #[command(hide = true)]
    Completions {
        /// Shell.
        shell: Shell,
    },
    /// Prints the manual page.
    #[command(hide = true)]
    Man,
}

/// How much is said.
#[derive(Debug, Args)]
pub(crate) struct Volume {
    /// Say nothing but errors.
    #[arg(short, long, conflicts_with = "verbose")]
    pub(crate) quiet: bool,
    /// Say more: each run as it ends, times by part.
    #[arg(short, long)]
    pub(crate) verbose: bool,
}

/// What of a scenario is run, whatever is made of it.
#[derive(Debug, Args)]
pub(crate) struct CommonChoices {
    /// Seed of all draws; runs with the same seed are the same, bit for bit.
    #[arg(long, value_name = "N")]
    pub(crate) seed: Option<u64>,
    /// Initial tissues, each shared by all arms.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) replicates: Option<u32>,
    /// Run up to this time instead of the scenario's horizon.
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub(crate) until: Option<String>,
    /// Change an entry of the scenario, as in --set cell.fibroblast.speed="12 um/h"; may be repeated.
    #[arg(long, value_name = "PATH=VALUE", action = ArgAction::Append)]
    pub(crate) set: Vec<String>,
}

/// What of a scenario is run.
#[derive(Debug, Args)]
pub(crate) struct ChoiceArgs {
    #[command(flatten)]
    pub(crate) common: CommonChoices,
    /// Parameter draws, for the uncertainty of the parameters: each draws every input that has a range (ledger rows and literals) and
    /// takes a burn-in and two runs of its own, about a minute on one core for `diabetic-wound`; `exoderm check` tells how long in all.
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    pub(crate) draws: u32,
    /// Only these arms, separated by commas.
    #[arg(long, value_name = "A,B", value_delimiter = ',')]
    pub(crate) arms: Vec<String>,
    /// Run the scenario with each of these values and draw the curve, as in --sweep event.dressing.dose="10,30,100 ug/cm^2"; twice
    /// gives a map.
    #[arg(long, value_name = "PATH=A,B,C", action = ArgAction::Append)]
    pub(crate) sweep: Vec<String>,
}

/// How the machine is used.
#[derive(Debug, Args)]
pub(crate) struct MachineArgs {
    /// Runs side by side; all cores unless given. The results do not depend on it.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) threads: Option<u16>,
    /// Make burn-ins anew and keep none.
    #[arg(long)]
    pub(crate) no_cache: bool,
    /// Seconds between checkpoints of a run.
    #[arg(long, value_name = "S", hide = true, default_value_t = 30.0)]
    pub(crate) checkpoint_seconds: f64,
}

#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    /// Name of a built-in scenario, a scenario file, a model of agents, or settings of a PhysiCell project (.xml).
    #[arg(value_name = "BUILT-IN | FILE", value_hint = ValueHint::FilePath)]
    pub(crate) scenario: String,
    /// Folder for the results; runs/<scenario>-<date> unless given.
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) out: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) choices: ChoiceArgs,
    #[command(flatten)]
    pub(crate) machine: MachineArgs,
    /// For a model of agents: take uptake and diffusion one after the other at every step of diffusion, as PhysiCell does, instead of
    /// both together.
    #[arg(long, conflicts_with = "adaptive")]
    pub(crate) split: bool,
    /// For a model of agents: steps as long as their error allows, up to that of the phenotype.
    #[arg(long)]
    pub(crate) adaptive: bool,
    /// Replace a former run in the folder.
    #[arg(long)]
    pub(crate) force: bool,
    /// Print the results as one JSON document.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) volume: Volume,
}

// A map has its own arms and axes and takes no draws.
#[derive(Debug, Args)]
pub(crate) struct MapArgs {
    /// Name of a built-in scenario or a scenario file, with a dressing, an exosome arm and a vehicle.
    #[arg(value_name = "BUILT-IN | FILE", value_hint = ValueHint::FilePath)]
    pub(crate) scenario: String,
    /// Folder for the results; runs/<scenario>-<date> unless given.
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) out: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) choices: CommonChoices,
    #[command(flatten)]
    pub(crate) machine: MachineArgs,
    /// Replace a former run in the folder.
    #[arg(long)]
    pub(crate) force: bool,
    /// Print the results as one JSON document.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) volume: Volume,
}

#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    /// Scenario file, or name of a built-in scenario.
    #[arg(value_name = "FILE | BUILT-IN", value_hint = ValueHint::FilePath)]
    pub(crate) scenario: String,
    #[command(flatten)]
    pub(crate) choices: ChoiceArgs,
    /// Print one JSON document.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct InitArgs {
    /// Name of a built-in scenario.
    #[arg(value_name = "BUILT-IN")]
    pub(crate) scenario: String,
    /// File to write.
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) file: PathBuf,
    /// Replace the file if it exists.
    #[arg(long)]
    pub(crate) force: bool,
}

#[derive(Debug, Args)]
pub(crate) struct LedgerArgs {
    /// Parameter to show.
    #[arg(value_name = "KEY", conflicts_with = "search")]
    pub(crate) key: Option<String>,
    /// Show the parameters that contain all these words.
    #[arg(long, value_name = "TEXT")]
    pub(crate) search: Option<String>,
    /// Print one JSON document.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct FolderArgs {
    /// Folder of a run.
    #[arg(value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) folder: PathBuf,
    /// Print the results as one JSON document.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) volume: Volume,
}

#[derive(Debug, Args)]
pub(crate) struct ResumeArgs {
    /// Folder of a run.
    #[arg(value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) folder: PathBuf,
    #[command(flatten)]
    pub(crate) machine: MachineArgs,
    /// Print the results as one JSON document.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) volume: Volume,
}

#[derive(Debug, Args)]
pub(crate) struct CompareArgs {
    /// Folder of the first run.
    #[arg(value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) first: PathBuf,
    /// Folder of the second run.
    #[arg(value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) second: PathBuf,
    /// Print one JSON document.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("amount").required(true))]
pub(crate) struct DoseArgs {
    /// Particles on the label.
    #[arg(long, value_name = "N", group = "amount", allow_hyphen_values = true, value_parser = particles)]
    pub(crate) particles: Option<f64>,
    /// Protein instead, as in --mass "100 ug".
    #[arg(long, value_name = "MASS", group = "amount")]
    pub(crate) mass: Option<String>,
    /// Area of skin, as in --area "4 cm^2".
    #[arg(long, value_name = "AREA", allow_hyphen_values = true)]
    pub(crate) area: String,
    /// How it is given: topical, microneedle, injection or hydrogel.
    #[arg(long, value_name = "ROUTE")]
    pub(crate) route: String,
    /// Cargo, such as miR-21, mrna or protein; may be repeated.
    #[arg(long, value_name = "NAME", action = ArgAction::Append)]
    pub(crate) cargo: Vec<String>,
    /// What the product's label says it is for: topical, wound, microneedle or injection.
    #[arg(long, value_name = "USE")]
    pub(crate) label: Option<String>,
    /// Time for cells to take it up.
    #[arg(long, value_name = "TIME", default_value = "7 d", allow_hyphen_values = true)]
    pub(crate) time: String,
    /// Use another number, as in --set escape=0.3; may be repeated.
    #[arg(long, value_name = "NAME=VALUE", action = ArgAction::Append)]
    pub(crate) set: Vec<String>,
    /// Points over the ranges.
    #[arg(long, value_name = "N", hide = true, default_value_t = exoderm_study::dose::DRAWS)]
    pub(crate) draws: u32,
    /// Print one JSON document.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct CellArgs {
    /// Source, such as keratinocyte, fibroblast-senescent or msc-adipose.
    #[arg(value_name = "TYPE")]
    pub(crate) source: String,
    /// Hours watched.
    #[arg(long, value_name = "H", default_value_t = 24.0, allow_hyphen_values = true, value_parser = hours)]
    pub(crate) hours: f64,
    /// Block or change something, such as nSMase2, Rab27, UVB or senescence; may be repeated.
    #[arg(long, visible_alias = "with", value_name = "NAME", action = ArgAction::Append)]
    pub(crate) block: Vec<String>,
    /// Seed of all draws.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) seed: u64,
    /// Write a page with the plots, or the plots alone (.svg).
    #[arg(long, value_name = "FILE.html | .svg", value_hint = ValueHint::FilePath)]
    pub(crate) out: Option<PathBuf>,
    /// Print one JSON document.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct BodyArgs {
    /// Source of the vesicles, such as msc-adipose (named in the answer; no number depends on it).
    #[arg(long, value_name = "TYPE")]
    pub(crate) source: Option<String>,
    /// What is given: vesicle, antibody or factor.
    #[arg(long, value_name = "WHAT", default_value = "vesicle")]
    pub(crate) substance: String,
    /// Vesicles (or molecules) given.
    #[arg(long, value_name = "N", default_value_t = 1e11, allow_hyphen_values = true, value_parser = particles)]
    pub(crate) dose: f64,
    /// How: iv, infusion, intradermal or topical.
    #[arg(long, value_name = "ROUTE", default_value = "iv")]
    pub(crate) route: String,
    /// Length of an infusion in hours.
    #[arg(long, value_name = "H", default_value_t = 1.0, allow_hyphen_values = true, value_parser = hours)]
    pub(crate) infusion: f64,
    /// Hours followed.
    #[arg(long, value_name = "H", default_value_t = 48.0, allow_hyphen_values = true, value_parser = hours)]
    pub(crate) hours: f64,
    /// Body: mouse (as fitted) or human (carried over by body mass).
    #[arg(long, value_name = "BODY", default_value = "mouse")]
    pub(crate) body: String,
    /// Take most macrophages away.
    #[arg(long)]
    pub(crate) deplete_macrophages: bool,
    /// Look for the vesicles of a tumour of so many cells in blood.
    #[arg(long, value_name = "N", allow_hyphen_values = true)]
    pub(crate) tumour_cells: Option<f64>,
    /// Organ that a ligand on the vesicles aims at, such as tumour or lung.
    #[arg(long, value_name = "ORGAN")]
    pub(crate) target: Option<String>,
    /// How many times better the target's cells then take them up.
    #[arg(long, value_name = "TIMES", default_value_t = 1.0, allow_hyphen_values = true)]
    pub(crate) ligand: f64,
    /// Age of the person: own vesicles in plasma by age.
    #[arg(long, value_name = "YEARS", allow_hyphen_values = true)]
    pub(crate) age: Option<f64>,
    /// Draws over the ranges.
    #[arg(long, value_name = "N", default_value_t = 400)]
    pub(crate) draws: u32,
    /// Seed of the draws.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) seed: u64,
    /// Write a page with the plots, or the plots alone (.svg).
    #[arg(long, value_name = "FILE.html | .svg", value_hint = ValueHint::FilePath)]
    pub(crate) out: Option<PathBuf>,
    /// Print one JSON document.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct NtaArgs {
    /// Histogram as delimited text, with its units in the header.
    #[arg(value_name = "FILE.csv", value_hint = ValueHint::FilePath)]
    pub(crate) file: String,
    /// Protein in the same sample, as in --protein "50 ug/mL".
    #[arg(long, value_name = "MASS/VOLUME", allow_hyphen_values = true)]
    pub(crate) protein: Option<String>,
    /// How many times the sample was diluted, unless the file accounts for it.
    #[arg(long, value_name = "TIMES", default_value_t = 1.0, allow_hyphen_values = true)]
    pub(crate) dilution: f64,
    /// Name of the population in the scenario's lines.
    #[arg(long, value_name = "NAME", default_value = "my_exosome")]
    pub(crate) name: String,
    /// Print one JSON document.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ExportCommand {
    /// VTK XML for ParaView and PyVista: fields (.vti), cells and single vesicles (.vtp), time series (.pvd).
    Vtk(VtkArgs),
    /// MultiCellDS snapshots of a run of agents, which pcdl and PhysiCell's tools open.
    Multicellds(MulticelldsArgs),
}

#[derive(Debug, Args)]
pub(crate) struct MulticelldsArgs {
    /// Folder of a run of agents.
    #[arg(value_name = "RUN", value_hint = ValueHint::DirPath)]
    pub(crate) folder: PathBuf,
    /// Folder to write into; <RUN>/multicellds unless given.
    #[arg(short, long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) out: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct VtkArgs {
    /// Folder of a run.
    #[arg(value_name = "RUN", value_hint = ValueHint::DirPath)]
    pub(crate) folder: PathBuf,
    /// Folder to write into; <RUN>/vtk unless given.
    #[arg(short, long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) out: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct NetworkArgs {
    /// Model in SBML, level 2 or 3.
    #[arg(value_name = "FILE.xml", value_hint = ValueHint::FilePath)]
    pub(crate) file: String,
    /// End, in the model's own unit of time.
    #[arg(long, value_name = "T", default_value_t = 100.0, allow_hyphen_values = true)]
    pub(crate) until: f64,
    /// Intervals between the times that are shown.
    #[arg(long, value_name = "N", default_value_t = 40)]
    pub(crate) points: u32,
    /// Start with another value, as in --set k1=0.3 or --set reaction.k=2; may be repeated.
    #[arg(long, value_name = "NAME=NUMBER", action = ArgAction::Append)]
    pub(crate) set: Vec<String>,
    /// Simulate whole molecules, event by event.
    #[arg(long)]
    pub(crate) ssa: bool,
    /// Simulate whole molecules by leaps that change rates by about this share, such as 0.03.
    #[arg(long, value_name = "EPSILON", conflicts_with = "ssa", allow_hyphen_values = true)]
    pub(crate) leap: Option<f64>,
    /// Cells simulated with --ssa or --leap; mean and deviation are shown.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) cells: u32,
    /// Seed of all draws.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) seed: u64,
    /// Print one JSON document.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ValidateArgs {
    /// Only this case, long or not; may be repeated.
    #[arg(long, value_name = "NAME", action = ArgAction::Append)]
    pub(crate) case: Vec<String>,
    /// The long cases too; some take minutes.
    #[arg(long, conflicts_with = "case")]
    pub(crate) long: bool,
    /// Tissues of each setting in cases that are counted over tissues (directions), instead of four.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(2..=1000))]
    pub(crate) replicates: Option<u32>,
    /// Print one JSON document.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ImportCommand {
    /// Reads a PhysiCell project of XML and CSV; every leniency and difference is printed.
    Physicell(ImportPhysicellArgs),
}

#[derive(Debug, Args)]
pub(crate) struct ImportPhysicellArgs {
    /// Settings of the project.
    #[arg(value_name = "PhysiCell_settings.xml", value_hint = ValueHint::FilePath)]
    pub(crate) file: PathBuf,
    /// File for the model; standard output unless given.
    #[arg(short, long, value_name = "model.toml", value_hint = ValueHint::FilePath)]
    pub(crate) out: Option<PathBuf>,
    /// Replace the file if it exists.
    #[arg(long)]
    pub(crate) force: bool,
}

#[derive(Debug, Args)]
pub(crate) struct RulesArgs {
    /// Settings of a PhysiCell project, or a model of agents.
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) file: PathBuf,
    /// Page or picture with the plots (.html or .svg).
    #[arg(short, long, value_name = "FILE.html | .svg", value_hint = ValueHint::FilePath)]
    pub(crate) out: Option<PathBuf>,
    /// Print one JSON document.
    #[arg(long)]
    pub(crate) json: bool,
}
