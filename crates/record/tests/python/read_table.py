"""Opens the table of tests/common/mod.rs with pyarrow and compares all of it. Usage: read_table.py FILE"""

import json
import struct
import sys

import pyarrow as pa
import pyarrow.parquet as pq

file = pq.ParquetFile(sys.argv[1])
table = file.read()
raw = file.metadata.metadata
assert raw[b"exoderm.table"] == b"cells", raw
assert raw[b"seed"] == b"7", raw


def bits(column, code):
    size = struct.calcsize(code)
    unsigned = {4: "<I", 8: "<Q"}[size]
    return [struct.unpack(unsigned, struct.pack(code, x))[0] for x in table[column].to_pylist()]


assert table.column_names == ["time", "dose", "id", "voxel", "phase", "alive", "kind.name"], table.column_names
# A Python float is a double, so the payload of a double NaN shows.
assert bits("time", "<d") == [
    struct.unpack("<Q", struct.pack("<d", 0.1))[0],
    0x8000000000000000,
    0x7FF80000DEADBEEF,
    0xFFF0000000000000,
], bits("time", "<d")
assert table["dose"].combine_chunks().buffers()[1].to_pybytes()[:16] == struct.pack(
    "<4I", 0xFFC12345, 0x00400000, 0, 0x80000000
)
assert table["id"].to_pylist() == [-(2**63), -1, 0, 2**63 - 1]
assert table["voxel"].to_pylist() == [0, 1, 2**32 - 1, 3]
assert table["phase"].to_pylist() == [0, 255, 2, 3]
assert table["alive"].to_pylist() == [True, False, False, True]
langerhans = 'Langerhans, δ "q"'
assert table["kind.name"].to_pylist() == [langerhans, "keratinocyte", langerhans, ""]

schema = table.schema
assert pa.types.is_dictionary(schema.field("kind.name").type), schema
for name, arrow_type in {
    "time": pa.float64(), "dose": pa.float32(), "id": pa.int64(), "voxel": pa.uint32(), "phase": pa.uint8(),
    "alive": pa.bool_(),
}.items():
    assert schema.field(name).type == arrow_type, (name, schema)
assert not any(field.nullable for field in schema)
assert schema.field("time").metadata[b"unit"] == b"min", schema.field("time").metadata
assert schema.field("time").metadata[b"description"] == b"Model time"
assert schema.field("dose").metadata[b"unit"] == b"ng/ml"
values = json.loads(schema.field("kind.name").metadata[b"exoderm.values"])
assert values == ["keratinocyte", "", langerhans, "unused"], values
