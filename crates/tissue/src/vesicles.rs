//! Vesicles in the tissue: release by cells and dressing, transport, matrix, uptake, and the balance sheet.
//!
//! One transport step, for every population and size node:
//!
//! 1. cells let bursts go ([`exoderm_vesicle::biogenesis`]); the gel lets its share into the topmost voxels of
//!    what it lies on: open bed, or new epidermis without stratum corneum;
//! 2. flow, diffusion, matrix binding, degradation, drainage, vessels and the cells' uptake act together in one
//!    implicit line step along z, diffusion along x (and y) follows;
//! 3. each cell draws whole vesicles, Poisson with the mean that the field gave up to it, and moves them through its
//!    compartments ([`exoderm_vesicle::uptake`]); what it recycles goes back to its voxel.
//!
//! The difference between drawn and expected uptake is a line of the balance sheet.

use crate::balance::{Line, Stock};
use crate::plan::{NODES, Plan, Region};
use crate::purpose;
use crate::sense::contact_voxel;
use crate::state::{DressingState, State};
use crate::work::VesicleWork;
use exoderm_model::scenario::{Dressing, Event, Place, ReleaseLaw, Tissue as TissueModel};
use exoderm_numeric::random::Seed;
use exoderm_vesicle::Error as VesicleError;
use exoderm_vesicle::biogenesis::{ChainState, Modifiers, release_draw};
use exoderm_vesicle::cargo::{MAX_CARGO, ageing_factor};
use exoderm_vesicle::gel::{Gel, GelColumn, Law};
use exoderm_vesicle::uptake::{Arrivals, CellVesicles, UptakeStep};

/// One transport step of `dt` (min); `time` is after day 0, `covered` by column of the bed.
pub(crate) fn step(
    plan: &Plan,
    s: &mut State,
    work: &mut VesicleWork,
    covered: &[bool],
    seed: Seed,
    time: f64,
    dt: f64,
) -> Result<(), VesicleError> {
    locate(plan, s, work);
    secrete(plan, s, work, seed, time, dt)?;
    dress(plan, s, work, time, dt)?;
    common_sinks(plan, s, work, covered);
    for p in 0..plan.populations.len() {
        if s.flows[p].get(Line::Secreted) + s.flows[p].get(Line::Loaded) + s.flows[p].get(Line::Injected)
            == 0.0
        {
            continue; // nothing of it has ever been here
        }
        uptake_sinks(plan, s, work, p, dt);
        for k in 0..NODES {
            transport(plan, s, work, p, k, dt);
        }
        take_up(plan, s, work, p, seed, time, dt)?;
    }
    Ok(())
}

/// Contact voxel of every cell.
fn locate(plan: &Plan, s: &State, work: &mut VesicleWork) {
    work.voxel.clear();
    for i in 0..s.cells.len() {
        work.voxel.push(contact_voxel(plan, s, i) as u32);
    }
}

