//! Cases that the engines are held to: analytic solutions, conservation laws, published results.
//!
//! A [`Case`] has a name, a source, and a function that runs an engine and gives [`Row`]s: what was expected, what came
//! out, by how much it may differ. Quick cases take seconds together and run on a user's machine (`exoderm validate`);
//! long ones are run with `--long` and by `cargo xtask validate`, which writes docs/validation/results.md. Exact
//! answers come from the engines' `cases` modules, which their own tests share. Seeds are fixed, so that a row is the
//! same on every machine.
//!
//! To add a case, write a function that gives its rows in the file of its group and list it there.

mod agents;
mod chemotaxis;
mod directions;
mod field;
mod measures;
mod particle;
mod published;
mod rest;
pub mod spheroid;
mod tissue;
mod vesicle;

pub use measures::{Measure, Row};

use crate::burn_in::BurnIns;
use crate::error::StudyError;
use crate::progress::{Progress, Silent};
use serde::Serialize;
use std::sync::Arc;

/// What a case's function gives: its rows, or why an engine refused.
pub type Rows = Result<Vec<Row>, Box<dyn std::error::Error + Send + Sync>>;

/// How long a case takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Length {
    /// A few seconds at most.
    Quick,
    /// Up to some minutes.
    Long,
}

/// What a case that is counted over tissues is run with.
pub struct Tissues<'a> {
    /// Tissues of each setting.
    pub replicates: u32,
    /// Burn-ins, shared by settings and, if kept on disk, by calls.
    pub burn_ins: Arc<BurnIns>,
    /// Told how far it is: such a case takes minutes.
    pub progress: &'a dyn Progress,
}

/// How a case is run.
#[derive(Clone, Copy, Debug)]
pub enum Run {
    /// By itself: everything about it is fixed.
    Alone(fn() -> Rows),
    /// Over a number of simulated tissues.
    OverTissues {
        /// Tissues unless asked otherwise.
        usual: u32,
        /// Runs it.
        run: fn(&Tissues<'_>) -> Rows,
    },
}

/// How cases are run where they leave a choice.
pub struct Settings<'a> {
    /// Tissues of cases that are counted over tissues, instead of their usual number.
    pub replicates: Option<u32>,
    /// Burn-ins.
    pub burn_ins: Arc<BurnIns>,
    /// Told how far long cases are.
    pub progress: &'a dyn Progress,
}

impl Default for Settings<'_> {
    /// As usual, nothing kept, nothing told.
    fn default() -> Self {
        Self { replicates: None, burn_ins: Arc::default(), progress: &Silent }
    }
}

/// One case.
#[derive(Clone, Copy, Debug)]
pub struct Case {
    /// Name on the command line.
    pub name: &'static str,
    /// The part of the program that is tried.
    pub group: &'static str,
    /// What is tried, in a line.
    pub title: &'static str,
    /// Where the expected values come from.
    pub source: &'static str,
    /// Quick or long.
    pub length: Length,
    /// Runs it.
    pub run: Run,
}

/// A case that was run.
#[derive(Clone, Debug, Serialize)]
pub struct Outcome {
    /// Name of the case.
    pub case: &'static str,
    /// The part of the program that was tried.
    pub group: &'static str,
    /// What was tried.
    pub title: &'static str,
    /// Where the expected values come from.
    pub source: &'static str,
    /// Its rows.
    pub rows: Vec<Row>,
    /// Why it could not be run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
    /// Whether it ran and all rows hold.
    pub pass: bool,
}

/// All cases, in the order in which they are told.
pub fn cases() -> Vec<Case> {
    [
        field::CASES,
        vesicle::CASES,
        particle::CASES,
        published::CASES,
        chemotaxis::CASES,
        tissue::CASES,
        rest::CASES,
        spheroid::CASES,
        agents::CASES,
        directions::CASES,
    ]
    .concat()
}

/// The cases of these names, or, without names, all quick ones and, if wanted, the long ones.
///
/// # Errors
/// A name that no case has.
pub fn choose(names: &[String], long: bool) -> Result<Vec<Case>, StudyError> {
    let all = cases();
    if names.is_empty() {
        return Ok(all.into_iter().filter(|c| long || c.length == Length::Quick).collect());
    }
    names
        .iter()
        .map(|name| {
            all.iter().find(|c| c.name == name).copied().ok_or_else(|| {
                let known: Vec<&str> = all.iter().map(|c| c.name).collect();
                let help = match exoderm_units::nearest(name, known.iter().copied()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => match &alike(name, &known)[..] {
                        [] => format!("the cases are: {}", known.join(", ")),
                        near => {
                            format!(
                                "nearest are `{}`; the cases are: {}",
                                near.join("`, `"),
                                known.join(", ")
                            )
                        }
                    },
                };
                StudyError::Input { message: format!("there is no validation case `{name}`"), help }
            })
        })
        .collect()
}

