//! What the environment says beside the inputs: `DOCKER_METADATA_*`.

use launchway_base::Failure;
use launchway_runtime::Environment;

/// What the environment says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Whether the commit of a pull request is its head's, not the merge's.
    pub pr_head_sha: bool,
    /// How many characters of a commit are shown, as given; read where it is needed.
    pub short_sha_length: Option<String>,
    /// What annotations are put on.
    pub levels: Vec<String>,
    /// Whether outputs are variables for later steps, too.
    pub set_output_env: bool,
}

impl Settings {
    /// Reads the environment.
    ///
    /// # Errors
    /// A variable that is no UTF-8, or is to be a boolean and is none.
    pub fn read(env: &Environment) -> Result<Self, Failure> {
        let pr_head_sha = env.read("DOCKER_METADATA_PR_HEAD_SHA")?.unwrap_or_default();
        let levels = env.read("DOCKER_METADATA_ANNOTATIONS_LEVELS")?.unwrap_or("manifest");
        let set_output_env = env.read("DOCKER_METADATA_SET_OUTPUT_ENV")?;
        Ok(Self {
            pr_head_sha: pr_head_sha.to_ascii_lowercase().contains("true"),
            short_sha_length: env.read("DOCKER_METADATA_SHORT_SHA_LENGTH")?.map(str::to_owned),
            levels: levels.split(',').map(str::to_owned).collect(),
            set_output_env: match set_output_env {
                None | Some("1" | "t" | "T" | "true" | "TRUE" | "True") => true,
                Some("0" | "f" | "F" | "false" | "FALSE" | "False") => false,
                Some(other) => {
                    return Err(Failure::input(format!(
                        "`DOCKER_METADATA_SET_OUTPUT_ENV` is `{}`, which is no boolean",
                        other.escape_debug()
                    ))
                    .with_hint("write `true` or `false`"));
                }
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_is_read_as_the_reference_does() {
        let read = |name: &str, value: &str| {
            Settings::read(&Environment::from_pairs([(format!("DOCKER_METADATA_{name}"), value)]))
        };
        let plain = read("X", "").unwrap();
        assert_eq!(
            plain,
            Settings {
                pr_head_sha: false,
                short_sha_length: None,
                levels: vec!["manifest".to_owned()],
                set_output_env: true,
            }
        );
        assert!(read("PR_HEAD_SHA", "True").unwrap().pr_head_sha);
        assert!(!read("PR_HEAD_SHA", "1").unwrap().pr_head_sha);
        assert_eq!(read("ANNOTATIONS_LEVELS", "index,manifest").unwrap().levels.len(), 2);
        for (given, expected) in [("0", false), ("F", false), ("t", true), ("", true)] {
            assert_eq!(read("SET_OUTPUT_ENV", given).unwrap().set_output_env, expected);
        }
        assert!(read("SET_OUTPUT_ENV", "no").unwrap_err().to_string().contains("`no`"));
    }
}