/// Release by cells: the endosomal chain's mean, drawn as bursts of whole vesicles.
fn secrete(
    plan: &Plan,
    s: &mut State,
    work: &mut VesicleWork,
    seed: Seed,
    time: f64,
    dt: f64,
) -> Result<(), VesicleError> {
    for source in &mut work.source {
        source.fill(0.0);
    }
    if work.propagators.is_empty() {
        work.propagators = plan
            .chains
            .iter()
            .map(|c| c.as_ref().map(|(_, chain)| chain.propagator(dt, &Modifiers::default())))
            .collect();
    }
    let inverse = 1.0 / (s.grid.volume() * dt);
    for i in 0..s.cells.len() {
        if s.cells.is_doomed(i) {
            continue;
        }
        let kind = usize::from(s.cells.kind[i].0);
        let (Some((population, chain)), Some(propagator)) = (&plan.chains[kind], &work.propagators[kind])
        else {
            continue;
        };
        let voxel = work.voxel[i] as usize;
        let table = &plan.types[kind].release;
        let factor = if table.is_constant() {
            table.base
        } else {
            let sense = crate::sense::Sense { plan, state: s, cell: i, voxel, edge: 0.0, time };
            table.value(&sense, plan.potency).full
        };
        let [e, m, l0, l1] = s.columns.chain;
        let mut state = ChainState {
            early: s.cells.extra(e)[i],
            bodies: s.cells.extra(m)[i],
            vesicles: [s.cells.extra(l0)[i], s.cells.extra(l1)[i]],
        };
        let out = propagator.advance(&mut state, factor);
        s.cells.extra_mut(e)[i] = state.early;
        s.cells.extra_mut(m)[i] = state.bodies;
        s.cells.extra_mut(l0)[i] = state.vesicles[0];
        s.cells.extra_mut(l1)[i] = state.vesicles[1];
        let mut stream = seed.stream(s.cells.id[i], s.tick, purpose::RELEASE);
        let count = release_draw(out.released, chain.dispersion, &mut stream);
        if count == 0 {
            continue;
        }
        let p = population.0;
        s.flows[p].add(Line::Secreted, count as f64);
        for (k, node) in plan.populations[p].nodes.iter().enumerate() {
            work.source[p * NODES + k][voxel] += count as f64 * node.weight * inverse;
        }
    }
    Ok(())
}

/// Puts a cell's endosomal chain at rest, as for a cell that has long been what it is.
pub(crate) fn rest_chain(plan: &Plan, s: &mut State, i: usize) {
    let kind = usize::from(s.cells.kind[i].0);
    let Some((_, chain)) = &plan.chains[kind] else { return };
    let rest = chain.steady_state();
    let [e, m, l0, l1] = s.columns.chain;
    s.cells.extra_mut(e)[i] = rest.early;
    s.cells.extra_mut(m)[i] = rest.bodies;
    s.cells.extra_mut(l0)[i] = rest.vesicles[0];
    s.cells.extra_mut(l1)[i] = rest.vesicles[1];
}

/// The arm's dressing, if it is on at this time.
pub(crate) fn dressing_of(plan: &Plan) -> Option<&Dressing> {
    plan.scenario.events.iter().find_map(|e| match e {
        Event::Dressing(d) => Some(d),
        _ => None,
    })
}

