"""Times a whole model, a spheroid of 10,000 or 100,000 cells, beside PhysiCell: seconds per simulated minute, one thread each.

    python3 crates/tissue/benches/spheroid.py EXODERM PHYSICELL SPHEROID [CELLS]

EXODERM is the program, PHYSICELL the one that PhysiCell's own Makefile builds from its template sample, SPHEROID a folder with
`config/s10k.xml`, its rules and `config/cells_<n>.csv`: workload D of the field's side-by-side set. Skips, with a line that says
so, what is not there. A time is the difference of two runs of different lengths, so that neither start nor files count, and what
is printed is the median of three, the programs by turns. PhysiCell takes its own steps; Exoderm takes them too (--split), and its
own (--adaptive).
"""

import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ROUNDS = 3
# Minutes of the shorter run and how many more the longer one has: of PhysiCell, and of Exoderm.
LENGTHS = {10_000: [(6, 12), (6, 60)], 100_000: [(1, 3), (6, 36)]}


def settings(folder, cells, minutes):
    text = open(os.path.join(folder, "config/s10k.xml")).read()

    def put(tag, value, count=0):
        nonlocal text
        text = re.sub(rf"(<{tag}[^>]*>)[^<]*(</{tag}>)", rf"\g<1>{value}\g<2>", text, count=count)

    put("max_time", minutes)
    put("omp_num_threads", 1)
    # One record at the start, one at the end, no pictures.
    text = re.sub(r"(<full_data>\s*<interval[^>]*>)[^<]*", rf"\g<1>{minutes}", text)
    text = re.sub(r"(<SVG>\s*<interval[^>]*>[^<]*</interval>\s*<enable>)[^<]*", r"\g<1>false", text)
    if cells > 10_000:
        for axis in "xyz":
            put(f"{axis}_min", -600)
            put(f"{axis}_max", 600)
        text = text.replace("cells_10000.csv", f"cells_{cells}.csv")
    return text


def seconds(command, folder):
    begin = time.perf_counter()
    done = subprocess.run(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    if done.returncode != 0:
        sys.exit(f"{command[0]}: {done.stderr.decode()[-500:]}")
    return time.perf_counter() - begin


def main():
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    programs = {"exoderm": os.path.abspath(sys.argv[1]), "physicell": os.path.abspath(sys.argv[2])}
    source = sys.argv[3]
    for name, path in list(programs.items()):
        if not os.access(path, os.X_OK):
            print(f"SKIPPED: no program of {name} at {path}")
            del programs[name]
    sizes = [int(n) for n in sys.argv[4:]] or sorted(LENGTHS)
    for cells in sizes:
        if not os.path.exists(os.path.join(source, f"config/cells_{cells}.csv")):
            print(f"SKIPPED: no table of {cells} cells in {source}")
            continue
        ways = {}
        if "physicell" in programs:
            ways["physicell"] = [programs["physicell"], "run.xml"]
        if "exoderm" in programs:
            base = [programs["exoderm"], "run", "run.xml", "--threads", "1", "--force", "-q", "--out"]
            ways["exoderm, its steps"] = base + ["split", "--split"]
            ways["exoderm, own steps"] = base + ["own", "--adaptive"]
        found = {way: [] for way in ways}
        for _ in range(ROUNDS):
            for way, command in ways.items():
                took = []
                short, longer = LENGTHS[cells][way != "physicell"]
                for minutes in (short, short + longer):
                    with tempfile.TemporaryDirectory() as folder:
                        shutil.copytree(os.path.join(source, "config"), os.path.join(folder, "config"))
                        os.mkdir(os.path.join(folder, "output"))
                        with open(os.path.join(folder, "run.xml"), "w") as out:
                            out.write(settings(source, cells, minutes))
                        took.append(seconds(command, folder))
                found[way].append((took[1] - took[0]) / longer)
        for way, times in found.items():
            line = f"{cells:7} cells  {way:20} {statistics.median(times) * 1e3:9.1f} ms a simulated minute"
            if "physicell" in found and way != "physicell":
                ratio = statistics.median(p / t for p, t in zip(found["physicell"], times))
                line += f"  {ratio:6.1f} times less"
            print(line, flush=True)


if __name__ == "__main__":
    main()
