//! The outputs, declared once.

launchway_runtime::outputs! {
    /// What a run hands to the steps after it.
    pub struct Outputs {
        /// Whether the server took the message: `true` or `false`.
        ok => "ok",
        /// The `Message-ID` it was sent with, without brackets.
        message_id => "message-id",
        /// Why it was not taken: the server's answer, or `unknown`, `unreachable`, `deadline`; empty where it was.
        error => "error",
        /// How often it was tried.
        attempts => "attempts",
        /// The server's answer to the message.
        response => "response",
    }
}