/// Puts the dressing on (again), and lets it release for `dt`.
fn dress(plan: &Plan, s: &mut State, work: &mut VesicleWork, time: f64, dt: f64) -> Result<(), VesicleError> {
    let Some(d) = dressing_of(plan) else { return Ok(()) };
    if !plan.has_product() || time < d.time || s.wound.is_none() {
        return Ok(());
    }
    let p = d.product.0;
    let population = &plan.scenario.vesicles[p];
    let h = s.grid.h;
    let column_area = h[0] * h[1] * s.grid.n[1] as f64;
    let fresh = match &s.dressing {
        None => true,
        // A change is due when a whole number of intervals has passed since the first application.
        Some(on) => d.every.is_some_and(|every| {
            let worn = (f64::from(s.tick - on.tick)) * plan.scenario.steps.phenotype;
            worn > 0.0 && (worn / every).floor() > ((worn - dt) / every).floor()
        }),
    };
    if fresh {
        let columns = s.wound.as_ref().map_or(0, |w| crate::wound::bed_columns(s, w.initial));
        let first = s.dressing.as_ref().map_or(s.tick, |on| on.tick);
        if let Some(old) = &s.dressing {
            let left: f64 = old.columns.iter().flatten().map(|c| c.remaining).sum::<f64>() * column_area;
            s.flows[p].add(Line::WithDressing, left);
        }
        // Labelled particles less what storage and walls took.
        let true_dose = d.dose * (1.0 - population.storage_loss) * (1.0 - population.adsorption_loss);
        let nodes = &plan.populations[p].nodes;
        let mut column = [GelColumn::default(); NODES];
        for (c, node) in column.iter_mut().zip(nodes) {
            *c = GelColumn::new(true_dose * node.weight);
        }
        let loaded: f64 = column.iter().map(|c| c.loaded).sum::<f64>() * column_area * columns as f64;
        s.flows[p].add(Line::Loaded, loaded);
        s.dressing = Some(DressingState { tick: first, columns: vec![column; columns] });
    }
    contacts(plan, s, &work.voxel, &mut work.contacts);
    let law = match d.release {
        ReleaseLaw::Slab => Law::Slab,
        ReleaseLaw::FirstOrder => Law::FirstOrder,
    };
    // Free cargo decays in the gel as it does in tissue; it has no vesicle around it.
    let loss = if plan.is_soluble() { plan.populations[p].degradation } else { d.degradation };
    let base = Gel::new(law, d.thickness, d.gel_diffusion, loss)?;
    let gels: [Gel; NODES] =
        [0, 1, 2].map(|k| base.at_size(100.0 / plan.populations[p].nodes[k].gel_relative));
    let open_columns = s.wound.as_ref().map_or(0, |w| crate::wound::bed_columns(s, w.edge));
    let Some(on) = &mut s.dressing else { return Ok(()) };
    let mut degraded = 0.0;
    for (ix, column) in on.columns.iter_mut().enumerate() {
        let top = match work.contacts.get(ix) {
            Some(_) if ix >= open_columns => None,
            Some(Contact::Bare) => top_of_bed(&s.region, &s.grid, ix),
            Some(Contact::Epidermis(iz)) => Some(*iz),
            Some(Contact::Sealed) | None => None,
        };
        for (k, c) in column.iter_mut().enumerate() {
            match top {
                Some(iz) => {
                    let out = gels[k].advance(c, dt);
                    degraded += out.degraded;
                    // Per um² of bed into a voxel of height h.
                    let share = out.released / (h[2] * dt);
                    for iy in 0..s.grid.n[1] {
                        work.source[p * NODES + k][s.grid.index(ix, iy, iz)] += share;
                    }
                }
                None => degraded += gels[k].hold(c, dt).degraded,
            }
        }
    }
    s.flows[p].add(Line::DegradedGel, degraded * column_area);
    Ok(())
}

/// What a dressing lies on, by column of the mesh.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) enum Contact {
    /// No cell of an epithelium: the bed, or nothing.
    #[default]
    Bare,
    /// New epidermis: the contact voxel (index along z) of its topmost cell. A sheet one cell thick lies on the bed's
    /// topmost voxel, which its cells share with it.
    Epidermis(usize),
    /// Stratum corneum, the barrier that shuts skin.
    Sealed,
}

/// New epidermis has no stratum corneum until its cells cornify: a gel goes on feeding the sheet that grows under it.
fn contacts(plan: &Plan, s: &State, voxel: &[u32], out: &mut Vec<Contact>) {
    out.clear();
    out.resize(s.grid.n[0], Contact::Bare);
    for i in 0..s.cells.len() {
        if s.cells.is_doomed(i) {
            continue;
        }
        let ix = (s.cells.position[0][i] / s.grid.h[0]).max(0.0) as usize;
        let Some(column) = out.get_mut(ix) else { continue };
        match plan.types[usize::from(s.cells.kind[i].0)].place {
            Place::Corneal => *column = Contact::Sealed,
            Place::Basal | Place::Suprabasal if *column != Contact::Sealed => {
                let iz = voxel[i] as usize % s.grid.n[2];
                let top = if let Contact::Epidermis(top) = *column { top.max(iz) } else { iz };
                *column = Contact::Epidermis(top);
            }
            _ => {}
        }
    }
}

fn top_of_bed(region: &[Region], grid: &crate::state::Grid, ix: usize) -> Option<usize> {
    (0..grid.n[2]).rev().find(|&iz| region[grid.index(ix, 0, iz)] == Region::Bed)
}

