//! Code fences of a Markdown page.

/// One fenced snippet.
#[derive(Clone)]
pub(super) struct Snippet {
    /// The page, from the root.
    pub(super) page: String,
    /// The line of its first line, from 1.
    pub(super) line: usize,
    /// The first word after the ticks.
    pub(super) language: String,
    /// Without the indentation of the fence; ends with a newline.
    pub(super) text: String,
}

impl Snippet {
    /// A complaint about it.
    pub(super) fn says(&self, what: &str) -> String {
        format!("{}:{}: {what}", self.page, self.line)
    }
}

/// The snippets of a page; a complaint where a fence does not end.
pub(super) fn read(page: &str, text: &str) -> Result<Vec<Snippet>, String> {
    let mut found = Vec::new();
    let mut open: Option<(Snippet, usize, usize)> = None;
    for (number, line) in text.lines().enumerate() {
        let inner = line.trim_start();
        let ticks = inner.chars().take_while(|c| *c == '`').count();
        match &mut open {
            None if ticks >= 3 => {
                let language =
                    inner.trim_start_matches('`').split_whitespace().next().unwrap_or("");
                let snippet = Snippet {
                    page: page.to_owned(),
                    line: number + 2,
                    language: language.to_owned(),
                    text: String::new(),
                };
                open = Some((snippet, ticks, line.len() - inner.len()));
            }
            None if is_hidden(inner) => {
                return Err(format!("{page}:{}: a snippet that nobody would read", number + 1));
            }
            None => {}
            Some((_, opened, _))
                if ticks >= *opened && inner.trim_start_matches('`').trim().is_empty() =>
            {
                found.extend(open.take().map(|(snippet, ..)| snippet));
            }
            Some((snippet, _, indent)) => {
                let blanks = line.len() - inner.len();
                snippet.text.push_str(line.get(blanks.min(*indent)..).unwrap_or_default());
                snippet.text.push('\n');
            }
        }
    }
    match open {
        None => Ok(found),
        Some((snippet, ..)) => Err(snippet.says("the fence does not end")),
    }
}

/// Whether a line begins a snippet in another way, which is not read here.
fn is_hidden(line: &str) -> bool {
    let quoted = line.trim_start_matches(['>', '-', '*', ' ']);
    let tag = line.to_ascii_lowercase();
    line.starts_with("~~~") || quoted.starts_with("```") || tag.contains("<pre")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fence_is_read_with_its_line_and_without_its_indentation() {
        let page =
            "a\n````md\n```sh\nx\n```\n````\n1. b\n   ```yaml title\n   a:\n     b\n   ```\n";
        let found = read("p", page).unwrap();
        let found: Vec<_> = found.iter().map(|s| (s.line, &*s.language, &*s.text)).collect();
        assert_eq!(found, [(3, "md", "```sh\nx\n```\n"), (9, "yaml", "a:\n  b\n")]);
        assert_eq!(read("p", "```sh\nx\n").err().unwrap(), "p:2: the fence does not end");
        for hidden in
            ["~~~yaml\na\n~~~\n", "> ```yaml\n> a\n> ```\n", "- ```sh\n  a\n", "<pre>a</pre>\n"]
        {
            let said = read("p", hidden).err().unwrap();
            assert_eq!(said, "p:1: a snippet that nobody would read");
        }
    }
}
