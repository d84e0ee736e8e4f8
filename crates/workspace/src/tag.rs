//! How git tags of versions are named.

use crate::template::Template;
use crate::version::parse_version;

/// A pattern for tags, such as `{name}/v{version}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagPattern(Template);

impl TagPattern {
    /// The fields there are.
    pub const FIELDS: [&'static str; 3] = ["name", "name-without-scope", "version"];

    /// Reads a pattern, which names the version once; the error completes "`…` …".
    pub fn new(text: &str) -> Result<Self, String> {
        let template = Template::new(text, &Self::FIELDS)?;
        match template.count("version") {
            1 => Ok(Self(template)),
            0 => Err("has no `{version}`".to_owned()),
            _ => Err("has `{version}` more than once".to_owned()),
        }
    }

    /// `v{version}` for a single package, else `{name}@{version}`.
    pub fn usual(single: bool) -> Self {
        Self(if single {
            Template::of(&["v", "{version}"])
        } else {
            Template::of(&["{name}", "@", "{version}"])
        })
    }

    /// The tag of a package's version.
    pub fn tag(&self, name: &str, version: &str) -> String {
        self.0.fill(|field| match field {
            "version" => version.to_owned(),
            other => name_field(other, name),
        })
    }

    /// The version that a tag of this package names; `None` when it is no tag of this package.
    pub fn parse<'a>(&self, name: &str, tag: &'a str) -> Option<&'a str> {
        // No tag has such a character, so this is where the version stands.
        let whole = self.tag(name, "\0");
        let (before, after) = whole.split_once('\0')?;
        let version = tag.strip_prefix(before)?.strip_suffix(after)?;
        (version.starts_with(|c: char| c.is_ascii_digit()) && parse_version(version).is_some())
            .then_some(version)
    }
}

/// A package's name as the field of a pattern asks for it; git takes no `:` in a ref.
pub fn name_field(field: &str, name: &str) -> String {
    let name = if field == "name-without-scope" {
        let bare = name.split_once(':').map_or(name, |(_, bare)| bare);
        bare.strip_prefix('@').and_then(|rest| rest.split_once('/')).map_or(bare, |(_, bare)| bare)
    } else {
        name
    };
    name.replacen(':', "/", 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_made_and_read_back() {
        for (pattern, tag) in [
            ("{name}@{version}", "@acme/core@1.2.0-rc.1"),
            ("v{version}", "v1.2.0-rc.1"),
            ("{name}/v{version}", "@acme/core/v1.2.0-rc.1"),
            ("{name-without-scope}-v{version}", "core-v1.2.0-rc.1"),
        ] {
            let read = TagPattern::new(pattern).unwrap();
            assert_eq!(read.tag("@acme/core", "1.2.0-rc.1"), tag);
            assert_eq!(read.parse("@acme/core", tag), Some("1.2.0-rc.1"), "{pattern}");
            assert_eq!(read.parse("@acme/core", &tag.replace("1.2.0", "1.2")), None);
        }
        let pattern = TagPattern::new("{name}@{version}").unwrap();
        assert_eq!(pattern.parse("core", "core-extra@1.0.0"), None);
        assert_eq!(pattern.parse("core", "core@v1.0.0"), None);
        assert_eq!(pattern.tag("cargo:core", "1.0.0"), "cargo/core@1.0.0");
    }

    #[test]
    fn the_version_has_one_place() {
        assert!(TagPattern::new("{name}").unwrap_err().contains("no `{version}`"));
        assert!(TagPattern::new("{version}{version}").unwrap_err().contains("more than once"));
    }
}
