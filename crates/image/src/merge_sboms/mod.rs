//! One list of what an image holds (SBOM, `CycloneDX`) from those of its platforms.
//!
//! Files are found and read, [`merge`] does the rest (pure).

mod labels;
mod merge;
mod platforms;
mod read;

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use clap::Args;
use launchway_base::Failure;
use launchway_runtime::workflow::random_token;
use launchway_runtime::{Markdown, Session, Summary, files};

use self::merge::{List, Merged};
use crate::files::{Sought, find};
use crate::push::listed_platforms;
use crate::references::{self, Image};

/// The most bytes of a list.
const LIMIT: u64 = 64 * 1024 * 1024;
/// The most bytes of all lists: what stands for them in memory is many times larger.
const TOGETHER: usize = 256 * 1024 * 1024;
/// The most bytes of a list that GitHub attests.
const ATTESTED: usize = 16 * 1024 * 1024;

/// Lists of what an image holds.
const SBOMS: Sought = Sought {
    what: "list",
    hint: "name documents of CycloneDX in JSON, folders with `*.cdx.json` or `bom.json`, or patterns; one per line",
    is_folder: |_| false,
    is_file: |path| {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        name.ends_with(".cdx.json") || name == "bom.json"
    },
};

/// The inputs of `merge-sboms`.
#[derive(Clone, Debug, Args)]
pub struct Inputs {
    /// Lists of what an image holds, documents of `CycloneDX` in JSON, one path, folder or pattern per
    /// line. In folders all `*.cdx.json` and `bom.json` are taken.
    #[arg(long, value_name = "PATHS", required = true)]
    pub files: Vec<String>,

    /// Platforms of the image, such as `linux/amd64`, one per line or with commas between: each must
    /// have its list. Unless there is only one, the name of the file or of its folder ends with that of
    /// its platform, as in `sbom-linux-arm64.cdx.json`.
    #[arg(long, value_name = "PLATFORMS")]
    pub platforms: Vec<String>,

    /// The image by its digest, `REGISTRY/NAME@sha256:…`: what the list says that it is of.
    #[arg(long, value_name = "IMAGE")]
    pub image: Option<String>,

    /// File to write the list to. Unless given, one in the runner's folder for temporary files.
    #[arg(long, value_name = "PATH")]
    pub output: Option<PathBuf>,
}

launchway_runtime::outputs! {
    /// What a run of `merge-sboms` hands to the steps after it.
    pub struct Outputs {
        /// Path of the list.
        file => "file",
        /// How many components it has.
        components => "components",
    }
}

/// Merges.
///
/// # Errors
/// A list is missing, cannot be read or is none; the file cannot be written.
pub fn main(session: &Session, inputs: &Inputs) -> Result<(), Failure> {
    let image = inputs.image.as_deref().map(references::image).transpose()?;
    let platforms = listed_platforms(&inputs.platforms);
    let named = lists(inputs, &platforms)?;
    let mut read = Vec::new();
    let mut room = TOGETHER;
    for (platform, path) in &named {
        let text = files::read_text(path, LIMIT)?;
        room = room.checked_sub(text.len()).ok_or_else(|| {
            Failure::input(format!("the lists hold more than {TOGETHER} bytes together"))
        })?;
        read.push(List { platform: platform.clone(), document: read::list(path, &text)? });
        session.say(&match platform {
            Some(platform) => format!("{platform}: `{}`", path.display()),
            None => format!("`{}`", path.display()),
        });
    }
    let merged = merge::merge(read, image.as_ref());
    let text = merged.document.to_string();
    let path = output(session, inputs);
    write(&path, &text)?;
    say(session, &merged, named.len(), text.len());
    session.write_outputs(&Outputs {
        file: Some(path.display().to_string()),
        components: Some(merged.components.to_string()),
    })?;
    session.summarize(&summary(&merged, &named, image.as_ref()))
}

/// The lists with their platforms, in the order in which they are merged.
fn lists(inputs: &Inputs, platforms: &[String]) -> Result<Vec<(Option<String>, PathBuf)>, Failure> {
    let mut paths = find(&inputs.files, &SBOMS).map_err(|failure| match platforms {
        [] => failure,
        names => platforms::incomplete(&names.join(" and ")).caused_by(failure),
    })?;
    // What an earlier run has written is none of the lists.
    let own = inputs.output.as_deref().and_then(|path| path.canonicalize().ok());
    // Nor is a file a second list under a second name.
    let mut seen = HashSet::new();
    paths.retain(|path| {
        let whole = path.canonicalize().ok();
        whole.is_none() || (whole != own && seen.insert(whole))
    });
    if platforms.is_empty() {
        if paths.is_empty() {
            return Err(Failure::input("`files` names no list").with_hint(SBOMS.hint));
        }
        return Ok(paths.into_iter().map(|path| (None, path)).collect());
    }
    let assigned = platforms::assign(paths, platforms)?;
    Ok(assigned.into_iter().map(|(platform, path)| (Some(platform), path)).collect())
}

fn output(session: &Session, inputs: &Inputs) -> PathBuf {
    inputs.output.clone().unwrap_or_else(|| {
        let folder = format!("launchway-image-{}", random_token());
        session.context().temp_dir().join(folder).join("sbom.cdx.json")
    })
}

/// Writes the file whole, or what was there before stays.
fn write(path: &Path, text: &str) -> Result<(), Failure> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let mut beside = path.as_os_str().to_owned();
    beside.push(format!(".{}.new", std::process::id()));
    let done = folder
        .map_or(Ok(()), std::fs::create_dir_all)
        .and_then(|()| std::fs::write(&beside, text))
        .and_then(|()| std::fs::rename(&beside, path));
    done.map_err(|error| {
        let _best_effort = std::fs::remove_file(&beside);
        Failure::input(format!("cannot write the list to `{}`", path.display())).caused_by(error)
    })
}

fn say(session: &Session, merged: &Merged, lists: usize, bytes: usize) {
    if merged.signatures > 0 {
        session.warn("signatures inside the lists are left out: what they signed was changed");
    }
    if bytes > ATTESTED {
        session.warn(&format!(
            "the list has {bytes} bytes, and GitHub attests none of more than {ATTESTED}"
        ));
    }
    session.say(&match lists {
        1 => format!("{} components", merged.components),
        lists => format!("{} components of {lists} lists", merged.components),
    });
}

fn summary(merged: &Merged, named: &[(Option<String>, PathBuf)], image: Option<&Image>) -> Summary {
    let platforms = named.iter().filter_map(|(platform, _)| platform.as_deref());
    let platforms = Markdown::join(platforms.map(Markdown::code), ", ");
    let mut summary = Summary::new().heading(3, "What the image holds");
    if let Some(image) = image {
        summary = summary.paragraph(Markdown::code(&image.to_string()));
    }
    let count = format!("{} components", merged.components);
    if platforms.is_empty() {
        return summary.paragraph(count);
    }
    summary.paragraph(Markdown::text(&format!("{count}, for ")).and(platforms))
}
