//! The outputs, declared once.

launchway_runtime::outputs! {
    /// What a run hands to the steps after it.
    pub struct Outputs {
        /// Whether a package was published in this run: `true` or `false`.
        published => "published",
        /// What was published in this run, as JSON: a list of objects with `name`, `version`, `tag`,
        /// `path` and `ecosystem`.
        published_packages => "published-packages", "publishedPackages",
        /// What was released in this run, published or only tagged, as JSON: a list of objects like
        /// those of `published-packages`. It has the package of each of `tags`.
        released_packages => "released-packages",
        /// What waits in the npm registry for approval, as JSON: a list of objects with `name`,
        /// `version`, `id`, `size`, `integrity` and the `files` that changed.
        staged_packages => "staged-packages",
        /// Whether there are changesets, empty ones included: `true` or `false`.
        has_changesets => "has-changesets", "hasChangesets",
        /// Number of the version pull request.
        pr_number => "pr-number", "pullRequestNumber",
        /// Address of the version pull request.
        pr_url => "pr-url",
        /// The tags of what was released in this run, as JSON: `["@acme/core@1.2.0"]`. They are
        /// there now, whether this run made them or found them.
        tags => "tags",
        /// What was to be done and why, as JSON; the same with and without `dry-run`.
        plan => "plan",
    }
}
