//! Tags are moved together or not at all: written, read back, and moved back when one of them fails.

mod apply;
mod undo;

use std::collections::BTreeMap;
use std::fmt;

use launchway_base::{Failure, Kind};
use launchway_registry::{Digest, Manifest, Registry, RegistryError};

use crate::push_tags::observe;
use crate::references::Target;

pub use undo::{Left, keep};

/// How many requests are under way at once.
pub const AT_ONCE: usize = 8;

/// A tag that is to hold a manifest.
#[derive(Clone, Debug)]
pub struct Move {
    /// The tag.
    pub target: Target,
    /// The digest it holds before; `None` when it does not exist.
    pub before: Option<Digest>,
    /// The manifest, which is in the repository already.
    pub manifest: Manifest,
}

/// The clients a run writes with.
#[derive(Clone, Debug)]
pub struct Hands<'a> {
    /// For what is to be done.
    pub registry: &'a Registry,
    /// For putting back, which must go on when the time of the command is up.
    pub back: &'a Registry,
}

/// A write that was sent.
#[derive(Clone, Copy, Debug)]
struct Begun<'a> {
    one: &'a Move,
    /// Whether the registry said that it took it.
    is_taken: bool,
}

/// Why nothing, or not everything, was moved.
#[derive(Debug)]
pub struct Undone {
    /// What went wrong.
    pub cause: Failure,
    /// Tags that hold again what they held before, or are gone again.
    pub back: Vec<Target>,
    /// Tags that could not be put back, and why.
    pub left: Vec<Left>,
}

impl Undone {
    /// The failure the command ends with: its cause, or exit 4 where something could not be put
    /// back.
    pub fn into_failure(self) -> Failure {
        let Self { cause, back, left } = self;
        let put_back = match back.len() {
            0 if !left.is_empty() => "nothing was put back".to_owned(),
            0 => "nothing was moved".to_owned(),
            1 => "one tag was put back".to_owned(),
            count => format!("{count} tags were put back"),
        };
        let hint = cause.hint().map(str::to_owned);
        let chain = cause.chain();
        if left.is_empty() {
            let failure = Failure::new(cause.kind(), format!("{chain}; {put_back}"));
            return match hint {
                Some(hint) => failure.with_hint(hint),
                None => failure,
            };
        }
        let named: Vec<String> = left.iter().take(5).map(ToString::to_string).collect();
        let more = left.len().saturating_sub(named.len());
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        Failure::new(
            Kind::Partial,
            format!("{chain}; {put_back}, and these could not be: {}{more}", named.join(", ")),
        )
        .with_hint(
            "run again to complete the rest; a tag that is too much is deleted in the registry",
        )
    }
}

impl fmt::Display for Left {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` ({})", self.target, self.why)
    }
}

/// Moves the tags, round after round: a round begins when every tag of the one before holds what it
/// should. On a failure every tag that was moved is put back.
///
/// # Errors
/// What went wrong, with what could and could not be put back.
pub async fn apply(hands: &Hands<'_>, rounds: &[Vec<Move>]) -> Result<(), Undone> {
    let mut begun: Vec<Begun<'_>> = Vec::new();
    for round in rounds {
        let (started, result) = apply::round(hands.registry, round).await;
        begun.extend(started);
        if let Err(cause) = result {
            let (back, left) = undo::all(hands.back, &begun).await;
            return Err(Undone { cause, back, left });
        }
    }
    Ok(())
}

/// Looks once more, after something that took its time: what the tags held before decides whether
/// they may be moved, and is what the record says.
///
/// # Errors
/// Exit 1: one holds something else by now. Nothing was moved.
pub async fn unmoved<'a>(
    registry: &Registry,
    moves: impl Iterator<Item = &'a Move>,
) -> Result<(), Failure> {
    let moves: Vec<&Move> = moves.collect();
    let targets: Vec<Target> = moves.iter().map(|one| one.target.clone()).collect();
    let held = observe::held(registry, &targets).await?;
    let held =
        moves.iter().zip(held).map(|(one, now)| (one, observe::known_as(now, &one.manifest)));
    match held.into_iter().find(|(one, now)| one.before != *now) {
        None => Ok(()),
        Some((one, now)) => {
            let now = now.map_or_else(|| "nothing".to_owned(), |digest| digest.to_string());
            Err(Failure::rejected(format!(
                "`{}` holds {now} since the image was copied: no tag was moved",
                one.target
            ))
            .with_hint("somebody else moved it; look, and run again"))
        }
    }
}

/// The moves of one round by repository and manifest, in order.
fn groups(round: &[Move]) -> Vec<Vec<&Move>> {
    let mut groups: BTreeMap<_, Vec<&Move>> = BTreeMap::new();
    for one in round {
        groups.entry((&one.target.repository, &one.manifest.digest)).or_default().push(one);
    }
    groups.into_values().collect()
}

fn failed(target: &Target, doing: &str, error: RegistryError) -> Failure {
    let failure = Failure::from(error);
    if failure.to_string().contains(target.text.as_str()) {
        failure
    } else {
        failure.while_doing(&format!("{doing} `{target}`"))
    }
}
