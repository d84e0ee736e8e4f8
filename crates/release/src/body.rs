//! The body of the version pull request.

use std::fmt::Write;

use launchway_base::HOME_URL;
use launchway_runtime::Markdown;
use launchway_runtime::markdown::defuse;

/// Longest body, in UTF-16 units. GitHub takes 65,536 characters; the rest is left for what people
/// write around the generated part.
pub const BODY_LIMIT: usize = 60_000;
/// What GitHub takes at most.
const GITHUB_LIMIT: usize = 65_536;
const BEGIN: &str = "<!-- launchway:begin -->";
const END: &str = "<!-- launchway:end -->";
const TITLE: &str = "<!-- launchway:title ";

/// What follows a merge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AfterMerge {
    /// The packages are published, tagged and released.
    Publish,
    /// Tags and Releases are made.
    Tag,
    /// Nothing.
    Nothing,
}

/// What the body says.
#[derive(Clone, Debug)]
pub struct Body {
    /// The branch it goes to.
    pub base: String,
    /// What follows a merge.
    pub after: AfterMerge,
    /// The word of pre mode, as in `beta`.
    pub pre: Option<String>,
    /// The packages, in any order.
    pub sections: Vec<Section>,
    /// Address of the version branch.
    pub branch_url: String,
    /// The title that is written with it.
    pub title: String,
}

/// One package.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Section {
    /// Its name.
    pub name: String,
    /// Its new version.
    pub version: String,
    /// Whether it is private.
    pub private: bool,
    /// 3 major, 2 minor, 1 patch, 0 unknown.
    pub level: u8,
    /// The changelog entry, as written; `None` without a changelog.
    pub entry: Option<String>,
    /// Address of the whole changelog on the version branch.
    pub changelog_url: String,
}

impl Body {
    /// The Markdown, at most [`BODY_LIMIT`] long.
    pub fn render(&self) -> String {
        self.render_within(BODY_LIMIT)
    }

    /// As [`Self::render`] with another limit: the longest entries become links to the changelog,
    /// one after another; where even headings are too many, the packages become a list.
    pub fn render_within(&self, limit: usize) -> String {
        let mut sections: Vec<&Section> = self.sections.iter().collect();
        sections.sort_by_key(|section| (section.private, std::cmp::Reverse(section.level)));
        let head = self.head();
        let end = format!("{TITLE}{} -->\n{END}", mark(&self.title));
        let mut parts: Vec<(String, String, usize)> = sections
            .iter()
            .map(|section| {
                let entry = section.entry();
                let size = units(&entry);
                (section.heading(), entry, size)
            })
            .collect();
        let fixed: usize = units(&head)
            + units(BEGIN)
            + units(&end)
            + 2
            + parts.iter().map(|p| units(&p.0) + 4).sum::<usize>();
        let mut total = fixed + parts.iter().map(|part| part.2).sum::<usize>();
        let mut longest: Vec<usize> = (0..parts.len()).collect();
        longest.sort_by_key(|at| std::cmp::Reverse(parts.get(*at).map(|part| part.2)));
        for at in longest {
            if total <= limit {
                break;
            }
            let (Some(part), Some(section)) = (parts.get_mut(at), sections.get(at)) else {
                continue;
            };
            let pointer = section.pointer();
            if units(&pointer) < part.2 {
                total = total - part.2 + units(&pointer);
                part.1 = pointer;
            }
        }
        let list = if total <= limit {
            let texts = parts.iter().map(|(heading, entry, _)| format!("{heading}\n\n{entry}"));
            texts.collect::<Vec<_>>().join("\n\n")
        } else {
            self.list(
                &sections,
                limit.saturating_sub(units(&head) + units(BEGIN) + units(&end) + 4),
            )
        };
        format!("{BEGIN}\n{head}{}\n{end}", list.trim_end())
    }

    fn head(&self) -> String {
        let base = Markdown::code(&self.base);
        let after = match self.after {
            AfterMerge::Publish => {
                "Merging it publishes the packages below and makes their tags and GitHub Releases."
            }
            AfterMerge::Tag => {
                "Merging it makes the tags and GitHub Releases of the versions below."
            }
            AfterMerge::Nothing => {
                "Merging it publishes nothing by itself: publish by hand, or give the action a `publish-script` or a `release-mode`."
            }
        };
        let mut head = format!(
            "[Launchway]({HOME_URL}) keeps this pull request in step with the changesets on {base}. {after} Changesets that arrive on {base} before that are added here; what you write above or below this generated part stays.\n\n"
        );
        if let Some(tag) = &self.pre {
            let _infallible = write!(
                head,
                "> [!WARNING]\n> {base} is in **pre mode** ({}): these are prereleases. To get back to normal releases, run `changeset pre exit` on {base} and push the result.\n\n",
                Markdown::code(tag)
            );
        }
        head.push_str("# Releases\n\n");
        head
    }

