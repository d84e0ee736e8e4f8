//! The outputs, declared once.

launchway_runtime::outputs! {
    /// What a run hands to the steps after it.
    pub struct Outputs {
        /// Whether every target is healthy: `true` or `false`.
        healthy => "healthy",
        /// How many attempts were made at all targets together.
        attempts => "attempts",
        /// Milliseconds from the start to the last verdict.
        elapsed_ms => "elapsed-ms",
        /// Milliseconds from the start until the last target began to be healthy and stayed it;
        /// empty unless all are.
        time_to_healthy_ms => "time-to-healthy-ms",
        /// The HTTP status of the last attempt, but for one that the deadline cut short, at the first
        /// target that is not healthy, else at the first target; empty when it has none.
        status => "status",
        /// Why the first target that is not healthy, in the order given, is not; empty when all
        /// are. One of a closed set of words, such as `connection_refused`.
        reason => "reason",
        /// Path of the report, a JSON file with the attempts; empty when none was written.
        report => "report",
    }
}
