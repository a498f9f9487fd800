"""pcdl opens the snapshots of a run: cells, types, substrates, graphs."""

import pathlib
import sys

import pcdl

folder = pathlib.Path(sys.argv[1])
last = sorted(folder.glob("output*.xml"))[-1]
step = pcdl.TimeStep(str(last), settingxml=None, verbose=False)
cells = step.get_cell_df()
assert len(cells) > 0, "no cells"
assert set(cells["cell_type"]) <= {"tumour", "hunter", "tired"}, set(cells["cell_type"])
assert abs(step.get_time() - 60.0) < 1e-9, step.get_time()
assert step.get_substrate_list() == ["debris", "oxygen"] or set(step.get_substrate_list()) == {"oxygen", "debris"}
oxygen = step.get_conc_df()["oxygen"]
assert oxygen.size == 80 and oxygen.min() >= 0.0 and oxygen.max() <= 38.0 + 1e-6, (oxygen.min(), oxygen.max())
graph = step.get_neighbor_graph_dict()
assert len(graph) == len(cells), (len(graph), len(cells))
print(pcdl.__version__, len(cells), "cells")
