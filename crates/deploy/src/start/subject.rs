//! What is deployed: from the inputs that say so, which may say it twice but not differently.

use launchway_base::Failure;
use serde_json::Value;

use super::Inputs;
use crate::stamp::Subject;

/// Reads it.
///
/// # Errors
/// `artifact` is no JSON where it looks like it, or says another version or digest; a digest is none.
pub fn read(inputs: &Inputs) -> Result<Subject, Failure> {
    let given =
        |text: Option<&str>| text.map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned);
    let artifact = match given(inputs.artifact.as_deref()) {
        Some(text) if text.starts_with('{') => of_json(&text)?,
        Some(text) => of_name(&text),
        None => Subject::default(),
    };
    let subject = Subject {
        version: one("version", given(inputs.version.as_deref()), artifact.version)?,
        digest: one("digest", given(inputs.digest.as_deref()), artifact.digest)?,
        artifact: artifact.artifact,
    };
    if let Some(digest) = subject.digest.as_deref().filter(|digest| !is_digest(digest)) {
        return Err(Failure::input(format!("`{}` is no digest", digest.escape_debug()))
            .with_hint("write it as in `sha256:` and 64 hexadecimal digits"));
    }
    for (name, text) in [("version", &subject.version), ("artifact", &subject.artifact)] {
        if text.as_deref().is_some_and(|text| text.len() > 1000 || text.contains(char::is_control))
        {
            return Err(Failure::input(format!(
                "`{name}` is no single line of at most 1000 bytes"
            )));
        }
    }
    Ok(subject)
}

/// The output `artifact` of `docker.yml`.
fn of_json(text: &str) -> Result<Subject, Failure> {
    let value: Value = serde_json::from_str(text).map_err(|error| {
        Failure::input("`artifact` begins like JSON and is none")
            .caused_by(error)
            .with_hint("give the output `artifact` of `docker.yml` as it is, or a name")
    })?;
    let text = |key: &str| {
        value.get(key).and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned)
    };
    Ok(Subject { version: text("version"), artifact: text("name"), digest: text("digest") })
}

/// `NAME`, or `NAME@DIGEST`.
fn of_name(text: &str) -> Subject {
    match text.split_once('@') {
        Some((name, digest)) if is_digest(digest) => Subject {
            version: None,
            artifact: Some(name.to_owned()),
            digest: Some(digest.to_owned()),
        },
        _ => Subject { artifact: Some(text.to_owned()), ..Subject::default() },
    }
}

fn one(name: &str, given: Option<String>, told: Option<String>) -> Result<Option<String>, Failure> {
    match (given, told) {
        (Some(given), Some(told)) if given != told => {
            Err(Failure::input(format!("`{name}` is `{given}`, and `artifact` says `{told}`"))
                .with_hint(format!("leave `{name}` out, or give the artifact of that {name}")))
        }
        (given, told) => Ok(given.or(told)),
    }
}

fn is_digest(text: &str) -> bool {
    text.split_once(':').is_some_and(|(algorithm, hex)| {
        !algorithm.is_empty()
            && algorithm.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
            && (32..=128).contains(&hex.len())
            && hex.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
    })
}
