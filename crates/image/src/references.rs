//! Lists of tags as users write them: one full reference per line.

use std::collections::HashSet;
use std::fmt;
use std::path::Path;

use launchway_base::{Failure, Location};
use launchway_registry::{Digest, Reference, Repository, Tag};
use launchway_runtime::files;

/// How many wrong lines a message names.
const SHOWN: usize = 5;

/// A tag of a repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The reference as it was written, for people and outputs.
    pub text: String,
    /// The repository.
    pub repository: Repository,
    /// The tag.
    pub tag: Tag,
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// An image by its digest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// The repository.
    pub repository: Repository,
    /// The digest.
    pub digest: Digest,
}

impl fmt::Display for Image {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.repository, self.digest)
    }
}

/// The repository of an input `image`.
///
/// # Errors
/// The text is no repository, or names a registry alone.
pub fn repository(text: &str) -> Result<Repository, Failure> {
    let text = text.trim();
    let host = text.strip_suffix('/').unwrap_or(text);
    let name = host.split(':').next().unwrap_or_default();
    // Docker Hub has no such names of its own.
    if !host.contains(['/', '@']) && (name == "localhost" || name.contains('.')) {
        return Err(Failure::input(format!(
            "`image`: `{}` names a registry without a repository",
            text.escape_debug()
        ))
        .with_hint("write REGISTRY/NAME, as in `ghcr.io/acme/rocket`"));
    }
    text.parse().map_err(|error| Failure::from(error).while_doing("`image`"))
}

/// The paragraph of a summary about tags its table leaves out.
pub fn in_the_log(more: usize) -> String {
    if more == 1 {
        "One more tag is in the log.".to_owned()
    } else {
        format!("{more} more tags are in the log.")
    }
}

/// The image of an input `image`.
///
/// # Errors
/// The text is no reference, or has no digest.
pub fn image(text: &str) -> Result<Image, Failure> {
    let reference: Reference =
        text.trim().parse().map_err(|error| Failure::from(error).while_doing("`image`"))?;
    let Some(digest) = reference.digest else {
        return Err(Failure::input(format!("`image`: `{reference}` has no digest")).with_hint(
            "write REGISTRY/NAME@sha256:…; builders tell the digest, as the output `digest` of docker/build-push-action",
        ));
    };
    Ok(Image { repository: reference.repository, digest })
}

/// The tags of the inputs `tags` and `tags-file`, each once, in order. Empty when neither is given.
///
/// # Errors
/// Both are given, the file cannot be read, or a line is no full reference with a tag; the first
/// few of such lines are named.
pub fn targets(tags: &[String], file: Option<&Path>) -> Result<Vec<Target>, Failure> {
    let given = (!tags.is_empty()).then(|| tags.join("\n"));
    let text = files::text_or_file("tags", given.as_deref(), file)
        .map_err(|failure| hinted(failure, "name a file with one REGISTRY/NAME:TAG per line"))?
        .unwrap_or_default();
    let hint = "write one REGISTRY/NAME:TAG per line, as the output `tags` of the tagger is";
    parse(&text).map_err(|(line, said)| {
        let failure = Failure::input(format!("`tags`: {said}")).with_hint(hint);
        match file {
            Some(file) => failure.at(Location::line(file.display().to_string(), line)),
            None => failure,
        }
    })
}

/// The tags of an input with another name.
///
/// # Errors
/// A line is no full reference with a tag; the first few of such lines are named.
pub fn named_targets(input: &str, tags: &[String]) -> Result<Vec<Target>, Failure> {
    parse(&tags.join("\n")).map_err(|(_, said)| {
        Failure::input(format!("`{input}`: {said}"))
            .with_hint("write one REGISTRY/NAME:TAG per line")
    })
}

/// A failure with this hint, unless it has one of its own.
pub fn hinted(failure: Failure, hint: &str) -> Failure {
    if failure.hint().is_some() { failure } else { failure.with_hint(hint) }
}

