//! The rules of Block Kit, block by block.

use std::collections::BTreeSet;

use serde_json::Value;

/// What was found wrong, in order.
#[derive(Debug, Default)]
pub(super) struct Check {
    pub(super) messages: Vec<String>,
    block_ids: BTreeSet<String>,
    action_ids: BTreeSet<String>,
    markdown: usize,
}

impl Check {
    pub(super) fn blocks(&mut self, _list: &[Value], _pointer: &str) {}
}
