use launchway_git::{Git, Identity};

use crate::repo::{Repo, isolated};

#[test]
fn places_and_names() {
    let repo = Repo::new();
    repo.write("sub/a", "a");
    let head = repo.commit("root");
    let git = repo.api().in_dir(repo.dir.join("sub"));
    assert_eq!(git.root().unwrap(), repo.dir);
    assert_eq!(repo.api().root().unwrap(), repo.dir);
    assert_eq!(git.head().unwrap(), head);
    assert!(head.starts_with(&git.head_short().unwrap()));
    assert_eq!(git.current_branch().unwrap().as_deref(), Some("main"));
    assert!(git.ref_exists("main").unwrap());
    for name in ["gone", "--all", "", "a b", "main~9"] {
        assert!(!git.ref_exists(name).unwrap(), "{name:?}");
    }
    repo.git(&["checkout", "--quiet", "--detach"]);
    assert_eq!(git.current_branch().unwrap(), None);
    assert_eq!(git.remote_url("origin").unwrap(), None);
    repo.git(&["remote", "add", "origin", "ssh://host/path"]);
    assert_eq!(git.remote_url("origin").unwrap().as_deref(), Some("ssh://host/path"));
    let error = Git::at(repo.outside()).root().unwrap_err();
    assert!(error.is_not_a_repository(), "{error}");
}

#[test]
fn tags_are_annotated_and_hold_their_text() {
    let repo = Repo::new();
    let first = repo.commit("one");
    repo.commit("two");
    let git = repo.api();
    assert!(git.tags().unwrap().is_empty());
    git.tag("@scope/pkg@1.0.0", "@scope/pkg@1.0.0", None).unwrap();
    git.tag("v1", "# a heading\n\ntext; $(id)", Some(&first)).unwrap();
    assert_eq!(git.tags().unwrap(), ["@scope/pkg@1.0.0", "v1"].map(str::to_owned).into());
    assert_eq!(repo.git(&["cat-file", "-t", "v1"]), "tag");
    assert_eq!(repo.git(&["rev-parse", "v1^{}"]), first);
    assert_eq!(
        repo.git(&["for-each-ref", "--format=%(contents)", "refs/tags/v1"]),
        "# a heading\n\ntext; $(id)"
    );
    assert!(git.tag("v1", "again", None).is_err(), "never moved");
    assert!(git.tag("--delete", "x", None).is_err(), "no option");
    assert_eq!(git.tags().unwrap().len(), 2);
}

#[test]
fn commits_take_any_message_and_may_be_empty() {
    let repo = Repo::new();
    let message = format!("-m --amend `id`\n\n# kept\n{}", "x".repeat(300_000));
    repo.api().commit(&message).unwrap();
    assert_eq!(repo.git(&["log", "-1", "--format=%B"]), message);
    repo.write("a", "a");
    repo.api().add(&["a"]).unwrap();
    repo.api().commit("second").unwrap();
    std::fs::remove_file(repo.dir.join("a")).unwrap();
    repo.api().add(&["a"]).unwrap();
    assert_eq!(repo.git(&["status", "--porcelain"]), "D  a", "removals are staged, too");
    assert!(repo.api().add(&["not there"]).is_err());
}

#[test]
fn an_identity_is_set_only_where_there_is_none() {
    let repo = Repo::bare_of_everything();
    repo.git(&["init", "--quiet", "."]);
    let git = isolated(Git::at(&repo.dir));
    assert_eq!(git.identity().unwrap(), None);
    let bot = git.ensure_identity("release[bot]", "1+release[bot]@example.invalid").unwrap();
    assert_eq!(git.identity().unwrap(), Some(bot.clone()));
    assert_eq!(git.ensure_identity("other", "o@example.invalid").unwrap(), bot);
    let me = Identity { name: "Me".into(), email: "me@example.invalid".into() };
    let mine = git.clone().with_identity(&me);
    assert_eq!(mine.identity().unwrap(), Some(me));
    mine.commit("mine").unwrap();
    assert_eq!(repo.git(&["log", "-1", "--format=%an <%ae>"]), "Me <me@example.invalid>");
    assert_eq!(git.config_get("user.name").unwrap().as_deref(), Some("release[bot]"));
    assert_eq!(git.config_get("no.such").unwrap(), None);
}