/// Vessels and drainage, the same for all populations.
fn common_sinks(plan: &Plan, s: &State, work: &mut VesicleWork, covered: &[bool]) {
    let t = &plan.scenario.transport;
    let inverse = 1.0 / s.grid.volume();
    work.plasma.fill(0.0);
    work.lymph.fill(0.0);
    work.exudate.fill(0.0);
    let vessel = crate::soluble::vessel_type(plan);
    for i in 0..s.cells.len() {
        if Some(usize::from(s.cells.kind[i].0)) == vessel && !s.cells.is_doomed(i) {
            work.plasma[work.voxel[i] as usize] += t.vessel_exchange * inverse;
        }
    }
    for v in 0..s.region.len() {
        if s.region[v] == Region::Stroma {
            work.lymph[v] = t.lymph_drainage;
        }
    }
    // Exudate leaves through the surface of the open bed: an outflow of its topmost voxels.
    if let Some(w) = &s.wound {
        for ix in 0..crate::wound::bed_columns(s, w.edge) {
            if covered.get(ix).copied().unwrap_or(true) {
                continue;
            }
            if let Some(iz) = top_of_bed(&s.region, &s.grid, ix) {
                for iy in 0..s.grid.n[1] {
                    work.exudate[s.grid.index(ix, iy, iz)] = t.exudate_flow / s.grid.h[2];
                }
            }
        }
    }
}

/// Sum of cells' clearance per voxel and node of population `p`, with the sites free on average over the step.
fn uptake_sinks(plan: &Plan, s: &State, work: &mut VesicleWork, p: usize, dt: f64) {
    let population = &plan.populations[p];
    let inverse = 1.0 / s.grid.volume();
    for k in 0..NODES {
        work.uptake[k].fill(0.0);
    }
    work.clearance.clear();
    work.clearance.resize(s.cells.len() * NODES, 0.0);
    if !population.binds {
        return;
    }
    for i in 0..s.cells.len() {
        if s.cells.is_doomed(i) {
            continue;
        }
        let kind = usize::from(s.cells.kind[i].0);
        let parameters = &population.uptake[kind];
        if parameters.clearance <= 0.0 {
            continue;
        }
        let v = work.voxel[i] as usize;
        let here: f64 =
            (0..NODES).map(|k| s.free[p * NODES + k][v] + dt * work.source[p * NODES + k][v]).sum();
        if here <= 0.0 && !population.endogenous {
            continue;
        }
        let own = s.cells.extra(s.columns.surface[p])[i];
        let others: f64 = (0..plan.populations.len())
            .filter(|&q| q != p && plan.populations[q].displaces)
            .map(|q| s.cells.extra(s.columns.surface[q])[i])
            .sum();
        let sites = parameters.mean_free_sites(own, others, s.free_total(p, v), dt);
        let region = s.region[v] as usize;
        for k in 0..NODES {
            let resistance = exoderm_vesicle::uptake::unresolved_resistance(
                population.nodes[k].diffusion[region],
                s.cells.radius[i],
                s.grid.h[0],
            );
            let bare = parameters.binding * sites;
            // A voxel without diffusion (outside) gives up what it holds to the cell's own clearance.
            let clearance = if resistance.is_finite() { bare / (1.0 + resistance * bare) } else { bare };
            work.clearance[i * NODES + k] = clearance;
            work.uptake[k][v] += clearance * inverse;
        }
    }
}

