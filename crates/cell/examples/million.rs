//! A million packed cells: how long they take to make, to list, and to step, and what they take in memory.
//!
//!     cargo run --release -p exoderm-cell --example million

#![allow(clippy::print_stdout, reason = "an example that reports")]

use exoderm_cell::CellError;
use exoderm_cell::cases::ball;
use exoderm_cell::colony::{Colony, Founder};
use exoderm_cell::open::{Affinity, Law, Per, Space};
use std::time::Instant;

fn main() -> Result<(), CellError> {
    let n = 1_000_000;
    let centres = ball(n);
    let begin = Instant::now();
    let mut colony = Colony::new(4, 4);
    colony.reserve(n);
    let [xs, ys, zs] = centres;
    for ((&x, &y), &z) in xs.iter().zip(&ys).zip(&zs) {
        colony.add(Founder {
            kind: 0,
            position: [x, y, z],
            volume: 2494.0,
            nucleus: 540.0,
            fluid_fraction: 0.75,
            relative_rupture: 2.0,
        })?;
    }
    drop((xs, ys, zs));
    let strengths = [Per::Kind(&[1.25]), Per::Kind(&[10.0]), Per::Kind(&[0.4])];
    let mut space = Space::new(2.5)?;
    colony.push(&mut space, Law::Compact, Affinity::One, strengths)?;
    colony.sort(&mut space);
    println!("made, listed and sorted in {:.2} s", begin.elapsed().as_secs_f64());
    let begin = Instant::now();
    for _ in 0..10 {
        colony.push(&mut space, Law::Compact, Affinity::One, strengths)?;
        colony.advance(&space, 0.1, 1.0, |_| [0.0; 3])?;
    }
    let step = begin.elapsed().as_secs_f64() / 10.0;
    println!("a step takes {:.3} s, {:.0} ns a cell", step, 1e9 * step / n as f64);
    let each = |bytes: usize| bytes as f64 / n as f64;
    println!(
        "{:.0} bytes a cell, {:.0} more for the list",
        each(colony.bytes() + space.bytes()),
        each(space.list().bytes())
    );
    if let Ok(status) = std::fs::read_to_string("/proc/self/status") {
        let peak = status.lines().filter(|l| l.starts_with("VmHWM"));
        peak.for_each(|l| println!("peak of memory: {}", l.trim_start_matches("VmHWM:").trim()));
    }
    Ok(())
}
