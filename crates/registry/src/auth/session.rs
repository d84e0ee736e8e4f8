//! What is known of a registry's login while a command runs: how it asks, and its tokens.

use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use launchway_base::Secret;
use launchway_http::{Client, Intent, Request, Url, header};
use serde::Deserialize;

use super::realm::Trust;
use super::{Challenge, Found, Login};
use crate::RegistryError;
use crate::client::Access;
use crate::error::after;

/// What a token must allow: a repository's name and what is done to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Scope {
    pub(crate) name: String,
    pub(crate) access: Access,
}

impl Scope {
    fn actions(&self) -> &'static str {
        match self.access {
            Access::Read => "pull",
            Access::Write => "pull,push",
            Access::Delete => "pull,push,delete",
        }
    }

    fn text(&self) -> String {
        format!("repository:{}:{}", self.name, self.actions())
    }
}

/// What goes along with a request.
#[derive(Clone, Debug, Default)]
pub(crate) struct Authorization {
    /// The value of `Authorization`.
    pub(crate) header: Option<Secret>,
    /// Whose login it is, for messages.
    pub(crate) whose: Option<String>,
    /// Whether it was made for this request: asking for another one would bring the same.
    fresh: bool,
    /// Whether it was known how the registry asks.
    informed: bool,
    scopes: Vec<Scope>,
}

/// The state of one registry's login.
#[derive(Debug, Default)]
pub(crate) struct Session {
    challenge: Option<Challenge>,
    tokens: Vec<Token>,
}

#[derive(Debug)]
struct Token {
    header: Secret,
    scopes: Vec<Scope>,
    until: Instant,
}

/// The lifetime of a token whose server names none.
const LIFETIME: u64 = 60;
/// No token is kept longer, whatever its server says.
const LONGEST: u64 = 24 * 60 * 60;

impl Session {
    /// What is sent with a request that needs these scopes, without asking the registry first.
    /// `login` is called only when the registry is known to ask for one.
    pub(crate) async fn authorize(
        &mut self,
        http: &Client,
        trust: &Trust<'_>,
        scopes: &[Scope],
        login: Option<&Found>,
    ) -> Result<Authorization, RegistryError> {
        let answer = |header, fresh| Authorization {
            header,
            whose: login.map(|found| found.whose.clone()),
            fresh,
            informed: true,
            scopes: scopes.to_vec(),
        };
        let Some(challenge) = self.challenge.clone() else { return Ok(Authorization::default()) };
        let (realm, service, scope) = match challenge {
            Challenge::Basic => {
                return Ok(answer(login.and_then(basic), true));
            }
            Challenge::Bearer { realm, service, scope } => (realm, service, scope),
        };
        if let Some(Found { login: Login::Bearer(token), .. }) = login {
            return Ok(answer(Some(bearer(token)), true));
        }
        self.tokens.retain(|token| token.until > Instant::now());
        let covers = |token: &&Token| scopes.iter().all(|need| covered(&token.scopes, need));
        if let Some(token) = self.tokens.iter().find(covers) {
            return Ok(answer(Some(token.header.clone()), false));
        }
        let url = trust.realm(&realm, login.is_some())?;
        let asking = Asking { http, trust, url, service, login };
        let texts = wanted(scopes, scope.as_deref());
        let granted = match asking.token(&texts).await {
            Ok(granted) => granted,
            // Who may only read is refused a token that could write, too.
            Err(error @ (RegistryError::Denied { .. } | RegistryError::Unauthorized { .. })) => {
                let reading: Vec<Scope> = scopes
                    .iter()
                    .map(|one| Scope { access: Access::Read, ..one.clone() })
                    .collect();
                if reading == scopes {
                    return Err(error);
                }
                asking.token(&wanted(&reading, None)).await.map_err(|_| error)?
            }
            Err(error) => return Err(error),
        };
        let header = bearer(&granted.token);
        let lifetime = Duration::from_secs(granted.seconds);
        // Renewed a little early, so that it does not expire on its way.
        let early = (lifetime / 4).min(Duration::from_secs(10));
        let until = Instant::now() + lifetime.saturating_sub(early);
        self.tokens.push(Token { header: header.clone(), scopes: scopes.to_vec(), until });
        Ok(answer(Some(header), true))
    }

