//! Texts with places to fill in, such as `{name}@{version}`.

/// A text with `{fields}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template(Vec<Part>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Field(&'static str),
}

impl Template {
    /// Reads a text; the error completes "`…` …".
    pub fn new(text: &str, fields: &[&'static str]) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            let Some((field, after)) = after.split_once('}') else {
                return Err("has a `{` without its `}`".to_owned());
            };
            let Some(known) = fields.iter().find(|known| **known == field) else {
                let all: Vec<String> = fields.iter().map(|field| format!("{{{field}}}")).collect();
                return Err(format!(
                    "has `{{{}}}`, which means nothing; there are {}",
                    field.escape_debug(),
                    all.join(", ")
                ));
            };
            parts.push(Part::Text(before.to_owned()));
            parts.push(Part::Field(known));
            rest = after;
        }
        if rest.contains('}') {
            return Err("has a `}` without its `{`".to_owned());
        }
        parts.push(Part::Text(rest.to_owned()));
        Ok(Self(parts))
    }

    /// A text of known parts; a field is written with its braces.
    pub(crate) fn of(parts: &[&'static str]) -> Self {
        let field = |part: &'static str| part.strip_prefix('{')?.strip_suffix('}');
        let parts = parts.iter().map(|part| match field(part) {
            Some(name) => Part::Field(name),
            None => Part::Text((*part).to_owned()),
        });
        Self(parts.collect())
    }

    /// How often a field stands in it.
    pub fn count(&self, field: &str) -> usize {
        self.0.iter().filter(|part| matches!(part, Part::Field(name) if *name == field)).count()
    }

    /// Whether a field stands in it.
    pub fn has(&self, field: &str) -> bool {
        self.count(field) > 0
    }

    /// The text with its fields filled in. What is filled in is not looked at again.
    pub fn fill(&self, value: impl Fn(&str) -> String) -> String {
        self.0
            .iter()
            .map(|part| match part {
                Part::Text(text) => text.clone(),
                Part::Field(name) => value(name),
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_filled_once() {
        let template = Template::new("{name}@{version}", &["name", "version"]).unwrap();
        assert_eq!(template.fill(|field| format!("{{{field}}}")), "{name}@{version}");
        assert!(template.has("name") && !template.has("tag"));
    }

    #[test]
    fn what_means_nothing_is_refused() {
        for (text, why) in [
            ("{naem}", "`{naem}`, which means nothing; there are {name}"),
            ("{name", "`{` without"),
            ("name}", "`}` without"),
            ("{}", "`{}`"),
        ] {
            let error = Template::new(text, &["name"]).unwrap_err();
            assert!(error.contains(why), "{text}: {error}");
        }
    }
}
