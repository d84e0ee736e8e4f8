//! Texts of inputs and of files.

use std::path::Path;

use launchway_base::Failure;
use launchway_runtime::Session;
use launchway_runtime::files::text_or_file;

use crate::inputs::Content;

/// More of a text than this many bytes is in no channel's message.
const MOST: usize = 128 * 1024;

/// The text of the message.
pub(super) fn text(content: &Content) -> String {
    cut(content.text.as_deref().unwrap_or_default().to_owned())
}

/// What changed. A file that is not there is a warning: the job that writes it may be the one that
/// failed, and that has to be told.
pub(super) fn changelog(session: &Session, content: &Content) -> Result<Option<String>, Failure> {
    let file = content.changelog_file.as_deref().map(Path::new);
    if let Some(file) = file.filter(|file| !file.exists()) {
        session.warn(&format!("`changelog-file`: there is no file `{}`", file.display()));
        return Ok(None);
    }
    Ok(text_or_file("changelog", content.changelog.as_deref(), file)?.map(cut))
}

/// The text up to the last whole line that fits.
pub(super) fn cut(mut text: String) -> String {
    if text.len() > MOST {
        text.truncate(text.floor_char_boundary(MOST));
        if let Some(end) = text.rfind('\n').filter(|end| *end > MOST / 2) {
            text.truncate(end);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_ends_with_a_line() {
        assert_eq!(cut("short".to_owned()), "short");
        let lines = cut("a line of text\n".repeat(20_000));
        assert!(lines.len() <= MOST && lines.ends_with("text"));
        let signs = cut("é".repeat(MOST));
        assert!(signs.len() <= MOST && signs.ends_with('é'));
    }
}
