//! What a publish script says it released: lines of JSON in the file `CHANGESETS_OUTPUT`, or the
//! lines `New tag:` that older ones print.

use launchway_workspace::parse_version;
use serde::Deserialize;

/// A tag that a script made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagEvent {
    /// The tag, as in `@acme/core@1.2.0` or `v1.2.0`.
    pub tag: String,
    /// The package; `None` where only a single package's tag was printed.
    pub package: Option<String>,
    /// Whether it stood in the output, where a quotation looks the same.
    pub is_printed: bool,
}

/// The events of a file, and a complaint per line that is none. Events of other types are passed
/// over.
pub fn read_file(text: &str) -> (Vec<TagEvent>, Vec<String>) {
    #[derive(Deserialize)]
    struct Line {
        #[serde(rename = "type")]
        kind: String,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct GitTag {
        tag: String,
        package_name: String,
    }
    let mut events = Vec::new();
    let mut complaints = Vec::new();
    for (index, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        match serde_json::from_str::<Line>(line).map(|line| line.kind) {
            Ok(kind) if kind == "git-tag" => match serde_json::from_str::<GitTag>(line) {
                Ok(event) => {
                    events.push(TagEvent {
                        tag: event.tag,
                        package: Some(event.package_name),
                        is_printed: false,
                    });
                }
                Err(error) => complaints.push(format!("line {}: {error}", index + 1)),
            },
            Ok(_) => {}
            Err(error) => complaints.push(format!("line {}: {error}", index + 1)),
        }
    }
    (events, complaints)
}

/// The tag that a line of output announces, as in `🦋  New tag:  @acme/core@1.2.0`. What follows the
/// name has to be a version.
pub fn read_line(line: &str) -> Option<TagEvent> {
    let line = without_escapes(line);
    let (_, after) = line.split_once("New tag:")?;
    let tag = after.split_whitespace().next()?;
    // The first character may be the `@` of a scope.
    let at = tag.char_indices().skip(1).find(|(_, c)| *c == '@').map(|(at, _)| at);
    let package = match at {
        Some(at) => {
            let version = tag.get(at + 1..).unwrap_or_default();
            let name = tag.get(..at).filter(|_| parse_version(version).is_some())?;
            Some(name.to_owned())
        }
        None if parse_version(tag.strip_prefix('v').unwrap_or(tag)).is_some() => None,
        None => return None,
    };
    Some(TagEvent { tag: tag.to_owned(), package, is_printed: true })
}

/// What counts, each tag once: the file's word, else what was printed. A script that writes the file
/// has said everything there, and its output may quote anything.
pub fn choose(file: Vec<TagEvent>, printed: Vec<TagEvent>) -> Vec<TagEvent> {
    let mut all: Vec<TagEvent> = Vec::new();
    for event in if file.is_empty() { printed } else { file } {
        if !all.iter().any(|known| known.tag == event.tag) {
            all.push(event);
        }
    }
    all
}

/// Whether git takes the name for a tag or branch: the part of its rules that keeps a name from being
/// something else on the way to the API.
pub fn is_ref_name(tag: &str) -> bool {
    let bad = |c: char| c.is_control() || " ~^:?*[\\".contains(c);
    !tag.is_empty()
        && tag.len() <= 250
        && !tag.contains(bad)
        && !["..", "@{", "//"].iter().any(|part| tag.contains(part))
        && !tag.starts_with(['/', '.', '-'])
        && !tag.ends_with(['/', '.'])
        && tag != "@"
        && !tag.split('/').any(|part| part.starts_with('.') || part.strip_suffix(".lock").is_some())
}

/// A line without the escape sequences of terminals.
fn without_escapes(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        if c != '\u{1b}' {
            out.push(c);
        } else if chars.next() == Some('[') {
            // A sequence ends at its first letter.
            for c in chars.by_ref() {
                if c.is_ascii_alphabetic() {
                    break;
                }
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(tag: &str, package: Option<&str>) -> TagEvent {
        TagEvent { tag: tag.into(), package: package.map(str::to_owned), is_printed: false }
    }

    fn printed(tag: &str, package: Option<&str>) -> TagEvent {
        TagEvent { is_printed: true, ..event(tag, package) }
    }

    #[test]
    fn the_file_is_read_line_by_line() {
        let text = concat!(
            "{\"type\":\"git-tag\",\"tag\":\"@a/b@1.0.0\",\"packageName\":\"@a/b\"}\n",
            "\n",
            "{\"type\":\"published\",\"name\":\"x\"}\r\n",
            "not json\n",
            "{\"type\":\"git-tag\",\"tag\":1,\"packageName\":\"x\"}\n",
            "{\"type\":\"git-tag\",\"tag\":\"v2.0.0\",\"packageName\":\"c\",\"more\":true}",
        );
        let (events, complaints) = read_file(text);
        assert_eq!(events, [event("@a/b@1.0.0", Some("@a/b")), event("v2.0.0", Some("c"))]);
        assert_eq!(complaints.len(), 2, "{complaints:?}");
        assert!(complaints[0].starts_with("line 4:") && complaints[1].starts_with("line 5:"));
    }

    #[test]
    fn printed_tags_are_understood() {
        for (line, expected) in [
            ("🦋  New tag:  pkg@1.0.0", Some(printed("pkg@1.0.0", Some("pkg")))),
            (
                "\u{1b}[36m🦋\u{1b}[39m  New tag:  \u{1b}[1m@a/b@1.0.0-rc.1\u{1b}[22m",
                Some(printed("@a/b@1.0.0-rc.1", Some("@a/b"))),
            ),
            ("🦋  New tag:  v1.0.0", Some(printed("v1.0.0", None))),
            ("New tag: 1.0.0 and more", Some(printed("1.0.0", None))),
            ("New tag:", None),
            ("New tag: nonsense", None),
            ("New tag: @a/b", None),
            ("New tag: a@", None),
            ("New tag: a@latest", None),
            ("New tag: a@1.0.0;rm", None),
            ("New tag: 2nd-attempt", None),
            ("no tags here", None),
        ] {
            assert_eq!(read_line(line), expected, "{line}");
        }
    }

    #[test]
    fn the_file_goes_before_what_is_printed_and_a_tag_counts_once() {
        let (a, b) = (event("a@1.0.0", Some("a")), printed("b@1.0.0", Some("b")));
        assert_eq!(choose(vec![a.clone(), a.clone()], vec![b.clone()]), [a]);
        assert_eq!(choose(Vec::new(), vec![b.clone(), b.clone()]), [b]);
    }

    #[test]
    fn only_names_git_takes() {
        for good in ["v1.0.0", "@a/b@1.0.0+x", "a@1.0.0-rc.1"] {
            assert!(is_ref_name(good), "{good}");
        }
        for bad in [
            "",
            "@",
            "-x",
            "a b",
            "a\nb",
            "a..b",
            "../heads/main",
            "a@{0}",
            "x.lock",
            "/a",
            "a/",
            "a^",
        ] {
            assert!(!is_ref_name(bad), "{bad}");
        }
    }
}
