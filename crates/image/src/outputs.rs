//! The outputs of the verbs that move tags, declared once.

use launchway_runtime::Session;
use serde_json::json;

use crate::references::{Image, Target};

/// The most bytes of one output; a job has room for a million characters.
const LIMIT: usize = 200_000;

launchway_runtime::outputs! {
    /// What a run of `push-tags`, `promote` or `rollback` hands to the steps after it.
    pub struct Outputs {
        /// Digest of the image, as in `sha256:…`; with several images one per line.
        digest => "digest",
        /// The tags that were written, one per line with registry and repository.
        changed => "changed",
        /// What the written tags held before, as JSON: tag to digest, `null` for one that is new.
        previous => "previous",
        /// Who moved what, when and from where, as JSON; `rollback` takes it.
        record => "record",
        /// What was to be done and why, as JSON, the same with and without `dry-run`: a list of objects
        /// with `tag`, `action`, `before`, `after` and `reason`.
        plan => "plan",
    }
}

launchway_runtime::outputs! {
    /// What a run of `push-tags` hands to the steps after it, besides [`Outputs`].
    pub struct PushTagsOutputs {
        /// Digest of the image, as in `sha256:…`.
        digest => "digest",
        /// The tags that were written, one per line with registry and repository.
        changed => "changed",
        /// What the written tags held before, as JSON: tag to digest, `null` for one that is new.
        previous => "previous",
        /// Who moved what, when and from where, as JSON; `rollback` takes it.
        record => "record",
        /// What was to be done and why, as JSON, the same with and without `dry-run`: a list of objects
        /// with `tag`, `action`, `before`, `after` and `reason`.
        plan => "plan",
        /// The image with its tags as a JSON object with `name`, `digest`, `tags` and `version`, the
        /// first tag; deploy.yml takes it. Empty unless all tags hold the digest.
        artifact => "artifact",
    }
}

impl PushTagsOutputs {
    /// The outputs of a run that ended well.
    pub fn new(common: Outputs, artifact: Option<String>) -> Self {
        let Outputs { digest, changed, previous, record, plan } = common;
        Self { digest, changed, previous, record, plan, artifact }
    }
}

/// The image with its tags, as JSON in one line; `None` where that would be too long.
pub fn artifact<'a>(image: &Image, tags: impl IntoIterator<Item = &'a Target>) -> Option<String> {
    let tags: Vec<&Target> = tags.into_iter().collect();
    let texts: Vec<&str> = tags.iter().map(|target| target.text.as_str()).collect();
    let version = tags.first().map(|target| target.tag.as_str());
    let json = json!({
        "name": image.repository.to_string(), "digest": image.digest, "tags": texts, "version": version,
    });
    Some(json.to_string()).filter(|text| text.len() <= LIMIT)
}

impl Outputs {
    /// Leaves out what is too long for an output, and says so: the tags have moved, and a run that
    /// fails for it would only hide that.
    #[must_use]
    pub fn within_budget(mut self, session: &Session) -> Self {
        let all = [
            &mut self.digest,
            &mut self.changed,
            &mut self.previous,
            &mut self.record,
            &mut self.plan,
        ];
        let long =
            all.into_iter().filter(|output| output.as_ref().is_some_and(|text| text.len() > LIMIT));
        if long.map(Option::take).count() > 0 {
            session.warn(
                "the record is too long for the outputs of a job; name a file for it with `record-file`",
            );
        }
        self
    }
}
