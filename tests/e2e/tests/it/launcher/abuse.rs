//! The abuse table: what a mirror, a cache, a network and a tree can do to the launcher.
#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test ends with its first fault"
)]

use std::time::{Duration, Instant};

use launchway_testkit::Scrubbed;
use launchway_testkit::target::{Act, Script, Target};

use super::room::{Room, VERSION, Way, archive_name, ran, refused, sum, target};

/// What must come of a row.
enum Must {
    Run,
    Refuse(i32, &'static str),
    /// Refused as an answer or as an archive: wget takes what is no HTTP for a very old one.
    Stop,
}
use Must::{Refuse, Run, Stop};

type Change = fn(&mut Room);
type Serve = fn(&Room) -> Script;
type Start = fn(&Room, Scrubbed) -> Scrubbed;

struct Row {
    name: &'static str,
    /// What the world is like.
    change: Change,
    /// What the mirror answers.
    serve: Serve,
    start: Start,
    must: Must,
    /// How many requests the mirror gets.
    requests: Option<usize>,
}

impl Row {
    fn new(name: &'static str, must: Must) -> Self {
        let serve: Serve = |room| Act::ok(room.archive.clone()).into();
        Self { name, change: |_| {}, serve, start: |_, launch| launch, must, requests: None }
    }

    fn change(self, change: Change) -> Self {
        Self { change, ..self }
    }

    fn serve(self, serve: Serve) -> Self {
        Self { serve, ..self }
    }

    fn start(self, start: Start) -> Self {
        Self { start, ..self }
    }

