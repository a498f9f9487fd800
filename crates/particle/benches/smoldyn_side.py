"""Times Smoldyn (PyPI `smoldyn`) on the scenes of `against_smoldyn.rs`; prints seconds of the stepping alone.

python smoldyn_side.py CASE MOLECULES STEPS EDGE_UM   with CASE free | absorbing
"""

import os
import sys
import tempfile
import time

try:
    import smoldyn
except ImportError:
    print("absent")
    sys.exit(0)

case, molecules, steps, edge = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])
dt = 0.01
lines = [
    "dim 3",
    f"boundaries x 0 {edge} {'p'}",
    f"boundaries y 0 {edge} {'p'}",
    f"boundaries z 0 {edge} {'p'}",
    "species A",
    "difc A 4.3",
    f"time_start 0\ntime_stop {steps * dt}\ntime_step {dt}",
    f"max_mol {molecules + 10}",
    f"mol {molecules} A u u u",
]
if case == "absorbing":
    m = round(edge / 40)
    lines.append("molperbox 4")
    lines.append("start_surface cells\naction A front absorb\naction A back absorb")
    for i in range(m**3):
        x, y, z = (40 * k + 20 for k in (i // m**2, i // m % m, i % m))
        lines.append(f"panel sph {x} {y} {z} 10 8 8")
    lines.append("end_surface")
lines.append("end_file")
with tempfile.TemporaryDirectory() as folder:
    path = os.path.join(folder, "scene.txt")
    with open(path, "w") as file:
        file.write("\n".join(lines))
    simulation = smoldyn.Simulation.fromFile(path, "wq")
    begin = time.perf_counter()
    simulation.runSim()
    print("seconds", time.perf_counter() - begin)
