//! Networks that several tests use.
#![allow(dead_code)]

use exoderm_kinetics::graph::Binary;
use exoderm_kinetics::network::{Network, Output, Reaction, Rule};

/// Birth at `birth`, death of each at `death`.
pub(crate) fn birth_death(birth: f64, death: f64, start: f64) -> Network {
    let mut n = Network::new(&[("x", start)], &[("birth", birth), ("death", death)]);
    let (b, d) = (n.parameter(0), n.parameter(1));
    n.mass_action("birth", b, &[], &[0]);
    n.mass_action("death", d, &[0], &[]);
    n
}

/// Two molecules join and part again.
pub(crate) fn dimerisation(join: f64, part: f64, start: f64) -> Network {
    let mut n = Network::new(&[("monomer", start), ("dimer", 0.0)], &[("join", join), ("part", part)]);
    let (j, p) = (n.parameter(0), n.parameter(1));
    n.mass_action("join", j, &[0, 0], &[1]);
    n.mass_action("part", p, &[1], &[0, 0]);
    n
}

/// A gene that switches between on and off, its transcripts and their protein.
pub(crate) fn telegraph(
    on: f64,
    off: f64,
    transcribe: f64,
    decay: f64,
    translate: f64,
    loss: f64,
) -> Network {
    let mut n = Network::new(
        &[("off", 1.0), ("on", 0.0), ("rna", 0.0), ("protein", 0.0)],
        &[
            ("k_on", on),
            ("k_off", off),
            ("k_rna", transcribe),
            ("d_rna", decay),
            ("k_protein", translate),
            ("d_protein", loss),
        ],
    );
    let k: Vec<_> = (0..6).map(|i| n.parameter(i)).collect();
    n.mass_action("switch on", k[0], &[0], &[1]);
    n.mass_action("switch off", k[1], &[1], &[0]);
    n.mass_action("transcription", k[2], &[1], &[1, 2]);
    n.mass_action("decay", k[3], &[2], &[]);
    n.mass_action("translation", k[4], &[2], &[2, 3]);
    n.mass_action("loss", k[5], &[3], &[]);
    n
}

/// Bursts of a fixed size at rate `rate`, cleared one by one.
pub(crate) fn bursts(rate: f64, size: f64, clearance: f64) -> Network {
    let mut n = Network::new(&[("x", 0.0)], &[("rate", rate), ("clearance", clearance)]);
    let (r, c) = (n.parameter(0), n.parameter(1));
    n.reactions.push(Reaction { name: "burst".into(), rate: r, changes: vec![(0, size)] });
    n.mass_action("clearance", c, &[0], &[]);
    n
}

/// Robertson's problem, the classic of stiffness: rates 0.04, 1e4 and 3e7.
pub(crate) fn robertson() -> Network {
    let mut n =
        Network::new(&[("a", 1.0), ("b", 0.0), ("c", 0.0)], &[("k1", 0.04), ("k2", 1e4), ("k3", 3e7)]);
    let (a, b, c) = (n.state(0), n.state(1), n.state(2));
    let (k1, k2, k3) = (n.parameter(0), n.parameter(1), n.parameter(2));
    let g = &mut n.graph;
    let r1 = g.mul(k1, a);
    let bc = g.mul(b, c);
    let r2 = g.mul(k2, bc);
    let bb = g.mul(b, b);
    let r3 = g.mul(k3, bb);
    let reaction = |name: &str, rate, changes| Reaction { name: name.into(), rate, changes };
    n.reactions = vec![
        reaction("1", r1, vec![(0, -1.0), (1, 1.0)]),
        reaction("2", r2, vec![(0, 1.0), (1, -1.0)]),
        reaction("3", r3, vec![(1, -1.0), (2, 1.0)]),
    ];
    n
}

/// Two proteins that repress each other with a Hill power and answer to a signal: a small network of a cell.
pub(crate) fn switch(power: f64) -> Network {
    let mut n = Network::new(
        &[("u", 0.1), ("v", 2.0), ("m", 0.0)],
        &[("signal", 0.5), ("make", 3.0), ("loss", 1.0), ("power", power)],
    );
    let (u, v, m) = (n.state(0), n.state(1), n.state(2));
    let (signal, make, loss) = (n.parameter(0), n.parameter(1), n.parameter(2));
    let g = &mut n.graph;
    let h = g.constant(power);
    let one = g.constant(1.0);
    let mut repressed = |by| {
        let p = g.binary(Binary::Pow, by, h);
        let q = g.add(one, p);
        g.div(make, q)
    };
    let (make_u, make_v) = (repressed(v), repressed(u));
    let lost: Vec<_> = [u, v, m].into_iter().map(|x| g.mul(loss, x)).collect();
    let made_m = g.mul(signal, u);
    let added = g.add(make_u, signal);
    let reaction = |name: &str, rate, changes| Reaction { name: name.into(), rate, changes };
    n.reactions = vec![
        reaction("make u", added, vec![(0, 1.0)]),
        reaction("make v", make_v, vec![(1, 1.0)]),
        reaction("make m", made_m, vec![(2, 1.0)]),
        reaction("lose u", lost[0], vec![(0, -1.0)]),
        reaction("lose v", lost[1], vec![(1, -1.0)]),
        reaction("lose m", lost[2], vec![(2, -1.0)]),
    ];
    n.outputs = vec![Output { name: "ratio".into(), term: u }];
    n
}

/// x' = x cos t, whose solution is exp(sin t), beside y' = −y² with solution 1/(1 + t).
pub(crate) fn two_known() -> Network {
    let mut n = Network::new(&[("x", 1.0), ("y", 1.0)], &[]);
    let (x, y, t) = (n.state(0), n.state(1), n.time());
    let g = &mut n.graph;
    let cos = g.unary(exoderm_kinetics::graph::Unary::Cos, t);
    let dx = g.mul(x, cos);
    let square = g.mul(y, y);
    let dy = g.unary(exoderm_kinetics::graph::Unary::Neg, square);
    n.rules = vec![Rule { state: 0, rate: dx }, Rule { state: 1, rate: dy }];
    n
}