/// Up to three names that share most pairs of letters with one that is no slip of any: a part of a name, or another word order.
fn alike<'a>(name: &str, known: &[&'a str]) -> Vec<&'a str> {
    let pairs = |s: &str| s.as_bytes().windows(2).map(<[u8]>::to_ascii_lowercase).collect::<Vec<_>>();
    let wanted = pairs(name);
    let share = |known: &str| {
        let own = pairs(known);
        let common = own.iter().filter(|p| wanted.contains(p)).count();
        2.0 * common as f64 / (own.len() + wanted.len()).max(1) as f64
    };
    let mut ranked: Vec<(f64, &str)> = known.iter().map(|k| (share(k), *k)).filter(|k| k.0 > 0.0).collect();
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0));
    ranked.into_iter().take(3).map(|k| k.1).collect()
}

/// Whether a number of tissues can be asked of a case.
pub fn over_tissues(case: &Case) -> bool {
    matches!(case.run, Run::OverTissues { .. })
}

/// Runs a case.
pub fn run(case: &Case, settings: &Settings<'_>) -> Outcome {
    let rows = match case.run {
        Run::Alone(run) => run(),
        Run::OverTissues { usual, run } => run(&Tissues {
            replicates: settings.replicates.unwrap_or(usual),
            burn_ins: Arc::clone(&settings.burn_ins),
            progress: settings.progress,
        }),
    };
    let (rows, refused) = match rows {
        Ok(rows) => (rows, None),
        Err(e) => (Vec::new(), Some(e.to_string())),
    };
    let pass = refused.is_none() && !rows.is_empty() && rows.iter().filter(|r| r.judged()).all(|r| r.pass);
    let Case { name, group, title, source, .. } = *case;
    Outcome { case: name, group, title, source, rows, refused, pass }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The number of tissues asked for reaches the case, else its usual one.
    #[test]
    fn tissues_are_as_many_as_asked_for() {
        let run_case: fn(&Tissues<'_>) -> Rows =
            |t| Ok(vec![Row::count("tissues", 0.0, f64::from(t.replicates))]);
        let case = Case {
            name: "x",
            group: "",
            title: "",
            source: "",
            length: Length::Long,
            run: Run::OverTissues { usual: 4, run: run_case },
        };
        let got = |replicates| run(&case, &Settings { replicates, ..Settings::default() }).rows[0].got;
        assert_eq!((got(None), got(Some(10))), (4.0, 10.0));
        let counted: Vec<&str> = cases().iter().filter(|c| over_tissues(c)).map(|c| c.name).collect();
        assert_eq!(counted, ["year-at-rest", "directions"]);
    }

    #[test]
    fn names_are_unique_and_found() {
        let mut names: Vec<&str> = cases().iter().map(|c| c.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), cases().len());
        assert_eq!(choose(&["sphere-capture".into()], false).map(|c| c[0].name).ok(), Some("sphere-capture"));
        let error = choose(&["sphere-captur".into()], false).expect_err("no such case").to_string();
        assert!(error.contains("did you mean `sphere-capture`?"), "{error}");
        // However far from any name: the nearest are told, and all where none has two letters in common with it.
        for (name, near) in [
            ("uptake", "nearest are `uptake-mesh`, `medium-uptake`, "),
            ("capture", "nearest are `sphere-capture`, `sphere-capture-bias`, `decay-against-capture`;"),
            ("unknown", "nearest are `"),
            ("", "the cases are: "),
            ("é", "the cases are: "),
        ] {
            let error = choose(&[name.into()], false).expect_err("no such case").to_string();
            assert!(error.contains(near), "{error}");
        }
        assert!(choose(&[], false).is_ok_and(|c| c.iter().all(|c| c.length == Length::Quick)));
    }

    /// A row out of its tolerance, a case without rows and an engine that refuses fail the case.
    #[test]
    fn a_case_fails_by_any_row() {
        let case = |run| Case {
            name: "x",
            group: "",
            title: "",
            source: "",
            length: Length::Quick,
            run: Run::Alone(run),
        };
        let run = |case: &Case| run(case, &Settings::default());
        assert!(run(&case(|| Ok(vec![Row::relative("a", 1.0, 1.01, 0.02)]))).pass);
        assert!(
            !run(&case(|| Ok(vec![Row::relative("a", 1.0, 1.0, 0.1), Row::absolute("b", 1.0, 2.0, 0.5)])))
                .pass
        );
        // Directions are judged by their share alone.
        let directions =
            run(&case(|| Ok(vec![Row::direction("a", 1.0, Some(-1.0)), Row::at_least("share", 0.0, 0.0)])));
        assert!(directions.pass && !directions.rows[0].pass);
        assert!(!run(&case(|| Ok(vec![Row::at_least("share", 0.8, 0.5)]))).pass);
        // What is told beside is a miss and no failure.
        let told = run(&case(|| {
            Ok(vec![Row::relative("a", 1.0, 1.0, 0.1), Row::relative("b", 1.0, 2.0, 0.1).told()])
        }));
        assert!(told.pass && !told.rows[1].pass);
        assert!(!run(&case(|| Ok(Vec::new()))).pass);
        let refused = run(&case(|| Err("no mesh".into())));
        assert!(!refused.pass && refused.refused.as_deref() == Some("no mesh"));
    }
}
