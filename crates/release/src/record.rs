//! What a version commit promises, as data in the commit itself: `.changeset/release.json`. The run
//! after the merge works from it, whatever became of titles, labels and texts of the pull request.
//!
//! Its shape is documented in `docs/schema/release.json`.

use std::collections::HashSet;
use std::path::Path;

use launchway_base::{Failure, Location};
use launchway_workspace::{Package, Workspace};
use serde::{Deserialize, Serialize};

use crate::events::is_ref_name;

/// Where it lies, relative to the workspace's root.
pub const PATH: &str = ".changeset/release.json";
/// The only version of the file there is.
const FORMAT: u64 = 1;
/// A longer file is none that was written here.
const LONGEST: usize = 16 * 1024 * 1024;

/// What a version commit promises.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// The version of the format.
    pub version: u64,
    /// Who publishes.
    #[serde(default)]
    pub publish: Publisher,
    /// One promise per package whose version the commit changed, in workspace order.
    pub packages: Vec<Promise>,
}

/// Who publishes what a version commit promises.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Publisher {
    /// The release bot, to each package's registry.
    Registry,
    /// A script of the project, which knows where.
    #[default]
    Script,
    /// Nobody: there are only tags.
    Nobody,
}

/// What is promised of one package.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Promise {
    /// Its name.
    pub name: String,
    /// Its ecosystem, such as `npm`.
    pub ecosystem: String,
    /// Its folder relative to the workspace's root, empty for the root.
    pub path: String,
    /// Its version.
    pub version: String,
    /// Whether it is private: it goes to no registry.
    #[serde(default)]
    pub private: bool,
    /// Its git tag; `None` when it gets none.
    #[serde(default)]
    pub tag: Option<String>,
    /// The kind of registry it goes to, such as `npm`; `None` when it goes to none, or when a script
    /// knows where it goes.
    #[serde(default)]
    pub registry: Option<String>,
    /// Whether its tag gets a GitHub Release.
    #[serde(default)]
    pub release: bool,
    /// Patterns of the files its Release gets.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub assets: Vec<String>,
}

/// What is promised of every package alike.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Terms {
    /// Who publishes public packages.
    pub publish: Publisher,
    /// Packages get tags.
    pub tags: bool,
    /// Tags get Releases.
    pub releases: bool,
    /// Another job uploads Python packages.
    pub python_elsewhere: bool,
}

impl Promise {
    /// What is promised of a package; `None` for one without a version. `is_tagged` says whether
    /// the configuration wants a tag for it.
    pub fn of(
        workspace: &Workspace,
        package: &Package,
        terms: Terms,
        is_tagged: bool,
    ) -> Option<Self> {
        let version = package.version.clone()?;
        let ecosystem = package.ecosystem.id();
        let is_elsewhere = terms.python_elsewhere && ecosystem == "python";
        let tag = (terms.tags && is_tagged).then(|| workspace.tag_of(&package.name, &version));
        Some(Self {
            name: package.name.clone(),
            ecosystem: ecosystem.to_owned(),
            path: package.dir.clone(),
            private: package.private,
            registry: (terms.publish == Publisher::Registry && !package.private && !is_elsewhere)
                .then(|| ecosystem.to_owned()),
            release: terms.releases && tag.is_some(),
            assets: Vec::new(),
            version,
            tag,
        })
    }

    /// The package of the workspace it is about; `None` when there is none any more.
    pub fn package<'a>(&self, workspace: &'a Workspace) -> Option<&'a Package> {
        let mut packages = workspace.packages.iter();
        packages.find(|p| p.name == self.name && p.ecosystem.id() == self.ecosystem)
    }

    /// Whether it is about what the workspace holds now.
    pub fn is_current(&self, workspace: &Workspace) -> bool {
        self.package(workspace)
            .is_some_and(|package| package.version.as_ref() == Some(&self.version))
    }

    /// `name@version`, for people.
    pub fn label(&self) -> String {
        format!("{}@{}", self.name, self.version)
    }
}

impl Record {
    /// A record of these promises.
    pub fn new(publish: Publisher, packages: Vec<Promise>) -> Self {
        Self { version: FORMAT, publish, packages }
    }

    /// Writes the file below the workspace's root. A link in its place is replaced, not followed.
    pub fn write(&self, root: &Path) -> Result<(), Failure> {
        let path = root.join(PATH);
        let is_link = std::fs::symlink_metadata(&path).is_ok_and(|found| found.is_symlink());
        let removed = if is_link { std::fs::remove_file(&path) } else { Ok(()) };
        removed
            // A version script may have taken the folder away with the last changeset.
            .and_then(|()| path.parent().map_or(Ok(()), std::fs::create_dir_all))
            .and_then(|()| std::fs::write(&path, self.to_json()))
            .map_err(|error| Failure::input(format!("cannot write `{PATH}`")).caused_by(error))
    }

    /// The file's text.
    pub fn to_json(&self) -> String {
        // Strings and booleans in a fixed shape cannot fail to become JSON.
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }

