//! One changeset file: front matter with package names and bumps, then the summary.

use launchway_workspace::Bump;
use serde::Serialize;
use yaml_serde::Value;

use crate::error::ChangesetError;
use crate::fences::fenced;
use crate::js::js_trim;

/// A changeset.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Changeset {
    /// The packages it releases, as written.
    pub releases: Vec<ChangesetRelease>,
    /// The text for the changelog.
    pub summary: String,
    /// File name without `.md`; `pre/…` for one already released in pre mode.
    pub id: String,
}

/// One line of the front matter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ChangesetRelease {
    /// Package name.
    pub name: String,
    /// How much.
    #[serde(rename = "type")]
    pub bump: Bump,
}

/// Markdown files of `.changeset` that are not changesets; `README.md` in any case.
pub const IGNORED_FILES: [&str; 4] = ["README.md", "AGENTS.md", "CLAUDE.md", "GEMINI.md"];

/// Whether a file name (without folder) is that of a changeset.
#[expect(
    clippy::case_sensitive_file_extension_comparisons,
    reason = "`A.MD` never was a changeset"
)]
pub fn is_changeset_file(name: &str) -> bool {
    !name.starts_with('.')
        && name.ends_with(".md")
        && !name.eq_ignore_ascii_case("README.md")
        && !IGNORED_FILES.contains(&name)
}

const EXAMPLE: &str =
    "it begins like this:\n---\n\"package-name\": patch\n---\n\nWhat changed, for users.";

impl Changeset {
    /// The file's path relative to the root.
    pub fn file(&self) -> String {
        format!(".changeset/{}.md", self.id)
    }

    /// Whether it releases nothing at all.
    pub fn is_empty(&self) -> bool {
        self.releases.is_empty()
    }

    /// The bump it wants for a package.
    pub fn bump_of(&self, package: &str) -> Option<Bump> {
        self.releases.iter().find(|release| release.name == package).map(|release| release.bump)
    }

    /// Reads a changeset file.
    pub fn parse(id: &str, text: &str) -> Result<Self, ChangesetError> {
        let file = format!(".changeset/{id}.md");
        let malformed =
            |line: Option<usize>, problem: String, hint: Option<&str>| ChangesetError::Malformed {
                file: file.clone(),
                line,
                problem,
                hint: hint.map(str::to_owned),
            };
        if js_trim(text).is_empty() {
            return Err(malformed(None, "the file is empty".to_owned(), Some(EXAMPLE)));
        }
        let Some(parts) = fenced(text) else {
            let problem = "there is no front matter between two lines of `---`".to_owned();
            return Err(malformed(Some(1), problem, Some(EXAMPLE)));
        };
        let (front, body) = (parts.front, parts.body);
        let first_line = parts.before.matches('\n').count() + 1;
        // The newline before the closing fence belongs to the YAML: a block text ends with it.
        let value: Value = yaml_serde::from_str(&format!("{front}\n")).map_err(|error| {
            let line = error.location().map_or(0, |place| place.line().saturating_sub(1));
            malformed(
                Some(first_line + line),
                format!("its front matter is not valid YAML: {error}"),
                None,
            )
        })?;
        let entries = match value {
            Value::Null | Value::Bool(false) => Vec::new(),
            Value::String(text) if text.is_empty() => Vec::new(),
            Value::Number(number) if number.as_f64() == Some(0.0) => Vec::new(),
            Value::Mapping(map) => map.into_iter().collect(),
            _ => {
                let problem = "its front matter does not map package names to bumps".to_owned();
                return Err(malformed(Some(first_line), problem, Some(EXAMPLE)));
            }
        };
        let mut releases = Vec::with_capacity(entries.len());
        for (key, value) in entries {
            let name = key_text(&key);
            let line = line_of(front, &name).map(|line| first_line + line);
            if js_trim(&name).is_empty() {
                return Err(malformed(line, "a package name is empty".to_owned(), None));
            }
            let Value::String(bump) = &value else {
                let problem = format!("the bump of `{name}` is not a word");
                return Err(malformed(line, problem, Some("write major, minor, patch or none")));
            };
            let bump = bump.parse().map_err(|_| {
                let near = launchway_base::nearest(bump, Bump::ALL.map(Bump::as_str));
                let hint = near.map_or_else(
                    || "write major, minor, patch or none".to_owned(),
                    |near| format!("did you mean `{near}`?"),
                );
                malformed(line, format!("`{bump}` is not a bump (of `{name}`)"), Some(&hint))
            })?;
            releases.push(ChangesetRelease { name, bump });
        }
        Ok(Self { releases, summary: js_trim(body).to_owned(), id: id.to_owned() })
    }

