//! The table of published directions, `data/directions.toml`, read and checked.

use super::Failure;
use crate::stats;
use exoderm_ledger::{Evidence, Ledger};
use serde::Deserialize;

const TABLE: &str = include_str!("../../../../../data/directions.toml");
const STUDIES: &str = include_str!("../../../../../data/studies/clinical_studies.csv");

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Table {
    pub(super) setting: Vec<Setting>,
    pub(super) effect: Vec<Effect>,
}

/// A scenario that is run.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Setting {
    pub(super) name: String,
    pub(super) scenario: String,
    pub(super) arm: String,
    #[serde(default)]
    pub(super) sets: Vec<String>,
}

/// A published direction.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Effect {
    pub(super) id: String,
    pub(super) what: String,
    pub(super) of: String,
    pub(super) against: String,
    pub(super) reading: String,
    pub(super) days: Option<[f64; 2]>,
    pub(super) against_days: Option<[f64; 2]>,
    pub(super) sign: Sign,
    pub(super) sources: Vec<String>,
    pub(super) evidence: String,
    pub(super) standing: Standing,
    #[serde(default)]
    pub(super) note: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Sign {
    Up,
    Down,
    Ns,
}

impl Sign {
    pub(super) fn number(self) -> f64 {
        match self {
            Self::Up => 1.0,
            Self::Down => -1.0,
            Self::Ns => 0.0,
        }
    }

    /// Where the interval of the mean lies; `None` for fewer than two values, or one that is no number.
    pub(super) fn of(differences: &[f64]) -> Option<Self> {
        let e = stats::estimate(differences)?;
        Some(match (e.low?, e.high?) {
            (low, _) if low > 0.0 => Self::Up,
            (_, high) if high < 0.0 => Self::Down,
            _ => Self::Ns,
        })
    }
}

/// How independent an agreement would be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Standing {
    Fitted,
    Imposed,
    Free,
}

impl Standing {
    pub(super) fn text(self) -> &'static str {
        match self {
            Self::Fitted => "fitted",
            Self::Imposed => "imposed",
            Self::Free => "free",
        }
    }
}

pub(super) fn read() -> Result<Table, Failure> {
    Ok(toml::from_str(TABLE)?)
}

/// Whether a source is in the ledger, the targets or the table of studies.
pub(super) fn resolves(source: &str) -> bool {
    if let Some(key) = source.strip_prefix('@') {
        return Ledger::builtin().get(key).is_some();
    }
    exoderm_ledger::targets::target(source).is_some()
        || STUDIES.lines().skip(1).any(|l| l.split(',').next() == Some(source))
}

pub(super) fn check(table: &Table) -> Result<(), Failure> {
    for e in &table.effect {
        if let Some(lost) = e.sources.iter().find(|s| !resolves(s)) {
            return Err(format!("effect `{}`: no source `{lost}`", e.id).into());
        }
        if e.sources.is_empty() || Evidence::from_word(&e.evidence).is_none() {
            return Err(format!("effect `{}` lacks a source or a kind of evidence", e.id).into());
        }
    }
    Ok(())
}
