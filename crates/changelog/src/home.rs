//! Where a repository lives: the addresses its changelog links to.

use std::fmt::Write as _;

use git_cliff_core::config::Remote;

/// A repository on a GitHub server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Home {
    /// `https://SERVER/OWNER/NAME`, without a slash at the end.
    address: String,
    /// `https://SERVER`.
    server: String,
}

impl Home {
    /// The repository `owner/name` of a server such as `https://github.com`; `None` when one of
    /// them could not be one, so that no link is made from it.
    pub fn new(server: &str, owner: &str, name: &str) -> Option<Self> {
        let server = server.trim_end_matches('/');
        let host = server.strip_prefix("https://").or_else(|| server.strip_prefix("http://"))?;
        let fits = |text: &str, more: &str| {
            !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || more.contains(c))
        };
        let known = fits(host, "-._:/") && fits(owner, "-_.") && fits(name, "-_.");
        let dots = |text: &str| text.bytes().all(|b| b == b'.');
        (known && !dots(owner) && !dots(name)).then(|| Self {
            address: format!("{server}/{owner}/{name}"),
            server: server.to_owned(),
        })
    }

    /// The repository a configuration names, on the server of the environment, `GITHUB_SERVER_URL`,
    /// or else on GitHub.
    pub fn of(remote: &Remote, server: Option<&str>) -> Option<Self> {
        let server = server.filter(|server| !server.is_empty()).unwrap_or("https://github.com");
        Self::new(server, &remote.owner, &remote.repo)
    }

    /// The repository's page.
    pub fn page(&self) -> &str {
        &self.address
    }

    /// An issue, or the pull request of that number: the server leads from one to the other.
    pub fn issue(&self, number: &str) -> String {
        format!("{}/issues/{number}", self.address)
    }

    /// A pull request.
    pub fn pull(&self, number: u64) -> String {
        format!("{}/pull/{number}", self.address)
    }

    /// An issue of another repository, `owner/name`, on the same server.
    pub fn issue_of(&self, repository: &str, number: &str) -> String {
        format!("{}/{repository}/issues/{number}", self.server)
    }

    /// A commit.
    pub fn commit(&self, id: &str) -> String {
        format!("{}/commit/{}", self.address, encode(id))
    }

    /// What lies between two tags, branches or commits.
    pub fn compare(&self, from: &str, to: &str) -> String {
        format!("{}/compare/{}...{}", self.address, encode(from), encode(to))
    }

    /// All commits up to a tag, branch or commit.
    pub fn commits(&self, to: &str) -> String {
        format!("{}/commits/{}", self.address, encode(to))
    }

    /// All that is new in a tag, or in what is not released yet, since the tag before.
    pub fn whole(&self, previous: Option<&str>, tag: Option<&str>) -> String {
        let head = tag.unwrap_or("HEAD");
        match previous {
            Some(previous) => self.compare(previous, head),
            None => self.commits(head),
        }
    }

    /// The Release of a tag.
    pub fn release(&self, tag: &str) -> String {
        format!("{}/releases/tag/{}", self.address, encode(tag))
    }
}

/// A tag or commit as part of a path: whatever could end a link or the path is encoded.
fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._/".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _infallible = write!(out, "%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::Home;

    #[test]
    fn links_are_made_of_names_only() {
        let home = Home::new("https://ghe.test:8443/", "acme", "shop.js").expect("a home");
        assert_eq!(home.page(), "https://ghe.test:8443/acme/shop.js");
        assert_eq!(
            home.compare("@acme/a@1.0.0", "v2)<x"),
            "https://ghe.test:8443/acme/shop.js/compare/%40acme/a%401.0.0...v2%29%3Cx"
        );
        for (server, owner, name) in [
            ("javascript:alert(1)//", "a", "b"),
            ("https://h.test\n", "a", "b"),
            ("https://h.test", "", "b"),
            ("https://h.test", "a", ".."),
            ("https://h.test", "a)b", "c"),
        ] {
            assert_eq!(Home::new(server, owner, name), None, "{server} {owner} {name}");
        }
    }
}
