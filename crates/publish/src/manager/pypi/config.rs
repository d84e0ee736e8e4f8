//! Where the tools are told to upload to, and where to read what is there: their variables, `[tool.uv]`,
//! `uv.toml`, `.pypirc`, pip's configuration. Values are kept out of messages.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use launchway_base::{Secret, redact};
use launchway_http::{Url, origin};
use toml::{Table, Value};

use crate::run::Runner;

/// A name and password for an index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Login {
    pub(super) user: String,
    pub(super) password: Secret,
}

/// Where it is read what is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reading {
    /// Address of the index, without a login.
    pub(super) url: String,
    /// What says so, for people.
    pub(super) from: String,
    pub(super) login: Option<Login>,
}

/// Where files are uploaded to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// Nothing is said: to where the tool uploads by itself.
    Usual,
    /// To an address, which the tool finds in its own configuration.
    Address {
        /// It, where it could be read.
        url: Option<String>,
        /// What says so, for people.
        from: String,
    },
    /// To an index of uv's configuration, by its name.
    Index(String),
    /// To one of these, and nothing says which.
    Unclear(Vec<String>),
}

/// An index of uv's configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Index {
    name: Option<String>,
    url: String,
    publish_url: Option<String>,
    is_default: bool,
}

/// Variables and files, the stronger first.
#[derive(Clone, Debug, Default)]
pub(super) struct Config {
    variables: BTreeMap<String, String>,
    /// What uv is told by files, each with its name.
    uv: Vec<(String, Table)>,
    /// The sections of `.pypirc`.
    pypirc: BTreeMap<String, BTreeMap<String, String>>,
    netrc: String,
}

impl Config {
    /// Reads what the tools read at the root of a workspace. What they could not read is left to them
    /// to complain about.
    pub(super) fn observe(runner: &Runner, root: &Path) -> Self {
        let set = |name: &str| runner.var(name).filter(|value| !value.is_empty());
        let home = set("HOME").or_else(|| set("USERPROFILE")).map(PathBuf::from);
        let read = |file: PathBuf| std::fs::read_to_string(file).ok();
        let table = |text: Option<String>| text.and_then(|text| text.parse::<Table>().ok());
        let mut uv = Vec::new();
        let own = set("UV_CONFIG_FILE").map(PathBuf::from);
        if let Some(found) = table(own.and_then(read)) {
            uv.push(("the file of `UV_CONFIG_FILE`".to_owned(), found));
        } else if let Some(found) = table(read(root.join("uv.toml"))) {
            uv.push(("`uv.toml`".to_owned(), found));
        } else if let Some(found) = table(read(root.join("pyproject.toml")))
            .as_ref()
            .and_then(|manifest| manifest.get("tool")?.get("uv")?.as_table())
        {
            uv.push(("`[tool.uv]`".to_owned(), found.clone()));
        }
        let user = set("XDG_CONFIG_HOME").map(PathBuf::from);
        let user = user.or_else(|| home.as_ref().map(|home| home.join(".config")));
        // uv reads nothing beside a file it is told.
        let user = user.filter(|_| set("UV_CONFIG_FILE").is_none());
        if let Some(found) = table(user.and_then(|user| read(user.join("uv/uv.toml")))) {
            uv.push(("uv's configuration of the user".to_owned(), found));
        }
        let pypirc = home.as_ref().and_then(|home| read(home.join(".pypirc"))).unwrap_or_default();
        let netrc = set("NETRC").map(PathBuf::from);
        let netrc = netrc.or_else(|| home.as_ref().map(|home| home.join(".netrc")));
        Self::new(
            runner.vars().map(|(name, value)| (name.to_owned(), value.to_owned())),
            uv,
            &pypirc,
            netrc.and_then(read).unwrap_or_default(),
        )
    }

