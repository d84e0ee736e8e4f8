//! demo, test, generate, bench: the project's own commands.

fn main() {}
