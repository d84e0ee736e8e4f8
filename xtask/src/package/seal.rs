//! The tree that is tagged names every file of its release by hash, so a commit stands for exact bytes.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};

use super::sbom::Project;
use super::sums::{self, Sums};
use super::targets;
use crate::{generate, shell};

/// What to seal.
#[derive(clap::Args)]
pub(super) struct Args {
    /// The folder with the files of the release, of all targets.
    #[arg(default_value = "target/package/out")]
    from: PathBuf,
    /// An image, as `<name> <reference@sha256:…>`; one for each name in `dist/IMAGE`.
    #[arg(long = "image", value_name = "LINE")]
    images: Vec<String>,
    /// Only these targets are expected; all unless given.
    #[arg(long = "target", value_name = "TRIPLE")]
    targets: Vec<String>,
    /// The tree that is sealed; this repository unless given, whose container actions are written anew then.
    #[arg(long)]
    tree: Option<PathBuf>,
}

/// What to compare.
#[derive(clap::Args)]
pub(super) struct Compare {
    /// The folder with the files.
    #[arg(default_value = "target/package/out")]
    from: PathBuf,
    /// Every file the tree names must be there, not only some.
    #[arg(long)]
    complete: bool,
    /// The sealed tree; this repository unless given.
    #[arg(long)]
    tree: Option<PathBuf>,
}

/// What to look at.
#[derive(clap::Args)]
pub(super) struct Status {
    /// The tree; this repository unless given.
    #[arg(long)]
    tree: Option<PathBuf>,
}

fn tree(given: Option<&PathBuf>) -> PathBuf {
    given.map_or_else(|| shell::root().to_owned(), shell::at)
}

/// Writes `dist/`.
pub(super) fn run(args: &Args) -> Result<bool> {
    let tree = tree(args.tree.as_ref());
    let version = super::version(&tree)?;
    let from = shell::at(&args.from);
    let made = std::fs::read_to_string(from.join("VERSION"))
        .with_context(|| format!("cannot read VERSION in {}", from.display()))?;
    let made = made.trim();
    ensure!(made == version, "the files are of version {made}, the tree is of version {version}");
    let found = sums::of(&from)?;
    let mut wanted = Vec::new();
    let programs = Project::read()?.programs(&[])?;
    for target in targets::ALL {
        if !args.targets.is_empty() && !args.targets.iter().any(|one| one == target.triple) {
            continue;
        }
        for name in &programs {
            let stem = format!("launchway-{name}-{version}-{}", target.triple);
            wanted.push(format!("{}/{}", target.triple, target.program(name)));
            wanted.push(format!("{stem}.{}", target.ending()));
            wanted.push(format!("{stem}.cdx.json"));
        }
    }
    let missing: Vec<_> = wanted.iter().filter(|name| !found.contains_key(*name)).collect();
    let unknown: Vec<_> = found.keys().filter(|name| !wanted.contains(name)).collect();
    for (word, names) in [("missing", &missing), ("unknown", &unknown)] {
        for name in names {
            println!("{word}: {name}");
        }
    }
    if !missing.is_empty() || !unknown.is_empty() {
        return Ok(false);
    }
    let dist = tree.join("dist");
    let image = dist.join("IMAGE");
    let before = std::fs::read_to_string(&image).unwrap_or_default();
    let images = images(&before, &args.images)?;
    let hashes = sums::render(&found);
    // Each target was packed by a job of its own, which knew the hashes of its own files only.
    std::fs::write(from.join("SHA256SUMS"), &hashes)?;
    std::fs::write(dist.join("SHA256SUMS"), hashes)?;
    if image.is_file() {
        std::fs::write(image, images)?;
    }
    // Last: until it is there, `status` says that the tree is not sealed.
    std::fs::write(dist.join("VERSION"), format!("{version}\n"))?;
    if args.tree.is_none() {
        generate::write()?;
    }
    println!("sealed {version} with {} hashes", found.len());
    Ok(true)
}

