//! How many requests the release bot makes: for the version pull request, and to publish.

use std::path::Path;

use anyhow::{Context as _, Result};
use launchway_testkit::FakeRegistry;

use super::release::Place;
use super::usage::Runs;
use super::workspace::Size;
use crate::{demo, shell};

const NPM_TOKEN: &str = "npm_bench0123456789abcdef";
/// Per published package, lookups included.
const PER_PACKAGE: usize = 6;

/// Counts and prints.
pub(super) fn run(profile: &str) -> Result<()> {
    let ours = shell::built(profile, "launchway-release");
    println!("\nrequests for the version pull request");
    println!("  {:>10} {:>10} {:>12} {:>12}", "packages", "requests", "bytes sent", "largest");
    for (packages, changesets) in [(10, 1), (100, 20), (1000, 200)] {
        let mut place = Place::new(Size { packages, changesets, later: 0 })?;
        let checkout = place.checkout(None)?;
        Runs::default().measure(&place.ours(&ours, &checkout, &[])?)?;
        let seen = place.github.requests();
        let bytes: Vec<usize> = seen.iter().map(|request| request.body.len()).collect();
        println!(
            "  {packages:>10} {:>10} {:>12} {:>12}",
            seen.len(),
            bytes.iter().sum::<usize>(),
            bytes.iter().max().copied().unwrap_or_default()
        );
    }
    publishing(&ours)
}

fn publishing(ours: &Path) -> Result<()> {
    let room = tempfile::Builder::new().prefix("launchway-bench-").tempdir()?;
    let me = room.path().join(format!("xtask{}", std::env::consts::EXE_SUFFIX));
    std::fs::copy(std::env::current_exe()?, &me).context("cannot copy this program")?;
    demo::install_npm(room.path(), &me)?;
    let old = std::env::var_os("PATH").unwrap_or_default();
    let path = std::env::join_paths(
        std::iter::once(room.path().to_owned()).chain(std::env::split_paths(&old)),
    )?;
    println!("\nrequests to publish, tag and release, with a stand-in for npm");
    println!(
        "  {:>10} {:>10} {:>10} {:>8} {:>12}",
        "packages", "GitHub", "registry", "all", "per package"
    );
    let mut counts: Vec<(usize, usize)> = Vec::new();
    for packages in [1, 10, 50] {
        let registry = FakeRegistry::start();
        registry.add_token(NPM_TOKEN, "acme-bot");
        let mut place = Place::new(Size { packages, changesets: 0, later: 0 })?;
        let checkout = place.checkout(None)?;
        let mut command = place.ours(ours, &checkout, &[("release-mode", "publish")])?;
        command.env("NODE_AUTH_TOKEN", NPM_TOKEN).env("DEMO_REGISTRY", registry.url());
        command.env("PATH", &path);
        Runs::default().measure(&command)?;
        let (github, npm) = (place.github.requests().len(), registry.requests().len());
        counts.push((packages, github + npm));
        println!(
            "  {packages:>10} {github:>10} {npm:>10} {:>8} {:>12.1}   ({} of {packages} live, {} tags)",
            github + npm,
            per(github + npm, packages),
            registry.packages().len(),
            place.handle.tags().len()
        );
    }
    // A run asks a few things once, however much it publishes.
    if let [.., (few, less), (many, more)] = counts.as_slice() {
        let each = per(more.saturating_sub(*less), many - few);
        let met = if more - less <= PER_PACKAGE * (many - few) { "met" } else { "NOT MET" };
        println!(
            "  a package takes {each:.1}, the run itself {}   aim at most {PER_PACKAGE} per package: {met}",
            more.saturating_sub(PER_PACKAGE * many)
        );
    }
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "counts of requests")]
fn per(all: usize, packages: usize) -> f64 {
    all as f64 / packages.max(1) as f64
}
