//! The connection to one GitHub: addresses, token, headers, pages.

use std::sync::OnceLock;

use http::{HeaderValue, Method, header};
use http_body_util::BodyExt;
use launchway_base::{Deadline, Secret};
use launchway_http::{Client, HttpError, Intent, Request, Response, Url, origin};
use octocrab::{AuthState, Octocrab, OctocrabBuilder};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::service::{HttpService, Settled};
use crate::{ApiError, ErrorKind, RepoId, links};

/// Where and as whom.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Address of the REST API, as in `GITHUB_API_URL`.
    pub api_url: String,
    /// Address of the GraphQL API, as in `GITHUB_GRAPHQL_URL`.
    pub graphql_url: String,
    /// The token; public data can be read without one.
    pub token: Option<Secret>,
    /// Bounds every request and every wait.
    pub deadline: Deadline,
}

/// The GitHub API. Cheap to clone; clones share their connections. Used within one tokio runtime.
#[derive(Clone)]
pub struct GitHub {
    crab: OnceLock<Octocrab>,
    client: Client,
    api_url: String,
    graphql_url: String,
    token: Option<Secret>,
}

impl std::fmt::Debug for GitHub {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GitHub").field("api_url", &self.api_url).finish_non_exhaustive()
    }
}

/// What a page holds at most; GitHub's own maximum.
const PER_PAGE: usize = 100;
/// More pages than any list here has; a server that always names a next page is not followed
/// for ever.
const MOST_PAGES: usize = 500;

impl GitHub {
    /// A client. Fails when an address is no URL or the environment's TLS or proxy settings cannot
    /// be used; asks nothing of the network.
    pub fn new(settings: Settings) -> Result<Self, ApiError> {
        let http = launchway_http::Settings { deadline: settings.deadline, ..Default::default() };
        let client = Client::new(http).map_err(|error| ApiError::transport("set-up", error))?;
        Self::with_client(settings, client)
    }

    /// A client that sends through the given one; its deadline holds.
    pub fn with_client(settings: Settings, client: Client) -> Result<Self, ApiError> {
        let clean = |url: &str| -> Result<String, ApiError> {
            let url = url.trim().trim_end_matches('/');
            Request::get(url).map_err(|error| ApiError::transport("set-up", error))?;
            Ok(url.to_owned())
        };
        Ok(Self {
            crab: OnceLock::new(),
            client,
            api_url: clean(&settings.api_url)?,
            graphql_url: clean(&settings.graphql_url)?,
            token: settings.token.filter(|token| !token.is_empty()),
        })
    }

    pub(crate) fn http(&self) -> &Client {
        &self.client
    }

    pub(crate) fn api_url(&self) -> &str {
        &self.api_url
    }

    /// When everything ends.
    pub fn deadline(&self) -> Deadline {
        self.client.deadline()
    }

    /// The token it sends.
    pub fn token(&self) -> Option<&Secret> {
        self.token.as_ref()
    }

    /// octocrab under the one client policy, for what has no method here; paths below the API's
    /// address are absolute URLs. Must be called within a tokio runtime.
    fn crab(&self) -> &Octocrab {
        self.crab.get_or_init(|| {
            let built = OctocrabBuilder::new_empty()
                .with_service(HttpService::new(self.client.clone()))
                .with_auth(AuthState::None)
                .build();
            match built {
                Ok(crab) => crab,
                Err(never) => match never {},
            }
        })
    }

    /// Sends one request to a path below the API's address or to an absolute URL of the same
    /// origin, and gives back the answer whatever its status.
    pub(crate) async fn raw(
        &self,
        method: Method,
        path: &str,
        body: Option<&(impl Serialize + Sync + ?Sized)>,
    ) -> Result<Response, ApiError> {
        let url =
            if path.starts_with('/') { format!("{}{path}", self.api_url) } else { path.to_owned() };
        let read = matches!(method, Method::GET | Method::HEAD);
        let intent = if read { Intent::Read } else { Intent::Write };
        self.dispatch(method, &url, &self.api_url, body, intent).await
    }

    /// Sends a GraphQL document, which is a `POST` whatever it does.
    pub(crate) async fn raw_graphql(
        &self,
        body: &(impl Serialize + Sync + ?Sized),
        intent: Intent,
    ) -> Result<Response, ApiError> {
        self.dispatch(Method::POST, &self.graphql_url, &self.graphql_url, Some(body), intent).await
    }