/// Transport of one population and node, implicit along z with every sink, then along x and y.
fn transport(plan: &Plan, s: &mut State, work: &mut VesicleWork, p: usize, k: usize, dt: f64) {
    let population = &plan.populations[p];
    let t = &plan.scenario.transport;
    let f = p * NODES + k;
    let n = s.region.len();
    let volume = s.grid.volume();
    let capacity = t.binding_capacity;
    let kon_capacity = if population.matrix && t.bound_share < 1.0 {
        t.unbinding * t.bound_share / (1.0 - t.bound_share)
    } else {
        0.0
    };
    let protease = plan.scenario.matrix.protease;
    let kd = population.degradation;
    for v in 0..n {
        let mut decay = kd + work.plasma[v] + work.lymph[v] + work.exudate[v] + work.uptake[k][v];
        let mut source = work.source[f][v];
        // Matrix binding, the bound part eliminated: B' = (B + dt a C') / (1 + dt (off + kd)).
        let solid = matches!(s.region[v], Region::Bed | Region::Stroma);
        let bound = s.bound[f][v];
        if (solid && kon_capacity > 0.0) || bound > 0.0 {
            let off = t.unbinding + t.mmp_release * protease.map_or(0.0, |m| s.substrates[m.0][v]);
            let loaded: f64 = (0..s.bound.len()).map(|g| s.bound[g][v]).sum();
            let a = if solid { kon_capacity * (1.0 - loaded / capacity).max(0.0) } else { 0.0 };
            let relax = 1.0 + dt * (off + kd);
            decay += a * (1.0 + dt * kd) / relax;
            source += off * bound / relax;
            work.on[v] = a;
            work.off[v] = off;
        } else {
            work.on[v] = 0.0;
            work.off[v] = 0.0;
        }
        work.decay[v] = decay;
        work.gain[v] = source;
    }
    let operators = &mut work.operators[f];
    let ends = operators.z.step(&mut s.free[f], Some(&work.decay), Some(&work.gain), dt);
    let (low, high) = (ends.low, ends.high);
    // Concentration × um × the area of a column.
    let area = s.grid.h[0] * s.grid.h[1];
    let flows = &mut s.flows[p];
    flows.add(if s.perfused { Line::Lymph } else { Line::Outflow }, low * area);
    flows.add(Line::Outflow, high * area);
    let (mut degraded, mut plasma, mut lymph, mut exudate) = (0.0, 0.0, 0.0, 0.0);
    for v in 0..n {
        let c = s.free[f][v];
        work.taken[k][v] = c;
        degraded += kd * c;
        plasma += work.plasma[v] * c;
        lymph += work.lymph[v] * c;
        exudate += work.exudate[v] * c;
        let bound = s.bound[f][v];
        if work.on[v] > 0.0 || bound > 0.0 {
            let after = (bound + dt * work.on[v] * c) / (1.0 + dt * (work.off[v] + kd));
            degraded += kd * after;
            s.bound[f][v] = after;
        }
    }
    let unit = dt * volume;
    flows.add(Line::DegradedTissue, degraded * unit);
    flows.add(Line::Plasma, plasma * unit);
    flows.add(Line::Lymph, lymph * unit);
    flows.add(Line::Exudate, exudate * unit);
    let ends = operators.x.step(&mut s.free[f], None, None, dt);
    let mut sideways = (ends.low + ends.high) * s.grid.h[1] * s.grid.h[2];
    let slab = s.grid.n[1] * s.grid.n[2];
    for (ix, y) in operators.y.iter_mut().enumerate() {
        let ends = y.step(&mut s.free[f][ix * slab..(ix + 1) * slab], None, None, dt);
        sideways += (ends.low + ends.high) * s.grid.h[0] * s.grid.h[2];
    }
    s.flows[p].add(Line::Outflow, sideways);
}

