//! Which fields a template can reach at all.
//!
//! Every commit is turned into a value for the template and copied wherever it is grouped, so a
//! field that nobody reads is best left out. A field counts as read when its name occurs anywhere in
//! a template; where a template can get at fields without naming them, all count.

use std::collections::HashSet;

/// The names that templates can reach.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Needs {
    /// All of them.
    Everything,
    /// These.
    Named(HashSet<String>),
}

impl Needs {
    /// What these templates can reach.
    pub fn of<'a>(templates: impl IntoIterator<Item = &'a str>) -> Self {
        let mut names = HashSet::new();
        for template in templates {
            if is_dynamic(template) {
                return Self::Everything;
            }
            names.extend(words(template).map(str::to_owned));
            if compares(&collapsed(template)) {
                names.extend(["id", "message", "raw_message"].map(str::to_owned));
            }
        }
        Self::Named(names)
    }

    /// Whether a field can be reached.
    pub fn reach(&self, name: &str) -> bool {
        match self {
            Self::Everything => true,
            Self::Named(names) => names.contains(name),
        }
    }
}

/// Whether a template reads the commits of a release before. It does when `previous` stands
/// anywhere without one of the plain fields behind it.
pub fn reads_previous_commits(template: &str) -> bool {
    const PLAIN: [&str; 6] =
        ["version", "message", "commit_id", "timestamp", "repository", "extra"];
    if is_dynamic(template) {
        return true;
    }
    template.match_indices("previous").any(|(at, word)| {
        let before = template.get(..at).unwrap_or_default().trim_end();
        let after = template.get(at + word.len()..).unwrap_or_default().trim_start();
        let ends_with = |word: &&str| {
            before
                .strip_suffix(*word)
                .is_some_and(|rest| rest.ends_with([' ', '\n', '\t', '%', '-', '(']))
        };
        let is_asked_for = ["if", "elif", "and", "or", "not"].iter().any(ends_with)
            && ["%}", "-%}", "and ", "or "].iter().any(|next| after.starts_with(next));
        let field = after.strip_prefix('.').and_then(|after| words(after).next());
        !is_asked_for && !field.is_some_and(|field| PLAIN.contains(&field))
    })
}

/// Whether a template is plain text.
pub fn is_plain(template: &str) -> bool {
    !["{{", "{%", "{#"].iter().any(|mark| template.contains(mark))
}

fn words(template: &str) -> impl Iterator<Item = &str> {
    template
        .split(|sign: char| !sign.is_ascii_alphanumeric() && sign != '_')
        .filter(|word| !word.is_empty())
}

/// Whether a template can get at fields without naming them: by printing or walking through whole
/// objects, or by names that it makes up.
pub fn is_dynamic(template: &str) -> bool {
    let template = &collapsed(template);
    template.contains("__tera_context")
        || template.contains("json_encode")
        || template.contains("is containing")
        || loops_over_fields(template)
        || counts_fields(template)
        || computes_names(template)
}

/// `{{ object | length }}`: the length of anything that is not known to be a list or text.
fn counts_fields(template: &str) -> bool {
    const COUNTED: [&str; 10] = [
        "commits",
        "releases",
        "links",
        "footers",
        "contributors",
        "message",
        "body",
        "raw_message",
        "version",
        "group",
    ];
    /// Filters with arguments that make lists or texts.
    const LISTS: [&str; 9] = [
        "commit_groups",
        "concat",
        "filter",
        "find_regex",
        "map",
        "slice",
        "sort",
        "split",
        "split_regex",
    ];
    let last_word = |text: &str| -> String {
        let word = text.rsplit(|sign: char| !sign.is_alphanumeric() && sign != '_').next();
        word.unwrap_or_default().to_owned()
    };
    template.match_indices("length").any(|(at, _)| {
        let before = template.get(..at).unwrap_or_default().trim_end();
        let Some(before) = before.strip_suffix('|').map(str::trim_end) else { return false };
        if before.ends_with(')') {
            let head = before.rsplit_once('(').map_or("", |(head, _)| head);
            return !LISTS.contains(&last_word(head).as_str());
        }
        let name = last_word(before);
        let rest = before.strip_suffix(name.as_str()).unwrap_or_default().trim_end();
        if rest.ends_with('|') {
            return ["first", "last", "nth"].contains(&name.as_str());
        }
        !COUNTED.contains(&name.as_str())
    })
}

/// Whether whole objects may be compared: what tells commits apart is needed then.
fn compares(template: &str) -> bool {
    let count = |text: &str| template.matches(text).count();
    count("==") + count("!=") > 0 || count(" in ") > count("for ")
}

/// `{% for key, value in object %}`, but for groups, whose keys are no names of fields.
fn loops_over_fields(template: &str) -> bool {
    template.match_indices("for ").any(|(at, word)| {
        let after = template.get(at + word.len()..).unwrap_or_default();
        let after = after.split_once("%}").map_or(after, |(head, _)| head);
        let Some((names, container)) = after.split_once(" in ") else { return false };
        let filter = container.rsplit('|').next().unwrap_or_default();
        let name = words(filter).next().unwrap_or_default();
        names.contains(',') && !["group_by", "group_by_scope"].contains(&name)
    })
}

