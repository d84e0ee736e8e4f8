//! How often git is started: as often for many packages and changesets as for few.

use launchway_testkit::TestRepo;

use crate::shop::command;

/// What git was started with by `version`, one line per process, and how many bytes of arguments
/// these are.
fn git_of(packages: usize, changesets: usize) -> (Vec<String>, usize) {
    let repo = TestRepo::new();
    repo.write(
        "package.json",
        "{\n  \"name\": \"root\",\n  \"private\": true,\n  \"workspaces\": [\"packages/*\"]\n}\n",
    );
    repo.write("package-lock.json", "{}\n").write(".changeset/config.json", "{}\n");
    for number in 0..packages {
        let text = format!("{{\n  \"name\": \"p{number}\",\n  \"version\": \"1.0.0\"\n}}\n");
        repo.write(&format!("packages/p{number}/package.json"), text);
        repo.write(&format!("src/{number}.js"), format!("old {number}\n").repeat(9));
    }
    repo.commit("packages");
    for number in 0..changesets {
        let package = number % packages;
        let text = format!("---\n\"p{package}\": minor\n---\n\nChange {number}\n");
        repo.write(&format!(".changeset/c{number}.md"), text);
        // As changes do: something else goes, something else is renamed.
        if number == 0 {
            repo.remove("src/0.js");
            repo.git(&["mv", "src/1.js", "src/one.js"]);
        }
        repo.commit("change");
    }
    let outside = repo.path().parent().unwrap();
    let (bin, seen) = (outside.join("counting"), outside.join("seen"));
    std::fs::create_dir_all(&bin).unwrap();
    let real = std::env::split_paths(&std::env::var_os("PATH").unwrap())
        .map(|dir| dir.join("git"))
        .find(|git| git.is_file())
        .unwrap();
    let script = format!(
        "#!/bin/sh\necho \"$*\" >> '{}'\nexec '{}' \"$@\"\n",
        seen.display(),
        real.display()
    );
    launchway_testkit::script(bin.join("git"), script);
    let path = format!("{}:/usr/bin:/bin", bin.display());
    command(&repo, "version").env("PATH", &path).run().success();
    assert!(!repo.exists(".changeset/c0.md"));
    let seen = std::fs::read_to_string(seen).unwrap();
    (seen.lines().map(str::to_owned).collect(), seen.len())
}

#[test]
fn git_is_started_as_often_for_many_as_for_few() {
    let few = git_of(10, 1);
    assert!((1..=2).contains(&few.0.len()), "{few:?}");
    assert_eq!(git_of(200, 1), few);
    assert_eq!(git_of(10, 50), few);
    assert_eq!(git_of(200, 50), few);
}
