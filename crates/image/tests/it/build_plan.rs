//! `build-plan`: what is decided before anything is built.

use launchway_testkit::TestRepo;
use launchway_testkit::runner::{FakeRunner, How, StepRun};
use serde_json::{Value, json};

use crate::tags_world::{PROGRAM, SHA, repository};

const RUNNERS: &str = r#"{"linux/amd64": "ubuntu-24.04", "linux/arm64": "ubuntu-24.04-arm"}"#;

/// A run of `Acme/Rocket`; the payload says all there is to say of it.
fn runner(repo: &TestRepo, event: &str, reference: &str) -> FakeRunner {
    told(repo, event, reference, &json!({}))
}

fn told(repo: &TestRepo, event: &str, reference: &str, more: &Value) -> FakeRunner {
    let mut about = repository();
    about["full_name"] = "Acme/Rocket".into();
    for (key, value) in more.as_object().unwrap() {
        about[key] = value.clone();
    }
    FakeRunner::new(repo.path())
        .repository("Acme/Rocket")
        .reference(reference)
        .sha(SHA)
        .event(event, json!({ "repository": about, "number": 7 }))
}

fn ask(runner: &FakeRunner, inputs: &[(&str, &str)]) -> StepRun {
    runner.run_program(PROGRAM, &["build-plan"], How::Json, inputs)
}

fn plan(inputs: &[(&str, &str)]) -> StepRun {
    let repo = TestRepo::with_files(&[("Dockerfile", "FROM scratch\n")]);
    ask(&runner(&repo, "push", "refs/heads/main"), inputs)
}

fn rows(run: &StepRun) -> Vec<Value> {
    run.output_json("matrix")["include"].as_array().unwrap().clone()
}

#[test]
fn without_inputs_the_image_is_that_of_the_repository_in_lower_case() {
    let run = plan(&[]).success();
    assert_eq!(run.output("image"), "ghcr.io/acme/rocket");
    assert_eq!((run.output("build"), run.output("push")), ("true", "true"));
    assert_eq!(run.output("attest"), "true");
    assert_eq!(run.output("platforms"), "linux/amd64");
    assert_eq!((run.output("tags"), run.output("version")), ("ghcr.io/acme/rocket:main", "main"));
    let label = format!("org.opencontainers.image.revision={SHA}");
    assert!(run.output("labels").lines().any(|line| line == label), "{}", run.output("labels"));
    let scope = format!("type=gha,scope=launchway-{}-linux-amd64", run.output("key"));
    assert_eq!(
        rows(&run),
        [json!({
            "platform": "linux/amd64", "id": "linux-amd64", "runner": "ubuntu-24.04", "emulated": false,
            "cache-from": scope, "cache-to": format!("{scope},mode=max,ignore-error=true"),
        })]
    );
    assert!(run.summary.contains("ghcr.io/acme/rocket"), "{}", run.summary);
    // Command lines do the same without a runner's files.
    let said = launchway_testkit::Scrubbed::new(PROGRAM)
        .args(["build-plan", "--images", "ghcr.io/acme/a", "--platforms", "linux/arm64"])
        .env("GITHUB_EVENT_NAME", "push")
        .env("GITHUB_REF", "refs/heads/main")
        .run()
        .exits(0);
    assert!(said.all().contains("linux/arm64 on ubuntu-24.04-arm"), "{}", said.all());
}

#[test]
fn nothing_is_published_for_what_is_not_merged() {
    let repo = TestRepo::with_files(&[("a", "1")]);
    for (event, reference) in [
        ("pull_request", "refs/pull/7/merge"),
        ("pull_request_target", "refs/heads/main"),
        ("pull_request_review", "refs/pull/7/merge"),
        ("merge_group", "refs/heads/gh-readonly-queue/main/pr-7-0"),
        ("something_new", "refs/pull/7/merge"),
    ] {
        let run = ask(&runner(&repo, event, reference), &[("push", "true")]).success();
        let outputs = ["build", "push", "attest"].map(|name| run.output(name).to_owned());
        assert_eq!(outputs, ["true", "false", "false"], "{event}");
        assert!(run.log.contains("it is not merged"), "{event}: {}", run.log);
        assert_eq!(rows(&run)[0]["cache-to"], "", "{event}");
        assert_ne!(rows(&run)[0]["cache-from"], "", "{event}");
    }
    assert_eq!(plan(&[("push", "false")]).success().output("push"), "false");
    // A pull request by the way of `ref` is not merged, either.
    repo.tag("x");
    let push = runner(&repo, "issue_comment", "refs/heads/main");
    assert_eq!(ask(&push, &[("ref", "refs/pull/7/merge")]).success().output("push"), "false");
}

