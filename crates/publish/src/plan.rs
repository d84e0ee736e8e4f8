//! The publish plan: what is published or tagged, in which order, as data and as JSON.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::PublishError;

/// The only version of the file there is.
const FORMAT: u64 = 1;
/// What a plan file inside a folder of tarballs is called.
pub const PLAN_FILE: &str = "publish-plan.json";

/// What is to be published or tagged: chunks in order, the entries of a chunk at once.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Plan {
    /// The chunks; a package comes in a later chunk than what it depends on.
    pub chunks: Vec<Vec<Entry>>,
}

/// One package of a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Entry {
    /// Publish to the registry, then tag.
    Publish {
        /// The package.
        name: String,
        /// Its version.
        version: String,
        /// `public` or `restricted`; empty for a crate and for a package of Python.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        access: String,
        /// The dist-tag; empty for a crate and for a package of Python.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        tag: String,
        /// `cargo` for a crate, `python` for a package of Python, `None` for one of npm's kind.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ecosystem: Option<String>,
        /// Where the packed package is; only after packing.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        tarball: Option<Tarball>,
    },
    /// Only tag: a private package, or one that another job publishes.
    TagOnly {
        /// The package.
        name: String,
        /// Its version.
        version: String,
    },
}

/// A packed package.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tarball {
    /// Path relative to the plan file, with `/`.
    pub path: String,
    /// `sha256-` and the hash in base64, as in a lock file.
    pub integrity: String,
    /// Further files of the same package: a wheel beside a source distribution.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub beside: Vec<Self>,
}

impl Tarball {
    /// It and what is beside it.
    pub fn all(&self) -> impl Iterator<Item = &Self> {
        std::iter::once(self).chain(&self.beside)
    }
}

impl Entry {
    /// The package.
    pub fn name(&self) -> &str {
        match self {
            Self::Publish { name, .. } | Self::TagOnly { name, .. } => name,
        }
    }

    /// Its version.
    pub fn version(&self) -> &str {
        match self {
            Self::Publish { version, .. } | Self::TagOnly { version, .. } => version,
        }
    }

    /// Where its packed package is, after packing.
    pub fn tarball(&self) -> Option<&Tarball> {
        match self {
            Self::Publish { tarball, .. } => tarball.as_ref(),
            Self::TagOnly { .. } => None,
        }
    }

    /// Whether it goes to the registry.
    pub fn is_publish(&self) -> bool {
        matches!(self, Self::Publish { .. })
    }
}

impl Plan {
    /// Every entry, in order.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.chunks.iter().flatten()
    }

    /// What goes to the registry, in order.
    pub fn publishes(&self) -> impl Iterator<Item = &Entry> {
        self.entries().filter(|entry| entry.is_publish())
    }

    /// What is only tagged, in order.
    pub fn tag_only(&self) -> impl Iterator<Item = &Entry> {
        self.entries().filter(|entry| !entry.is_publish())
    }

    /// The same plan with the tarballs of a packed one. A package that was not packed, or in another
    /// version, is an error.
    pub fn with_tarballs_of(mut self, packed: &Self) -> Result<Self, PublishError> {
        for entry in self.chunks.iter_mut().flatten().filter(|entry| entry.is_publish()) {
            let is_same =
                |other: &&Entry| other.name() == entry.name() && other.version() == entry.version();
            let found = packed.publishes().find(is_same).and_then(Entry::tarball).cloned();
            let (name, version) = (entry.name().to_owned(), entry.version().to_owned());
            if let Entry::Publish { tarball, .. } = entry {
                *tarball = Some(found.ok_or(PublishError::NotPacked { package: name, version })?);
            }
        }
        Ok(self)
    }

    /// Reads the plan of a folder of tarballs.
    pub fn of_pack_dir(dir: &Path) -> Result<Self, PublishError> {
        let file = dir.join(PLAN_FILE);
        let text = std::fs::read_to_string(&file)
            .map_err(|source| PublishError::File { file: file.display().to_string(), source })?;
        Self::from_json(PLAN_FILE, &text)
    }

    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.chunks.is_empty()
    }

    /// The file's text: `{"version": 1, "plan": [[…]]}` by two spaces, no final newline.
    pub fn to_json(&self) -> String {
        // Strings and numbers in a fixed shape cannot fail to become JSON.
        serde_json::to_string_pretty(&File { version: FORMAT, plan: self.clone() })
            .unwrap_or_default()
    }

    /// Reads such a file; `file` is its name for the error.
    pub fn from_json(file: &str, text: &str) -> Result<Self, PublishError> {
        let invalid = |why: String| PublishError::InvalidPlan { file: file.to_owned(), why };
        let value: serde_json::Value = serde_json::from_str(text.trim_start_matches('\u{feff}'))
            .map_err(|error| invalid(error.to_string()))?;
        if !value.get("plan").is_some_and(serde_json::Value::is_array) {
            return Err(invalid("it has no list `plan`".to_owned()));
        }
        let version = value.get("version").cloned().unwrap_or_default();
        if version != FORMAT {
            return Err(invalid(format!("its version is {version}, not {FORMAT}")));
        }
        let file: File =
            serde_json::from_value(value).map_err(|error| invalid(error.to_string()))?;
        for entry in file.plan.publishes() {
            let Entry::Publish { name, access, tag, ecosystem: None, .. } = entry else { continue };
            let missing =
                [("access", access), ("tag", tag)].into_iter().find(|(_, v)| v.is_empty());
            if let Some((field, _)) = missing {
                return Err(invalid(format!("`{name}` has no `{field}`")));
            }
        }
        Ok(file.plan)
    }
}

