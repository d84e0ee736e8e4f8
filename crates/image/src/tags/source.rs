//! What versions are read from: the pushed tag, or the version of one package of a monorepo.

use launchway_base::Failure;

use super::inputs::Inputs;
use super::package::{self, Facts};

/// What versions are read from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The text, which is read as the pushed tag is. Else the reason why there is none.
    pub text: Result<String, String>,
    /// Why it is the version of the package, where the image is of one.
    pub reason: Option<String>,
    /// The package, where the image is of one.
    pub package: Option<String>,
    /// The packages that were published in this run.
    pub known: Vec<String>,
    /// The git tag the version is of, where there is one.
    pub tag: Option<String>,
}

impl Source {
    /// The tag of a run that is about no package.
    pub fn of_tag(reference: &str) -> Self {
        let tag = reference.strip_prefix("refs/tags/").map(str::to_owned);
        let text = tag.clone().ok_or_else(|| "the run is for no tag".to_owned());
        Self { text, reason: None, package: None, known: Vec::new(), tag }
    }

    /// What the inputs and the run say.
    ///
    /// # Errors
    /// `published-packages` cannot be read, or `package` could be two of them.
    pub fn of(inputs: &Inputs, facts: Facts<'_>) -> Result<Self, Failure> {
        let Some(name) = inputs.package.as_deref() else {
            return Ok(Self::of_tag(facts.reference));
        };
        let published = package::published(inputs.published_packages.as_deref().unwrap_or(""))?;
        let answer = package::find(facts, name, &published)?;
        let reason = answer.found.is_some().then(|| answer.reason.clone());
        let (text, tag) = match answer.found {
            Some(found) => (Ok(found.version), found.tag),
            None => (Err(answer.reason), None),
        };
        let known = published.into_iter().map(|entry| entry.name).collect();
        Ok(Self { text, reason, package: Some(name.to_owned()), known, tag })
    }
}
