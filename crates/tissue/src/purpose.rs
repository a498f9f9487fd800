//! What each random stream is for. Part of the streams' keys: never renumber, only add.

use exoderm_numeric::random::Purpose;

pub(crate) const DIVISION: Purpose = 1;
pub(crate) const DIVISION_AXIS: Purpose = 2;
pub(crate) const FATE: Purpose = 3;
pub(crate) const DEATH: Purpose = 4;
pub(crate) const MOTILITY: Purpose = 5;
pub(crate) const RECRUIT: Purpose = 6;
pub(crate) const RELEASE: Purpose = 7;
/// What binds to a cell, of a field, and what then happens to it and to what it holds: + population
pub(crate) const BINDING: Purpose = 16;
/// What happens to vesicles that bound otherwise: + population
pub(crate) const COMPARTMENTS: Purpose = 64;
/// + population
pub(crate) const SHARING: Purpose = 96;
/// + population × 4 + node
pub(crate) const COUNTS: Purpose = 204;
/// + population
pub(crate) const PARTICLES: Purpose = 208;
/// Sizes of released vesicles, by event.
pub(crate) const INJECTION: Purpose = 201;
/// Sizes and places of vesicles that leave a cell: + population
pub(crate) const LEAVING: Purpose = 400;
/// Vesicles bound in a voxel: + population × 4 + node
pub(crate) const THINNING: Purpose = 464;
/// A cell's part of them, likewise.
pub(crate) const SHARE: Purpose = 520;
/// Copies in the vesicles of the tissue's own that bind to a cell.
pub(crate) const SORTED: Purpose = 300;
/// For whoever assembles the tissue.
pub const ASSEMBLY: Purpose = 200;
/// Events in networks of cells: + network
pub(crate) const NETWORK: Purpose = 700;
/// Molecules shared out at a division: + network
pub(crate) const MOLECULES: Purpose = 1000;
/// Vesicles held at the fusion site, at a division; the population is added.
pub(crate) const HELD: Purpose = 600;
