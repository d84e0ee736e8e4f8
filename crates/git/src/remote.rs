//! Talking to `origin`: credentials, tags there, pushes.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use launchway_base::{Secret, redact};

use crate::run::ConfigPair;
use crate::{Git, GitError, Result};

/// More names than this are not worth being listed to the remote.
const NAMED_TAGS: usize = 50;

impl Git {
    /// The same, with a token for all requests to one server, such as `https://github.com`.
    ///
    /// The token travels in the environment, never in an argument or a file, and replaces what a
    /// checkout step left in the configuration for that server and for the URL of `origin`.
    pub fn with_token(&self, server_url: &str, token: &Secret) -> Result<Self> {
        let basic = STANDARD.encode(format!("x-access-token:{}", token.expose()));
        redact::register(&basic);
        let header = format!("AUTHORIZATION: basic {basic}");
        let server = server_url.trim_end_matches('/');
        let mut keys = BTreeSet::from([format!("http.{server}/.extraheader")]);
        // Git takes the header of the most specific URL only: name the whole URL, too, unless it is
        // on another server, which must never see the token.
        let urls = self.output(["remote", "get-url", "--push", "--all", "origin"], None)?;
        keys.extend(
            String::from_utf8_lossy(&urls.stdout)
                .lines()
                .filter_map(|url| same_server(url, server))
                .map(|url| format!("http.{url}.extraheader")),
        );
        let mut git = self.clone();
        for key in keys {
            // An empty value drops the headers collected so far: two `Authorization` are refused.
            git.config.push(ConfigPair { key: key.clone(), value: String::new() });
            git.config.push(ConfigPair { key, value: header.clone() });
        }
        Ok(git)
    }

    /// Those of the names that are tags at `origin`, in one request. No `origin` means none; an
    /// `origin` that does not answer is an error.
    pub fn remote_tags<S: AsRef<str>>(&self, names: &[S]) -> Result<BTreeSet<String>> {
        if names.is_empty() {
            return Ok(BTreeSet::new());
        }
        let mut args: Vec<String> =
            ["ls-remote", "--tags", "--refs", "--", "origin"].map(str::to_owned).into();
        // A name with these is no valid tag, and would be read as a pattern.
        let plain = |name: &str| !name.contains(['*', '?', '[', '\\']);
        if names.len() <= NAMED_TAGS && names.iter().all(|name| plain(name.as_ref())) {
            args.extend(names.iter().map(|name| format!("refs/tags/{}", name.as_ref())));
        }
        let stdout = match self.run(&args, None) {
            Err(GitError::Failed { .. }) if self.remote_url("origin")?.is_none() => {
                return Ok(BTreeSet::new());
            }
            stdout => stdout?,
        };
        let text = String::from_utf8_lossy(&stdout);
        let there: BTreeSet<&str> = text
            .lines()
            .filter_map(|line| line.split_once('\t')?.1.strip_prefix("refs/tags/"))
            .collect();
        Ok(names
            .iter()
            .map(AsRef::as_ref)
            .filter(|name| there.contains(name))
            .map(str::to_owned)
            .collect())
    }

    /// Pushes local tags to `origin` in one request. A tag already there with the same object is
    /// no error, one with another object is.
    pub fn push_tags<S: AsRef<str>>(&self, names: &[S]) -> Result<()> {
        let refs: Vec<String> = names
            .iter()
            .map(|name| format!("refs/tags/{0}:refs/tags/{0}", name.as_ref()))
            .collect();
        self.push(&refs, false)
    }

    /// Pushes `HEAD` to a branch of `origin`; `force` replaces whatever is there.
    pub fn push_head(&self, branch: &str, force: bool) -> Result<()> {
        self.push(&[format!("HEAD:refs/heads/{branch}")], force)
    }

    /// Pushes `HEAD` to a branch of `origin` if that still is at `expected`, or with `None` if it is
    /// not there; whatever it is at is replaced.
    pub fn push_head_from(&self, branch: &str, expected: Option<&str>) -> Result<()> {
        let name = format!("refs/heads/{branch}");
        let lease = format!("--force-with-lease={name}:{}", expected.unwrap_or_default());
        let refspec = format!("HEAD:{name}");
        self.run(["push", &lease, "--", "origin", &refspec], None).map(drop)
    }

    /// Pushes full refspecs to `origin`.
    pub fn push(&self, refspecs: &[String], force: bool) -> Result<()> {
        if refspecs.is_empty() {
            return Ok(());
        }
        let mut args = vec!["push".to_owned()];
        if force {
            args.push("--force".to_owned());
        }
        args.extend(["--".to_owned(), "origin".to_owned()]);
        args.extend(refspecs.iter().cloned());
        self.run(&args, None).map(drop)
    }

    /// Fetches refspecs from `origin`.
    pub fn fetch(&self, refspecs: &[String]) -> Result<()> {
        let mut args: Vec<String> =
            ["fetch", "--no-tags", "--", "origin"].map(str::to_owned).into();
        args.extend(refspecs.iter().cloned());
        self.run(&args, None).map(drop)
    }
}

/// The URL without password and query, if it lies on the server.
fn same_server(url: &str, server: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://")?;
    let (server_scheme, server_rest) = server.split_once("://")?;
    let rest = rest.split(['?', '#']).next()?;
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let (user, host) =
        authority.rsplit_once('@').map_or((None, authority), |(user, host)| (Some(user), host));
    let server_host = server_rest.split('/').next()?;
    if !scheme.eq_ignore_ascii_case(server_scheme) || !host.eq_ignore_ascii_case(server_host) {
        return None;
    }
    let user = user.and_then(|user| user.split(':').next()).filter(|user| !user.is_empty());
    let user = user.map(|user| format!("{user}@")).unwrap_or_default();
    Some(format!("{scheme}://{user}{host}{path}"))
}

#[cfg(test)]
mod tests {
    use super::same_server;

    #[test]
    fn only_urls_of_the_server_get_the_token() {
        let server = "https://git.example";
        for (url, key) in [
            ("https://git.example/o/r.git", Some("https://git.example/o/r.git")),
            ("https://me:pw@git.example/o/r?x=1#y", Some("https://me@git.example/o/r")),
            ("https://GIT.example", Some("https://GIT.example")),
            ("http://git.example/o/r", None),
            ("https://git.example.evil/o/r", None),
            ("https://git.example:8443/o/r", None),
            ("https://git.example@evil.example/o/r", None),
            ("https://evil.example/@git.example/", None),
            ("git@git.example:o/r.git", None),
            ("ssh://git@git.example/o/r", None),
            ("", None),
        ] {
            assert_eq!(same_server(url, server).as_deref(), key, "{url}");
        }
    }
}
