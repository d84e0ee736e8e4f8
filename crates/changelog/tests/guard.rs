//! Missing history and tags, with real git against real remotes.

// The counting git is a shell script, and owners are those of Unix.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::cell::RefCell;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use launchway_base::{Deadline, Failure};
use launchway_changelog::guard::{Leave, Need, Tags, history, include_path, ownership};
use launchway_git::Git;
use launchway_testkit::git;

/// A remote with `commits` commits in a row, and a place for clones.
struct World {
    temp: tempfile::TempDir,
}

impl World {
    /// `tags` are made on the commits of these numbers, counted from 1: annotated ones when they
    /// start with `v`, plain ones otherwise.
    fn new(commits: usize, tags: &[(&str, usize)]) -> Self {
        let world = Self { temp: tempfile::tempdir().unwrap() };
        git::text(world.temp.path(), &["init", "--quiet", "--bare", "-b", "main", "origin"]);
        let mut stream = String::new();
        for number in 1..=commits {
            let (time, text) =
                (git::EPOCH + 60 * i64::try_from(number).unwrap(), format!("c{number}"));
            stream += &format!(
                "commit refs/heads/main\nmark :{number}\ncommitter A <a@example.com> {time} +0000\n\
                 data {}\n{text}\nM 100644 inline a/f{}\ndata {}\n{text}\n",
                text.len(),
                number % 7,
                text.len(),
            );
        }
        for (tag, number) in tags {
            let head = if tag.starts_with('v') {
                format!("tag {tag}")
            } else {
                format!("reset refs/tags/{tag}")
            };
            let body = if tag.starts_with('v') {
                "tagger A <a@example.com> 1 +0000\ndata 0\n"
            } else {
                ""
            };
            stream += &format!("{head}\nfrom :{number}\n{body}\n");
        }
        let output =
            git::output(&world.origin(), &["fast-import", "--quiet"], Some(stream.as_bytes()));
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        world
    }

    fn origin(&self) -> PathBuf {
        self.temp.path().join("origin")
    }

    fn clone(&self, options: &[&str]) -> Clone {
        self.clone_from(&format!("file://{}", self.origin().display()), options)
    }

    fn clone_from(&self, url: &str, options: &[&str]) -> Clone {
        let dir = self.temp.path().join("clone");
        let mut args = vec!["clone", "--quiet"];
        args.extend(options);
        args.extend([url, "clone"]);
        git::text(self.temp.path(), &args);
        Clone {
            said: RefCell::default(),
            dir,
            log: self.temp.path().join("log"),
            git: self.counting(),
        }
    }

    /// A git that writes down what it is called with.
    fn counting(&self) -> PathBuf {
        let path = self.temp.path().join("git");
        let log = self.temp.path().join("log");
        std::fs::write(
            &path,
            format!("#!/bin/sh\necho \"$*\" >> '{}'\nexec git \"$@\"\n", log.display()),
        )
        .unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        path
    }
}

struct Clone {
    dir: PathBuf,
    git: PathBuf,
    log: PathBuf,
    said: RefCell<Vec<String>>,
}

impl Clone {
    fn api(&self) -> Git {
        isolated(Git::at(&self.dir)).with_program(&self.git)
    }

    fn text(&self, args: &[&str]) -> String {
        git::text(&self.dir, args)
    }

    /// What git was called with to talk to the remote.
    fn requests(&self) -> Vec<String> {
        let log = std::fs::read_to_string(&self.log).unwrap_or_default();
        let is_request = |line: &&str| line.starts_with("fetch") || line.starts_with("ls-remote");
        log.lines().filter(is_request).map(str::to_owned).collect()
    }

    fn processes(&self) -> usize {
        std::fs::read_to_string(&self.log).unwrap_or_default().lines().count()
    }

    /// As `--unreleased` reads it: what follows the newest tag that is here.
    fn unreleased(&self) -> Need {
        let newest = git::try_text(&self.dir, &["describe", "--tags", "--abbrev=0"]);
        Need {
            revisions: vec![
                newest.as_ref().map_or("HEAD".to_owned(), |tag| format!("{tag}..HEAD")),
            ],
            tags: if newest.is_some() { Tags::Found } else { Tags::NoneHere },
            given: false,
        }
    }

    fn full(&self) -> Need {
        Need { revisions: vec!["HEAD".to_owned()], ..self.unreleased() }
    }

    fn ensure(&self, leave: Leave, need: impl Fn() -> Need) -> Result<bool, Failure> {
        self.ensure_with(&self.api(), leave, need)
    }