/// The tags; or the first line that is none, and what is wrong with it and those after it.
fn parse(text: &str) -> Result<Vec<Target>, (usize, String)> {
    let mut seen = HashSet::new();
    let mut targets = Vec::new();
    let mut wrong: Vec<(usize, String)> = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() {
            continue;
        }
        match target(line) {
            Ok(target) => {
                if seen.insert((target.repository.clone(), target.tag.clone())) {
                    targets.push(target);
                }
            }
            Err(reason) => wrong.push((index + 1, reason)),
        }
    }
    let Some((line, _)) = wrong.first() else { return Ok(targets) };
    let line = *line;
    let mut said: Vec<String> =
        wrong.iter().take(SHOWN).map(|(line, reason)| format!("line {line}: {reason}")).collect();
    if wrong.len() > SHOWN {
        let more = wrong.len() - SHOWN;
        said.push(if more == 1 {
            "and one more line".into()
        } else {
            format!("and {more} more lines")
        });
    }
    Err((line, said.join("; ")))
}

fn target(line: &str) -> Result<Target, String> {
    let reference: Reference =
        line.parse().map_err(|error: launchway_registry::ReferenceError| {
            if line.contains(',') {
                format!("{error}; is it several, with a comma between?")
            } else if line.contains(char::is_whitespace) {
                format!("{error}; is it several, with a blank between?")
            } else {
                error.to_string()
            }
        })?;
    let shown = line.escape_debug();
    if reference.digest.is_some() {
        return Err(format!("`{shown}` has a digest; only a tag can be put"));
    }
    // A bare `1.2.3` would be a name of Docker Hub's.
    let Some(tag) = reference.tag else {
        return Err(format!("`{shown}` has no repository or no tag"));
    };
    Ok(Target { text: line.to_owned(), repository: reference.repository, tag })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> (usize, String) {
        parse(text).unwrap_err()
    }

    #[test]
    fn a_list_is_read_once_each() {
        let text = "\r\n ghcr.io/acme/api:1.2.3 \r\nacme/api:latest\n\ndocker.io/acme/api:latest\n";
        let found = parse(text).unwrap();
        let shown: Vec<_> = found.iter().map(ToString::to_string).collect();
        assert_eq!(shown, ["ghcr.io/acme/api:1.2.3", "acme/api:latest"]);
        assert_eq!(found[1].repository.to_string(), "docker.io/acme/api");
        assert!(parse("\n \n").unwrap().is_empty());
    }

    #[test]
    fn what_is_no_tag_is_named_with_its_line() {
        let digest = format!("r.io/a@sha256:{}", "a".repeat(64));
        for (text, line, said) in [
            ("r.io/a:1\n1.2.3", 2, "has no repository or no tag"),
            ("r.io/a", 1, "no tag"),
            (digest.as_str(), 1, "has a digest"),
            ("r.io/a:1,r.io/a:2", 1, "comma between"),
            ("\n\nr.io/A:1", 3, "upper-case"),
            ("r.io/a:-x", 1, "starts with `-`"),
            ("r.io/a:1\u{1b}[31m", 1, "has `\\u{1b}`"),
        ] {
            let (found, message) = refused(text);
            assert_eq!(found, line, "{text}");
            assert!(message.contains(said), "{text}: {message}");
            assert!(!message.contains('\u{1b}'));
        }
        let (_, message) = refused(&"nope\n".repeat(20));
        assert!(message.ends_with("and 15 more lines"), "{message}");
    }

    #[test]
    fn an_image_has_a_digest() {
        let digest = format!("sha256:{}", "a".repeat(64));
        let found = image(&format!(" ghcr.io/acme/api:1@{digest}\n")).unwrap();
        assert_eq!(found.to_string(), format!("ghcr.io/acme/api@{digest}"));
        for (text, said) in [
            ("ghcr.io/acme/api", "has no digest"),
            ("ghcr.io/acme/api:1", "has no digest"),
            ("ghcr.io/acme/api@", "digest is wrong"),
            ("ghcr.io/acme/api@sha256:abc", "3 digits"),
            ("", "empty"),
        ] {
            let failure = image(text).unwrap_err();
            assert!(failure.to_string().contains(said), "{text}: {failure}");
            assert_eq!(failure.kind().code(), 2);
        }
    }
}
