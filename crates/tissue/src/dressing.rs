//! A dressing on stratum corneum: intact skin, or a wound's cover that has cornified.
//!
//! What lies on open bed or new epidermis is let go freely ([`crate::vesicles`]). Under a gel on stratum corneum vesicles
//! pass at the permeability of the barrier, `corneum_permeability`, into the topmost voxel of the viable epidermis, and
//! through open microchannels into the voxels beside them, evenly down to their depth. Without a wound the dressing lies on
//! the whole strip.

use crate::balance::Line;
use crate::plan::{NODES, Plan, Region};
use crate::state::{DressingState, Grid, State};
use crate::vesicles::{Contact, dressing_of, top_of_bed};
use crate::work::VesicleWork;
use exoderm_model::scenario::{Dressing, Event, ReleaseLaw, Tissue as TissueKind};
use exoderm_vesicle::Error as VesicleError;
use exoderm_vesicle::channels::Channels;
use exoderm_vesicle::gel::{Gel, GelColumn, Law};
use exoderm_vesicle::mobility;

/// Where a column of the gel gives into.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Face {
    /// Freely into this voxel (index along z).
    Open(usize),
    /// Through stratum corneum into this voxel.
    Corneum(usize),
    /// Into nothing.
    Shut,
}

/// What each column of the dressing lies on.
pub(crate) fn faces(s: &State, contacts: &[Contact], out: &mut Vec<Face>) {
    let columns = s.dressing.as_ref().map_or(0, |on| on.columns.len());
    let bed = s.wound.as_ref().map_or(0, |w| crate::wound::bed_columns(s, w.edge));
    let corneum = |ix: usize| {
        let top = (0..s.grid.n[2]).rev().find(|&iz| s.region[s.grid.index(ix, 0, iz)] == Region::Epithelium);
        top.map_or(Face::Shut, Face::Corneum)
    };
    out.clear();
    out.extend((0..columns).map(|ix| {
        if ix >= s.grid.n[0] {
            return Face::Shut;
        }
        match contacts.get(ix) {
            // Intact skin carries stratum corneum, whether or not one of its cells stands over this column.
            _ if ix >= bed => corneum(ix),
            Some(Contact::Sealed) => corneum(ix),
            Some(Contact::Epidermis(iz)) => Face::Open(*iz),
            Some(Contact::Bare) => top_of_bed(&s.region, &s.grid, ix).map_or(Face::Shut, Face::Open),
            None => Face::Shut,
        }
    }));
}

/// Area of a column of the mesh (um²).
pub(crate) fn column_area(s: &State) -> f64 {
    s.grid.h[0] * s.grid.h[1] * s.grid.n[1] as f64
}

/// True if a dressing put on at tick `on` is due for a change in the step of `dt` (min) that begins now: a whole number of
/// intervals has passed.
fn due(plan: &Plan, s: &State, d: &Dressing, on: u32, dt: f64) -> bool {
    d.every.is_some_and(|every| {
        let worn = f64::from(s.tick - on) * plan.scenario.steps.phenotype;
        worn > 0.0 && (worn / every).floor() > ((worn - dt) / every).floor()
    })
}

/// The gel for 100-nm vesicles with a loss (1/min).
pub(crate) fn gel_of(d: &Dressing, loss: f64) -> Result<Gel, VesicleError> {
    let law = match d.release {
        ReleaseLaw::Slab => Law::Slab,
        ReleaseLaw::FirstOrder => Law::FirstOrder,
    };
    Gel::new(law, d.thickness, d.gel_diffusion, loss)
}

/// What is loaded per um² of a labelled dose: less what storage and walls took.
pub(crate) fn true_dose(plan: &Plan, d: &Dressing) -> f64 {
    let population = &plan.scenario.vesicles[d.product.0];
    d.dose * (1.0 - population.storage_loss) * (1.0 - population.adsorption_loss)
}

/// Puts the dressing on intact skin, renews it, and lets it lose for `dt`; a wound's dressing is seen to elsewhere.
fn dress_intact(plan: &Plan, s: &mut State, d: &Dressing, gels: &[Gel; NODES], dt: f64) {
    let p = d.product.0;
    let area = column_area(s);
    if s.dressing.as_ref().is_none_or(|on| due(plan, s, d, on.tick, dt)) {
        let first = s.dressing.as_ref().map_or(s.tick, |on| on.tick);
        if let Some(old) = &s.dressing {
            let left: f64 = old.columns.iter().flatten().map(|c| c.remaining).sum::<f64>() * area;
            s.flows[p].add(Line::WithDressing, left);
        }
        let dose = true_dose(plan, d);
        let nodes = &plan.populations[p].nodes;
        let column: [GelColumn; NODES] = std::array::from_fn(|k| GelColumn::new(dose * nodes[k].weight));
        let columns = s.grid.n[0];
        let loaded = column.iter().map(|c| c.loaded).sum::<f64>() * area * columns as f64;
        s.flows[p].add(Line::Loaded, loaded);
        s.dressing = Some(DressingState { tick: first, columns: vec![column; columns] });
    }
    let Some(on) = &mut s.dressing else { return };
    let mut degraded = 0.0;
    for column in &mut on.columns {
        for (c, gel) in column.iter_mut().zip(gels) {
            degraded += gel.hold(c, dt).degraded;
        }
    }
    s.flows[p].add(Line::DegradedGel, degraded * area);
}

