//! From rules and what is known of the run to tags, labels and reasons. Pure.

use std::collections::HashSet;

use launchway_base::Failure;
use serde::Serialize;

use super::flavor::Flavor;
use super::images::{self, Image};
use super::labels::Labels;
use super::rule::Rule;
use super::rules::{Found, Given};
use super::sight::Sight;
use super::snapshot::Snapshot;
use crate::words::tag_name;

/// What is asked for: the inputs, read.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// The tag rules in the order they are applied.
    pub rules: Vec<Rule>,
    /// What holds for all tags.
    pub flavor: Flavor,
    /// The images.
    pub images: Vec<Image>,
    /// Entries of `labels`.
    pub labels: Vec<String>,
    /// Entries of `annotations`.
    pub annotations: Vec<String>,
    /// What annotations are put on: `manifest`, `index` and so on.
    pub levels: Vec<String>,
    /// Whether habits of the reference are left.
    pub strict: bool,
}

/// One tag before it is given to images.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Place of the rule in the order they are applied; behind all of them for `latest`.
    pub at: usize,
    /// The tag.
    pub tag: String,
    /// The rule as written; `flavor` for the tag `latest`.
    pub rule: String,
    /// The type of the rule; `latest` for the tag `latest`.
    pub kind: &'static str,
    /// The tag without prefix and suffix.
    pub bare: String,
    /// The pattern it was made by; none where that was not followed.
    pub pattern: Option<String>,
    /// The version it is made from, where its rule knows one; for `latest` that of the tag that
    /// brings it.
    pub version: Option<String>,
    /// Why it is given.
    pub reason: String,
}

/// Why a tag is given or not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Reason {
    /// Place of the rule in the order they are applied.
    #[serde(skip)]
    pub at: usize,
    /// The rule as written.
    pub rule: String,
    /// The tag, where the rule has one.
    pub tag: Option<String>,
    /// Whether it is given.
    pub given: bool,
    /// Why.
    pub reason: String,
}

/// The tags, before images and labels.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lines {
    /// The tags in order, each once; `latest` is the last.
    pub lines: Vec<Line>,
    /// Why the others are not given.
    pub left_out: Vec<Reason>,
    /// What somebody should see.
    pub warnings: Vec<String>,
}

/// Everything that is computed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// The first tag; empty when there is none.
    pub version: String,
    /// The tags with their images.
    pub tags: Vec<String>,
    /// The tags without images.
    pub tag_names: Vec<String>,
    /// The images that get tags.
    pub images: Vec<String>,
    /// The labels.
    pub labels: Labels,
    /// The annotations, without levels.
    pub annotations: Labels,
    /// The annotations with each level.
    pub leveled: Vec<String>,
    /// Why each tag is given or not, in the order of the rules.
    pub reasons: Vec<Reason>,
    /// What somebody should see.
    pub warnings: Vec<String>,
}

/// Applies the rules.
///
/// # Errors
/// A template or pattern that cannot be read, a value of `enable` that is no boolean.
pub fn lines(snapshot: &Snapshot, request: &Request) -> Result<Lines, Failure> {
    let sight = Sight::new(snapshot, &request.flavor, request.strict);
    let mut made = Lines::default();
    let mut seen = HashSet::new();
    let mut latest = None;
    for (at, rule) in request.rules.iter().enumerate() {
        let mut leave_out = |tag: Option<String>, reason: String| {
            let rule = rule.entry.clone();
            made.left_out.push(Reason { at, rule, tag, given: false, reason });
        };
        let told = |failure: Failure| name_rule(rule, failure);
        if !enabled(rule, &sight).map_err(told)? {
            leave_out(None, "`enable` is false".to_owned());
            continue;
        }
        let given = match rule.kind.find(rule, &sight).map_err(told)? {
            Found::Tag(given) => given,
            Found::Nothing(why) => {
                leave_out(None, why);
                continue;
            }
            Found::Warned(why) => {
                if !made.warnings.contains(&why) {
                    made.warnings.push(why.clone());
                }
                leave_out(None, why);
                continue;
            }
        };
        made.warnings.extend(given.warning.clone());
        let Some(name) = tag_name::sanitize(&sight.affix(rule, &given.value).map_err(told)?) else {
            leave_out(None, "its value is empty".to_owned());
            continue;
        };
        for change in &name.changes {
            made.warnings.push(format!("the tag of `{}` is `{}`: {change}", rule.entry, name.name));
        }
        if latest.is_none() {
            latest = Some((request.flavor.latest.of(given.latest), given.version.clone()));
        }
        if seen.insert(name.name.clone()) {
            made.lines.push(line(at, rule, name.name, given));
        } else {
            leave_out(Some(name.name), "an earlier rule gives it already".to_owned());
        }
    }
    if let Some((true, version)) = latest.clone() {
        let name = tag_name::sanitize(&sight.latest()?);
        if let Some(name) = name.filter(|name| !seen.contains(&name.name)) {
            let first = made.lines.first().map(|line| line.tag.as_str()).unwrap_or_default();
            let reason = match request.flavor.latest {
                super::flavor::Latest::Always => "`flavor` says latest=true".to_owned(),
                _ => format!("the first tag, `{first}`, is a release"),
            };
            made.lines.push(Line {
                at: request.rules.len(),
                tag: name.name,
                rule: "flavor".to_owned(),
                kind: "latest",
                bare: "latest".to_owned(),
                pattern: None,
                version,
                reason,
            });
        }
    }
    if let (Some((false, Some(_))), super::flavor::Latest::Auto) = (latest, request.flavor.latest) {
        let first = made.lines.first().map(|line| line.tag.as_str()).unwrap_or_default();
        made.left_out.push(Reason {
            at: request.rules.len(),
            rule: "flavor".to_owned(),
            tag: Some("latest".to_owned()).filter(|latest| !seen.contains(latest)),
            given: false,
            reason: format!("the first tag, `{first}`, is no release"),
        });
    }
    made.warnings.extend(sight.take_warnings());
    Ok(made)
}

