//! How many requests and processes a run takes: as many for many packages and changesets as for few.

use launchway_testkit::TokenKind;

use crate::shop::{Shop, changeset};

/// Lines of the requests that open and that update the version pull request, and how often git was
/// started for the second.
fn version_run(packages: usize, changesets: usize) -> (Vec<String>, Vec<String>, usize) {
    let shop = Shop::new(TokenKind::Actions);
    for number in 0..packages {
        let text = format!("{{\n  \"name\": \"p{number}\",\n  \"version\": \"1.0.0\"\n}}\n");
        shop.repo.write(&format!("packages/p{number}/package.json"), text);
    }
    for number in 0..changesets {
        let name = format!("p{}", number % packages);
        shop.changeset(&format!("c{number}"), &changeset(&[(&name, "minor")], "A change."));
    }
    let all: Vec<String> = (0..packages).map(|number| format!("p{number}")).collect();
    let every: Vec<(&str, &str)> = all.iter().map(|name| (name.as_str(), "patch")).collect();
    shop.changeset("every", &changeset(&every, "Everywhere."));
    let lines = |shop: &Shop| -> Vec<String> {
        shop.github.requests().iter().map(|request| without_hashes(&request.line())).collect()
    };
    let _ = shop.run(&[]).success();
    let opened = lines(&shop);

    shop.fresh_checkout();
    shop.changeset("more", &changeset(&[("p0", "major")], "More."));
    shop.github.forget_requests();
    let outside = shop.repo.path().parent().unwrap();
    let (bin, seen) = (outside.join("counting"), outside.join("seen"));
    std::fs::create_dir_all(&bin).unwrap();
    let real = std::env::split_paths(&std::env::var_os("PATH").unwrap())
        .map(|dir| dir.join("git"))
        .find(|git| git.is_file())
        .unwrap();
    let script =
        format!("#!/bin/sh\necho x >> '{}'\nexec '{}' \"$@\"\n", seen.display(), real.display());
    launchway_testkit::script(bin.join("git"), script);
    let path = format!("{}:/usr/bin:/bin", bin.display());
    let _ = shop.run_on(&shop.runner().env("PATH", &path), &[]).success();
    let processes = std::fs::read_to_string(seen).unwrap().lines().count();
    (opened, lines(&shop), processes)
}

/// A request's line with every commit called `HASH`.
fn without_hashes(line: &str) -> String {
    let is_hash = |part: &str| part.len() == 40 && part.bytes().all(|b| b.is_ascii_hexdigit());
    let named = |part| if is_hash(part) { "HASH" } else { part };
    let parts = line.split('/').map(|part| part.split("...").map(named).collect::<Vec<_>>());
    parts.map(|part| part.join("...")).collect::<Vec<_>>().join("/")
}

#[test]
fn a_version_pull_request_takes_as_many_requests_and_processes_for_many_packages_as_for_few() {
    let few = version_run(10, 1);
    assert!(few.0.len() <= 16 && few.1.len() <= 20, "{few:?}");
    assert_eq!(version_run(200, 1), few);
    assert_eq!(version_run(10, 50), few);
}
