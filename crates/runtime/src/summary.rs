//! The job summary: Markdown blocks under a budget.

use std::path::{Path, PathBuf};
use std::sync::Mutex;

use launchway_base::Failure;

use crate::markdown::{self, Markdown};
use crate::outputs::append;
use crate::{Mermaid, mask};

/// What a step's summary may hold, in bytes. Past it GitHub drops the whole summary.
pub const SUMMARY_BUDGET: usize = 1024 * 1024;

/// What stands at the end of a summary that was cut.
const POINTER: &str = "\n> **The summary is cut here**, it would be larger than a runner takes. The whole is in the log.\n";

/// A block that can be cut between its lines and still be closed.
#[derive(Clone, Debug)]
struct Block {
    head: String,
    lines: Vec<String>,
    tail: String,
}

impl Block {
    fn size(&self) -> usize {
        self.head.len() + self.tail.len() + self.lines.iter().map(String::len).sum::<usize>()
    }
}

/// Markdown made of blocks. What is text is escaped on the way in.
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct Summary {
    blocks: Vec<Block>,
}

impl Summary {
    /// An empty summary.
    pub fn new() -> Self {
        Self::default()
    }

    /// A heading of level 1 to 6.
    pub fn heading(self, level: usize, text: impl Into<Markdown>) -> Self {
        self.whole(format!("{} {}\n\n", "#".repeat(level.clamp(1, 6)), inline(text)))
    }

    /// A paragraph. An empty one is left out.
    pub fn paragraph(self, text: impl Into<Markdown>) -> Self {
        let text = inline(text);
        if text.is_empty() { self } else { self.whole(format!("{text}\n\n")) }
    }

    /// A quoted paragraph that stands out.
    pub fn note(self, text: impl Into<Markdown>) -> Self {
        self.whole(format!("> {}\n\n", inline(text)))
    }

    /// A list. An empty one is left out.
    pub fn list<T: Into<Markdown>>(self, items: impl IntoIterator<Item = T>) -> Self {
        let lines = items.into_iter().map(|item| format!("- {}\n", inline(item))).collect();
        self.lines("", lines, "\n")
    }

    /// A numbered list. An empty one is left out.
    pub fn steps<T: Into<Markdown>>(self, items: impl IntoIterator<Item = T>) -> Self {
        let number = |(index, item): (usize, T)| format!("{}. {}\n", index + 1, inline(item));
        let lines = items.into_iter().enumerate().map(number).collect();
        self.lines("", lines, "\n")
    }

    /// A table. One without rows is left out; a short row is filled, a long one cut.
    pub fn table<T: Into<Markdown>>(
        self,
        columns: &[&str],
        rows: impl IntoIterator<Item = Vec<T>>,
    ) -> Self {
        let row = |cells: Vec<String>| {
            let mut cells = cells;
            cells.resize(columns.len(), String::new());
            format!("| {} |\n", cells.join(" | "))
        };
        let titles = columns.iter().map(|title| markdown::escape(title)).collect();
        let head = row(titles) + &row(vec!["---".to_owned(); columns.len()]);
        let lines = rows
            .into_iter()
            .map(|cells| row(cells.into_iter().map(|cell| inline(cell)).collect()))
            .collect();
        self.lines(&head, lines, "\n")
    }

    /// A code block. `language` may be empty.
    pub fn code(self, language: &str, text: &str) -> Self {
        let block = markdown::code_block(language, text);
        let mut lines: Vec<String> = block.split_inclusive('\n').map(str::to_owned).collect();
        let tail = lines.pop().unwrap_or_default() + "\n";
        let head = if lines.is_empty() { String::new() } else { lines.remove(0) };
        self.lines(&head, lines, &tail)
    }

    /// A flowchart. An empty one is left out.
    pub fn mermaid(self, chart: &Mermaid) -> Self {
        if chart.is_empty() {
            return self;
        }
        // A chart cut in the middle is an error on the page, so it stands or falls whole.
        self.whole(markdown::code_block("mermaid", &chart.source()) + "\n")
    }

