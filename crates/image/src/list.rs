//! Lists tags with their digests.

use std::cmp::Ordering;

use clap::Args;
use launchway_base::Failure;
use launchway_registry::{Digest, Tag};
use launchway_runtime::Session;
use semver::Version;
use serde::Serialize;

use crate::place::Place;
use crate::push_tags::observe;
use crate::references::{self, Target};

/// The inputs of `list`.
#[derive(Clone, Debug, Args)]
pub struct Inputs {
    /// Repository: `REGISTRY/NAME`.
    #[arg(long, value_name = "REPOSITORY")]
    pub image: String,

    /// At most so many tags, the highest versions first; the rest is not looked up.
    #[arg(long, value_name = "COUNT")]
    pub limit: Option<usize>,

    /// Print a JSON list of objects with `tag` and `digest` instead of a table.
    #[arg(long)]
    pub json: bool,

    /// The registries.
    #[command(flatten)]
    pub place: Place,
}

/// A tag and what it holds; `null` when it went away between the two questions.
#[derive(Debug, Serialize)]
struct Row {
    tag: Tag,
    digest: Option<Digest>,
}

/// Lists.
///
/// # Errors
/// The registry refuses or cannot be reached, or has no such repository.
pub async fn main(session: &Session, inputs: Inputs) -> Result<(), Failure> {
    let repository = references::repository(&inputs.image)?;
    if inputs.limit == Some(0) {
        return Err(Failure::input("`limit` is 0: no tag would be shown")
            .with_hint("give a number from 1 on, or leave it out for all tags"));
    }
    if inputs.json {
        session.stdout_is_a_document();
    }
    let registry = inputs.place.registry(session)?;
    let mut tags = registry.tags(&repository).await?;
    tags.sort_by(|a, b| order(a.as_str(), b.as_str()));
    let all = tags.len();
    tags.truncate(inputs.limit.unwrap_or(all));
    let targets: Vec<Target> = tags
        .into_iter()
        .map(|tag| Target {
            text: repository.tagged(tag.clone()).to_string(),
            repository: repository.clone(),
            tag,
        })
        .collect();
    let held = observe::held(&registry, &targets).await?;
    let rows: Vec<Row> = targets
        .into_iter()
        .zip(held)
        .map(|(target, digest)| Row { tag: target.tag, digest })
        .collect();
    let shown = rows.len();
    if inputs.json {
        let text = serde_json::to_string_pretty(&rows)
            .map_err(|error| Failure::internal("the list is no JSON").caused_by(error))?;
        session.inert_document(&format!("{text}\n"))?;
    } else {
        for line in table(&rows) {
            session.say(&line);
        }
    }
    if shown < all {
        session.say(&match all - shown {
            1 => "one more tag is not shown".to_owned(),
            more => format!("{more} more tags are not shown"),
        });
    }
    Ok(())
}

/// Tags and digests in two columns.
fn table(rows: &[Row]) -> Vec<String> {
    let width = rows.iter().map(|row| row.tag.as_str().len()).max().unwrap_or_default();
    let line = |row: &Row| {
        let digest = row.digest.as_ref().map_or("gone", Digest::as_str);
        format!("{:width$}  {digest}", row.tag.as_str())
    };
    if rows.is_empty() { vec!["no tags".to_owned()] } else { rows.iter().map(line).collect() }
}

/// The highest version first, floating ones (`1.2`, `1`) before what they stand for, then everything
/// else by name.
fn order(a: &str, b: &str) -> Ordering {
    match (version(a), version(b)) {
        (Some((one, parts)), Some((other, others))) => {
            other.cmp_precedence(&one).then(parts.cmp(&others)).then_with(|| a.cmp(b))
        }
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => a.cmp(b),
    }
}

/// A tag as a version, with the number of its parts. A floating one stands at the top of its line.
fn version(tag: &str) -> Option<(Version, usize)> {
    let bare = tag.strip_prefix(['v', 'V']).unwrap_or(tag);
    if let Ok(version) = Version::parse(bare) {
        return Some((version, 3));
    }
    let parts: Vec<u64> = bare.split('.').map(|part| part.parse().ok()).collect::<Option<_>>()?;
    match parts.as_slice() {
        [major] => Some((Version::new(*major, u64::MAX, u64::MAX), 1)),
        [major, minor] => Some((Version::new(*major, *minor, u64::MAX), 2)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_highest_version_is_first() {
        let expected = [
            "2",
            "2.0.0",
            "2.0.0-rc.1",
            "1",
            "1.10",
            "v1.10.0",
            "1.9",
            "1.9.1",
            "1.9.0",
            "1.9.0-alpine",
            "latest",
            "main",
            "pr-1",
        ];
        let mut tags = expected;
        tags.reverse();
        tags.sort_by(|a, b| order(a, b));
        assert_eq!(tags, expected);
    }

    proptest! {
        #[test]
        fn it_is_an_order(mut tags in prop::collection::vec("(v?[0-2](\\.[0-2]){0,3}(-[a-z0-9]{1,2})?|[a-z]{1,3})", 0..12)) {
            tags.sort_by(|a, b| order(a, b));
            for pair in tags.windows(2) {
                prop_assert_ne!(order(&pair[0], &pair[1]), Ordering::Greater);
            }
        }
    }
}
