//! `actions/<name>/container/action.yml`: the same action, out of an image instead of a download.
//!
//! `dist/IMAGE` says which image: `<name> <reference by digest>`, one per line. A tree that is not
//! released names digests of zeros, which no registry has.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use anyhow::{Context as _, Result, bail};

use crate::shell;

/// An image and what it is for.
pub(crate) struct Image {
    /// Its name in `dist/IMAGE`, and the stage of `dist/Containerfile` that makes it.
    pub(crate) name: &'static str,
    /// The programs in it, without `launchway-`.
    pub(crate) programs: &'static [&'static str],
    /// Whether git is in it.
    pub(crate) git: bool,
}

/// The images there are. Programs that call a package manager are in none: it would have to be in there,
/// too, in the version of the user's choice.
pub(crate) const IMAGES: &[Image] = &[
    Image { name: "changelog", programs: &["changelog"], git: true },
    Image { name: "programs", programs: &["deploy", "health", "image", "notify"], git: false },
];

/// Where programs lie in every image.
pub(crate) const FOLDER: &str = "/usr/local/bin";

/// The image a program is in.
pub(crate) fn image_of(program: &str) -> Option<&'static Image> {
    IMAGES.iter().find(|image| image.programs.contains(&program))
}

/// Reads `dist/IMAGE`: the reference of each image, each by digest.
pub(crate) fn references() -> Result<BTreeMap<String, String>> {
    let text =
        std::fs::read_to_string(shell::at("dist/IMAGE")).context("cannot read dist/IMAGE")?;
    let found = parse(&text).context("dist/IMAGE")?;
    let version =
        std::fs::read_to_string(shell::at("dist/VERSION")).context("cannot read dist/VERSION")?;
    let nowhere = zeros(&found);
    if version.trim() != "0.0.0" && !nowhere.is_empty() {
        bail!("dist/IMAGE names no digest of {}, and dist/VERSION a release", nowhere.join(", "));
    }
    Ok(found)
}

/// The images whose digest is nothing but zeros.
fn zeros(references: &BTreeMap<String, String>) -> Vec<&str> {
    let none = format!("@sha256:{}", "0".repeat(64));
    references
        .iter()
        .filter(|(_, image)| image.ends_with(&none))
        .map(|(name, _)| name.as_str())
        .collect()
}

fn parse(text: &str) -> Result<BTreeMap<String, String>> {
    let mut found = BTreeMap::new();
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let (name, reference) = line
            .split_once(' ')
            .with_context(|| format!("`{line}` is not `<name> <reference>`"))?;
        let digest = reference.split_once("@sha256:").map(|(_, digest)| digest);
        let is_hex = |digest: &str| digest.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        if !digest.is_some_and(|digest| digest.len() == 64 && is_hex(digest)) {
            bail!("`{reference}` names no digest");
        }
        found.insert(name.to_owned(), reference.to_owned());
    }
    for image in IMAGES {
        if !found.contains_key(image.name) {
            bail!("no line for the image `{}`", image.name);
        }
    }
    Ok(found)
}

/// The file; `composite` is the one of the same action without a container, of which everything but
/// how it runs stays. `words` are the program and its verb.
pub(super) fn render(composite: &str, words: &[&str], reference: &str) -> Result<String> {
    let (interface, _) = composite.split_once("\nruns:\n").context("no `runs:`")?;
    let (program, verb) = words.split_first().context("no program")?;
    // The runner takes outputs of a container from its command file, by their names.
    let mut yml = interface
        .lines()
        .filter(|line| !line.starts_with("    value: "))
        .fold(String::new(), |text, line| text + line + "\n");
    let _ = write!(
        yml,
        "\nruns:\n  using: docker\n  image: docker://{reference}\n  entrypoint: {FOLDER}/launchway-{program}\n"
    );
    if !verb.is_empty() {
        let _ = writeln!(yml, "  args: [{}]", verb.join(", "));
    }
    Ok(yml)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_but_how_it_runs_stays() {
        let composite = "name: N\ninputs:\n  a:\n    description: \"b\"\noutputs:\n  c:\n    description: \"d\"\n    value: x\n\nruns:\n  using: composite\n";
        let yml = render(composite, &["image", "tags"], "ghcr.io/a/b@sha256:00").unwrap();
        assert_eq!(
            yml,
            "name: N\ninputs:\n  a:\n    description: \"b\"\noutputs:\n  c:\n    description: \"d\"\n\nruns:\n  using: docker\n  image: docker://ghcr.io/a/b@sha256:00\n  entrypoint: /usr/local/bin/launchway-image\n  args: [tags]\n"
        );
        let plain = render(composite, &["health"], "r").unwrap();
        assert!(plain.ends_with("launchway-health\n"), "{plain}");
    }

    #[test]
    fn an_image_is_named_by_its_digest() {
        let good = format!("# c\nchangelog r@sha256:{0}\nprograms r@sha256:{0}\n", "0a".repeat(32));
        let found = parse(&good).unwrap();
        assert_eq!(found.len(), IMAGES.len());
        assert!(zeros(&found).is_empty());
        let unsealed = good.replacen(&"0a".repeat(32), &"00".repeat(32), 1);
        assert_eq!(zeros(&parse(&unsealed).unwrap()), ["changelog"]);
        for (from, to) in [("@sha256:", ":v"), ("0a0a", "0A0A"), ("0a", ""), ("programs ", "")] {
            assert!(parse(&good.replacen(from, to, 1)).is_err(), "{from}");
        }
    }

    #[test]
    fn every_image_is_described_and_released() {
        let read = |path: &str| std::fs::read_to_string(shell::at(path)).unwrap();
        let (stages, ship) = (read("dist/Containerfile"), read(".github/workflows/ship.yml"));
        for Image { name, programs, .. } in IMAGES {
            assert!(stages.contains(&format!("FROM base AS {name}\n")), "{name}");
            assert!(programs.iter().all(|one| stages.contains(&format!("launchway-{one}"))));
            assert!(ship.contains(&format!("          target: {name}\n")), "{name}");
            assert!(
                ship.contains(&format!("--image \"{name} ghcr.io/launchway/{name}@")),
                "{name}"
            );
        }
    }

    #[test]
    fn a_program_is_in_one_image() {
        let all: Vec<_> = IMAGES.iter().flat_map(|image| image.programs).collect();
        let once: std::collections::BTreeSet<_> = all.iter().collect();
        assert_eq!(all.len(), once.len());
        assert!(image_of("release").is_none());
    }
}
