//! From a request to the part that answers it: faults, authentication, routing, recording.

use std::collections::BTreeMap;

use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

use super::auth::{self, Token};
use super::state::{Repository, Snapshot, State};
use super::{
    Shared, commits, deployments, git_data, graphql, issues, lock, plumbing, pulls, releases,
    statuses,
};
use crate::fault::Fault;
use crate::record::Recorded;
use crate::server::{Incoming, Outgoing};

/// A request, taken apart.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) method: String,
    /// Percent-decoded parts of the path.
    pub(crate) parts: Vec<String>,
    pub(crate) query: BTreeMap<String, String>,
    /// The body; `null` when it is empty or no JSON.
    pub(crate) body: Value,
    pub(crate) headers: Vec<(String, String)>,
    /// The body as it came, of what goes to the uploads.
    pub(crate) upload: Option<Vec<u8>>,
    /// Path and query as sent, for `Link` headers.
    path: String,
}

impl Call {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// A string of the body; `None` when it is missing or `null`.
    pub(crate) fn text(&self, field: &str) -> Option<&str> {
        self.body[field].as_str()
    }
}

/// An answer that is no failure.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Value,
}

impl Reply {
    pub(crate) fn ok(body: Value) -> Self {
        Self { status: 200, headers: Vec::new(), body }
    }

    pub(crate) fn created(body: Value) -> Self {
        Self { status: 201, headers: Vec::new(), body }
    }

    pub(crate) fn empty() -> Self {
        Self { status: 204, headers: Vec::new(), body: Value::Null }
    }
}

/// A refusal.
#[derive(Clone, Debug)]
pub(crate) struct Failed {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Value,
}

const DOCS: &str = "https://docs.github.com/rest";

impl Failed {
    pub(crate) fn new(status: u16, message: &str) -> Self {
        let body = json!({
            "message": message, "documentation_url": DOCS, "status": status.to_string(),
        });
        Self { status, headers: Vec::new(), body }
    }

    pub(crate) fn not_found() -> Self {
        Self::new(404, "Not Found")
    }

    /// A plain 422, as the git data endpoints give.
    pub(crate) fn unprocessable(message: &str) -> Self {
        Self::new(422, message)
    }

    /// 422 `Validation Failed` with one error of a known code.
    pub(crate) fn invalid(resource: &str, field: &str, code: &str) -> Self {
        Self::validation(&json!({ "resource": resource, "field": field, "code": code }))
    }

    /// 422 `Validation Failed` with one error that says something.
    pub(crate) fn custom(resource: &str, field: Option<&str>, message: &str) -> Self {
        let mut error = json!({ "resource": resource, "code": "custom", "message": message });
        if let Some(field) = field {
            error["field"] = json!(field);
        }
        Self::validation(&error)
    }

    fn validation(error: &Value) -> Self {
        let body = json!({
            "message": "Validation Failed", "errors": [error],
            "documentation_url": DOCS, "status": "422",
        });
        Self { status: 422, headers: Vec::new(), body }
    }

    pub(crate) fn with_header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }
}

pub(crate) type Answer = Result<Reply, Failed>;

/// A request to one repository by a known token.
pub(crate) struct Context<'a> {
    pub(crate) state: &'a mut State,
    pub(crate) key: String,
    pub(crate) token: Token,
    pub(crate) call: &'a Call,
}

impl Context<'_> {
    pub(crate) fn repository(&self) -> &Repository {
        &self.state.repositories[&self.key]
    }

    pub(crate) fn repository_mut(&mut self) -> &mut Repository {
        self.state.repositories.get_mut(&self.key).expect("the repository is there")
    }

    /// A write needs the permission; a read only where the repository is private.
    pub(crate) fn write(&self, permission: &str) -> Result<(), Failed> {
        auth::demand(&self.token, permission, "write")
    }

    pub(crate) fn read(&self, permission: &str) -> Result<(), Failed> {
        if self.repository().private {
            auth::demand(&self.token, permission, "read")
        } else {
            Ok(())
        }
    }

    /// One page of a list, with `Link` when there are more.
    pub(crate) fn page(&self, items: Vec<Value>) -> Reply {
        let (page, link) = self.cut(items);
        let mut reply = Reply::ok(Value::Array(page));
        reply.headers.extend(link);
        reply
    }

    /// One page of a list that stands in an object with its total.
    pub(crate) fn page_in(&self, key: &str, items: Vec<Value>) -> Reply {
        let total = items.len();
        let (page, link) = self.cut(items);
        let mut reply = Reply::ok(json!({ "total_count": total, key: page }));
        reply.headers.extend(link);
        reply
    }

    /// The items of the page that was asked for, and the `link` header.
    pub(crate) fn cut<T>(&self, items: Vec<T>) -> (Vec<T>, Option<(String, String)>) {
        let number = |name: &str| self.call.query.get(name).and_then(|text| text.parse().ok());
        let size: usize = number("per_page").unwrap_or(30).clamp(1, 100);
        let page: usize = number("page").unwrap_or(1).max(1);
        let last = items.len().div_ceil(size).max(1);
        let target = |page: usize| {
            let mut query = self.call.query.clone();
            query.insert("page".into(), page.to_string());
            let query: Vec<String> = query.iter().map(|(k, v)| format!("{k}={v}")).collect();
            format!("<{}{}?{}>", self.state.url, self.call.path, query.join("&"))
        };
        let mut links = Vec::new();
        if page > 1 {
            links.push(format!("{}; rel=\"prev\"", target(page - 1)));
        }
        if page < last {
            links.push(format!("{}; rel=\"next\"", target(page + 1)));
            links.push(format!("{}; rel=\"last\"", target(last)));
        }
        if page > 1 {
            links.push(format!("{}; rel=\"first\"", target(1)));
        }
        let link = (!links.is_empty()).then(|| ("link".to_owned(), links.join(", ")));
        (items.into_iter().skip((page - 1) * size).take(size).collect(), link)
    }
}