    fn ensure_with(
        &self,
        git: &Git,
        leave: Leave,
        need: impl Fn() -> Need,
    ) -> Result<bool, Failure> {
        let mut say = |text: &str| self.said.borrow_mut().push(text.to_owned());
        history::ensure(git, leave, &|_| true, &mut || Ok(need()), &mut say)
    }

    fn count(&self, range: &str) -> String {
        self.text(&["rev-list", "--count", range])
    }
}

fn isolated(git: Git) -> Git {
    let environment = git::environment(git::EPOCH);
    environment.into_iter().fold(git, |git, (name, value)| git.with_env(name, value))
}

const OFFLINE: Leave = Leave { offline: true, shallow: false, missing_tags: false };

#[track_caller]
fn refused(result: Result<bool, Failure>, words: &str, remedy: &str) {
    let failure = result.unwrap_err();
    assert_eq!(failure.kind().code(), 2, "{}", failure.chain());
    assert!(failure.chain().contains(words), "{}", failure.chain());
    assert!(failure.hint().unwrap().contains(remedy), "{:?}", failure.hint());
}

#[test]
fn a_complete_clone_with_tags_costs_no_process() {
    let world = World::new(9, &[("v1", 3)]);
    let clone = world.clone(&[]);
    assert!(!clone.ensure(Leave::default(), || clone.unreleased()).unwrap());
    assert!(!clone.ensure(Leave::default(), || clone.full()).unwrap());
    assert_eq!(clone.processes(), 0);
}

#[test]
fn a_shallow_clone_is_deepened_in_steps_until_the_tag_turns_up() {
    let world = World::new(900, &[("v1", 250), ("light", 300), ("v0", 5)]);
    let clone = world.clone(&["--depth=1", "--no-tags"]);
    assert!(clone.ensure(Leave::default(), || clone.unreleased()).unwrap());
    let requests = clone.requests();
    let deepened: Vec<&String> = requests
        .iter()
        .filter(|line| line.contains("--deepen") || line.contains("--unshallow"))
        .collect();
    assert_eq!(deepened.len(), 3, "{requests:?}");
    for (line, by) in deepened.iter().zip([100, 400, 1600]) {
        assert!(line.contains(&format!("--deepen={by}")), "{requests:?}");
    }
    assert_eq!(clone.text(&["tag"]), "light\nv0\nv1");
    assert_eq!(clone.count("light..HEAD"), "600");
    assert_eq!(requests.iter().filter(|line| line.starts_with("ls-remote")).count(), 1);
    let said = clone.said.borrow().join("\n");
    assert!(said.contains("this clone is shallow: fetching 100 more commits"), "{said}");
    assert!(said.contains("fetching 3 tags (`light`, `v0`, `v1`) from `origin`"), "{said}");
    // Only what was asked for came: no branch but the one that was cloned.
    assert_eq!(
        clone.text(&["for-each-ref", "--format=%(refname)", "refs/remotes"]).lines().count(),
        2
    );
}

#[test]
fn deepening_stops_where_the_range_is_complete() {
    let world = World::new(900, &[("v1", 500), ("v2", 850)]);
    let clone = world.clone(&["--depth=1", "--no-tags"]);
    assert!(clone.ensure(Leave::default(), || clone.unreleased()).unwrap());
    assert_eq!(clone.text(&["tag"]), "v2");
    assert_eq!(clone.count("HEAD"), "101");
    // All of it, this time.
    assert!(clone.ensure(Leave::default(), || clone.full()).unwrap());
    assert_eq!(clone.count("HEAD"), "900");
    assert_eq!(clone.text(&["tag"]), "v1\nv2");
    assert_eq!(clone.text(&["rev-parse", "--is-shallow-repository"]), "false");
}

#[test]
fn a_shallow_clone_that_holds_the_range_is_fine() {
    let world = World::new(60, &[("v1", 50)]);
    let clone = world.clone(&["--depth=20"]);
    assert_eq!(clone.text(&["tag"]), "v1");
    assert!(!clone.ensure(OFFLINE, || clone.unreleased()).unwrap());
    assert!(clone.requests().is_empty());
    refused(
        clone.ensure(OFFLINE, || clone.full()),
        "`--offline` fetches nothing",
        "fetch-depth: 0",
    );
    assert!(clone.requests().is_empty());
    // With its own flag it goes on, says so and fetches no history.
    let leave = Leave { shallow: true, missing_tags: true, offline: false };
    assert!(!clone.ensure(leave, || clone.full()).unwrap());
    assert!(clone.requests().is_empty());
    assert!(clone.said.borrow().join("\n").contains("goes unread"));
}

