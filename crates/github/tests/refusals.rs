//! What is made of every kind of answer, against a server that answers as it is told.

#![expect(clippy::unwrap_used, reason = "a test that cannot do its work stops")]

#[expect(dead_code, reason = "the HTTP tests need more of it")]
#[path = "../../http/tests/server/mod.rs"]
mod server;

use std::time::Duration;

use launchway_base::{Deadline, Fault, Kind, Secret};
use launchway_github::{
    ApiError, Created, ErrorKind, GitHub, MakeLatest, NewPull, NewRelease, PullFilter, RepoId,
    Settings, TokenKind, documents,
};
use launchway_http::{Client, Proxies, block_on};
use server::{Answer, Server};

const TOKEN: &str = "ghs_refused_swordfish";

fn repo() -> RepoId {
    "acme/tools".parse().unwrap()
}

fn hub(url: &str) -> GitHub {
    let settings = Settings {
        api_url: url.to_owned(),
        graphql_url: format!("{url}/graphql"),
        token: Some(Secret::new(TOKEN)),
        deadline: Deadline::none(),
    };
    let http = launchway_http::Settings {
        deadline: Deadline::after(Duration::from_secs(10)),
        proxies: Some(Proxies::default()),
        ..launchway_http::Settings::default()
    };
    GitHub::with_client(settings, Client::new(http).unwrap()).unwrap()
}

/// What asking for the repository ends with when the server answers so.
fn refusal(answer: Answer) -> ApiError {
    let server = Server::start(move |_, _| answer.clone());
    let hub = hub(&server.url);
    block_on(async { hub.repository(&repo()).await.unwrap_err() }).unwrap()
}

fn said(status: u16, body: &str) -> Answer {
    Answer::status(status).body(body)
}

