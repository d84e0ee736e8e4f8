//! Stands in for actions of others; see [`launchway_e2e::stand_in`].

fn main() -> std::process::ExitCode {
    launchway_e2e::stand_in::main()
}