/// What intact skin lets through during a step.
pub(crate) struct Barrier {
    /// Permeability of the stratum corneum (um/min).
    corneum: f64,
    /// Channels through it, and the share of them that is open, where any is.
    open: Option<(Channels, f64)>,
    /// How far below the stratum corneum the channels reach (um).
    reach: f64,
}

/// The ways through the barrier for what diffuses as a sphere of one size.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Way {
    /// Of both ways together (um/min).
    pub permeability: f64,
    /// Share of it that is the channels'.
    channels: f64,
    /// How far below the stratum corneum they hand it on (um).
    reach: f64,
}

impl Barrier {
    /// The barrier during `dt` (min) from `time` after day 0.
    pub(crate) fn of(plan: &Plan, time: f64, dt: f64) -> Result<Self, VesicleError> {
        let mut barrier =
            Self { corneum: plan.scenario.transport.corneum_permeability, open: None, reach: 0.0 };
        let made =
            plan.scenario.events.iter().find_map(|e| if let Event::Channels(c) = e { Some(c) } else { None });
        if let (Some(c), TissueKind::Skin(skin)) = (made, &plan.scenario.tissue) {
            let channels = Channels::new(c.density, c.diameter, skin.stratum_corneum, c.closing)?;
            let open = channels.open_share(time - c.time, time + dt - c.time);
            barrier.open = (open > 0.0).then_some((channels, open));
            barrier.reach = c.depth - skin.stratum_corneum;
        }
        Ok(barrier)
    }

    fn is_tight(&self) -> bool {
        self.corneum <= 0.0 && self.open.is_none()
    }

    /// The ways for what diffuses as a sphere of `diameter` nm. Channels are filled with interstitial fluid.
    pub(crate) fn way(&self, plan: &Plan, d: &Dressing, diameter: f64) -> Way {
        let t = &plan.scenario.transport;
        let mut way = Way { permeability: self.corneum, channels: 0.0, reach: self.reach };
        if let Some((channels, open)) = self.open {
            let fluid = mobility::diffusion_at_size(t.diffusion_100nm, diameter) / t.relative_viscosity;
            let pierced =
                open * channels.permeability(fluid, mobility::diffusion_at_size(d.gel_diffusion, diameter));
            way.permeability += pierced;
            way.channels = pierced / way.permeability;
        }
        way
    }
}

impl Way {
    /// Hands `out` (what a voxel gains per volume and time, were it all given to one) to the voxels of the column whose
    /// living skin begins with voxel `top[1]` of column `top[0]`.
    pub(crate) fn hand_on(&self, out: f64, grid: &Grid, top: [usize; 2], into: &mut [f64]) {
        let [ix, iz] = top;
        let mut give = |iz: usize, out: f64| {
            for iy in 0..grid.n[1] {
                into[grid.index(ix, iy, iz)] += out;
            }
        };
        if self.channels == 0.0 {
            return give(iz, out);
        }
        give(iz, out * (1.0 - self.channels));
        let (h, mut above, mut voxel) = (grid.h[2], 0.0, iz);
        while above < self.reach {
            // What lies below the mesh is its last voxel's.
            let length = if voxel == 0 { self.reach - above } else { h.min(self.reach - above) };
            give(voxel, out * self.channels * length / self.reach);
            above += length;
            voxel = voxel.saturating_sub(1);
        }
    }
}

/// What passes stratum corneum in `dt` (min), `time` after day 0.
pub(crate) fn through_corneum(
    plan: &Plan,
    s: &mut State,
    work: &mut VesicleWork,
    time: f64,
    dt: f64,
) -> Result<(), VesicleError> {
    let Some(d) = dressing_of(plan) else { return Ok(()) };
    if !plan.has_product() || time < d.time {
        return Ok(());
    }
    let p = d.product.0;
    let population = &plan.populations[p];
    let base = gel_of(d, if plan.is_soluble() { population.degradation } else { d.degradation })?;
    let gels: [Gel; NODES] = std::array::from_fn(|k| base.at_size(100.0 / population.nodes[k].gel_relative));
    if s.wound.is_none() {
        work.contacts.clear();
        dress_intact(plan, s, d, &gels, dt);
    }
    faces(s, &work.contacts, &mut work.faces);
    let barrier = Barrier::of(plan, time, dt)?;
    let Some(on) = &mut s.dressing else { return Ok(()) };
    if barrier.is_tight() {
        return Ok(());
    }
    let ways: [Way; NODES] =
        std::array::from_fn(|k| barrier.way(plan, d, 100.0 / population.nodes[k].gel_relative));
    for (ix, column) in on.columns.iter_mut().enumerate() {
        let Some(Face::Corneum(iz)) = work.faces.get(ix) else { continue };
        for (k, c) in column.iter_mut().enumerate() {
            // Per um² of skin into a voxel of height h.
            let out = c.seep(gels[k].seep_rate(ways[k].permeability, d.thickness), dt) / (s.grid.h[2] * dt);
            ways[k].hand_on(out, &s.grid, [ix, *iz], &mut work.source[p * NODES + k]);
        }
    }
    Ok(())
}
