//! The maintainer's command.

fn main() -> std::process::ExitCode {
    launchway_changeset::main()
}
