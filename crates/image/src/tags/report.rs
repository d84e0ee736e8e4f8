//! What a plan looks like as outputs, log and summary. Pure.

use launchway_runtime::{Markdown, Summary};
use serde_json::{Map, Value, json};

use super::outputs::Outputs;
use super::plan::Plan;

/// Reasons that are longer than this as JSON are in the log only.
const REASONS_LIMIT: usize = 100_000;
/// How many tags a summary shows.
const SHOWN: usize = 100;
/// The largest variable that is handed on, in bytes: larger ones keep a system from starting any
/// program.
const VARIABLE_LIMIT: usize = 100_000;
/// The most variables may hold together, in bytes.
const VARIABLES_LIMIT: usize = 400_000;

/// What stands between the entries of an output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Separators {
    /// Between tags.
    pub tags: String,
    /// Between labels.
    pub labels: String,
    /// Between annotations.
    pub annotations: String,
}

/// The JSON of a plan.
pub fn json(plan: &Plan) -> Value {
    json!({
        "tags": plan.tags,
        "tag-names": plan.tag_names,
        "labels": Value::Object(plan.labels.fields()),
        "annotations": plan.leveled,
    })
}

/// The outputs; `files` are the paths of the bake files by the names of their outputs.
pub fn outputs(plan: &Plan, separators: &Separators, files: &[(&'static str, String)]) -> Outputs {
    let path =
        |output: &str| files.iter().find(|(name, _)| *name == output).map(|(_, path)| path.clone());
    let reasons = serde_json::to_string(&plan.reasons).unwrap_or_default();
    Outputs {
        version: Some(plan.version.clone()),
        tags: Some(plan.tags.join(&separators.tags)),
        tag_names: Some(plan.tag_names.join(&separators.tags)),
        labels: Some(plan.labels.lines().join(&separators.labels)),
        annotations: Some(plan.leveled.join(&separators.annotations)),
        json: Some(json(plan).to_string()),
        bake_file_tags: path("bake-file-tags"),
        bake_file_labels: path("bake-file-labels"),
        bake_file_annotations: path("bake-file-annotations"),
        bake_file: path("bake-file"),
        reasons: Some(reasons).filter(|reasons| reasons.len() <= REASONS_LIMIT),
    }
}

/// The outputs as variables for later steps, and the names of those that are too long for one.
pub fn variables<'a>(
    pairs: &[(&'static str, &'a str)],
) -> (Vec<(String, &'a str)>, Vec<&'static str>) {
    let mut by_size: Vec<_> =
        pairs.iter().filter(|(name, _)| *name != "reasons").copied().collect();
    by_size.sort_by_key(|(_, value)| value.len());
    let mut room = VARIABLES_LIMIT;
    let (mut fitting, mut left_out) = (Vec::new(), Vec::new());
    for (name, value) in by_size {
        if value.len() > VARIABLE_LIMIT.min(room) {
            left_out.push(name);
            continue;
        }
        room -= value.len();
        let variable = name.replace('-', "_").to_uppercase();
        fitting.push((format!("DOCKER_METADATA_OUTPUT_{variable}"), value));
    }
    (fitting, left_out)
}

/// One line per rule: its tag or none, and why.
pub fn reasons(plan: &Plan) -> Vec<String> {
    plan.reasons
        .iter()
        .map(|reason| {
            let tag = reason.tag.as_deref().unwrap_or("no tag");
            let not = if reason.given || reason.tag.is_none() { "" } else { " not given" };
            format!("{tag}{not}: {} ({})", reason.reason, reason.rule)
        })
        .collect()
}

/// The summary of the job.
pub fn summary(plan: &Plan) -> Summary {
    let title = match plan.version.as_str() {
        "" => "Image tags: none".to_owned(),
        version => format!("Image tags of {version}"),
    };
    let given: Vec<_> = plan.reasons.iter().filter(|reason| reason.given).collect();
    let rows = given.iter().take(SHOWN).map(|reason| {
        vec![
            Markdown::code(reason.tag.as_deref().unwrap_or_default()),
            Markdown::code(&reason.rule),
            Markdown::from(reason.reason.as_str()),
        ]
    });
    let mut summary = Summary::new().heading(3, title.as_str());
    if !plan.images.is_empty() {
        let images = plan.images.iter().take(SHOWN).map(|image| Markdown::code(image));
        summary = summary.list(images);
    }
    summary = summary.table(&["Tag", "Rule", "Why"], rows);
    if given.len() > SHOWN {
        summary = summary.paragraph(format!("and {} more", given.len() - SHOWN));
    }
    if given.is_empty() {
        let rows = plan.reasons.iter().take(SHOWN);
        let rows =
            rows.map(|reason| vec![Markdown::code(&reason.rule), reason.reason.as_str().into()]);
        return summary.table(&["Rule", "Why it gives no tag"], rows);
    }
    let rows = plan
        .reasons
        .iter()
        .filter(|reason| !reason.given)
        .filter_map(|reason| Some((reason.tag.as_ref()?, &reason.reason)))
        .filter(|(tag, _)| !plan.tag_names.contains(tag))
        .take(SHOWN)
        .map(|(tag, reason)| vec![Markdown::code(tag), reason.as_str().into()]);
    summary.table(&["Not given", "Why"], rows)
}

/// Fields of a map, for the log.
pub fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_else(|_| Value::Object(Map::new()).to_string())
}