#[test]
fn tags_of_the_remote_are_fetched_when_none_is_here() {
    let world = World::new(30, &[("v1", 10), ("v2", 20), ("other", 20)]);
    let clone = world.clone(&["--no-tags"]);
    let only_v = |name: &str| name.starts_with('v');
    let mut say = |text: &str| clone.said.borrow_mut().push(text.to_owned());
    let fetched = history::ensure(
        &clone.api(),
        Leave::default(),
        &only_v,
        &mut || Ok(clone.unreleased()),
        &mut say,
    )
    .unwrap();
    assert!(fetched);
    assert_eq!(clone.text(&["tag"]), "v1\nv2");
    assert_eq!(clone.requests().len(), 2);
}

#[test]
fn a_repository_without_tags_is_fine() {
    let world = World::new(3, &[]);
    let clone = world.clone(&[]);
    assert!(!clone.ensure(Leave::default(), || clone.unreleased()).unwrap());
    assert_eq!(clone.requests().len(), 1);
    assert!(!clone.ensure(OFFLINE, || clone.unreleased()).unwrap());
    assert_eq!(clone.requests().len(), 1);
    clone.text(&["remote", "remove", "origin"]);
    assert!(!clone.ensure(Leave::default(), || clone.unreleased()).unwrap());
    assert_eq!(clone.requests().len(), 1);
    assert!(clone.said.borrow().is_empty());
}

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
fn a_given_range_may_name_a_tag_of_the_remote() {
    let world = World::new(200, &[("v1", 20), ("v2", 150)]);
    let range = || Need { revisions: vec!["v1..v2".to_owned()], tags: Tags::Unused, given: true };
    let clone = world.clone(&["--depth=1", "--no-tags"]);
    assert!(clone.ensure(Leave::default(), range).unwrap());
    assert_eq!(clone.count("v1..v2"), "130");
    // What nobody knows is left to git to say.
    let nonsense = || Need { revisions: vec!["v7..v8".to_owned()], ..range() };
    clone.ensure(Leave::default(), nonsense).unwrap();
}

#[test]
fn tags_at_depth_one_do_not_hide_the_gap() {
    let world = World::new(300, &[("v1", 100), ("v2", 200)]);
    // As `actions/checkout` with `fetch-tags: true` leaves it: every tag an island.
    let clone = world.clone(&["--depth=1"]);
    clone.text(&["fetch", "--quiet", "--depth=1", "origin", "+refs/tags/*:refs/tags/*"]);
    let range = || Need { revisions: vec!["v2..HEAD".to_owned()], tags: Tags::Found, given: false };
    refused(clone.ensure(OFFLINE, range), "history of `v2..HEAD`", "fetch-depth: 0");
    assert!(clone.ensure(Leave::default(), range).unwrap());
    assert_eq!(clone.count("v2..HEAD"), "100");
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
fn a_fetch_ended_by_the_deadline_leaves_no_lock_behind() {
    let world = World::new(30, &[]);
    let clone = world.clone(&["--depth=2"]);
    // The remote stops in the middle: git then holds the lock of the boundary.
    let (hook, config) = (world.temp.path().join("hook"), world.temp.path().join("config"));
    std::fs::write(&hook, "#!/bin/sh\nexec sleep 5\n").unwrap();
    std::fs::set_permissions(&hook, std::fs::Permissions::from_mode(0o755)).unwrap();
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
    let given =
        Command::new("chown").args(["-R", "54321:54321"]).arg(dir).stderr(Stdio::null()).status();
    given.is_ok_and(|status| status.success())
}

#[test]
fn a_foreign_directory_is_read_when_it_is_the_workspace_or_with_leave() {
    let world = World::new(5, &[]);
    let clone = world.clone(&[]);
    if !owned_by_somebody_else(&clone.dir) {
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
    // Nothing else is trusted by it, and nothing is left behind.
    let other = world.temp.path().join("other");
    git::text(world.temp.path(), &["clone", "--quiet", "origin", "other"]);
    assert!(owned_by_somebody_else(&other));
    assert!(open(None, true).unwrap().in_dir(&other).head().unwrap_err().is_foreign_owned());
    assert!(clone.api().head().unwrap_err().is_foreign_owned());
}
