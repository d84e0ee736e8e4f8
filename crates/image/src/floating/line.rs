//! Which line of versions a floating tag stands for.

use super::Version;

/// The versions a floating tag goes through: `1.2` goes through the releases `1.2.*`, `rc` through
/// all prereleases of the channel `rc`, `latest` through all releases.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The first numbers that are the same in all of them; none for `latest`.
    pub numbers: Vec<u64>,
    /// Which stages.
    pub stage: Stage,
}

/// Which stages of versions a line has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Releases only.
    Release,
    /// Prereleases of one channel, such as `rc`.
    Channel(String),
    /// Both: `next`.
    Any,
}

impl Line {
    /// Whether a version is in the line.
    pub fn holds(&self, version: &Version) -> bool {
        let numbers = version.numbers().iter().copied().chain(std::iter::repeat(0));
        numbers.zip(&self.numbers).all(|(has, wants)| has == *wants)
            && match &self.stage {
                Stage::Release => !version.is_prerelease(),
                Stage::Channel(channel) => version.channel() == Some(channel),
                Stage::Any => true,
            }
    }

    /// The line of a tag that a semver or pep440 rule makes; `None` where the pattern holds the
    /// whole version (`version`, `raw`, `patch`, `prerelease` or anything but `major` and
    /// `minor`), so the tag is no floating one.
    pub fn of_pattern(pattern: &str, version: &Version) -> Option<Self> {
        let names = names(pattern);
        let known = |name: &&str| matches!(*name, "major" | "minor");
        if names.is_empty() || !names.iter().all(known) {
            return None;
        }
        let fixed = if names.contains(&"minor") { 2 } else { 1 };
        let literal = pattern.rsplit("}}").next().unwrap_or_default();
        let words = || pattern.split("{{").next().into_iter().chain([literal]).flat_map(words);
        Some(Self::fixing(fixed, version, words().any(|word| Some(word) == version.channel())))
    }

    /// The line of a tag by its text, without prefix and suffix of the flavor: `latest` and
    /// `stable`, `next`, the channel of the version, its first numbers, or those with the channel,
    /// as in `2-rc`. `None` for everything else: a branch, `edge`, the whole version.
    pub fn of_text(text: &str, version: &Version) -> Option<Self> {
        let any = |stage| Some(Self { numbers: Vec::new(), stage });
        match text {
            "latest" | "stable" => return any(Stage::Release),
            "next" if version.channel() != Some("next") => return any(Stage::Any),
            _ => {}
        }
        let (text, channel) = match version.channel() {
            Some(channel) if text == channel => ("", true),
            Some(channel) => match text.strip_suffix(channel).map(|left| left.strip_suffix('-')) {
                Some(Some(left)) => (left, true),
                _ => (text, false),
            },
            None => (text, false),
        };
        if text.is_empty() {
            return channel.then(|| Self::fixing(0, version, true));
        }
        let bare = text.strip_prefix('v').unwrap_or(text);
        let numbers: Vec<&str> = bare.split('.').collect();
        let is_start = numbers.len() < version.numbers().len()
            && numbers.iter().zip(version.numbers()).all(|(text, number)| {
                text.bytes().all(|byte| byte.is_ascii_digit()) && text.parse() == Ok(*number)
            });
        is_start.then(|| Self::fixing(numbers.len(), version, channel))
    }

    fn fixing(numbers: usize, version: &Version, channel: bool) -> Self {
        let numbers = version.numbers().iter().take(numbers).copied().collect();
        let stage = match version.channel().filter(|_| channel) {
            Some(channel) => Stage::Channel(channel.to_owned()),
            None => Stage::Release,
        };
        Self { numbers, stage }
    }
}

/// Words of expressions that name no part of a version.
const SYNTAX: [&str; 6] = ["if", "unless", "else", "with", "lookup", "this"];

