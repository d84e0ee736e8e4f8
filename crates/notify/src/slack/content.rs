//! The payload of the inputs, with facts in the place of their names.

use std::path::Path;

use launchway_base::Failure;
use launchway_runtime::files;
use serde_json::Value;

use super::inputs::Inputs;
use crate::facts::Facts;
use crate::message::Field;
use crate::payload::insert::{self, Escape};
use crate::payload::{self, flatten};

/// The payload, of the input or its file. Facts are escaped where the receiver reads markup: a
/// workflow gets its variables as they are, which `markup` tells.
///
/// # Errors
/// It cannot be read, is no object of JSON or YAML, or names a fact there is none of.
pub(super) fn read(
    inputs: &Inputs,
    facts: &Facts,
    fields: &[Field],
    markup: bool,
) -> Result<Value, Failure> {
    let path = inputs.payload_file_path.as_deref();
    let text = path.map(|path| files::read_text(Path::new(path), files::INPUT_LIMIT));
    let text = text.transpose().map_err(|failure| failure.while_doing("`payload-file-path`"))?;
    let file = path.zip(text.as_deref());
    let mut payload = payload::load(inputs.payload.as_deref(), file)?.unwrap_or_default();
    let names = insert::names(facts, fields);
    let escape = if markup { Escape::Slack } else { Escape::Not };
    insert::fill(&mut payload, &names, inputs.payload_templated, escape)?;
    if let Some(delimiter) = inputs.payload_delimiter.as_deref().filter(|text| !text.is_empty()) {
        payload = flatten::flatten(&payload, delimiter)?;
    }
    Ok(Value::Object(payload))
}
