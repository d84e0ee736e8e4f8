//! The outputs of the verbs that move tags, declared once.

use launchway_runtime::Session;

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
