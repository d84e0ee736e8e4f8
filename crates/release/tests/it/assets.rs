//! Releases with files: drafted, given them, published last.

use launchway_testkit::fault::{Fault, FaultRule};
use launchway_testkit::runner::How;
use launchway_testkit::{KillSwitch, Moment, StepRun, TokenKind};

use crate::shop::{PROGRAM, Shop, TOKEN};

const INPUTS: &[(&str, &str)] =
    &[("release-mode", "tag"), ("assets", "dist/*.tgz\ntool: notes (final).txt")];

/// A single package with built files that are not committed.
fn built() -> Shop {
    let shop = Shop::single(TokenKind::Actions);
    shop.repo.write("dist/tool.tgz", "an archive");
    shop.repo.write("notes (final).txt", "text");
    shop
}

fn files(shop: &Shop) -> Vec<String> {
    let releases = shop.handle.releases();
    assert_eq!(releases.len(), 1, "{releases:#?}");
    assert!(!releases[0].draft, "{releases:#?}");
    let mut names: Vec<String> =
        releases[0].assets.iter().map(|asset| format!("{} {}", asset.name, asset.state)).collect();
    names.sort();
    names
}

const ALL: [&str; 3] = ["SHA256SUMS uploaded", "notes.final.txt uploaded", "tool.tgz uploaded"];

fn again(shop: &Shop) -> StepRun {
    shop.github.forget_requests();
    let run = shop.run(INPUTS).success();
    assert_eq!(shop.github.write_lines(), [""; 0], "{}", run.log);
    run
}

#[test]
fn a_release_is_published_when_all_its_files_are_there() {
    let shop = built();
    let run = shop.run(INPUTS).success();
    assert_eq!(files(&shop), ALL, "{}", run.log);
    let id = shop.handle.releases()[0].id;
    assert_eq!(
        shop.github.write_lines(),
        [
            "POST /repos/acme/shop/git/tags".to_owned(),
            "POST /repos/acme/shop/git/refs".to_owned(),
            "POST /repos/acme/shop/releases".to_owned(),
            format!("POST /repos/acme/shop/releases/{id}/assets"),
            format!("POST /repos/acme/shop/releases/{id}/assets"),
            format!("POST /repos/acme/shop/releases/{id}/assets"),
            format!("PATCH /repos/acme/shop/releases/{id}"),
        ]
    );
    let release = shop.handle.release("v1.0.0").unwrap();
    let asset = |name: &str| release.assets.iter().find(|asset| asset.name == name).unwrap();
    assert_eq!(asset("tool.tgz").content, b"an archive");
    assert_eq!(asset("tool.tgz").content_type, "application/gzip");
    let sums = String::from_utf8(asset("SHA256SUMS").content.clone()).unwrap();
    let names: Vec<&str> = sums.lines().map(|line| line.split("  ").nth(1).unwrap()).collect();
    assert_eq!(names, ["notes.final.txt", "tool.tgz"]);
    assert_eq!(shop.handle.latest_release().as_deref(), Some("v1.0.0"));
    again(&shop);
}

#[test]
fn a_run_killed_at_any_write_is_completed_by_the_next() {
    for write in 1..=7 {
        for moment in [Moment::Before, Moment::After] {
            let shop = built();
            let switch = KillSwitch::at(write, moment);
            shop.github.kill_switch(&switch);
            shop.run_on(&shop.runner().kill_switch(&switch), INPUTS);
            assert!(switch.has_struck(), "{write} {moment:?}");
            let run = shop.run(INPUTS).success();
            assert_eq!(files(&shop), ALL, "{write} {moment:?}: {}", run.log);
            assert_eq!(shop.handle.tags(), ["v1.0.0"]);
            again(&shop);
        }
    }
}

#[test]
fn what_was_not_uploaded_whole_is_uploaded_again() {
    let shop = built();
    let switch = KillSwitch::at(5, Moment::Before);
    shop.github.kill_switch(&switch);
    shop.run_on(&shop.runner().kill_switch(&switch), INPUTS);
    let names: Vec<String> =
        shop.handle.releases()[0].assets.iter().map(|asset| asset.name.clone()).collect();
    assert_eq!(names, ["notes.final.txt"]);
    shop.handle.add_asset("v1.0.0", "tool.tgz", "starter", b"");
    shop.handle.add_asset("v1.0.0", "SHA256SUMS", "uploaded", b"of another build");
    shop.github.forget_requests();
    let run = shop.run(INPUTS).success();
    assert_eq!(files(&shop), ALL, "{}", run.log);
    let lines = shop.github.write_lines();
    let count = |method: &str| lines.iter().filter(|line| line.starts_with(method)).count();
    assert_eq!((count("DELETE"), count("POST"), count("PATCH")), (2, 2, 1), "{lines:#?}");
    assert!(run.log.contains("an earlier run left a draft"), "{}", run.log);
}

