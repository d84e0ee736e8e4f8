//! A mermaid flowchart whose labels cannot end it.

use std::collections::BTreeMap;
use std::fmt::Write;

/// A flowchart, made of nodes found again by their key.
#[derive(Clone, Debug, Default)]
pub struct Mermaid {
    lines: Vec<String>,
    nodes: BTreeMap<String, usize>,
}

impl Mermaid {
    /// An empty flowchart from left to right.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a node, unless there is one of this key.
    pub fn node(&mut self, key: &str, label: &str) -> &mut Self {
        if !self.nodes.contains_key(key) {
            let id = self.nodes.len();
            self.nodes.insert(key.to_owned(), id);
            self.lines.push(format!("n{id}[\"{}\"]", escape(label)));
        }
        self
    }

    /// Adds an arrow between two nodes, which are made, labelled by their keys, when missing.
    /// An empty `label` is left out.
    pub fn edge(&mut self, from: &str, to: &str, label: &str) -> &mut Self {
        let (from, to) = (self.id(from), self.id(to));
        let label =
            if label.is_empty() { String::new() } else { format!("|\"{}\"|", escape(label)) };
        self.lines.push(format!("n{from} -->{label} n{to}"));
        self
    }

    /// Whether it has no node.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// The source of the chart, to stand in a `mermaid` code block.
    pub fn source(&self) -> String {
        self.lines.iter().fold("flowchart LR\n".to_owned(), |mut text, line| {
            let _infallible = writeln!(text, "  {line}");
            text
        })
    }

    fn id(&mut self, key: &str) -> usize {
        self.node(key, key);
        self.nodes.get(key).copied().unwrap_or_default()
    }
}

/// Letters, digits and few signs as they are, everything else by its number.
fn escape(label: &str) -> String {
    let mut out = String::new();
    for c in crate::markdown::clip(crate::mask::redact(label).trim(), 200).chars() {
        if c.is_alphanumeric() || " -_./,…()".contains(c) {
            out.push(c);
        } else if matches!(c, '\n' | '\r' | '\t') {
            out.push(' ');
        } else {
            let _infallible = write!(out, "#{};", u32::from(c));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_cannot_end_the_chart() {
        let mut chart = Mermaid::new();
        chart.node("a", "@acme/a\n\"]; click n0 \"javascript:x\" ```");
        chart.edge("a", "b", "minor|x").edge("a", "b", "");
        assert_eq!(
            chart.source(),
            "flowchart LR\n  n0[\"#64;acme/a #34;#93;#59; click n0 #34;javascript#58;x#34; #96;#96;#96;\"]\n  n1[\"b\"]\n  n0 -->|\"minor#124;x\"| n1\n  n0 --> n1\n"
        );
    }
}
