//! One substance in the body: central compartment, two peripheral ones, two ways out of the blood, and the ways in.
//!
//! ```text
//! A₁' = input − (k₁₂ + k₁₃) A₁ + k₂₁ A₂ + k₃₁ A₃ − Vmax A₁/(Km V + A₁) − k_lin A₁
//! ```
//!
//! Elimination is from the central compartment only (ledger `pk_structure_rat`). What macrophages and other cells captured is
//! held until their lysosomes have degraded it. A depot in the dermis empties into lymph, into blood, and into the cells
//! around it; lymph passes a node that keeps a share. What lies on the skin passes slowly or is shed.

use crate::network::{Course, Link, Network, Rate, run};
use crate::{BodyError, not_negative, positive, share};

/// Compartments of a substance.
pub const COMPARTMENTS: usize = 11;
/// Plasma.
pub const CENTRAL: usize = 0;
/// First peripheral compartment.
pub const FIRST: usize = 1;
/// Second peripheral compartment.
pub const SECOND: usize = 2;
/// On the skin's surface.
pub const SURFACE: usize = 3;
/// In the dermis at the site.
pub const DEPOT: usize = 4;
/// In lymph on its way to the node.
pub const LYMPH: usize = 5;
/// Kept by the lymph node.
pub const NODE: usize = 6;
/// Captured by macrophages that face the blood.
pub const MACROPHAGES: usize = 7;
/// Captured by other cells that face the blood.
pub const OTHER_CELLS: usize = 8;
/// Taken up by cells at the site.
pub const SITE_CELLS: usize = 9;
/// Degraded, shed or excreted.
pub const GONE: usize = 10;

/// Names of the compartments, in order.
pub const NAMES: [&str; COMPARTMENTS] = [
    "plasma",
    "first peripheral compartment",
    "second peripheral compartment",
    "on the skin",
    "in the dermis at the site",
    "in lymph",
    "kept by the lymph node",
    "captured by macrophages",
    "captured by other cells",
    "taken up by cells at the site",
    "degraded, shed or excreted",
];

/// A way in that is limited by what cells hold.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SiteCells {
    /// Amount a min that the cells of the site take up at saturation.
    pub most: f64,
    /// Amount in the depot at half saturation.
    pub half: f64,
}

/// The numbers of a substance in a body.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Kinetics {
    /// Central volume (um³).
    pub volume: f64,
    /// Rates into the first peripheral compartment and back (1/min).
    pub first: [f64; 2],
    /// The same of the second; 0 where there is none.
    pub second: [f64; 2],
    /// Clearance by macrophages at low load (um³/min).
    pub macrophages: f64,
    /// Amount per um³ of plasma at which that is halved; infinite for a route that does not saturate.
    pub half: f64,
    /// Clearance by everything else (um³/min).
    pub linear: f64,
    /// Degradation of what was captured (1/min).
    pub degradation: f64,
    /// Passage of the skin's surface (1/min).
    pub passage: f64,
    /// Shedding from it (1/min).
    pub shedding: f64,
    /// From the depot into lymph (1/min).
    pub to_lymph: f64,
    /// From the depot into blood (1/min).
    pub to_blood: f64,
    /// Uptake by cells at the site.
    pub site: SiteCells,
    /// Loss in the depot (1/min).
    pub depot_loss: f64,
    /// Passage of lymph to the blood (1/min).
    pub lymph_flow: f64,
    /// Share that the lymph node keeps.
    pub node: f64,
}

impl Kinetics {
    /// Checks the numbers.
    ///
    /// # Errors
    /// The first that can't be.
    pub fn checked(self) -> Result<Self, BodyError> {
        positive("the central volume", self.volume)?;
        if self.half.is_nan() || self.half <= 0.0 {
            return Err(BodyError::Number {
                name: "the concentration of half saturation",
                value: self.half,
                must: "it must be above 0",
            });
        }
        for (name, value) in [
            ("a rate of exchange", self.first[0]),
            ("a rate of exchange", self.first[1]),
            ("a rate of exchange", self.second[0]),
            ("a rate of exchange", self.second[1]),
            ("the clearance by macrophages", self.macrophages),
            ("the linear clearance", self.linear),
            ("the degradation of what was captured", self.degradation),
            ("the passage of the surface", self.passage),
            ("shedding", self.shedding),
            ("drainage into lymph", self.to_lymph),
            ("drainage into blood", self.to_blood),
            ("uptake at the site", self.site.most),
            ("the loss in the depot", self.depot_loss),
            ("the passage of lymph", self.lymph_flow),
        ] {
            not_negative(name, value)?;
        }
        if self.site.most > 0.0 {
            positive("the half saturation of the site", self.site.half)?;
        }
        share("the share of the lymph node", self.node)?;
        Ok(self)
    }

