//! The flowcharts of step summaries as a drawing: nodes in columns, each right of what it needs.

use std::collections::BTreeMap;
use std::fmt::Write as _;

const ROW: usize = 46;
const GAP: usize = 70;
const BOX: usize = 30;
const PAD: usize = 12;
/// Width of a letter of the drawing's font.
const LETTER: usize = 8;

/// Draws a flowchart made of `n0["label"]` and `n0 --> n1` lines; other lines are passed over.
pub(super) fn svg(source: &str) -> String {
    let mut labels: BTreeMap<&str, String> = BTreeMap::new();
    let mut edges: Vec<(&str, &str)> = Vec::new();
    for line in source.lines().map(str::trim) {
        if let Some((id, label)) = line.strip_suffix("\"]").and_then(|line| line.split_once("[\""))
        {
            labels.insert(id, entities(label));
        } else if let Some((from, to)) = line.split_once("-->") {
            edges.push((from.trim(), to.trim()));
        }
    }
    let columns = columns(labels.keys().copied().collect(), &edges);
    draw(&labels, &edges, &columns)
}

/// `#64;` is how a flowchart writes `@`; in HTML it is `&#64;`.
fn entities(label: &str) -> String {
    label.replace('&', "&amp;").replace('<', "&lt;").replace('#', "&#")
}

/// The nodes by column: one more than the furthest of those that lead to it.
fn columns<'a>(nodes: Vec<&'a str>, edges: &[(&str, &str)]) -> Vec<Vec<&'a str>> {
    let mut column: BTreeMap<&str, usize> = nodes.iter().map(|id| (*id, 0)).collect();
    // A path is no longer than there are nodes, so a circle ends, too.
    for _ in 0..nodes.len() {
        for (from, to) in edges {
            let next = column.get(from).copied().unwrap_or_default() + 1;
            if let Some(known) = column.get_mut(to).filter(|known| **known < next) {
                *known = next.min(nodes.len());
            }
        }
    }
    let mut columns: Vec<Vec<&str>> = Vec::new();
    for id in nodes {
        let place = column.get(id).copied().unwrap_or_default();
        while columns.len() <= place {
            columns.push(Vec::new());
        }
        if let Some(column) = columns.get_mut(place) {
            column.push(id);
        }
    }
    columns
}

fn draw(labels: &BTreeMap<&str, String>, edges: &[(&str, &str)], columns: &[Vec<&str>]) -> String {
    let width_of = |id: &str| {
        // What stands as `&#64;` is one letter wide.
        let label = labels.get(id).map(String::as_str).unwrap_or_default();
        let entities = label.matches('&').count() * 4;
        (label.chars().count().saturating_sub(entities)) * LETTER + 2 * PAD
    };
    let mut places: BTreeMap<&str, (usize, usize, usize)> = BTreeMap::new();
    let (mut x, mut height) = (2, 0);
    for column in columns.iter().filter(|column| !column.is_empty()) {
        let width = column.iter().map(|id| width_of(id)).max().unwrap_or_default();
        for (row, id) in column.iter().enumerate() {
            places.insert(id, (x, row * ROW + 4, width));
            height = height.max(row * ROW + BOX + 8);
        }
        x += width + GAP;
    }
    let mut out = format!(
        "<svg viewBox=\"0 0 {w} {height}\" width=\"{w}\" role=\"img\" aria-label=\"Dependencies\">",
        w = x.saturating_sub(GAP) + 4
    );
    for (from, to) in edges {
        let (Some(from), Some(to)) = (places.get(from), places.get(to)) else { continue };
        let (x1, y1) = (from.0 + from.2, from.1 + BOX / 2);
        let (x2, y2) = (to.0, to.1 + BOX / 2);
        let middle = usize::midpoint(x1, x2);
        let _infallible = write!(
            out,
            "<path d=\"M{x1} {y1}C{middle} {y1} {middle} {y2} {x2} {y2}\"/><path d=\"M{} {}L{x2} {y2}L{} {}\"/>",
            x2.saturating_sub(7),
            y2.saturating_sub(5),
            x2.saturating_sub(7),
            y2 + 5
        );
    }
    for (id, (x, y, width)) in &places {
        let label = labels.get(id).map(String::as_str).unwrap_or_default();
        let _infallible = write!(
            out,
            "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{BOX}\" rx=\"8\"/><text x=\"{}\" y=\"{}\">{label}</text>",
            x + PAD,
            y + 20
        );
    }
    out.push_str("</svg>");
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_depends_stands_to_the_right() {
        let source = "flowchart LR\n  n0[\"#64;a/x 1.0.0\"]\n  n1[\"y\"]\n  n0 --> n1\n";
        assert_eq!(columns(vec!["n0", "n1"], &[("n0", "n1")]), [vec!["n0"], vec!["n1"]]);
        let drawing = svg(source);
        assert!(drawing.contains("&#64;a/x 1.0.0") && drawing.matches("<path").count() == 2);
    }

    #[test]
    fn circles_and_nonsense_end() {
        assert!(svg("n0[\"a\"]\nn1[\"b\"]\nn0 --> n1\nn1 --> n0").contains("<svg"));
        assert!(svg("n0 --> \n[\"\n").contains("<svg"));
    }
}
