//! The changelog's queries against the stand-in the recorded answers of the peers were made with.

#![expect(clippy::unwrap_used, reason = "a test that cannot do its work stops")]

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use launchway_base::{Deadline, Secret};
use launchway_github::{GitHub, RepoId, Settings};
use launchway_http::{Client, Proxies, block_on};

const RUN: &str = "
import sys; sys.path.insert(0, sys.argv[1]); sys.dont_write_bytecode = True
import github_stub
print(github_stub.env()['GITHUB_API_URL'], flush=True); sys.stdin.read()";

struct Stub(Child);

impl Drop for Stub {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn start() -> Option<(Stub, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/conformance/changesets");
    let mut child = Command::new("python3")
        .arg("-c")
        .arg(RUN)
        .arg(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .ok()?;
    let mut url = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut url).unwrap();
    Some((Stub(child), url.trim().to_owned()))
}

#[test]
fn commits_and_pull_requests_are_answered() {
    let Some((_stub, url)) = start() else {
        assert!(std::env::var_os("LAUNCHWAY_REQUIRE_TOOLS").is_none(), "python3 is missing");
        println!("skipped: python3");
        return;
    };
    let settings = Settings {
        graphql_url: format!("{url}/graphql"),
        api_url: url,
        token: Some(Secret::new("stub-token")),
        deadline: Deadline::none(),
    };
    let http = launchway_http::Settings { proxies: Some(Proxies::default()), ..Default::default() };
    let hub = GitHub::with_client(settings, Client::new(http).unwrap()).unwrap();
    let repo: RepoId = "acme/tools".parse().unwrap();
    // More than one request holds, a repeated and an unknown one among them.
    let mut asked: Vec<String> = (0..120).map(|n| format!("{:07x}", 0x00a_0000 + n * 16)).collect();
    asked.push("00a0000".to_owned());
    asked.push("nothing".to_owned());
    let (commits, pulls) = block_on(async {
        (
            hub.commit_infos(&repo, &asked).await.unwrap(),
            hub.pull_infos(&repo, &[12, 4999, 5000, u64::MAX]).await.unwrap(),
        )
    })
    .unwrap();

    assert_eq!(commits.len(), 120);
    let commit = commits.get("00a0010").unwrap();
    // 0x00a001 = 40961: author PEOPLE[1] as 40961 % 4 = 1; in a pull request as 40961 % 3 = 2.
    assert_eq!(commit.abbreviated, "00a0010");
    assert_eq!(commit.url, "https://github.example/acme/tools/commit/00a0010");
    assert_eq!(commit.author.as_ref().unwrap().login, "grace-h");
    let pull = commit.pulls.first().unwrap();
    assert_eq!(
        (pull.number, pull.merged_at.as_deref()),
        (40961 % 500 + 1, Some("2024-01-01T00:00:00Z"))
    );
    assert!(commits.values().any(|commit| commit.pulls.is_empty()));
    assert!(commits.values().any(|commit| commit.author.is_none()));
    assert!(
        commits.values().any(|commit| commit.pulls.iter().any(|pull| pull.merged_at.is_none()))
    );

    assert_eq!(pulls.keys().copied().collect::<Vec<_>>(), [12, 4999]);
    let pull = pulls.get(&12).unwrap();
    assert_eq!(pull.author.as_ref().unwrap().login, "ada");
    let merge = pull.merge_commit.as_ref().unwrap();
    assert_eq!(merge.abbreviated_oid, format!("{:07x}", 12 * 7919));
    assert!(merge.url.ends_with(&merge.oid));
}
