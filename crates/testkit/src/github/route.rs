//! From a request to the part that answers it.

use serde_json::{Value, json};

use super::Shared;
use crate::server::{Incoming, Outgoing};

/// A request, taken apart.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) incoming: Incoming,
}

impl Call {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.incoming.header(name)
    }
}

/// An answer that is no failure.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Value,
}

impl Reply {
    pub(crate) fn ok(body: Value) -> Self {
        Self { status: 200, headers: Vec::new(), body }
    }
}

/// A refusal.
#[derive(Debug)]
pub(crate) struct Failed {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Value,
}

impl Failed {
    pub(crate) fn new(status: u16, message: &str) -> Self {
        let body = json!({ "message": message, "documentation_url": "https://docs.github.com/rest", "status": status.to_string() });
        Self { status, headers: Vec::new(), body }
    }
    pub(crate) fn with_header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }
}

pub(crate) fn serve(_: &Shared, _: Incoming) -> Outgoing {
    Outgoing::Cut
}
