//! What a version brings besides its tag and Release: files, moving tags, maintenance branches,
//! workflows. Read from the inputs and checked before anything is done.

use clap::Args;
use launchway_base::Failure;
use launchway_versioning::Repository;
use launchway_workspace::{Package, Template, Workspace, name_field, parse_version};
use semver::Version;
use serde::{Serialize, Serializer};

use crate::events::is_ref_name;
use crate::plan::PlannedRelease;
use crate::record::Promise;

/// What the file with checksums is called.
pub const CHECKSUMS: &str = "SHA256SUMS";

/// The inputs.
#[derive(Clone, Debug, Default, Args)]
pub struct ExtraInputs {
    /// Files for the Release of each package, as globs relative to the package's folder (with a `/`
    /// in front: to the root), one per line. `name: glob` is for one package only. The Release is a
    /// draft until all of them are there. A glob that matches nothing is an error.
    #[arg(long, value_name = "GLOB")]
    pub assets: Vec<String>,

    /// Name of the file with the SHA-256 sums of all assets, which is one more of them. `SHA256SUMS`
    /// unless given; `false` for none.
    #[arg(long, value_name = "NAME")]
    pub checksums: Option<String>,

    /// Tags that move with each release of their line, such as `v{major}` and `v{major}.{minor}`,
    /// one per line or with commas between. Only forward, and not for prereleases. There are also
    /// `{name}` and `{name-without-scope}`.
    #[arg(long, value_name = "PATTERN")]
    pub floating_tags: Vec<String>,

    /// Maintenance branches, such as `release/{major}.x`, one per line: the branch of the line before
    /// is made when a release begins a new one. There are also `{minor}`, `{name}` and
    /// `{name-without-scope}`.
    #[arg(long, value_name = "PATTERN")]
    pub release_branches: Vec<String>,

    /// Workflows to start at each new tag, such as `docker.yml`, one per line; `name: docker.yml` for
    /// one package only. Inputs follow as in `docker.yml?version={version}`. Needs `actions: write`.
    #[arg(long, value_name = "WORKFLOW")]
    pub dispatch: Vec<String>,
}

/// What is wanted besides tags and Releases.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Extras {
    /// Globs of files for Releases.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub assets: Vec<Rule<String>>,
    /// The name of the file with their checksums; `None` for none. Empty means the usual one.
    #[serde(skip)]
    pub checksums: Checksums,
    /// Tags that move.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub floating_tags: Vec<Line>,
    /// Maintenance branches.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub release_branches: Vec<Line>,
    /// Titles of Releases, as the configuration says; `None` means their tags.
    #[serde(skip)]
    pub title: Option<Template>,
    /// Workflows to start.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub dispatch: Vec<Rule<Dispatch>>,
}

/// The file with checksums.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checksums(pub Option<String>);

impl Default for Checksums {
    fn default() -> Self {
        Self(Some(CHECKSUMS.to_owned()))
    }
}

/// Something for all packages or one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule<T> {
    /// As it was given.
    pub text: String,
    /// The only package it is for.
    pub package: Option<String>,
    /// What it says.
    pub value: T,
}

impl<T> Rule<T> {
    fn read(text: &str, value: impl Fn(&str) -> Result<T, Failure>) -> Result<Self, Failure> {
        let (package, rest) = match text.split_once(": ") {
            Some((package, rest)) => (Some(package.trim().to_owned()), rest.trim()),
            None => (None, text.trim()),
        };
        Ok(Self { text: text.trim().to_owned(), package, value: value(rest)? })
    }

    /// Whether it is for this package; what belongs to none is only under rules for all.
    pub fn is_for(&self, package: Option<&str>) -> bool {
        self.package.is_none() || self.package.as_deref() == package
    }
}

impl<T> Serialize for Rule<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

/// A workflow and the inputs it gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dispatch {
    /// Its file, as in `docker.yml`.
    pub workflow: String,
    /// Names and values of its inputs.
    pub inputs: Vec<(String, Template)>,
}

/// The fields of a dispatch's inputs.
pub const DISPATCH_FIELDS: [&str; 6] =
    ["name", "name-without-scope", "version", "tag", "path", "ecosystem"];