    /// Reads the file; `place` names it for the error.
    ///
    /// Whoever may push can write anything into it, so all that acts later is checked here.
    pub fn from_json(place: &str, bytes: &[u8]) -> Result<Self, Failure> {
        let invalid = |why: String, line: Option<usize>| {
            let location =
                line.map_or_else(|| Location::file(PATH), |line| Location::line(PATH, line));
            Failure::input(format!("{place} is no record of a release: {why}"))
                .with_hint(format!(
                    "put it back with `git checkout <commit> -- {PATH}`, or delete it: then runs work from the manifests"
                ))
                .at(location)
        };
        if bytes.len() > LONGEST {
            return Err(invalid(format!("it has {} bytes", bytes.len()), None));
        }
        let text = std::str::from_utf8(bytes)
            .map_err(|_| invalid("it is not UTF-8".to_owned(), None))?
            .trim_start_matches('\u{feff}');
        let line = |error: &serde_json::Error| Some(error.line()).filter(|line| *line > 0);
        let fields: serde_json::Map<String, serde_json::Value> =
            serde_json::from_str(text).map_err(|error| invalid(error.to_string(), line(&error)))?;
        match fields.get("version").and_then(serde_json::Value::as_u64) {
            Some(FORMAT) => {}
            Some(newer) if newer > FORMAT => {
                return Err(Failure::input(format!(
                    "{place} is of format {newer}; this program knows {FORMAT}"
                ))
                .with_hint("a newer Launchway wrote it: use that one here, too")
                .at(Location::file(PATH)));
            }
            _ => return Err(invalid("it has no `version` of a format".to_owned(), None)),
        }
        let record: Self =
            serde_json::from_str(text).map_err(|error| invalid(error.to_string(), line(&error)))?;
        record.check().map_err(|why| invalid(why, None))?;
        Ok(record)
    }

    fn check(&self) -> Result<(), String> {
        let (mut names, mut tags) = (HashSet::new(), HashSet::new());
        for promise in &self.packages {
            let name = promise.name.escape_debug();
            if !names.insert((&promise.ecosystem, &promise.name)) {
                return Err(format!("it names `{name}` twice"));
            }
            let Some(tag) = &promise.tag else {
                if promise.release {
                    return Err(format!("`{name}` has a Release, but no tag"));
                }
                continue;
            };
            let shown = tag.escape_debug();
            if !is_ref_name(tag) {
                return Err(format!("git takes no tag called `{shown}`"));
            }
            if promise.version.is_empty() || !tag.contains(&promise.version) {
                return Err(format!(
                    "the tag `{shown}` does not name version `{}`",
                    promise.version.escape_debug()
                ));
            }
            if !tags.insert(tag) {
                return Err(format!("two packages have the tag `{shown}`"));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn promise(name: &str, version: &str) -> Promise {
        Promise {
            name: name.into(),
            ecosystem: "npm".into(),
            path: format!("packages/{name}"),
            version: version.into(),
            tag: Some(format!("{name}@{version}")),
            registry: Some("npm".into()),
            release: true,
            ..Promise::default()
        }
    }

    #[test]
    fn what_is_written_can_be_read() {
        let mut private = promise("b", "2.0.0-next.1");
        private.registry = None;
        private.private = true;
        private.assets = vec!["dist/*.tgz".into()];
        let record = Record::new(Publisher::Registry, vec![promise("a", "1.0.0"), private]);
        let text = record.to_json();
        assert!(
            text.starts_with(
                "{\n  \"version\": 1,\n  \"publish\": \"registry\",\n  \"packages\": [\n"
            ),
            "{text}"
        );
        for text in [text.clone(), format!("\u{feff}{text}"), text.replace('\n', "\r\n")] {
            assert_eq!(Record::from_json("x", text.as_bytes()).unwrap(), record);
        }
    }

    #[test]
    fn what_is_no_record_is_refused_with_the_reason() {
        let one = |change: &dyn Fn(&mut Promise)| {
            let mut promise = promise("a", "1.0.0");
            change(&mut promise);
            Record::new(Publisher::Registry, vec![promise]).to_json()
        };
        let twice =
            Record::new(Publisher::Registry, vec![promise("a", "1.0.0"), promise("a", "2.0.0")])
                .to_json();
        for (text, why) in [
            (String::new(), "EOF"),
            ("<<<<<<< HEAD\n".to_owned(), "line 1"),
            ("[]".to_owned(), "expected a map"),
            ("{\"version\":1}".to_owned(), "missing field `packages`"),
            ("{\"version\":0,\"packages\":[]}".to_owned(), "no `version`"),
            ("{\"packages\":[]}".to_owned(), "no `version`"),
            ("{\"version\":2}".to_owned(), "is of format 2; this program knows 1"),
            ("{\"version\":1,\"packages\":[{\"name\":\"a\"}]}".to_owned(), "missing field"),
            (one(&|p| p.tag = Some("main".into())), "does not name version `1.0.0`"),
            (one(&|p| p.tag = Some("-1.0.0".into())), "git takes no tag called"),
            (one(&|p| p.tag = Some("a..1.0.0".into())), "git takes no tag called"),
            (one(&|p| p.tag = Some("a\n::x::1.0.0".into())), "`a\\n::x::1.0.0`"),
            (one(&|p| p.tag = None), "has a Release, but no tag"),
            (one(&|p| p.version = String::new()), "does not name version ``"),
            (twice, "names `a` twice"),
        ] {
            let failure = Record::from_json("`x`", text.as_bytes()).unwrap_err();
            assert_eq!(failure.kind(), launchway_base::Kind::Input);
            assert!(failure.to_string().contains(why), "{text}: {failure}");
        }
        assert!(Record::from_json("x", b"\xff").unwrap_err().to_string().contains("UTF-8"));
        // A field of tomorrow is no reason to stop.
        let more = r#"{"version":1,"packages":[],"more":1}"#;
        assert_eq!(Record::from_json("x", more.as_bytes()).unwrap().packages, []);
    }
}
