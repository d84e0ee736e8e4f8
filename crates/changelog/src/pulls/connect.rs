//! Where to ask for pull requests, and as whom.

use launchway_base::{Deadline, Failure, Secret};
use launchway_github::{GitHub, Settings};

/// What is known of the remote from flags, environment and configuration.
#[derive(Clone, Debug, Default)]
pub struct Given {
    /// The token: `--github-token` or `GITHUB_TOKEN`.
    pub token: Option<Secret>,
    /// `GITHUB_API_URL`.
    pub api_url: Option<String>,
    /// `GITHUB_GRAPHQL_URL`.
    pub graphql_url: Option<String>,
    /// `remote.github.api_url` of the configuration, which the environment overrules.
    pub configured: Option<String>,
}

/// A GitHub to ask, or the sentence that says what is left out.
#[derive(Clone, Debug)]
pub enum Connection {
    /// It can be asked.
    Ready(Box<GitHub>),
    /// Nothing is asked, for this reason.
    LeftOut(String),
}

const LEFT_OUT: &str = "no GitHub token is given: logins, pull requests, labels and first \
    contributions are left out; set `github-token` or GITHUB_TOKEN";

/// Decides where to ask; sends nothing. Fails when an address is no URL (exit 2).
pub fn connect(given: Given, deadline: Deadline) -> Result<Connection, Failure> {
    let Some(token) = given.token.filter(|token| !token.is_empty()) else {
        return Ok(Connection::LeftOut(LEFT_OUT.to_owned()));
    };
    let (api_url, graphql_url) =
        addresses(text(given.api_url), text(given.graphql_url), text(given.configured));
    let settings = Settings { api_url, graphql_url, token: Some(token), deadline };
    Ok(Connection::Ready(Box::new(GitHub::new(settings)?)))
}

fn text(given: Option<String>) -> Option<String> {
    given.map(|text| text.trim().trim_end_matches('/').to_owned()).filter(|text| !text.is_empty())
}

/// The addresses of REST and GraphQL. That of GraphQL is the environment's only where that of
/// REST is, too: the token goes to one server.
fn addresses(
    api: Option<String>,
    graphql: Option<String>,
    configured: Option<String>,
) -> (String, String) {
    let named = api.is_some();
    let elsewhere = !named && configured.is_some();
    let api = api.or(configured).unwrap_or_else(|| "https://api.github.com".to_owned());
    // GitHub Enterprise Server: …/api/v3 has its twin at …/api/graphql.
    let twin = || format!("{}/graphql", api.strip_suffix("/v3").unwrap_or(&api));
    let graphql = graphql.filter(|_| !elsewhere).unwrap_or_else(twin);
    (api, graphql)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_server_has_its_addresses() {
        let some = |text: &str| Some(text.to_owned());
        let pair = |api: &str, graphql: &str| (api.to_owned(), graphql.to_owned());
        let dotcom = pair("https://api.github.com", "https://api.github.com/graphql");
        assert_eq!(addresses(None, None, None), dotcom);
        let server = pair("https://git.acme.test/api/v3", "https://git.acme.test/api/graphql");
        assert_eq!(addresses(some("https://git.acme.test/api/v3"), None, None), server);
        assert_eq!(
            addresses(None, some(&dotcom.1), some("https://git.acme.test/api/v3")),
            server,
            "the token does not go to two servers"
        );
        assert_eq!(
            addresses(some(&dotcom.0), some(&dotcom.1), some("https://git.acme.test/api/v3")),
            dotcom,
            "the environment overrules the configuration"
        );
    }

    #[test]
    fn without_a_token_it_says_what_is_left_out() {
        for token in [None, Some(Secret::new(""))] {
            let given = Given { token, ..Given::default() };
            let Connection::LeftOut(why) = connect(given, Deadline::none()).unwrap() else {
                panic!("nothing can be asked");
            };
            assert!(why.contains("labels and first contributions are left out"), "{why}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        let given = Given {
            token: Some(Secret::new("ghs_x")),
            api_url: Some("git acme".to_owned()),
            ..Given::default()
        };
        assert_eq!(connect(given, Deadline::none()).unwrap_err().kind().code(), 2);
    }
}