impl Dispatch {
    fn read(text: &str) -> Result<Self, Failure> {
        let invalid = |why: String| {
            Failure::input(format!("`dispatch` has `{}`, {why}", text.escape_debug()))
                .with_hint("write the file's name, as in `docker.yml`; with inputs: `docker.yml?version={version}&tag={tag}`")
        };
        let (workflow, query) = text.split_once('?').unwrap_or((text, ""));
        let workflow = workflow.strip_prefix(".github/workflows/").unwrap_or(workflow);
        let is_file = [".yml", ".yaml"]
            .iter()
            .any(|end| workflow.strip_suffix(end).is_some_and(|name| !name.is_empty()));
        if !is_file || workflow.contains(|c: char| c.is_control() || "/\\#".contains(c)) {
            return Err(invalid("which is no file of a workflow".to_owned()));
        }
        let mut inputs: Vec<(String, Template)> = Vec::new();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let Some((name, value)) = pair.split_once('=').filter(|(name, _)| !name.is_empty())
            else {
                return Err(invalid(format!("where `{}` has no `=`", pair.escape_debug())));
            };
            if inputs.iter().any(|(other, _)| other == name) {
                return Err(invalid(format!("which gives `{}` twice", name.escape_debug())));
            }
            let value = Template::new(value, &DISPATCH_FIELDS)
                .map_err(|why| invalid(format!("of which an input {why}")))?;
            inputs.push((name.to_owned(), value));
        }
        if inputs.len() > 25 {
            return Err(invalid(
                "which gives more than the 25 inputs a workflow can have".to_owned(),
            ));
        }
        Ok(Self { workflow: workflow.to_owned(), inputs })
    }
}

/// A pattern that names a line of versions, such as `v{major}` or `release/{major}.{minor}.x`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    text: String,
    template: Template,
}

impl Serialize for Line {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl Line {
    /// Reads a pattern of the input `input`.
    pub fn read(input: &str, text: &str) -> Result<Self, Failure> {
        let invalid = |why: String| {
            Failure::input(format!("`{input}` has `{}`, which {why}", text.escape_debug()))
        };
        let fields = ["name", "name-without-scope", "major", "minor"];
        let template = Template::new(text, &fields).map_err(invalid)?;
        if !template.has("major") {
            return Err(invalid("has no `{major}`".to_owned()));
        }
        let line = Self { text: text.to_owned(), template };
        if !is_ref_name(&line.of("a", &Version::new(1, 2, 3))) {
            return Err(invalid("git does not take".to_owned()));
        }
        Ok(line)
    }

    /// The name of the line a version is of.
    pub fn of(&self, package: &str, version: &Version) -> String {
        self.template.fill(|field| match field {
            "major" => version.major.to_string(),
            "minor" => version.minor.to_string(),
            other => name_field(other, package),
        })
    }

    fn names_packages(&self) -> bool {
        self.template.has("name") || self.template.has("name-without-scope")
    }
}

fn items(given: &[String]) -> impl Iterator<Item = &str> {
    given.iter().flat_map(|text| text.lines()).map(str::trim).filter(|item| !item.is_empty())
}

fn glob(text: &str) -> Result<String, Failure> {
    let invalid = |why: &str| {
        Err(Failure::input(format!("`assets` has `{}`, {why}", text.escape_debug())).with_hint(
            "globs are relative to the folder of the package; a `/` in front means the root",
        ))
    };
    let bare = text.trim_start_matches('/').trim_start_matches("./");
    if bare.is_empty() {
        return invalid("which names no file");
    }
    if text.starts_with('!') {
        return invalid("which takes files away; write globs that match only what is wanted");
    }
    if text.split('/').any(|part| part == "..") {
        return invalid("which leaves the folder");
    }
    Ok(text.to_owned())
}

impl Extras {
    /// Reads the inputs.
    pub fn read(inputs: &ExtraInputs) -> Result<Self, Failure> {
        let lines = |input: &str, given: &[String]| {
            items(given)
                .flat_map(|item| item.split(','))
                .map(str::trim)
                .filter(|item| !item.is_empty())
                .map(|item| Line::read(input, item))
                .collect::<Result<Vec<_>, _>>()
        };
        let checksums = match inputs.checksums.as_deref().map(str::trim) {
            None | Some("" | "true") => Checksums::default(),
            Some("false") => Checksums(None),
            Some(name) if crate::assets::remote_name(name) == name => {
                Checksums(Some(name.to_owned()))
            }
            Some(name) => {
                return Err(Failure::input(format!(
                    "`checksums` is `{}`, which GitHub takes for no file's name",
                    name.escape_debug()
                ))
                .with_hint("use letters, digits, `-`, `_` and `.`"));
            }
        };
        Ok(Self {
            assets: items(&inputs.assets)
                .map(|item| Rule::read(item, glob))
                .collect::<Result<_, _>>()?,
            checksums,
            title: None,
            floating_tags: lines("floating-tags", &inputs.floating_tags)?,
            release_branches: lines("release-branches", &inputs.release_branches)?,
            dispatch: items(&inputs.dispatch)
                .map(|item| Rule::read(item, Dispatch::read))
                .collect::<Result<_, _>>()?,
        })
    }

