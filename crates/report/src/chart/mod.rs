//! The drawings: one module a chart. Each takes plain data and gives a figure's drawing, never its caption.

pub(crate) mod bands;
pub(crate) mod cases;
pub(crate) mod colony;
pub(crate) mod columns;
pub(crate) mod curve;
pub(crate) mod dose;
pub(crate) mod forest;
pub(crate) mod heat;
pub(crate) mod matrix;
pub(crate) mod section;
pub(crate) mod target;
pub(crate) mod time;
pub(crate) mod tissue;
pub(crate) mod tornado;
pub(crate) mod waterfall;

use crate::svg::WIDE;

/// How one arm looks everywhere: a style class (colour and dash) and a marker shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Look {
    /// Class that sets the colour and the dash.
    pub(crate) class: &'static str,
    /// Marker shape.
    pub(crate) shape: usize,
}

/// The look of an arm by its kind; `index` tells unknown kinds apart.
pub(crate) fn look(kind: &str, index: usize) -> Look {
    let (class, shape) = match kind {
        "exosome" => ("a-exosome", 0),
        "vehicle" => ("a-vehicle", 1),
        "untreated" => ("a-untreated", 2),
        "soluble" => ("a-soluble", 3),
        "null" => ("a-null", 4),
        _ => (["a-x1", "a-x2", "a-x3"][index % 3], index),
    };
    Look { class, shape }
}

/// Where a chart of rows puts its labels: beside the plot on wide drawings, above it on narrow ones.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rows {
    /// Left and right end of the plot (px).
    pub(crate) plot: [f64; 2],
    /// Width that a label may take (px).
    pub(crate) label_width: f64,
    /// True if labels stand above the plot.
    pub(crate) above: bool,
}

impl Rows {
    /// `right` px are kept free at the right end for values.
    pub(crate) fn new(width: f64, right: f64) -> Self {
        if width < WIDE {
            Self { plot: [6.0, width - 6.0], label_width: width - 12.0, above: true }
        } else {
            Self { plot: [270.0, width - 12.0 - right], label_width: 250.0, above: false }
        }
    }
}
