//! What is said: lines, table. Pure.

use std::collections::HashSet;

use launchway_registry::{Digest, FilePart, Repository};
use launchway_runtime::{Markdown, Summary};

use super::plan::Whole;

/// A line of the log for each platform and each blob that is missing.
pub(super) fn lines(
    whole: &Whole,
    manifests: &HashSet<Digest>,
    blobs: &[&(Digest, FilePart)],
) -> Vec<String> {
    let state = |digest: &Digest| {
        if manifests.contains(digest) { "to be put" } else { "there already" }
    };
    let images = whole.images.iter().map(|image| {
        let digest = &image.manifest.digest;
        format!("{} {digest}: {} (`{}`)", image.platform, state(digest), image.source)
    });
    let blobs = blobs.iter().map(|(digest, part)| format!("{digest}: {} bytes to send", part.size));
    let index = whole.top.is_index().then(|| {
        let digest = &whole.top.digest;
        format!("index {digest}: {}", state(digest))
    });
    images.chain(blobs).chain(index).collect()
}

/// The last line.
pub(super) fn end(
    manifests: &HashSet<Digest>,
    blobs: usize,
    bytes: u64,
    is_dry_run: bool,
) -> String {
    let count = |count: usize, what: &str| match count {
        1 => format!("one {what}"),
        count => format!("{count} {what}s"),
    };
    let what = format!(
        "{} ({bytes} bytes) and {}",
        count(blobs, "blob"),
        count(manifests.len(), "manifest")
    );
    match (manifests.is_empty(), is_dry_run) {
        (true, _) => "everything is there already".to_owned(),
        (false, true) => format!("dry run: {what} would be sent"),
        (false, false) => format!("{what} sent; it has no tag yet"),
    }
}

/// The summary: a table of the platforms.
pub(super) fn summary(
    repository: &Repository,
    whole: &Whole,
    sent: u64,
    is_dry_run: bool,
) -> Summary {
    let title = if is_dry_run { "Image that would be published" } else { "Image" };
    let rows = whole.images.iter().map(|image| {
        let size: u64 = image.blobs.iter().map(|(_, part)| part.size).sum();
        vec![
            Markdown::code(&image.platform),
            Markdown::code(image.manifest.digest.short()),
            Markdown::text(&size.to_string()),
        ]
    });
    let image = repository.at(whole.top.digest.clone()).to_string();
    Summary::new()
        .heading(3, title)
        .paragraph(Markdown::code(&image))
        .table(&["Platform", "Digest", "Bytes"], rows)
        .paragraph(format!("{sent} bytes were sent."))
}