/// Answers one request and records it.
pub(crate) fn serve(shared: &Shared, incoming: Incoming) -> Outgoing {
    let upload = incoming.path.strip_prefix("/api/uploads").map(|_| incoming.body.clone());
    // What is uploaded is no JSON, and may be large.
    let body = match upload {
        Some(_) => String::new(),
        None => String::from_utf8_lossy(&incoming.body).into_owned(),
    };
    let path = match incoming.path.as_str() {
        "/api/graphql" => "/graphql",
        path => path
            .strip_prefix("/api/v3")
            .or_else(|| path.strip_prefix("/api/uploads"))
            .unwrap_or(path),
    }
    .to_owned();
    let call = Call {
        method: incoming.method.clone(),
        parts: path
            .split('/')
            .skip(1)
            .map(|part| percent_decode_str(part).decode_utf8_lossy().into_owned())
            .collect(),
        query: pairs(&incoming.query),
        body: serde_json::from_str(&body).unwrap_or_default(),
        headers: incoming.headers.clone(),
        upload,
        path: path.clone(),
    };
    let fault = {
        let mut state = lock(shared);
        note_token(&mut state, &call);
        let authorization = call.header("authorization").unwrap_or_default();
        state.faults.take_from(&call.method, &path, &body, authorization)
    };
    if let Some(Fault::Slow(wait)) = fault {
        std::thread::sleep(wait);
    }
    let mut state = lock(shared);
    let (reply, injected) = decide(&mut state, &call, &body, fault.as_ref());
    let mut record = Recorded {
        sequence: 0,
        method: call.method,
        path,
        query: incoming.query,
        headers: incoming.headers,
        body,
        status: 0,
        response_headers: Vec::new(),
        response: String::new(),
        injected,
    };
    let Some(mut reply) = reply else {
        state.log.push(record);
        return Outgoing::Cut;
    };
    reply.headers.push(("content-type".into(), "application/json; charset=utf-8".into()));
    reply.headers.push(("x-github-request-id".into(), format!("FAKE:{}", state.log.next())));
    for (name, value) in [
        ("limit", "5000"),
        ("remaining", "4999"),
        ("used", "1"),
        ("reset", "4102444800"),
        ("resource", "core"),
    ] {
        let name = format!("x-ratelimit-{name}");
        if !reply.headers.iter().any(|(key, _)| *key == name) {
            reply.headers.push((name, value.into()));
        }
    }
    let bytes = if reply.status == 204 { Vec::new() } else { reply.body.to_string().into_bytes() };
    record.status = reply.status;
    record.response_headers.clone_from(&reply.headers);
    record.response = String::from_utf8_lossy(&bytes).into_owned();
    // GitHub's own description does not know the state it documents.
    record.injected |= record.response.contains("\"state\":\"starter\"");
    state.log.push(record);
    Outgoing::Reply { status: reply.status, headers: reply.headers, body: bytes }
}

