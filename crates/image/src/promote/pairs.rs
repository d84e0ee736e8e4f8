//! What is promoted where, as the inputs say it. Pure.

use std::collections::BTreeMap;

use launchway_base::Failure;
use launchway_registry::{Digest, Reference, Repository, Tag, Which};

use super::Inputs;
use crate::references::{self, Target};

/// Where an image comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// As it was written, for people and the record.
    pub text: String,
    /// The repository.
    pub repository: Repository,
    /// What is asked for: the tag, or the digest when there is none.
    pub which: Which,
    /// The digest it must hold.
    pub expected: Option<Digest>,
}

/// One image to promote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// Where it comes from.
    pub from: Source,
    /// The tag that is to hold it.
    pub to: Target,
}

impl Pair {
    /// Whether it goes to another repository.
    pub fn crosses(&self) -> bool {
        self.from.repository != self.to.repository
    }
}

/// Reads the inputs.
///
/// # Errors
/// Exit 2: a line is no reference, the numbers of lines differ, source and destination are the
/// same, two lines go to the same tag.
pub(super) fn read(inputs: &Inputs) -> Result<Vec<Pair>, Failure> {
    let (from, to) = (lines(&inputs.from), lines(&inputs.to));
    let (images, digests) = (lines(&inputs.image), lines(&inputs.digest));
    if from.is_empty() || to.is_empty() {
        let name = if from.is_empty() { "from" } else { "to" };
        return Err(Failure::input(format!("`{name}` is empty"))
            .with_hint("write REGISTRY/NAME:TAG, or the tag alone and the repository in `image`"));
    }
    let (from, to) = if images.is_empty() { (from, to) } else { with_images(&images, from, to)? };
    in_step("from", from.len(), "to", to.len())?;
    if !digests.is_empty() {
        in_step("from", from.len(), "digest", digests.len())?;
    }
    let mut pairs = Vec::with_capacity(from.len());
    for (index, (from, to)) in from.iter().zip(&to).enumerate() {
        let digest = digests.get(index).map(|text| digest(text)).transpose()?;
        let pair = Pair { from: source(from, digest)?, to: target(to)? };
        if pair.from.repository == pair.to.repository
            && pair.from.which == Which::Tag(pair.to.tag.clone())
        {
            let name = &pair.to.text;
            return Err(Failure::input(format!("`from` and `to` are both `{name}`"))
                .with_hint("name the tag of the next environment in `to`"));
        }
        pairs.push(pair);
    }
    apart(&pairs)?;
    Ok(pairs)
}

