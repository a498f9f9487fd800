use exoderm_numeric::batch::*;
use exoderm_numeric::random::Seed;
use exoderm_particle::*;
fn cpu() -> f64 {
    let s = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    s.split(' ').next().unwrap().parse::<f64>().unwrap()
}
const D: f64 = 258.0;
fn cloud(scene: &Scene, n: usize, edge: f64) -> Cloud {
    let mut cloud = Cloud::new(Seed::new(1, 0), &[Class::brownian(D)]).unwrap();
    let mut k = 0u32;
    while cloud.len() < n {
        k += 1;
        let p = [0.819_172_513_4, 0.671_043_606_7, 0.549_700_477_9]
            .map(|g: f64| (g * f64::from(k)).fract() * edge);
        let _ = cloud.insert(scene, 0, p);
    }
    cloud
}
fn main() {
    rayon::ThreadPoolBuilder::new().num_threads(1).use_current_thread().build_global().unwrap();
    let ids: Vec<u32> = (0..64).collect();
    let s = Seed::new(1, 0);
    let mut o = Normals::default();
    let mut best = f64::INFINITY;
    for r in 0..30u32 {
        let a = cpu();
        for t in 0..20000 {
            s.normals(&ids, t + r, 1, &mut o);
            std::hint::black_box(&o);
        }
        best = best.min((cpu() - a) / 20000.0 / 64.0);
    }
    println!("normals {best:.2} ns per entity");
    for n in [10_000, 100_000, 1_000_000] {
        let scene = Scene::new(Domain::unbounded(), &[], &[], 1.0).unwrap();
        let mut v = cloud(&scene, n, 1000.0);
        let mut best = f64::INFINITY;
        let k = 2_000_000 / n;
        for _ in 0..12 {
            let a = cpu();
            for _ in 0..k {
                v.step(&scene, 1e-4).unwrap();
            }
            best = best.min((cpu() - a) / (k * n) as f64);
        }
        println!("free {n}: {best:.2} ns");
    }
    for (dt_ms, name, wall) in [
        (1.0, "abs", Wall::Absorbing),
        (10.0, "abs", Wall::Absorbing),
        (100.0, "abs", Wall::Absorbing),
        (10.0, "part", Wall::Partial(6.0)),
        (10.0, "refl", Wall::Reflecting),
    ] {
        if std::env::args().nth(1).is_some_and(|a| a != format!("{name}{dt_ms}")) {
            continue;
        }
        for n in [10_000, 100_000, 1_000_000] {
            let dt = dt_ms * 1e-3 / 60.0;
            let m = 6;
            let edge = 40.0 * f64::from(m);
            let mut spheres = Vec::new();
            for i in 0..m * m * m {
                spheres.push(Sphere::new(
                    [i / (m * m), i / m % m, i % m].map(|k| 40.0 * f64::from(k) + 20.0),
                    10.0,
                    wall,
                ));
            }
            let scene = Scene::new(
                Domain::cuboid([edge; 3], Face::Periodic),
                &spheres,
                &[],
                Scene::horizon_for(D, dt),
            )
            .unwrap();
            let mut v = cloud(&scene, n, edge);
            let (mut sum, mut steps) = (0.0, 0usize);
            let k = 2_000_000 / n;
            let mut best = f64::INFINITY;
            let mut kk = 0u32;
            for _ in 0..8 {
                (sum, steps) = (0.0, 0);
                for _ in 0..k {
                    let m = v.len();
                    let a = cpu();
                    let lost = v.step(&scene, dt).unwrap().len();
                    sum += cpu() - a;
                    steps += m;
                    for _ in 0..lost {
                        kk += 1;
                        let p = [0.754_877_666_2, 0.569_840_290_9]
                            .map(|g: f64| (g * f64::from(kk)).fract() * edge);
                        v.insert(&scene, 0, [p[0], p[1], 1.0]).unwrap();
                    }
                }
                best = best.min(sum / steps as f64);
            }
            println!(
                "{name} dt {dt_ms} ms {n}: {best:.2} ns, {:.4} captured a step",
                kk as f64 / (8 * k * n) as f64
            );
        }
    }
}