/// The answer (`None` cuts the connection) and whether a fault made it.
fn decide(
    state: &mut State,
    call: &Call,
    body: &str,
    fault: Option<&Fault>,
) -> (Option<Reply>, bool) {
    let made = |failed: Failed| {
        Some(Reply { status: failed.status, headers: failed.headers, body: failed.body })
    };
    match fault {
        None | Some(Fault::Slow(_)) => {}
        Some(Fault::Status(status, headers, body)) => {
            let (status, headers, body) = (*status, headers.clone(), body.clone());
            return (Some(Reply { status, headers, body }), true);
        }
        Some(Fault::SecondaryLimit(wait)) => {
            let mut failed = Failed::new(
                403,
                "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.",
            );
            if let Some(wait) = wait {
                failed = failed.with_header("retry-after", &wait.to_string());
            }
            return (made(failed), true);
        }
        Some(Fault::PrimaryLimit(seconds)) => {
            let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
            let reset = now.map_or(0, |now| now.as_secs()) + seconds;
            let failed = Failed::new(403, "API rate limit exceeded for installation.")
                .with_header("x-ratelimit-remaining", "0")
                .with_header("x-ratelimit-reset", &reset.to_string());
            return (made(failed), true);
        }
        Some(Fault::CutConnection) => return (None, true),
        Some(Fault::CommitThenCut) => {
            handle(state, call, body);
            return (None, true);
        }
        Some(Fault::CommitThenFail) => {
            handle(state, call, body);
            return (made(Failed::new(502, "Server Error")), true);
        }
        Some(Fault::LieOk) => {
            let before = snapshot(state);
            let reply = handle(state, call, body);
            restore(state, &before);
            return (Some(reply), true);
        }
        Some(Fault::Stale) => {
            if let Some(old) = state.before_last_write.clone() {
                let now = snapshot(state);
                restore(state, &old);
                let reply = handle(state, call, body);
                restore(state, &now);
                return (Some(reply), true);
            }
        }
    }
    let writes = match call.text("query") {
        Some(document) if call.parts == ["graphql"] => graphql::is_mutation(document),
        _ => call.method != "GET",
    };
    if writes && state.faults.any_stale() {
        state.before_last_write = Some(snapshot(state));
    }
    (Some(handle(state, call, body)), false)
}

fn snapshot(state: &State) -> Snapshot {
    let refs = state.repositories.iter().map(|(key, r)| (key.clone(), plumbing::refs(&r.dir)));
    Snapshot { refs: refs.collect(), repositories: state.repositories.clone() }
}

fn restore(state: &mut State, snapshot: &Snapshot) {
    state.repositories.clone_from(&snapshot.repositories);
    for (key, refs) in &snapshot.refs {
        plumbing::restore_refs(&state.repositories[key].dir, refs);
    }
}

fn note_token(state: &mut State, call: &Call) {
    let Some(header) = call.header("authorization") else { return };
    let token = header.split_once(' ').map_or(header, |(_, token)| token.trim()).to_owned();
    let host = call.header("host").unwrap_or_default().to_owned();
    state.token_hosts.entry(token).or_default().insert(host);
}

fn handle(state: &mut State, call: &Call, body: &str) -> Reply {
    dispatch(state, call, body).unwrap_or_else(|failed| Reply {
        status: failed.status,
        headers: failed.headers,
        body: failed.body,
    })
}

fn dispatch(state: &mut State, call: &Call, body: &str) -> Answer {
    let token = auth::identify(state, call)?;
    if !body.is_empty() && call.body.is_null() && body.trim() != "null" {
        return Err(Failed::new(400, "Problems parsing JSON"));
    }
    let parts: Vec<&str> = call.parts.iter().map(String::as_str).collect();
    match (call.method.as_str(), parts.as_slice()) {
        ("POST", ["graphql"]) => Ok(graphql::answer(state, call, &token)),
        ("GET", ["user"]) => auth::user(state, &token),
        ("GET", ["rate_limit"]) => Ok(auth::rate_limit(state)),
        (method, ["repos", owner, name, rest @ ..]) => {
            let key = format!("{owner}/{name}").to_lowercase();
            if !state.repositories.contains_key(&key) {
                return Err(Failed::not_found());
            }
            pulls::sync(state, &key);
            let mut context = Context { state, key, token, call };
            if context.repository().private && !context.token.may("contents", "read") {
                return Err(Failed::not_found());
            }
            repository(&mut context, method, rest)
        }
        _ => Err(Failed::not_found()),
    }
}

fn repository(context: &mut Context<'_>, method: &str, rest: &[&str]) -> Answer {
    match rest {
        [] | [""] if method == "GET" => {
            let full = super::shapes::full_repository(context);
            Ok(Reply::ok(full))
        }
        ["git", rest @ ..] => git_data::route(context, method, rest),
        ["pulls", rest @ ..] => pulls::route(context, method, rest),
        ["issues" | "labels", ..] => issues::route(context, method, rest),
        ["deployments" | "environments", ..] => deployments::route(context, method, rest),
        ["releases", rest @ ..] => releases::route(context, method, rest),
        ["statuses" | "check-runs" | "actions" | "dispatches", ..]
        | ["commits", _, "status" | "statuses" | "check-runs"] => {
            statuses::route(context, method, rest)
        }
        ["commits" | "compare" | "branches" | "tags", ..] => commits::route(context, method, rest),
        _ => Err(Failed::not_found()),
    }
}

fn pairs(query: &str) -> BTreeMap<String, String> {
    let decode =
        |text: &str| percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned();
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (decode(name), decode(value)))
        .collect()
}