/// The lines of an input, trimmed, without blank ones.
pub(crate) fn lines(given: &[String]) -> Vec<String> {
    let lines = given.iter().flat_map(|text| text.lines());
    lines.map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

fn in_step(first: &str, firsts: usize, second: &str, seconds: usize) -> Result<(), Failure> {
    if firsts == seconds {
        return Ok(());
    }
    let (firsts, seconds) = (counted(firsts), counted(seconds));
    Err(Failure::input(format!("`{first}` has {firsts}, `{second}` has {seconds}")).with_hint(
        format!("give `{second}` one line for each line of `{first}`, in the same order"),
    ))
}

fn counted(lines: usize) -> String {
    if lines == 1 { "one line".to_owned() } else { format!("{lines} lines") }
}

type Lines = Vec<String>;

/// The short form: tags alone, which hold for every image, or one per image.
fn with_images(images: &[String], from: Lines, to: Lines) -> Result<(Lines, Lines), Failure> {
    for image in images {
        references::repository(image)?;
    }
    let whole = |name: &str, tags: Lines| -> Result<Lines, Failure> {
        for tag in &tags {
            let read: Result<Tag, _> = tag.parse();
            read.map_err(|error| {
                Failure::from(error)
                    .while_doing(&format!("`{name}`"))
                    .with_hint("with `image`, write the tag alone, as in `staging`")
            })?;
        }
        if tags.len() != 1 {
            in_step("image", images.len(), name, tags.len())?;
        }
        let tags = tags.iter().cycle();
        Ok(images.iter().zip(tags).map(|(image, tag)| format!("{image}:{tag}")).collect())
    };
    Ok((whole("from", from)?, whole("to", to)?))
}

fn reference(name: &str, text: &str) -> Result<Reference, Failure> {
    let read: Result<Reference, _> = text.parse();
    read.map_err(|error| Failure::from(error).while_doing(&format!("`{name}`")))
}

fn no_tag(name: &str, reference: &Reference) -> Failure {
    Failure::input(format!("`{name}`: `{reference}` has no tag"))
        .with_hint("write REGISTRY/NAME:TAG; for a tag alone, name the repository in `image`")
}

fn source(text: &str, wanted: Option<Digest>) -> Result<Source, Failure> {
    let read = reference("from", text)?;
    let which = match (&read.tag, &read.digest) {
        (Some(tag), _) => Which::from(tag),
        (None, Some(digest)) => Which::from(digest),
        (None, None) => return Err(no_tag("from", &read)),
    };
    let expected = match (read.digest, wanted) {
        (Some(own), Some(wanted)) if own != wanted => {
            return Err(Failure::input(format!("`from` says {own}, `digest` says {wanted}"))
                .with_hint("give the digest once"));
        }
        (own, wanted) => wanted.or(own),
    };
    Ok(Source { text: text.to_owned(), repository: read.repository, which, expected })
}

fn target(text: &str) -> Result<Target, Failure> {
    let read = reference("to", text)?;
    if read.digest.is_some() {
        return Err(Failure::input(format!(
            "`to`: `{read}` has a digest; only a tag can be moved"
        ))
        .with_hint("write REGISTRY/NAME:TAG, and the digest that `from` must hold in `digest`"));
    }
    let Some(tag) = read.tag.clone() else { return Err(no_tag("to", &read)) };
    Ok(Target { text: text.to_owned(), repository: read.repository, tag })
}

fn digest(text: &str) -> Result<Digest, Failure> {
    let read: Result<Digest, _> = text.parse();
    read.map_err(|error| Failure::from(error).while_doing("`digest`"))
}

/// No two lines may go to the same tag, and none may start from where another goes: what came
/// first would decide.
fn apart(pairs: &[Pair]) -> Result<(), Failure> {
    let mut goals = BTreeMap::new();
    for pair in pairs {
        let key = (&pair.to.repository, &pair.to.tag);
        if goals.insert(key, &pair.to.text).is_some() {
            return Err(Failure::input(format!("`to` names `{}` twice", pair.to.text))
                .with_hint("a tag holds one image; leave out one of the lines"));
        }
    }
    for pair in pairs {
        if let Which::Tag(tag) = &pair.from.which
            && goals.contains_key(&(&pair.from.repository, tag))
        {
            let name = &pair.from.text;
            return Err(Failure::input(format!("`{name}` is in `from` and in `to`"))
                .with_hint("promote one step after the other, each in its own run"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Cli {
        #[command(flatten)]
        inputs: Inputs,
    }

    fn parse(args: &[(&str, &str)]) -> Result<Vec<Pair>, Failure> {
        let args = args.iter().map(|(name, value)| format!("--{name}={value}"));
        let cli = Cli::try_parse_from(std::iter::once("x".to_owned()).chain(args)).unwrap();
        read(&cli.inputs)
    }

    fn shown(pairs: &[Pair]) -> Vec<String> {
        pairs.iter().map(|pair| format!("{} > {}", pair.from.text, pair.to.text)).collect()
    }

    #[test]
    fn lines_go_in_step() {
        let from = "ghcr.io/acme/a:dev\r\n\n ghcr.io/acme/b:dev \n";
        let to = "ghcr.io/acme/a:prod\nr.example/b:prod";
        let pairs = parse(&[("from", from), ("to", to)]).unwrap();
        let expected =
            ["ghcr.io/acme/a:dev > ghcr.io/acme/a:prod", "ghcr.io/acme/b:dev > r.example/b:prod"];
        assert_eq!(shown(&pairs), expected);
        assert_eq!(pairs.iter().map(Pair::crosses).collect::<Vec<_>>(), [false, true]);
    }

    #[test]
    fn a_tag_alone_is_of_every_image() {
        let images = ("image", "r.example/a\nr.example/b");
        let pairs = parse(&[images, ("from", "dev"), ("to", "staging")]).unwrap();
        let a = "r.example/a:dev > r.example/a:staging";
        assert_eq!(shown(&pairs), [a, "r.example/b:dev > r.example/b:staging"]);
        let pairs = parse(&[images, ("from", "dev"), ("to", "staging\nqa")]).unwrap();
        assert_eq!(shown(&pairs), [a, "r.example/b:dev > r.example/b:qa"]);
    }

    #[test]
    fn a_digest_is_expected_or_asked_for() {
        let (one, two) = (Digest::of(b"1"), Digest::of(b"2"));
        let to = ("to", "r.example/a:prod");
        let with = |from: &str, digest: &str| parse(&[("from", from), to, ("digest", digest)]);
        let pairs = with("r.example/a:dev", one.as_str()).unwrap();
        assert_eq!(pairs[0].from.expected.as_ref(), Some(&one));
        let pairs = with(&format!("r.example/a@{two}"), "").unwrap();
        assert_eq!(pairs[0].from.which, Which::Digest(two.clone()));
        let pairs = with(&format!("r.example/a:dev@{two}"), "").unwrap();
        assert_eq!(pairs[0].from.which.as_str(), "dev");
        assert_eq!(pairs[0].from.expected.as_ref(), Some(&two));
        let failure = with(&format!("r.example/a:dev@{two}"), one.as_str()).unwrap_err();
        assert!(failure.to_string().contains("`digest` says"), "{failure}");
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        let digest = format!("r.example/a@{}", Digest::of(b"1"));
        for (args, said) in [
            (&[("from", "r.example/a:dev"), ("to", "r.example/a:dev")][..], "are both"),
            (&[("from", "a:dev"), ("to", "docker.io/library/a:dev")], "are both"),
            (&[("from", "r.example/a:dev"), ("to", "r.example/a")], "has no tag"),
            (&[("from", "dev"), ("to", "staging")], "has no tag"),
            (&[("from", "r.example/a:dev"), ("to", &digest)], "has a digest"),
            (
                &[("from", "r.example/a:dev\nr.example/b:dev"), ("to", "r.example/a:x")],
                "has 2 lines, `to` has one line",
            ),
            (
                &[("from", "r.example/a:dev"), ("to", "r.example/a:x"), ("digest", "sha256:1")],
                "has 1 digits",
            ),
            (
                &[("from", "r.example/a:dev"), ("to", "r.example/a:x"), ("digest", "x")],
                "no algorithm",
            ),
            (
                &[("from", "r.example/a:1\nr.example/a:2"), ("to", "r.example/a:x\nr.example/a:x")],
                "twice",
            ),
            (
                &[("from", "r.example/a:1\nr.example/a:2"), ("to", "r.example/a:2\nr.example/a:3")],
                "in `from` and in `to`",
            ),
            (&[("from", "R.example/A:1"), ("to", "r.example/a:x")], "upper-case"),
            (&[("from", "r.example/a:1"), ("to", "r.example/a:x y")], "has ` `"),
            (&[("from", " \n"), ("to", "r.example/a:x")], "`from` is empty"),
            (&[("image", "r.example/a"), ("from", "r.example/a:1"), ("to", "x")], "is no tag"),
            (&[("image", "r.example/a:1"), ("from", "1"), ("to", "x")], "is no repository"),
            (
                &[("image", "r.example/a"), ("from", "1"), ("to", "x\ny")],
                "has one line, `to` has 2 lines",
            ),
        ] {
            let failure = parse(args).unwrap_err();
            assert!(failure.to_string().contains(said), "{args:?}: {failure}");
            assert_eq!(failure.kind().code(), 2, "{args:?}");
            assert!(
                failure.hint().is_some() || said.contains(" y") || said == "has ` `",
                "{args:?}"
            );
        }
    }
}
