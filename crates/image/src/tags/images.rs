//! The input `images`: names tags are given to.

use launchway_base::{Failure, nearest};

use crate::words::{image_name, list, number};

/// One image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// Its name as written; lower-cased where it is used.
    pub name: String,
    /// Whether it gets the tags.
    pub enable: bool,
}

/// Reads the entries of the input. An entry is a name, or attributes `name=` and `enable=`; without
/// attributes it may hold several names with commas between.
///
/// # Errors
/// An unknown attribute, a value of `enable` that is no boolean, an entry without a name, a name no
/// registry takes.
pub fn parse(entries: &[String]) -> Result<Vec<Image>, Failure> {
    let mut images = Vec::new();
    for entry in entries {
        let fields = list::fields(entry)?;
        if fields.iter().all(|field| !field.contains('=')) {
            // A comma too many names nothing.
            let names = fields.iter().map(|field| number::trim(field));
            let names = names.filter(|name| fields.len() == 1 || !name.is_empty());
            images.extend(names.map(|name| Image { name: name.to_owned(), enable: true }));
        } else {
            images.push(attributes(entry, &fields)?);
        }
    }
    for image in &images {
        if image.name.is_empty() {
            return Err(Failure::input("`images` holds an empty name")
                .with_hint("write one image per line, as `ghcr.io/acme/api`"));
        }
        // What gets no tag need not be a name.
        if image.enable {
            image_name::check(&image.name.to_lowercase())?;
        }
    }
    Ok(images)
}

fn attributes(entry: &str, fields: &[String]) -> Result<Image, Failure> {
    let shown = entry.escape_debug();
    let mut image = Image { name: String::new(), enable: true };
    for field in fields {
        let mut parts = field.split('=').map(number::trim);
        let key = parts.next().unwrap_or_default();
        let Some(value) = parts.next() else {
            key.clone_into(&mut image.name);
            continue;
        };
        match key.to_lowercase().as_str() {
            "name" => value.clone_into(&mut image.name),
            "enable" => {
                image.enable = match value {
                    "true" => true,
                    "false" => false,
                    _ => {
                        return Err(Failure::input(format!(
                            "image `{shown}` has `enable` neither true nor false"
                        ))
                        .with_hint("write `enable=true` or `enable=false`; an expression of the workflow gives one of them"));
                    }
                };
            }
            other => {
                let hint = match nearest(other, ["name", "enable"]) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => "an image has `name=` and `enable=`".to_owned(),
                };
                return Err(Failure::input(format!(
                    "image `{shown}` has the unknown attribute `{}`",
                    other.escape_debug()
                ))
                .with_hint(hint));
            }
        }
    }
    if image.name.is_empty() {
        return Err(Failure::input(format!("image `{shown}` has no name"))
            .with_hint("write `name=ghcr.io/acme/api`"));
    }
    Ok(image)
}

/// The names that get the tags, lower-cased, each once.
pub fn names(images: &[Image]) -> Vec<String> {
    let mut names = Vec::new();
    for image in images.iter().filter(|image| image.enable) {
        let name = image.name.to_lowercase();
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(entries: &[&str]) -> Result<Vec<String>, Failure> {
        let entries: Vec<_> = entries.iter().map(|entry| (*entry).to_owned()).collect();
        Ok(names(&parse(&entries)?))
    }

    #[test]
    fn names_attributes_and_several_on_a_line() {
        for (entries, expected) in [
            (&["acme/a"][..], &["acme/a"][..]),
            (&["Acme/A", "ghcr.io/ACME/b"], &["acme/a", "ghcr.io/acme/b"]),
            (&["acme/a, acme/b"], &["acme/a", "acme/b"]),
            (&["acme/a,acme/b", "acme/c"], &["acme/a", "acme/b", "acme/c"]),
            (&["name=acme/a,enable=true", "acme/b,enable=false"], &["acme/a"]),
            (&["NAME=acme/a", "acme/A"], &["acme/a"]),
            (&["localhost:5000/a_b/c-d"], &["localhost:5000/a_b/c-d"]),
            (&["a,enable=false"], &[]),
            (&["name={{no name}},enable=false", "acme/a"], &["acme/a"]),
            (&[",acme/a,,acme/b,"], &["acme/a", "acme/b"]),
            (&[], &[]),
        ] {
            assert_eq!(read(entries).unwrap(), expected, "{entries:?}");
        }
    }

    #[test]
    fn what_cannot_be_is_refused() {
        for (entries, said) in [
            (&["acme/a,colour=red", "acme/b"][..], "unknown attribute `colour`"),
            (&["acme/a,enable=yes"], "`enable` neither"),
            (&["enable=true"], "has no name"),
            (&["acme/rocket@bad name:foo"], "acme/rocket@bad name:foo"),
            (&["acme/a:1"], "acme/a:1"),
            (&["a::error::b"], "a::error::b"),
        ] {
            let failure = read(entries).unwrap_err();
            assert!(failure.to_string().contains(said), "{entries:?}: {failure}");
            assert_eq!(failure.kind().code(), 2);
        }
    }
}