    fn new(
        variables: impl Iterator<Item = (String, String)>,
        uv: Vec<(String, Table)>,
        pypirc: &str,
        netrc: String,
    ) -> Self {
        let is_ours = |name: &str| {
            let starts = ["UV_", "TWINE_", "PIP_", "ACTIONS_ID_TOKEN_"];
            starts.iter().any(|start| name.starts_with(start))
        };
        let variables: BTreeMap<String, String> =
            variables.filter(|(name, value)| is_ours(name) && !value.is_empty()).collect();
        for value in variables.values() {
            register_login(value);
        }
        for (_, table) in &uv {
            for key in ["publish-url", "check-url", "index-url"] {
                table.get(key).and_then(Value::as_str).into_iter().for_each(register_login);
            }
            let indexes = table.get("index").and_then(Value::as_array).into_iter().flatten();
            for index in indexes.filter_map(Value::as_table) {
                index.values().filter_map(Value::as_str).for_each(register_login);
            }
        }
        let pypirc = sections(pypirc);
        for (key, value) in pypirc.values().flatten() {
            if key == "password" {
                redact::register(value);
            }
            register_login(value);
        }
        Self { variables, uv, pypirc, netrc }
    }

    fn variable(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str)
    }

    /// Whether a variable of the tool with this prefix says where or as whom to upload.
    pub(super) fn names(&self, start: &str) -> bool {
        let ends =
            ["URL", "INDEX", "TOKEN", "USERNAME", "PASSWORD", "REPOSITORY", "REPOSITORY_URL"];
        ends.iter().any(|end| self.variables.contains_key(&format!("{start}{end}")))
    }

    /// Whether there is a `.pypirc`.
    pub(super) fn has_pypirc(&self) -> bool {
        !self.pypirc.is_empty()
    }

    /// A text of uv's files.
    fn of_uv(&self, key: &str) -> Option<(&str, &str)> {
        self.uv.iter().find_map(|(file, table)| Some((table.get(key)?.as_str()?, file.as_str())))
    }

    fn indexes(&self) -> Vec<Index> {
        let lists = self.uv.iter().filter_map(|(_, table)| table.get("index")?.as_array());
        let text =
            |index: &Value, key: &str| index.get(key).and_then(Value::as_str).map(str::to_owned);
        lists
            .flatten()
            .filter_map(|index| {
                Some(Index {
                    name: text(index, "name"),
                    url: text(index, "url")?,
                    publish_url: text(index, "publish-url"),
                    is_default: index.get("default").and_then(Value::as_bool) == Some(true),
                })
            })
            .collect()
    }

    /// Where uv uploads to.
    pub(super) fn target_of_uv(&self) -> Target {
        if let Some(name) = self.variable("UV_PUBLISH_INDEX") {
            return Target::Index(name.to_owned());
        }
        if let Some(url) = self.variable("UV_PUBLISH_URL") {
            let from = "`UV_PUBLISH_URL`".to_owned();
            return Target::Address { url: Some(url.to_owned()), from };
        }
        if let Some((url, file)) = self.of_uv("publish-url") {
            let from = format!("`publish-url` of {file}");
            return Target::Address { url: Some(url.to_owned()), from };
        }
        let takes_uploads = |index: Index| index.name.filter(|_| index.publish_url.is_some());
        let mut names: Vec<String> = self.indexes().into_iter().filter_map(takes_uploads).collect();
        match names.len() {
            0 => Target::Usual,
            1 => names.pop().map_or(Target::Usual, Target::Index),
            _ => Target::Unclear(names),
        }
    }

    /// Where twine uploads to.
    pub(super) fn target_of_twine(&self) -> Target {
        if let Some(url) = self.variable("TWINE_REPOSITORY_URL") {
            let from = "`TWINE_REPOSITORY_URL`".to_owned();
            return Target::Address { url: Some(url.to_owned()), from };
        }
        let named = self.variable("TWINE_REPOSITORY");
        let section = self.pypirc.get(named.unwrap_or(TWINE_DEFAULT));
        if let Some(url) = section.and_then(|section| section.get("repository")) {
            return Target::Address { url: Some(url.clone()), from: "`.pypirc`".to_owned() };
        }
        match named.filter(|name| *name != TWINE_DEFAULT) {
            Some(_) => Target::Address { url: None, from: "`TWINE_REPOSITORY`".to_owned() },
            None => Target::Usual,
        }
    }

    /// The address uploads go to, where it is said.
    pub(super) fn upload_url(&self, target: &Target) -> Option<String> {
        match target {
            Target::Address { url, .. } => url.clone(),
            Target::Index(name) => {
                let named = |index: &Index| index.name.as_ref() == Some(name);
                self.indexes().into_iter().find(named)?.publish_url
            }
            Target::Usual | Target::Unclear(_) => None,
        }
    }

    /// Where to read what is there, as far as variables and files of uv say; `pip` is the index pip is
    /// configured for.
    pub(super) fn reading(&self, target: &Target, pip: Option<&str>) -> Option<Reading> {
        let (url, from, name) = self.index_of(target, pip)?;
        let alone = user_alone(&url);
        let (url, mut login) = without_login(&url);
        if let Some(name) = name.filter(|_| login.is_none()) {
            let name = name.to_uppercase().replace(|c: char| !c.is_ascii_alphanumeric(), "_");
            let user = self.variable(&format!("UV_INDEX_{name}_USERNAME"));
            let password = self.variable(&format!("UV_INDEX_{name}_PASSWORD"));
            let user = user.or_else(|| alone.as_ref().map(|login| login.user.as_str()));
            login = password.map(|password| Login {
                user: user.unwrap_or_default().to_owned(),
                password: Secret::new(password),
            });
        }
        let login = login.or_else(|| self.login_of_netrc(&url)).or(alone);
        Some(Reading { url, from, login })
    }

    /// The same for the index a tool knows by itself.
    pub(super) fn usual_reading(&self, url: &str, tool: &str) -> Reading {
        let (url, login) = without_login(url);
        let login = login.or_else(|| self.login_of_netrc(&url));
        Reading { url, from: format!("what {tool} knows by itself"), login }
    }

    /// Address, what says so, and the name of the index.
    fn index_of(
        &self,
        target: &Target,
        pip: Option<&str>,
    ) -> Option<(String, String, Option<String>)> {
        if let Some(url) = self.variable("UV_PUBLISH_CHECK_URL") {
            return Some((url.to_owned(), "`UV_PUBLISH_CHECK_URL`".to_owned(), None));
        }
        if let Some((url, file)) = self.of_uv("check-url") {
            return Some((url.to_owned(), format!("`check-url` of {file}"), None));
        }
        let indexes = self.indexes();
        let from_files = |index: Index| {
            let from = match &index.name {
                Some(name) => format!("the index `{name}` of uv's configuration"),
                None => "an index of uv's configuration".to_owned(),
            };
            (index.url, from, index.name)
        };
        let upload = self.upload_url(target);
        let is_target = |index: &&Index| match target {
            Target::Index(name) => index.name.as_ref() == Some(name),
            _ => upload.is_some() && index.publish_url == upload,
        };
        if let Some(index) = indexes.iter().find(is_target) {
            return Some(from_files(index.clone()));
        }
        // Where packages are installed from tells what is there only at the host uploads go to: a
        // mirror, or an index of one's own in front of the public one, holds others.
        let near = upload.as_deref().and_then(origin_of);
        let is_near = |url: &str| near.is_some() && origin_of(url) == near;
        for name in ["UV_DEFAULT_INDEX", "UV_INDEX_URL", "PIP_INDEX_URL"] {
            let Some(value) = self.variable(name) else { continue };
            // uv takes `name=address`, too.
            let named = value.split_once('=').filter(|(name, _)| !name.contains([':', '/']));
            let (own, url) = named.map_or((None, value), |(own, url)| (Some(own.to_owned()), url));
            register_login(url);
            if is_near(url) {
                return Some((url.to_owned(), format!("`{name}`"), own));
            }
        }
        let is_default = |index: &Index| index.is_default && is_near(&index.url);
        if let Some(index) = indexes.into_iter().find(is_default) {
            return Some(from_files(index));
        }
        if let Some((url, file)) = self.of_uv("index-url").filter(|(url, _)| is_near(url)) {
            return Some((url.to_owned(), format!("`index-url` of {file}"), None));
        }
        pip.into_iter().for_each(register_login);
        let pip = pip.filter(|url| is_near(url));
        pip.map(|url| (url.to_owned(), "pip's configuration".to_owned(), None))
    }

    /// The login for uploading, where it goes to the very origin that is read: another host never gets
    /// it.
    pub(super) fn upload_login(&self, target: &Target, reading: &str) -> Option<Login> {
        let upload = self.upload_url(target)?;
        if origin_of(&upload)? != origin_of(reading)? {
            return None;
        }
        let (_, login) = without_login(&upload);
        let pair = |user: Option<&str>, password: &str| Login {
            user: user.unwrap_or("__token__").to_owned(),
            password: Secret::new(password),
        };
        let variables = [
            ("UV_PUBLISH_USERNAME", "UV_PUBLISH_TOKEN"),
            ("UV_PUBLISH_USERNAME", "UV_PUBLISH_PASSWORD"),
            ("TWINE_USERNAME", "TWINE_PASSWORD"),
        ];
        let set = variables
            .into_iter()
            .find_map(|(user, password)| Some(pair(self.variable(user), self.variable(password)?)));
        login.or(set).or_else(|| {
            let name = self.variable("TWINE_REPOSITORY").unwrap_or(TWINE_DEFAULT);
            let section = self.pypirc.get(name)?;
            Some(pair(section.get("username").map(String::as_str), section.get("password")?))
        })
    }

    fn login_of_netrc(&self, url: &str) -> Option<Login> {
        let host = Url::parse(url).ok()?.host_str()?.to_owned();
        let words: Vec<&str> = self.netrc.split_whitespace().collect();
        let at = words.windows(2).position(|pair| *pair == ["machine", host.as_str()])?;
        let own = words.get(at + 2..)?;
        let end = own.iter().position(|word| matches!(*word, "machine" | "default"));
        let own = own.get(..end.unwrap_or(own.len()))?;
        let value = |key: &str| {
            own.windows(2).find_map(|pair| match pair {
                [name, value] if *name == key => Some((*value).to_owned()),
                _ => None,
            })
        };
        Some(Login {
            user: value("login").unwrap_or_default(),
            password: Secret::new(value("password")?),
        })
    }

    /// Which credentials for uploading were there, and what may be missing.
    pub(super) fn describe(&self, is_uv: bool) -> String {
        let set = ["UV_PUBLISH_TOKEN", "UV_PUBLISH_PASSWORD"];
        let names = if is_uv { &set[..] } else { &["TWINE_PASSWORD"][..] };
        let found = names.iter().find(|name| self.variable(name).is_some());
        if let Some(name) = found {
            return format!(
                "credentials: `{name}` is set; the token has to be one of this index, and must be allowed to upload to this very project (to any, for the first version of a new one)"
            );
        }
        if !is_uv && self.pypirc.values().any(|section| section.contains_key("password")) {
            return "credentials: a password stands in `.pypirc`; it has to be a token of this index that may upload to this very project".to_owned();
        }
        let wanted = if is_uv { "UV_PUBLISH_TOKEN" } else { "TWINE_PASSWORD" };
        if self.variable("ACTIONS_ID_TOKEN_REQUEST_URL").is_some() {
            format!(
                "credentials: trusted publishing (OIDC) was available; the project has to name this repository, this workflow file and the environment of this job as its trusted publisher, and the job has to stand in that very file: PyPI's trusted publishers refuse a called (reusable) workflow. Or set `{wanted}`"
            )
        } else {
            format!(
                "credentials: trusted publishing (OIDC) was not available (the job needs `permissions: id-token: write`); no token was found in `{wanted}`{}. What is for no index is marked private (`classifiers = [\"Private :: Do Not Upload\"]`), or `python-publish: tag` only tags",
                if is_uv { "" } else { " or in `.pypirc`" }
            )
        }
    }
}

