//! Scratch of a tissue: solvers and buffers that a checkpoint does not hold and a resume makes anew.

use crate::phenotype::PhenotypeWork;
use crate::plan::{NODES, Plan, Region};
use crate::soluble::SolubleWork;
use crate::state::{Grid, State};
use exoderm_field::lines::{LineOperator, Lines};
use exoderm_field::{FieldError, Mesh};
use exoderm_model::scenario::Tissue as TissueModel;
use exoderm_vesicle::biogenesis::Propagator;

/// Line operators of one population and node.
pub(crate) struct NodeOperators {
    /// Along z.
    pub z: LineOperator,
    /// Along x.
    pub x: LineOperator,
    /// Along y in one slab of constant x (all have the same), if there is more than one voxel.
    pub y: Vec<LineOperator>,
}

/// Buffers of the vesicle step; `[node]` or `[population × node]` arrays are per voxel.
#[derive(Default)]
#[allow(missing_docs)]
pub(crate) struct VesicleWork {
    pub voxel: Vec<u32>,
    /// By column: what a dressing lies on.
    pub contacts: Vec<crate::vesicles::Contact>,
    /// By column: where a dressing gives into.
    pub faces: Vec<crate::dressing::Face>,
    pub source: Vec<Vec<f64>>,
    pub uptake: Vec<Vec<f64>>,
    pub taken: Vec<Vec<f64>>,
    pub plasma: Vec<f64>,
    pub lymph: Vec<f64>,
    pub exudate: Vec<f64>,
    pub on: Vec<f64>,
    pub off: Vec<f64>,
    pub decay: Vec<f64>,
    pub gain: Vec<f64>,
    /// Per cell × node (um³/min).
    pub clearance: Vec<f64>,
    pub operators: Vec<NodeOperators>,
    /// Of the free species of the soluble arm.
    pub dissolved: Vec<NodeOperators>,
    /// By cell type, the activities it was prepared for and the step of the chain.
    pub propagators: Vec<Option<([f64; 4], Propagator)>>,
    /// Released in this step (per um³), by donor × node, where donors are followed.
    pub donated: Vec<Vec<f64>>,
    /// What cells draw from, likewise.
    pub drawn: Vec<Vec<f64>>,
    /// Share of the unbinding rate that is left by binding again, per cell.
    pub rebinding: Vec<f64>,
    /// By population, cell type and level of `rebinding`; made when first needed.
    pub steps: crate::vesicles::Steps,
    /// Of a lot of cells that release.
    pub streams: exoderm_numeric::streams::Streams,
    /// What cells of a type in one place have in common, by run of cells.
    pub shared: Vec<crate::vesicles::Shared>,
    /// Runs of cells whose vesicles are moved apart from each other.
    pub tasks: Vec<crate::vesicles::Task>,
    /// What one cell holds.
    pub held: Vec<exoderm_vesicle::uptake::CellVesicles>,
    /// Voxels along an edge of the block that a cell type's exchange is spread over.
    pub blocks: Vec<usize>,
    /// The voxels of one cell's block.
    pub block: Vec<u32>,
    /// Vesicles released by cells in this step, whole: cell, population, number.
    pub released: Vec<(u32, u32, u64)>,
    /// What a box has beside: spheres, faces, whole vesicles.
    pub boxed: crate::boxed::BoxWork,
}

/// All scratch.
pub(crate) struct Work {
    pub phenotype: PhenotypeWork,
    pub soluble: SolubleWork,
    pub vesicle: VesicleWork,
    /// Cover by column of the mesh.
    pub covered: Vec<bool>,
    /// Regions or flow changed since the operators were set.
    pub stale: bool,
}

impl Work {
    pub(crate) fn new(plan: &Plan, s: &State) -> Result<Self, FieldError> {
        let mut work = Self {
            phenotype: PhenotypeWork::new(plan),
            soluble: SolubleWork::new(plan, s)?,
            vesicle: VesicleWork::default(),
            covered: Vec::new(),
            stale: true,
        };
        work.resize(plan, s)?;
        Ok(work)
    }

