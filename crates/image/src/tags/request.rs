//! The inputs, read.

use launchway_base::Failure;
use launchway_runtime::inputs::{Separator, Verbatim};

use super::flavor::Flavor;
use super::inputs::Inputs;
use super::observe::Needs;
use super::plan::Request;
use super::report::Separators;
use super::settings::Settings;
use super::{images, rule};
use crate::words::{list, number};

/// Reads the inputs; the second part warns of what means nothing.
///
/// # Errors
/// An entry that cannot be read.
pub fn read(inputs: &Inputs, settings: &Settings) -> Result<(Request, Vec<String>), Failure> {
    let images = images::parse(&entries("images", &inputs.images)?)?;
    let (rules, warnings) = rule::parse(&entries("tags", &inputs.tags)?)?;
    let flavor = Flavor::parse(&entries("flavor", &inputs.flavor)?)?;
    let request = Request {
        rules,
        flavor,
        images,
        labels: entries("labels", &inputs.labels)?,
        annotations: entries("annotations", &inputs.annotations)?,
        levels: settings.levels.clone(),
        strict: inputs.strict,
    };
    Ok((request, warnings))
}

fn entries(name: &str, given: &[Verbatim]) -> Result<Vec<String>, Failure> {
    let text = given.iter().map(Verbatim::as_str).collect::<Vec<_>>().join("\n");
    list::lines(number::trim(&text)).map_err(|failure| failure.while_doing(&format!("`{name}`")))
}

/// What the run needs that may cost a request: the date of the commit only where a template may
/// ask for it.
pub fn needs(inputs: &Inputs) -> Needs {
    let texts = [&inputs.tags, &inputs.flavor, &inputs.labels, &inputs.annotations];
    let commit_date = texts.into_iter().flatten().any(|text| text.contains("commit_date"));
    Needs { commit_date }
}

/// What stands between the entries of each output.
pub fn separators(inputs: &Inputs) -> Separators {
    let or_line = |given: &Option<Separator>| {
        given.as_ref().map_or_else(|| "\n".to_owned(), |given| given.as_str().to_owned())
    };
    Separators {
        tags: or_line(&inputs.sep_tags),
        labels: or_line(&inputs.sep_labels),
        annotations: or_line(&inputs.sep_annotations),
    }
}
