//! The input `flavor`: what holds for all tags.

use launchway_base::{Failure, nearest};

use crate::words::{list, number};

/// What holds for all tags.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Flavor {
    /// Whether there is a tag `latest`.
    pub latest: Latest,
    /// Before each tag that has none of its own; a template.
    pub prefix: String,
    /// Whether `latest` gets the prefix.
    pub prefix_latest: bool,
    /// After each tag that has none of its own; a template.
    pub suffix: String,
    /// Whether `latest` gets the suffix.
    pub suffix_latest: bool,
}

/// Whether there is a tag `latest`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Latest {
    /// When the rule that gives the version says so.
    #[default]
    Auto,
    /// Whenever there is a tag.
    Always,
    /// Never.
    Never,
}

impl Latest {
    /// Whether a tag makes `latest`, of a rule that says so or not.
    pub fn of(self, by_rule: bool) -> bool {
        match self {
            Self::Auto => by_rule,
            Self::Always => true,
            Self::Never => false,
        }
    }

    /// As written in the input.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Always => "true",
            Self::Never => "false",
        }
    }
}

const KEYS: [&str; 4] = ["latest", "prefix", "suffix", "onlatest"];

impl Flavor {
    /// Reads the entries of the input; later ones win.
    ///
    /// # Errors
    /// An entry without `=`, an unknown key or value, quotes out of place.
    pub fn parse(entries: &[String]) -> Result<Self, Failure> {
        let mut flavor = Self::default();
        for entry in entries {
            flavor.read(entry)?;
        }
        Ok(flavor)
    }

    fn read(&mut self, entry: &str) -> Result<(), Failure> {
        let refuse = |what: String| {
            Failure::input(format!("flavor `{}` {what}", entry.escape_debug())).with_hint(
                "write `latest=auto`, `latest=true`, `latest=false`, `prefix=…` or `suffix=…`",
            )
        };
        // Which of the two the next `onlatest` is about.
        let mut for_latest = None;
        for field in list::fields(entry)? {
            let mut parts = field.split('=').map(number::trim);
            let key = parts.next().unwrap_or_default().to_lowercase();
            let Some(value) = parts.next() else {
                return Err(refuse(format!("has `{}` without a value", key.escape_debug())));
            };
            match key.as_str() {
                "latest" => {
                    self.latest = match value {
                        "auto" => Latest::Auto,
                        "true" => Latest::Always,
                        "false" => Latest::Never,
                        _ => return Err(refuse("says neither auto, true nor false".to_owned())),
                    };
                }
                "prefix" => {
                    value.clone_into(&mut self.prefix);
                    for_latest = Some(&mut self.prefix_latest);
                }
                "suffix" => {
                    value.clone_into(&mut self.suffix);
                    for_latest = Some(&mut self.suffix_latest);
                }
                "onlatest" => {
                    let on = match value {
                        "true" => true,
                        "false" => false,
                        _ => {
                            return Err(refuse("has `onlatest` neither true nor false".to_owned()));
                        }
                    };
                    if let Some(slot) = for_latest.as_deref_mut() {
                        *slot = on;
                    }
                }
                other => {
                    let failure = refuse(format!("has the unknown key `{}`", other.escape_debug()));
                    return Err(match nearest(other, KEYS) {
                        Some(near) => failure.with_hint(format!("did you mean `{near}`?")),
                        None => failure,
                    });
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(entries: &[&str]) -> Result<Flavor, Failure> {
        Flavor::parse(&entries.iter().map(|entry| (*entry).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn keys_in_any_case_and_the_last_wins() {
        let flavor =
            parse(&["LATEST=true, Prefix = v- ,onlatest=true", "latest=false", "suffix=a=b"])
                .unwrap();
        assert_eq!(
            flavor,
            Flavor {
                latest: Latest::Never,
                prefix: "v-".to_owned(),
                prefix_latest: true,
                suffix: "a".to_owned(),
                suffix_latest: false,
            }
        );
    }

    #[test]
    fn onlatest_is_about_what_stands_before_it_on_its_line() {
        let flavor = parse(&["prefix=a", "onlatest=true", "suffix=b,onlatest=true"]).unwrap();
        assert_eq!((flavor.prefix_latest, flavor.suffix_latest), (false, true));
        let flavor = parse(&["prefix=a,onlatest=true,suffix=b,onlatest=false"]).unwrap();
        assert_eq!((flavor.prefix_latest, flavor.suffix_latest), (true, false));
    }

    #[test]
    fn what_cannot_be_is_refused_with_what_to_write() {
        for (entry, said, hint) in [
            ("latest", "without a value", "latest=auto"),
            ("latest=yes", "neither auto", "latest=auto"),
            ("prefix=a,onlatest=1", "`onlatest`", "latest=auto"),
            ("sufix=a", "unknown key `sufix`", "did you mean `suffix`?"),
            ("x=a", "unknown key `x`", "latest=auto"),
        ] {
            let failure = parse(&[entry]).unwrap_err();
            assert!(failure.to_string().contains(said), "{failure}");
            assert!(failure.hint().unwrap().contains(hint), "{:?}", failure.hint());
            assert_eq!(failure.kind().code(), 2);
        }
    }
}
