//! The files a step writes its outputs, variables and state to.

use std::path::{Path, PathBuf};

/// The five files of one step.
#[derive(Debug)]
pub(super) struct Files {
    pub(super) output: PathBuf,
    pub(super) env: PathBuf,
    pub(super) path: PathBuf,
    pub(super) state: PathBuf,
    pub(super) summary: PathBuf,
}

impl Files {
    pub(super) fn make(dir: &Path) -> Self {
        std::fs::create_dir_all(dir).expect("a directory for the command files");
        let file = |name: &str| {
            let path = dir.join(name);
            std::fs::write(&path, "").expect("a command file can be made");
            path
        };
        Self {
            output: file("output"),
            env: file("env"),
            path: file("path"),
            state: file("state"),
            summary: file("summary"),
        }
    }
}

/// Reads `name=value` and `name<<delimiter` records, later ones of a name last.
pub(super) fn records(text: &str) -> Result<Vec<(String, String)>, String> {
    let mut found = Vec::new();
    let mut lines = text.split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line));
    while let Some(line) = lines.next() {
        if line.is_empty() {
            continue;
        }
        let equals = line.find('=');
        let here = line.find("<<");
        match (equals, here) {
            (Some(equals), here) if here.is_none_or(|here| equals < here) => {
                found.push((line[..equals].to_owned(), line[equals + 1..].to_owned()));
            }
            (_, Some(here)) => {
                let (name, delimiter) = (&line[..here], &line[here + 2..]);
                if name.is_empty() || delimiter.is_empty() {
                    return Err(format!("Invalid format '{line}'"));
                }
                let mut value: Vec<&str> = Vec::new();
                loop {
                    match lines.next() {
                        Some(line) if line == delimiter => break,
                        Some(line) => value.push(line),
                        None => {
                            return Err(format!(
                                "Invalid value. Matching delimiter not found '{delimiter}'"
                            ));
                        }
                    }
                }
                found.push((name.to_owned(), value.join("\n")));
            }
            _ => return Err(format!("Invalid format '{line}'")),
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms() {
        let text = "a=1\nb<<END\nx\n\ny=<<z\nEND\nc=<<END\nd<<E=F\nv\nE=F\n";
        let expected = [("a", "1"), ("b", "x\n\ny=<<z"), ("c", "<<END"), ("d", "v")]
            .map(|(k, v)| (k.into(), v.into()));
        assert_eq!(records(text), Ok(expected.to_vec()));
    }

    #[test]
    fn a_missing_delimiter_is_an_error() {
        assert!(records("a<<END\nx\n").is_err());
        assert!(records("just text\n").is_err());
    }
}
