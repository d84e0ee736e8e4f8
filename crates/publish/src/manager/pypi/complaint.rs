//! What uv, build and twine complained about, out of all they said.

use crate::manager::CommandError;
use crate::output::plain;
use crate::run::Finished;

/// How much of what a tool said is told.
const LINES: usize = 40;

/// What a tool complained about: the end of what it said, with the status the index answered.
pub(super) fn complaint(finished: &Finished) -> CommandError {
    let (stdout, stderr) = (plain(&finished.stdout), plain(&finished.stderr));
    let said = if stderr.trim().is_empty() { stdout.trim() } else { stderr.trim() };
    let all = format!("{stdout}\n{stderr}");
    let status = [
        "status code ",
        "HTTPError: ",
        "(HTTP ",
        "HTTP status client error (",
        "HTTP status server error (",
    ]
    .iter()
    .find_map(|before| all.split_once(before))
    .and_then(|(_, rest)| rest.get(..3))
    .filter(|status| status.bytes().all(|byte| byte.is_ascii_digit()));
    let lines: Vec<&str> = said.lines().collect();
    let from = lines.len().saturating_sub(LINES);
    let mut text = lines.get(from..).unwrap_or_default().join("\n");
    // twine prints its errors to standard output.
    if let Some(line) = stdout.lines().map(str::trim).find(|line| line.starts_with("ERROR"))
        && !text.contains(line)
    {
        text = format!("{text}\n{line}");
    }
    CommandError::new(status.map(str::to_owned), Some(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(stdout: &str, stderr: &str) -> CommandError {
        let (stdout, stderr) = (stdout.to_owned(), stderr.to_owned());
        complaint(&Finished { exit: Some(1), stdout, stderr })
    }

    #[test]
    fn complaints_tell_the_status() {
        let uv = "Publishing 1 file\nerror: Failed to publish `x.whl` to http://h/\n  Caused by: Server returned status code 403 Forbidden. Server says: 403 no";
        assert_eq!(said("", uv).code.as_deref(), Some("403"));
        assert!(said("", uv).is_refusal());
        let twine = "Uploading distributions to http://h/\nERROR    HTTPError: 503 Service Unavailable from http://h/\n         x";
        assert_eq!(said(twine, "").code.as_deref(), Some("503"));
        assert!(!said(twine, "").is_refusal());
        assert_eq!(said("", "error: connection reset").code, None);
        let long = (0..100).map(|n| n.to_string()).collect::<Vec<_>>().join("\n");
        let kept = said("", &long).message.unwrap();
        assert!(kept.starts_with("60\n") && kept.ends_with("\n99"), "{kept}");
    }
}