    /// The line of its file on which it names a package, from 1.
    pub fn line_of(text: &str, package: &str) -> Option<usize> {
        line_of(text, package).map(|line| line + 1)
    }
}

fn key_text(key: &Value) -> String {
    match key {
        Value::String(text) => text.clone(),
        Value::Null => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Number(number) => number.to_string(),
        _ => String::new(),
    }
}

/// Which line, from 0, begins with the name, quoted or not.
fn line_of(text: &str, name: &str) -> Option<usize> {
    text.lines().position(|line| {
        let line = line.trim_start_matches(['{', ' ', '\t']);
        [name.to_owned(), format!("\"{name}\""), format!("'{name}'")].iter().any(|key| {
            line.strip_prefix(key.as_str()).is_some_and(|rest| rest.trim_start().starts_with(':'))
        })
    })
}

/// The text of a new changeset file: majors, minors, patches, then the summary.
pub fn render_changeset(releases: &[ChangesetRelease], summary: &str) -> String {
    let lines: Vec<String> =
        releases.iter().map(|release| format!("\"{}\": {}", release.name, release.bump)).collect();
    format!("---\n{}\n---\n\n{summary}\n", lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn releases(text: &str) -> Vec<(String, Bump)> {
        let changeset = Changeset::parse("x", text).unwrap_or_else(|e| panic!("{text:?}: {e}"));
        changeset.releases.into_iter().map(|release| (release.name, release.bump)).collect()
    }

    #[test]
    fn front_matter_is_found_as_it_always_was() {
        let wanted = vec![("a".to_owned(), Bump::Patch)];
        for text in [
            "---\n\"a\": patch\n---\n\nText",
            "---\r\n\"a\": patch\r\n---\r\n\r\nText\r\n",
            "\u{feff}---\na: patch\n---\nText",
            "words before\n---\na: patch\n---\nText",
            "\n\n  ---\n  a: patch\n  ---\nText",
            "---\n{\"a\": \"patch\"}\n---\nText",
            "---\n# comment\n'a': \"patch\"\n---",
            "---\na: patch\n---\nText\n---\nmore",
        ] {
            assert_eq!(releases(text), wanted, "{text:?}");
        }
        assert_eq!(releases("---\n---\n\nnothing"), []);
        for nothing in ["", "~", "null", "false", "0", "\"\"", "{}", "# only a comment"] {
            assert_eq!(releases(&format!("---\n{nothing}\n---\n")), [], "{nothing}");
        }
    }

    #[test]
    fn a_refusal_names_file_line_and_remedy() {
        use launchway_base::Fault;
        for (text, line, says) in [
            ("", None, "the file is empty"),
            ("just words", Some(1), "no front matter"),
            ("---\na: patch\n", Some(1), "no front matter"),
            ("---\na: Minor\n---\n", Some(2), "`Minor` is not a bump"),
            ("---\na: 1\n---\n", Some(2), "is not a word"),
            ("---\na: patch\na: minor\n---\n", None, "not valid YAML"),
            ("---\n- a\n---\n", Some(1), "does not map"),
            ("---\na: |\n  patch\n---\n", Some(2), "is not a bump"),
            ("---\n\"\": patch\n---\n", Some(2), "name is empty"),
        ] {
            let error = Changeset::parse("x", text).expect_err(text);
            assert!(error.to_string().contains(says), "{text:?}: {error}");
            let place = error.location().expect("a place");
            assert_eq!(place.file, ".changeset/x.md");
            if line.is_some() {
                assert_eq!(place.line, line, "{text:?}");
            }
        }
        let slip = Changeset::parse("x", "---\na: pach\n---\n").expect_err("a slip");
        assert_eq!(slip.hint().as_deref(), Some("did you mean `patch`?"));
    }

    #[test]
    fn what_is_rendered_is_read_back() {
        let releases = vec![
            ChangesetRelease { name: "@acme/a".into(), bump: Bump::Major },
            ChangesetRelease { name: "b".into(), bump: Bump::Patch },
        ];
        let text = render_changeset(&releases, "Summary\n\nmore");
        let back = Changeset::parse("x", &text).unwrap();
        assert_eq!((back.releases, back.summary.as_str()), (releases, "Summary\n\nmore"));
        assert_eq!(render_changeset(&[], ""), "---\n\n---\n\n\n");
    }

    #[test]
    fn only_changesets_are_read() {
        for (name, wanted) in [
            ("a.md", true),
            ("readme.md", false),
            ("CLAUDE.md", false),
            ("claude.md", true),
            (".a.md", false),
            ("a.txt", false),
        ] {
            assert_eq!(is_changeset_file(name), wanted, "{name}");
        }
    }
}
