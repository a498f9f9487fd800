//! The scenarios of the repository compile.

mod common;
use common::*;

#[test]
fn the_examples_compile() {
    for (path, text) in
        [("scenarios/wounds/diabetic-wound.toml", DIABETIC), ("scenarios/boxes/point-release.toml", POINT)]
    {
        if let Err(d) = Case::default().run(path, text) {
            panic!("{}", d.render(false));
        }
    }
}