fn origin_of(url: &str) -> Option<String> {
    Url::parse(url).ok().map(|url| origin(&url))
}

/// The section twine takes where none is named.
const TWINE_DEFAULT: &str = "pypi";

/// The address without the login in it, and that login.
fn without_login(url: &str) -> (String, Option<Login>) {
    register_login(url);
    let Ok(mut parsed) = Url::parse(url) else { return (url.to_owned(), None) };
    let login = parsed.password().map(|password| Login {
        user: decoded(parsed.username()),
        password: Secret::new(decoded(password)),
    });
    // Only an address without a host refuses this, and such a one is refused when it is asked.
    let _ = parsed.set_password(None);
    let _ = parsed.set_username("");
    (parsed.into(), login)
}

fn decoded(text: &str) -> String {
    percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned()
}

/// The login of an address that names a user and no password: some indexes take a token as the name.
fn user_alone(url: &str) -> Option<Login> {
    let url = Url::parse(url).ok()?;
    let is_alone = url.password().is_none() && !url.username().is_empty();
    is_alone.then(|| Login { user: decoded(url.username()), password: Secret::new("") })
}

/// A password in an address must not be shown when a tool repeats it.
fn register_login(value: &str) {
    if let Some(password) = Url::parse(value).ok().as_ref().and_then(Url::password) {
        redact::register(password);
        redact::register(&percent_encoding::percent_decode_str(password).decode_utf8_lossy());
    }
}

