//! Python versions as the peer's library for PEP 440 reads and normalises them.

use std::sync::LazyLock;

use regress::Regex;

use super::number;

/// Case does not matter, a leading `v` is allowed, nothing may stand around it.
static GRAMMAR: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let grammar = concat!(
        r"^v?(?:(?<epoch>[0-9]+)!)?(?<release>[0-9]+(?:\.[0-9]+)*)",
        r"(?:[-_.]?(?<pre_l>alpha|a|beta|b|c|rc|preview|pre)[-_.]?(?<pre_n>[0-9]+)?)?",
        r"(?:-(?<post_n1>[0-9]+)|[-_.]?(?<post_l>post|rev|r)[-_.]?(?<post_n2>[0-9]+)?)?",
        r"(?:[-_.]?(?<dev_l>dev)[-_.]?(?<dev_n>[0-9]+)?)?",
        r"(?:\+(?<local>[a-z0-9]+(?:[-_.][a-z0-9]+)*))?$",
    );
    Regex::with_flags(grammar, "i").ok()
});

/// A version's parts, as text: numbers are written as JavaScript writes them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pep440 {
    /// The text as given.
    pub raw: String,
    /// The normalised form, with epoch and local part.
    pub version: String,
    /// First number of the release, whatever the epoch.
    pub major: String,
    /// Second number, `0` where there is none.
    pub minor: String,
    /// Third number, `0` where there is none.
    pub patch: String,
    /// Whether it is anything but a final release: a pre, post or development release.
    pub is_special: bool,
}

impl Pep440 {
    /// Reads a version; `None` for what is none.
    pub fn parse(text: &str) -> Option<Self> {
        // Without case, the matcher takes a long s for an s.
        let found = GRAMMAR.as_ref()?.find(text).filter(|_| text.is_ascii())?;
        let part = |name: &str| text.get(found.named_group(name)?);
        let release: Vec<_> = part("release")?.split('.').map(plain).collect();
        let mut version = match part("epoch").map(plain) {
            Some(epoch) if epoch != "0" => format!("{epoch}!"),
            _ => String::new(),
        };
        version.push_str(&release.join("."));
        if let Some(letter) = part("pre_l") {
            version.push_str(match letter.to_ascii_lowercase().as_str() {
                "a" | "alpha" => "a",
                "b" | "beta" => "b",
                _ => "rc",
            });
            version.push_str(&plain(part("pre_n").unwrap_or_default()));
        }
        let post = part("post_n1").or_else(|| part("post_l").and(part("post_n2").or(Some(""))));
        if let Some(post) = post {
            version.push_str(".post");
            version.push_str(&plain(post));
        }
        if part("dev_l").is_some() {
            version.push_str(".dev");
            version.push_str(&plain(part("dev_n").unwrap_or_default()));
        }
        if let Some(local) = part("local") {
            // Joined by commas: the peer's library prints its list of parts as it is.
            let parts: Vec<_> = local.split(['-', '_', '.']).map(local_part).collect();
            version.push('+');
            version.push_str(&parts.join(","));
        }
        let number = |index: usize| release.get(index).cloned().unwrap_or_else(|| "0".to_owned());
        Some(Self {
            raw: text.to_owned(),
            version,
            major: number(0),
            minor: number(1),
            patch: number(2),
            is_special: part("pre_l").is_some() || post.is_some() || part("dev_l").is_some(),
        })
    }
}

/// Digits as a number again; none is 0.
fn plain(digits: &str) -> String {
    number::parse(digits).map_or_else(|| digits.to_owned(), number::text)
}

/// What reads as a number becomes one, `0x1f` and `1e3` too; the rest is lower case.
fn local_part(part: &str) -> String {
    number::parse(part).map_or_else(|| part.to_ascii_lowercase(), number::text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_those_of_the_library_for_pep_440() {
        for (text, version, parts, is_special) in [
            ("1.2.3", "1.2.3", ["1", "2", "3"], false),
            ("v1.2", "1.2", ["1", "2", "0"], false),
            ("1", "1", ["1", "0", "0"], false),
            ("1.2.3beta2", "1.2.3b2", ["1", "2", "3"], true),
            ("1.2.3post1", "1.2.3.post1", ["1", "2", "3"], true),
            ("1.2.3.RC-4", "1.2.3rc4", ["1", "2", "3"], true),
            ("01.02.003", "1.2.3", ["1", "2", "3"], false),
            ("1!2.3.4", "1!2.3.4", ["2", "3", "4"], false),
            ("1.2.3+x.1", "1.2.3+x,1", ["1", "2", "3"], false),
            ("1.2.3-1", "1.2.3.post1", ["1", "2", "3"], true),
            ("1.2.3.dev", "1.2.3.dev0", ["1", "2", "3"], true),
            ("1.0a", "1.0a0", ["1", "0", "0"], true),
            ("1.0.c5", "1.0rc5", ["1", "0", "0"], true),
            ("1.0-pre_2", "1.0rc2", ["1", "0", "0"], true),
            ("1.0preview3", "1.0rc3", ["1", "0", "0"], true),
            ("1.0.r4", "1.0.post4", ["1", "0", "0"], true),
            ("1.0-rev-5", "1.0.post5", ["1", "0", "0"], true),
            ("1.0+Ubuntu-1_02", "1.0+ubuntu,1,2", ["1", "0", "0"], false),
            ("1.0+0x1f.1e3", "1.0+31,1000", ["1", "0", "0"], false),
            ("V1.0", "1.0", ["1", "0", "0"], false),
            ("1.0.post", "1.0.post0", ["1", "0", "0"], true),
            ("1.0.dev3+abc", "1.0.dev3+abc", ["1", "0", "0"], true),
            ("1.0a1.post2.dev3", "1.0a1.post2.dev3", ["1", "0", "0"], true),
            ("0!1.0", "1.0", ["1", "0", "0"], false),
            ("00!1", "1", ["1", "0", "0"], false),
            ("1.2.3.4.5", "1.2.3.4.5", ["1", "2", "3"], false),
            ("1.0alpha", "1.0a0", ["1", "0", "0"], true),
            ("1.0-0", "1.0.post0", ["1", "0", "0"], true),
            ("1.0-post0", "1.0.post0", ["1", "0", "0"], true),
            (
                "99999999999999999999.1",
                "100000000000000000000.1",
                ["100000000000000000000", "1", "0"],
                false,
            ),
            ("2.0+1e400", "2.0+Infinity", ["2", "0", "0"], false),
        ] {
            let found = Pep440::parse(text).unwrap();
            assert_eq!(found.version, version, "{text}");
            assert_eq!([found.major, found.minor, found.patch], parts.map(str::to_owned), "{text}");
            assert_eq!((found.raw.as_str(), found.is_special), (text, is_special));
        }
    }

    #[test]
    fn what_is_no_version_is_none() {
        for text in [
            "1.2.3-x",
            "1.0 ",
            "1..0",
            "1.0.",
            "",
            "1.0+",
            "1.0+a..b",
            "1.0ſ",
            "1.0.poſt1",
            "1.2.3\n",
        ] {
            assert_eq!(Pep440::parse(text), None, "{text:?}");
        }
    }
}
