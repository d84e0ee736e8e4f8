//! Paths that match nothing, and directories of other users.

use std::path::Path;
use std::process::{Command, Stdio};

use launchway_changelog::guard::{include_path, ownership};
use launchway_git::Git;
use launchway_testkit::git;

use crate::world::{World, isolated};

#[test]
fn an_include_path_without_a_slash_is_explained_and_a_quiet_package_is_none() {
    let world = World::new(9, &[("v1", 3)]);
    let clone = world.clone(&[]);
    let matches = |pattern: &str, path: &str| {
        path.starts_with(pattern.trim_end_matches("**")) && pattern.ends_with('*')
    };
    include_path::ensure(&clone.api(), &[], &matches).unwrap();
    assert_eq!(clone.processes(), 0);
    include_path::ensure(&clone.api(), &["a/**"], &matches).unwrap();
    let failure = include_path::ensure(&clone.api(), &["a/**", "a"], &matches).unwrap_err();
    assert_eq!(failure.kind().code(), 2);
    assert!(failure.hint().unwrap().contains("write `a/` or `a/**`"));
    // A file that is gone has been there.
    clone.text(&["config", "user.name", "A"]);
    clone.text(&["rm", "-rq", "a"]);
    clone.text(&["commit", "-qm", "gone"]);
    include_path::ensure(&clone.api(), &["a/**"], &matches).unwrap();
}

fn owned_by_somebody_else(dir: &Path) -> bool {
    let give = |program: &str, words: &[&str]| {
        let mut command = Command::new(program);
        command.args(words).args(["-R", "54321:54321"]).arg(dir);
        command.stdin(Stdio::null()).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    };
    give("chown", &[]) || give("sudo", &["--non-interactive", "chown"])
}

#[test]
fn a_foreign_directory_is_read_when_it_is_the_workspace_or_with_leave() {
    let world = World::new(5, &[]);
    let clone = world.clone(&[]);
    assert!(!clone.api().is_foreign_owned().unwrap());
    if cfg!(target_os = "linux") {
        assert_eq!(clone.processes(), 0);
    }
    if !owned_by_somebody_else(&clone.dir) {
        assert!(std::env::var_os("LAUNCHWAY_REQUIRE_TOOLS").is_none(), "neither root nor sudo");
        println!("skipped: giving a directory to another user needs root");
        return;
    }
    let open = |workspace: Option<&Path>, trust: bool| {
        let mut say = |text: &str| clone.said.borrow_mut().push(text.to_owned());
        ownership::open(clone.api(), workspace, trust, &mut say)
    };
    for elsewhere in [None, Some(world.temp.path()), Some(Path::new("/")), Some(Path::new("*"))] {
        let failure = open(elsewhere, false).unwrap_err();
        assert_eq!(failure.kind().code(), 2, "{}", failure.chain());
        assert!(failure.to_string().contains("belongs to another user"), "{failure}");
        let hint = failure.hint().unwrap();
        let command = "git config --global --add safe.directory /";
        assert!(hint.contains("--trust-directory") && hint.contains(command), "{hint}");
    }
    assert!(clone.said.borrow().is_empty());
    let link = world.temp.path().join("link");
    std::os::unix::fs::symlink(&clone.dir, &link).unwrap();
    for (workspace, trust) in
        [(Some(clone.dir.as_path()), false), (Some(&link), false), (None, true)]
    {
        clone.said.borrow_mut().clear();
        let git = open(workspace, trust).unwrap();
        assert_eq!(git.head().unwrap().len(), 40);
        assert_eq!(git.in_dir(clone.dir.join("a")).head().unwrap().len(), 40);
        assert!(git.shallow_commits().unwrap().is_empty());
        assert!(clone.said.borrow().join("").contains("by this program alone"));
    }
    // A folder of this name would be taken for all folders beside it.
    let star = world.temp.path().join("*");
    std::fs::rename(&clone.dir, &star).unwrap();
    let api = isolated(Git::at(&star));
    let failure = ownership::open(api, Some(&star), true, &mut |_| {}).unwrap_err();
    assert_eq!(failure.hint(), Some("rename it"));
    std::fs::rename(&star, &clone.dir).unwrap();
    // Nothing else is trusted by it, and nothing is left behind.
    let other = world.temp.path().join("other");
    git::text(world.temp.path(), &["clone", "--quiet", "origin", "other"]);
    assert!(owned_by_somebody_else(&other));
    assert!(open(None, true).unwrap().in_dir(&other).head().unwrap_err().is_foreign_owned());
    assert!(clone.api().head().unwrap_err().is_foreign_owned());
}