    /// The files that records promise.
    pub fn promised<'a>(promises: impl Iterator<Item = &'a Promise>) -> Self {
        let rule = |promise: &Promise, glob: &String| Rule {
            text: format!("{}: {glob}", promise.name),
            package: Some(promise.name.clone()),
            value: glob.clone(),
        };
        let assets = promises.flat_map(|promise| {
            promise.assets.iter().map(move |glob| rule(promise, glob)).collect::<Vec<_>>()
        });
        Self { assets: assets.collect(), ..Self::default() }
    }

    /// Whether they fit the packages there are.
    pub fn check(&self, repository: &Repository) -> Result<(), Failure> {
        let workspace = &repository.workspace;
        let named = self.assets.iter().map(|rule| ("assets", rule.package.as_deref()));
        let named = named.chain(self.dispatch.iter().map(|r| ("dispatch", r.package.as_deref())));
        for (input, package) in named {
            let Some(name) = package.filter(|name| workspace.package(name).is_none()) else {
                continue;
            };
            let failure = Failure::input(format!(
                "`{input}` names package `{}`, which is not in the workspace",
                name.escape_debug()
            ));
            return Err(match launchway_base::nearest(name, workspace.names()) {
                Some(near) => failure.with_hint(format!("did you mean `{near}`?")),
                None => failure,
            });
        }
        let config = &repository.config;
        let tagged: Vec<&str> = workspace
            .packages
            .iter()
            .filter(|package| !config.skips_tagging(package))
            .map(|package| package.name.as_str())
            .collect();
        let is_one = tagged.len() < 2
            || config.fixed.iter().any(|group| tagged.iter().all(|n| group.iter().any(|g| g == n)));
        let lines = self.floating_tags.iter().map(|line| ("floating-tags", line));
        let lines = lines.chain(self.release_branches.iter().map(|l| ("release-branches", l)));
        for (input, line) in lines {
            if !is_one && !line.names_packages() {
                return Err(Failure::input(format!(
                    "`{input}` has `{}`, but {} packages have versions of their own",
                    line.text,
                    tagged.len()
                ))
                .with_hint(format!(
                    "write the package's name into it, as in `{{name}}/{}`, or give all packages one version with `fixed`",
                    line.text
                )));
            }
        }
        Ok(())
    }

    /// Whether what is released from a maintenance branch stays in its line.
    pub fn check_line(&self, branch: &str, releases: &[PlannedRelease]) -> Result<(), Failure> {
        for release in releases {
            let (old, new) =
                (parse_version(&release.old_version), parse_version(&release.new_version));
            let (Some(old), Some(new)) = (old, new) else { continue };
            let leaves = |line: &Line| {
                line.of(&release.name, &old) == branch && line.of(&release.name, &new) != branch
            };
            if self.release_branches.iter().any(leaves) {
                return Err(Failure::input(format!(
                    "`{branch}` keeps the line of `{}` {old}, but its changesets release {new}",
                    release.name
                ))
                .with_hint("give them a smaller bump, or take the change to the main branch"));
            }
        }
        Ok(())
    }

    /// The dist-tag of what is published from a maintenance branch, so that it does not become
    /// `latest`; `None` on any other branch.
    pub fn dist_tag(&self, branch: &str, workspace: &Workspace) -> Option<String> {
        let is_line = |package: &Package| {
            let version = package.semver()?;
            let mut lines = self.release_branches.iter();
            lines.any(|line| line.of(&package.name, &version) == branch).then_some(())
        };
        workspace.packages.iter().find_map(is_line).map(|()| branch.replace('/', "-"))
    }

    /// The globs for the Release of a package.
    pub fn assets_of(&self, package: Option<&str>) -> Vec<String> {
        let rules = self.assets.iter().filter(|rule| rule.is_for(package));
        rules.map(|rule| rule.value.clone()).collect()
    }