    fn requests(self, count: usize) -> Self {
        Self { requests: Some(count), ..self }
    }
}

fn network() -> Vec<Row> {
    vec![
        Row::new("a good mirror", Run).requests(1),
        Row::new(
            "one byte of the archive is another",
            Refuse(2, "is not what dist/SHA256SUMS says"),
        )
        .serve(|room| {
            let mut bytes = room.archive.clone();
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
            Act::ok(bytes).into()
        })
        .requests(1),
        Row::new(
            "another archive with the same program",
            Refuse(2, "is not what dist/SHA256SUMS says; it is deleted and nothing of it ran"),
        )
        .serve(|room| {
            let mut bytes = room.archive.clone();
            bytes[9] ^= 1; // the system it was packed on, which changes nothing of what is in it
            Act::ok(bytes).into()
        })
        .requests(1),
        Row::new(
            "half an archive that says it is whole",
            Refuse(2, "is not what dist/SHA256SUMS says"),
        )
        .serve(|room| Act::ok(room.archive[..room.archive.len() / 2].to_vec()).into())
        .requests(1),
        Row::new("an archive that breaks off, then a whole one", Run)
            .serve(|room| {
                let mut cut =
                    format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", room.archive.len())
                        .into_bytes();
                cut.extend_from_slice(&room.archive[..100]);
                vec![Act::Raw(cut), Act::ok(room.archive.clone())].into()
            })
            .requests(2),
        Row::new("nothing at all", Refuse(2, "is not what dist/SHA256SUMS says"))
            .serve(|_| Act::ok("").into())
            .requests(1),
        Row::new("404", Refuse(3, "it answered 404")).serve(|_| 404.into()).requests(1),
        Row::new("500, then the archive", Run)
            .serve(|room| vec![Act::status(500), Act::ok(room.archive.clone())].into())
            .requests(2),
        Row::new("429, then the archive", Run)
            .serve(|room| vec![Act::status(429), Act::ok(room.archive.clone())].into())
            .requests(2),
        Row::new("settings of whoever is at home here", Run)
            .change(|room| {
                room.write("home/.curlrc", "proxy = http://127.0.0.1:9\n");
                room.write("home/.wgetrc", "use_proxy = on\nhttp_proxy = http://127.0.0.1:9/\n");
            })
            .requests(1),
        Row::new("a connection that is reset, then the archive", Run)
            .serve(|room| vec![Act::Reset, Act::ok(room.archive.clone())].into())
            .requests(2),
        Row::new("a redirect to http", Refuse(3, "http"))
            .serve(|_| Act::redirect("http://127.0.0.1:9/else").into())
            .start(|_, launch| launch.env("LAUNCHWAY_TIMEOUT", "2")),
        Row::new("a redirect to itself, by http", Refuse(3, "http"))
            .serve(|_| Script::loop_to_self()),
        Row::new("a redirect to a file", Refuse(3, "could not be fetched"))
            .serve(|_| Act::redirect("file:///etc/passwd").into())
            .start(|_, launch| launch.env("LAUNCHWAY_TIMEOUT", "2")),
        Row::new("a socket that stalls", Refuse(3, "could not be fetched"))
            .serve(|_| Act::Silent.into())
            .start(|_, launch| launch.env("LAUNCHWAY_TIMEOUT", "3")),
        Row::new("a body that drips", Refuse(3, "could not be fetched"))
            .serve(|_| Act::DripBody(Duration::from_millis(200)).into())
            .start(|_, launch| launch.env("LAUNCHWAY_TIMEOUT", "3")),
        Row::new("no HTTP", Stop)
            .serve(|_| Act::Garbage.into())
            .start(|_, launch| launch.env("LAUNCHWAY_TIMEOUT", "2")),
        Row::new("a mirror by http elsewhere", Refuse(2, "is no address of https"))
            .start(|_, launch| launch.env("LAUNCHWAY_MIRROR", "http://mirror.example/x"))
            .requests(0),
        Row::new("a mirror that looks like loopback", Refuse(2, "is no address of https"))
            .start(|_, launch| launch.env("LAUNCHWAY_MIRROR", "http://127.0.0.1.example/x"))
            .requests(0),
        Row::new("a mirror with a login", Refuse(2, "holds a login"))
            .start(|_, launch| launch.env("LAUNCHWAY_MIRROR", "https://user:s3cret@mirror.example"))
            .requests(0),
    ]
}

fn without_network() -> Vec<Row> {
    vec![
        Row::new("a folder is the mirror", Run)
            .start(|room, launch| launch.env("LAUNCHWAY_MIRROR", room.mirror()))
            .requests(0),
        Row::new("a folder without the archive", Refuse(3, "there is no launchway-health-"))
            .change(|room| std::fs::remove_file(room.path("mirror").join(archive_name())).unwrap())
            .start(|room, launch| launch.env("LAUNCHWAY_MIRROR", room.mirror()))
            .requests(0),
        Row::new("it is kept, and there is no network", Run)
            .change(keep)
            .start(|_, launch| launch.env("LAUNCHWAY_MIRROR", "http://127.0.0.1:9"))
            .requests(0),
        Row::new("what is kept was tampered with", Refuse(2, "it is deleted"))
            .change(|room| {
                keep(room);
                launchway_testkit::script(room.kept(), "#!/bin/sh\necho program ran\n");
            })
            .requests(0),
        Row::new("what is kept was written by half", Refuse(2, "it is deleted"))
            .change(|room| {
                keep(room);
                std::fs::write(room.kept(), "#!/bin/sh\n").unwrap();
            })
            .requests(0),
        Row::new("one that was killed left half a program", Run).change(|room| {
            let folder = room.kept().parent().unwrap().join("unfinished");
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(folder.join("program"), "#!/bin/sh\n").unwrap();
        }),
        Row::new("a tool cache that cannot be written", Run)
            .change(|room| room.write("tool cache", "a file"))
            .start(|room, launch| launch.env("RUNNER_TEMP", room.path("runner temp"))),
        Row::new("no runner, as on a laptop", Run)
            .start(|_, launch| launch.env("RUNNER_TOOL_CACHE", "")),
        Row::new("neither runner nor home", Run)
            .start(|_, launch| launch.env("RUNNER_TOOL_CACHE", "").env("HOME", "")),
        Row::new("a cache by a path that depends on where one stands", Run)
            .start(|_, launch| launch.env("RUNNER_TOOL_CACHE", "here").env("HOME", "there")),
        Row::new("a folder where the program should be", Refuse(2, "is a folder"))
            .change(|room| std::fs::create_dir_all(room.kept()).unwrap()),
        Row::new("a processor without programs", Refuse(2, "for this machine (Linux riscv64)"))
            .change(|room| room.tool("uname", "#!/bin/sh\necho Linux riscv64\n"))
            .requests(0),
        Row::new("a system without programs", Refuse(2, "for this machine (FreeBSD amd64)"))
            .change(|room| room.tool("uname", "#!/bin/sh\necho FreeBSD amd64\n"))
            .requests(0),
        Row::new("no program to take a hash with", Refuse(2, "no sha256sum, shasum or openssl"))
            .change(|room| std::fs::remove_file(room.path("bin/sha256sum")).unwrap()),
    ]
}

fn trees() -> Vec<Row> {
    vec![
        Row::new(
            "one byte of the program in a good archive is another",
            Refuse(2, "the launchway-health in"),
        )
        .change(|room| room.seal(&sum(&room.archive), &sum(b"another"))),
        Row::new("an archive whose program is a link", Refuse(2, "the launchway-health in"))
            .change(|room| {
                let fill = |folder: &std::path::Path| {
                    std::os::unix::fs::symlink("/bin/sh", folder.join("launchway-health")).unwrap();
                };
                room.pack(fill, &["launchway-health"]);
            }),
        Row::new(
            "an archive whose program leads out of the folder",
            Refuse(2, "the launchway-health in"),
        )
        .change(|room| {
            let fill =
                |folder: &std::path::Path| std::fs::write(folder.join("../escaped"), "x").unwrap();
            room.pack(fill, &["../escaped"]);
            std::fs::remove_file(room.path("escaped")).unwrap();
        }),
        Row::new("an archive with a program without end", Refuse(2, "the launchway-health in"))
            .change(|room| {
                let fill = |folder: &std::path::Path| {
                    let file = std::fs::File::create(folder.join("launchway-health")).unwrap();
                    file.set_len(80 * 1024 * 1024).unwrap();
                };
                room.pack(fill, &["launchway-health"]);
            }),
        Row::new("lines that end as on Windows", Run).change(|room| {
            let text = std::fs::read_to_string(room.path("tree/dist/SHA256SUMS")).unwrap();
            room.write("tree/dist/SHA256SUMS", text.replace('\n', "\r\n"));
            room.write("tree/dist/VERSION", format!("{VERSION}\r\n"));
        }),
        Row::new("no line break at the end", Run).change(|room| {
            let text = std::fs::read_to_string(room.path("tree/dist/SHA256SUMS")).unwrap();
            room.write("tree/dist/SHA256SUMS", text.trim_end());
            room.write("tree/dist/VERSION", VERSION);
        }),
        Row::new("no VERSION", Refuse(2, "dist/VERSION is missing"))
            .change(|room| std::fs::remove_file(room.path("tree/dist/VERSION")).unwrap()),
        Row::new(
            "a VERSION that leads elsewhere",
            Refuse(2, "dist/VERSION is missing or holds no version"),
        )
        .change(|room| room.write("tree/dist/VERSION", "1.0/../../x\n")),
        Row::new("no SHA256SUMS", Refuse(2, "dist/SHA256SUMS is missing"))
            .change(|room| std::fs::remove_file(room.path("tree/dist/SHA256SUMS")).unwrap()),
        Row::new("a hash that is none", Refuse(2, "dist/SHA256SUMS is damaged"))
            .change(|room| room.seal(&sum(&room.archive), "abc")),
        Row::new(
            "a hash of the program and none of the archive",
            Refuse(2, "and not launchway-health-"),
        )
        .change(|room| {
            room.write(
                "tree/dist/SHA256SUMS",
                format!("{}  {}/launchway-health\n", sum(b"x"), target()),
            );
        }),
        Row::new("a time that is none", Refuse(2, "LAUNCHWAY_TIMEOUT is no number"))
            .start(|_, launch| launch.env("LAUNCHWAY_TIMEOUT", "2m")),
        Row::new("another fallback", Refuse(2, "LAUNCHWAY_FALLBACK is neither"))
            .start(|_, launch| launch.env("LAUNCHWAY_FALLBACK", "npm")),
    ]
}

/// Puts the program where the launcher keeps it.
fn keep(room: &mut Room) {
    let done = room.launch().arg("health").env("LAUNCHWAY_MIRROR", room.mirror()).run();
    ran(&done, "the program is fetched first");
    assert_eq!(sum(&std::fs::read(room.kept()).expect("it is kept")).len(), 64);
}

fn table(way: Way, rows: Vec<Row>) {
    for row in rows {
        let Some(mut room) = Room::new(way) else { return };
        (row.change)(&mut room);
        let mirror = Target::start((row.serve)(&room));
        let launch = room.launch().env("LAUNCHWAY_MIRROR", mirror.url("/some/where"));
        let began = Instant::now();
        let done = (row.start)(&room, launch).args(["health", "two words", "$(echo no)"]).run();
        match row.must {
            Run => {
                ran(&done, row.name);
                let words = "word [two words]\nword [$(echo no)]\n";
                assert!(done.stdout.contains(words), "{}: {}", row.name, done.all());
            }
            Stop => refused(
                &done,
                if done.code == Some(2) { 2 } else { 3 },
                "launchway-health",
                row.name,
            ),
            Refuse(code, says) => refused(&done, code, says, row.name),
        }
        assert!(!done.all().contains("s3cret"), "{}: {}", row.name, done.all());
        assert!(began.elapsed() < Duration::from_secs(9), "{}: {:?}", row.name, began.elapsed());
        if let Some(count) = row.requests {
            assert_eq!(mirror.count(), count, "{}: {}", row.name, done.all());
        }
        room.is_clean(row.name);
    }
}

#[test]
fn networks_under_dash_with_curl() {
    table(Way::Dash, network());
}

#[test]
fn networks_under_dash_with_wget() {
    table(Way::Wget, network());
}

#[test]
fn networks_under_bash_as_sh() {
    table(Way::Bash, network());
}

#[test]
fn networks_under_busybox() {
    table(Way::Busybox, network());
}

/// What it leads to would do, were it taken.
#[test]
fn a_redirect_to_http_brings_nothing_however_good_it_is() {
    for way in [Way::Dash, Way::Wget, Way::Bash, Way::Busybox] {
        let Some(room) = Room::new(way) else { return };
        let good = Target::start(Act::ok(room.archive.clone()));
        let mirror = Target::start(Act::redirect(good.url("/there")));
        let launch = room.launch().arg("health").env("LAUNCHWAY_MIRROR", mirror.url(""));
        let done = launch.env("LAUNCHWAY_TIMEOUT", "3").run();
        refused(&done, 3, "could not be fetched", &format!("{way:?}"));
        if matches!(way, Way::Dash | Way::Bash) {
            assert_eq!(good.count(), 0, "{way:?}: curl is told not to follow it");
        }
        room.is_clean("a redirect to http");
    }
}

#[test]
fn caches_and_machines_under_every_shell() {
    for way in [Way::Dash, Way::Wget, Way::Bash, Way::Busybox] {
        table(way, without_network());
    }
}

#[test]
fn trees_under_every_shell() {
    for way in [Way::Dash, Way::Bash, Way::Busybox] {
        table(way, trees());
    }
}

/// Later steps run the copy, so it is the copy that is looked at.
#[test]
fn setup_puts_no_copy_on_path_that_is_not_what_was_sealed() {
    let Some(room) = Room::new(Way::Dash) else { return };
    let mirror = Target::start(Act::ok(room.archive.clone()));
    let launch = room.launch().arg("setup").env("LAUNCHWAY_PROGRAMS", "health");
    let temp = tempfile::tempdir().unwrap();
    let launch = launch.env("LAUNCHWAY_MIRROR", mirror.url("")).env("RUNNER_TEMP", temp.path());
    let path = room.path("github path");
    let launch = launch.env("GITHUB_PATH", &path);
    launch.run().success();
    assert_eq!(std::fs::read_to_string(&path).unwrap().lines().count(), 1);
    std::fs::remove_file(&path).unwrap();
    room.tool("cp", "#!/bin/sh\nprintf half >\"$3\"\n");
    refused(&launch.run(), 2, "the copy of launchway-health in", "another copy");
    assert!(!path.exists(), "it is on PATH");
}

#[test]
fn after_a_tampered_program_the_next_run_fetches_it_anew() {
    let Some(mut room) = Room::new(Way::Dash) else { return };
    keep(&mut room);
    std::fs::write(room.kept(), "#!/bin/sh\necho evil\n").unwrap();
    let launch = room.launch().arg("health").env("LAUNCHWAY_MIRROR", room.mirror());
    refused(&launch.run(), 2, "find out who writes", "the run that finds it");
    ran(&launch.run(), "the next run");
}

/// A disk that is full, as far as a limit on the size of files is one.
#[test]
fn a_file_that_cannot_be_written_whole_is_not_run() {
    for way in [Way::Dash, Way::Bash, Way::Busybox] {
        let Some(mut room) = Room::new(way) else { return };
        let fill = |folder: &std::path::Path| {
            std::fs::write(folder.join("launchway-health"), noise()).unwrap();
        };
        room.pack(fill, &["launchway-health"]);
        room.seal(&sum(&room.archive), &sum(&noise()));
        let mirror = Target::start(Act::ok(room.archive.clone()));
        let script = "ulimit -f 8; exec \"$0\" \"$1\" health";
        let launch =
            Scrubbed::new(room.path("bin/sh")).arg("-c").arg(script).arg(room.path("bin/sh"));
        let launch = launch.arg(room.path("tree/dist/launch.sh")).dir(room.path("work space"));
        let launch =
            launch.env("PATH", room.path("bin")).env("RUNNER_TOOL_CACHE", room.path("tool cache"));
        let done =
            launch.env("LAUNCHWAY_MIRROR", mirror.url("")).env("LAUNCHWAY_TIMEOUT", "2").run();
        assert!(matches!(done.code, Some(2 | 3)), "{way:?}: {:?} {}", done.code, done.all());
        assert!(done.all().contains("error: ") && !room.kept().exists(), "{way:?}: {}", done.all());
        room.is_clean("a full disk");
    }
}

/// Bytes that do not get smaller.
fn noise() -> Vec<u8> {
    let mut state = 1_u32;
    let step = |_| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    };
    (0..100_000).map(step).collect()
}

