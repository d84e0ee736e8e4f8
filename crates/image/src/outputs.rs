//! The outputs of the verbs that move tags, declared once.

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
    }
}
