//! The outputs of `build-plan`, declared once.

launchway_runtime::outputs! {
    /// What a run of `build-plan` hands to the jobs after it.
    pub struct Outputs {
        /// Whether there is anything to build: `false` where what was published is not of this image.
        build => "build",
        /// Whether what passed is published.
        push => "push",
        /// Whether what is published is attested.
        attest => "attest",
        /// The matrix of the job that builds, as JSON: for each platform `platform`, `id`, a name for
        /// files, `runner`, `emulated`, `cache-from` and `cache-to`.
        matrix => "matrix",
        /// The platforms, with commas between.
        platforms => "platforms",
        /// The first image, without a tag: the one to push.
        image => "image",
        /// The package the image is of, where it is of one.
        package => "package",
        /// The tags with their images, one per line.
        tags => "tags",
        /// The labels, one `key=value` per line.
        labels => "labels",
        /// The version: the first tag.
        version => "version",
        /// A short name of what is built, the same in every run: for a cache or a concurrency group.
        key => "key",
        /// A short name of this very build among others of the run: for its artifacts.
        files => "files",
    }
}