    /// A folded part. `title` is plain text.
    pub fn details(self, title: &str, inner: Self) -> Self {
        let head = format!("<details><summary>{}</summary>\n\n", markdown::html(title));
        let lines =
            inner.blocks.into_iter().map(|block| block.head + &block.lines.concat() + &block.tail);
        self.lines(&head, lines.collect(), "</details>\n\n")
    }

    /// Markdown a user wrote, kept as such but unable to act outside itself.
    pub fn foreign(self, markdown: &str) -> Self {
        self.whole(format!("{}\n\n", markdown::defuse(markdown).trim_end_matches('\n')))
    }

    /// The blocks of another summary.
    pub fn append(mut self, other: Self) -> Self {
        self.blocks.extend(other.blocks);
        self
    }

    /// Whether it has no block.
    pub fn is_empty(&self) -> bool {
        self.blocks.is_empty()
    }

    /// The whole Markdown.
    pub fn render(&self) -> String {
        self.blocks.iter().fold(String::new(), |mut text, block| {
            text.push_str(&block.head);
            text.extend(block.lines.iter().map(String::as_str));
            text.push_str(&block.tail);
            text
        })
    }

    /// The Markdown within `budget` bytes: cut between blocks or their lines, closed, and ended
    /// with `pointer`, which says where the rest is.
    pub fn render_within(&self, budget: usize, pointer: &str) -> String {
        if self.blocks.iter().map(Block::size).sum::<usize>() <= budget {
            return self.render();
        }
        let Some(room) = budget.checked_sub(pointer.len()) else { return String::new() };
        let mut text = String::new();
        for block in &self.blocks {
            if text.len() + block.size() <= room {
                text.push_str(&block.head);
                text.extend(block.lines.iter().map(String::as_str));
                text.push_str(&block.tail);
                continue;
            }
            let mut left = room.saturating_sub(text.len() + block.head.len() + block.tail.len());
            let fitting: Vec<_> = block
                .lines
                .iter()
                .take_while(|line| {
                    let fits = line.len() <= left;
                    left = left.saturating_sub(line.len());
                    fits
                })
                .collect();
            if !fitting.is_empty() {
                text.push_str(&block.head);
                text.extend(fitting.into_iter().map(String::as_str));
                text.push_str(&block.tail);
            }
            break;
        }
        text + pointer
    }

    fn whole(mut self, text: String) -> Self {
        self.blocks.push(Block { head: text, lines: Vec::new(), tail: String::new() });
        self
    }

    fn lines(mut self, head: &str, lines: Vec<String>, tail: &str) -> Self {
        if !lines.is_empty() {
            self.blocks.push(Block { head: head.to_owned(), lines, tail: tail.to_owned() });
        }
        self
    }
}

/// Inline Markdown at the start of a block, where leading blanks would mean something.
fn inline(text: impl Into<Markdown>) -> String {
    text.into().as_str().trim().to_owned()
}

/// Appends summaries to the step's file (`GITHUB_STEP_SUMMARY`) under its budget.
#[derive(Debug)]
pub struct SummaryFile {
    path: Option<PathBuf>,
    closed: Mutex<bool>,
}

impl SummaryFile {
    /// The file at `path`; without one nothing is ever written.
    pub fn new(path: Option<&Path>) -> Self {
        Self { path: path.map(Path::to_owned), closed: Mutex::new(false) }
    }

    /// Appends what fits, redacted. Returns whether it had to be cut.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn write(&self, summary: &Summary) -> Result<bool, Failure> {
        let Some(path) = &self.path else { return Ok(false) };
        let mut closed = self.closed.lock().map_err(|_| Failure::internal("a writer panicked"))?;
        if *closed || summary.is_empty() {
            return Ok(*closed);
        }
        let taken = std::fs::metadata(path).map_or(0, |data| data.len());
        // Room for the pointer stays, in case the next summary does not fit at all.
        let room = SUMMARY_BUDGET
            .saturating_sub(usize::try_from(taken).unwrap_or(usize::MAX))
            .saturating_sub(POINTER.len() + 1);
        let redacted = summary.redacted();
        let cut = redacted.blocks.iter().map(Block::size).sum::<usize>() > room;
        let text = if cut {
            redacted.render_within(room.max(POINTER.len()), POINTER)
        } else {
            redacted.render()
        };
        append(path, &text)?;
        *closed = cut;
        Ok(cut)
    }
}

