//! `cargo xtask TASK`: chores of the repository.

fn main() {
    eprintln!("tasks: none yet");
    std::process::exit(2);
}