/// Branches of a merge queue are pushed by GitHub; runs that follow those of pull requests have all
/// rights.
#[test]
fn what_is_not_merged_is_seen_by_every_way_it_comes() {
    let repo = TestRepo::with_files(&[("a", "1")]);
    let queue = "refs/heads/gh-readonly-queue/main/pr-7-0";
    let run = ask(&runner(&repo, "push", queue), &[]).success();
    assert_eq!((run.output("build"), run.output("push")), ("true", "false"));
    let sha = "0123456789abcdef0123456789abcdef01234567";
    let follow = |event: &str, built: &str| {
        let payload = json!({
            "repository": repository(),
            "workflow_run": { "event": event, "head_sha": sha, "head_branch": "patch-1" },
        });
        let runner = FakeRunner::new(repo.path())
            .repository("acme/rocket")
            .reference("refs/heads/main")
            .sha(SHA)
            .event("workflow_run", payload);
        ask(&runner, &[("ref", built)]).success().output("push").to_owned()
    };
    for built in [sha, "patch-1", "refs/heads/patch-1"] {
        assert_eq!(follow("pull_request", built), "false", "{built}");
        assert_eq!(follow("push", built), "true", "{built}");
    }
    // The default branch is built, whatever was followed.
    assert_eq!(follow("pull_request", ""), "true");
    assert_eq!(follow("pull_request_target", "main"), "true");
}

