//! From the inputs and the run to what is built where, under which names, and whether it is published.
//! Pure.

use launchway_base::Failure;
use launchway_registry::{Digest, Reference};
use semver::Version;

use super::inputs::{Attest, Cache, Inputs, joined};
use super::platforms::{self, Row};
use crate::push::listed_platforms;
use crate::tags::package;
use crate::words::image_name;

/// What is known of the run besides its inputs.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// Name of the event, such as `push`.
    pub event: String,
    /// The whole ref, such as `refs/heads/main`.
    pub reference: String,
    /// `OWNER/NAME`; empty where nobody says it.
    pub repository: String,
    /// Whether the repository is seen to be private.
    pub is_private: bool,
    /// The run that this one follows, where the event is `workflow_run`.
    pub followed: Option<Followed>,
}

/// A run that another follows.
#[derive(Clone, Debug, Default)]
pub struct Followed {
    /// Name of its event.
    pub event: String,
    /// Its commit and branch.
    pub heads: Vec<String>,
}

/// What is decided before tags are computed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The images, without tags.
    pub images: Vec<String>,
    /// The matrix.
    pub rows: Vec<Row>,
    /// Why nothing is published; `None` where what passed is.
    pub kept_back: Option<String>,
    /// Whether what is published is attested.
    pub attest: bool,
    /// The package the image is of.
    pub package: Option<String>,
    /// Whether nothing was published, so that there is nothing to build.
    pub is_idle: bool,
    /// The tag rules; none for those of branch, tag and pull request.
    pub rules: String,
    /// The same in every run.
    pub key: String,
    /// Of this call alone.
    pub files: String,
}

/// Decides.
///
/// # Errors
/// All that cannot be meant, as one failure.
pub fn plan(inputs: &Inputs, facts: &Facts) -> Result<Plan, Failure> {
    let mut problems = Vec::new();
    let images = images(inputs, facts, &mut problems);
    let kept_back = kept_back(inputs, facts);
    let names = listed_platforms(&inputs.platforms);
    let rows = platforms::rows(&names, &inputs.runners, inputs.qemu).unwrap_or_else(|found| {
        problems.extend(found);
        Vec::new()
    });
    let released = released(inputs).unwrap_or_else(|failure| {
        problems.push(failure);
        (None, false)
    });
    let rules = rules(inputs, facts).unwrap_or_else(|failure| {
        problems.push(failure);
        String::new()
    });
    if let Err(failure) = cache_image(inputs, kept_back.is_none()) {
        problems.push(failure);
    }
    if let Some(failure) = together(problems) {
        return Err(failure);
    }
    let (package, is_idle) = released;
    let key = key(inputs, &images);
    let files = files(inputs, &images);
    let rows = rows.into_iter().map(|row| cached(row, inputs, &images, &key, kept_back.is_none()));
    Ok(Plan {
        rows: rows.collect(),
        attest: match inputs.attest {
            Attest::Public => !facts.is_private,
            Attest::Always => true,
            Attest::Never => false,
        },
        images,
        kept_back,
        package,
        is_idle,
        rules,
        key,
        files,
    })
}

/// Several failures as one.
fn together(mut problems: Vec<Failure>) -> Option<Failure> {
    let said = |failure: &Failure| match failure.hint() {
        Some(hint) => format!("{failure} ({hint})"),
        None => failure.to_string(),
    };
    match problems.len() {
        0 | 1 => problems.pop(),
        count => {
            let all: Vec<_> = problems.iter().map(said).collect();
            Some(Failure::input(format!("{count} inputs cannot be meant:\n{}", all.join("\n"))))
        }
    }
}

fn images(inputs: &Inputs, facts: &Facts, problems: &mut Vec<Failure>) -> Vec<String> {
    let lines = inputs.images.iter().flat_map(|text| text.lines()).map(str::trim);
    let mut images: Vec<String> =
        lines.filter(|line| !line.is_empty()).map(str::to_owned).collect();
    if images.is_empty() {
        if facts.repository.is_empty() {
            problems.push(
                Failure::input("`images` is empty, and no `GITHUB_REPOSITORY` says whose it is")
                    .with_hint("write one image per line, as `ghcr.io/acme/rocket`"),
            );
        }
        images.push(format!("ghcr.io/{}", facts.repository.to_lowercase()));
        return images;
    }
    let mut names = Vec::new();
    for image in images {
        match checked(&image) {
            Ok(()) if names.contains(&image) => {}
            Ok(()) => names.push(image),
            Err(failure) => problems.push(failure),
        }
    }
    names
}

fn checked(image: &str) -> Result<(), Failure> {
    let lower = image.to_lowercase();
    if lower != image && image_name::check(&lower).is_ok() {
        return Err(Failure::input(format!("`images`: `{image}` is not in lower case"))
            .with_hint(format!("registries take no capitals: write `{lower}`")));
    }
    image_name::check(image).map_err(|failure| failure.while_doing("`images`"))
}

/// Why nothing is published.
fn kept_back(inputs: &Inputs, facts: &Facts) -> Option<String> {
    let built = inputs.r#ref.as_deref().unwrap_or_default();
    let is_unmerged = |event: &str| event.starts_with("pull_request") || event == "merge_group";
    if is_unmerged(&facts.event) {
        return Some(format!("the event is {}: it is not merged", facts.event));
    }
    for name in [facts.reference.as_str(), built] {
        if name.starts_with("refs/pull/") {
            return Some(format!("{name} is a pull request: it is not merged"));
        }
        // GitHub pushes these branches, so a workflow for all branches sees them, too.
        let branch = name.strip_prefix("refs/heads/").unwrap_or(name);
        if branch.starts_with("gh-readonly-queue/") {
            return Some(format!("{branch} is a merge queue: it is not merged"));
        }
    }
    // A run that follows one of a pull request has all rights, and `ref` names what a stranger wrote.
    if let Some(followed) = &facts.followed {
        let built = built.strip_prefix("refs/heads/").unwrap_or(built);
        if is_unmerged(&followed.event) && followed.heads.iter().any(|head| head == built) {
            let event = &followed.event;
            return Some(format!("{built} is of a run for {event}: it is not merged"));
        }
    }
    if inputs.push { None } else { Some("`push` is false".to_owned()) }
}

