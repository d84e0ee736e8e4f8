//! Outputs and state: declared once, written as records nobody can forge.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::path::Path;
use std::sync::Mutex;

use launchway_base::Failure;

use crate::workflow::random_token;

/// What all outputs of a job may hold together, in bytes of UTF-16.
pub const OUTPUT_BUDGET: usize = 1024 * 1024;

/// One declared output, for `action.yml` and the tables made from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutputDecl {
    /// Its spellings; ours first.
    pub names: &'static [&'static str],
    /// What it means, as its doc comment says; lines as written, with their leading blank.
    pub doc: &'static str,
}

impl OutputDecl {
    /// The spelling we document.
    pub fn name(&self) -> &'static str {
        self.names.first().copied().unwrap_or_default()
    }

    /// The doc comment as one paragraph.
    pub fn description(&self) -> String {
        self.doc.split_whitespace().collect::<Vec<_>>().join(" ")
    }
}

/// A set of outputs made by [`outputs!`](crate::outputs!).
pub trait OutputSet {
    /// Every output, in the order declared.
    fn table() -> &'static [OutputDecl]
    where
        Self: Sized;
    /// Name and value of what is set, once per spelling.
    fn pairs(&self) -> Vec<(&'static str, &str)>;
}

/// Declares outputs: makes a struct of `Option<String>` fields that is an
/// [`OutputSet`](crate::OutputSet), named `Outputs` unless a header says otherwise.
///
/// ```
/// launchway_runtime::outputs! {
///     /// What a release leaves behind.
///     pub struct Released {
///         /// Whether a package was published.
///         published => "published",
///         /// The published packages, as JSON.
///         published_packages => "published-packages", "publishedPackages",
///     }
/// }
/// use launchway_runtime::OutputSet;
///
/// let released = Released { published: Some("true".into()), ..Released::default() };
/// assert_eq!(released.pairs(), [("published", "true")]);
/// assert_eq!(Released::table()[1].names, ["published-packages", "publishedPackages"]);
/// ```
///
/// Without a header the struct is `pub struct Outputs`.
///
/// ```
/// launchway_runtime::outputs! {
///     /// Image references with tags, one per line.
///     tags => "tags",
/// }
/// assert!(Outputs::default().tags.is_none());
/// ```
#[macro_export]
macro_rules! outputs {
    (
        $(#[$meta:meta])*
        $vis:vis struct $set:ident {
            $( $(#[doc = $doc:literal])+ $field:ident => $($name:literal),+ $(,)? )*
        }
    ) => { $crate::outputs! { @make [$(#[$meta])*] [$vis] $set $( [$($doc)+] $field [$($name),+] )* } };
    (@make [$($meta:tt)*] [$vis:vis] $set:ident $( [$($doc:literal)+] $field:ident [$($name:literal),+] )*) => {
        $($meta)*
        #[derive(Clone, Debug, Default, PartialEq, Eq)]
        $vis struct $set {
            $( $(#[doc = $doc])+ $vis $field: Option<String>, )*
        }

        impl $crate::OutputSet for $set {
            fn table() -> &'static [$crate::OutputDecl] {
                const TABLE: &[$crate::OutputDecl] = &[
                    $( $crate::OutputDecl {
                        names: &[$($name),+],
                        doc: concat!($($doc, "\n"),+),
                    }, )*
                ];
                TABLE
            }

            fn pairs(&self) -> Vec<(&'static str, &str)> {
                let mut pairs = Vec::new();
                $(
                    if let Some(value) = self.$field.as_deref() {
                        pairs.extend([$($name),+].map(|name| (name, value)));
                    }
                )*
                pairs
            }
        }
    };
    ( $( $(#[doc = $doc:literal])+ $field:ident => $($name:literal),+ $(,)? )* ) => {
        $crate::outputs! {
            @make [#[doc = "What this program hands to the steps after it."]] [pub] Outputs
            $( [$($doc)+] $field [$($name),+] )*
        }
    };
}

/// One record of a command file, or `None` when name or value hold the delimiter.
pub fn record(name: &str, value: &str, delimiter: &str) -> Option<String> {
    let clash = name.contains(delimiter) || value.contains(delimiter);
    (!clash).then(|| format!("{name}<<{delimiter}\n{value}\n{delimiter}\n"))
}

/// One record under a delimiter that `tokens` gives, asked again while it clashes.
///
/// # Errors
/// The name cannot stand in a record, or every one of several delimiters clashed, which chance
/// does not do.
pub fn safe_record(
    name: &str,
    value: &str,
    mut tokens: impl FnMut() -> String,
) -> Result<String, Failure> {
    if name.is_empty() || name.contains(['\n', '\r', '=']) || name.contains("<<") {
        return Err(Failure::internal(format!(
            "`{}` is no name for an output",
            name.escape_debug()
        )));
    }
    (0..8)
        .find_map(|_| record(name, value, &format!("ghadelimiter_{}", tokens())))
        .ok_or_else(|| Failure::internal(format!("no delimiter fits the output `{name}`")))
}

/// Writes records to a command file (`GITHUB_OUTPUT`, `GITHUB_STATE`), always by appending.
#[derive(Debug)]
pub struct CommandFile {
    path: Option<std::path::PathBuf>,
    what: &'static str,
    used: Mutex<usize>,
}

impl CommandFile {
    /// The file at `path`; without one nothing is ever written. `what` names its entries in
    /// messages, as in `output`.
    pub fn new(path: Option<&Path>, what: &'static str) -> Self {
        Self { path: path.map(Path::to_owned), what, used: Mutex::new(0) }
    }

    /// Appends one record per pair in one write. Returns a warning when the step now fills most of
    /// what a job's outputs may hold.
    ///
    /// # Errors
    /// The pairs do not fit the job's budget, in which case none of them is written; or the file
    /// cannot be written.
    pub fn write(&self, pairs: &[(&str, &str)]) -> Result<Option<String>, Failure> {
        let Some(path) = &self.path else { return Ok(None) };
        let size = |(name, value): &(&str, &str)| 2 * (utf16(name) + utf16(value));
        let wanted: usize = pairs.iter().map(size).sum();
        let mut used = self.used.lock().map_err(|_| Failure::internal("a writer panicked"))?;
        let total = used.saturating_add(wanted);
        if total > OUTPUT_BUDGET {
            let largest = pairs.iter().max_by_key(|pair| size(pair)).map_or("", |(name, _)| name);
            return Err(Failure::input(format!(
                "the {}s of this step need {total} bytes of the {OUTPUT_BUDGET} a job has; the largest is `{largest}`",
                self.what
            ))
            .with_hint("hand long text on in a file; the runner counts each character as two bytes"));
        }
        let mut text = String::new();
        for (name, value) in pairs {
            text.push_str(&safe_record(name, value, random_token)?);
        }
        append(path, &text)?;
        *used = total;
        Ok((total > OUTPUT_BUDGET / 4 * 3).then(|| {
            format!(
                "the {}s of this step fill {total} of the {OUTPUT_BUDGET} bytes a job has",
                self.what
            )
        }))
    }
}

fn utf16(text: &str) -> usize {
    text.encode_utf16().count()
}

/// Appends to a file a runner gave us; it is made when missing and never shortened.
pub(crate) fn append(path: &Path, text: &str) -> Result<(), Failure> {
    if text.is_empty() {
        return Ok(());
    }
    OpenOptions::new()
        .append(true)
        .create(true)
        .open(path)
        .and_then(|mut file| file.write_all(text.as_bytes()))
        .map_err(|error| {
            let failure =
                Failure::input(format!("cannot write the runner's file `{}`", path.display()));
            let failure = match owner(path).filter(|_| error.kind() == ErrorKind::PermissionDenied) {
                Some(user) => failure.with_hint(format!(
                    "it belongs to user {user}: run the step as that user, a container with `--user {user}` or with the capabilities Docker gives root"
                )),
                None => failure,
            };
            failure.caused_by(error)
        })
}

/// The number of the user a file belongs to, where files have one.
fn owner(path: &Path) -> Option<u32> {
    #[cfg(unix)]
    return std::fs::metadata(path).ok().map(|found| std::os::unix::fs::MetadataExt::uid(&found));
    #[cfg(not(unix))]
    {
        let _ = path;
        None
    }
}

/// The set as one JSON object with every spelling, for a user who asks for it on stdout.
pub fn to_json(set: &impl OutputSet) -> serde_json::Value {
    set.pairs().into_iter().collect::<serde_json::Value>()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    outputs! {
        /// A set.
        struct Outputs {
            /// Whether something
            /// was published.
            published => "published",
            /// The packages.
            packages => "published-packages", "publishedPackages",
        }
    }

    /// Reads a command file as the runner does.
    fn read(text: &str) -> Vec<(String, String)> {
        let mut found = Vec::new();
        let mut lines = text.split('\n');
        while let Some(line) = lines.next() {
            if line.is_empty() {
                continue;
            }
            let equals = line.find('=').unwrap_or(usize::MAX);
            let heredoc = line.find("<<").unwrap_or(usize::MAX);
            if equals < heredoc {
                found.push((line[..equals].to_owned(), line[equals + 1..].to_owned()));
            } else {
                let delimiter = &line[heredoc + 2..];
                let value: Vec<_> = lines.by_ref().take_while(|line| line != &delimiter).collect();
                found.push((line[..heredoc].to_owned(), value.join("\n")));
            }
        }
        found
    }

    #[test]
    fn the_macro_makes_struct_table_and_pairs() {
        let set = Outputs { packages: Some("[]".into()), ..Outputs::default() };
        assert_eq!(set.pairs(), [("published-packages", "[]"), ("publishedPackages", "[]")]);
        assert_eq!(Outputs::table()[0].description(), "Whether something was published.");
        assert_eq!(
            to_json(&set).to_string(),
            r#"{"published-packages":"[]","publishedPackages":"[]"}"#
        );
    }

    #[test]
    fn a_clashing_delimiter_is_replaced() {
        let mut tokens = ["a", "b"].into_iter().map(str::to_owned);
        let text = safe_record("x", "ghadelimiter_a\ny=1", || tokens.next().unwrap()).unwrap();
        assert_eq!(text, "x<<ghadelimiter_b\nghadelimiter_a\ny=1\nghadelimiter_b\n");
        assert!(safe_record("x", "ghadelimiter_a", || "a".into()).is_err());
        for name in ["", "a=b", "a\nb", "a<<b"] {
            assert!(safe_record(name, "v", random_token).is_err(), "{name:?}");
        }
    }

    #[test]
    fn records_are_appended_and_budgeted() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("out");
        std::fs::write(&path, "before=1\n").unwrap();
        let file = CommandFile::new(Some(&path), "output");
        assert_eq!(file.write(&[("a", "1\n2"), ("b", "")]).unwrap(), None);
        let long = "x".repeat(400_000);
        assert!(file.write(&[("long", &long)]).unwrap().unwrap().contains("800"));
        let refused = file.write(&[("c", "1"), ("longer", &long)]).unwrap_err();
        assert!(refused.to_string().contains("`longer`"), "{refused}");
        let names: Vec<_> = read(&std::fs::read_to_string(&path).unwrap())
            .into_iter()
            .map(|(name, _)| name)
            .collect();
        assert_eq!(names, ["before", "a", "b", "long"]);
    }

    #[test]
    fn the_budget_is_counted_in_utf16() {
        let dir = tempfile::tempdir().unwrap();
        let file = CommandFile::new(Some(&dir.path().join("out")), "output");
        // Three bytes each in UTF-8, two in UTF-16.
        assert!(file.write(&[("v", &"€".repeat(500_000))]).is_ok());
        // One byte each in UTF-8, two in UTF-16.
        assert!(
            CommandFile::new(Some(&dir.path().join("o")), "output")
                .write(&[("v", &"a".repeat(600_000))])
                .is_err()
        );
    }

    #[test]
    fn without_a_file_nothing_is_written() {
        assert_eq!(CommandFile::new(None, "output").write(&[("a", "b")]).unwrap(), None);
    }

    proptest! {
        #[test]
        fn no_value_forges_a_record(values in prop::collection::vec("(?s)([=<a\n]|ghadelimiter_|EOF){0,30}", 1..4)) {
            let text: String = values.iter().map(|v| safe_record("n", v, random_token).unwrap()).collect();
            let expected: Vec<_> = values.iter().map(|v| ("n".to_owned(), v.clone())).collect();
            prop_assert_eq!(read(&text), expected);
        }
    }
}
