//! A dose on its way: the layer that receives it, with numbers as stated or at a point of their ranges.

use super::Plan;
use crate::error::StudyError;
use exoderm_numeric::math;
use exoderm_numeric::quasi::Additive;
use exoderm_skin::dosing::{CargoKind, LayerKind};
use exoderm_skin::stated::Stated;
use exoderm_vesicle::delivery::{Applied, Delivered, Layer, Stage, deliver, reach};
use exoderm_vesicle::uptake::{CargoDecay, UptakeParameters, UptakeSpec};

/// Density of water (ug/um³): exudate by mass is read as water.
const WATER: f64 = 1e-6;

impl Plan<'_> {
    pub(super) fn input(&self, name: &str) -> Option<&Stated> {
        self.inputs.iter().find(|s| s.name == name)
    }

    /// Inputs that share a ledger row are one dimension.
    fn dimension(&self, index: usize) -> usize {
        let key = &self.inputs[index].key;
        let first = self
            .inputs
            .iter()
            .position(|s| key.is_some() && s.key == *key && s.range == self.inputs[index].range);
        first.unwrap_or(index)
    }

    pub(super) fn dimensions(&self) -> usize {
        self.inputs.len()
    }

    pub(super) fn labelled(&self, v: &Values<'_>) -> f64 {
        match self.dose {
            Ok(n) => n,
            Err(mass) => mass * v.get("product.particles_per_ug"),
        }
    }

    /// The layer, and the clearance that diffusion leaves a cell at low load.
    pub(super) fn layer(&self, v: &Values<'_>) -> (Layer, f64) {
        let mobile = v.get("route.hindrance") / v.get("tissue.viscosity");
        let diffusion_limit = v.get("tissue.diffusion_limit") * mobile;
        let degradation = v.get("tissue.degradation");
        let take = if diffusion_limit > 0.0 {
            1.0 / (1.0 / v.get("cell.clearance") + 1.0 / diffusion_limit)
        } else {
            0.0
        };
        let dermal = v.get("tissue.fibroblasts");
        let (depth, cells, carried_off) = match self.route.layer {
            LayerKind::Epidermis => (v.get("tissue.epidermis"), v.get("tissue.epidermal_cells"), 0.0),
            LayerKind::Needled => {
                let (depth, skin) = (v.get("route.depth"), v.get("tissue.epidermis"));
                let epidermal = v.get("tissue.epidermal_cells") * (depth / skin).min(1.0);
                (depth, epidermal + dermal * (depth - skin).max(0.0), 1.0 / v.get("tissue.residence"))
            }
            LayerKind::Dermis => {
                let depth = v.get("route.depth");
                (depth, dermal * depth, 1.0 / v.get("tissue.residence"))
            }
            LayerKind::Bed => {
                let outflow = v.get("route.exudate") / WATER;
                let depth = reach(v.get("tissue.diffusion") * mobile, dermal * take + degradation, outflow);
                (depth, dermal * depth, outflow / depth)
            }
        };
        let bound = if self.route.layer == LayerKind::Epidermis { 0.0 } else { v.get("tissue.bound_share") };
        let off = v.get("tissue.unbinding");
        let matrix = [off * bound / (1.0 - bound), off];
        (Layer { depth, cells, diffusion_limit, degradation, carried_off, matrix }, take)
    }

    pub(super) fn deliver(&self, v: &Values<'_>, kind: &CargoKind) -> Result<Delivered, StudyError> {
        let internalisation = v.get("cell.internalisation");
        let spec = UptakeSpec {
            clearance: v.get("cell.clearance"),
            // A saturated uptake per time is sites × internalisation.
            capacity: v.get("cell.saturation") / internalisation,
            internalisation,
            unbinding: v.get("cell.unbinding"),
            lysosome: v.get("cell.lysosome"),
            recycled: v.get("cell.recycled"),
            escape: v.get("cell.escape"),
        };
        let wrong = |e: exoderm_vesicle::Error| {
            StudyError::input(format!("these numbers do not go together: {e}"), "change what --set gives")
        };
        let uptake = UptakeParameters::new(spec).map_err(wrong)?;
        let applied = Applied {
            labelled: self.labelled(v),
            storage_loss: v.get("product.storage_loss"),
            adsorption_loss: v.get("product.adsorption_loss"),
            retained: v.get("route.retained"),
            passes: v.get("route.passes"),
            dressing: self.route.release.as_ref().map(|_| (v.get("route.release"), v.get("route.gel_loss"))),
        };
        let cargo = CargoDecay {
            vesicle: v.get(&format!("cargo.{}.decay_vesicle", kind.name)),
            cytosol: v.get(&format!("cargo.{}.decay_cytosol", kind.name)),
        };
        deliver(&applied, &self.layer(v).0, &uptake, cargo, self.time).map_err(wrong)
    }

    /// Names of the inputs in use that set a stage.
    pub(super) fn of_stage(&self, stage: Stage) -> Vec<String> {
        let names: &[&str] = match stage {
            Stage::Labelled => &["product.particles_per_ug"],
            Stage::True => &["product.storage_loss", "product.adsorption_loss"],
            Stage::Retained => &["route.retained", "route.release", "route.gel_loss"],
            Stage::InTissue => &["route.passes", "route.exudate", "tissue.residence"],
            Stage::Bound => &[
                "cell.clearance",
                "cell.saturation",
                "tissue.epidermal_cells",
                "tissue.fibroblasts",
                "tissue.degradation",
                "tissue.diffusion_limit",
                "route.hindrance",
                "tissue.bound_share",
            ],
            Stage::Inside => &["cell.internalisation", "cell.unbinding"],
            Stage::Escaped => &["cell.escape", "cell.recycled", "cell.lysosome"],
        };
        let used = |name: &&&str| self.inputs.iter().any(|s| s.name == **name);
        names.iter().filter(used).map(|n| (*n).to_owned()).collect()
    }
}

/// The inputs' values, as stated or at a point of the box.
pub(super) struct Values<'a> {
    pub(super) plan: &'a Plan<'a>,
    pub(super) point: Option<(&'a Additive, u32)>,
}

impl Values<'_> {
    /// Value of an input; 0 for one that the route does not use.
    pub(super) fn get(&self, name: &str) -> f64 {
        let Some(i) = self.plan.inputs.iter().position(|s| s.name == name) else { return 0.0 };
        let s = &self.plan.inputs[i];
        match self.point {
            None => s.value,
            Some((points, n)) => within(s.range, points.at(n, self.plan.dimension(i))),
        }
    }
}

/// A share of the way through a range: log-uniform over a positive range that spans more than a factor of three.
pub(crate) fn within([low, high]: [f64; 2], u: f64) -> f64 {
    if low > 0.0 && high > 3.0 * low {
        math::exp(math::ln(low) + u * (math::ln(high) - math::ln(low)))
    } else {
        low + u * (high - low)
    }
}