    async fn dispatch(
        &self,
        method: Method,
        url: &str,
        home: &str,
        body: Option<&(impl Serialize + Sync + ?Sized)>,
        intent: Intent,
    ) -> Result<Response, ApiError> {
        let name = self.name(&method, url);
        let invalid =
            |reason: String| ApiError::new(&name, ErrorKind::Input, format!("{name}: {reason}"));
        let mut builder = http::Request::builder()
            .method(method)
            .uri(url)
            .header(header::ACCEPT, "application/vnd.github+json")
            .extension(intent);
        if let Some(token) = self.token.as_ref().filter(|_| same_origin(url, home)) {
            let mut value = HeaderValue::from_str(&format!("Bearer {}", token.expose()))
                .map_err(|_| invalid("the token has a character no token has".to_owned()))?;
            value.set_sensitive(true);
            builder = builder.header(header::AUTHORIZATION, value);
        }
        let crab = self.crab();
        let request =
            crab.build_request(builder, body).map_err(|error| invalid(error.to_string()))?;
        let answer = crab.execute(request).await.map_err(|error| failed(&name, &error))?;
        let (parts, body) = answer.into_parts();
        let body = body.collect().await.map_err(|error| failed(&name, &error))?.to_bytes();
        let settled = parts.extensions.get::<Settled>().cloned().unwrap_or_default();
        Ok(Response {
            status: parts.status,
            headers: parts.headers,
            body,
            url: Url::parse(url).map_err(|error| invalid(error.to_string()))?,
            wait: settled.wait,
            request: name,
        })
    }

    /// Sends and reads a JSON answer.
    pub(crate) async fn call<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: Option<&(impl Serialize + Sync + ?Sized)>,
    ) -> Result<T, ApiError> {
        let response = self.raw(method, path, body).await?;
        read(&response)
    }

    /// Sends a `GET` and reads a JSON answer.
    pub(crate) async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, ApiError> {
        self.call(Method::GET, path, None::<&()>).await
    }

    /// Like [`get`](Self::get), `None` for 404.
    pub(crate) async fn find<T: DeserializeOwned>(
        &self,
        path: &str,
    ) -> Result<Option<T>, ApiError> {
        match self.get(path).await {
            Ok(found) => Ok(Some(found)),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Sends and expects nothing to read.
    pub(crate) async fn tell(
        &self,
        method: Method,
        path: &str,
        body: Option<&(impl Serialize + Sync + ?Sized)>,
    ) -> Result<(), ApiError> {
        let response = self.raw(method, path, body).await?;
        success(&response)
    }

    /// All pages of a list. `path` may have a query.
    pub(crate) async fn list<T: DeserializeOwned>(&self, path: &str) -> Result<Vec<T>, ApiError> {
        let separator = if path.contains('?') { '&' } else { '?' };
        self.pages(format!("{path}{separator}per_page={PER_PAGE}")).await
    }

    /// A list from its first page on; one whose pages have no chosen size, too.
    pub(crate) async fn pages<T: DeserializeOwned>(
        &self,
        first: String,
    ) -> Result<Vec<T>, ApiError> {
        let mut all = Vec::new();
        let path = first.clone();
        let mut next = Some(first);
        for _ in 0..MOST_PAGES {
            let Some(page) = next else { return Ok(all) };
            let response = self.raw(Method::GET, &page, None::<&()>).await?;
            all.extend(read::<Vec<T>>(&response)?);
            next = response.header("link").and_then(links::next).map(str::to_owned);
            if let Some(url) = next.as_ref().filter(|url| !same_origin(url, &self.api_url)) {
                let host = Url::parse(url).map(|url| origin(&url)).unwrap_or_default();
                let reason =
                    format!("the next page is said to be at `{host}`, which is not the API");
                return Err(ApiError::unexpected(&response.request, reason));
            }
        }
        Err(ApiError::unexpected(&format!("GET {path}"), "the list has no end"))
    }

    /// Method and path below the API's address, without the query, for messages.
    fn name(&self, method: &Method, url: &str) -> String {
        let path = url.strip_prefix(self.api_url.as_str()).unwrap_or(url);
        let path = path.split(['?', '#']).next().unwrap_or_default();
        let path = if path.starts_with('/') {
            path.to_owned()
        } else {
            Url::parse(path).map(|url| url.path().to_owned()).unwrap_or_default()
        };
        format!("{method} {path}")
    }

    pub(crate) fn repo_path(repo: &RepoId, rest: &str) -> String {
        format!("{}{rest}", repo.path())
    }
}

fn same_origin(a: &str, b: &str) -> bool {
    match (Url::parse(a), Url::parse(b)) {
        (Ok(a), Ok(b)) => origin(&a) == origin(&b),
        _ => false,
    }
}

/// Itself when it is a success.
pub(crate) fn success(response: &Response) -> Result<(), ApiError> {
    if response.status.is_success() {
        return Ok(());
    }
    Err(ApiError::answered(&response.request, response))
}

/// Reads the JSON of a success.
pub(crate) fn read<T: DeserializeOwned>(response: &Response) -> Result<T, ApiError> {
    success(response)?;
    serde_json::from_slice(&response.body)
        .map_err(|error| ApiError::unexpected(&response.request, error.to_string()))
}

/// What octocrab wraps around our own error.
fn failed(name: &str, error: &octocrab::Error) -> ApiError {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if let Some(http) = error.downcast_ref::<HttpError>() {
            return ApiError::transport(name, http.clone());
        }
        cause = error.source();
    }
    ApiError::unexpected(name, error.to_string())
}
