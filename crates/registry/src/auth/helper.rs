//! Credential helpers: `docker-credential-NAME get`.

use std::io::{Read, Write as _};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use launchway_base::{Deadline, Secret, redact, show_duration};
use serde::Deserialize;

use super::Login;
use crate::RegistryError;

/// How long a helper may take: some ask a cloud.
const LONGEST: Duration = Duration::from_secs(30);
const MOST: u64 = 1 << 20;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    username: String,
    secret: String,
}

/// The login a helper keeps for a server, `None` when it has none. The server's name goes in by
/// stdin and the login comes by stdout: nothing of it is in an argument.
pub(super) fn get(
    name: &str,
    server: &str,
    deadline: Deadline,
) -> Result<Option<Login>, RegistryError> {
    let longest = deadline.bound(LONGEST);
    let program = format!("docker-credential-{name}");
    let wrong = |reason: String| RegistryError::Login {
        place: format!("credential helper `{}`", crate::reference::show(&program)),
        reason,
    };
    if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c)) {
        return Err(wrong("its name is no name of a helper".to_owned()));
    }
    let mut command = Command::new(&program);
    for (variable, _) in std::env::vars_os() {
        if variable.to_str().is_some_and(|it| it.starts_with("INPUT_") || it == "LAUNCHWAY_INPUTS")
        {
            command.env_remove(variable);
        }
    }
    let command = command.arg("get").stdin(Stdio::piped());
    let command = command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child =
        command.spawn().map_err(|error| wrong(format!("cannot be started: {error}")))?;
    let out = child.stdout.take().map(read);
    let err = child.stderr.take().map(read);
    if let Some(mut stdin) = child.stdin.take() {
        // A helper that does not read says why itself.
        let _ = stdin.write_all(format!("{server}\n").as_bytes());
    }
    let until = Instant::now() + longest;
    let Some(success) = wait(&mut child, until).map_err(|error| wrong(error.to_string()))? else {
        return Err(wrong(format!("gave no answer within {}", show_duration(longest))));
    };
    let said = |from: Option<Receiver<Vec<u8>>>| {
        let rest = until.saturating_duration_since(Instant::now()).max(Duration::from_millis(100));
        from.and_then(|from| from.recv_timeout(rest).ok()).unwrap_or_default()
    };
    let out = said(out);
    if !success {
        let text = String::from_utf8_lossy(&out).trim().to_owned();
        // The protocol has no code for it, only these words.
        if text.to_lowercase().contains("credentials not found") {
            return Ok(None);
        }
        let text = if text.is_empty() {
            String::from_utf8_lossy(&said(err)).trim().to_owned()
        } else {
            text
        };
        return Err(wrong(format!("failed: {}", crate::reference::show(&redact::redact(&text)))));
    }
    // The error of the reader could quote the secret.
    let answer: Answer = serde_json::from_slice(&out)
        .map_err(|_| wrong("answered with something that is no login".to_owned()))?;
    let secret = Secret::new(answer.secret);
    Ok(match answer.username.as_str() {
        _ if secret.is_empty() => None,
        "<token>" => Some(Login::Identity(secret)),
        _ => Some(Login::Password { username: answer.username, password: secret }),
    })
}

/// Reads on a thread of its own: a grandchild that keeps the pipe open holds nothing up.
fn read(from: impl Read + Send + 'static) -> Receiver<Vec<u8>> {
    let (send, receive) = channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = from.take(MOST).read_to_end(&mut bytes);
        let _ = send.send(bytes);
    });
    receive
}

/// Whether it ended well; `None` when it had to be ended.
fn wait(child: &mut Child, until: Instant) -> std::io::Result<Option<bool>> {
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status.success()));
        }
        if Instant::now() >= until {
            child.kill()?;
            child.wait()?;
            return Ok(None);
        }
        thread::sleep(Duration::from_millis(5));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_helper_that_is_missing_or_misnamed_is_named() {
        for name in ["not-there-at-all", "../evil", "a b", ""] {
            let error = get(name, "ghcr.io", Deadline::none()).unwrap_err().to_string();
            assert!(error.contains(&format!("`docker-credential-{name}`")), "{error}");
        }
    }
}