    /// The same body with this share of its macrophages left.
    #[must_use]
    pub fn with_macrophages(self, left: f64) -> Self {
        Self { macrophages: self.macrophages * left, ..self }
    }

    /// Clearance at low load (um³/min).
    pub fn clearance(&self) -> f64 {
        self.macrophages + self.linear
    }

    /// Vmax of the macrophages (amount/min); infinite where they do not saturate.
    pub fn most(&self) -> f64 {
        self.macrophages * self.half
    }

    /// The links of the compartments.
    pub fn links(&self) -> Vec<Link> {
        let capture = if self.half.is_finite() {
            Rate::Saturable { most: self.most(), half: self.half * self.volume, driver: CENTRAL }
        } else {
            Rate::Linear(self.macrophages / self.volume)
        };
        let mut links = vec![
            Link::linear(CENTRAL, FIRST, self.first[0]),
            Link::linear(FIRST, CENTRAL, self.first[1]),
            Link::linear(CENTRAL, SECOND, self.second[0]),
            Link::linear(SECOND, CENTRAL, self.second[1]),
            Link { from: CENTRAL, to: MACROPHAGES, rate: capture },
            Link::linear(CENTRAL, OTHER_CELLS, self.linear / self.volume),
            Link::linear(SURFACE, DEPOT, self.passage),
            Link::linear(SURFACE, GONE, self.shedding),
            Link::linear(DEPOT, LYMPH, self.to_lymph),
            Link::linear(DEPOT, CENTRAL, self.to_blood),
            Link::linear(DEPOT, GONE, self.depot_loss),
            Link::linear(LYMPH, CENTRAL, self.lymph_flow * (1.0 - self.node)),
            Link::linear(LYMPH, NODE, self.lymph_flow * self.node),
        ];
        if self.site.most > 0.0 {
            let rate = Rate::Saturable { most: self.site.most, half: self.site.half, driver: DEPOT };
            links.push(Link { from: DEPOT, to: SITE_CELLS, rate });
        }
        for held in [NODE, MACROPHAGES, OTHER_CELLS, SITE_CELLS] {
            links.push(Link::linear(held, GONE, self.degradation));
        }
        links
    }

    /// As a network without inflow.
    pub fn network(&self) -> Network<COMPARTMENTS> {
        Network { links: self.links(), inflow: [0.0; COMPARTMENTS] }
    }
}

/// How a dose is given.
#[derive(Clone, Debug, PartialEq)]
pub enum Route {
    /// Into blood at once.
    Bolus,
    /// Into blood evenly over a time (min).
    Infusion(f64),
    /// Into the dermis.
    Intradermal,
    /// On the skin.
    Topical,
}

/// Amounts that a tissue gives off to the body over pieces of time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Outflow {
    /// Length of the piece (min).
    pub span: f64,
    /// Amount into lymph.
    pub lymph: f64,
    /// Amount into blood.
    pub blood: f64,
}

/// Runs a dose for `horizon` (min).
pub fn dose(
    kinetics: &Kinetics,
    amount: f64,
    route: &Route,
    horizon: f64,
    relative: f64,
) -> Course<COMPARTMENTS> {
    let mut start = [0.0; COMPARTMENTS];
    let none = [0.0; COMPARTMENTS];
    let pieces = match route {
        Route::Infusion(span) if *span > 0.0 => {
            let mut inflow = none;
            inflow[CENTRAL] = amount / span;
            vec![(span.min(horizon), inflow), ((horizon - span).max(0.0), none)]
        }
        Route::Bolus | Route::Infusion(_) => {
            start[CENTRAL] = amount;
            vec![(horizon, none)]
        }
        Route::Intradermal => {
            start[DEPOT] = amount;
            vec![(horizon, none)]
        }
        Route::Topical => {
            start[SURFACE] = amount;
            vec![(horizon, none)]
        }
    };
    run(&kinetics.network(), start, &pieces, relative)
}

/// Runs what a tissue gives off, evenly over each piece.
pub fn fed(kinetics: &Kinetics, outflow: &[Outflow], relative: f64) -> Course<COMPARTMENTS> {
    let pieces: Vec<_> = outflow
        .iter()
        .filter(|o| o.span > 0.0)
        .map(|o| {
            let mut inflow = [0.0; COMPARTMENTS];
            inflow[LYMPH] = o.lymph / o.span;
            inflow[CENTRAL] = o.blood / o.span;
            (o.span, inflow)
        })
        .collect();
    run(&kinetics.network(), [0.0; COMPARTMENTS], &pieces, relative)
}
