//! A version step in a repository of the test's own.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use launchway_base::{Deadline, Failure};
use launchway_git::Git;
use launchway_testkit::TestRepo;
use launchway_versioning::{
    EnvLookup, GeneratorContext, Prepared, Repository, VersionOptions, apply, observe, prepare,
};

/// A table in place of the process's variables.
#[derive(Debug)]
pub(crate) struct Table(pub(crate) BTreeMap<&'static str, String>);

impl Table {
    pub(crate) fn new<const N: usize>(pairs: [(&'static str, &str); N]) -> Self {
        Self(pairs.into_iter().map(|(name, value)| (name, value.to_owned())).collect())
    }
}

impl EnvLookup for Table {
    fn get(&self, name: &str) -> Option<String> {
        self.0.get(name).filter(|value| !value.is_empty()).cloned()
    }
}

/// Everything the next `version` would do.
pub(crate) fn prepared(repo: &TestRepo, env: &Table) -> Result<(Repository, Prepared), Failure> {
    let mut repository = observe(repo.path())?;
    let context = GeneratorContext { env, deadline: Deadline::after(Duration::from_mins(1)) };
    let git = Git::at(repo.path());
    let prepared = prepare(&mut repository, &VersionOptions::default(), &git, &context)?;
    Ok((repository, prepared.expect("there are changesets")))
}

/// The whole step.
pub(crate) fn version(repo: &TestRepo, env: &Table) -> Result<(), Failure> {
    let (repository, prepared) = prepared(repo, env)?;
    apply(&repository, &prepared, Deadline::after(Duration::from_mins(1))).map(drop)
}

/// A program of the machine, by a variable or on `PATH`; a missing one is a skip, where tools must
/// be there an error.
pub(crate) fn tool(variable: &str, fallback: Option<&str>) -> Option<PathBuf> {
    let given = std::env::var_os(variable).filter(|path| !path.is_empty()).map(PathBuf::from);
    let found = given.or_else(|| {
        let (path, name) = (std::env::var_os("PATH")?, fallback?);
        std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
    });
    if found.is_none() {
        let required =
            |name: &str| std::env::var(name).is_ok_and(|value| value == "true" || value == "1");
        assert!(!required("CI") && !required("LAUNCHWAY_REQUIRE_TOOLS"), "{variable} is not set");
        eprintln!("skipped: {variable} is not set");
    }
    found
}

/// `PATH` with a program's folder first.
pub(crate) fn path_with(program: &Path) -> String {
    let folder = program.parent().expect("a program lies in a folder").display().to_string();
    format!("{folder}:{}", std::env::var("PATH").unwrap_or_default())
}
