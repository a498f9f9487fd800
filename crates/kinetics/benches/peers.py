"""Times other programs on the networks of benches/kinetics.rs; prints one line a program and network.

Called by the bench with the three networks' horizon and number of trajectories. GillesPy2's compiled solver is built
before the clock starts; rebop's model is made before it. Both record the last point only.
"""

import sys
import time


def networks():
    birth_death = dict(
        species={"x": 1000},
        reactions=[("birth", 1000.0, [], ["x"]), ("death", 1.0, ["x"], [])],
    )
    dimerisation = dict(
        species={"monomer": 2000, "dimer": 0},
        reactions=[("join", 0.001, ["monomer", "monomer"], ["dimer"]), ("part", 1.0, ["dimer"], ["monomer"] * 2)],
    )
    bursts = dict(
        species={"off": 1, "on": 0, "rna": 0, "protein": 0},
        reactions=[
            ("switch_on", 0.5, ["off"], ["on"]),
            ("switch_off", 1.0, ["on"], ["off"]),
            ("transcription", 30.0, ["on"], ["on", "rna"]),
            ("decay", 1.0, ["rna"], []),
            ("translation", 20.0, ["rna"], ["rna", "protein"]),
            ("loss", 0.5, ["protein"], []),
        ],
    )
    return {"birth-death": birth_death, "dimerisation": dimerisation, "bursts": bursts}


def gillespy2(net, horizon, trajectories):
    import gillespy2 as g

    model = g.Model(name="bench")
    model.add_species([g.Species(name=n, initial_value=v, mode="discrete") for n, v in net["species"].items()])
    for name, k, reactants, products in net["reactions"]:
        rate = g.Parameter(name="k_" + name, expression=repr(k))
        model.add_parameter(rate)
        count = lambda side: {s: side.count(s) for s in side}
        if len(reactants) == 2 and reactants[0] == reactants[1]:
            # Its own mass action counts ordered pairs over the volume: written out, to be the same network.
            s = reactants[0]
            law = f"k_{name}*{s}*({s}-1)/2"
            model.add_reaction(
                g.Reaction(name=name, reactants=count(reactants), products=count(products), propensity_function=law)
            )
        else:
            model.add_reaction(
                g.Reaction(name=name, reactants=count(reactants), products=count(products), rate=rate)
            )
    model.timespan(g.TimeSpan.linspace(t=horizon, num_points=2))
    solver = g.SSACSolver(model=model)
    solver.run(number_of_trajectories=1, seed=1)
    start = time.perf_counter()
    result = solver.run(number_of_trajectories=trajectories, seed=2)
    seconds = time.perf_counter() - start
    last = list(net["species"])[-1]
    return seconds, sum(float(r[last][-1]) for r in result) / trajectories


def rebop(net, horizon, trajectories):
    import rebop as r

    model = r.Gillespie()
    for _, k, reactants, products in net["reactions"]:
        # rebop counts ordered pairs, x (x - 1).
        pairs = len(reactants) == 2 and reactants[0] == reactants[1]
        model.add_reaction(k / 2 if pairs else k, reactants, products)
    model.run(net["species"], tmax=horizon / 100, nb_steps=1)
    last = list(net["species"])[-1]
    total = 0.0
    start = time.perf_counter()
    for seed in range(trajectories):
        total += float(model.run(net["species"], tmax=horizon, nb_steps=1, rng=seed)[last][-1])
    return time.perf_counter() - start, total / trajectories


def main():
    name, horizon, trajectories = sys.argv[1], float(sys.argv[2]), int(sys.argv[3])
    net = networks()[name]
    for peer in (gillespy2, rebop):
        try:
            seconds, mean = peer(net, horizon, trajectories)
            version = __import__(peer.__name__).__version__
            print(f"{peer.__name__} {version} {seconds / trajectories:.9e} {mean:.6g}", flush=True)
        except Exception as e:  # absent, or without its compiler: the bench says so and goes on
            print(f"{peer.__name__} absent: {str(e).strip().splitlines()[0]}", flush=True)


main()
