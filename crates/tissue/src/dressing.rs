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
        let corneum = plan.scenario.transport.corneum_permeability;
        let made =
            plan.scenario.events.iter().find_map(|e| if let Event::Channels(c) = e { Some(c) } else { None });
        let (Some(c), TissueKind::Skin(skin)) = (made, &plan.scenario.tissue) else {
            return Ok(Self { corneum, open: None, reach: 0.0 });
        };
        let channels = Channels::new(c.density, c.diameter, skin.stratum_corneum, c.closing)?;
        let since = [time - c.time, time + dt - c.time];
        Ok(Self::pierced(corneum, channels, c.depth - skin.stratum_corneum, since))
    }

    /// With channels down to `reach` below it, between two times after they were made (min).
    fn pierced(corneum: f64, channels: Channels, reach: f64, since: [f64; 2]) -> Self {
        let open = channels.open_share(since[0], since[1]);
        Self { corneum, open: (open > 0.0).then_some((channels, open)), reach }
    }

    fn is_tight(&self) -> bool {
        self.corneum <= 0.0 && self.open.is_none()
    }

    /// The ways for what diffuses as a sphere of `diameter` nm. Channels are filled with interstitial fluid.
    pub(crate) fn way(&self, plan: &Plan, d: &Dressing, diameter: f64) -> Way {
        let t = &plan.scenario.transport;
        let fluid = mobility::diffusion_at_size(t.diffusion_100nm, diameter) / t.relative_viscosity;
        self.way_of(fluid, mobility::diffusion_at_size(d.gel_diffusion, diameter))
    }

    /// The ways for what diffuses at `fluid` in interstitial fluid and at `gel` in the gel (um²/min).
    fn way_of(&self, fluid: f64, gel: f64) -> Way {
        let mut way = Way { permeability: self.corneum, channels: 0.0, reach: self.reach };
        if let Some((channels, open)) = self.open {
            let pierced = open * channels.permeability(fluid, gel);
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

#[cfg(test)]
mod tests {
    use super::*;

    const GRID: Grid = Grid { n: [3, 2, 5], h: [13.0, 10.0, 20.0] };

    fn way(channels: f64, reach: f64) -> Way {
        Way { permeability: 1.0, channels, reach }
    }

    /// What each layer of a column got of 1 (per voxel of it; layer 0 is the deepest).
    fn handed(way: Way, top: usize) -> [f64; 5] {
        let mut into = vec![0.0; GRID.len()];
        way.hand_on(1.0, &GRID, [1, top], &mut into);
        let layers = std::array::from_fn(|iz| into[GRID.index(1, 0, iz)]);
        for iz in 0..5 {
            assert_eq!(into[GRID.index(1, 1, iz)], layers[iz], "rows of a column are alike");
            assert!(
                [0, 2].iter().all(|&ix| into[GRID.index(ix, 0, iz)] == 0.0),
                "others' columns get nothing"
            );
        }
        layers
    }

    /// Whatever the channels' share and depth, and wherever the living skin begins: all of it arrives, once.
    #[test]
    fn s061_all_that_passes_is_handed_on() {
        for top in 0..5 {
            for channels in [0.0, 0.3, 1.0] {
                for reach in [1e-3, 7.0, 20.0, 50.0, 60.0, 1e4] {
                    let sum: f64 = handed(way(channels, reach), top).iter().sum();
                    assert!((sum - 1.0).abs() < 1e-12, "{channels} to {reach} um below layer {top}: {sum}");
                }
            }
        }
    }

    /// Evenly down to the channels' depth: by the length of channel in a layer, what lies below the mesh in its last.
    #[test]
    fn s061_channels_hand_on_evenly_down_to_their_depth() {
        let near = |got: [f64; 5], expected: [f64; 5]| {
            for (g, e) in got.iter().zip(expected) {
                assert!((g - e).abs() < 1e-12, "{got:?} {expected:?}");
            }
        };
        // 50 um are two layers and a half.
        near(handed(way(1.0, 50.0), 4), [0.0, 0.0, 0.2, 0.4, 0.4]);
        // Six tenths pass beside the channels, into the first layer.
        near(handed(way(0.4, 50.0), 4), [0.0, 0.0, 0.08, 0.16, 0.76]);
        near(handed(way(1.0, 50.0), 1), [0.6, 0.4, 0.0, 0.0, 0.0]);
        near(handed(way(1.0, 5.0), 0), [1.0, 0.0, 0.0, 0.0, 0.0]);
        near(handed(way(0.0, 50.0), 3), [0.0, 0.0, 0.0, 1.0, 0.0]);
    }

    /// Channels of 12 h close one after the other: what they hand on below the first layer falls on a straight line to
    /// nothing at 12 h, whatever the steps, and the barrier is then as tight as it was before them.
    #[test]
    fn s061_channels_hand_on_until_they_have_closed() {
        let (fluid, gel, corneum, reach, closing) = (400.0, 70.0, 1e-5, 60.0, 720.0);
        let channels = Channels::new(1e-6, 50.0, 8.0, closing).unwrap();
        let all_open = channels.permeability(fluid, gel);
        // Per concentration of the gel and area: what the first layer and what deeper ones got between two times.
        let deep_of = |from: f64, to: f64, corneum: f64| {
            let barrier = Barrier::pierced(corneum, channels, reach, [from, to]);
            let way = barrier.way_of(fluid, gel);
            let layers = handed(way, 4).map(|l| l * way.permeability * (to - from));
            (layers[4], layers[..4].iter().sum::<f64>(), barrier.is_tight())
        };
        for step in [1.0, 7.0, 30.0, 110.0, 720.0, 2000.0] {
            let (mut t, mut deep, mut top) = (-120.0, 0.0, 0.0);
            while t < 1500.0 {
                let (first, below, _) = deep_of(t, t + step, corneum);
                (top, deep, t) = (top + first, deep + below, t + step);
            }
            // Two thirds of the channels' length lie below the first layer, and half of the time they are open.
            let through = 0.5 * closing * all_open;
            assert!((deep / (through * 2.0 / 3.0) - 1.0).abs() < 1e-12, "steps of {step}: {deep}");
            let whole = through + corneum * (t + 120.0);
            assert!(((top + deep) / whole - 1.0).abs() < 1e-12, "steps of {step}: {top} {deep}");
        }
        let early = deep_of(0.0, 1.0, 0.0).1;
        for (at, share) in [(180.0, 0.75), (360.0, 0.5), (719.0, 1.0 / 720.0)] {
            let got = deep_of(at - 0.5, at + 0.5, 0.0).1 / early;
            assert!((got / (share / (1.0 - 0.5 / 720.0)) - 1.0).abs() < 1e-9, "{at} min: {got}");
        }
        for (from, to) in [(-60.0, 0.0), (720.0, 720.5), (720.0, 1440.0), (1e5, 1e5 + 1.0)] {
            assert_eq!(deep_of(from, to, corneum), (corneum * (to - from), 0.0, false));
            assert_eq!(deep_of(from, to, 0.0), (0.0, 0.0, true));
        }
        assert!(!deep_of(719.9, 720.5, 0.0).2, "a channel is open yet");
    }
}
