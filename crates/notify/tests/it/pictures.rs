//! Examples of messages, each a folder of `tests/pictures`: what goes in, the payload that comes out,
//! and the page it is drawn by. `cargo xtask pictures` makes pictures of the pages.
//!
//! `UPDATE=1 cargo test -p launchway-notify --test it pictures` writes payloads and pages anew.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails here")]

use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};
use launchway_testkit::Scrubbed;
use launchway_testkit::github::{FULL, FakeGitHub, Job, TokenKind};
use launchway_testkit::slack::check_blocks;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// The folders; a picture shows a name that stands here.
const NAMES: &[&str] = &[
    "approval",
    "canary",
    "ci-failure",
    "ci-success",
    "deploy-failure",
    "deploy-started",
    "deploy-success",
    "release",
];

/// The example that is also drawn as other channels show it, as `<channel>.html` in its folder, and who
/// is called there.
const ELSEWHERE: &str = "deploy-failure";
const CHANNELS: &[(&str, &str)] = &[
    ("teams", "mona@example.com"),
    ("discord", "<@&123456789012345678>, 223456789012345678"),
    ("email", "@on-call, @mona"),
];

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pictures").join(name)
}

fn text(path: &Path) -> Option<String> {
    std::fs::read_to_string(path).ok().map(|text| text.replace("\r\n", "\n"))
}

fn json(path: &Path) -> Value {
    serde_json::from_str(&text(path).unwrap_or_else(|| "null".to_owned())).unwrap()
}

/// The jobs of the run, as the folder says they went.
fn github(folder: &Path) -> FakeGitHub {
    let github = FakeGitHub::start();
    github.add_token("ghs_example", TokenKind::Actions, FULL);
    let repository = github.add_repository("acme", "shop");
    let list = json(&folder.join("jobs.json"));
    for job in list.as_array().into_iter().flatten() {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let steps = job["steps"].as_array().unwrap().iter();
        repository.add_job(Job {
            run: 8_271_345_006,
            attempt: 1,
            name: text(&job["name"]).unwrap(),
            conclusion: text(&job["conclusion"]),
            runner: None,
            steps: steps.map(|step| (text(&step[0]).unwrap(), text(&step[1]))).collect(),
        });
    }
    github
}

/// The payload and the page that the program makes of a folder for Slack.
fn made(name: &str) -> (String, String) {
    let (shown, page) = drawn(name, &["slack", "--channel", "C0123456789"], None);
    let payload: Value = serde_json::from_str(&shown).unwrap();
    (format!("{}\n", serde_json::to_string_pretty(&payload).unwrap()), page)
}

/// The page it makes for another channel.
fn made_for(channel: &str, mentions: &str) -> String {
    let people = ["--from=Deployments <ci@example.com>", "--to=team@example.com"];
    let more: &[&str] = if channel == "email" { &people } else { &[] };
    drawn(ELSEWHERE, &[&[channel], more].concat(), Some(mentions)).1
}

