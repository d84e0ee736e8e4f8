//! What rules see: the run, and templates over it.

use launchway_base::{Failure, Kind};

use super::flavor::Flavor;
use super::rule::Rule;
use super::snapshot::Snapshot;
use crate::words::expression;
use crate::words::pep440::Pep440;
use crate::words::scope::{self, Facts, Scope};
use crate::words::semver::Semver;
use crate::words::unknown;

/// What templates may name.
const NAMES: &[&str] = &[
    "branch",
    "tag",
    "sha",
    "base_ref",
    "is_default_branch",
    "is_not_default_branch",
    "date",
    "commit_date",
];
const DATES: &[&str] = &["date", "commit_date"];
const OF_SEMVER: &[&str] =
    &["version", "major", "minor", "patch", "raw", "prerelease", "build", "loose", "options"];
const OF_PEP440: &[&str] = &["version", "major", "minor", "patch", "raw"];

/// What rules see.
#[derive(Debug)]
pub struct Sight<'a> {
    /// The run.
    pub snapshot: &'a Snapshot,
    /// Whether habits of the reference are left.
    pub strict: bool,
    flavor: &'a Flavor,
    scope: Scope,
}

impl<'a> Sight<'a> {
    /// The sight of a run.
    pub fn new(snapshot: &'a Snapshot, flavor: &'a Flavor, strict: bool) -> Self {
        let owned = |text: Option<&str>| text.unwrap_or_default().to_owned();
        let scope = Scope::new(Facts {
            branch: owned(snapshot.branch()),
            tag: owned(snapshot.tag()),
            sha: snapshot.short_sha().map_err(|failure| failure.to_string()),
            base_ref: snapshot.base().to_owned(),
            is_default_branch: snapshot.is_default_branch(),
            date: snapshot.now,
            commit_date: Some(snapshot.commit_date),
        });
        Self { snapshot, strict, flavor, scope }
    }

    /// A template over branch, tag, commit and dates.
    pub fn render(&self, template: &str) -> Result<String, Failure> {
        self.look_for_slips(template, NAMES);
        self.scope.render(template).map_err(with_names)
    }

    /// A template over dates alone.
    pub fn render_dates(&self, template: &str) -> Result<String, Failure> {
        self.look_for_slips(template, DATES);
        self.scope.render_dates(template).map_err(with_names)
    }

    /// A template over the parts of a version.
    pub fn render_semver(&self, template: &str, version: &Semver) -> Result<String, Failure> {
        self.look_for_slips(template, OF_SEMVER);
        scope::render_semver(template, version)
    }

    /// A template over the parts of a version.
    pub fn render_pep440(&self, template: &str, version: &Pep440) -> Result<String, Failure> {
        self.look_for_slips(template, OF_PEP440);
        scope::render_pep440(template, version)
    }

    fn look_for_slips(&self, template: &str, names: &[&str]) {
        for warning in unknown::warnings(template, names) {
            self.warn(warning);
        }
    }

    /// Notes what is to be warned of.
    pub fn warn(&self, warning: String) {
        self.scope.warn(warning);
    }

    /// Whether a template is `{{raw}}` and nothing else.
    pub fn is_raw(&self, template: &str) -> bool {
        expression::is_raw(template)
    }

    /// A tag with prefix and suffix: those of the rule, else those of the flavor.
    pub fn affix(&self, rule: &Rule, value: &str) -> Result<String, Failure> {
        let prefix = rule.attributes.find("prefix").unwrap_or(&self.flavor.prefix);
        let suffix = rule.attributes.find("suffix").unwrap_or(&self.flavor.suffix);
        Ok(format!("{}{value}{}", self.render(prefix)?, self.render(suffix)?))
    }

    /// The tag `latest` with what of the flavor is for it.
    pub fn latest(&self) -> Result<String, Failure> {
        let part = |on: bool, text: &str| if on { self.render(text) } else { Ok(String::new()) };
        let prefix = part(self.flavor.prefix_latest, &self.flavor.prefix)?;
        let suffix = part(self.flavor.suffix_latest, &self.flavor.suffix)?;
        Ok(format!("{prefix}latest{suffix}"))
    }

    /// What templates warned of since the last call.
    pub fn take_warnings(&self) -> Vec<String> {
        self.scope.take_warnings()
    }
}

/// A failure that says what a template may name, unless it says better.
fn with_names(failure: Failure) -> Failure {
    if failure.hint().is_some() || failure.kind() != Kind::Input {
        return failure;
    }
    failure.with_hint(
        "expressions are those of Handlebars with `branch`, `tag`, `sha`, `base_ref`, `is_default_branch`, `is_not_default_branch`, `date 'YYYYMMDD'` and `commit_date 'YYYYMMDD'`",
    )
}
