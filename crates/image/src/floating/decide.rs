//! May a version move a floating tag? Pure.

use super::{Line, Stage, Version};

/// A floating tag a version would be given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The tag, as it will be given.
    pub tag: String,
    /// The versions it goes through.
    pub line: Line,
    /// The version that would get it.
    pub version: Version,
}

/// The versions that exist, as far as tags say.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// All that could be read; the version of this run may be among them.
    pub versions: Vec<Version>,
    /// Tags that name no version of this package.
    pub ignored: usize,
    /// Where they were looked up, as in `the tags of origin`.
    pub source: String,
}

/// Whether a floating tag is given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// The tag.
    pub tag: String,
    /// Whether this version is the highest of the tag's line.
    pub given: bool,
    /// Why, as a sentence.
    pub reason: String,
}

/// Decides for each candidate, in their order, whether its version is the highest of its line. An
/// equal one does not stop it: that is a run again, or another build of the same version.
pub fn decide(candidates: &[Candidate], known: &Known) -> Vec<Decision> {
    candidates.iter().map(|candidate| one(candidate, known)).collect()
}

fn one(Candidate { tag, line, version }: &Candidate, known: &Known) -> Decision {
    let decision = |given, reason| Decision { tag: tag.clone(), given, reason };
    if !line.holds(version) {
        let what = match line.stage {
            Stage::Release if version.is_prerelease() => "is a prerelease",
            _ => "is not of that line",
        };
        return decision(false, format!("{version} {what}, so `{tag}` stays"));
    }
    let others = known.versions.iter().filter(|other| line.holds(other));
    match others.max() {
        Some(highest) if highest > version => {
            let reason = format!(
                "{version} is not the highest{}: {highest} exists, so `{tag}` stays",
                of(line)
            );
            decision(false, reason)
        }
        _ => {
            let source = if known.source.is_empty() { "" } else { " among " };
            let reason = format!(
                "{version} is the highest{}{source}{}, so `{tag}` is given",
                of(line),
                known.source
            );
            decision(true, reason)
        }
    }
}

/// The line in words, with a blank in front: ` release of 1.2`.
fn of(line: &Line) -> String {
    let stage = match &line.stage {
        Stage::Release => " release".to_owned(),
        Stage::Channel(channel) => format!(" {channel}"),
        Stage::Any => " version".to_owned(),
    };
    if line.numbers.is_empty() {
        return stage;
    }
    let numbers: Vec<String> = line.numbers.iter().map(u64::to_string).collect();
    format!("{stage} of {}", numbers.join("."))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use proptest::prelude::*;

    fn version(text: &str) -> Version {
        Version::parse(text).unwrap()
    }

    fn known(texts: &[&str]) -> Known {
        Known { versions: texts.iter().map(|text| version(text)).collect(), ..Known::default() }
    }

    fn candidate(tag: &str, of: &Version) -> Candidate {
        Candidate {
            tag: tag.to_owned(),
            line: Line::of_text(tag, of).unwrap(),
            version: of.clone(),
        }
    }

    #[test]
    fn only_the_highest_of_a_line_moves_its_tag() {
        for (text, exist, tag, given, reason) in [
            ("2.0.1", &["2.0.0", "1.9.0"][..], "latest", true, "is the highest release"),
            (
                "1.9.1",
                &["2.0.1", "1.9.0"],
                "latest",
                false,
                "1.9.1 is not the highest release: 2.0.1 exists, so `latest` stays",
            ),
            ("1.9.1", &["2.0.1", "1.9.0"], "1", true, "is the highest release of 1,"),
            ("1.9.1", &["2.0.1", "1.10.0"], "1", false, "1.10.0 exists"),
            ("1.9.1", &["2.0.1", "1.10.0"], "1.9", true, "of 1.9"),
            ("1.9.1", &["1.9.2"], "1.9", false, "1.9.2 exists"),
            ("1.0.0", &[], "latest", true, ""),
            ("1.0.0", &["1.0.0"], "latest", true, ""),
            ("1.0.0+b", &["1.0.0+a"], "latest", true, ""),
            ("1.0.0", &["2.0.0-rc.1"], "latest", true, ""),
            ("2.0.0-rc.1", &["1.0.0"], "latest", false, "is a prerelease, so `latest` stays"),
            ("2.0.0-rc.1", &["1.0.0", "3.0.0", "3.0.0-beta.1"], "rc", true, "is the highest rc"),
            ("2.0.0-rc.1", &["2.0.0-rc.2"], "rc", false, "2.0.0-rc.2 exists"),
            ("2.0.0-rc.9", &["2.0.0-rc.10"], "rc", false, ""),
            ("2.0.0-rc.1", &["3.0.0-rc.1"], "2-rc", true, "rc of 2"),
            ("2.0.0-rc.1", &["3.0.0"], "next", false, "3.0.0 exists"),
            ("2026.01.2", &["2025.12.9"], "2026", true, ""),
            ("2025.12.10", &["2026.01.2"], "latest", false, "2026.01.2 exists"),
        ] {
            let version = version(text);
            let decided = decide(&[candidate(tag, &version)], &known(exist));
            assert_eq!(decided.len(), 1);
            assert_eq!(decided[0].given, given, "{text} {exist:?} {tag}");
            assert!(decided[0].reason.contains(reason), "{}", decided[0].reason);
        }
        let (low, rc) = (version("1.0.0"), version("2.0.0-rc.1"));
        let line = Line::of_pattern("{{major}}", &rc).unwrap();
        let strict = Candidate { tag: "2".into(), line, version: rc };
        assert!(!decide(&[strict], &known(&[]))[0].given);
        let decided =
            decide(&[candidate("latest", &low), candidate("1", &low)], &known(&["2.0.0"]));
        assert_eq!(decided.iter().map(|one| one.given).collect::<Vec<_>>(), [false, true]);
    }

    proptest! {
        /// Whatever the order of releases, each tag ends with the highest of its line.
        #[test]
        fn the_last_holder_is_the_highest(
            texts in prop::collection::vec("[0-2]\\.[0-2]\\.[0-2](-(rc|beta)\\.[0-3])?", 1..12),
        ) {
            let mut holders: BTreeMap<String, (Line, Version)> = BTreeMap::new();
            let mut exist = Known::default();
            for text in &texts {
                let version = version(text);
                let tags = ["latest", "next", "rc", "beta"].map(str::to_owned);
                let [major, minor, ..] = *version.numbers() else { unreachable!() };
                let numbered = [format!("{major}"), format!("{major}.{minor}"), format!("{major}-rc")];
                let candidates: Vec<Candidate> = tags
                    .into_iter()
                    .chain(numbered)
                    .filter_map(|tag| Line::of_text(&tag, &version).map(|line| Candidate { tag, line, version: version.clone() }))
                    .collect();
                for (decision, candidate) in
                    decide(&candidates, &exist).into_iter().zip(&candidates)
                {
                    if decision.given {
                        holders.insert(decision.tag, (candidate.line.clone(), version.clone()));
                    }
                }
                exist.versions.push(version);
            }
            for (tag, (line, holder)) in &holders {
                let highest = exist.versions.iter().filter(|version| line.holds(version)).max();
                prop_assert_eq!(highest, Some(holder), "{}", tag);
            }
            let highest = exist.versions.iter().filter(|version| !version.is_prerelease()).max();
            prop_assert_eq!(highest, holders.get("latest").map(|(_, holder)| holder));
        }
    }
}
