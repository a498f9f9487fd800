//! What happens to the tissue: wound, dressing, releases.

use super::{Population, PopulationId, Scenario};
use serde::{Deserialize, Serialize};

/// Something that happens to the tissue.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Event {
    /// A full-thickness excision.
    Wound(Wound),
    /// A hydrogel dressing that releases a product.
    Dressing(Dressing),
    /// Microchannels through the stratum corneum of intact skin.
    Channels(Channels),
    /// A one-off release of vesicles in a box.
    Release(Release),
}

/// True if an event applies a product: a dressing, or vesicles put into a box that its cells do not make themselves.
pub(crate) fn product_applied(events: &[Event], vesicles: &[Population]) -> bool {
    events.iter().any(|e| match e {
        Event::Dressing(_) => true,
        Event::Release(r) => vesicles.get(r.population.0).is_some_and(|p| !p.endogenous),
        Event::Wound(_) | Event::Channels(_) => false,
    })
}

impl Scenario {
    /// True if an event applies a product: without one, arms are about the tissue's own vesicles.
    pub fn has_product(&self) -> bool {
        product_applied(&self.events, &self.vesicles)
    }
}

/// A full-thickness excision centred on x = 0.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Wound {
    /// Time (min after day 0).
    pub time: f64,
    /// Radius (um): cells and matrix with x below it are removed.
    pub radius: f64,
    /// Fibrin of the clot that fills it (intact units).
    pub clot_fibrin: f64,
    /// Debris at once (0–1).
    pub debris: f64,
    /// Contraction: edge speed per myofibroblast density (um/min per (cell/um²) of bed surface).
    pub contraction: f64,
    /// Width of the skin beside the bed whose myofibroblasts pull too (um).
    pub contraction_margin: f64,
    /// Distance beyond the edge over which resident cells are roused, by a factor e (um); 0 for those of the bed only.
    pub activation_reach: f64,
    /// Splint: 0 none – 1 no contraction.
    pub splint: f64,
}

/// A hydrogel dressing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Dressing {
    /// Time of application (min after day 0).
    pub time: f64,
    /// Product in it.
    pub product: PopulationId,
    /// Dose as particles per um² of wound, as labelled.
    pub dose: f64,
    /// The dose as written ("100 ug/cm^2").
    pub dose_text: String,
    /// Whether the dose was given by protein mass (then purity matters).
    pub by_mass: bool,
    /// Thickness of the gel (um).
    pub thickness: f64,
    /// Diffusion of a 100-nm vesicle in the gel (um²/min).
    pub gel_diffusion: f64,
    /// Release law.
    pub release: ReleaseLaw,
    /// Vesicle loss inside the gel at 37 °C (1/min).
    pub degradation: f64,
    /// The dressing keeps the air's oxygen out.
    pub occlusive: bool,
    /// Time between changes of the dressing (min); `None` for one application.
    pub every: Option<f64>,
}

/// Microchannels through stratum corneum, as needles or a laser leave them; they close with time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Channels {
    /// Time at which they are made (min after day 0).
    pub time: f64,
    /// Number per um² of skin.
    pub density: f64,
    /// Diameter of one (um).
    pub diameter: f64,
    /// Reach below the surface of the skin, stratum corneum included (um).
    pub depth: f64,
    /// Time in which they close (min): the number open falls evenly to none.
    pub closing: f64,
}

/// How a gel lets vesicles go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ReleaseLaw {
    /// Diffusion out of a slab, sealed at the back (Crank).
    Slab,
    /// First order with the slab's half-time.
    FirstOrder,
}

/// A one-off release of vesicles at a point.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Release {
    /// Time (min).
    pub time: f64,
    /// Population.
    pub population: PopulationId,
    /// Vesicles.
    pub count: f64,
    /// Position (um).
    pub position: [f64; 3],
}