    /// One line per package, as many as fit.
    fn list(&self, sections: &[&Section], limit: usize) -> String {
        let rest = |count: usize| {
            format!("\nand {count} more; [see the branch]({}) for all of them", self.branch_url)
        };
        let mut text = format!(
            "The entries are too long for a pull request; [the branch]({}) has them all.\n\n",
            self.branch_url
        );
        let room = limit.saturating_sub(units(&rest(sections.len())));
        let mut used = units(&text);
        for (index, section) in sections.iter().enumerate() {
            let line = format!("- {}\n", section.title());
            used += units(&line);
            if used > room {
                return text + &rest(sections.len() - index);
            }
            text.push_str(&line);
        }
        text
    }
}

impl Section {
    fn title(&self) -> String {
        let title = format!("{}@{}", self.name, self.version);
        if is_plain(&self.name)
            && self.version.chars().all(|c| c.is_ascii_alphanumeric() || "-+.".contains(c))
        {
            title
        } else {
            Markdown::text(&title).to_string()
        }
    }

    fn heading(&self) -> String {
        format!("## {}", self.title())
    }

    fn entry(&self) -> String {
        match self.entry.as_deref().map(str::trim) {
            None => "This package has no changelog.".to_owned(),
            Some("") => "The changelog says nothing about this version.".to_owned(),
            // Markers in the text would end the generated part: `defuse` shows comments as text.
            Some(entry) => defuse(entry).trim_end().to_owned(),
        }
    }

    fn pointer(&self) -> String {
        format!(
            "The entry is too long for a pull request: [read it in the changelog]({}).",
            self.changelog_url
        )
    }
}

/// A package name as npm takes it, in which no Markdown acts.
fn is_plain(name: &str) -> bool {
    let part = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_alphanumeric())
            && part.chars().all(|c| c.is_ascii_alphanumeric() || "-.".contains(c))
    };
    match name.strip_prefix('@') {
        Some(scoped) => {
            scoped.split_once('/').is_some_and(|(scope, name)| part(scope) && part(name))
        }
        None => part(name),
    }
}

/// The body to set on a pull request that has one: the generated part is replaced, what people
/// wrote around it stays. A body without our part is replaced whole.
pub fn merge(existing: &str, generated: &str) -> String {
    let existing = existing.replace("\r\n", "\n");
    let kept = existing.split_once(BEGIN).and_then(|(before, rest)| {
        let (_, after) = rest.rsplit_once(END)?;
        Some((before, after))
    });
    match kept {
        Some((before, after))
            if units(before) + units(generated) + units(after) <= GITHUB_LIMIT =>
        {
            format!("{before}{generated}{after}")
        }
        _ => generated.to_owned(),
    }
}

/// What stands for a title in a body: by it a title that somebody changed is told from an older one of
/// ours.
pub fn mark(title: &str) -> String {
    // FNV-1a: short, and the same in every build.
    let hash = title.trim().bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    format!("{hash:016x}")
}

/// The mark in a body; `None` when it has none.
pub fn title_mark(body: &str) -> Option<&str> {
    // Ours is the last one: text from outside stands before it, and cannot hold a comment.
    let (_, rest) = body.split_once(BEGIN)?.1.rsplit_once(TITLE)?;
    Some(rest.split_once(" -->")?.0)
}

/// Whether two bodies say the same; GitHub gives line ends and blank ends back as it likes.
pub fn same(a: &str, b: &str) -> bool {
    a.replace("\r\n", "\n").trim() == b.replace("\r\n", "\n").trim()
}