/// The names in the expressions of a pattern; blocks are taken as their words.
fn names(pattern: &str) -> Vec<&str> {
    let inside = pattern.split("{{").skip(1).map(|part| part.split("}}").next().unwrap_or(part));
    let said = inside.filter(|part| !part.trim_start_matches('~').starts_with('!'));
    said.flat_map(words).filter(|word| !SYNTAX.contains(word)).collect()
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[expect(clippy::unnecessary_wraps, reason = "as in the tables")]
    fn line(numbers: &[u64], stage: Stage) -> Option<Line> {
        Some(Line { numbers: numbers.to_vec(), stage })
    }

    fn channel(name: &str) -> Stage {
        Stage::Channel(name.to_owned())
    }

    #[test]
    fn of_patterns() {
        for (pattern, version, expected) in [
            ("{{major}}", "1.2.3", line(&[1], Stage::Release)),
            ("v{{ major }}", "1.2.3", line(&[1], Stage::Release)),
            ("{{major}}.{{minor}}", "1.2.3", line(&[1, 2], Stage::Release)),
            ("{{{major}}}_{{{minor}}}", "1.2.3", line(&[1, 2], Stage::Release)),
            ("{{major}}", "2.0.0-rc.1", line(&[2], Stage::Release)),
            ("{{major}}-rc", "2.0.0-rc.1", line(&[2], channel("rc"))),
            ("rc-{{major}}.{{minor}}", "2.0.0-rc.1", line(&[2, 0], channel("rc"))),
            ("{{major}}{{! the line }}", "1.2.3", line(&[1], Stage::Release)),
            (
                "{{#if major}}{{major}}{{else}}0.{{minor}}{{/if}}",
                "1.2.3",
                line(&[1, 2], Stage::Release),
            ),
            ("{{this.major}}-{{~lookup this 'minor'~}}", "1.2.3", line(&[1, 2], Stage::Release)),
            ("{{#if version}}{{major}}{{/if}}", "1.2.3", None),
            ("{{version}}", "1.2.3", None),
            ("{{raw}}", "1.2.3", None),
            ("{{major}}.{{minor}}.{{patch}}", "1.2.3", None),
            ("{{major}}-{{sha}}", "1.2.3", None),
            ("fixed", "1.2.3", None),
        ] {
            let version = Version::parse(version).unwrap();
            assert_eq!(Line::of_pattern(pattern, &version), expected, "{pattern} {version}");
        }
    }

    #[test]
    fn of_texts() {
        for (text, version, expected) in [
            ("latest", "1.2.3", line(&[], Stage::Release)),
            ("latest", "1.2.3-rc.1", line(&[], Stage::Release)),
            ("stable", "1.2.3", line(&[], Stage::Release)),
            ("next", "1.2.3-rc.1", line(&[], Stage::Any)),
            ("next", "1.2.3-next.1", line(&[], channel("next"))),
            ("rc", "1.2.3-rc.1", line(&[], channel("rc"))),
            ("rc", "1.2.3-beta.1", None),
            ("rc", "1.2.3", None),
            ("1", "1.2.3", line(&[1], Stage::Release)),
            ("v1.2", "1.2.3", line(&[1, 2], Stage::Release)),
            ("1-rc", "1.2.3-rc.1", line(&[1], channel("rc"))),
            ("1.2-beta", "1.2.3b4", line(&[1, 2], channel("beta"))),
            ("1.2.3", "1.2.3", None),
            ("1.2.3-rc.1", "1.2.3-rc.1", None),
            ("2026.11", "2026.11", None),
            ("2026", "2026.11", line(&[2026], Stage::Release)),
            ("2", "1.2.3", None),
            ("1.", "1.2.3", None),
            ("", "1.2.3", None),
            ("v", "1.2.3", None),
            ("edge", "1.2.3", None),
            ("main", "1.2.3", None),
        ] {
            let version = Version::parse(version).unwrap();
            assert_eq!(Line::of_text(text, &version), expected, "{text} {version}");
        }
    }
}
