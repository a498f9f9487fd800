//! Runs the melanoma spheroid of the validation study for ten days, prints its radii and writes docs/images/spheroid.svg.

use exoderm_study::validation::spheroid::{Setup, Spheroid};

/// `voxels` along the cube and `steps` of cells an hour replace the published ones, `seed` the first.
pub(crate) fn run(arguments: &[String]) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let mut setup = Setup::PUBLISHED;
    for argument in arguments {
        match argument.split_once('=') {
            Some(("voxels", n)) => setup.voxels = n.parse()?,
            Some(("steps", n)) => setup.steps = n.parse()?,
            Some(("seed", n)) => setup.seed = n.parse()?,
            _ => return Err(format!("`{argument}` is none of voxels=N, steps=N, seed=N").into()),
        }
    }
    let mut spheroid = Spheroid::new(setup)?;
    let mut days = vec![spheroid.radii()];
    println!("             by density                          as published");
    println!("day  living  outer  arrest  necrotic 10 %  50 %  outer  arrest  necrotic");
    loop {
        if let Some(r) = days.last() {
            println!(
                "{:3}  {:6}  {:5.1}  {:6.1}  {:13.1}  {:4.1}  {:5.1}  {:6.1}  {:8.1}",
                r.hours / 24,
                r.living,
                r.outer,
                r.arrest,
                r.necrotic,
                r.necrotic_half,
                r.as_published[0],
                r.as_published[1],
                r.as_published[2]
            );
        }
        if days.len() > 10 {
            break;
        }
        spheroid.advance(24)?;
        days.push(spheroid.radii());
    }
    let shells = spheroid.shells();
    println!("um  living/nL  S/G2/M  nutrient");
    for s in &shells {
        println!("{:3}  {:9.1}  {:6.2}  {:8.3}", s.radius, s.living, s.green, s.nutrient);
    }
    if setup == Setup::PUBLISHED {
        let picture = exoderm_report::spheroid_svg(&days, &shells);
        std::fs::write("docs/images/spheroid.svg", picture)?;
    }
    Ok(())
}
