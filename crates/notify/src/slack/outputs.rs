//! The outputs, declared once.

launchway_runtime::outputs! {
    /// What a run hands to the steps after it.
    pub struct Outputs {
        /// Whether Slack took everything: `true` or `false`.
        ok => "ok",
        /// Timestamp of the message, by which it can be updated or answered.
        ts => "ts",
        /// Timestamp of the thread: of the message the answer belongs to, else that of the message itself.
        thread_ts => "thread-ts", "thread_ts",
        /// Id of the channel.
        channel_id => "channel-id", "channel_id",
        /// Where the message can be seen.
        permalink => "permalink",
        /// Status code of the last answer; empty without one.
        status_code => "status-code",
        /// Slack's word where it refused, else `unknown`, `deadline` or `unreachable`; empty when all went well.
        error => "error",
        /// How many requests were sent for the message, repeats included.
        attempts => "attempts",
        /// What Slack answered to the message, as JSON.
        response => "response",
        /// When it was over, in seconds since 1970.
        time => "time",
    }
}
