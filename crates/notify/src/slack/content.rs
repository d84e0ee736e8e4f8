//! The payload of the inputs, with facts in the place of their names.

use std::path::Path;

use launchway_base::Failure;
use launchway_runtime::{Session, files, redact};
use serde_json::Value;

use super::answer::Way;
use super::inputs::Inputs;
use crate::facts::Facts;
use crate::line;
use crate::message::Field;
use crate::payload::insert::{self, Escape};
use crate::payload::{self, Payload, context, flatten, names};

/// The payload, of the input or its file. Facts are escaped where the receiver reads markup: a
/// workflow gets its variables as they are.
///
/// # Errors
/// It cannot be read, is no object of JSON or YAML, or names a fact there is none of.
pub(super) fn read(
    session: &Session,
    inputs: &Inputs,
    facts: &Facts,
    fields: &[Field],
    way: Way,
) -> Result<Value, Failure> {
    let path = inputs.payload_file_path.as_deref();
    let text = path.map(|path| files::read_text(Path::new(path), files::INPUT_LIMIT));
    let text = text.transpose().map_err(|failure| failure.while_doing("`payload-file-path`"))?;
    let file = path.zip(text.as_deref());
    let mut payload = payload::load(inputs.payload.as_deref(), file)?.unwrap_or_default();
    if way == Way::Method && payload.contains_key("token") {
        return Err(Failure::input("`token` stands in the payload")
            .with_hint("give it as the input `token`: there it is masked, and goes nowhere else"));
    }
    mend_timestamps(&mut payload);
    let mut names = names::names(facts, fields);
    if inputs.payload_templated {
        let event = session.context().payload().ok().and_then(|event| event.get(""));
        let event = event.unwrap_or(&Value::Null);
        context::add(&mut names, |name| session.env().get(name), event);
    }
    let escape = if way == Way::Trigger { Escape::Not } else { Escape::Slack };
    let unknown = insert::fill(&mut payload, &names, inputs.payload_templated, escape)?;
    if !unknown.is_empty() {
        let shown: Vec<_> = unknown.iter().take(10).map(|name| line::one(name, 60)).collect();
        session.warn(&format!(
            "no fact of the run is called `{}`: it is sent as it stands in the payload; give other values as `fields`, and name them as in `{{{{ fields.Name }}}}`",
            shown.join("`, `"),
        ));
    }
    if let Some(delimiter) = inputs.payload_delimiter.as_deref().filter(|text| !text.is_empty()) {
        payload = flatten::flatten(&payload, delimiter)?;
    }
    Ok(Value::Object(payload))
}

/// What is shown of it: without secrets in its texts, which are found no more once marks are read in them.
pub(super) fn shown(payload: Value) -> Value {
    match payload {
        Value::String(text) => redact(&text).into_owned().into(),
        Value::Array(list) => list.into_iter().map(shown).collect(),
        Value::Object(map) => map.into_iter().map(|(key, value)| (key, shown(value))).collect(),
        other => other,
    }
}

/// A timestamp is a text with six decimals. Without quotes YAML and JSON read it as a number, which
/// forgets the last zeros: they are known.
fn mend_timestamps(payload: &mut Payload) {
    for name in ["ts", "thread_ts", "message_ts", "timestamp"] {
        if let Some(value) = payload.get_mut(name)
            && value.is_f64()
            && let Some(number) = value.as_f64()
        {
            *value = Value::from(format!("{number:.6}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timestamp_keeps_its_zeros() {
        for text in ["1712345678.000100", "1712345678.100000", "1799999999.999999"] {
            let mut payload = payload::load(Some(&format!("ts: {text}\nx: 1.50")), None)
                .unwrap()
                .unwrap_or_default();
            mend_timestamps(&mut payload);
            assert_eq!(payload["ts"], text);
            assert_eq!(payload["x"], 1.5);
        }
    }
}
