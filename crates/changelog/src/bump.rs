//! The next version, from what the unreleased commits say.

use git_cliff_core::changelog::Changelog;
use git_cliff_core::config::{ChangelogConfig, Config, GitConfig};
use git_cliff_core::release::Release as CoreRelease;
use launchway_base::Failure;

use crate::model::Release;

/// What came of a bump.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Bumped {
    /// The unreleased commits got this version.
    To(String),
    /// Nothing is unreleased; this is the last version.
    Nothing(String),
    /// There is neither a release nor a commit.
    Empty,
}

/// Gives the newest release its version if it has none, in place.
///
/// # Errors
/// The version before is none, a rule of the configuration is no regular expression, or the next
/// version does not match the pattern of tags.
pub fn bump(releases: &mut [Release], config: &Config) -> Result<Bumped, Failure> {
    let bumped = match releases.first_mut() {
        None => Bumped::To(config.bump.get_initial_tag()),
        Some(Release { version: Some(version), .. }) => {
            tracing::warn!("there is nothing to bump");
            Bumped::Nothing(version.clone())
        }
        Some(release) => match next(release, config)? {
            None => return Ok(Bumped::Empty),
            Some(version) => Bumped::To(version),
        },
    };
    if let (Bumped::To(version) | Bumped::Nothing(version), Some(pattern)) =
        (&bumped, &config.git.tag_pattern)
        && !pattern.is_match(version)
    {
        let message =
            format!("the next version `{version}` does not match the tag pattern `{pattern}`");
        return Err(Failure::input(message)
            .with_hint("set `bump.initial_tag` or the pattern so that they agree"));
    }
    Ok(bumped)
}

/// Has the library work out the version: it looks at nothing but messages and the version before.
fn next(release: &mut Release, config: &Config) -> Result<Option<String>, Failure> {
    let before = release.previous.as_ref().and_then(|previous| previous.version.clone());
    let has_previous = release.previous.is_some();
    let unreleased = CoreRelease {
        commits: release.commits.clone(),
        previous: has_previous
            .then(|| Box::new(CoreRelease { version: before.clone(), ..CoreRelease::default() })),
        ..CoreRelease::default()
    };
    let mut plain = config.clone();
    plain.changelog = ChangelogConfig { render_always: true, ..ChangelogConfig::default() };
    plain.git =
        GitConfig { conventional_commits: config.git.conventional_commits, ..GitConfig::default() };
    plain.remote.offline = true;
    let fault = |error: git_cliff_core::error::Error| {
        let name = before.as_deref().unwrap_or("the first version");
        Failure::input(format!("cannot bump `{name}`")).caused_by(error).with_hint(
            "`--tag-pattern` leaves out tags that are no versions, `--ignore-tags` single ones",
        )
    };
    let mut changelog = Changelog::new(vec![unreleased], plain, None).map_err(fault)?;
    let next = changelog.bump_version().map_err(fault)?;
    if let (Some(version), Some(bumped)) = (&next, changelog.releases.first()) {
        release.version = Some(version.clone());
        release.timestamp = bumped.timestamp;
        release.bump_type = bumped.bump_type;
    }
    Ok(next)
}
