//! Which releases are shown, and the numbers over their commits.

use git_cliff_core::config::Config;
use git_cliff_core::release::Release as CoreRelease;
use git_cliff_core::statistics::Statistics;

use crate::model::Release;

/// The releases to show, the newest first: without skipped tags and without those that have no
/// commits, unless the configuration always shows them.
pub fn finish(releases: Vec<Release>, config: &Config, with_statistics: bool) -> Vec<Release> {
    let skip = config.git.skip_tags.as_ref();
    let mut skipped = Vec::new();
    let mut shown = Vec::new();
    for mut release in releases.into_iter().rev() {
        if let Some(version) = &release.version
            && skip.is_some_and(|regex| regex.is_match(version))
        {
            skipped.push(version.clone());
            continue;
        }
        if release.commits.is_empty() {
            let follows_nothing =
                release.previous.as_ref().is_some_and(|previous| previous.read_commits == 0);
            if !follows_nothing || !config.changelog.render_always {
                continue;
            }
        }
        if with_statistics {
            release.statistics = Some(statistics(&mut release));
        }
        shown.push(release);
    }
    for version in &skipped {
        bridge(&mut shown, version);
    }
    shown
}

/// A release that followed a skipped one follows the one before that.
fn bridge(shown: &mut [Release], skipped: &str) {
    let follows = |release: &Release| {
        release.previous.as_ref().and_then(|previous| previous.version.as_deref()) == Some(skipped)
    };
    let Some(place) = shown.iter().position(follows) else { return };
    let before = shown.get_mut(place + 1).map(|before| {
        before.previous = None;
        Box::new(before.clone())
    });
    if let Some(release) = shown.get_mut(place) {
        release.previous = before;
    }
}

/// The numbers as the library counts them.
fn statistics(release: &mut Release) -> Statistics {
    let counted = CoreRelease {
        commits: std::mem::take(&mut release.commits),
        timestamp: release.timestamp,
        previous: release.previous.as_ref().map(|previous| {
            Box::new(CoreRelease { timestamp: previous.timestamp, ..CoreRelease::default() })
        }),
        ..CoreRelease::default()
    };
    let statistics = Statistics::from(&counted);
    release.commits = counted.commits;
    statistics
}
