//! Who may do what: Basic, Bearer with a token endpoint, anonymous reading.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::percent_decode_str;
use serde_json::json;

use super::answer::{Answer, refuse};
use super::state::Store;
use crate::fault::wildcard;
use crate::server::Incoming;

/// How the registry wants to be asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Auth {
    /// Everybody may do everything.
    #[default]
    None,
    /// `Authorization: Basic` on every request.
    Basic,
    /// Tokens of a token endpoint.
    Bearer,
}

/// A user.
#[derive(Clone, Debug)]
struct User {
    password: String,
    /// Pattern of repositories to what may be done there.
    rights: Vec<(String, BTreeSet<String>)>,
    /// What it may send instead of a password.
    refresh: Option<String>,
}

#[derive(Clone, Debug)]
struct Token {
    /// Repository to what may be done there.
    scopes: BTreeMap<String, BTreeSet<String>>,
    uses: usize,
    until: Option<Instant>,
}

/// The rules in force.
#[derive(Clone, Debug, Default)]
pub(super) struct Access {
    pub(super) auth: Auth,
    pub(super) realm: String,
    users: BTreeMap<String, User>,
    anonymous_reads: bool,
    tokens: BTreeMap<String, Token>,
    pub(super) token_uses: Option<usize>,
    pub(super) token_life: Option<Duration>,
    pub(super) names_it_access_token: bool,
    pub(super) no_scope: bool,
    issued: usize,
}

const ALL: [&str; 3] = ["pull", "push", "delete"];

fn actions(list: &[&str]) -> BTreeSet<String> {
    list.iter().map(|action| (*action).to_owned()).collect()
}

impl Access {
    pub(super) fn add_user(&mut self, name: &str, password: &str, rights: &[(&str, &[&str])]) {
        let rights = rights.iter().map(|(pattern, list)| ((*pattern).to_owned(), actions(list)));
        let user = User { password: password.to_owned(), rights: rights.collect(), refresh: None };
        self.users.insert(name.to_owned(), user);
    }

    pub(super) fn set_refresh_token(&mut self, name: &str, token: &str) {
        let user = self.users.get_mut(name).expect("the user was added before");
        user.refresh = Some(token.to_owned());
    }

    pub(super) fn allow_anonymous_reads(&mut self) {
        self.anonymous_reads = true;
    }

    pub(super) fn revoke_tokens(&mut self) {
        self.tokens.clear();
    }

    fn may(&self, user: Option<&str>, repo: &str) -> BTreeSet<String> {
        let mut may = BTreeSet::new();
        if self.anonymous_reads {
            may.insert("pull".to_owned());
        }
        for (pattern, actions) in
            user.and_then(|name| self.users.get(name)).into_iter().flat_map(|user| &user.rights)
        {
            if wildcard(pattern, repo) {
                may.extend(actions.iter().cloned());
            }
        }
        may
    }

    /// The user a Basic header names; `Err` when it is no login.
    fn basic(&self, header: Option<&str>) -> Result<Option<String>, ()> {
        let Some((scheme, encoded)) = header.and_then(|value| value.split_once(' ')) else {
            return Ok(None);
        };
        if !scheme.eq_ignore_ascii_case("basic") {
            return Ok(None);
        }
        let text = STANDARD.decode(encoded.trim()).map_err(drop)?;
        let text = String::from_utf8(text).map_err(drop)?;
        let (name, password) = text.split_once(':').ok_or(())?;
        let known = self.users.get(name).is_some_and(|user| user.password == password);
        if known { Ok(Some(name.to_owned())) } else { Err(()) }
    }

    /// What refuses this request; `None` when it may go on. `needed` are repositories with what is
    /// to be done there.
    pub(super) fn check(
        &mut self,
        header: Option<&str>,
        needed: &[(&str, &str)],
    ) -> Option<Answer> {
        match self.auth {
            Auth::None => None,
            Auth::Basic => {
                let challenge = || {
                    let mut answer = refuse(401, "UNAUTHORIZED", "authentication required");
                    answer.header("www-authenticate", "Basic realm=\"fake\"");
                    answer
                };
                let Ok(user) = self.basic(header) else { return Some(challenge()) };
                let denied = needed
                    .iter()
                    .any(|(repo, action)| !self.may(user.as_deref(), repo).contains(*action));
                let nobody = user.is_none() && (needed.is_empty() || !self.anonymous_reads);
                match (&user, denied) {
                    (None, true) => Some(challenge()),
                    _ if nobody => Some(challenge()),
                    (Some(_), true) => {
                        Some(refuse(403, "DENIED", "requested access to the resource is denied"))
                    }
                    (_, false) => None,
                }
            }
            Auth::Bearer => self.check_token(header, needed),
        }
    }

