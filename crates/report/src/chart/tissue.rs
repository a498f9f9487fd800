//! One tissue section as SVG: collagen and vesicles as images, cells as dots, the membrane as a line. In um, z upwards.
//!
//! A dot is a path of zero length with round caps, so that a cell costs about seven bytes: thousands of cells stay small.
//! Centres are kept to half a um, radii to one um.

use crate::svg::png;
use exoderm_numeric::math;
use exoderm_study::results::Section;
use maud::{Markup, html};
use std::collections::BTreeMap;
use std::fmt::Write;

/// Cells drawn at most in one section; beyond, every n-th is drawn and the caption says so.
pub(crate) const MOST_CELLS: usize = 25_000;
/// Pixels of a map at most; finer maps are averaged over blocks.
const MOST_PIXELS: usize = 24_000;
/// Colour of collagen and of the product's vesicles in the maps.
const COLLAGEN: [u8; 3] = [196, 110, 140];
const VESICLES: [u8; 3] = [0, 140, 150];
/// Decades of vesicle density between clear and full colour.
pub(crate) const DECADES: f64 = 4.0;

/// Every n-th cell is drawn.
pub(crate) fn stride(s: &Section) -> usize {
    s.cells.len().div_ceil(MOST_CELLS).max(1)
}

/// True if the extent can be drawn.
pub(crate) fn drawable(s: &Section) -> bool {
    s.size.iter().all(|v| v.is_finite() && *v > 0.0 && *v < 1e6)
}

/// The tissue as a group named `id`; x from 0, y from 0 at the top, both in um.
pub(crate) fn group(id: &str, s: &Section, densest: f64) -> Markup {
    let [width, height] = s.size;
    let collagen = map(s, &s.collagen, COLLAGEN, |v| 0.5 * v.min(1.6));
    let vesicles = map(s, &s.vesicles, VESICLES, |v| {
        if v > 0.0 && densest > 0.0 { 0.65 * (1.0 + math::log10(v / densest) / DECADES) } else { 0.0 }
    });
    html! {
        g id=(id) {
            rect class="ground" width=(width) height=(height) {}
            @for image in [collagen, vesicles].into_iter().flatten() {
                image href=(image) width=(width) height=(height) preserveAspectRatio="none" {}
            }
            path class="membrane" d=(membrane(s)) {}
            g class="cells" transform={ "translate(0 " (height) ") scale(.5 -.5)" } {
                @for ((kind, radius), data) in cells(s) {
                    path class=(style(s.types.get(usize::from(kind)).map_or("", String::as_str), kind))
                        stroke-width=(4 * radius) d=(data) {}
                }
            }
        }
    }
}

/// Path data by type and radius (um).
fn cells(s: &Section) -> BTreeMap<(u8, u32), String> {
    let drawn = s.cells.iter().step_by(stride(s));
    dots(drawn.map(|&(kind, x, z, radius)| (kind, (x, z, radius))))
}

/// Path data of discs (x, y, radius in um) by group and whole radius; in half um.
pub(crate) fn dots<K: Ord>(discs: impl Iterator<Item = (K, (f32, f32, f32))>) -> BTreeMap<(K, u32), String> {
    let mut dots: BTreeMap<(K, u32), Vec<(i32, i32)>> = BTreeMap::new();
    for (group, (x, z, radius)) in discs {
        if x.is_finite() && z.is_finite() && radius.is_finite() && x.abs() < 1e6 && z.abs() < 1e6 {
            // Zero stays a speck, so that no cell vanishes.
            let radius = radius.round().clamp(1.0, 100.0) as u32;
            dots.entry((group, radius))
                .or_default()
                .push(((2.0 * x).round() as i32, (2.0 * z).round() as i32));
        }
    }
    dots.into_iter()
        .map(|(key, mut dots)| {
            dots.sort_unstable();
            let mut data = String::new();
            let mut last = (0, 0);
            for (x, z) in dots {
                let (dx, dz) = (x - last.0, z - last.1);
                let gap = if dz < 0 { "" } else { " " };
                // Writing to a String can't fail.
                let _ = write!(data, "m{dx}{gap}{dz}h0");
                last = (x, z);
            }
            (key, data)
        })
        .collect()
}

/// An image of one map; `opacity` gives 0–1 for a value.
fn map(s: &Section, values: &[f32], rgb: [u8; 3], opacity: impl Fn(f64) -> f64) -> Option<String> {
    if values.iter().all(|v| *v == 0.0) {
        return None;
    }
    image(s.nx, s.nz, values, rgb, opacity)
}

