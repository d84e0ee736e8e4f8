use crate::shop::{command, run, shop};

#[test]
fn every_version_is_tagged_once() {
    let repo = shop();
    repo.bare_remote();
    let git = launchway_testkit::git::environment(launchway_testkit::git::EPOCH);
    command(&repo, "git-tag")
        .envs(git.clone())
        .env("CHANGESETS_OUTPUT", "out/events")
        .run()
        .success();
    assert_eq!(repo.git(&["tag", "-l"]), "@acme/app@2.3.4\n@acme/core@1.0.0");
    assert_eq!(repo.git(&["cat-file", "-t", "@acme/core@1.0.0"]), "tag");
    assert_eq!(
        repo.read("out/events"),
        "{\"type\":\"git-tag\",\"tag\":\"@acme/app@2.3.4\",\"packageName\":\"@acme/app\"}\n\
         {\"type\":\"git-tag\",\"tag\":\"@acme/core@1.0.0\",\"packageName\":\"@acme/core\"}\n"
    );
    let again = command(&repo, "tag").envs(git.clone()).run().success().stdout;
    assert!(again.contains("There already"), "{again}");
    repo.git(&["push", "--quiet", "origin", "@acme/core@1.0.0"]);
    repo.git(&["tag", "-d", "@acme/core@1.0.0"]);
    command(&repo, "git-tag").envs(git).run().success();
    assert_eq!(repo.git(&["tag", "-l"]), "@acme/app@2.3.4");
}

#[test]
fn a_single_package_has_tags_that_begin_with_v() {
    let repo = launchway_testkit::TestRepo::with_files(&[
        ("package.json", "{ \"name\": \"a\", \"version\": \"1.2.3\" }"),
        (".changeset/config.json", "{}"),
    ]);
    let git = launchway_testkit::git::environment(launchway_testkit::git::EPOCH);
    command(&repo, "git-tag").envs(git).run().success();
    assert_eq!(repo.git(&["tag", "-l"]), "v1.2.3");
}

#[test]
fn a_tag_that_git_cannot_make_is_no_success() {
    let repo = shop();
    repo.write(crate::shop::APP, "{ \"name\": \"bad name\", \"version\": \"1.0.0\" }");
    let said = run(&repo, "git-tag").exits(1).stderr;
    assert!(said.contains("git tag"), "{said}");
}