/// What the program prints and draws of a folder; `mentions` take the place of the folder's.
fn drawn(name: &str, args: &[&str], mentions: Option<&str>) -> (String, String) {
    let (folder, dir) = (folder(name), tempfile::tempdir().unwrap());
    let case = json(&folder.join("case.json"));
    let github = github(&folder);
    let page = dir.path().join("page.html");
    let mut program = Scrubbed::new(env!("CARGO_BIN_EXE_launchway-notify"))
        .args(args)
        .args(["--dry-run", "--preview-file"])
        .arg(&page)
        .env("SLACK_BOT_TOKEN", launchway_testkit::slack::BOT_TOKEN)
        .env("GITHUB_API_URL", github.url())
        .env("GITHUB_SERVER_URL", "https://github.com")
        .env("GITHUB_REPOSITORY", "acme/shop")
        .env("GITHUB_ACTOR", "octocat")
        .env("GITHUB_RUN_ID", "8271345006")
        .env("GITHUB_RUN_NUMBER", "1284")
        .env("GITHUB_RUN_ATTEMPT", "1")
        .env("GITHUB_JOB", "notify");
    for (name, value) in case["env"].as_object().unwrap() {
        program = program.env(name, value.as_str().unwrap());
    }
    if folder.join("event.json").is_file() {
        program = program.env("GITHUB_EVENT_PATH", folder.join("event.json"));
    }
    if let Some(needs) = text(&folder.join("needs.json")) {
        program = program.arg("--needs").arg(needs);
    }
    if folder.join("jobs.json").is_file() {
        program = program.args(["--github-token", "ghs_example"]);
    }
    if let Some(seconds) = case["began-seconds-ago"].as_i64() {
        let began = Timestamp::now() - SignedDuration::from_secs(seconds);
        program = program.arg("--started-at").arg(began.to_string());
    }
    for (name, value) in case["inputs"].as_object().unwrap() {
        let mut value = value.as_str().unwrap().to_owned();
        match (mentions, name.as_str()) {
            (Some(_), "people-file") => continue,
            (Some(mentions), "mentions") => mentions.clone_into(&mut value),
            _ => {}
        }
        if name == "people-file" {
            let path = dir.path().join("people.yml");
            std::fs::write(&path, &value).unwrap();
            path.to_str().unwrap().clone_into(&mut value);
        }
        program = program.arg(format!("--{name}={value}"));
    }
    let done = program.run().success();
    (done.stdout, std::fs::read_to_string(page).unwrap())
}

#[test]
fn each_example_is_what_the_program_makes() {
    let update = std::env::var_os("UPDATE").is_some();
    assert!(!(update && std::env::var_os("CI").is_some()), "CI only compares");
    let mut differ = Vec::new();
    for name in NAMES {
        let (payload, page) = (folder(name).join("payload.json"), folder(name).join("page.html"));
        // A slow start may add a second to the duration.
        let same = (0..3).any(|_| {
            let (made_payload, made_page) = made(name);
            let value: Value = serde_json::from_str(&made_payload).unwrap();
            assert_eq!(check_blocks(&value["blocks"]), Ok(()), "{name}");
            if update {
                std::fs::write(&payload, &made_payload).unwrap();
                std::fs::write(&page, &made_page).unwrap();
            }
            text(&payload).as_deref() == Some(&*made_payload)
                && text(&page).as_deref() == Some(&*made_page)
        });
        if !same {
            differ.push(*name);
        }
    }
    for (channel, mentions) in CHANNELS {
        let page = folder(ELSEWHERE).join(format!("{channel}.html"));
        let same = (0..3).any(|_| {
            let made = made_for(channel, mentions);
            if update {
                std::fs::write(&page, &made).unwrap();
            }
            text(&page).as_deref() == Some(&*made)
        });
        if !same {
            differ.push(*channel);
        }
    }
    assert!(differ.is_empty(), "{differ:?} differ; UPDATE=1 writes them anew");
}

#[test]
fn every_folder_is_looked_at() {
    let mut names: Vec<String> = std::fs::read_dir(folder(""))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names, NAMES);
}

#[test]
fn the_pictures_show_these_pages() {
    let list = folder("../../../../docs/pictures/pages.txt");
    let list = text(&list).unwrap();
    assert!(!list.is_empty());
    for line in list.lines() {
        let (sum, picture) = line.split_once("  ").unwrap();
        let name = picture.strip_prefix("notify-").and_then(|name| name.strip_suffix(".png"));
        let name = name.unwrap();
        let page = if CHANNELS.iter().any(|(channel, _)| *channel == name) {
            folder(ELSEWHERE).join(format!("{name}.html"))
        } else {
            folder(name).join("page.html")
        };
        let page = text(&page).unwrap();
        let digit = |half: u8| char::from_digit(half.into(), 16).unwrap();
        let halves = Sha256::digest(page);
        let halves = halves.iter().flat_map(|byte| [byte >> 4, byte & 15]);
        let of_page: String = halves.map(digit).collect();
        assert_eq!(of_page, sum, "{picture} shows another page; run `cargo xtask pictures`");
        assert!(folder("../../../../docs/pictures").join(picture).is_file(), "{picture}");
    }
}
