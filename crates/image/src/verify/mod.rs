//! Proof: tags hold a digest, and the image is signed.

mod collect;
mod key;
mod signature;

use std::path::PathBuf;

use clap::Args;
use launchway_base::Failure;
use launchway_registry::Digest;
use launchway_runtime::{Markdown, Session, Summary, files};

pub use key::Key;

use crate::place::Place;
use crate::push_tags::observe;
use crate::references::{self, Image, Target};
use collect::Found;

/// How many wrong tags or signatures a message names.
const NAMED: usize = 5;
/// How many tags the table of a summary shows.
const ROWS: usize = 1_000;

/// The inputs of `verify`.
#[derive(Clone, Debug, Args)]
pub struct Inputs {
    /// Image that is expected: `REGISTRY/NAME@sha256:…`.
    #[arg(long, value_name = "IMAGE")]
    pub image: String,

    /// Tags that should hold it, one full reference (`REGISTRY/NAME:TAG`) per line.
    #[arg(long, value_name = "TAGS")]
    pub tags: Vec<String>,

    /// File to read `tags` from, for lists that are too long for an input.
    #[arg(long, value_name = "FILE")]
    pub tags_file: Option<PathBuf>,

    /// Public key in PEM form that the image is to be signed with, as `cosign.pub`: ECDSA, RSA or
    /// Ed25519. Signatures are looked for as cosign 1, 2 and 3 leave them in the registry.
    #[arg(long, value_name = "PEM")]
    pub key: Option<String>,

    /// File to read `key` from.
    #[arg(long, value_name = "FILE")]
    pub key_file: Option<PathBuf>,

    /// The registries.
    #[command(flatten)]
    pub place: Place,
}

launchway_runtime::outputs! {
    /// What `verify` hands to the steps after it.
    pub struct Outputs {
        /// Digest of the image.
        digest => "digest",
        /// Where the signature stands that was made with the key: a tag or digest. Empty without a key.
        signature => "signature",
    }
}

/// Verifies.
///
/// # Errors
/// A tag holds something else, or no signature is made with the key (exit 1); a registry cannot be
/// asked (exit 3).
pub async fn main(session: &Session, inputs: Inputs) -> Result<(), Failure> {
    let image = references::image(&inputs.image)?;
    let targets = references::targets(&inputs.tags, inputs.tags_file.as_deref())?;
    let key = files::text_or_file("key", inputs.key.as_deref(), inputs.key_file.as_deref())
        .map_err(|failure| {
            references::hinted(failure, "name the file of the public key, as `cosign.pub`")
        })?;
    let key = key.map(|pem| Key::parse(&pem)).transpose()?;
    if targets.is_empty() && key.is_none() {
        return Err(Failure::input("neither `tags` nor a key is given")
            .with_hint("say which tags should hold the image, or which key it is signed with"));
    }
    if targets.is_empty() {
        if inputs.tags_file.is_some() {
            return Err(Failure::input("`tags-file` names no tag")
                .with_hint("leave it out to check the signature alone"));
        }
        session.say("no tag is given: only the signature is checked");
    }
    let registry = inputs.place.registry(session)?;
    let manifest = observe::manifest(&registry, &image).await?;
    let held = observe::held(&registry, &targets).await?.into_iter();
    let held = held.map(|held| observe::known_as(held, &manifest));
    let tags: Vec<(Target, Option<Digest>)> = targets.into_iter().zip(held).collect();
    for (target, held) in &tags {
        session.say(&format!("{target}: {}", said(&image, held.as_ref())));
    }
    let signed = match &key {
        Some(key) => {
            let found = collect::collect(&registry, &image).await?;
            Some(signed(&image, key, &found))
        }
        None => None,
    };
    if let Some(Ok(place)) = &signed {
        session.say(&format!("{image}: signed with the key ({place})"));
    }
    session.summarize(&summary(&image, &tags, signed.as_ref()))?;
    if let Some(failure) = rejection(&image, &tags, signed.as_ref()) {
        return Err(failure);
    }
    session.write_outputs(&Outputs {
        digest: Some(image.digest.to_string()),
        signature: Some(signed.and_then(Result::ok).unwrap_or_default()),
    })
}

/// Where the first signature stands that holds; or why none does.
fn signed(image: &Image, key: &Key, found: &[Found]) -> Result<String, String> {
    let mut wrong = Vec::new();
    for one in found {
        let checked = match &one.candidate {
            Ok(candidate) => signature::check(candidate, key, &image.digest),
            Err(why) => Err(why.clone()),
        };
        match checked {
            Ok(()) => return Ok(one.place.clone()),
            Err(why) => wrong.push(format!("{}: {why}", one.place)),
        }
    }
    if wrong.is_empty() {
        return Err(format!("{image} has no signature"));
    }
    let more = wrong.len().saturating_sub(NAMED);
    let more = if more > 0 { format!("; and {more} more") } else { String::new() };
    wrong.truncate(NAMED);
    Err(format!("no signature of {image} holds: {}{more}", wrong.join("; ")))
}

fn said(image: &Image, held: Option<&Digest>) -> String {
    match held {
        Some(held) if *held == image.digest => "holds it".to_owned(),
        Some(held) => format!("holds {held}"),
        None => "is not there".to_owned(),
    }
}

fn rejection(
    image: &Image,
    tags: &[(Target, Option<Digest>)],
    signed: Option<&Result<String, String>>,
) -> Option<Failure> {
    let wrong: Vec<String> = tags
        .iter()
        .filter(|(_, held)| held.as_ref() != Some(&image.digest))
        .map(|(target, held)| format!("`{target}` {}", said(image, held.as_ref())))
        .collect();
    let mut parts = Vec::new();
    let hint = if wrong.is_empty() {
        "do not use the image before you know why"
    } else {
        "do not use what the tags hold before you know why"
    };
    if !wrong.is_empty() {
        let more = wrong.len().saturating_sub(NAMED);
        let more = if more > 0 { format!(", and {more} more do not") } else { String::new() };
        let named = wrong.into_iter().take(NAMED).collect::<Vec<_>>().join(", ");
        parts.push(format!("{named}{more}; expected is {}", image.digest));
    }
    if let Some(Err(why)) = signed {
        parts.push(why.clone());
    }
    (!parts.is_empty()).then(|| Failure::rejected(parts.join("; ")).with_hint(hint))
}

fn summary(
    image: &Image,
    tags: &[(Target, Option<Digest>)],
    signed: Option<&Result<String, String>>,
) -> Summary {
    let rows = tags.iter().take(ROWS).map(|(target, held)| {
        let digest =
            held.as_ref().map_or_else(|| Markdown::raw("–"), |held| Markdown::code(held.short()));
        let holds = held.as_ref() == Some(&image.digest);
        let verdict = if holds { "yes" } else { "no" };
        vec![Markdown::code(&target.text), digest, Markdown::raw(verdict)]
    });
    let mut summary = Summary::new()
        .heading(3, "Proof by digest")
        .paragraph(Markdown::raw("Image ").and(Markdown::code(&image.to_string())))
        .table(&["Tag", "Holds", "As expected"], rows);
    if tags.len() > ROWS {
        summary = summary.paragraph(references::in_the_log(tags.len() - ROWS));
    }
    match signed {
        Some(Ok(place)) => {
            summary.paragraph(Markdown::raw("Signed with the key: ").and(Markdown::code(place)))
        }
        Some(Err(why)) => summary.paragraph(why),
        None => summary,
    }
}