#[test]
fn runners_of_ones_own_have_lists_of_labels_and_groups() {
    let runners = r#"{"linux/amd64": ["self-hosted", "x64"], "linux/arm64": {"group": "arm", "labels": "big"}}"#;
    let run = plan(&[("runners", runners), ("platforms", "linux/amd64,\r\nlinux/arm64/v8,\r\n")])
        .success();
    let found: Vec<_> = rows(&run).iter().map(|row| row["runner"].clone()).collect();
    assert_eq!(found, [json!(["self-hosted", "x64"]), json!({ "group": "arm", "labels": "big" })]);
    assert!(run.log.contains(r#"linux/amd64 on ["self-hosted","x64"]"#), "{}", run.log);
    let same = plan(&[("platforms", "linux/arm64,linux/arm64/v8")]).exits(2);
    assert!(same.log.contains("`linux/arm64` and `linux/arm64/v8` are the same"), "{}", same.log);
}

#[test]
fn private_repositories_are_attested_only_on_demand() {
    let repo = TestRepo::with_files(&[("a", "1")]);
    for (private, attest, wanted) in [
        (false, "public", "true"),
        (true, "public", "false"),
        (true, "always", "true"),
        (false, "never", "false"),
    ] {
        let more = json!({ "private": private });
        let run = ask(&told(&repo, "push", "refs/heads/main", &more), &[("attest", attest)]);
        assert_eq!(run.success().output("attest"), wanted, "{private} {attest}");
    }
}

#[test]
fn platforms_go_to_runners_of_their_kind_or_are_emulated() {
    let platforms = "linux/amd64, linux/arm64\nlinux/riscv64";
    let run = plan(&[("platforms", platforms), ("qemu", "true")]).success();
    assert_eq!(run.output("platforms"), "linux/amd64,linux/arm64,linux/riscv64");
    let found: Vec<_> =
        rows(&run).iter().map(|row| json!([row["id"], row["runner"], row["emulated"]])).collect();
    let wanted = [
        json!(["linux-amd64", "ubuntu-24.04", false]),
        json!(["linux-arm64", "ubuntu-24.04-arm", false]),
        json!(["linux-riscv64", "ubuntu-24.04", true]),
    ];
    assert_eq!(found, wanted);
}

#[test]
fn a_version_gives_the_tags_and_own_rules_go_before() {
    let run = plan(&[("version", "v1.2.3")]).success();
    let image = "ghcr.io/acme/rocket";
    let tags = ["1.2.3", "1.2", "1", "latest"].map(|tag| format!("{image}:{tag}")).join("\n");
    assert_eq!((run.output("version"), run.output("tags")), ("1.2.3", tags.as_str()));
    let run = plan(&[("version", "1.2.3-rc.1+5")]).success();
    assert_eq!(run.output("tags"), format!("{image}:1.2.3-rc.1"));
    let run = plan(&[("version", "1.2.3"), ("tags", "type=raw,value=x"), ("flavor", "suffix=-y")]);
    assert_eq!(run.success().output("tags"), format!("{image}:x-y"));
    let repo = TestRepo::with_files(&[("a", "1")]);
    let run = ask(&runner(&repo, "push", "refs/tags/v2.0.1"), &[]).success();
    assert_eq!(run.output("version"), "2.0.1");
    assert!(
        run.output("tags").ends_with(":2.0\nghcr.io/acme/rocket:2\nghcr.io/acme/rocket:latest")
    );
}

#[test]
fn latest_moves_forward_only_unless_told_otherwise() {
    let repo = TestRepo::with_files(&[("a", "1")]);
    repo.tag("v1.9.9").tag("v2.0.0");
    let back_port = runner(&repo, "push", "refs/tags/v1.9.9");
    let names = |inputs: &[(&str, &str)]| {
        let run = ask(&back_port, inputs).success();
        run.output("tags").replace("ghcr.io/acme/rocket:", "").replace('\n', " ")
    };
    assert_eq!(names(&[]), "1.9.9 1.9 1");
    assert_eq!(names(&[("floating", "off")]), "1.9.9 1.9 1 latest");
}

/// Nothing is in the checkout but the commit: the remote says which versions there are, and is asked
/// with the token of the step.
#[test]
fn a_shallow_checkout_is_enough() {
    let repo = TestRepo::with_files(&[("a", "1")]);
    repo.tag("v1.9.9").tag("v2.0.0");
    let remote = repo.bare_remote();
    let here = tempfile::tempdir().unwrap();
    let folder = here.path().join("clone");
    let url = format!("file://{}", remote.display());
    let words = ["clone", "-q", "--depth=1", "--no-tags", &url, folder.to_str().unwrap()];
    launchway_testkit::git::text(here.path(), &words);
    let runner = FakeRunner::new(&folder)
        .repository("acme/rocket")
        .reference("refs/tags/v1.9.9")
        .sha(SHA)
        .event("push", json!({ "repository": repository() }));
    let run = ask(&runner, &[("github-token", "ghs_reads")]).success();
    assert!(!run.output("tags").contains("latest"), "{}", run.output("tags"));
    assert!(!run.log.contains("ghs_reads"));
}

/// A server as a private repository has one, under a name that is not GitHub's: the first request
/// fails, the others want the token.
fn private_server(token: &'static str) -> (String, std::sync::mpsc::Receiver<String>) {
    use std::io::{BufRead as _, BufReader, Write as _};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (send, receive) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let tags = [("a", "v1.9.9"), ("b", "v2.0.0")];
        let tags = tags.map(|(id, name)| format!("{}\trefs/tags/{name}\n", id.repeat(40))).concat();
        for (at, stream) in listener.incoming().enumerate() {
            let Ok(mut stream) = stream else { return };
            let lines = BufReader::new(&stream).lines().map_while(Result::ok);
            let head: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
            let first = head.first().cloned().unwrap_or_default();
            let is_known = head.iter().any(|line| line.ends_with(token));
            let (status, body) = match is_known {
                _ if at == 0 => ("503 Busy", ""),
                false => ("403 Forbidden", ""),
                true if first.contains("/info/refs") => ("200 OK", tags.as_str()),
                true => ("404 Not Found", ""),
            };
            let length = body.len();
            let kind = "Content-Type: text/plain\r\nConnection: close";
            let _ = write!(
                stream,
                "HTTP/1.1 {status}\r\n{kind}\r\nContent-Length: {length}\r\n\r\n{body}"
            );
            let _ = send.send(format!("{status} {first}"));
        }
    });
    (url, receive)
}

#[test]
fn a_private_remote_is_asked_with_the_token_and_once_more_where_it_fails() {
    // base64 of `x-access-token:ghs_reads`
    let right = "eC1hY2Nlc3MtdG9rZW46Z2hzX3JlYWRz";
    for (token, code) in [("ghs_reads", 0), ("ghs_wrong", 3)] {
        let (server, requests) = private_server(right);
        let repo = TestRepo::with_files(&[("a", "1")]);
        repo.git(&["remote", "add", "origin", &format!("{server}/Acme/Rocket")]);
        let runner = runner(&repo, "push", "refs/tags/v1.9.9").server_url(&server);
        let run = ask(&runner, &[("github-token", token)]).exits(code);
        assert!(!run.log.contains(token), "{}", run.log);
        if code == 0 {
            assert_eq!(run.output("tags").matches("latest").count(), 0, "{}", run.output("tags"));
        } else {
            assert!(run.outputs.is_empty());
            assert!(run.log.contains("floating: highest"), "{}", run.log);
        }
        let asked: Vec<String> = requests.try_iter().collect();
        assert!(asked[0].starts_with("503"), "{asked:?}");
        let wanted = if code == 0 { "200" } else { "403" };
        assert!(asked[1].starts_with(wanted), "{asked:?}");
    }
}