#[test]
fn ten_at_once_each_run_a_whole_program() {
    for way in [Way::Dash, Way::Bash, Way::Busybox] {
        let Some(room) = Room::new(way) else { return };
        let mirror = Target::start(Act::ok(room.archive.clone()));
        let launch = room.launch().arg("health").env("LAUNCHWAY_MIRROR", mirror.url(""));
        std::thread::scope(|scope| {
            let all: Vec<_> = (0..10).map(|_| scope.spawn(|| launch.run())).collect();
            for one in all {
                ran(&one.join().unwrap(), "one of ten");
            }
        });
        room.is_clean("ten at once");
        assert_eq!(std::fs::read_dir(room.kept().parent().unwrap()).unwrap().count(), 1);
    }
}

#[test]
fn one_that_is_ended_leaves_nothing_behind() {
    for way in [Way::Dash, Way::Bash, Way::Busybox] {
        let Some(room) = Room::new(way) else { return };
        let mirror = Target::start(Act::Silent);
        let mut command =
            room.launch().arg("health").env("LAUNCHWAY_MIRROR", mirror.url("")).command();
        let mut child = command.stderr(std::process::Stdio::null()).spawn().unwrap();
        while mirror.count() == 0 {
            std::thread::sleep(Duration::from_millis(5));
        }
        let id = child.id().to_string();
        assert!(
            std::process::Command::new("kill").args(["-TERM", &id]).status().unwrap().success()
        );
        let began = Instant::now();
        assert_eq!(child.wait().unwrap().code(), Some(143), "{way:?}");
        assert!(began.elapsed() < Duration::from_secs(3), "{way:?}");
        room.is_clean("ended");
    }
}