/// Cells draw whole vesicles and move them through their compartments.
fn take_up(
    plan: &Plan,
    s: &mut State,
    work: &mut VesicleWork,
    p: usize,
    seed: Seed,
    time: f64,
    dt: f64,
) -> Result<(), VesicleError> {
    let population = &plan.populations[p];
    let volume = s.grid.volume();
    if work.steps.len() <= p {
        work.steps.resize_with(plan.populations.len(), Vec::new);
    }
    if work.steps[p].is_empty() {
        work.steps[p] = population
            .uptake
            .iter()
            .map(|u| UptakeStep::new(u, u.unbinding, &population.cargo_decay, dt))
            .collect::<Result<_, _>>()?;
    }
    // The product's vesicles were all made before day 0: one age for all.
    let age = dressing_of(plan).map_or(0.0, |d| (time - d.time).max(0.0));
    let mut ageing = [1.0; MAX_CARGO];
    for (m, d) in population.cargo_decay.iter().enumerate() {
        ageing[m] = ageing_factor(d.vesicle, age);
    }
    let (mut sampling, mut variance, mut lysosome, mut escaped) = (0.0, 0.0, 0.0, 0.0);
    for i in 0..s.cells.len() {
        if s.cells.is_doomed(i) {
            continue;
        }
        let kind = usize::from(s.cells.kind[i].0);
        let v = work.voxel[i] as usize;
        let mut bound = [(0u64, 0usize); NODES];
        let mut any = false;
        for (k, slot) in bound.iter_mut().enumerate() {
            let expected = work.clearance[i * NODES + k] * work.taken[k][v] * dt;
            slot.1 = k;
            if expected <= 0.0 {
                continue;
            }
            let mut stream = seed.stream(s.cells.id[i], s.tick, purpose::BINDING + (p * 4 + k) as u16);
            slot.0 = stream.poisson(expected);
            sampling += slot.0 as f64 - expected;
            variance += expected;
            any |= slot.0 > 0;
        }
        let mut cell = read(plan, s, p, i);
        let idle = cell.surface == 0.0 && cell.inside == 0.0 && cell.cytosol.iter().all(|&x| x == 0.0);
        if !any && idle {
            continue;
        }
        let mut stream = seed.stream(s.cells.id[i], s.tick, purpose::COMPARTMENTS + p as u16);
        let arrivals = Arrivals::draw(&bound, &population.cargo, &ageing, &mut stream);
        let fates = work.steps[p][kind].advance(&mut cell, &arrivals, &mut stream);
        write(plan, s, p, i, &cell);
        lysosome += fates.degraded as f64;
        escaped += fates.escaped as f64;
        let back = (fates.unbound + fates.recycled) as f64;
        if back > 0.0 {
            for (k, node) in population.nodes.iter().enumerate() {
                s.free[p * NODES + k][v] += back * node.weight / volume;
            }
        }
    }
    let flows = &mut s.flows[p];
    flows.add(Line::Sampling, sampling);
    flows.add_variance(variance);
    flows.add(Line::DegradedLysosome, lysosome);
    flows.add(Line::Escaped, escaped);
    Ok(())
}

fn read(plan: &Plan, s: &State, p: usize, i: usize) -> CellVesicles {
    let mut c = CellVesicles {
        surface: s.cells.extra(s.columns.surface[p])[i],
        inside: s.cells.extra(s.columns.inside[p])[i],
        ..CellVesicles::default()
    };
    for slot in 0..plan.populations[p].cargo.len() {
        let [a, b, x] = s.columns.cargo[p][slot];
        c.cargo_surface[slot] = s.cells.extra(a)[i];
        c.cargo_inside[slot] = s.cells.extra(b)[i];
        c.cytosol[slot] = s.cells.extra(x)[i];
    }
    c
}

fn write(plan: &Plan, s: &mut State, p: usize, i: usize, c: &CellVesicles) {
    let (surface, inside) = (s.columns.surface[p], s.columns.inside[p]);
    s.cells.extra_mut(surface)[i] = c.surface;
    s.cells.extra_mut(inside)[i] = c.inside;
    for slot in 0..plan.populations[p].cargo.len() {
        let [a, b, x] = s.columns.cargo[p][slot];
        s.cells.extra_mut(a)[i] = c.cargo_surface[slot];
        s.cells.extra_mut(b)[i] = c.cargo_inside[slot];
        s.cells.extra_mut(x)[i] = c.cytosol[slot];
    }
}