#[test]
fn an_answer_that_gets_lost_repeats_nothing() {
    for (method, path) in [
        ("POST", "/repos/acme/shop/releases"),
        ("POST", "/repos/acme/shop/releases/*/assets"),
        ("PATCH", "/repos/acme/shop/releases/*"),
    ] {
        for fault in [Fault::CommitThenCut, Fault::CommitThenFail] {
            let shop = built();
            shop.github.fail(FaultRule::new(fault).method(method).path(path));
            let run = shop.run(INPUTS).success();
            assert_eq!(files(&shop), ALL, "{method} {path}: {}", run.log);
            assert_eq!(shop.github.write_lines().len(), 7, "{method} {path}");
            again(&shop);
        }
    }
}

#[test]
fn an_upload_that_fails_is_sent_once_more_and_else_red() {
    let shop = built();
    let rule = || FaultRule::new(Fault::CutConnection).method("POST").path("*/assets");
    shop.github.fail(rule());
    let _ = shop.run(INPUTS).success();
    assert_eq!(files(&shop), ALL);

    let shop = built();
    shop.github.fail(rule().always());
    let run = shop.run(INPUTS).exits(4);
    let error = run.messages("error")[0];
    assert!(error.contains("Release `v1.0.0`") && error.contains("notes.final.txt"), "{error}");
    assert!(shop.handle.releases()[0].draft);
    shop.github.heal();
    let _ = shop.run(INPUTS).success();
    assert_eq!(files(&shop), ALL);
}

#[test]
fn promised_files_that_are_not_there_stop_the_run_before_anything_is_done() {
    for (assets, why) in [
        ("dist/*.zip", "`dist/*.zip`, which matches no file"),
        ("dist/*\nother/*", "`other/*`, which matches no file"),
        ("dist/*.tgz\ncopy/tool.tgz", "would both be the asset `tool.tgz`"),
        ("empty", "`empty` is empty"),
        ("../x", "leaves the folder"),
        ("tol: dist/*", "names package `tol`"),
    ] {
        let shop = built();
        shop.repo.write("copy/tool.tgz", "x");
        shop.repo.write("empty", "");
        let run = shop.run(&[INPUTS[0], ("assets", assets)]).exits(2);
        let error = run.messages("error")[0];
        assert!(error.contains(why) || error.contains("empty"), "{error}");
        assert_eq!(shop.github.write_lines(), [""; 0]);
    }
}

#[test]
fn an_immutable_release_has_all_its_files_when_it_is_published() {
    let shop = built();
    shop.handle.set_immutable_releases(true);
    let _ = shop.run(INPUTS).success();
    assert_eq!(files(&shop), ALL);
    again(&shop);
}

#[test]
fn without_checksums_there_are_only_the_files() {
    let shop = built();
    let _ = shop.run(&[INPUTS[0], ("assets", "dist/**"), ("checksums", "false")]).success();
    assert_eq!(files(&shop), ["tool.tgz uploaded"]);
    let shop = built();
    let _ = shop.run(&[INPUTS[0], ("assets", "dist/**"), ("checksums", "sums.txt")]).success();
    assert_eq!(files(&shop), ["sums.txt uploaded", "tool.tgz uploaded"]);
}

#[test]
fn repair_uploads_what_a_published_release_lacks() {
    let shop = built();
    shop.changeset("one", "---\ntool: minor\n---\n\nA.\n");
    let inputs = [("release-mode", "tag"), ("assets", "dist/*.tgz")];
    let _ = shop.run(&inputs).success();
    shop.merge();
    shop.repo.write("dist/tool.tgz", "an archive");
    let _ = shop.run(&inputs).success();
    let release = shop.handle.release("v1.1.0").unwrap();
    let lost = release.assets.iter().find(|asset| asset.name == "tool.tgz").unwrap();
    let url = format!("{}/repos/acme/shop/releases/assets/{}", shop.github.url(), lost.id);
    let login = format!("Bearer {TOKEN}");
    let sent =
        launchway_testkit::client::request("DELETE", &url, &[("authorization", &login)], b"");
    assert_eq!(sent.unwrap().status, 204);

    let verb = |name: &str| {
        let login = [("github-token", TOKEN)];
        shop.runner().run_program(PROGRAM, &[name], How::Json, &login)
    };
    let said = verb("verify").exits(1);
    assert!(said.messages("error")[0].contains("assets of Release `v1.1.0`"), "{}", said.log);
    let run = verb("repair").success();
    assert!(run.log.contains("upload the files that Release `v1.1.0` lacks"), "{}", run.log);
    let release = shop.handle.release("v1.1.0").unwrap();
    let again = release.assets.iter().find(|asset| asset.name == "tool.tgz").unwrap();
    assert_eq!(again.content, b"an archive");
    assert_eq!(shop.handle.releases().len(), 1);
    let _ = verb("verify").success();
    assert!(verb("repair").success().log.contains("nothing to repair"));
}