#[derive(Serialize, Deserialize)]
struct File {
    version: u64,
    plan: Plan,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Plan {
        let publish = Entry::Publish {
            name: "@a/b".into(),
            version: "1.0.0".into(),
            access: "public".into(),
            tag: "latest".into(),
            ecosystem: None,
            tarball: None,
        };
        let tag = Entry::TagOnly { name: "c".into(), version: "2.0.0".into() };
        Plan { chunks: vec![vec![publish], vec![tag]] }
    }

    #[test]
    fn the_file_has_the_peers_bytes() {
        let expected = r#"{
  "version": 1,
  "plan": [
    [
      {
        "kind": "publish",
        "name": "@a/b",
        "version": "1.0.0",
        "access": "public",
        "tag": "latest"
      }
    ],
    [
      {
        "kind": "tag-only",
        "name": "c",
        "version": "2.0.0"
      }
    ]
  ]
}"#;
        assert_eq!(sample().to_json(), expected);
        assert_eq!(Plan::from_json("p", expected).unwrap(), sample());
        assert_eq!(Plan::default().to_json(), "{\n  \"version\": 1,\n  \"plan\": []\n}");
    }

    #[test]
    fn a_crate_says_so_and_has_no_dist_tag() {
        let text = r#"{"version":1,"plan":[[{"kind":"publish","name":"a","version":"1.0.0","ecosystem":"cargo"}]]}"#;
        let plan = Plan::from_json("p", text).unwrap();
        let again: serde_json::Value = serde_json::from_str(&plan.to_json()).unwrap();
        assert_eq!(again.to_string(), text);
    }

    #[test]
    fn tarballs_come_from_the_packed_plan_or_are_missed() {
        let tarball = Tarball {
            path: "packages/x.tgz".into(),
            integrity: "sha256-x".into(),
            beside: Vec::new(),
        };
        let mut packed = sample();
        if let Some(Entry::Publish { tarball: slot, .. }) = packed.chunks[0].first_mut() {
            *slot = Some(tarball.clone());
        }
        let plan = sample().with_tarballs_of(&packed).unwrap();
        assert_eq!(plan.publishes().next().unwrap().tarball(), Some(&tarball));
        for other in [Plan::default(), sample()] {
            let error = sample().with_tarballs_of(&other).unwrap_err().to_string();
            assert_eq!(error, "`@a/b` 1.0.0 was not packed");
        }
    }

    #[test]
    fn other_files_are_refused_with_the_reason() {
        for (text, why) in [
            ("", "EOF"),
            ("[]", "no list `plan`"),
            (r#"{"version":1,"plan":{}}"#, "no list `plan`"),
            (r#"{"version":2,"plan":[]}"#, "its version is 2, not 1"),
            (r#"{"plan":[]}"#, "its version is null, not 1"),
            (
                r#"{"version":1,"plan":[[{"kind":"publish","name":"a"}]]}"#,
                "missing field `version`",
            ),
            (
                r#"{"version":1,"plan":[[{"kind":"publish","name":"a","version":"1","tag":"x"}]]}"#,
                "`a` has no `access`",
            ),
            (
                r#"{"version":1,"plan":[[{"kind":"delete","name":"a","version":"1"}]]}"#,
                "unknown variant",
            ),
        ] {
            let error = Plan::from_json("plan.json", text).unwrap_err().to_string();
            assert!(
                error.starts_with("`plan.json` is no publish plan: ") && error.contains(why),
                "{error}"
            );
        }
    }
}
