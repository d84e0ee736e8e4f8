//! The outputs, declared once.

launchway_runtime::outputs! {
    /// What a run hands to the steps after it.
    pub struct Outputs {
        /// The changelog that was made; where it is too long for an output, cut with a note.
        content => "content",
        /// Version of the newest release in it; empty while it has none.
        version => "version",
        /// How that version came from the one before, with `bump`: `major`, `minor` or `patch`.
        bump => "bump",
        /// Whether a file holds something else now: `true` or `false`.
        changed => "changed",
        /// Path of the file that was written.
        file => "file", "changelog",
        /// With `packages`, as JSON: a list of objects with `name`, `version`, `bump`, `changed` and
        /// `file`.
        packages => "packages",
    }
}
