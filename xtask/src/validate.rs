//! Runs validation cases, long ones too, prints them and writes them into docs/validation/results.md.
//!
//! `cargo xtask validate` runs all, `cargo xtask validate NAME…` those named: the sections of the others are kept as they stand, each
//! with the commit that it was run at. `--replicates N` gives the cases over tissues (directions) N instead of four. The file is written
//! after every case, so that a run that is stopped has lost one case at most.

use exoderm_report::terminal::{validation_case, validation_section};
use exoderm_study::burn_in::{self, BurnIns};
use exoderm_study::validation::{self, Settings};
use std::collections::BTreeMap;
use std::process::Command;
use std::sync::Arc;
use std::time::Instant;

/// Below the rows of a case. Rows are marked MISS one by one, and a case may hold with some of them (a share of directions).
const HOLDS: &str = "The case holds.";
const FAILS: &str = "The case does not hold.";

const FILE: &str = "docs/validation/results.md";
const HEAD: &str = "# Validation: results

Written by `cargo xtask validate` (release build); do not edit. `exoderm validate` runs the quick cases on any machine,
`exoderm validate --case NAME` one of them, `cargo xtask validate NAME` renews its section here. Seeds are fixed: the same
numbers come out on every machine. Errors of stochastic cases are counted in standard errors (SE); with several hundred rows a
few between 2 and 3 SE are expected. A row out of its tolerance is marked MISS and stays here until it is mended.
";

/// Whether all that were run hold.
pub(crate) fn run(arguments: &[String]) -> Result<bool, Box<dyn std::error::Error>> {
    let (arguments, replicates) = without_replicates(arguments)?;
    let chosen = validation::choose(&arguments, true)?;
    let names: Vec<&str> = validation::choose(&[], true)?.iter().map(|c| c.name).collect();
    let mut sections =
        if arguments.is_empty() { BTreeMap::new() } else { kept(&std::fs::read_to_string(FILE)?) };
    let commit = commit();
    let settings = Settings {
        replicates,
        burn_ins: Arc::new(BurnIns::new(burn_in::default_cache())),
        ..Settings::default()
    };
    let mut all_hold = true;
    for case in chosen {
        let begin = Instant::now();
        let outcome = validation::run(&case, &settings);
        println!("{}  ({:.1} s)\n", validation_case(&outcome).trim_end(), begin.elapsed().as_secs_f64());
        all_hold &= outcome.pass;
        let verdict = if outcome.pass { HOLDS } else { FAILS };
        let section = format!("{}\n\n{verdict} Run at {commit}.\n", validation_section(&outcome).trim_end());
        sections.insert(case.name.to_owned(), section);
        std::fs::create_dir_all("docs/validation")?;
        std::fs::write(FILE, document(&names, &sections))?;
    }
    Ok(all_hold)
}

/// The names, and the number behind `--replicates`, if it is there.
fn without_replicates(arguments: &[String]) -> Result<(Vec<String>, Option<u32>), String> {
    let Some(at) = arguments.iter().position(|a| a == "--replicates") else {
        return Ok((arguments.to_vec(), None));
    };
    let number = arguments.get(at + 1).and_then(|n| n.parse().ok()).filter(|n| *n >= 2);
    let number = number.ok_or("--replicates needs a number of tissues, 2 or more")?;
    let names = arguments.iter().enumerate().filter(|(i, _)| ![at, at + 1].contains(i));
    Ok((names.map(|(_, a)| a.clone()).collect(), Some(number)))
}

/// What the program was built from, as far as version control can tell.
fn commit() -> String {
    let git = |arguments: &[&str]| {
        let output = Command::new("git").args(arguments).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    match (
        git(&["rev-parse", "--short", "HEAD"]),
        git(&["status", "--porcelain", "--", "crates", "data", "scenarios"]),
    ) {
        (Some(hash), Some(changes)) if changes.is_empty() => format!("commit {hash}"),
        (Some(hash), _) => format!("commit {hash} with changes"),
        (None, _) => "an unknown commit".into(),
    }
}

/// Sections of the file by the name of their case.
fn kept(file: &str) -> BTreeMap<String, String> {
    let section = |text: &str| {
        let (name, _) = text.split_once('\n')?;
        Some((name.trim().to_owned(), format!("## {}\n", text.trim_end())))
    };
    file.split("\n## ").skip(1).filter_map(section).collect()
}

/// The file: the tally, then the sections in the order of the cases. What is no case any more is left out.
fn document(names: &[&str], sections: &BTreeMap<String, String>) -> String {
    let shown: Vec<(&str, &String)> = names.iter().filter_map(|&n| sections.get(n).map(|s| (n, s))).collect();
    let missed: Vec<&str> = shown.iter().filter(|(_, s)| s.contains(FAILS)).map(|(n, _)| *n).collect();
    let quantities: usize = shown.iter().map(|(_, s)| rows(s)).sum();
    let absent: Vec<&str> = names.iter().copied().filter(|n| !sections.contains_key(*n)).collect();
    let mut out = format!(
        "{HEAD}\n{} of {} cases hold ({quantities} quantities)",
        shown.len() - missed.len(),
        shown.len()
    );
    if !missed.is_empty() {
        out += &format!("; not: {}", missed.join(", "));
    }
    out += ".\n";
    if !absent.is_empty() {
        out += &format!("Never run here: {}.\n", absent.join(", "));
    }
    for (_, section) in shown {
        out += &format!("\n{section}");
    }
    out
}

/// Rows of the tables of a section, without their heads.
fn rows(section: &str) -> usize {
    section.lines().filter(|l| l.starts_with("| ") && !l.starts_with("| quantity ")).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECTION: &str = "## b\n\nfield: x.\n\n| quantity | expected | got | error | tolerance | |\n|---|---:|---:|---:|---:|---|\n| a | 1 | 2 | 1 | 0.1 | MISS |\n\nThe case does not hold. Run at commit 1.\n";

    /// What was not run again is kept, byte for byte, in the order of the cases; the tally counts it.
    #[test]
    fn sections_are_kept() {
        let mut sections = BTreeMap::new();
        sections.insert("b".to_owned(), SECTION.to_owned());
        sections.insert("a".to_owned(), SECTION.replace("## b", "## a").replace(FAILS, HOLDS));
        let file = document(&["b", "a", "c"], &sections);
        assert!(
            file.contains("\n1 of 2 cases hold (2 quantities); not: b.\nNever run here: c.\n\n## b\n"),
            "{file}"
        );
        assert_eq!(kept(&file), sections);
        assert_eq!(document(&["b", "a", "c"], &kept(&file)), file);
        let gone = document(&["a"], &sections);
        assert!(gone.contains("1 of 1 cases hold (1 quantities).") && !gone.contains("## b"), "{gone}");
    }
}