/// The file `dist/IMAGE` with new lines for all its names; an error for what is not pinned, or not there before.
fn images(before: &str, given: &[String]) -> Result<String> {
    let name = |line: &str| line.split(' ').next().unwrap_or_default().to_owned();
    let is_name = |line: &&str| !line.is_empty() && !line.starts_with('#');
    for line in given {
        let digest = line.split_once(' ').and_then(|(_, image)| {
            let digest = image.split_once("@sha256:")?.1;
            (!image.contains(char::is_whitespace)).then_some(digest)
        });
        let hex = |digest: &str| {
            digest.len() == 64 && digest.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
        };
        ensure!(digest.is_some_and(hex), "`{line}` is not `<name> <reference@sha256:…>`");
        let known = before.lines().filter(is_name).any(|known| name(known) == name(line));
        ensure!(known, "dist/IMAGE knows no image `{}`", name(line));
    }
    let mut after = String::new();
    for line in before.lines() {
        let new = given.iter().find(|given| name(given) == name(line)).map(String::as_str);
        match new {
            Some(new) => after.push_str(new),
            None if is_name(&line) => bail!("no image `{}` is given", name(line)),
            None => after.push_str(line),
        }
        after.push('\n');
    }
    Ok(after)
}

/// Version and hashes of a sealed tree.
fn sealed(tree: &Path) -> Result<(String, Sums)> {
    let read = |name: &str| {
        let path = tree.join("dist").join(name);
        std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))
    };
    Ok((read("VERSION")?.trim().to_owned(), sums::parse(&read("SHA256SUMS")?)?))
}

/// Compares; whether all is as sealed.
pub(super) fn compare(args: &Compare) -> Result<bool> {
    let tree = tree(args.tree.as_ref());
    let (version, wanted) = sealed(&tree)?;
    let own = super::version(&tree)?;
    ensure!(own == version, "the tree is of version {own} and sealed for {version}: seal it anew");
    ensure!(!wanted.is_empty(), "the tree is not sealed: dist/SHA256SUMS is empty");
    let found = sums::of(&shell::at(&args.from))?;
    ensure!(!found.is_empty(), "there is nothing to compare in {}", args.from.display());
    let complaints = differences(&wanted, &found, args.complete);
    for complaint in &complaints {
        println!("{complaint}");
    }
    if complaints.is_empty() {
        println!("{} hashes are as sealed for {version}", found.len());
    }
    Ok(complaints.is_empty())
}

/// What is not as sealed.
fn differences(wanted: &Sums, found: &Sums, complete: bool) -> Vec<String> {
    let mut said = Vec::new();
    for (name, hash) in found {
        match wanted.get(name) {
            None => said.push(format!("{name} is not part of the sealed release")),
            Some(sealed) if sealed != hash => {
                said.push(format!("{name} is {hash}; sealed is {sealed}"));
            }
            Some(_) => {}
        }
    }
    let missing = wanted.keys().filter(|name| complete && !found.contains_key(*name));
    said.extend(missing.map(|name| format!("{name} is missing")));
    said
}

/// Says whether the tree is sealed for its version.
pub(super) fn status(args: &Status) -> Result<bool> {
    let tree = tree(args.tree.as_ref());
    let (version, sums) = sealed(&tree)?;
    let good = version == super::version(&tree)? && !sums.is_empty();
    println!("{}", if good { "sealed" } else { "unsealed" });
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(pairs: &[(&str, &str)]) -> Sums {
        pairs.iter().map(|(name, hash)| ((*name).to_owned(), (*hash).to_owned())).collect()
    }

    #[test]
    fn a_file_that_differs_is_unknown_or_is_missing_is_named() {
        let wanted = of(&[("a", "1"), ("b", "2")]);
        assert_eq!(differences(&wanted, &of(&[("a", "1")]), false), Vec::<String>::new());
        assert_eq!(differences(&wanted, &of(&[("a", "1")]), true), ["b is missing"]);
        assert_eq!(differences(&wanted, &of(&[("a", "9")]), false), ["a is 9; sealed is 1"]);
        let said = differences(&wanted, &of(&[("c", "1")]), false);
        assert_eq!(said, ["c is not part of the sealed release"]);
    }

    #[test]
    fn an_image_is_named_by_digest_or_refused() {
        let [old, new] = ["0", "a"].map(|digit| digit.repeat(64));
        let before = format!("# about\ntools ghcr.io/launchway/tools@sha256:{old}\n");
        let good = format!("tools ghcr.io/launchway/tools@sha256:{new}");
        assert_eq!(
            images(&before, std::slice::from_ref(&good)).unwrap(),
            format!("# about\n{good}\n")
        );
        assert!(images(&before, &[]).is_err(), "an image of another version would stay");
        assert_eq!(images("", &[]).unwrap(), "");
        let other = good.replace("tools", "other");
        for bad in
            ["tools ghcr.io/launchway/tools:v1", "tools", &format!("{good} x"), &good[..90], &other]
        {
            assert!(images(&before, &[bad.to_owned()]).is_err(), "{bad}");
        }
    }
}