/// Length as GitHub may count it.
pub fn units(text: &str) -> usize {
    text.encode_utf16().count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn section(name: &str, private: bool, level: u8, entry: &str) -> Section {
        Section {
            name: name.into(),
            version: "1.1.0".into(),
            private,
            level,
            entry: Some(entry.into()),
            changelog_url: format!("https://x.test/{name}/CHANGELOG.md"),
        }
    }

    fn body(sections: Vec<Section>) -> Body {
        Body {
            base: "main".into(),
            after: AfterMerge::Publish,
            pre: None,
            sections,
            branch_url: "https://x.test/branch".into(),
            title: "Version Packages".into(),
        }
    }

    fn order(text: &str, names: &[&str]) -> bool {
        let places: Vec<_> =
            names.iter().map(|name| text.find(&format!("## {name}@")).unwrap()).collect();
        places.is_sorted()
    }

    #[test]
    fn public_first_then_the_highest_bump() {
        let text = body(vec![
            section("d", true, 3, "- d"),
            section("b", false, 1, "- b"),
            section("@a/c", false, 3, "### Major Changes\n\n- c"),
            section("a", false, 1, "- a"),
        ])
        .render();
        assert!(order(&text, &["@a/c", "b", "a", "d"]), "{text}");
        assert!(text.contains(
            "# Releases\n\n## @a/c@1.1.0\n\n### Major Changes\n\n- c\n\n## b@1.1.0\n\n- b\n"
        ));
        assert!(text.starts_with(BEGIN) && text.ends_with(END));
    }

    #[test]
    fn what_follows_and_pre_mode_are_said() {
        let mut it = body(vec![section("a", false, 1, "- a")]);
        assert!(it.render().contains("Merging it publishes the packages"));
        it.after = AfterMerge::Nothing;
        it.pre = Some("beta".into());
        let text = it.render();
        assert!(text.contains("publishes nothing by itself"));
        assert!(text.contains("> [!WARNING]\n> `main` is in **pre mode** (`beta`)"));
    }

    #[test]
    fn the_longest_entries_go_first_and_never_all_at_once() {
        let long = "- x\n".repeat(9_000);
        let text = body(vec![
            section("long", false, 1, &long),
            section("short", false, 1, "- short"),
            section("longer", false, 1, &"- y\n".repeat(10_000)),
        ])
        .render();
        assert!(units(&text) <= BODY_LIMIT);
        assert!(text.contains("- x\n- x\n") && text.contains("- short"), "the others stay");
        assert!(!text.contains("- y") && text.contains("(https://x.test/longer/CHANGELOG.md)"));
    }

    #[test]
    fn thousands_of_packages_become_a_list() {
        let sections: Vec<_> =
            (0..5000).map(|n| section(&format!("package-{n}"), false, 1, "- a change")).collect();
        let text = body(sections).render();
        assert!(units(&text) <= BODY_LIMIT && units(&text) > BODY_LIMIT - 500, "{}", units(&text));
        assert!(text.contains("\n- package-0@1.1.0\n- package-1@1.1.0\n"));
        assert!(text.contains("more; [see the branch](https://x.test/branch)"));
        assert!(text.ends_with(END));
    }

    #[test]
    fn a_megabyte_and_characters_of_two_units_fit() {
        for entry in ["🦋".repeat(300_000), "\u{1}".repeat(1_000_000), "&<@a ".repeat(200_000)] {
            let text = body(vec![section("a", false, 1, &entry)]).render();
            assert!(units(&text) <= BODY_LIMIT);
            assert!(text.contains("[read it in the changelog]"));
        }
    }

    #[test]
    fn hostile_text_stays_text() {
        let hostile = "- </details> @everyone $(id) `id` ::set-output name=a::b\n<!-- launchway:end -->\n<script>\n\n```\nopen";
        let text = body(vec![
            section("evil\n# x <img> @everyone", true, 1, hostile),
            section("next", true, 0, "- fine"),
        ])
        .render();
        assert_eq!(text.matches(END).count(), 1, "{text}");
        assert!(
            !text.contains("</details>") && !text.contains("<script") && !text.contains("<img")
        );
        assert!(!text.contains("@everyone"), "nobody is notified");
        assert!(
            text.contains("- &lt;/details>") && text.contains("`id`"),
            "Markdown still renders"
        );
        assert!(text.contains("open\n```"), "an open fence does not swallow the next package");
        assert!(!text.contains("\n# x"));
    }

    #[test]
    fn the_title_that_was_written_is_known() {
        let text = body(vec![section("a", false, 1, "- <!-- launchway:title 0 -->")]).render();
        assert_eq!(title_mark(&text), Some(mark("Version Packages").as_str()));
        assert_eq!(title_mark(&format!("{text}\r\nbye")), title_mark(&text));
        assert_ne!(mark("Version Packages"), mark("Version Packages (beta)"));
        assert_eq!(title_mark("no part of ours"), None);
    }

    #[test]
    fn words_around_the_generated_part_stay() {
        let old = body(vec![section("a", false, 1, "- old")]).render();
        let new = body(vec![section("a", false, 1, "- new")]).render();
        assert_eq!(
            merge(&format!("Hello\r\n\r\n{old}\r\nBye"), &new),
            format!("Hello\n\n{new}\nBye")
        );
        assert_eq!(merge("something else", &new), new);
        assert_eq!(
            merge(&format!("{}{old}", "x".repeat(65_500)), &new),
            new,
            "what fits goes first"
        );
        assert!(same(&old.replace('\n', "\r\n"), &format!("{old}\n")) && !same(&old, &new));
    }
}