    /// Whether something follows a Release.
    pub fn has_followers(&self) -> bool {
        !(self.floating_tags.is_empty()
            && self.release_branches.is_empty()
            && self.dispatch.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(change: impl Fn(&mut ExtraInputs)) -> Result<Extras, String> {
        let mut inputs = ExtraInputs::default();
        change(&mut inputs);
        Extras::read(&inputs).map_err(|failure| failure.to_string())
    }

    #[test]
    fn what_is_for_one_package_is_told_from_what_is_for_all() {
        let extras = read(|inputs| {
            inputs.assets = vec!["dist/*.tgz".into(), "@acme/core: out/**".into(), " ".into()];
        });
        let extras = extras.unwrap();
        assert_eq!(extras.assets_of(Some("@acme/core")), ["dist/*.tgz", "out/**"]);
        assert_eq!(extras.assets_of(Some("@acme/app")), ["dist/*.tgz"]);
        assert_eq!(extras.assets_of(None), ["dist/*.tgz"]);
        assert_eq!(extras.checksums.0.as_deref(), Some("SHA256SUMS"));
    }

    #[test]
    fn lines_are_named_by_versions() {
        let extras = read(|inputs| {
            inputs.floating_tags = vec!["v{major}, v{major}.{minor}".into()];
            inputs.release_branches = vec!["release/{name}/{major}.x".into()];
        });
        let extras = extras.unwrap();
        let version = Version::new(1, 2, 3);
        let names: Vec<String> =
            extras.floating_tags.iter().map(|line| line.of("x", &version)).collect();
        assert_eq!(names, ["v1", "v1.2"]);
        assert_eq!(extras.release_branches[0].of("@a/b", &version), "release/@a/b/1.x");
    }

    #[test]
    fn a_workflow_gets_the_inputs_that_are_written() {
        let extras = read(|inputs| {
            inputs.dispatch = vec!["docker.yml".into(), "a: ship.yaml?tag={tag}&x=1".into()];
        });
        let extras = extras.unwrap();
        assert_eq!(
            extras.dispatch[0].value,
            Dispatch { workflow: "docker.yml".into(), inputs: vec![] }
        );
        let ship = &extras.dispatch[1];
        assert_eq!(
            (ship.package.as_deref(), ship.value.workflow.as_str()),
            (Some("a"), "ship.yaml")
        );
        let inputs: Vec<String> = ship
            .value
            .inputs
            .iter()
            .map(|(n, v)| format!("{n}={}", v.fill(str::to_owned)))
            .collect();
        assert_eq!(inputs, ["tag=tag", "x=1"]);
    }

    #[test]
    fn what_a_maintenance_branch_publishes_is_not_the_latest() {
        let dir = std::env::temp_dir().join(format!("launchway-extras-{}", std::process::id()));
        std::fs::create_dir_all(&dir).unwrap();
        std::fs::write(dir.join("package.json"), r#"{"name":"tool","version":"1.4.0"}"#).unwrap();
        let workspace = Workspace::discover(&dir).unwrap();
        std::fs::remove_dir_all(&dir).unwrap();
        let extras = read(|inputs| inputs.release_branches = vec!["release/{major}.x".into()]);
        let extras = extras.unwrap();
        assert_eq!(extras.dist_tag("release/1.x", &workspace).as_deref(), Some("release-1.x"));
        assert_eq!(extras.dist_tag("release/2.x", &workspace), None);
        assert_eq!(extras.dist_tag("main", &workspace), None);
    }

    #[test]
    fn a_maintenance_branch_keeps_its_line() {
        let extras = read(|inputs| inputs.release_branches = vec!["r/{major}.{minor}".into()]);
        let extras = extras.unwrap();
        let release = |new: &str| PlannedRelease {
            name: "a".into(),
            old_version: "1.2.3".into(),
            new_version: new.into(),
            ..PlannedRelease::default()
        };
        assert!(extras.check_line("r/1.2", &[release("1.2.4")]).is_ok());
        assert!(extras.check_line("main", &[release("2.0.0")]).is_ok());
        let failure = extras.check_line("r/1.2", &[release("1.3.0")]).unwrap_err();
        assert!(failure.to_string().contains("keeps the line of `a` 1.2.3"), "{failure}");
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        let refused = |change: &dyn Fn(&mut ExtraInputs), why: &str| {
            let error = read(|inputs| change(inputs)).unwrap_err();
            assert!(error.contains(why), "{error}");
        };
        refused(&|i| i.assets = vec!["../x".into()], "leaves the folder");
        refused(&|i| i.assets = vec!["!x".into()], "takes files away");
        refused(&|i| i.assets = vec!["/".into()], "names no file");
        refused(&|i| i.floating_tags = vec!["latest".into()], "has no `{major}`");
        refused(&|i| i.floating_tags = vec!["v{patch}".into()], "`{patch}`, which means nothing");
        refused(&|i| i.release_branches = vec!["a..{major}".into()], "git does not take");
        refused(&|i| i.dispatch = vec!["docker".into()], "no file of a workflow");
        refused(&|i| i.dispatch = vec!["../x.yml".into()], "no file of a workflow");
        refused(&|i| i.dispatch = vec!["x.yml?a".into()], "has no `=`");
        refused(&|i| i.dispatch = vec!["x.yml?a={b}".into()], "`{b}`, which means nothing");
        refused(&|i| i.checksums = Some("a b".into()), "no file's name");
        assert_eq!(read(|i| i.checksums = Some("false".into())).unwrap().checksums.0, None);
    }
}
