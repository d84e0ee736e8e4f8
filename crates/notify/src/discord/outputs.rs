//! The outputs, declared once.

launchway_runtime::outputs! {
    /// What a run hands to the steps after it.
    pub struct Outputs {
        /// Whether the message was taken: `true` or `false`.
        ok => "ok",
        /// Id of the message, by which it can be updated.
        message_id => "message-id",
        /// Id of the channel or thread the message is in.
        channel_id => "channel-id",
        /// Status code of the last answer; empty where none came.
        status_code => "status-code",
        /// Why it was not taken: Discord's word, or `unknown`, `unreachable`, `deadline`; empty where it was.
        error => "error",
        /// How many requests were sent.
        attempts => "attempts",
        /// The last answer.
        response => "response",
    }
}