#[test]
fn every_refusal_says_what_to_do() {
    let cases = [
        (said(401, r#"{"message":"Bad credentials"}"#), "invalid or expired"),
        (
            said(403, r#"{"message":"Resource not accessible by integration"}"#).with(
                "X-Accepted-GitHub-Permissions",
                "contents=write,pull_requests=write; issues=read",
            ),
            "`contents: write` and `pull-requests: write` or `issues: read`",
        ),
        (said(403, r#"{"message":"Resource not accessible by integration"}"#), "`permissions:`"),
        (said(403, r#"{"message":"nope"}"#), "permissions"),
        (said(404, r#"{"message":"Not Found"}"#), "may see"),
        (said(409, r#"{"message":"Conflict"}"#), "run again"),
        (said(429, r#"{"message":"x"}"#).with("Retry-After", "3600"), "1h"),
        (
            said(418, r#"{"message":"x","documentation_url":"https://docs.example/y"}"#),
            "see https://docs.example/y",
        ),
        (said(200, "<html>login</html>"), "no proxy answers"),
    ];
    for (answer, hint) in cases {
        let error = refusal(answer);
        let given = error.hint().unwrap_or_default();
        assert!(given.contains(hint), "{error}: {given}");
        assert_eq!(Fault::kind(&error), Kind::Remote);
        assert!(error.to_string().starts_with("GET /repos/acme/tools: "), "{error}");
    }
}

#[test]
fn fields_at_fault_are_named_and_secrets_are_not() {
    let body = format!(
        r#"{{"message":"Validation Failed {TOKEN}","errors":[{{"resource":"Release","field":"tag_name","code":"missing_field"}},"a {TOKEN} text"]}}"#
    );
    let error = refusal(said(422, &body));
    assert_eq!(
        error.to_string(),
        "GET /repos/acme/tools: GitHub says (422): Validation Failed ***; `tag_name` missing_field; a *** text"
    );
    assert!(matches!(&error.kind, ErrorKind::Invalid { fields } if fields.len() == 2));
    assert!(!format!("{error:?}").contains("swordfish"));
}

#[test]
fn limits_and_faults_of_values_are_told_apart() {
    let kind = |status: u16, body: &str| refusal(said(status, body)).kind.clone();
    let limited =
        r#"{"message":"You have exceeded a secondary rate limit. Please wait a few minutes"}"#;
    assert_eq!(kind(403, limited), ErrorKind::RateLimited { wait: None });
    let errors = |error: &str| format!(r#"{{"message":"Validation Failed","errors":[{error}]}}"#);
    assert_eq!(
        kind(422, &errors(r#"{"resource":"Release","code":"already_exists","field":"tag_name"}"#)),
        ErrorKind::AlreadyExists
    );
    assert_eq!(
        kind(
            422,
            &errors(r#"{"code":"custom","message":"A pull request already exists for acme:x."}"#)
        ),
        ErrorKind::AlreadyExists
    );
    assert_eq!(kind(422, r#"{"message":"Reference already exists"}"#), ErrorKind::AlreadyExists);
    assert_eq!(kind(422, r#"{"message":"Update is not a fast forward"}"#), ErrorKind::Moved);
    let reset = said(403, r#"{"message":"API rate limit exceeded"}"#)
        .with("X-RateLimit-Remaining", "0")
        .with("X-RateLimit-Reset", "99999999999");
    assert!(matches!(refusal(reset).kind, ErrorKind::RateLimited { wait: Some(_) }));
}

#[test]
fn what_is_there_already_is_no_error() {
    let body =
        r#"{"message":"Validation Failed","errors":[{"resource":"x","code":"already_exists"}]}"#;
    let server = Server::start(move |_, _| said(422, body));
    let hub = hub(&server.url);
    block_on(async {
        let pull = NewPull {
            title: "t".into(),
            body: "b".into(),
            head: "h".into(),
            base: "main".into(),
            draft: false,
        };
        assert_eq!(hub.create_pull(&repo(), &pull).await.unwrap(), Created::AlreadyThere);
        let release = NewRelease {
            tag_name: "v1".into(),
            name: "v1".into(),
            body: String::new(),
            draft: false,
            prerelease: false,
            make_latest: MakeLatest::Legacy,
            target_commitish: None,
        };
        assert_eq!(hub.create_release(&repo(), &release).await.unwrap(), Created::AlreadyThere);
    })
    .unwrap();
}

#[test]
fn a_write_is_sent_once_and_a_query_is_a_read() {
    let server = Server::start(|_, _| Answer::status(502));
    let hub = hub(&server.url);
    block_on(async {
        let error = hub.create_comment(&repo(), 1, "x").await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Server);
        assert_eq!(server.requests().len(), 1);
        hub.set_draft("PR_1", true).await.unwrap_err();
        assert_eq!(server.requests().len(), 2, "a mutation is a write");
        hub.commit_infos(&repo(), &["abc1234".to_owned()]).await.unwrap_err();
        assert_eq!(server.requests().len(), 7, "a query is a read");
    })
    .unwrap();
}

#[test]
fn requests_carry_the_headers_github_asks_for() {
    let server = Server::start(|_, _| said(200, "{}"));
    let hub = hub(&server.url);
    block_on(async { hub.repository(&repo()).await.unwrap_err() }).unwrap();
    let seen = server.requests().concat().to_lowercase();
    for header in [
        "accept: application/vnd.github+json",
        "x-github-api-version: 2022-11-28",
        "authorization: bearer ghs_refused_swordfish",
        "user-agent: launchway/",
    ] {
        assert_eq!(seen.matches(header).count(), 1, "{header} in {seen}");
    }
    assert!(!seen.contains("content-length"), "{seen}");
}

#[test]
fn the_token_stays_with_the_api() {
    let elsewhere = Server::start(|_, _| said(200, "[]"));
    let target = elsewhere.url.clone();
    let server = Server::start(move |_, request| {
        if request.starts_with("GET /repos/acme/tools/pulls") {
            said(200, "[]").with("Link", &format!("<{target}/next>; rel=\"next\""))
        } else {
            Answer::status(302).with("Location", &format!("{target}/moved"))
        }
    });
    let hub = hub(&server.url);
    block_on(async {
        let error = hub.pulls(&repo(), &PullFilter::default()).await.unwrap_err();
        assert!(error.to_string().contains("not the API"), "{error}");
        let error = hub.repository(&repo()).await.unwrap_err();
        assert!(matches!(error.kind, ErrorKind::Transport(_)), "{error:?}");
    })
    .unwrap();
    assert_eq!(elsewhere.requests(), Vec::<String>::new());
}

#[test]
fn a_renamed_repository_is_found_again() {
    let server = Server::start(|_, request| {
        if request.starts_with("GET /repositories/1 ") {
            let body = r#"{"full_name":"acme/new","html_url":"u","default_branch":"main","private":false}"#;
            said(200, body)
        } else {
            Answer::status(301).with("Location", "/repositories/1")
        }
    });
    let hub = hub(&server.url);
    let found = block_on(async { hub.repository(&repo()).await.unwrap() }).unwrap();
    assert_eq!(found.full_name, "acme/new");
}

#[test]
fn all_pages_are_read_and_hostile_names_stay_in_their_place() {
    let server = Server::start(|n, request| {
        let host = request
            .lines()
            .find_map(|line| line.strip_prefix("host: "))
            .unwrap_or_default()
            .to_owned();
        let page = |id: u64| format!(r#"[{{"id":{id},"body":"b{id}","user":null}}]"#);
        let answer = said(200, &page(n as u64));
        if n < 3 {
            answer.with("Link", &format!("<http://{host}/more?page={}>; rel=\"next\"", n + 1))
        } else {
            answer
        }
    });
    let github = hub(&server.url);
    let comments = block_on(async { github.comments(&repo(), 7).await.unwrap() }).unwrap();
    assert_eq!(comments.iter().map(|comment| comment.id).collect::<Vec<_>>(), [1, 2, 3]);

    let server = Server::start(|_, _| Answer::status(404));
    let github = hub(&server.url);
    let found =
        block_on(async { github.release_by_tag(&repo(), "../x?y=1#z\n@a/b").await.unwrap() })
            .unwrap();
    assert_eq!(found, None);
    let line = server.requests().concat().lines().next().unwrap_or_default().to_owned();
    assert_eq!(line, "GET /repos/acme/tools/releases/tags/..%2Fx%3Fy%3D1%23z%0A@a%2Fb HTTP/1.1");
}

#[test]
fn graphql_errors_are_refusals_but_for_what_is_not_there() {
    let body =
        |errors: &str| format!(r#"{{"data":{{"repository":{{"a0":null}}}},"errors":[{errors}]}}"#);
    let ask = |errors: &str| {
        let body = body(errors);
        let server = Server::start(move |_, _| said(200, &body));
        let hub = hub(&server.url);
        block_on(async { hub.pull_infos(&repo(), &[1]).await }).unwrap()
    };
    let missing = r#"{"type":"NOT_FOUND","path":["repository","a0"],"message":"no"}"#;
    assert!(ask(missing).unwrap().is_empty());
    let gone = r#"{"type":"NOT_FOUND","path":["repository"],"message":"Could not resolve to a Repository"}"#;
    assert!(ask(gone).unwrap_err().is_not_found());
    let limited = r#"{"type":"RATE_LIMITED","message":"slow down"}"#;
    let error = ask(&format!("{missing},{limited}")).unwrap_err();
    assert_eq!(error.kind, ErrorKind::RateLimited { wait: None });
    assert_eq!(error.to_string(), "query repository: GitHub says: slow down");
}

#[test]
fn whose_token_it_is_never_stops_anything() {
    let kind = |login: &'static str| {
        let server = Server::start(move |_, _| {
            said(200, &format!(r#"{{"data":{{"viewer":{{"login":"{login}"}}}}}}"#))
        });
        let hub = hub(&server.url);
        block_on(async { hub.token_kind().await.unwrap() }).unwrap()
    };
    assert_eq!(kind("github-actions[bot]"), TokenKind::Actions);
    assert_eq!(kind("my-app[bot]"), TokenKind::App);
    let server = Server::start(|_, _| Answer::status(403));
    let hub = hub(&server.url);
    let unknown = block_on(async { (hub.actor().await, hub.token_kind().await.unwrap()) }).unwrap();
    assert_eq!(unknown, (None, TokenKind::App));
}

#[test]
fn a_bad_address_or_token_is_bad_input() {
    let settings = |api: &str, token: &str| Settings {
        api_url: api.to_owned(),
        graphql_url: "http://127.0.0.1:9/graphql".to_owned(),
        token: Some(Secret::new(token)),
        deadline: Deadline::none(),
    };
    let error = GitHub::new(settings("github.example", "x")).unwrap_err();
    assert_eq!(Fault::kind(&error), Kind::Input);
    assert!(error.to_string().contains("github.example"), "{error}");
    let hub = GitHub::new(settings("http://127.0.0.1:9", "two\nlines_of_token")).unwrap();
    let error = block_on(async { hub.repository(&repo()).await.unwrap_err() }).unwrap();
    assert_eq!(Fault::kind(&error), Kind::Input);
    assert!(!error.to_string().contains("lines_of_token"), "{error}");
}

#[test]
fn every_document_is_listed_once() {
    let mut names: Vec<_> = documents().into_iter().map(|(name, _)| name).collect();
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count);
}
