//! TOML manifests that were read, with the place of every value.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::error::WorkspaceError;

/// A value with its place.
pub(crate) type Value<'a> = Spanned<DeValue<'a>>;

/// A manifest that was read, with the place of every value.
pub(crate) struct Document<'a> {
    pub(crate) file: &'a str,
    pub(crate) text: &'a str,
    pub(crate) table: DeTable<'a>,
}

impl<'a> Document<'a> {
    /// Reads TOML text; a byte order mark is allowed.
    pub(crate) fn parse(file: &'a str, text: &'a str) -> Result<Self, WorkspaceError> {
        let text = text.trim_start_matches('\u{feff}');
        let table = DeTable::parse(text).map_err(|error| {
            let before = error.span().and_then(|span| text.get(..span.start));
            WorkspaceError::Malformed {
                file: file.to_owned(),
                line: before.map(|before| before.matches('\n').count() + 1),
                problem: format!("is not valid TOML: {}", error.message()),
            }
        })?;
        Ok(Self { file, text, table: table.into_inner() })
    }

    pub(crate) fn malformed(&self, at: Option<&Value<'_>>, problem: String) -> WorkspaceError {
        let before = at.and_then(|value| self.text.get(..value.span().start));
        let line = before.map(|before| before.matches('\n').count() + 1);
        WorkspaceError::Malformed { file: self.file.to_owned(), line, problem }
    }

    pub(crate) fn at(&self, path: &[&str]) -> Option<&Value<'a>> {
        let (last, way) = path.split_last()?;
        let table = way.iter().try_fold(&self.table, |table, key| table_in(table, key))?;
        table.get(*last)
    }

    /// The table at a path.
    pub(crate) fn table_at(&self, path: &[&str]) -> Option<&DeTable<'a>> {
        self.at(path)?.get_ref().as_table()
    }

    /// The text at a path.
    pub(crate) fn text_at(&self, path: &[&str]) -> Option<&str> {
        self.at(path)?.get_ref().as_str()
    }

    /// Whether there is such a table.
    pub(crate) fn has(&self, table: &str) -> bool {
        table_in(&self.table, table).is_some()
    }

    /// A list of texts, empty without one.
    pub(crate) fn strings(&self, path: &[&str]) -> Result<Vec<String>, WorkspaceError> {
        let Some(value) = self.at(path) else { return Ok(Vec::new()) };
        let wrong = || {
            self.malformed(
                Some(value),
                format!("has a `{}` that is not a list of texts", path.join(".")),
            )
        };
        let list = value.get_ref().as_array().ok_or_else(wrong)?;
        list.iter()
            .map(|item| item.get_ref().as_str().map(str::to_owned).ok_or_else(wrong))
            .collect()
    }

    /// The place of what stands between the quotes of a text.
    pub(crate) fn inside(&self, value: &Value<'_>) -> Option<Range<usize>> {
        let span = value.span();
        let written = self.text.get(span.clone())?;
        let quote = written.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        let triple = written.len() >= 6 && written.starts_with(&String::from(quote).repeat(3));
        let quotes = if triple { 3 } else { 1 };
        Some(span.start + quotes..span.end.checked_sub(quotes)?)
    }
}

/// A table in a table.
pub(crate) fn table_in<'t, 'a>(table: &'t DeTable<'a>, key: &str) -> Option<&'t DeTable<'a>> {
    table.get(key)?.get_ref().as_table()
}
