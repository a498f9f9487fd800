"""Opens the fields of tests/common/mod.rs with zarr-python and compares values and OME-NGFF 0.5 metadata.

Usage: read_fields.py FOLDER
"""

import json
import pathlib
import sys

import numpy as np
import zarr

folder = pathlib.Path(sys.argv[1])
group = zarr.open_group(str(folder), mode="r")
assert group.metadata.zarr_format == 3

# The structure that OME-NGFF 0.5 requires of an image.
ome = group.attrs["ome"]
assert not [f for f in folder.rglob("*.tmp")]
assert ome["version"] == "0.5"
(multiscale,) = ome["multiscales"]
axes = multiscale["axes"]
assert [a["name"] for a in axes] == ["t", "c", "z", "y", "x"]
assert [a["type"] for a in axes] == ["time", "channel", "space", "space", "space"]
assert [a.get("unit") for a in axes] == ["minute", None, "micrometer", "micrometer", "micrometer"]
(dataset,) = multiscale["datasets"]
scale, translation = dataset["coordinateTransformations"]
assert scale == {"type": "scale", "scale": [60, 1, 20, 10, 5]}, scale
assert translation == {"type": "translation", "translation": [30, 0, 0, 0, 0]}, translation
channels = ome["omero"]["channels"]
assert [(c["label"], c["unit"]) for c in channels] == [("oxygen", "uM"), ("TGF-β", "ng/ml")]
for channel in channels:
    assert len(bytes.fromhex(channel["color"])) == 3
    assert set(channel["window"]) == {"min", "max", "start", "end"}
assert channels[1]["window"]["min"] == 1000.25 and channels[1]["window"]["max"] == 1123.25, channels[1]

array = group[dataset["path"]]
assert array.dtype == np.float32
assert array.shape == (2, 2, 2, 3, 4), array.shape
assert array.chunks == (1, 1, 2, 3, 4), array.chunks
assert array.metadata.dimension_names == ("t", "c", "z", "y", "x")
assert np.isnan(array.fill_value)
notes = array.attrs["exoderm"]
assert notes["times_min"] == [30, 90] and notes["nx"] == [4, 3], notes
description = json.loads((folder / dataset["path"] / "zarr.json").read_text())
assert [c["name"] for c in description["codecs"]] == ["bytes", "zstd", "crc32c"], description["codecs"]
assert description["chunk_key_encoding"]["configuration"]["separator"] == "/", description

values = array[:]
c, z, y, x = np.meshgrid(*(np.arange(n) for n in (2, 2, 3, 4)), indexing="ij")
expected = (1000 * c + 100 * z + 10 * y + x + 0.25).astype(np.float32)
assert np.array_equal(values[0], expected)
assert np.array_equal(values[1][..., :3], expected[..., :3] + np.float32(0.5))
assert np.isnan(values[1][..., 3]).all()
