//! The attributes of group and array: OME-NGFF 0.5 (<https://ngff.openmicroscopy.org/0.5/>) and our own.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::FieldsSpec;

/// Our part of the attributes sits under this key.
pub(super) const KEY: &str = "exoderm";
/// The name of the image's array within the group.
pub(super) const ARRAY: &str = "0";
/// Version of our part of the attributes.
pub(super) const VERSION: u32 = 1;

/// Display colours, cycled over the fields; distinguishable with colour-blind eyes (Okabe & Ito 2008).
const COLORS: [&str; 7] = ["E69F00", "56B4E9", "009E73", "F0E442", "0072B2", "D55E00", "CC79A7"];

/// Our part of the group's attributes.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct GroupNotes {
    pub(super) version: u32,
    pub(super) spec: FieldsSpec,
}

/// Our part of the array's attributes: what has been committed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct ArrayNotes {
    /// Time of each point, in min.
    pub(super) times_min: Vec<f64>,
    /// Width of the mesh at each point, in voxels.
    pub(super) nx: Vec<usize>,
    /// Smallest and largest finite value so far of each field; none before the first.
    pub(super) range: Vec<Option<(f32, f32)>>,
}

/// The group's attributes. `range` is each field's, for the viewers' grey-scale window.
pub(super) fn group_attributes(spec: &FieldsSpec, range: &[Option<(f32, f32)>]) -> Map<String, Value> {
    let [dz, dy, dx] = spec.voxel_um;
    let mut time_axis = json!({"name": "t", "type": "time"});
    let mut transformations = Vec::new();
    match even_times(&spec.times_min) {
        Some((start, step)) => {
            time_axis["unit"] = json!("minute");
            transformations.push(json!({"type": "scale", "scale": [step, 1.0, dz, dy, dx]}));
            transformations.push(json!({"type": "translation", "translation": [start, 0.0, 0.0, 0.0, 0.0]}));
        }
        None => transformations.push(json!({"type": "scale", "scale": [1.0, 1.0, dz, dy, dx]})),
    }
    let space = |name| json!({"name": name, "type": "space", "unit": "micrometer"});
    let channel = |(i, field): (usize, &super::FieldName)| {
        let (low, high) = range.get(i).copied().flatten().unwrap_or((0.0, 1.0));
        json!({
            "label": field.name,
            "unit": field.unit,
            "color": COLORS[i % COLORS.len()],
            "active": i == 0,
            "coefficient": 1,
            "family": "linear",
            "inverted": false,
            "window": {"min": low, "max": high, "start": low, "end": high},
        })
    };
    let ome = json!({
        "version": "0.5",
        "multiscales": [{
            "name": "fields",
            "axes": [time_axis, {"name": "c", "type": "channel"}, space("z"), space("y"), space("x")],
            "datasets": [{"path": ARRAY, "coordinateTransformations": transformations}],
        }],
        "omero": {"channels": spec.fields.iter().enumerate().map(channel).collect::<Vec<_>>()},
    });
    let notes = json!(GroupNotes { version: VERSION, spec: spec.clone() });
    Map::from_iter([("ome".to_owned(), ome), (KEY.to_owned(), notes)])
}

/// Start and step of times that are evenly spaced (to the rounding of their own arithmetic).
fn even_times(times: &[f64]) -> Option<(f64, f64)> {
    let (first, last) = (times.first()?, times.last()?);
    if times.len() == 1 {
        return Some((*first, 1.0));
    }
    let step = (last - first) / (times.len() - 1) as f64;
    let tolerance = 1e-9 * (last - first).max(first.abs()).max(last.abs());
    let even = times.iter().enumerate().all(|(i, t)| (first + i as f64 * step - t).abs() <= tolerance);
    even.then_some((*first, step))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn even_times_are_found_and_others_are_not() {
        assert_eq!(even_times(&[]), None);
        assert_eq!(even_times(&[30.0]), Some((30.0, 1.0)));
        assert_eq!(even_times(&[30.0, 90.0, 150.0]), Some((30.0, 60.0)));
        let tenths: Vec<f64> = (0..100).map(|i| f64::from(i) * 0.1).collect();
        let (start, step) = even_times(&tenths).unwrap();
        assert!(start == 0.0 && (step - 0.1).abs() < 1e-15);
        assert_eq!(even_times(&[0.0, 60.0, 1440.0]), None);
    }

    #[test]
    fn uneven_times_claim_no_unit() {
        let mut spec = FieldsSpec {
            fields: vec![super::super::FieldName::new("oxygen", "uM")],
            shape: [1, 1, 1],
            voxel_um: [5.0, 4.0, 3.0],
            times_min: vec![0.0, 60.0, 1440.0],
        };
        let multiscale = |spec: &FieldsSpec| group_attributes(spec, &[])["ome"]["multiscales"][0].clone();
        let uneven = multiscale(&spec);
        assert_eq!(uneven["axes"][0], json!({"name": "t", "type": "time"}));
        let scale = json!([{"type": "scale", "scale": [1.0, 1.0, 5.0, 4.0, 3.0]}]);
        assert_eq!(uneven["datasets"][0]["coordinateTransformations"], scale);
        spec.times_min = vec![60.0, 180.0, 300.0];
        let even = multiscale(&spec);
        assert_eq!(even["axes"][0]["unit"], "minute");
        let transformations = &even["datasets"][0]["coordinateTransformations"];
        assert_eq!(transformations[0]["scale"][0], 120.0);
        assert_eq!(transformations[1]["translation"][0], 60.0);
    }
}