    /// Notes how the registry asked when it refused a request sent with `used`. Whether asking for
    /// another authorization can help.
    pub(crate) fn refused(&mut self, challenge: Option<Challenge>, used: &Authorization) -> bool {
        let Some(challenge) = challenge else { return false };
        self.tokens.retain(|token| Some(&token.header) != used.header.as_ref());
        let before = self.challenge.replace(challenge);
        // A token that was kept may have ended; one made for this request would come out the same.
        !used.informed || (used.header.is_some() && !used.fresh) || {
            let asks = |one: Option<&Challenge>| one.map(|one| one.asks(&used.scopes));
            asks(before.as_ref()) != asks(self.challenge.as_ref())
        }
    }

    /// Whether the registry is known to ask for a login.
    pub(crate) fn asks(&self) -> bool {
        self.challenge.is_some()
    }
}

impl Challenge {
    /// Whom it would ask for what.
    fn asks(&self, scopes: &[Scope]) -> Option<(String, Option<String>, Vec<String>)> {
        match self {
            Self::Basic => None,
            Self::Bearer { realm, service, scope } => {
                Some((realm.clone(), service.clone(), wanted(scopes, scope.as_deref())))
            }
        }
    }
}

/// Whether one of the scopes allows this.
fn covered(scopes: &[Scope], need: &Scope) -> bool {
    scopes.iter().any(|scope| scope.name == need.name && scope.access >= need.access)
}

/// The scopes to ask for: ours, and what the registry named beyond them.
fn wanted(scopes: &[Scope], named: Option<&str>) -> Vec<String> {
    let mut texts: Vec<String> = scopes.iter().map(Scope::text).collect();
    for more in named.unwrap_or_default().split_whitespace() {
        let repository = more.strip_prefix("repository:").and_then(|rest| rest.rsplit_once(':'));
        let known = match repository {
            // What it named was for another request when it is of another repository.
            Some((name, actions)) => {
                let own = scopes.iter().find(|scope| scope.name == name);
                own.is_none_or(|own| {
                    actions.split(',').all(|one| own.actions().split(',').any(|it| it == one))
                })
            }
            None => false,
        };
        if !known {
            texts.push(more.to_owned());
        }
    }
    texts
}

/// A token server and what is needed to ask it.
struct Asking<'a> {
    http: &'a Client,
    trust: &'a Trust<'a>,
    url: Url,
    service: Option<String>,
    login: Option<&'a Found>,
}

struct Granted {
    token: Secret,
    seconds: u64,
}

/// How a token server answers. `issued_at` is not read: clocks differ, and a token that ends
/// earlier than thought is renewed when the registry refuses it.
#[derive(Deserialize)]
struct Answer {
    token: Option<String>,
    access_token: Option<String>,
    expires_in: Option<f64>,
}

