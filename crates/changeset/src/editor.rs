//! The user's own editor.

use std::io::Read;
use std::path::Path;
use std::process::Command;

use launchway_base::Failure;
use launchway_runtime::Environment;

const NOTE: &str = "\n\n# Write the summary above. Lines that begin with # are left out;\n# an empty text goes back to the question.\n";

/// Opens a file and waits until the editor ends.
pub(crate) fn open(env: &Environment, file: &Path) -> Result<(), Failure> {
    let editor =
        ["VISUAL", "EDITOR"].into_iter().find_map(|name| env.get(name)).ok_or_else(|| {
            Failure::input("neither VISUAL nor EDITOR is set")
                .with_hint("set one, such as `EDITOR=vi`")
        })?;
    // As git does it, the variable is a piece of shell, such as `code --wait`.
    let status = if cfg!(windows) {
        Command::new("cmd").args(["/C", editor]).arg(file).status()
    } else {
        Command::new("sh").args(["-c", &format!("{editor} \"$@\""), editor]).arg(file).status()
    };
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(Failure::input(format!("the editor `{editor}` ended with {status}"))),
        Err(error) => {
            Err(Failure::input(format!("the editor `{editor}` cannot be run")).caused_by(error))
        }
    }
}

/// Lets the user write a text; lines that begin with `#` are left out.
pub(crate) fn write_text(env: &Environment) -> Result<String, Failure> {
    let failed = |error| Failure::input("cannot use a temporary file").caused_by(error);
    let mut file =
        tempfile::Builder::new().prefix("changeset-").suffix(".md").tempfile().map_err(failed)?;
    std::io::Write::write_all(&mut file, NOTE.as_bytes()).map_err(failed)?;
    open(env, file.path())?;
    let mut text = String::new();
    std::fs::File::open(file.path())
        .and_then(|mut file| file.read_to_string(&mut text))
        .map_err(failed)?;
    Ok(without_comments(&text))
}

fn without_comments(text: &str) -> String {
    let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
    lines.join("\n").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_are_left_out() {
        assert_eq!(without_comments("\nA fix\n\n  # kept\n# gone\n"), "A fix\n\n  # kept");
        assert_eq!(without_comments(NOTE), "");
    }

    #[cfg(unix)]
    #[test]
    fn the_editor_is_a_piece_of_shell() {
        let env = Environment::from_pairs([("EDITOR", "printf 'words\\n' >")]);
        assert_eq!(write_text(&env).unwrap(), "words");
        let env = Environment::from_pairs([("EDITOR", "false")]);
        assert!(write_text(&env).unwrap_err().to_string().contains("`false`"));
        let none = Environment::from_pairs::<String, String>([]);
        assert!(write_text(&none).unwrap_err().hint().is_some());
    }
}
