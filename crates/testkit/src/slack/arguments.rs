//! What a call to the Web API says.

use serde_json::{Map, Value, json};

use crate::oci::form;
use crate::server::Incoming;

/// The arguments of a call.
#[derive(Debug, Default)]
pub(super) struct Arguments {
    values: Map<String, Value>,
    pub(super) is_json: bool,
    pub(super) warning: Option<&'static str>,
}

impl Arguments {
    /// From the query, then the body in its form.
    ///
    /// # Errors
    /// The word for a body that cannot be read.
    pub(super) fn read(asked: &Incoming) -> Result<Self, &'static str> {
        let mut own = Self::default();
        own.take_form(&asked.query);
        if asked.method == "GET" || asked.body.is_empty() {
            return Ok(own);
        }
        let kind = asked.header("content-type").ok_or("missing_post_type")?;
        let (essence, parameters) = kind.split_once(';').unwrap_or((kind, ""));
        let Ok(text) = std::str::from_utf8(&asked.body) else {
            return Err(if essence == "application/json" {
                "invalid_json"
            } else {
                "invalid_form_data"
            });
        };
        match essence.trim() {
            "application/x-www-form-urlencoded" => own.take_form(text),
            "application/json" => {
                own.is_json = true;
                if !parameters.to_ascii_lowercase().contains("charset=utf-8") {
                    own.warning = Some("missing_charset");
                }
                let value: Value = serde_json::from_str(text).map_err(|_| "invalid_json")?;
                let Value::Object(values) = value else { return Err("json_not_object") };
                own.values.extend(values);
            }
            _ => return Err("invalid_post_type"),
        }
        Ok(own)
    }

    fn take_form(&mut self, text: &str) {
        let pairs = form(text).into_iter().map(|(name, value)| (name, Value::String(value)));
        self.values.extend(pairs);
    }

    /// A text; numbers count as such.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        match self.values.get(name)? {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        }
    }

    /// A text that is not empty.
    pub(super) fn filled(&self, name: &str) -> Option<String> {
        self.text(name).filter(|text| !text.is_empty())
    }

    pub(super) fn is_true(&self, name: &str) -> bool {
        match self.values.get(name) {
            Some(Value::Bool(is)) => *is,
            Some(Value::String(text)) => text == "true" || text == "1",
            Some(Value::Number(number)) => number.as_i64() == Some(1),
            _ => false,
        }
    }

    pub(super) fn number(&self, name: &str) -> Option<i64> {
        self.text(name).and_then(|text| text.parse().ok())
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.values.get(name).is_some_and(|value| !value.is_null())
    }

    /// A list or object, itself or as a text of JSON; `None` when it is absent.
    ///
    /// # Errors
    /// When it is a text that is no JSON.
    pub(super) fn tree(&self, name: &str) -> Result<Option<Value>, ()> {
        match self.values.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) if text.is_empty() => Ok(None),
            Some(Value::String(text)) => serde_json::from_str(text).map(Some).map_err(|_| ()),
            Some(value) => Ok(Some(value.clone())),
        }
    }

    /// All of them, without the token.
    pub(super) fn all(&self) -> Value {
        let mut all = self.values.clone();
        all.remove("token");
        json!(all)
    }
}