/// A failure that names the rule it is about.
fn name_rule(rule: &Rule, failure: Failure) -> Failure {
    let name = format!("tag rule `{}`", rule.entry.escape_debug());
    if failure.to_string().contains(&name) { failure } else { failure.while_doing(&name) }
}

fn line(at: usize, rule: &Rule, tag: String, given: Given) -> Line {
    Line {
        at,
        tag,
        rule: rule.entry.clone(),
        kind: rule.kind.name(),
        bare: given.value,
        pattern: given.pattern,
        version: given.version,
        reason: given.reason,
    }
}

fn enabled(rule: &Rule, sight: &Sight<'_>) -> Result<bool, Failure> {
    match sight.render(rule.attributes.get("enable"))?.as_str() {
        "true" => Ok(true),
        "false" => Ok(false),
        other => Err(Failure::input(format!(
            "tag rule `{}` has `enable` `{}`, which is neither true nor false",
            rule.entry.escape_debug(),
            other.escape_debug()
        ))
        .with_hint("write `enable=${{ … }}` with an expression that gives a boolean, or `enable={{is_default_branch}}`")),
    }
}

/// Gives the tags to the images, with labels and annotations.
///
/// # Errors
/// A label or annotation is no template.
pub fn plan(snapshot: &Snapshot, request: &Request, made: Lines) -> Result<Plan, Failure> {
    let sight = Sight::new(snapshot, &request.flavor, request.strict);
    let Lines { lines, left_out, mut warnings } = made;
    let tag_names: Vec<String> = lines.iter().map(|line| line.tag.clone()).collect();
    let version = tag_names.first().cloned().unwrap_or_default();
    let images = images::names(&request.images);
    let tags = if request.images.is_empty() {
        tag_names.clone()
    } else {
        let of = |image: &String| {
            tag_names.iter().map(|tag| format!("{image}:{tag}")).collect::<Vec<_>>()
        };
        images.iter().flat_map(of).collect()
    };
    if tag_names.is_empty() {
        warnings.push("no tag is given: see the reason of each rule in the log".to_owned());
    } else if tags.is_empty() {
        warnings.push("no tag is given: every image is disabled".to_owned());
    }
    let labels = Labels::new(&sight, &version, &request.labels)?;
    let annotations = Labels::new(&sight, &version, &request.annotations)?;
    warnings.extend(sight.take_warnings());
    let raw = annotations.lines();
    let leveled = request
        .levels
        .iter()
        .flat_map(|level| raw.iter().map(move |line| format!("{level}:{line}")))
        .collect();
    let given = lines.into_iter().map(|line| {
        let Line { at, rule, tag, reason, .. } = line;
        Reason { at, rule, tag: Some(tag), given: true, reason }
    });
    let mut reasons: Vec<_> = given.chain(left_out).collect();
    reasons.sort_by_key(|reason| reason.at);
    Ok(Plan { version, tags, tag_names, images, labels, annotations, leveled, reasons, warnings })
}

#[cfg(test)]
#[path = "plan_tests.rs"]
mod tests;
