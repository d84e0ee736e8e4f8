//! The command, as a user runs it.

use std::process::Command;

#[test]
fn the_words_are_the_name() {
    let said = Command::new(env!("CARGO_BIN_EXE_acme-greet-cli")).args(["Ada", "Lovelace"]).output().unwrap();
    assert_eq!(String::from_utf8(said.stdout).unwrap(), "Hello, Ada Lovelace!\n");
}
