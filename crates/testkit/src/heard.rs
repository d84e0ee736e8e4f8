//! The texts our programs end with in tests, for a look at whether the page of messages has them.
//!
//! With `LAUNCHWAY_RECORD_MESSAGES` set to a folder, every program that a test runs to its end with
//! [`crate::Scrubbed`] or [`crate::FakeRunner`], and that ends with 2, 3 or 4, leaves one line of
//! JSON there. Nothing here fails a test.

use std::ffi::OsStr;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use serde_json::json;

/// The codes of failures with a text of ours.
const CODES: [i32; 3] = [2, 3, 4];

/// Keeps the text that ended a program, when texts are asked for.
pub(crate) fn note(program: &OsStr, code: Option<i32>, said: &str) {
    static FILE: OnceLock<Option<PathBuf>> = OnceLock::new();
    let Some(code) = code.filter(|code| CODES.contains(code)) else { return };
    let file = FILE.get_or_init(|| {
        let folder =
            std::env::var_os("LAUNCHWAY_RECORD_MESSAGES").filter(|folder| !folder.is_empty())?;
        let _ = std::fs::create_dir_all(&folder);
        Some(Path::new(&folder).join(format!("{}.ndjson", std::process::id())))
    });
    let Some(file) = file else { return };
    let Some((program, text)) = ended_with(program, said) else { return };
    // One write per line: threads of one process do not cut into each other's.
    let line = format!("{}\n", json!({ "program": program, "exit": code, "text": text }));
    if let Ok(mut file) = OpenOptions::new().create(true).append(true).open(file) {
        let _ = file.write_all(line.as_bytes());
    }
}

/// Which of our programs ended, and its last error: an annotation under a runner, which names the
/// program itself, and `error: …` elsewhere. Hint and place are left out.
fn ended_with(program: &OsStr, said: &str) -> Option<(String, String)> {
    let (program, text) = match crate::runner::last_error(said) {
        Some(ours) => ours,
        None => {
            let at = if said.starts_with("error: ") { 0 } else { said.rfind("\nerror: ")? + 1 };
            let name = Path::new(program).file_stem()?.to_string_lossy().into_owned();
            (name, said[at..].strip_prefix("error: ")?.to_owned())
        }
    };
    let text = text.split("\nhint: ").next().unwrap_or_default();
    let text = text.split("\n  at ").next().unwrap_or_default();
    is_ours(&program).then(|| (program, text.trim_end().to_owned()))
}

/// Whether a name is one of our programs; the launcher calls itself by the project's name.
pub(crate) fn is_ours(program: &str) -> bool {
    program.starts_with("launchway-") || program == "Launchway"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(program: &str, said: &str) -> Option<(String, String)> {
        ended_with(OsStr::new(program), said)
    }

    #[test]
    fn the_last_error_is_taken_without_hint_and_place() {
        let said = "warning: w\nerror: one\nerror: two\nlines\nhint: do\n  at a.md:3\n";
        let ours = Some(("launchway-x".to_owned(), "two\nlines".to_owned()));
        assert_eq!(of("/b/launchway-x", said), ours);
        assert_eq!(of("/b/launchway-x", "said\nerror: two\nlines\n  at a.md:3\n"), ours);
    }

    #[test]
    fn an_annotation_names_its_program() {
        let said = "::error title=launchway-x::50%25 of it%0Ahint: do\n::error::foreign\nx\n";
        assert_eq!(of("/bin/sh", said), Some(("launchway-x".into(), "50% of it".into())));
    }

    #[test]
    fn other_programs_are_left_out() {
        assert_eq!(of("/usr/bin/git", "error: no such branch\n"), None);
        assert_eq!(of("/b/launchway-x", "nothing of an error\n"), None);
    }
}