/// An image of `nx` × `nz` values, row by row from the bottom; `opacity` gives 0–1 for a value.
pub(crate) fn image(
    nx: usize,
    nz: usize,
    values: &[f32],
    rgb: [u8; 3],
    opacity: impl Fn(f64) -> f64,
) -> Option<String> {
    if nx == 0 || nz == 0 || nx.checked_mul(nz)? != values.len() {
        return None;
    }
    let mut block = 1;
    while nx.div_ceil(block) * nz.div_ceil(block) > MOST_PIXELS {
        block += 1;
    }
    let (columns, rows) = (nx.div_ceil(block), nz.div_ceil(block));
    let mut pixels = Vec::with_capacity(columns * rows);
    for row in (0..rows).rev() {
        for column in 0..columns {
            let (mut sum, mut n) = (0.0, 0.0);
            for z in row * block..((row + 1) * block).min(nz) {
                for x in column * block..((column + 1) * block).min(nx) {
                    let value = f64::from(values[z * nx + x]);
                    sum += if value.is_finite() { value } else { 0.0 };
                    n += 1.0;
                }
            }
            // `as` keeps within 0–255.
            pixels.push((255.0 * opacity(sum / n).clamp(0.0, 1.0)).round() as u8);
        }
    }
    png::data_uri(columns, rows, rgb, &pixels)
}

/// The basement membrane, and the surface where the document has it behind the membrane's columns.
fn membrane(s: &Section) -> String {
    if s.nx == 0 || s.basement.len() < s.nx {
        return String::new();
    }
    let height = s.size[1];
    let mut data = String::new();
    let step = s.size[0] / s.nx as f64;
    for line in s.basement.chunks_exact(s.nx).take(2) {
        let mut down = false;
        for (i, z) in line.iter().enumerate() {
            let z = f64::from(*z);
            if z.is_finite() && z > 0.0 {
                let x = (i as f64 + 0.5) * step;
                let _ = write!(
                    data,
                    "{}{x:.0} {:.0}",
                    if down { 'L' } else { 'M' },
                    (height - z).clamp(0.0, height)
                );
                down = true;
            } else {
                down = false;
            }
        }
    }
    data
}

/// Style class of a cell type: by its name where it is known, else by its index.
pub(crate) fn style(name: &str, index: u8) -> &'static str {
    const KNOWN: [(&str, &str); 14] = [
        ("stem", "c-stem"),
        ("transit", "c-ta"),
        ("spinous", "c-spinous"),
        ("granular", "c-granular"),
        ("corneocyte", "c-corneocyte"),
        ("melanocyte", "c-melanocyte"),
        ("langerhans", "c-langerhans"),
        ("myofibroblast", "c-myofibroblast"),
        ("fibroblast", "c-fibroblast"),
        ("endothelial", "c-endothelial"),
        ("neutrophil", "c-neutrophil"),
        ("macrophage", "c-macrophage"),
        ("t cell", "c-tcell"),
        ("keratinocyte", "c-ta"),
    ];
    const OTHERS: [&str; 5] = ["c-stem", "c-fibroblast", "c-endothelial", "c-macrophage", "c-tcell"];
    let name = name.to_lowercase();
    let known = KNOWN.into_iter().find(|(word, _)| name.contains(word)).map(|(_, class)| class);
    known.unwrap_or(OTHERS[usize::from(index) % OTHERS.len()])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn section(cells: Vec<(u8, f32, f32, f32)>) -> Section {
        Section {
            arm: "exosome".into(),
            day: 1.0,
            replicate: 0,
            size: [100.0, 50.0],
            voxel: 10.0,
            nx: 10,
            nz: 5,
            wound: [50.0, 40.0],
            front: 40.0,
            cells,
            types: vec!["fibroblast".into()],
            collagen: vec![],
            vesicles: vec![],
            basement: vec![],
        }
    }

    #[test]
    fn every_cell_is_a_dot_at_its_place() {
        let s = section(vec![
            (0, 10.0, 5.0, 6.0),
            (0, 4.5, 7.0, 6.2),
            (1, 1.0, 1.0, 3.0),
            (0, f32::NAN, 1.0, 3.0),
        ]);
        let paths = cells(&s);
        assert_eq!(paths[&(0, 6)], "m9 14h0m11-4h0");
        assert_eq!(paths[&(1, 3)], "m2 2h0");
        assert_eq!(paths.len(), 2);
    }

    #[test]
    fn a_crowd_is_thinned_evenly() {
        let s = section(vec![(0, 1.0, 1.0, 1.0); 2 * MOST_CELLS + 1]);
        assert_eq!(stride(&s), 3);
        assert!(cells(&s)[&(0, 1)].matches('h').count() <= MOST_CELLS);
    }

    #[test]
    fn a_map_of_another_size_gives_no_image() {
        let mut s = section(vec![]);
        s.collagen = vec![1.0; 49];
        assert!(map(&s, &s.collagen, COLLAGEN, |v| v).is_none());
        s.collagen.push(1.0);
        assert!(map(&s, &s.collagen, COLLAGEN, |v| v).is_some());
    }
}
