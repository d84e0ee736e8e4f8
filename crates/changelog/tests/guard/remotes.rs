//! Remotes that are gone, silent, shallow or old.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use launchway_base::Deadline;
use launchway_changelog::guard::{Leave, Need, Tags};
use launchway_testkit::git;

use crate::world::{World, refused};

#[test]
fn a_remote_that_is_gone_is_refused_only_when_something_is_known_to_be_missing() {
    let world = World::new(30, &[("v1", 10)]);
    let clone = world.clone(&["--depth=2", "--no-tags"]);
    std::fs::rename(world.origin(), world.temp.path().join("gone")).unwrap();
    refused(
        clone.ensure(Leave::default(), || clone.unreleased()),
        "history of `HEAD` is missing in this shallow clone, and `origin` gave no more of it",
        "fetch-depth: 0",
    );
    clone.text(&["remote", "remove", "origin"]);
    refused(
        clone.ensure(Leave::default(), || clone.unreleased()),
        "there is no remote",
        "--allow-shallow",
    );

    // A complete clone has what it has; that the remote is silent is said.
    let world = World::new(3, &[]);
    let clone = world.clone(&[]);
    std::fs::remove_dir_all(world.origin()).unwrap();
    assert!(!clone.ensure(Leave::default(), || clone.unreleased()).unwrap());
    assert!(clone.said.borrow().join("\n").contains("cannot ask remote `origin` for its tags"));
}

#[test]
fn a_remote_that_is_shallow_itself_has_no_more() {
    let world = World::new(30, &[("v1", 5)]);
    let middle = world.clone(&["--depth=3", "--no-tags"]);
    std::fs::rename(&middle.dir, world.temp.path().join("middle")).unwrap();
    let url = format!("file://{}", world.temp.path().join("middle").display());
    let clone = world.clone_from(&url, &["--depth=1", "--no-tags"]);
    refused(
        clone.ensure(Leave::default(), || clone.full()),
        "the remote itself has no more of it",
        "fetch-depth: 0",
    );
}

#[test]
fn a_silent_remote_ends_with_the_deadline() {
    let world = World::new(30, &[]);
    let clone = world.clone(&["--depth=2"]);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/o/r.git", listener.local_addr().unwrap());
    clone.text(&["remote", "set-url", "origin", &url]);
    let start = Instant::now();
    let git = clone.api().with_deadline(Deadline::after(Duration::from_millis(500)));
    let need = || Need { tags: Tags::Unused, ..clone.full() };
    refused(
        clone.ensure_with(&git, Leave::default(), need),
        "did not end in time",
        "fetch-depth: 0",
    );
    assert!(start.elapsed() < Duration::from_secs(20));
    assert!(!clone.dir.join(".git/shallow.lock").exists());
}

#[test]
fn a_remote_that_wants_credentials_is_asked_with_those_of_the_checkout_and_no_prompt() {
    let world = World::new(30, &[]);
    let clone = world.clone(&["--depth=2"]);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let server = format!("http://{}", listener.local_addr().unwrap());
    clone.text(&["remote", "set-url", "origin", &format!("{server}/o/r.git")]);
    clone.text(&[
        "config",
        &format!("http.{server}/.extraheader"),
        "X-Left-Behind: by the checkout",
    ]);
    let heads = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let lines = BufReader::new(stream.try_clone().unwrap()).lines().map(Result::unwrap);
        let head: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
        let answer = "HTTP/1.1 401 Unauthorized\r\nwww-authenticate: Basic realm=\"x\"\r\n\
                      content-length: 0\r\nconnection: close\r\n\r\n";
        stream.write_all(answer.as_bytes()).unwrap();
        head
    });
    let need = || Need { tags: Tags::Unused, ..clone.full() };
    refused(
        clone.ensure(Leave::default(), need),
        "`origin` wants credentials, which this checkout has not kept",
        "fetch-depth: 0",
    );
    assert!(heads.join().unwrap().contains(&"X-Left-Behind: by the checkout".to_owned()));
}

#[test]
fn a_fetch_ended_by_the_deadline_leaves_no_lock_behind() {
    let world = World::new(30, &[]);
    let clone = world.clone(&["--depth=2"]);
    // The remote stops in the middle: git then holds the lock of the boundary.
    let (hook, config) = (world.temp.path().join("hook"), world.temp.path().join("config"));
    launchway_testkit::script(&hook, "#!/bin/sh\nexec sleep 5\n");
    let text = format!("[uploadpack]\n\tpackObjectsHook = {}\n", hook.display());
    std::fs::write(&config, text).unwrap();
    let git = clone.api().with_env("GIT_CONFIG_GLOBAL", &config);
    let git = git.with_deadline(Deadline::after(Duration::from_secs(1)));
    let need = || Need { tags: Tags::Unused, ..clone.full() };
    let result = clone.ensure_with(&git, Leave::default(), need);
    refused(result, "did not end in time", "--allow-shallow");
    assert!(clone.ensure(Leave::default(), need).unwrap());
    assert_eq!(clone.count("HEAD"), "30");
}

/// A `git daemon`, ended when dropped.
struct Daemon(Child, u16);

impl Daemon {
    fn over(folder: &Path) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let child = git::command(folder, git::EPOCH)
            .args(["daemon", "--listen=127.0.0.1", "--export-all", "--reuseaddr"])
            .args([format!("--port={port}"), format!("--base-path={}", folder.display())])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let daemon = Self(child, port);
        let start = Instant::now();
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(start.elapsed() < Duration::from_secs(10), "git daemon does not listen");
            std::thread::sleep(Duration::from_millis(20));
        }
        daemon
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn an_old_server_that_gives_tips_only_is_asked_for_its_branches() {
    let world = World::new(300, &[("v1", 100)]);
    let daemon = Daemon::over(world.temp.path());
    let clone = world
        .clone_from(&format!("git://127.0.0.1:{}/origin", daemon.1), &["--depth=1", "--no-tags"]);
    clone.text(&["config", "protocol.version", "0"]);
    // What is checked out is no tip of the remote any more.
    let stream = "commit refs/heads/main\ncommitter A <a@example.com> 1900000000 +0000\n\
                  data 1\nx\nfrom refs/heads/main^0\n\n";
    git::output(&world.origin(), &["fast-import", "--quiet"], Some(stream.as_bytes()));
    assert_eq!(git::text(&world.origin(), &["rev-list", "--count", "main"]), "301");
    assert!(clone.ensure(Leave::default(), || clone.unreleased()).unwrap());
    assert_eq!(clone.count("v1..HEAD"), "200");
    let requests = clone.requests().join("\n");
    assert!(requests.contains("--deepen=100 -- origin\n"), "{requests}");
}
