//! Which id of the channel belongs to which GitHub login.

use std::collections::BTreeMap;
use std::path::Path;

use launchway_base::{Failure, Location};
use launchway_runtime::files::read_text;

const LIMIT: u64 = 1024 * 1024;

/// Ids by login in lowercase.
pub(super) type People = BTreeMap<String, String>;

/// Reads the file of an input; no file has nobody.
pub(super) fn read(path: Option<&str>) -> Result<People, Failure> {
    let Some(path) = path else { return Ok(People::new()) };
    let text = read_text(Path::new(path), LIMIT)
        .map_err(|failure| failure.while_doing("`people-file`"))?;
    parse(&text).map_err(|(line, reason)| {
        Failure::input(format!("`people-file`: {reason}"))
            .with_hint("write `login: id`, one per line")
            .at(Location::line(path, line))
    })
}

/// Reads lines of `login: id`, with comments, quotation marks and list marks as in YAML.
fn parse(text: &str) -> Result<People, (usize, String)> {
    let mut people = People::new();
    for (number, line) in text.lines().enumerate() {
        let fail = |reason: &str| Err((number + 1, reason.to_owned()));
        let line = line.split(" #").next().unwrap_or_default().trim();
        let line = line.strip_prefix("- ").unwrap_or(line).trim();
        if line.is_empty() || line.starts_with('#') || matches!(line, "---" | "...") {
            continue;
        }
        let Some((login, id)) = line.split_once([':', '=']) else {
            return fail("a line without `:`");
        };
        let bare = |text: &str| text.trim().trim_matches(['"', '\'']).trim().to_owned();
        let login = bare(login).trim_start_matches('@').to_lowercase();
        let id = bare(id);
        if login.is_empty() || id.is_empty() {
            return fail("a line without a login or without an id");
        }
        if people.insert(login.clone(), id).is_some() {
            let login = crate::line::one(&login, 60);
            return Err((number + 1, format!("`{login}` is there twice")));
        }
    }
    Ok(people)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read() {
        let people = parse(
            "---\n# who is who\nOctocat: U012AB3CD # she\r\n\"@hub-ot\" : 'U9'\n- team=S1\n\nd: a@b.example\n",
        )
        .unwrap();
        let seen: Vec<_> = people.iter().map(|(login, id)| format!("{login}={id}")).collect();
        assert_eq!(seen, ["d=a@b.example", "hub-ot=U9", "octocat=U012AB3CD", "team=S1"]);
        for (text, line) in [("a: b\nnothing", 2), ("a:", 1), (": U1", 1), ("a: 1\nA: 2", 2)] {
            assert_eq!(parse(text).unwrap_err().0, line, "{text}");
        }
    }
}