/// The sections of a file of Python's `configparser`, as far as `.pypirc` uses it.
fn sections(text: &str) -> BTreeMap<String, BTreeMap<String, String>> {
    let mut found: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    let mut current = None;
    for line in text.lines().map(str::trim) {
        if line.starts_with(['#', ';']) {
            continue;
        }
        if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            current = Some(name.to_owned());
            found.entry(name.to_owned()).or_default();
        } else if let (Some(section), Some(at)) = (&current, line.find(['=', ':'])) {
            let (key, value) = line.split_at(at);
            let value = value.get(1..).unwrap_or_default().trim().to_owned();
            if let Some(section) = found.get_mut(section) {
                section.insert(key.trim().to_lowercase(), value);
            }
        }
    }
    found
}

/// What pip is configured for, from `pip config list`: variables are stronger than files, and settings
/// of one environment than those of the user and of the machine, which come first.
pub(super) fn of_pip(listed: &str) -> Option<String> {
    let value = |line: &str| {
        let (key, value) = line.split_once('=')?;
        let is_index = matches!(key.trim(), "global.index-url" | ":env:.index-url");
        is_index.then(|| value.trim().trim_matches(['\'', '"']).to_owned())
    };
    let found = || listed.lines().filter(|line| value(line).is_some());
    let env = found().find(|line| line.starts_with(":env:"));
    env.or_else(|| found().next_back()).and_then(value).filter(|url| !url.is_empty())
}

/// The address a tool names as its default in its help.
pub(super) fn default_of(help: &str) -> Option<String> {
    let words = help.split_whitespace().collect::<Vec<_>>().join(" ");
    let after = ["(by default: <", "Package Index (default "];
    let rest = after.iter().find_map(|before| words.split_once(before))?.1;
    let url = rest.split(['>', ')', ' ']).next()?;
    (url.starts_with("https://") || url.starts_with("http://")).then(|| url.to_owned())
}

#[cfg(test)]
#[path = "config_tests.rs"]
mod tests;
