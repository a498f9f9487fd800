//! Published curves and numbers that predictions are held to (`data/targets/*.toml`).

use std::sync::OnceLock;

use serde::Deserialize;

use crate::{LedgerError, embedded, read};

/// What a target may be used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
pub enum TargetUse {
    /// Free parameters may be fitted to it.
    #[serde(rename = "calibrate")]
    Calibrate,
    /// Shown beside a prediction; never fitted to.
    #[serde(rename = "compare")]
    Compare,
    /// Already shaped the model: it guards against change and proves nothing.
    #[serde(rename = "regression check")]
    RegressionCheck,
}

/// One published number.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Point {
    /// Position on the x axis.
    pub x: f64,
    /// Value on the y axis.
    pub y: f64,
    /// Standard deviation (or what the target's caveat says), in the unit of y.
    pub sd: Option<f64>,
    /// Number of subjects, animals or samples.
    pub n: Option<u32>,
    /// Arm or series, as in the source.
    pub arm: String,
    /// Where the number is from.
    pub source: String,
}

/// A published result.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// Unique id (`T05_dbdb_control_d13`).
    pub id: String,
    /// Title for people.
    pub title: String,
    /// What x is.
    pub x_axis: String,
    /// What y is, with its unit.
    pub y_axis: String,
    /// In what it was measured.
    pub system: String,
    /// Kind of study, as the index states it.
    pub evidence: String,
    /// What it may be used for.
    #[serde(rename = "use")]
    pub usage: TargetUse,
    /// When a prediction agrees with it.
    pub criterion: String,
    /// What to keep in mind.
    #[serde(default)]
    pub caveat: String,
    /// Address of the source.
    pub url: Option<String>,
    /// The numbers, in the source's order.
    pub points: Vec<Point>,
}

impl Target {
    /// The points of one arm, in order.
    pub fn arm<'a>(&'a self, arm: &'a str) -> impl Iterator<Item = &'a Point> {
        self.points.iter().filter(move |p| p.arm == arm)
    }
}

/// Reads one target file; `name` is what errors call it.
///
/// # Errors
/// [`LedgerError::Toml`] with line and column.
pub fn parse(name: &str, text: &str) -> Result<Target, LedgerError> {
    toml::from_str(text).map_err(|e| read::toml_error(name, text, &e))
}

/// All built-in targets, in the order of their ids.
#[expect(
    clippy::expect_used,
    reason = "a fault in the embedded files is a fault of the build; a test loads them"
)]
pub fn targets() -> &'static [Target] {
    static TARGETS: OnceLock<Vec<Target>> = OnceLock::new();
    TARGETS.get_or_init(|| {
        let mut all = embedded::TARGETS
            .iter()
            .map(|(name, text)| parse(name, text))
            .collect::<Result<Vec<_>, _>>()
            .expect("the embedded targets are valid");
        all.sort_by(|a, b| a.id.cmp(&b.id));
        all
    })
}

/// The target of an id.
pub fn target(id: &str) -> Option<&'static Target> {
    targets().iter().find(|t| t.id == id)
}
