//! The outputs, declared once.

launchway_runtime::outputs! {
    /// What a run hands to the steps after it.
    pub struct Outputs {
        /// Whether the workflow took the message: `true` or `false`.
        ok => "ok",
        /// Status code of the last answer; empty where none came.
        status_code => "status-code",
        /// Why it was not taken: the answer, or `unknown`, `unreachable`, `deadline`; empty where it was.
        error => "error",
        /// How many requests were sent.
        attempts => "attempts",
        /// The last answer.
        response => "response",
    }
}