    /// Fits every buffer to the present mesh.
    pub(crate) fn resize(&mut self, plan: &Plan, s: &State) -> Result<(), FieldError> {
        let n = s.grid.len();
        let fields = plan.populations.len() * NODES;
        let v = &mut self.vesicle;
        v.source = vec![vec![0.0; n]; fields];
        let donors = crate::senders::fields(plan) - fields;
        v.donated = vec![vec![0.0; n]; donors];
        v.drawn = vec![vec![0.0; n]; donors];
        v.uptake = vec![vec![0.0; n]; NODES];
        v.taken = vec![vec![0.0; n]; NODES];
        for buffer in
            [&mut v.plasma, &mut v.lymph, &mut v.exudate, &mut v.on, &mut v.off, &mut v.decay, &mut v.gain]
        {
            *buffer = vec![0.0; n];
        }
        let [nx, ny, nz] = s.grid.n;
        let h = s.grid.h;
        let rings = crate::boxed::rings(plan, &s.grid);
        let along = |axis: usize, lines: Lines| {
            if rings[axis] {
                LineOperator::periodic(lines, h[axis])
            } else {
                LineOperator::new(lines, h[axis])
            }
        };
        let operators = || NodeOperators {
            z: along(2, Lines { len: nz, stride: 1, count: nx * ny, step: nz }),
            x: along(0, Lines { len: nx, stride: ny * nz, count: ny * nz, step: 1 }),
            y: if ny > 1 {
                (0..nx).map(|_| along(1, Lines { len: ny, stride: nz, count: nz, step: 1 })).collect()
            } else {
                Vec::new()
            },
        };
        v.operators = (0..fields).map(|_| operators()).collect();
        v.dissolved = plan.dissolved.iter().map(|_| operators()).collect();
        let report = self.soluble.report;
        self.soluble = SolubleWork::new(plan, s)?;
        self.soluble.report = report;
        self.stale = true;
        Ok(())
    }

    /// Sets the face coefficients of every line operator from the present regions, cover and flow.
    pub(crate) fn set_operators(&mut self, plan: &Plan, s: &State) {
        let [nx, ny, nz] = s.grid.n;
        let slab = ny * nz;
        let wound = s.wound.as_ref().map_or(0, |w| crate::wound::bed_columns(s, w.edge));
        let flow = match &plan.scenario.tissue {
            TissueModel::Box(b) => b.flow,
            TissueModel::Skin(_) => [0.0; 3],
        };
        let mut diffusion = vec![0.0; s.grid.len()];
        let mut vertical = vec![0.0; (nz + 1) * nx * ny];
        let along_x = vec![flow[0]; (nx + 1) * slab];
        let along_y = vec![flow[1]; (ny + 1) * nz];
        for ix in 0..nx {
            let open = ix < wound && !self.covered.get(ix).copied().unwrap_or(true);
            for iy in 0..ny {
                let line = ix * ny + iy;
                let faces = &mut vertical[line * (nz + 1)..(line + 1) * (nz + 1)];
                crate::vesicles::column_flow(plan, s, ix, iy, open, faces);
            }
        }
        let set = |operators: &mut NodeOperators, diffusion: &[f64]| {
            operators.z.set(diffusion, &vertical);
            operators.x.set(diffusion, &along_x);
            for (ix, y) in operators.y.iter_mut().enumerate() {
                y.set(&diffusion[ix * slab..(ix + 1) * slab], &along_y);
            }
        };
        for p in 0..plan.populations.len() {
            for k in 0..NODES {
                let node = &plan.populations[p].nodes[k];
                for (d, region) in diffusion.iter_mut().zip(&s.region) {
                    *d = if *region == Region::Outside { 0.0 } else { node.diffusion[*region as usize] };
                }
                set(&mut self.vesicle.operators[p * NODES + k], &diffusion);
            }
        }
        for (species, operators) in plan.dissolved.iter().zip(&mut self.vesicle.dissolved) {
            crate::dissolved::diffusion(species, &s.region, &mut diffusion);
            set(operators, &diffusion);
        }
        self.stale = false;
    }

    /// Cover by column; marks the operators stale if it changed.
    pub(crate) fn update_cover(&mut self, s: &State, cover: &crate::cover::Cover) {
        let columns = s.grid.n[0];
        let now = (0..columns).map(|ix| cover.covers((ix as f64 + 0.5) * s.grid.h[0]));
        if self.covered.len() != columns || self.covered.iter().copied().ne(now.clone()) {
            self.covered = now.collect();
            self.stale = true;
        }
    }
}

/// The field crate's mesh for a grid.
pub(crate) fn mesh_of(grid: &Grid) -> Result<Mesh, FieldError> {
    Mesh::new(grid.n[0], grid.n[1], grid.n[2], grid.h)
}