impl Asking<'_> {
    async fn token(&self, scopes: &[String]) -> Result<Granted, RegistryError> {
        let request = match self.login.map(|found| &found.login) {
            Some(Login::Identity(token)) => self.exchange(token, scopes)?,
            _ => {
                let mut url = self.url.clone();
                {
                    let mut query = url.query_pairs_mut();
                    if let Some(service) = &self.service {
                        query.append_pair("service", service);
                    }
                    for scope in scopes {
                        query.append_pair("scope", scope);
                    }
                }
                let request = Request::get(url.as_str())?;
                match self.login.and_then(basic) {
                    Some(header) => request.with_secret_header(header::AUTHORIZATION, &header)?,
                    None => request,
                }
            }
        };
        let registry = self.trust.registry;
        let what = format!("a token for {}", scopes.join(" "));
        let response = self.http.send(&request.with_body_limit(1 << 20)).await?;
        if !response.status.is_success() {
            let whose = self.login.map(|found| found.whose.as_str());
            return Err(match RegistryError::answered(what.clone(), registry, whose, &response) {
                // Only the registry can say that something is not there.
                RegistryError::NotFound { said, .. } | RegistryError::Refused { said, .. } => {
                    let status = response.status.as_u16();
                    let reason =
                        format!("the token server of {registry} answered {status}{}", after(&said));
                    RegistryError::Unexpected { what, reason }
                }
                error => error,
            });
        }
        let unexpected = |reason: &str| RegistryError::Unexpected {
            what: what.clone(),
            reason: format!("the token server of {registry} {reason}"),
        };
        // The reader's own words could quote the token.
        let answer: Answer = serde_json::from_slice(&response.body)
            .map_err(|_| unexpected("gives an answer that is no token"))?;
        let token = [answer.token, answer.access_token].into_iter().flatten();
        let token = token.into_iter().find(|token| !token.trim().is_empty());
        let token = Secret::new(token.ok_or_else(|| unexpected("gives no token"))?);
        let seconds = answer.expires_in.filter(|seconds| *seconds >= 1.0);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "it is at least 1, and what is too large is cut"
        )]
        let seconds = seconds.map_or(LIFETIME, |seconds| seconds as u64).min(LONGEST);
        Ok(Granted { token, seconds })
    }

    /// An identity token for an access token. It changes nothing, so it may be asked twice.
    fn exchange(&self, token: &Secret, scopes: &[String]) -> Result<Request, RegistryError> {
        let mut form = self.url.clone();
        form.set_query(None);
        form.query_pairs_mut()
            .append_pair("grant_type", "refresh_token")
            .append_pair("service", self.service.as_deref().unwrap_or_default())
            .append_pair("client_id", "launchway")
            .append_pair("scope", &scopes.join(" "))
            .append_pair("refresh_token", token.expose());
        let body = form.query().unwrap_or_default().to_owned();
        Ok(Request::post(self.url.as_str())?
            .with_header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")?
            .with_intent(Intent::Read)
            .with_body(body))
    }
}

fn basic(found: &Found) -> Option<Secret> {
    match &found.login {
        Login::Password { username, password } => {
            let pair = format!("{username}:{}", password.expose());
            // Registered as a secret by itself, too: it is the password in another form.
            let encoded = Secret::new(STANDARD.encode(pair));
            Some(Secret::new(format!("Basic {}", encoded.expose())))
        }
        Login::Identity(_) | Login::Bearer(_) => None,
    }
}

fn bearer(token: &Secret) -> Secret {
    Secret::new(format!("Bearer {}", token.expose()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope(name: &str, access: Access) -> Scope {
        Scope { name: name.to_owned(), access }
    }

    #[test]
    fn what_is_asked_for_holds_what_the_registry_named() {
        let own = [scope("a/b", Access::Read)];
        for (named, expected) in [
            (None, vec!["repository:a/b:pull"]),
            (Some("repository:a/b:pull"), vec!["repository:a/b:pull"]),
            (Some("repository:x/y:pull"), vec!["repository:a/b:pull"]),
            (
                Some("repository:a/b:pull,metadata_read"),
                vec!["repository:a/b:pull", "repository:a/b:pull,metadata_read"],
            ),
            (Some("aws"), vec!["repository:a/b:pull", "aws"]),
        ] {
            assert_eq!(wanted(&own, named), expected, "{named:?}");
        }
    }

    #[test]
    fn a_token_for_more_does_for_less() {
        let have = [scope("a", Access::Write), scope("b", Access::Read)];
        assert!(covered(&have, &scope("a", Access::Read)));
        assert!(covered(&have, &scope("b", Access::Read)));
        assert!(!covered(&have, &scope("b", Access::Write)));
        assert!(!covered(&have, &scope("c", Access::Read)));
        assert!(!covered(&have, &scope("a", Access::Delete)));
    }
}
