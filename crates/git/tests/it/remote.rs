use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::time::Duration;

use launchway_base::{Deadline, Fault as _, Secret};
use launchway_git::GitError;

use crate::repo::Repo;

fn with_origin() -> Repo {
    let repo = Repo::new();
    repo.commit("root");
    repo.git_in(repo.outside(), &["init", "--quiet", "--bare", "origin"]);
    repo.git(&["remote", "add", "origin", repo.outside().join("origin").to_str().unwrap()]);
    repo
}

#[test]
fn tags_at_origin_are_exact_names() {
    let repo = with_origin();
    let git = repo.api();
    for tag in ["@scope/pkg@1.0.0", "v1.0.0", "local-only"] {
        git.tag(tag, tag, None).unwrap();
    }
    git.push_tags(&["@scope/pkg@1.0.0", "v1.0.0"]).unwrap();
    git.push_tags(&["v1.0.0"]).unwrap();
    git.push_tags::<&str>(&[]).unwrap();
    let asked = ["@scope/pkg@1.0.0", "pkg@1.0.0", "v1.0.0", "local-only", "never", "--all"];
    let expected = ["@scope/pkg@1.0.0", "v1.0.0"].map(str::to_owned).into();
    assert_eq!(git.remote_tags(&asked).unwrap(), expected);
    // Pattern characters in a name mean nothing.
    assert!(git.remote_tags(&["v*", "v?.0.0"]).unwrap().is_empty());
    let many: Vec<String> = (0..500).map(|n| format!("v{n}.0.0")).collect();
    assert_eq!(git.remote_tags(&many).unwrap(), ["v1.0.0".to_owned()].into());

    repo.git(&["tag", "--force", "-m", "moved", "v1.0.0"]);
    let error = git.push_tags(&["v1.0.0"]).unwrap_err();
    assert_eq!(error.kind().code(), 3, "{error}");
}

#[test]
fn no_origin_has_no_tags_but_a_silent_one_is_an_error() {
    let repo = Repo::new();
    assert!(repo.api().remote_tags(&["v1"]).unwrap().is_empty());
    repo.git(&["remote", "add", "origin", "/nowhere/at/all"]);
    let error = repo.api().remote_tags(&["v1"]).unwrap_err();
    assert!(matches!(error, GitError::Failed { remote: true, .. }), "{error}");
}

#[test]
fn a_branch_is_replaced_by_force_only() {
    let repo = with_origin();
    let git = repo.api();
    let first = git.head().unwrap();
    repo.commit("second");
    git.push_head("changeset-release/main", false).unwrap();
    git.checkout_reset("changeset-release/main", &first).unwrap();
    assert_eq!(git.current_branch().unwrap().as_deref(), Some("changeset-release/main"));
    repo.commit("other second");
    let error = git.push_head("changeset-release/main", false).unwrap_err();
    assert_eq!(error.hint().as_deref(), Some("the remote moved on meanwhile; run again"));
    git.push_head("changeset-release/main", true).unwrap();
    let there = repo.git(&["ls-remote", "origin", "refs/heads/changeset-release/main"]);
    assert!(there.starts_with(&git.head().unwrap()));
}

/// Serves one request per connection with 403 and hands back the request heads.
fn refusing_server() -> (String, std::sync::mpsc::Receiver<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (send, receive) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let lines = BufReader::new(&stream).lines().map(Result::unwrap);
            let head: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
            let _ = send.send(head);
            let _ = stream.write_all(
                b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
            );
        }
    });
    (url, receive)
}

#[test]
fn the_token_replaces_the_checkout_one_and_goes_to_its_server_only() {
    let (server, requests) = refusing_server();
    let (other, other_requests) = refusing_server();
    let repo = Repo::new();
    repo.commit("root");
    repo.git(&["remote", "add", "origin", &format!("{server}/o/r.git")]);
    repo.git(&["config", &format!("http.{server}/.extraheader"), "AUTHORIZATION: basic b2xk"]);
    repo.git(&[
        "config",
        &format!("http.{server}/o/r.git.extraheader"),
        "AUTHORIZATION: basic b2xk",
    ]);
    let token = Secret::new("ghs_test_token_value");
    let git = repo.api().with_token(&server, &token).unwrap();
    let error = git.push_head("main", false).unwrap_err();
    assert!(error.hint().unwrap().contains("contents: write"), "{error}");
    assert!(!format!("{error} {error:?} {git:?}").contains("ghs_test_token_value"));
    let head = requests.recv_timeout(Duration::from_secs(10)).unwrap();
    let sent: Vec<_> =
        head.iter().filter(|line| line.to_ascii_lowercase().starts_with("authorization")).collect();
    // base64 of `x-access-token:ghs_test_token_value`
    assert_eq!(sent, ["AUTHORIZATION: basic eC1hY2Nlc3MtdG9rZW46Z2hzX3Rlc3RfdG9rZW5fdmFsdWU="]);

    repo.git(&["remote", "set-url", "origin", &format!("{other}/o/r.git")]);
    let git = repo.api().with_token(&server, &token).unwrap();
    assert!(git.remote_tags(&["v1"]).is_err());
    let head = other_requests.recv_timeout(Duration::from_secs(10)).unwrap();
    assert!(
        !head.iter().any(|line| line.to_ascii_lowercase().starts_with("authorization")),
        "{head:?}"
    );
}

#[test]
fn a_remote_that_never_answers_ends_with_the_deadline() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let repo = Repo::new();
    let url = format!("http://{}/o/r.git", listener.local_addr().unwrap());
    repo.git(&["remote", "add", "origin", &url]);
    let git = repo.api().with_deadline(Deadline::after(Duration::from_millis(300)));
    let error = git.remote_tags(&["v1"]).unwrap_err();
    assert!(
        matches!(&error, GitError::TimedOut { command } if command == "git ls-remote"),
        "{error}"
    );
}
