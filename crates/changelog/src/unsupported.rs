//! Flags of git-cliff that have no counterpart: each is an error that says so, not an unknown flag.

use clap::{Arg, ArgMatches, Command, Error};
use git_cliff_core::config::RemoteConfig;
use launchway_base::Failure;

/// A flag of git-cliff.
#[derive(Debug)]
struct Flag {
    name: &'static str,
    short: Option<char>,
    /// Variable git-cliff reads it from, where one would change what comes out.
    variable: Option<&'static str>,
    hint: &'static str,
}

const ONLY_GITHUB: &str = "pull-request data comes from GitHub alone; with `--offline` templates get what git knows, on any host";
const NO_TEMPLATES: &str =
    "`--preset` needs no file, and `--config keepachangelog` takes git-cliff's own of that name";

const FLAGS: &[Flag] = &[
    flag("init").short('i').hint(NO_TEMPLATES),
    flag("list-templates").hint(NO_TEMPLATES),
    flag("templates-dir").variable("GIT_CLIFF_TEMPLATES_DIR").hint(NO_TEMPLATES),
    flag("config-url")
        .variable("GIT_CLIFF_CONFIG_URL")
        .hint("a configuration comes from a file: fetch it in an earlier step and name it with `--config`"),
    flag("use-native-tls").hint("leave it out: the certificates of the system are trusted anyway"),
    flag("http-timeout").hint("`--timeout 2m` bounds all requests together"),
    flag("gitlab-token").hint(ONLY_GITHUB),
    flag("gitlab-repo").variable("GITLAB_REPO").hint(ONLY_GITHUB),
    flag("gitea-token").hint(ONLY_GITHUB),
    flag("gitea-repo").variable("GITEA_REPO").hint(ONLY_GITHUB),
    flag("bitbucket-token").hint(ONLY_GITHUB),
    flag("bitbucket-repo").variable("BITBUCKET_REPO").hint(ONLY_GITHUB),
    flag("azure-devops-token").hint(ONLY_GITHUB),
    flag("azure-devops-repo").variable("AZURE_DEVOPS_REPO").hint(ONLY_GITHUB),
];

const fn flag(name: &'static str) -> Flag {
    Flag { name, short: None, variable: None, hint: "" }
}

impl Flag {
    const fn short(mut self, short: char) -> Self {
        self.short = Some(short);
        self
    }

    const fn variable(mut self, name: &'static str) -> Self {
        self.variable = Some(name);
        self
    }

    const fn hint(mut self, hint: &'static str) -> Self {
        self.hint = hint;
        self
    }

    fn declared(&self) -> Arg {
        let arg = Arg::new(self.name).long(self.name).hide(true);
        let arg = arg.num_args(0..=1).default_missing_value("");
        let arg = if let Some(short) = self.short { arg.short(short) } else { arg };
        if let Some(variable) = self.variable { arg.env(variable) } else { arg }
    }
}

/// What to say of hosts a configuration names that nothing is asked of, if it names one.
pub fn hosts_left_out(remotes: &RemoteConfig) -> Option<String> {
    let RemoteConfig { gitlab, gitea, bitbucket, azure_devops, .. } = remotes;
    let hosts = [
        ("gitlab", gitlab),
        ("gitea", gitea),
        ("bitbucket", bitbucket),
        ("azure_devops", azure_devops),
    ];
    let (name, _) = hosts.into_iter().find(|(_, remote)| remote.is_set())?;
    Some(format!(
        "`remote.{name}` of the configuration is not asked for pull requests and people: only GitHub is, so they are left out"
    ))
}

/// The first such flag that is given.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unsupported(Option<&'static Flag>);

impl Unsupported {
    /// Lets a run begin in which none is given.
    ///
    /// # Errors
    /// The flag by its name, with what to do instead.
    pub fn refuse(self) -> Result<(), Failure> {
        match self.0 {
            None => Ok(()),
            Some(flag) => {
                Err(Failure::input(format!("`--{}` of git-cliff is not supported", flag.name))
                    .with_hint(flag.hint))
            }
        }
    }
}

impl clap::FromArgMatches for Unsupported {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let is_given = |flag: &&Flag| {
            // An empty variable is not given.
            let value = matches.get_one::<String>(flag.name);
            let is_flag =
                matches.value_source(flag.name) == Some(clap::parser::ValueSource::CommandLine);
            value.is_some_and(|value| is_flag || !value.is_empty())
        };
        Ok(Self(FLAGS.iter().find(is_given)))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl clap::Args for Unsupported {
    fn augment_args(command: Command) -> Command {
        command.args(FLAGS.iter().map(Flag::declared))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

#[cfg(test)]
mod tests {
    use launchway_runtime::Environment;
    use launchway_runtime::inputs::{Parsed, parse};

    use super::*;
    use crate::inputs::Inputs;

    fn refused(args: &[&str]) -> Option<String> {
        let line = std::iter::once(&"launchway-changelog").chain(args).map(Into::into).collect();
        let env = Environment::from_pairs([("HOME", "/")]);
        match parse::<Inputs>(line, &env, &[]).unwrap() {
            Parsed::Inputs { inputs, .. } => {
                let failure = inputs.unsupported.refuse().err()?;
                assert!(failure.hint().is_some_and(|hint| !hint.is_empty()), "{failure}");
                Some(failure.to_string())
            }
            Parsed::Help(text) => panic!("{text}"),
        }
    }

    #[test]
    fn each_is_refused_by_its_name_with_a_value_and_without() {
        for flag in FLAGS {
            let long = format!("--{}", flag.name);
            let expected = Some(format!("`{long}` of git-cliff is not supported"));
            assert_eq!(refused(&[&long]), expected);
            assert_eq!(refused(&[&long, "x"]), expected);
            assert_eq!(refused(&[&format!("{long}=x"), "--latest"]), expected);
        }
        let init = Some("`--init` of git-cliff is not supported".to_owned());
        assert_eq!(refused(&["-i"]), init);
        assert_eq!(refused(&["-i", "keepachangelog"]), init);
        assert_eq!(refused(&["--latest"]), None);
    }

    #[test]
    fn a_host_that_nothing_is_asked_of_is_named() {
        let mut remotes = RemoteConfig::default();
        remotes.github.owner = "acme".into();
        remotes.github.repo = "shop".into();
        assert_eq!(hosts_left_out(&remotes), None);
        remotes.gitlab.owner = "acme".into();
        remotes.gitlab.repo = "shop".into();
        assert!(hosts_left_out(&remotes).unwrap().starts_with("`remote.gitlab` of the"));
    }
}
