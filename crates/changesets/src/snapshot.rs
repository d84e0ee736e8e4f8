//! Snapshot versions: throw-away releases of a pull request or commit.

use crate::error::ChangesetError;

/// What a snapshot version is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// The name given to `--snapshot`.
    pub tag: Option<String>,
    /// The full commit id, when the template asks for it.
    pub commit: Option<String>,
    /// When the snapshot is made.
    pub time: SnapshotTime,
}

/// The time of a snapshot in its two spellings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SnapshotTime {
    /// Milliseconds since 1970.
    pub millis: i64,
    /// `YYYYMMDDhhmmss` in UTC.
    pub datetime: String,
}

impl SnapshotTime {
    /// The time of so many milliseconds since 1970; out of the calendar it is 1970.
    pub fn from_millis(millis: i64) -> Self {
        let time = jiff::Timestamp::from_millisecond(millis).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        let datetime = time.strftime("%Y%m%d%H%M%S").to_string();
        Self { millis, datetime }
    }
}

impl Snapshot {
    /// The part after the first `-` of each version.
    pub fn suffix(&self, template: Option<&str>) -> Result<String, ChangesetError> {
        let Some(template) = template.filter(|template| !template.is_empty()) else {
            let parts = self.tag.iter().filter(|tag| !tag.is_empty()).map(String::as_str);
            return Ok(parts.chain([self.time.datetime.as_str()]).collect::<Vec<_>>().join("-"));
        };
        if let (Some(tag), false) = (&self.tag, template.contains("{tag}")) {
            return Err(ChangesetError::Snapshot {
                problem: format!(
                    "the snapshot template `{template}` has no `{{tag}}`, but the tag `{tag}` was given"
                ),
                hint: "add `{tag}` to `prereleaseTemplate`, or use `--snapshot` without a name"
                    .to_owned(),
            });
        }
        let short = self.commit.as_ref().map(|commit| commit.chars().take(7).collect::<String>());
        let values = [
            ("{commit}", self.commit.clone()),
            ("{commit-short}", short),
            ("{tag}", self.tag.clone()),
            ("{timestamp}", Some(self.time.millis.to_string())),
            ("{datetime}", Some(self.time.datetime.clone())),
        ];
        values.into_iter().try_fold(template.to_owned(), |text, (placeholder, value)| {
            if !text.contains(placeholder) {
                return Ok(text);
            }
            let value = value.ok_or_else(|| ChangesetError::Snapshot {
                problem: format!(
                    "the snapshot template `{template}` uses `{placeholder}`, which has no value"
                ),
                hint: "give `--snapshot` a name, or take the placeholder out of the template"
                    .to_owned(),
            })?;
            Ok(text.replace(placeholder, &value))
        })
    }

    /// Whether a template needs the commit id.
    pub fn needs_commit(template: Option<&str>) -> bool {
        template.is_some_and(|text| text.contains("{commit}") || text.contains("{commit-short}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn snapshot(tag: Option<&str>) -> Snapshot {
        Snapshot {
            tag: tag.map(str::to_owned),
            commit: Some("0123456789abcdef".to_owned()),
            time: SnapshotTime::from_millis(1_700_000_000_000),
        }
    }

    #[test]
    fn composes_suffixes() {
        for (tag, template, wanted) in [
            (None, None, "20231114221320"),
            (Some("pr"), None, "pr-20231114221320"),
            (Some("pr"), Some("{tag}.{commit-short}"), "pr.0123456"),
            (None, Some("{timestamp}"), "1700000000000"),
            (None, Some("{commit}"), "0123456789abcdef"),
        ] {
            assert_eq!(snapshot(tag).suffix(template).as_deref(), Ok(wanted));
        }
    }

    #[test]
    fn refuses_a_tag_without_its_place_and_a_place_without_its_tag() {
        assert!(snapshot(Some("pr")).suffix(Some("{commit}")).is_err());
        assert!(snapshot(None).suffix(Some("{tag}")).is_err());
    }
}
