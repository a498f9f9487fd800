//! Runs a PhysiCell project of XML and CSV without recording it: `agents SETTINGS.xml SEED…` prints a line
//! `seed,time,type,count` for the living of each type and for the dead at every recorded time, and the wall time. With `split`
//! before the seeds substrates and exchange are taken one after the other, as PhysiCell does.

use exoderm_import::physicell::{Tables, read};
use exoderm_tissue::agents::Culture;
use std::error::Error;
use std::path::Path;
use std::time::Instant;

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let file = args.next().ok_or("give the settings of a project, and seeds")?;
    let project = read(Path::new(&file))?;
    let tables = Tables::read(&project.model)?;
    let mut split = false;
    for seed in args {
        if seed == "split" {
            split = true;
            continue;
        }
        let mut model = project.model.clone();
        model.options.split = split;
        model.seed = seed.parse()?;
        let begin = Instant::now();
        let mut culture = Culture::new(&model, &tables.cells, &tables.substrates)?;
        for k in 0_u32.. {
            let time = f64::from(k) * model.steps.record;
            culture.advance(time)?;
            if culture.done() {
                break;
            }
            let counts = culture.counts();
            for (count, cell) in counts.iter().zip(&model.cells) {
                println!("{seed},{time},{},{}", cell.name, count.live);
            }
            let dead: u64 = counts.iter().map(|c| c.apoptotic + c.necrotic).sum();
            println!("{seed},{time},(dead),{dead}");
        }
        eprintln!("seed {seed}: {:.2} s, {:?}", begin.elapsed().as_secs_f64(), culture.events());
    }
    Ok(())
}