/// Shares whole vesicles and their cargo out between the cells of a division; `mother` is the id before it.
pub(crate) fn share_at_division(
    plan: &Plan,
    s: &mut State,
    i: usize,
    daughter: usize,
    seed: Seed,
    mother: u64,
) {
    for p in 0..plan.populations.len() {
        let mut cell = read(plan, s, p, i);
        let mut stream = seed.stream(mother, s.tick, purpose::SHARING + p as u16);
        let other = cell.divide(&mut stream);
        write(plan, s, p, i, &cell);
        write(plan, s, p, daughter, &other);
    }
}

/// Books what cells about to be removed hold.
pub(crate) fn book_removed(plan: &Plan, s: &mut State) {
    let removed: Vec<usize> = s.cells.removed().collect();
    for p in 0..plan.populations.len() {
        let mut held = 0.0;
        for &i in &removed {
            held += s.cells.extra(s.columns.surface[p])[i] + s.cells.extra(s.columns.inside[p])[i];
        }
        s.flows[p].add(Line::WithCells, held);
    }
}

/// What is present of a population now.
pub(crate) fn stock(plan: &Plan, s: &State, p: usize) -> Stock {
    let volume = s.grid.volume();
    let field = |fields: &[Vec<f64>]| {
        (0..NODES).map(|k| exoderm_numeric::reduce::sum(&fields[p * NODES + k])).sum::<f64>() * volume
    };
    let gel = match (&s.dressing, dressing_of(plan)) {
        (Some(on), Some(d)) if d.product.0 == p => {
            on.columns.iter().flatten().map(|c| c.remaining).sum::<f64>()
                * s.grid.h[0]
                * s.grid.h[1]
                * s.grid.n[1] as f64
        }
        _ => 0.0,
    };
    Stock {
        free: field(&s.free),
        bound: field(&s.bound),
        surface: s.cells.extra(s.columns.surface[p]).iter().sum(),
        inside: s.cells.extra(s.columns.inside[p]).iter().sum(),
        gel,
    }
}

/// Mean occupancy of the living cells with x below `reach` that take vesicles up (0–1).
pub(crate) fn mean_occupancy(plan: &Plan, s: &State, p: usize, reach: f64) -> f64 {
    let (mut sum, mut count) = (0.0, 0u32);
    for i in 0..s.cells.len() {
        let parameters = &plan.populations[p].uptake[usize::from(s.cells.kind[i].0)];
        if s.cells.is_doomed(i) || parameters.clearance <= 0.0 || s.cells.position[0][i] >= reach {
            continue;
        }
        sum += parameters.occupancy(s.cells.extra(s.columns.surface[p])[i]);
        count += 1;
    }
    if count > 0 { sum / f64::from(count) } else { 0.0 }
}

/// Velocity of the fluid on the z faces of one column (um/min, upward positive), `nz + 1` values.
///
/// Open wound: exudate rises through the bed. Perfused stroma: interstitial flow toward the depth, from the membrane
/// down. Covered wound: still. A box: its given flow.
pub(crate) fn column_flow(plan: &Plan, s: &State, ix: usize, iy: usize, open: bool, out: &mut [f64]) {
    out.fill(0.0);
    if let TissueModel::Box(b) = &plan.scenario.tissue {
        out.fill(b.flow[2]);
        return;
    }
    let t = &plan.scenario.transport;
    let region = |iz: usize| s.region[s.grid.index(ix, iy, iz)];
    for (iz, face) in out.iter_mut().enumerate().take(s.grid.n[2]) {
        // Face below voxel iz lies between two voxels of the same kind, or is the bottom.
        let below = if iz == 0 { region(0) } else { region(iz - 1) };
        match (below, region(iz)) {
            (Region::Bed, Region::Bed) if open => *face = t.exudate_flow,
            (Region::Stroma, Region::Stroma) if s.perfused => *face = -t.interstitial_flow,
            _ => {}
        }
    }
}