    fn check_token(&mut self, header: Option<&str>, needed: &[(&str, &str)]) -> Option<Answer> {
        let given = header.and_then(|value| value.split_once(' '));
        let given = given.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
        let mut error = "";
        if let Some((_, text)) = given {
            error = ",error=\"invalid_token\"";
            if let Some(token) = self.tokens.get_mut(text.trim()) {
                let alive = token.uses > 0 && token.until.is_none_or(|end| Instant::now() < end);
                let enough = needed.iter().all(|(repo, action)| {
                    token.scopes.get(*repo).is_some_and(|may| may.contains(*action))
                });
                if alive && enough {
                    token.uses = token.uses.saturating_sub(usize::from(token.uses != usize::MAX));
                    return None;
                }
                if alive {
                    error = ",error=\"insufficient_scope\"";
                }
            }
        }
        let mut scope: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (repo, action) in needed {
            scope.entry(repo).or_default().push(action);
        }
        let scope: Vec<_> = scope
            .iter()
            .map(|(repo, actions)| format!("repository:{repo}:{}", actions.join(",")))
            .collect();
        let mut challenge = format!("Bearer realm=\"{}\",service=\"fake\"", self.realm);
        if !scope.is_empty() && !self.no_scope {
            challenge.push_str(&format!(",scope=\"{}\"", scope.join(" ")));
        }
        let mut answer = refuse(401, "UNAUTHORIZED", "authentication required");
        answer.header("www-authenticate", &format!("{challenge}{error}"));
        Some(answer)
    }

    /// The token endpoint: GET with Basic or nothing, POST with a refresh token or password.
    pub(super) fn token(&mut self, incoming: &Incoming) -> Answer {
        let body = String::from_utf8_lossy(&incoming.body).into_owned();
        let pairs = if incoming.method == "POST" { form(&body) } else { form(&incoming.query) };
        let one = |name: &str| {
            pairs.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.as_str())
        };
        let wrong = || refuse(401, "UNAUTHORIZED", "incorrect username or password");
        let user = if incoming.method == "POST" {
            let (refresh, name) = (one("refresh_token"), one("username"));
            let mut users = self.users.iter();
            let found = match one("grant_type") {
                "refresh_token" => users.find(|(_, user)| user.refresh.as_deref() == Some(refresh)),
                "password" => {
                    users.find(|(known, user)| *known == name && user.password == one("password"))
                }
                _ => return refuse(400, "UNSUPPORTED", "unsupported grant type"),
            };
            let Some((name, _)) = found else { return wrong() };
            Some(name.clone())
        } else {
            match self.basic(incoming.header("authorization")) {
                Ok(user) => user,
                Err(()) => return wrong(),
            }
        };
        if one("service") != "fake" {
            return refuse(400, "UNSUPPORTED", "this service is not known here");
        }
        let mut scopes: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let asked = pairs.iter().filter(|(key, _)| key == "scope");
        for scope in asked.flat_map(|(_, value)| value.split(' ')) {
            let Some((name, list)) =
                scope.strip_prefix("repository:").and_then(|rest| rest.rsplit_once(':'))
            else {
                continue;
            };
            let may = self.may(user.as_deref(), name);
            let list: Vec<&str> =
                if list == "*" { ALL.to_vec() } else { list.split(',').collect() };
            let granted = list.into_iter().filter(|action| may.contains(*action));
            scopes.entry(name.to_owned()).or_default().extend(granted.map(str::to_owned));
        }
        self.issued += 1;
        let text = format!("fake-token-{}", self.issued);
        let token = Token {
            scopes,
            uses: self.token_uses.unwrap_or(usize::MAX),
            until: self.token_life.map(|life| Instant::now() + life),
        };
        self.tokens.insert(text.clone(), token);
        let field = if self.names_it_access_token { "access_token" } else { "token" };
        let mut answer = json!({ field: text });
        if let Some(life) = self.token_life {
            answer["expires_in"] = life.as_secs().max(1).into();
        }
        Answer::json(200, &answer)
    }
}

impl Store {
    /// The token endpoint, with the faults for its path.
    pub(super) fn token(&mut self, incoming: &Incoming) -> Answer {
        self.access.token(incoming)
    }
}

/// The pairs of a query or form, decoded.
pub(crate) fn form(text: &str) -> Vec<(String, String)> {
    let decode = |text: &str| {
        let text = text.replace('+', " ");
        percent_decode_str(&text).decode_utf8_lossy().into_owned()
    };
    let pairs = text.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(key, value)| (decode(key), decode(value)))
        .collect()
}
