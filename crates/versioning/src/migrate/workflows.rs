//! Steps in workflows that use the action of version 1.

use super::Note;

/// Inputs with new names.
const INPUTS: &[(&str, &str)] = &[
    ("publish", "publish-script"),
    ("version", "version-script"),
    ("commit", "commit-message"),
    ("title", "pr-title"),
    ("branch", "pr-base-branch"),
    ("prDraft", "pr-draft"),
    ("createGithubReleases", "create-github-releases"),
];
/// Outputs with new names.
const OUTPUTS: &[(&str, &str)] = &[
    ("publishedPackages", "published-packages"),
    ("hasChangesets", "has-changesets"),
    ("pullRequestNumber", "pr-number"),
];

/// What of one workflow is from version 1, line by line.
pub(super) fn notes(file: &str, text: &str) -> Vec<Note> {
    let lines: Vec<&str> = text.lines().collect();
    let mut notes = Vec::new();
    let note = |line: usize, text: String| Note {
        file: Some(file.to_owned()),
        line: Some(line + 1),
        text,
    };
    let mut found = false;
    for (number, line) in lines.iter().enumerate() {
        if !uses_version_1(line) {
            continue;
        }
        found = true;
        notes.push(note(number, "the action of version 1; the Launchway action takes its place and accepts its inputs with a warning".to_owned()));
        let keys = step_keys(&lines, number);
        let has_mode = keys.iter().any(|(_, key, _)| key == "commitMode");
        for (at, key, value) in keys {
            if let Some((_, new)) = INPUTS.iter().find(|(old, _)| *old == key) {
                notes.push(note(at, format!("input `{key}` is now `{new}`")));
            } else if key == "setupGitUser" {
                notes.push(note(at, "input `setupGitUser` is gone; remove it".to_owned()));
            } else if key == "commitMode" {
                let way = if value.contains("github-api") {
                    "the API is what is used anyway: remove it"
                } else {
                    "write `push-with-git-cli: true`, or remove it for signed commits by the API"
                };
                notes.push(note(at, format!("input `commitMode` is gone; {way}")));
            } else if key == "GITHUB_TOKEN" {
                notes.push(note(
                    at,
                    "the token in `env` is now the input `github-token`".to_owned(),
                ));
            }
        }
        if !has_mode {
            notes.push(note(
                number,
                "commits are now made by the API, signed; `push-with-git-cli: true` keeps git"
                    .to_owned(),
            ));
        }
    }
    if found {
        for (number, line) in lines.iter().enumerate() {
            for (old, new) in OUTPUTS {
                if line.contains(&format!("outputs.{old}")) {
                    notes.push(note(
                        number,
                        format!("output `{old}` is now `{new}`; both are written"),
                    ));
                }
            }
        }
    }
    notes
}

fn uses_version_1(line: &str) -> bool {
    let line = line.trim_start().trim_start_matches("- ").trim_start();
    let Some(value) = line.strip_prefix("uses:") else { return false };
    let value = value.trim().trim_matches(['"', '\'']);
    let Some(reference) = value.strip_prefix("changesets/action@") else { return false };
    // Behind a pinned commit stands, as a comment, the version it is.
    let version = reference.split_once('#').map_or(reference, |(_, comment)| comment);
    !version.trim().trim_start_matches('v').starts_with('2')
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

/// The keys below `with:` and `env:` of the step a line belongs to: line, key, value.
fn step_keys(lines: &[&str], uses: usize) -> Vec<(usize, String, String)> {
    let of = |number: usize| lines.get(number).copied().unwrap_or_default();
    let own = |line: &str| {
        let rest = line.trim_start();
        if rest.starts_with("- ") { indent(line) + 2 } else { indent(line) }
    };
    let depth = own(of(uses));
    let begins = |line: &str| line.trim_start().starts_with("- ") && indent(line) + 2 == depth;
    let mut first = uses;
    while first > 0 && !begins(of(first)) {
        first -= 1;
    }
    let mut keys = Vec::new();
    let mut section = None;
    for (number, line) in lines.iter().enumerate().skip(first) {
        let rest = line.trim_start();
        if rest.is_empty() || rest.starts_with('#') {
            continue;
        }
        if number > first && (own(line) < depth || begins(line)) {
            break;
        }
        let rest = rest.trim_start_matches("- ");
        let Some((key, value)) = rest.split_once(':') else { continue };
        if own(line) == depth {
            section = matches!(key, "with" | "env").then_some(None);
        } else if let Some(inner) = &mut section {
            // Deeper lines belong to a value of several lines.
            let level = *inner.get_or_insert(indent(line));
            if indent(line) == level {
                keys.push((number, key.trim().to_owned(), value.trim().to_owned()));
            }
        }
    }
    keys
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORKFLOW: &str = "\
jobs:
  release:
    steps:
      - uses: actions/checkout@v4
        with:
          version: 1
      - name: Release
        id: changesets
        env:
          GITHUB_TOKEN: ${{ secrets.GITHUB_TOKEN }}
        uses: changesets/action@abcdef # v1.4.9
        with:
          # the script
          publish: |
            title: not a key
            pnpm release
          createGithubReleases: false
          cwd: sub
      - if: steps.changesets.outputs.hasChangesets == 'false'
        uses: other/action@v1
        with:
          branch: x
";

    #[test]
    fn old_names_are_found_with_their_lines() {
        let found: Vec<(usize, String)> =
            notes("w.yml", WORKFLOW).into_iter().map(|n| (n.line.unwrap(), n.text)).collect();
        let short: Vec<(usize, &str)> =
            found.iter().map(|(line, text)| (*line, text.split(';').next().unwrap())).collect();
        assert_eq!(
            short,
            [
                (11, "the action of version 1"),
                (10, "the token in `env` is now the input `github-token`"),
                (14, "input `publish` is now `publish-script`"),
                (17, "input `createGithubReleases` is now `create-github-releases`"),
                (11, "commits are now made by the API, signed"),
                (19, "output `hasChangesets` is now `has-changesets`"),
            ]
        );
    }

    #[test]
    fn version_2_and_others_are_left_alone() {
        for line in [
            "uses: changesets/action@v2",
            "uses: changesets/action@0123456789abcdef # v2.1.0",
            "uses: other/action@v1",
            "# uses: changesets/action@v1",
        ] {
            assert_eq!(notes("w.yml", line), [], "{line}");
        }
        assert_eq!(notes("w.yml", "  - uses: 'changesets/action@v1'").len(), 2);
    }
}