#[test]
fn the_only_published_package_need_not_be_named() {
    let one = r#"[{"name":"@acme/api","version":"1.0.0"}]"#;
    let run = plan(&[("published-packages", one)]).success();
    assert_eq!((run.output("package"), run.output("version")), ("@acme/api", "1.0.0"));
    assert_eq!((run.output("build"), run.output("push")), ("true", "true"));
    let two = r#"[{"name":"@acme/api","version":"1.0.0"},{"name":"b","version":"2.0.0"}]"#;
    let run = plan(&[("published-packages", two), ("package", "b")]).success();
    assert_eq!((run.output("package"), run.output("version")), ("b", "2.0.0"));
}

#[test]
fn what_was_published_of_others_is_nothing_to_build() {
    let others = r#"[{"name":"a","version":"1.0.0"}]"#;
    for inputs in [
        &[("published-packages", "[]")][..],
        &[("published-packages", "[]"), ("package", "b")],
        &[("published-packages", others), ("package", "b")],
        &[("published-packages", others), ("package", "b"), ("tags", "type=sha")],
    ] {
        let run = plan(inputs).success();
        for name in ["build", "push", "attest"] {
            assert_eq!(run.output(name), "false", "{inputs:?}");
        }
        for name in ["tags", "labels", "version"] {
            assert_eq!(run.output(name), "", "{inputs:?}");
        }
        assert!(run.log.contains("nothing is built: "), "{}", run.log);
        assert_eq!(run.messages("error"), [""; 0]);
    }
}

/// As a matrix over build arguments does it: neither may take what the other built.
#[test]
fn two_calls_in_one_run_share_layers_but_no_files() {
    let plain = plan(&[]).success();
    let names = |run: &StepRun| (run.output("key").to_owned(), run.output("files").to_owned());
    // Other names would lose every cache there is.
    assert_eq!(names(&plain), ("61e26f4818e7".to_owned(), "34c9420fd75f".to_owned()));
    assert_eq!(names(&plan(&[("push", "false"), ("cache", "none")]).success()), names(&plain));
    for changed in [
        ("build-args", "BASE=alpine"),
        ("flavor", "suffix=-alpine"),
        ("tags", "type=raw,value=x"),
        ("labels", "a=b"),
        ("version", "1.2.3"),
        ("ref", "v1"),
        ("platforms", "linux/arm64"),
    ] {
        let other = plan(&[changed]).success();
        assert_eq!(plain.output("key"), other.output("key"), "{changed:?}");
        assert_ne!(plain.output("files"), other.output("files"), "{changed:?}");
    }
    let others: std::collections::BTreeSet<_> = [
        ("images", "ghcr.io/acme/other"),
        ("package", "x"),
        ("target", "x"),
        ("file", "x"),
        ("context", "x"),
    ]
    .map(|changed| names(&plan(&[changed]).success()).0)
    .into();
    assert_eq!(others.len(), 5, "a value is no other one's");
    assert!(!others.contains(plain.output("key")));
}

#[test]
fn with_a_ref_the_label_names_the_commit_that_is_built() {
    let repo = TestRepo::with_files(&[("a", "1")]);
    let push = runner(&repo, "push", "refs/heads/main");
    let revision = |inputs: &[(&str, &str)]| {
        let run = ask(&push, inputs).success();
        let labels = run.output("labels").to_owned();
        let mut found = labels
            .lines()
            .filter_map(|line| line.strip_prefix("org.opencontainers.image.revision="));
        let first = found.next().unwrap().to_owned();
        assert_eq!(found.next(), None);
        first
    };
    assert_eq!(revision(&[]), SHA);
    assert_eq!(revision(&[("ref", "v1"), ("labels", "a=b")]), repo.head());
    // What the caller says goes before it.
    let own = "org.opencontainers.image.revision=mine";
    assert_eq!(revision(&[("ref", "v1"), ("labels", own)]), "mine");
    let empty = tempfile::tempdir().unwrap();
    let nowhere = FakeRunner::new(empty.path())
        .repository("acme/rocket")
        .reference("refs/heads/main")
        .event("push", json!({ "repository": repository() }));
    let run = ask(&nowhere, &[("ref", "v1")]).exits(2);
    assert!(run.log.contains("the commit that `ref` names"), "{}", run.log);
}

