//! What the whole body is reckoned with: `data/body.toml`, and the fitted values of `data/calibration/body.toml`.

use crate::stated::{Stated, number, table};
use exoderm_ledger::Ledger;
use exoderm_model::Calibration;
use std::sync::OnceLock;
use toml::Table;

/// The file, as it is in the repository.
pub const TEXT: &str = include_str!("../../../data/body.toml");
/// Its path, for messages.
pub const PATH: &str = "data/body.toml";
/// The fitted values, as they are in the repository.
pub const FITTED_TEXT: &str = include_str!("../../../data/calibration/body.toml");
/// Their path.
pub const FITTED_PATH: &str = "data/calibration/body.toml";

/// Every number but those of organs: section, key, a unit of its dimension.
const NUMBERS: &[(&str, &str, &str)] = &[
    ("mouse", "mass", "g"),
    ("mouse", "plasma", "mL"),
    ("human", "mass", "g"),
    ("human", "plasma", "mL"),
    ("scaling", "exponent", ""),
    ("vesicle", "macrophage_share", ""),
    ("vesicle", "half", "particles/mL"),
    ("vesicle", "left", ""),
    ("vesicle", "degradation", "1/min"),
    ("antibody", "fast", "min"),
    ("antibody", "slow", "min"),
    ("antibody", "clearance", "mL/min"),
    ("factor", "fast", "min"),
    ("factor", "slow", "min"),
    ("factor", "clearance", "mL/min"),
    ("site", "passes", ""),
    ("site", "shed", "min"),
    ("site", "volume", "mL"),
    ("site", "to_lymph_small", "1/min"),
    ("site", "size", ""),
    ("site", "to_blood", "1/min"),
    ("site", "cells", "cells/mL"),
    ("site", "clearance", "mL/min/cell"),
    ("site", "saturation", "1/min"),
    ("site", "loss", "1/min"),
    ("site", "lymph_time", "min"),
    ("site", "node", ""),
    ("payload", "release", "1/min"),
    ("payload", "fast", "min"),
    ("payload", "slow", "min"),
    ("payload", "clearance", "mL/min"),
    ("tumour", "release", "1/min"),
    ("tumour", "reaching", ""),
    ("tumour", "half_life", "min"),
    ("tumour", "density", "cells/mL"),
    ("test", "volume", "mL"),
    ("test", "recovery", ""),
    ("test", "marker", ""),
    ("test", "background", "particles/mL"),
    ("test", "platelets", ""),
    ("test", "false_marker", ""),
    ("test", "spread", ""),
    ("test", "specificity", ""),
    ("test", "prevalence", ""),
    ("sink", "ligand", "ug/mL"),
    ("sink", "ligand_mass", "ug/nmol"),
    ("sink", "antibody", "ug/mL"),
    ("sink", "antibody_mass", "ug/nmol"),
    ("sink", "affinity", "nmol/mL"),
    ("age", "uptake", "1/y"),
    ("age", "secretion", "1/y"),
    ("age", "reference", "y"),
    ("age", "between", ""),
    ("age", "within", ""),
];

/// Weights of an organ.
const WEIGHTS: [&str; 4] = ["plasma", "held", "macrophages", "others"];

/// The whole file.
#[derive(Clone, Debug, PartialEq)]
pub struct Systemic {
    /// Every number, by its place ("site.node", "liver.held").
    pub numbers: Vec<Stated>,
    /// Organs by name, the rest of the body last.
    pub organs: Vec<String>,
    /// Fitted clearance (um³/min) and rates into and out of the periphery (1/min) of vesicles in the mouse.
    pub fitted: [f64; 3],
}

/// Keys of the fitted values.
pub const FITTED_KEYS: [&str; 3] = ["body_clearance", "body_into_periphery", "body_out_of_periphery"];

impl Systemic {
    /// The files that come with the program.
    ///
    /// # Errors
    /// If they are faulty, which is a fault of the build.
    pub fn builtin() -> Result<&'static Self, String> {
        static READ: OnceLock<Result<Systemic, String>> = OnceLock::new();
        READ.get_or_init(|| {
            let fitted = Calibration::parse(FITTED_PATH, FITTED_TEXT).map_err(|e| e.to_string())?;
            Self::parse(TEXT, &fitted, Ledger::builtin()).map_err(|e| format!("{PATH}: {e}"))
        })
        .as_ref()
        .map_err(Clone::clone)
    }

    /// Reads the file.
    ///
    /// # Errors
    /// The first mistake, in a sentence.
    pub fn parse(file: &str, fitted: &Calibration, ledger: &Ledger) -> Result<Self, String> {
        let root: Table = file.parse().map_err(|e: toml::de::Error| e.to_string())?;
        let mut numbers = NUMBERS
            .iter()
            .map(|(section, key, like)| number(ledger, section, table(&root, section)?, key, like))
            .collect::<Result<Vec<_>, _>>()?;
        let mut organs = Vec::new();
        for (name, t) in table(&root, "organ")? {
            let t = t.as_table().ok_or_else(|| format!("`[organ.{name}]` must be a table"))?;
            for key in WEIGHTS {
                numbers.push(number(ledger, name, t, key, "")?);
            }
            organs.push(name.clone());
        }
        organs.sort_by_key(|o| o == "rest");
        let mut values = [0.0; 3];
        for (value, key) in values.iter_mut().zip(FITTED_KEYS) {
            let row = fitted.get(key).ok_or_else(|| format!("{FITTED_PATH} has no `{key}`"))?;
            *value = row.unit.to_internal(row.value);
        }
        Ok(Self { numbers, organs, fitted: values })
    }

    /// A number by its place.
    pub fn get(&self, name: &str) -> Option<&Stated> {
        self.numbers.iter().find(|s| s.name == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn builtin_file_is_whole() {
        let s = Systemic::builtin().unwrap();
        assert!(s.organs.iter().any(|o| o == "liver") && s.organs.last().is_some_and(|o| o == "rest"));
        assert!(s.numbers.iter().all(|n| !n.what.is_empty()), "each number says what it is");
        // Nothing in the file is left unread.
        let root: Table = TEXT.parse().unwrap();
        let entries: usize = root
            .iter()
            .map(|(name, t)| {
                let t = t.as_table().unwrap();
                if name == "organ" { t.values().map(|o| o.as_table().unwrap().len()).sum() } else { t.len() }
            })
            .sum();
        assert_eq!(entries, s.numbers.len());
        assert!((s.get("site.node").unwrap().value - 0.5).abs() < 1e-12);
    }
}