/// `object[name]`, or a filter whose argument is no plain text.
fn computes_names(template: &str) -> bool {
    let indexes = template.match_indices('[').any(|(at, _)| {
        let in_code = template.get(..at).is_some_and(is_inside_code);
        let next = template.get(at + 1..).unwrap_or_default().trim_start().chars().next();
        in_code
            && !next
                .is_none_or(|sign| matches!(sign, '"' | '\'' | '`' | ']') || sign.is_ascii_digit())
    });
    indexes || ["attribute", "key"].iter().any(|name| has_computed_argument(template, name))
}

/// A template with single blanks, so that words can be looked for side by side.
fn collapsed(template: &str) -> String {
    template.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether a text ends between `{{` or `{%` and their end.
fn is_inside_code(before: &str) -> bool {
    let last = |marks: [&str; 2]| marks.iter().filter_map(|mark| before.rfind(mark)).max();
    match (last(["{{", "{%"]), last(["}}", "%}"])) {
        (Some(open), Some(close)) => open > close,
        (open, _) => open.is_some(),
    }
}

fn has_computed_argument(template: &str, name: &str) -> bool {
    template.match_indices(name).any(|(at, word)| {
        let after = template.get(at + word.len()..).unwrap_or_default().trim_start();
        let Some(value) = after.strip_prefix('=').filter(|value| !value.starts_with('=')) else {
            return false;
        };
        let value = value.trim_start();
        let Some(quote) = value.chars().next().filter(|sign| matches!(sign, '"' | '\'' | '`'))
        else {
            return true;
        };
        let behind = value.get(1..).and_then(|text| text.split_once(quote)).map(|(_, rest)| rest);
        !behind.is_some_and(|rest| rest.trim_start().starts_with([',', ')']))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_wherever_they_stand() {
        let needs = Needs::of([
            "{% for c in commits | group_by(attribute=\"author.name\") %}{{ c.message }}{% endfor %}",
        ]);
        for name in ["commits", "author", "name", "message"] {
            assert!(needs.reach(name), "{name}");
        }
        assert!(!needs.reach("footers"));
    }

    #[test]
    fn whoever_can_reach_everything_gets_everything() {
        for template in [
            "{{ __tera_context }}",
            "{{ commit | json_encode() }}",
            "{% for key, value in commit %}{% endfor %}",
            "{% set n = \"id\" %}{{ commit[n] }}",
            "{{ commit | get(key=name) }}",
            "{{ commit | length }}",
            "{{ commit.author|length }}",
            "{{ commits | first | length }}",
            "{{ commits[0] | length }}",
            "{{ c | default(value=1) | length }}",
            "{% for\nk, v in commits[0] %}{% endfor %}",
            "{% for k, v\nin commits[0] %}{% endfor %}",
            "{% if c is containing(k) %}{% endif %}",
            "{{ commits | group_by(attribute=\"a\" ~ \"b\") }}",
        ] {
            assert_eq!(Needs::of([template]), Needs::Everything, "{template}");
        }
        for template in [
            "[{{ commit.id[\"x\"] }}](link)",
            "## [x] {{ commits[0].id }}",
            "{{ commit | get(key=\"id\", default=1) }}",
            "{{ release.commits | length }} {{ commits | unique | length }} length",
            "{{ commits | filter(attribute=\"id\") | length }}",
            "{% for group, commits in commits | group_by(attribute=\"group\") %}{% endfor %}",
            "{% if key == \"x\" %}{% endif %}",
        ] {
            assert_ne!(Needs::of([template]), Needs::Everything, "{template}");
        }
    }

    #[test]
    fn commits_that_are_compared_can_be_told_apart() {
        for template in ["{% if c == commits[0] %}{% endif %}", "{% if c in x %}{% endif %}"] {
            assert!(Needs::of([template]).reach("id"), "{template}");
        }
        assert!(!Needs::of(["{% for c in commits %}{% endfor %}"]).reach("id"));
    }

    #[test]
    fn commits_of_the_release_before_are_rarely_read() {
        for (template, reads) in [
            ("{% if previous.version %}{{ previous.version }}...{{ version }}{% endif %}", false),
            ("{% if previous %}{{ previous.commit_id }}{% endif %}", false),
            ("{% if version and previous -%}{% endif %}", false),
            ("{{ previous.commits | length }}", true),
            ("{% for c in previous.commits %}{% endfor %}", true),
            ("{{ previous[\"commits\"] | length }}", true),
            ("{% set p = previous %}{{ p.commits | length }}", true),
            ("{{ macros::x(release=previous) }}", true),
            ("{{ __tera_context }}", true),
        ] {
            assert_eq!(reads_previous_commits(template), reads, "{template}");
        }
    }
}