#[test]
fn layers_are_kept_where_it_is_said() {
    let caches = |inputs: &[(&str, &str)]| {
        let run = plan(inputs).success();
        let row = rows(&run)[0].clone();
        [row["cache-from"].clone(), row["cache-to"].clone()]
            .map(|it| it.as_str().unwrap().to_owned())
    };
    assert_eq!(caches(&[("cache", "none")]), ["", ""]);
    let place = "type=registry,ref=ghcr.io/acme/rocket:buildcache-linux-amd64";
    let both = [place.to_owned(), format!("{place},mode=max,ignore-error=true")];
    assert_eq!(caches(&[("cache", "registry")]), both);
    let own = ("cache-image", "r.example:5000/c/d:e");
    let [from, _] = caches(&[("cache", "registry"), own]);
    assert_eq!(from, "type=registry,ref=r.example:5000/c/d:e-linux-amd64");
    // Who may not write reads all the same, as a pull request from a fork does.
    let repo = TestRepo::with_files(&[("a", "1")]);
    let fork = runner(&repo, "pull_request", "refs/pull/7/merge");
    let run = ask(&fork, &[("cache", "registry"), ("registry-login", "false")]).success();
    assert_eq!(rows(&run)[0]["cache-to"], "");
    assert_eq!(rows(&run)[0]["cache-from"], place);
}

#[test]
fn what_cannot_be_meant_is_refused_with_its_reason() {
    let two = r#"[{"name":"a","version":"1.0.0"},{"name":"b","version":"1.0.0"}]"#;
    for (inputs, reason) in [
        (&[("images", "ghcr.io/Acme/rocket")][..], "write `ghcr.io/acme/rocket`"),
        (&[("images", "ghcr.io/a/b\n--help; x")], "is no name of an image"),
        (&[("images", "ghcr.io/a/b:1")], "without a tag"),
        (&[("platforms", "linux/riscv64")], "no runner for `linux/riscv64`"),
        (&[("platforms", " ,")], "`platforms` is empty"),
        (&[("platforms", "linux/amd64,linux/amd64")], "named twice"),
        (&[("platforms", "linux/amd64;id"), ("qemu", "true")], "names like linux/arm64"),
        (&[("runners", "[]")], "no JSON object"),
        (&[("version", "1.2.3,enable=true")], "no version"),
        (
            &[("version", "api@0.4.0"), ("package", "api")],
            "hand over the output `released-packages`",
        ),
        (&[("version", "1.2.3\ntype=raw,value=latest")], "no version"),
        (&[("version", "1.2.3"), ("tags", "type=what")], "what"),
        (&[("published-packages", two)], "2 packages were released"),
        (&[("published-packages", "{")], "not a list of objects"),
        (&[("cache", "registry"), ("registry-login", "false")], "needs the secret"),
        (&[("cache", "disk")], "disk"),
        (&[("attest", "true")], "`attest`"),
        (&[("floating", "lowest")], "lowest"),
        (&[("package", "a\npush=true")], "more than one line"),
        (&[("cache-image", "a\r\npush=true")], "is no image"),
        (&[("cache-image", "ghcr.io/a/b,mode=max")], "is no image"),
    ] {
        let run = plan(inputs).exits(2);
        let said = run.messages("error");
        assert_eq!(said.len(), 1, "{inputs:?}: {}", run.log);
        assert!(run.log.contains(reason), "{inputs:?}: {}", run.log);
        assert!(run.outputs.is_empty(), "{inputs:?}");
    }
}

#[test]
fn everything_that_is_wrong_is_said_at_once() {
    let inputs = [
        ("images", "Acme/Rocket\na b"),
        ("platforms", "linux/riscv64"),
        ("version", "x"),
        ("cache-image", "?"),
        ("runners", RUNNERS),
    ];
    let run = plan(&inputs).exits(2);
    assert!(run.log.contains("5 inputs cannot be meant"), "{}", run.log);
    for part in ["acme/rocket", "\"a b\"", "linux/riscv64", "`version`", "`cache-image`"] {
        assert!(run.log.contains(part), "{part}: {}", run.log);
    }
    assert!(run.outputs.is_empty());
}

#[test]
fn text_from_outside_is_data() {
    let evil = "a\n::error::x\npush=true\nGHADELIMITER";
    let run = plan(&[("labels", &format!("x={evil}")), ("build-args", evil), ("target", "$(id)")]);
    let run = run.success();
    assert_eq!(run.messages("error"), [""; 0]);
    assert_eq!(run.outputs.len(), 12, "{:?}", run.outputs.keys());
    let huge = "A=b\n".repeat(20_000);
    assert_eq!(plan(&[("build-args", &huge)]).success().output("build"), "true");
}
