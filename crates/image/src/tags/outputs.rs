//! The outputs of `tags`, declared once.

launchway_runtime::outputs! {
    /// What a run of `tags` hands to the steps after it.
    pub struct Outputs {
        /// The version: the first tag. Empty when there is no tag.
        version => "version",
        /// The tags with their images, as `ghcr.io/acme/api:1.2.3`, one per line.
        tags => "tags",
        /// The tags without images, one per line.
        tag_names => "tag-names",
        /// The labels, `key=value`, one per line.
        labels => "labels",
        /// The annotations, `level:key=value`, one per line.
        annotations => "annotations",
        /// All of it as a JSON object with `tags`, `tag-names`, `labels` and `annotations`.
        json => "json",
        /// Path of a bake file with the tags.
        bake_file_tags => "bake-file-tags",
        /// Path of a bake file with the labels.
        bake_file_labels => "bake-file-labels",
        /// Path of a bake file with the annotations.
        bake_file_annotations => "bake-file-annotations",
        /// Path of a bake file with tags and labels.
        bake_file => "bake-file",
        /// Why each tag is given or not, as JSON: a list of objects with `rule`, `tag`,
        /// `given` and `reason`. Left out where it would be longer than 100,000 bytes.
        reasons => "reasons",
    }
}
