use std::fs;

use super::*;

struct Dir(PathBuf);

impl Dir {
    fn new(name: &str, files: &[(&str, &str)]) -> Self {
        let dir =
            std::env::temp_dir().join(format!("launchway-assets-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&dir);
        for (path, text) in files {
            let path = dir.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        Self(dir)
    }

    fn select(&self, dir: &str, patterns: &[&str]) -> Result<Vec<String>, String> {
        let patterns: Vec<String> = patterns.iter().map(|pattern| (*pattern).to_owned()).collect();
        let root = fs::canonicalize(&self.0).unwrap();
        select(&self.0, dir, &patterns)
            .map(|found| {
                let short =
                    |path: &PathBuf| path.strip_prefix(&root).unwrap().display().to_string();
                found.iter().map(short).collect()
            })
            .map_err(|failure| failure.to_string())
    }
}

impl Drop for Dir {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn local(name: &str, text: &str) -> Local {
    Local {
        name: name.to_owned(),
        size: text.len() as u64,
        sha256: hex(&Sha256::digest(text.as_bytes())),
        content: Content::Text(text.to_owned()),
    }
}

fn asset(id: u64, like: &Local, state: &str) -> Asset {
    Asset {
        id,
        name: like.name.clone(),
        state: state.to_owned(),
        size: like.size,
        digest: Some(format!("sha256:{}", like.sha256)),
        url: String::new(),
    }
}

#[test]
fn globs_are_relative_to_the_package_or_the_root() {
    let dir = Dir::new(
        "globs",
        &[
            ("packages/core/dist/a.tgz", "a"),
            ("packages/core/dist/deep/b.tgz", "b"),
            ("packages/core/.git/c.tgz", "c"),
            ("out/x [1].zip", "x"),
            ("top.tgz", "t"),
        ],
    );
    let core = "packages/core";
    assert_eq!(dir.select(core, &["dist/*.tgz"]).unwrap(), ["packages/core/dist/a.tgz"]);
    assert_eq!(dir.select(core, &["./dist/*.tgz", "dist/a.*"]).unwrap().len(), 1);
    assert_eq!(
        dir.select(core, &["**/*.tgz"]).unwrap(),
        ["packages/core/dist/a.tgz", "packages/core/dist/deep/b.tgz"]
    );
    assert_eq!(dir.select(core, &["/*.tgz", "/out/x*"]).unwrap(), ["out/x [1].zip", "top.tgz"]);
    assert_eq!(dir.select("", &["top.tgz"]).unwrap(), ["top.tgz"]);
    for none in ["dist/*.zip", "nowhere/x", "dist", "/packages/core"] {
        let error = dir.select(core, &[none]).unwrap_err();
        assert!(error.contains("matches no file") && error.contains(none), "{error}");
    }
}

#[cfg(unix)]
#[test]
fn a_link_out_of_the_repository_is_refused() {
    let outside = Dir::new("outside", &[("secret", "s")]);
    let dir = Dir::new("inside", &[("dist/a", "a")]);
    std::os::unix::fs::symlink(outside.0.join("secret"), dir.0.join("dist/b")).unwrap();
    std::os::unix::fs::symlink(&dir.0, dir.0.join("dist/round")).unwrap();
    let error = dir.select("", &["dist/*"]).unwrap_err();
    assert!(error.contains("is a link out of the repository"), "{error}");
    assert_eq!(dir.select("", &["dist/a", "**/a"]).unwrap(), ["dist/a"]);
}

#[test]
fn names_are_as_github_makes_them() {
    for (name, remote) in [
        ("core-1.0.0.tgz", "core-1.0.0.tgz"),
        ("my app (x64).zip", "my.app.x64.zip"),
        (".hidden", "hidden"),
        ("über.txt", "ber.txt"),
        ("...", "file"),
    ] {
        assert_eq!(remote_name(name), remote);
        assert_eq!(remote_name(remote), remote);
    }
}

#[test]
fn only_what_is_missing_or_not_whole_is_uploaded() {
    let (a, b, c) = (local("a", "1"), local("b", "22"), local("c", "333"));
    let wanted = [a.clone(), b.clone(), c.clone()];
    let there = [asset(1, &a, "uploaded"), asset(2, &b, "starter")];
    for is_draft in [true, false] {
        let steps = compare(&wanted, &there, is_draft);
        assert_eq!(steps, [Step::Fine(&a), Step::Upload(&b, Some(2)), Step::Upload(&c, None)]);
    }
    let other = Asset { digest: Some("sha256:00".into()), ..asset(3, &c, "uploaded") };
    let short = Asset { size: 1, digest: None, ..asset(4, &b, "uploaded") };
    let there = [other, short];
    let steps = compare(&wanted, &there, true);
    assert_eq!(
        steps,
        [Step::Upload(&a, None), Step::Upload(&b, Some(4)), Step::Upload(&c, Some(3))]
    );
    let steps = compare(&wanted, &there, false);
    assert_eq!(steps, [Step::Upload(&a, None), Step::Differs(&b), Step::Differs(&c)]);
    // A server that computes no digest is believed by the size.
    let silent = [Asset { digest: None, ..asset(1, &a, "uploaded") }];
    assert_eq!(compare(&wanted[..1], &silent, true), [Step::Fine(&a)]);
}

#[test]
fn what_a_release_lacks_is_told_without_the_files() {
    let sums = Checksums::default();
    let patterns = ["dist/*.tgz".to_owned(), "/out/my (app).zip".to_owned()];
    let tgz = asset(1, &local("a.tgz", "1"), "uploaded");
    let zip = asset(2, &local("my.app.zip", "1"), "uploaded");
    let file = asset(3, &local("SHA256SUMS", "1"), "uploaded");
    let all = [tgz.clone(), zip.clone(), file];
    assert_eq!(lacking(&patterns, &sums, &all), [""; 0]);
    assert_eq!(lacking(&patterns, &sums, &all[..2]), ["the asset `SHA256SUMS`"]);
    assert_eq!(lacking(&patterns, &Checksums(None), &all[..2]), [""; 0]);
    assert_eq!(
        lacking(&patterns, &Checksums(None), &all[..1]),
        ["no asset fits `/out/my (app).zip`"]
    );
    assert_eq!(lacking(&[], &sums, &[]), [""; 0]);
    let half = [Asset { state: "starter".into(), ..tgz }, zip];
    let found = lacking(&patterns, &Checksums(None), &half);
    assert_eq!(found, ["the asset `a.tgz` was not uploaded whole", "no asset fits `dist/*.tgz`"]);
}

#[test]
fn the_checksums_are_what_sha256sum_reads() {
    let sums = sums("SHA256SUMS", &[local("a", "1"), local("b", "")]);
    let Content::Text(text) = &sums.content else { unreachable!() };
    assert_eq!(
        text,
        "6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b  a\n\
         e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  b\n"
    );
    assert_eq!(sums.size, text.len() as u64);
}