impl Summary {
    fn redacted(&self) -> Self {
        let clean = |text: &String| mask::redact(text).into_owned();
        let blocks = self.blocks.iter().map(|block| Block {
            head: clean(&block.head),
            lines: block.lines.iter().map(clean).collect(),
            tail: clean(&block.tail),
        });
        Self { blocks: blocks.collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_escaped_by_type() {
        let text = Summary::new()
            .heading(2, "a\n# b")
            .paragraph("</details> @everyone")
            .table(
                &["Package", "Why"],
                [vec![Markdown::code("a|b"), "x | y\nz".into()], vec!["only".into()]],
            )
            .list(["- x", "1. y"])
            .details("</summary><b>", Summary::new().code("", "```\n</details>"))
            .render();
        assert_eq!(
            text,
            "## a<br># b\n\n&lt;/details&gt; @&#8203;everyone\n\n\
             | Package | Why |\n| --- | --- |\n| <code>a&#124;b</code> | x \\| y<br>z |\n| only |  |\n\n\
             - \\- x\n- 1\\. y\n\n\
             <details><summary>&lt;/summary&gt;&lt;b&gt;</summary>\n\n````\n```\n</details>\n````\n\n</details>\n\n"
        );
    }

    #[test]
    fn a_cut_closes_what_it_cuts_and_points_on() {
        let rows = (0..100).map(|n| vec![format!("€ row {n}")]);
        let summary = Summary::new()
            .heading(1, "x")
            .details("rows", Summary::new().table(&["r"], rows.clone()));
        let table = Summary::new().heading(1, "x").table(&["r"], rows).paragraph("after");
        for budget in 0..400 {
            for text in [summary.render_within(budget, "CUT"), table.render_within(budget, "CUT")] {
                assert!(text.len() <= budget, "{budget}: {}", text.len());
                assert!(text.is_empty() || text.ends_with("CUT"));
                assert_eq!(text.matches("<details>").count(), text.matches("</details>").count());
                assert!(text.lines().filter(|l| l.starts_with("| ")).all(|l| l.ends_with(" |")));
            }
        }
    }

    #[test]
    fn the_file_is_appended_and_never_too_large() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("summary.md");
        std::fs::write(&path, "before\n").unwrap();
        let file = SummaryFile::new(Some(&path));
        assert!(!file.write(&Summary::new().heading(1, "first")).unwrap());
        let huge = "x".repeat(1_000_000);
        let lines = [huge.as_str(); 3].join("\n");
        assert!(file.write(&Summary::new().code("", &lines).paragraph(huge)).unwrap());
        assert!(file.write(&Summary::new().paragraph("late")).unwrap(), "closed after a cut");
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.starts_with("before\n# first\n\n```\nxxx"));
        assert!(text.ends_with(POINTER) && text.len() < SUMMARY_BUDGET);
    }

    #[test]
    fn the_pointer_fits_into_a_file_that_is_almost_full() {
        let dir = tempfile::tempdir().unwrap();
        for spare in [0, 1, 50, POINTER.len(), POINTER.len() + 1, POINTER.len() + 50] {
            let path = dir.path().join(format!("summary-{spare}"));
            let file = SummaryFile::new(Some(&path));
            let before = SUMMARY_BUDGET - POINTER.len() - 1 - spare;
            std::fs::write(&path, "x".repeat(before)).unwrap();
            assert!(file.write(&Summary::new().code("", &"y\n".repeat(100_000))).unwrap());
            let text = std::fs::read_to_string(&path).unwrap();
            assert!(text.ends_with(POINTER) && text.len() < SUMMARY_BUDGET, "{}", text.len());
        }
    }
}
