//! Programs that a test writes itself.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

/// Writes a script that can be started at once.
///
/// A process of its own writes it: while a file is open for writing nobody can start it ("text file
/// busy"), and what one thread of a test has open, a program that another thread starts in that
/// moment has open, too.
///
/// # Panics
/// It cannot be written.
pub fn script(path: impl AsRef<Path>, text: impl AsRef<[u8]>) {
    let mut writer = Command::new("sh")
        .args(["-c", r#"cat > "$0" && chmod 755 "$0""#])
        .arg(path.as_ref())
        .stdin(Stdio::piped())
        .spawn()
        .expect("sh starts");
    let mut input = writer.stdin.take().expect("it has an input");
    input.write_all(text.as_ref()).expect("it takes the text");
    drop(input);
    assert!(
        writer.wait().expect("it ends").success(),
        "{} is not written",
        path.as_ref().display()
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_can_be_started_whatever_else_is_started_in_that_moment() {
        let dir = tempfile::tempdir().unwrap();
        std::thread::scope(|scope| {
            for number in 0..4 {
                let path = dir.path().join(format!("script {number}"));
                scope.spawn(move || {
                    for round in 0..25 {
                        script(&path, format!("#!/bin/sh\nexit {round}\n"));
                        assert_eq!(Command::new(&path).status().unwrap().code(), Some(round));
                    }
                });
            }
        });
    }
}
