//! Answers for the differential test of ranges: each line of the input is a range, U+0001, a
//! version; each line of the output says whether the version satisfies the range, the comparators,
//! and the next versions.

#![expect(clippy::print_stdout, reason = "the answers go to the test that asked")]

use std::io::BufRead;

use launchway_workspace::{Bump, Range, increment, parse_version};

fn main() -> std::io::Result<()> {
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let (range, version) = line.split_once('\u{1}').unwrap_or((&line, ""));
        let version = parse_version(version);
        let about_range = Range::parse(range).map_or_else(
            || "no range".to_owned(),
            |range| {
                let holds = version.as_ref().is_some_and(|version| range.matches(version));
                format!("{holds} [{range}]")
            },
        );
        let about_version = version.map_or_else(
            || "no version".to_owned(),
            |version| {
                let next = [Bump::Patch, Bump::Minor, Bump::Major]
                    .map(|bump| increment(&version, bump).to_string())
                    .join(" ");
                let plain = semver::Version { build: semver::BuildMetadata::EMPTY, ..version };
                format!("{plain} {next}")
            },
        );
        println!("{about_range} {about_version}");
    }
    Ok(())
}