/// The package, and whether there is nothing to build.
fn released(inputs: &Inputs) -> Result<(Option<String>, bool), Failure> {
    let package = inputs.package.clone();
    if package.as_ref().is_some_and(|name| name.contains(char::is_control)) {
        return Err(Failure::input("`package` is more than one line"));
    }
    let Some(published) = inputs.published_packages.as_deref() else { return Ok((package, false)) };
    let published = package::published(published)?;
    match (package, published.as_slice()) {
        (Some(package), _) => Ok((Some(package), false)),
        (None, []) => Ok((None, true)),
        // With one package there is no doubt which one is meant.
        (None, [only]) => Ok((Some(only.name.clone()), false)),
        (None, several) => Err(Failure::input(format!(
            "{} packages were released, and nothing says which one this image is of",
            several.len()
        ))
        .with_hint("name it in `package`")),
    }
}

/// The tag rules.
fn rules(inputs: &Inputs, facts: &Facts) -> Result<String, Failure> {
    let value = match &inputs.version {
        Some(version) => {
            if Version::parse(version.strip_prefix('v').unwrap_or(version)).is_err() {
                let shown = version.escape_debug();
                let hint = if version.contains('@') {
                    "a tag is no version: hand over the output `released-packages` of the release action as `published-packages` instead, with the `package` the image is of"
                } else {
                    "write a version like 1.2.3"
                };
                return Err(
                    Failure::input(format!("`version`: `{shown}` is no version")).with_hint(hint)
                );
            }
            Some(format!(",value={version}"))
        }
        None if inputs.published_packages.is_some()
            || facts.reference.starts_with("refs/tags/") =>
        {
            Some(String::new())
        }
        None => None,
    };
    let own = joined(&inputs.tags);
    if !own.trim().is_empty() {
        return Ok(own);
    }
    let patterns = ["{{version}}", "{{major}}.{{minor}}", "{{major}}"];
    let rules = |value: String| {
        let rules = patterns.map(|pattern| format!("type=semver,pattern={pattern}{value}"));
        rules.join("\n")
    };
    Ok(value.map(rules).unwrap_or_default())
}

fn cache_image(inputs: &Inputs, is_written: bool) -> Result<(), Failure> {
    if let Some(image) = &inputs.cache_image {
        // It becomes a part of the builder's options, which have commas and `=` between.
        let sound = image.parse::<Reference>().is_ok_and(|reference| reference.digest.is_none());
        if !sound {
            let shown = image.escape_debug();
            return Err(Failure::input(format!("`cache-image`: `{shown}` is no image"))
                .with_hint("write one image, such as `ghcr.io/acme/rocket:buildcache`"));
        }
    }
    // A stranger's pull request has no login, and writes nothing.
    if inputs.cache == Cache::Registry && is_written && !inputs.registry_login {
        return Err(Failure::input(
            "`cache: registry` writes while it builds, and there is no login for the registry",
        )
        .with_hint("docker.yml needs the secret `registry-password` for it"));
    }
    Ok(())
}

/// The row with its caches. Only what is published is kept: what a pull request builds is nobody
/// else's.
fn cached(row: Row, inputs: &Inputs, images: &[String], key: &str, is_written: bool) -> Row {
    let place = match inputs.cache {
        Cache::None => return row,
        Cache::Gha => format!("type=gha,scope=launchway-{key}-{}", row.id),
        Cache::Registry => {
            let first = images.first().map(String::as_str).unwrap_or_default();
            let image = inputs.cache_image.clone();
            let image = image.unwrap_or_else(|| format!("{first}:buildcache"));
            format!("type=registry,ref={image}-{}", row.id)
        }
    };
    let to = if is_written { format!("{place},mode=max,ignore-error=true") } else { String::new() };
    Row { cache_from: place, cache_to: to, ..row }
}

/// What is built, as far as it is the same in every run.
fn built<'a>(inputs: &'a Inputs, images: &'a str) -> [&'a str; 5] {
    let text = |given: &'a Option<String>| given.as_deref().unwrap_or_default();
    [images, text(&inputs.package), text(&inputs.target), text(&inputs.file), &inputs.context]
}

fn key(inputs: &Inputs, images: &[String]) -> String {
    name(&built(inputs, &images.join("\n")))
}

/// Calls of one run share its artifacts: what makes them differ is in the name.
fn files(inputs: &Inputs, images: &[String]) -> String {
    let images = images.join("\n");
    let platforms = inputs.platforms.join("\n");
    let long =
        [&inputs.build_args, &inputs.tags, &inputs.flavor, &inputs.labels].map(|it| joined(it));
    let mut parts = built(inputs, &images).to_vec();
    parts.push(&platforms);
    parts.extend(long.iter().map(String::as_str));
    parts.extend([&inputs.version, &inputs.r#ref].map(|it| it.as_deref().unwrap_or_default()));
    name(&parts)
}

/// Twelve signs of a hash. No part can reach into its neighbour: none holds a NUL.
fn name(parts: &[&str]) -> String {
    let text: String = parts.iter().flat_map(|part| [part, "\0"]).collect();
    let digest = Digest::of(text.as_bytes());
    let hex = digest.as_str().rsplit(':').next().unwrap_or_default();
    hex.chars().take(12).collect()
}
