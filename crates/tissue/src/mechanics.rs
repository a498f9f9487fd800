//! Mechanics of a tissue's cells: drags, surfaces and forces by type, as the plan has them.

use crate::plan::Plan;
use crate::state::Blueprint;
use exoderm_cell::{
    CellError, Kind, KindMechanics, MechanicsParameters, PairForce, PairTable, SleepRule, SurfaceRule,
};
use exoderm_model::scenario::{Place, Tissue as TissueModel};

/// Mechanics of the plan's types in a blueprint.
pub(crate) fn mechanics_of(plan: &Plan, b: &Blueprint) -> Result<MechanicsParameters, CellError> {
    let m = &plan.scenario.mechanics;
    let kinds = plan
        .types
        .iter()
        .map(|t| KindMechanics {
            drag: 1.0,
            class: u8::from(matches!(t.place, Place::Basal)),
            surface: match t.place {
                Place::Basal => SurfaceRule::Bound,
                Place::Suprabasal | Place::Corneal => SurfaceRule::Above,
                Place::Dermal => SurfaceRule::Below,
                Place::Free => SurfaceRule::Free,
            },
        })
        .collect();
    let mut pairs = PairTable::uniform(plan.types.len(), PairForce::default());
    for (i, a) in plan.scenario.cells.iter().enumerate() {
        for (j, c) in plan.scenario.cells.iter().enumerate().skip(i) {
            pairs.set(
                Kind(i as u8),
                Kind(j as u8),
                PairForce {
                    stiffness: m.stiffness * a.stiffness * c.stiffness,
                    cubic: m.stiffness_cubic * a.stiffness * c.stiffness,
                    adhesion: m.adhesion * a.adhesion * c.adhesion,
                },
            )?;
        }
    }
    let mut p = MechanicsParameters::new(b.domain, kinds, pairs);
    p.reach = m.reach;
    p.contact_range = p.contact_range.min(p.reach);
    p.surface = match &plan.scenario.tissue {
        TissueModel::Skin(_) => b.surface.clone(),
        TissueModel::Box(_) => None,
    };
    p.binding = m.anchoring;
    p.numerics.tolerance = m.tolerance;
    // Fast cells that push nobody need no short substeps; error control looks after the others.
    p.numerics.max_move = 4.0;
    p.numerics.sleep =
        Some(SleepRule { speed: m.rest_speed, intervals: 2, wake_distance: 0.5 * m.tolerance });
    Ok(p)
}
