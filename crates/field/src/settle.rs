//! What follows an explicit step: rounding below zero is cut off, and the balance is closed region by region.

use crate::mesh::Mesh;
use crate::slabs;
use crate::stage::Coefficients;
use crate::stencil::Components;
use exoderm_numeric::reduce::{self, Accumulator};

/// Scratch: sums by slab and by region.
#[derive(Clone, Debug, Default)]
pub(crate) struct Settle {
    pub(crate) parts: Vec<f64>,
    sums: Vec<[Accumulator; 3]>,
    factors: Vec<[f64; 2]>,
}

impl Settle {
    /// Sets negative values to zero; returns the amount that they were (a positive number).
    pub(crate) fn clip(&mut self, mesh: &Mesh, c: &mut [f64]) -> f64 {
        let below = slabs::sum_each(mesh.shape(), c, &mut self.parts, |_, slab| {
            let mut below = 0.0;
            for c in slab {
                below += c.min(0.0);
                *c = c.max(0.0);
            }
            below
        });
        -below * mesh.volume()
    }

    /// Makes `Σ new = Σ old + dt Σ s − dt Σ e sink` true in every region, by scaling the new concentration, or where
    /// more was lost than is left, the sink that losses are booked at. Without a sink only regions without loss are
    /// closed; elsewhere the loss is what is missing. `source` may be empty: none.
    #[expect(clippy::too_many_arguments, reason = "the terms of a balance")]
    pub(crate) fn close(
        &mut self,
        mesh: &Mesh,
        regions: &Components,
        coefficients: &Coefficients,
        old: &[f64],
        source: &[f64],
        dt: f64,
        new: &mut [f64],
        sink: &mut [f64],
    ) {
        let loss = &coefficients.loss;
        let lossless = loss.uniform() == Some(0.0);
        if sink.is_empty() && !lossless && regions.label.is_empty() {
            return;
        }
        let shape = mesh.shape();
        self.sums.clear();
        self.sums.resize(regions.count, [Accumulator::default(); 3]);
        if regions.label.is_empty() {
            let parts = &mut self.parts;
            let have = slabs::reduce(shape, parts, |a, b| reduce::sum(&new[a..b]));
            let was = slabs::reduce(shape, parts, |a, b| reduce::sum(&old[a..b]));
            let made = match source.is_empty() {
                true => 0.0,
                false => slabs::reduce(shape, parts, |a, b| reduce::sum(&source[a..b])),
            };
            let lost = match sink.is_empty() {
                true => 0.0,
                false => slabs::reduce(shape, parts, |a, b| loss.dot(a, b, sink)),
            };
            self.sums[0] = [have, was + dt * made, dt * lost].map(Accumulator::new);
        } else {
            let mut row = vec![0.0; shape[2]];
            for (i, &new) in new.iter().enumerate() {
                if i % shape[2] == 0 {
                    loss.row(i, &mut row);
                }
                let sums = &mut self.sums[regions.label(i)];
                sums[0].add(new);
                sums[1].add(old[i]);
                sums[1].add(dt * source.get(i).unwrap_or(&0.0));
                let e = row[i % shape[2]];
                // Without a sink, a region with loss can't be closed: what it lost is not known.
                sums[2].add(if e == 0.0 { 0.0 } else { sink.get(i).map_or(f64::NAN, |s| dt * e * s) });
            }
        }
        self.factors.clear();
        for [have, want, lost] in &self.sums {
            let (have, want, lost) = (have.value(), want.value(), lost.value());
            let factor = |to: f64, from: f64| if from > 0.0 && to > 0.0 { to / from } else { 1.0 };
            self.factors.push(if lost.is_nan() {
                [1.0, 1.0]
            } else if lost > have {
                [1.0, factor(want - have, lost)]
            } else {
                [factor(want - lost, have), 1.0]
            });
        }
        let factors = &self.factors;
        let apply = |which: usize, values: &mut [f64]| {
            if factors.iter().any(|f| f[which] != 1.0) {
                slabs::for_each(shape, values, |first, slab| {
                    for (i, v) in slab.iter_mut().enumerate() {
                        *v *= factors[regions.label(first + i)][which];
                    }
                });
            }
        };
        apply(0, new);
        if !sink.is_empty() {
            apply(1, sink);
        }
    }
}
