//! What is compared, read off and recorded.

use serde::{Deserialize, Serialize};

/// The question: what the report's first lines answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Question {
    /// In words, ending with a question mark.
    pub text: String,
    /// Who or what: "db/db mouse, 6-mm full-thickness excision, unsplinted".
    pub population: String,
    /// Outcome: "area closed at day 13".
    pub outcome: String,
    /// What it is compared with: "the same gel without vesicles".
    pub comparator: String,
}

/// An arm of the study: what differs from the scenario's base.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Arm {
    /// Name.
    pub name: String,
    /// What it is for.
    pub kind: ArmKind,
    /// One line for the report.
    pub label: String,
}

/// Standard arms (law 6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ArmKind {
    /// Wound, no dressing.
    Untreated,
    /// Gel and buffer, no vesicles.
    Vehicle,
    /// The product.
    Exosome,
    /// The product's vesicles inert.
    Null,
    /// The same cargo as free molecules.
    Soluble,
    /// The product's vesicles removed from the preparation: what is dissolved beside them stays (nothing, unless declared).
    Depleted,
    /// Uptake and binding of the product off; in a scenario without a product those of the tissue's own vesicles.
    UptakeBlocked,
    /// Vesicles without lumen cargo.
    Empty,
    /// Lumen cargo without function: in silico identical to `Empty` in effect.
    Scrambled,
    /// No vesicle acts at all, the skin's own included.
    Disposal,
    /// The product after protease: its surface is bare, what is in its lumen is whole.
    Protease,
    /// The product after detergent: no membranes, all cargo free. In silico the same as `Soluble`.
    Detergent,
}

impl ArmKind {
    /// What it is, in the words of a report.
    pub const fn what(self) -> &'static str {
        match self {
            Self::Untreated => "nothing applied",
            Self::Vehicle => "the same without vesicles",
            Self::Exosome => "the product",
            Self::Null => "inert vesicles",
            Self::Soluble => "the same cargo, free",
            Self::Depleted => "the product with its vesicles taken out",
            Self::UptakeBlocked => "vesicles that no cell binds",
            Self::Empty => "vesicles with nothing in their lumen",
            Self::Scrambled => "vesicles whose lumen holds cargo without a meaning",
            Self::Disposal => "vesicles are waste: nobody acts on any",
            Self::Protease => "vesicles whose surface is cut bare",
            Self::Detergent => "vesicles dissolved, all cargo free",
        }
    }
}

/// An endpoint.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Endpoint {
    /// Name ("closure_d13").
    pub name: String,
    /// Name for people.
    pub label: String,
    /// What is measured.
    pub measure: Measure,
    /// When (min after day 0), where a time is meant.
    pub time: Option<f64>,
    /// Published target it is shown beside ("T05_dbdb_control_d13"), if any.
    pub target: Option<String>,
    /// FIT, CHECK or nothing.
    pub role: EndpointRole,
    /// The headline of the report (exactly one).
    pub headline: bool,
}

/// Whether an endpoint was fitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum EndpointRole {
    /// Used to fit.
    Fit,
    /// Compared, never fitted.
    Check,
    /// Neither.
    Report,
}

/// A published number shown beside the result.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// Name in the file.
    pub name: String,
    /// What it is ("added closure, pooled over animal studies").
    pub what: String,
    /// Target id of data/targets or ledger key.
    pub source: String,
    /// Published value in words, with unit and spread.
    pub published: String,
    /// Endpoint of ours it is compared with, if it can be.
    pub endpoint: Option<String>,
    /// Arm whose value is compared …
    pub arm: Option<String>,
    /// … less this one's, if a difference is compared.
    pub reference: Option<String>,
    /// Accepted band in the endpoint's unit for people.
    pub band: Option<(f64, f64)>,
    /// FIT, CHECK or context.
    pub role: EndpointRole,
    /// What the study found of its product, where it tried one: stands beside the answer.
    #[serde(default)]
    pub finding: Option<Finding>,
    /// Limits of the study, likely cause of a miss.
    pub note: String,
}

/// What a published trial found of its product.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Finding {
    /// Better than its comparator.
    Benefit,
    /// No difference.
    Null,
    /// Worse than its comparator.
    Harm,
}

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Measure {
    /// Per cent of the initial wound area closed at a time.
    PercentClosed,
    /// Open area, relative to the start, averaged over the horizon (restricted mean).
    MeanOpenArea,
    /// Time to closure (min), censored at the horizon.
    ClosureTime,
    /// Thickness of the viable epidermis over the healed or intact part (um).
    EpidermalThickness,
    /// Collagen I : III ratio in the wound.
    CollagenRatio,
    /// Collagen in the wound (intact = 1).
    CollagenContent,
    /// Endothelial cells per mm² of section in the wound, relative to intact dermis.
    VesselDensity,
    /// Mean pro-repair score of macrophages in the wound.
    MacrophageScore,
    /// Highest number of neutrophils per mm² of section.
    PeakNeutrophils,
    /// Time of the highest number of neutrophils (min).
    PeakNeutrophilTime,
    /// Time of the highest number of macrophages (min).
    PeakMacrophageTime,
    /// Speed of the epithelial front between the cut and closure or the horizon: median slope of its distance from the
    /// bed's edge.
    FrontSpeed,
    /// Myofibroblasts per mm² of section in the wound.
    MyofibroblastDensity,
    /// Vesicles of the product delivered per um² of wound.
    Delivered,
}

/// What is recorded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recording {
    /// Interval of the time series (min).
    pub series: f64,
    /// Times of the cell snapshots and fields (min after day 0).
    pub snapshots: Vec<f64>,
    /// Interval of checkpoints (min of simulated time).
    pub checkpoint: f64,
    /// Who sent how many vesicles to whom is followed.
    #[serde(default)]
    pub communication: bool,
}
