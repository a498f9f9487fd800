//! A table with every type and every awkward value, and a recording of fields, for several tests.
#![allow(dead_code, missing_docs, unreachable_pub, clippy::unwrap_used)]

use std::path::Path;

use exoderm_record::{Column, ColumnData, FieldName, FieldsSpec, FieldsWriter, Table};

pub fn all_types() -> Table {
    let nan = f64::from_bits(0x7ff8_0000_dead_beef);
    let nan32 = f32::from_bits(0xffc1_2345);
    let text = ColumnData::Text {
        codes: vec![2, 0, 2, 1],
        values: vec!["keratinocyte".into(), "".into(), "Langerhans, δ \"q\"".into(), "unused".into()],
    };
    Table::new("cells")
        .with(
            Column::new("time", "min", ColumnData::F64(vec![0.1, -0.0, nan, f64::NEG_INFINITY]))
                .describe("Model time"),
        )
        .with(Column::new("dose", "ng/ml", ColumnData::F32(vec![nan32, f32::MIN_POSITIVE / 2.0, 0.0, -0.0])))
        .with(Column::new("id", "", ColumnData::I64(vec![i64::MIN, -1, 0, i64::MAX])))
        .with(Column::new("voxel", "1", ColumnData::U32(vec![0, 1, u32::MAX, 3])))
        .with(Column::new("phase", "1", ColumnData::U8(vec![0, 255, 2, 3])))
        .with(Column::new("alive", "", ColumnData::Bool(vec![true, false, false, true])))
        .with(Column::new("kind.name", "", text))
}

/// 2 fields, 3 planned times of which 2 are recorded; the mesh narrows from 4 to 3 at the second.
pub fn spec() -> FieldsSpec {
    FieldsSpec {
        fields: vec![FieldName::new("oxygen", "uM"), FieldName::new("TGF-β", "ng/ml")],
        shape: [2, 3, 4],
        voxel_um: [20.0, 10.0, 5.0],
        times_min: vec![30.0, 90.0, 150.0],
    }
}

pub fn value(field: usize, z: usize, y: usize, x: usize) -> f64 {
    1000.0 * field as f64 + 100.0 * z as f64 + 10.0 * y as f64 + x as f64 + 0.25
}

pub fn field(field: usize, nx: usize, offset: f64) -> Vec<f64> {
    let mut values = Vec::new();
    for z in 0..2 {
        for y in 0..3 {
            values.extend((0..nx).map(|x| value(field, z, y, x) + offset));
        }
    }
    values
}

pub fn two_times(dir: &Path) -> FieldsWriter {
    let mut writer = FieldsWriter::create(dir, spec()).unwrap();
    writer.append(30.0, 4, &[&field(0, 4, 0.0)[..], &field(1, 4, 0.0)]).unwrap();
    writer.append(90.0, 3, &[&field(0, 3, 0.5)[..], &field(1, 3, 0.5)]).unwrap();
    writer
}
