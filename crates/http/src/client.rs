//! The client: attempts, redirects, limits.

use std::time::{Duration, Instant, SystemTime};

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, Method, header};
use launchway_base::{Deadline, VERSION, show_duration};
use reqwest::Url;

use crate::error::{caused_by, reason};
use crate::redirect::{LIMIT, Step, step, strip_secrets};
use crate::retry::{ATTEMPTS, Outcome, delay};
use crate::stream::{Download, Opened};
use crate::{HttpError, Proxies, Request, Response, tls};

/// What may differ between commands.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How long a connection may take to come about. 10 s.
    pub connect_timeout: Duration,
    /// How long one attempt may take, the body included. 60 s.
    pub timeout: Duration,
    /// How many bytes of an answer are read. 64 MiB.
    pub body_limit: usize,
    /// Bounds every attempt and every wait. None.
    pub deadline: Deadline,
    /// The proxies. Those of the environment.
    pub proxies: Option<Proxies>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(10),
            timeout: Duration::from_mins(1),
            body_limit: 64 << 20,
            deadline: Deadline::none(),
            proxies: None,
        }
    }
}

/// Sends requests under the one policy. Cheap to clone; clones share their connections.
#[derive(Clone, Debug)]
pub struct Client {
    pub(crate) inner: reqwest::Client,
    pub(crate) settings: Settings,
    proxies: Proxies,
}

impl Client {
    /// A client; fails when the proxies or root certificates of the environment cannot be used.
    pub fn new(settings: Settings) -> Result<Self, HttpError> {
        let proxies = match &settings.proxies {
            Some(proxies) => proxies.clone(),
            None => Proxies::from_env()?,
        };
        let mut builder = reqwest::Client::builder()
            .no_proxy()
            .tls_backend_preconfigured(tls::config()?)
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .connect_timeout(settings.connect_timeout)
            .user_agent(format!("launchway/{VERSION}"));
        for proxy in proxies.build()? {
            builder = builder.proxy(proxy);
        }
        let inner = builder.build().map_err(|error| HttpError::Tls {
            request: "HTTP set-up".to_owned(),
            reason: reason(&error.without_url()),
        })?;
        Ok(Self { inner, settings, proxies })
    }

    /// The same client with another deadline.
    #[must_use]
    pub fn with_deadline(mut self, deadline: Deadline) -> Self {
        self.settings.deadline = deadline;
        self
    }

    /// The deadline every request is bounded by.
    pub fn deadline(&self) -> Deadline {
        self.settings.deadline
    }

    /// Sends a request, again where [`delay`] says so, and gives back the last answer whatever its
    /// status. An `Err` means that no whole answer came.
    pub async fn send(&self, request: &Request) -> Result<Response, HttpError> {
        match self.persist(request, false).await? {
            Opened::Whole(response) => Ok(response),
            Opened::Stream(download) => Err(HttpError::Invalid {
                request: download.request,
                reason: "it was to be read as it comes".to_owned(),
            }),
        }
    }

    /// Sends a request whose good answer may be too large to be held: a 2xx answer comes as a
    /// stream, any other whole. Sent again as with [`send`](Self::send), but not once the stream
    /// has begun. The timeout holds for each piece of the body.
    pub async fn open(&self, request: &Request) -> Result<Opened, HttpError> {
        self.persist(request, true).await
    }

    async fn persist(&self, request: &Request, streamed: bool) -> Result<Opened, HttpError> {
        let most = request.attempts.unwrap_or(ATTEMPTS);
        let mut attempt = 1;
        loop {
            let result = self.follow(request, streamed).await;
            let wait = delay(request.intent, attempt, outcome(&result));
            let Some(wait) =
                wait.filter(|wait| attempt < most && self.settings.deadline.allows(*wait))
            else {
                return result;
            };
            tracing::info!(
                "{}; trying again in {} (attempt {} of {})",
                said(request, &result),
                show_duration(wait),
                attempt + 1,
                most.min(ATTEMPTS),
            );
            tokio::time::sleep(wait).await;
            attempt += 1;
        }
    }

    /// One attempt: the request and the redirects it may follow.
    async fn follow(&self, request: &Request, streamed: bool) -> Result<Opened, HttpError> {
        let mut url = request.url.clone();
        let mut headers = request.headers.clone();
        for _ in 0..=LIMIT {
            let response = match self.once(request, &url, &headers, streamed).await? {
                Opened::Whole(response) => response,
                stream @ Opened::Stream(_) => return Ok(stream),
            };
            let status = response.status.as_u16();
            match step(
                request.redirects,
                &request.method,
                &url,
                status,
                response.header("location"),
            ) {
                Step::Stop => return Ok(Opened::Whole(response)),
                Step::Refuse { target, reason } => {
                    let target = request.place(&target);
                    return Err(HttpError::Redirect { request: request.label(), target, reason });
                }
                Step::Follow { url: next, secrets } => {
                    if !secrets {
                        strip_secrets(&mut headers);
                    }
                    url = next;
                }
            }
        }
        let target = request.place(&url);
        Err(HttpError::Redirect {
            request: request.label(),
            target,
            reason: "there are too many redirects",
        })
    }

    async fn once(
        &self,
        request: &Request,
        url: &Url,
        headers: &HeaderMap,
        streamed: bool,
    ) -> Result<Opened, HttpError> {
        if self.settings.deadline.is_over() {
            return Err(HttpError::Deadline { request: request.label() });
        }
        let wanted = request.timeout.unwrap_or(self.settings.timeout);
        let timeout = self.settings.deadline.bound(wanted);
        let started = Instant::now();
        let result = self.exchange(request, url, headers, timeout, streamed).await;
        let took = started.elapsed();
        let (host, path) = (url.host_str().unwrap_or_default(), request.place(url));
        match &result {
            Ok(Opened::Stream(download)) => tracing::debug!(
                method = %request.method, host, status = download.status.as_u16(), ?took, "{path}"
            ),
            Ok(Opened::Whole(response)) => tracing::debug!(
                method = %request.method, host, status = response.status.as_u16(),
                bytes = response.body.len(), ?took, "{path}"
            ),
            Err(error) => tracing::debug!(method = %request.method, host, ?took, "{path}: {error}"),
        }
        match result {
            Err(HttpError::Timeout { request, .. }) if self.settings.deadline.is_over() => {
                Err(HttpError::Deadline { request })
            }
            result => result,
        }
    }

    async fn exchange(
        &self,
        request: &Request,
        url: &Url,
        headers: &HeaderMap,
        timeout: Duration,
        streamed: bool,
    ) -> Result<Opened, HttpError> {
        let mut builder =
            self.inner.request(request.method.clone(), url.clone()).headers(headers.clone());
        if let Some(file) = &request.file {
            let stream = file.stream().map_err(|error| HttpError::Invalid {
                request: request.label(),
                reason: error.to_string(),
            })?;
            builder = builder.body(reqwest::Body::wrap(stream));
        } else if !request.body.is_empty() {
            builder = builder.body(request.body.clone());
        }
        if !streamed {
            let builder = builder.timeout(timeout);
            let sent = builder.send().await;
            let response = sent.map_err(|error| self.fault(request, url, timeout, error))?;
            return self.whole(request, url, timeout, response).await.map(Opened::Whole);
        }
        let late = |_| HttpError::Timeout { request: request.label(), after: timeout };
        let started = Instant::now();
        let sent = tokio::time::timeout(timeout, builder.send()).await.map_err(late)?;
        let response = sent.map_err(|error| self.fault(request, url, timeout, error))?;
        if response.status().is_success() {
            let wanted = request.timeout.unwrap_or(self.settings.timeout);
            let limits = (wanted, self.settings.deadline);
            return Ok(Opened::Stream(Download::new(
                request.label(),
                url.clone(),
                limits,
                response,
            )));
        }
        let whole = self.whole(request, url, timeout, response);
        let left = timeout.saturating_sub(started.elapsed());
        tokio::time::timeout(left, whole).await.map_err(late)?.map(Opened::Whole)
    }

    /// Reads an answer to its end, within the limit.
    pub(crate) async fn whole(
        &self,
        request: &Request,
        url: &Url,
        timeout: Duration,
        mut response: reqwest::Response,
    ) -> Result<Response, HttpError> {
        let fault = |error: reqwest::Error| self.fault(request, url, timeout, error);
        let limit = request.body_limit.unwrap_or(self.settings.body_limit);
        let too_large = || HttpError::BodyTooLarge { request: request.label(), limit };
        let announced = response.content_length().unwrap_or(0);
        if request.method != Method::HEAD && announced > limit as u64 {
            return Err(too_large());
        }
        let mut body = BytesMut::new();
        while let Some(chunk) = response.chunk().await.map_err(fault)? {
            if body.len() + chunk.len() > limit {
                return Err(too_large());
            }
            body.extend_from_slice(&chunk);
        }
        let body = body.freeze();
        let asked = wait(response.headers(), SystemTime::now())
            .or_else(|| wait_in_words(response.status().as_u16(), &body));
        Ok(Response {
            status: response.status(),
            headers: response.headers().clone(),
            body,
            url: url.clone(),
            wait: asked,
            request: request.label(),
        })
    }

    pub(crate) fn fault(
        &self,
        request: &Request,
        url: &Url,
        after: Duration,
        error: reqwest::Error,
    ) -> HttpError {
        let error = error.without_url();
        let label = request.label();
        let why = reason(&error);
        if error.is_builder() {
            return HttpError::Invalid { request: label, reason: why };
        }
        if error.is_connect() {
            if caused_by::<rustls::Error>(&error) {
                return HttpError::Tls { request: label, reason: why };
            }
            if self.proxies.has(url.scheme()) && (why.contains("tunnel") || why.contains("proxy")) {
                return HttpError::Proxy { request: label, reason: why };
            }
            return HttpError::Connect { request: label, reason: why };
        }
        if error.is_timeout() {
            return HttpError::Timeout { request: label, after };
        }
        HttpError::Interrupted { request: label, reason: why }
    }
}

fn outcome(result: &Result<Opened, HttpError>) -> Outcome {
    match result {
        Ok(Opened::Stream(download)) => {
            Outcome::Answered { status: download.status.as_u16(), wait: None, limited: false }
        }
        Ok(Opened::Whole(response)) => Outcome::Answered {
            status: response.status.as_u16(),
            wait: response.wait,
            limited: limited(response.status.as_u16(), &response.body),
        },
        Err(HttpError::Connect { .. } | HttpError::Proxy { .. }) => Outcome::NotSent,
        Err(HttpError::Timeout { .. } | HttpError::Interrupted { .. }) => Outcome::Unknown,
        // Nothing of these gets better by asking again.
        Err(_) => Outcome::Answered { status: 0, wait: None, limited: false },
    }
}

fn said(request: &Request, result: &Result<Opened, HttpError>) -> String {
    match result {
        Ok(Opened::Stream(_)) => request.label(),
        Ok(Opened::Whole(response)) => {
            format!("{} answered {}", request.label(), response.status.as_u16())
        }
        Err(error) => error.to_string(),
    }
}

/// Whether a body says that a secondary limit was hit; GitHub says so only in words.
fn limited(status: u16, body: &Bytes) -> bool {
    matches!(status, 403 | 429)
        && String::from_utf8_lossy(body).to_lowercase().contains("secondary rate limit")
}

/// How long the server asks to wait: `Retry-After` in seconds, as a date or as in `123.4ms`, or the reset of an
/// exhausted `X-RateLimit-Remaining`.
fn wait(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    let until = |at: SystemTime| at.duration_since(now).unwrap_or_default();
    if let Some(after) = text(header::RETRY_AFTER.as_str()) {
        let seconds = after.parse().map(Duration::from_secs).ok();
        return seconds
            .or_else(|| httpdate::parse_http_date(after).ok().map(until))
            .or_else(|| with_units(after));
    }
    if text("x-ratelimit-remaining") != Some("0") {
        return None;
    }
    let reset: u64 = text("x-ratelimit-reset")?.parse().ok()?;
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(reset)).map(until)
}

/// How long a refusal asks to wait in its body, as GitHub's container registry does:
/// `retry-after: 123.4ms, allowed: 2000/minute`.
fn wait_in_words(status: u16, body: &Bytes) -> Option<Duration> {
    const NAME: &str = "retry-after:";
    if !matches!(status, 403 | 429) {
        return None;
    }
    // Only the start is looked at: the words of a refusal are few.
    let text = String::from_utf8_lossy(body.get(..body.len().min(4096))?).to_ascii_lowercase();
    let (_, after) = text.split_once(NAME)?;
    let end = |c: char| c.is_whitespace() || matches!(c, ',' | ';' | '"' | '}');
    let asked = after.trim_start().split(end).next()?;
    asked.parse().map(Duration::from_secs).ok().or_else(|| with_units(asked))
}

/// A time as Go writes it: `1m2.5s`, `123.4ms`, `58.9µs`.
fn with_units(text: &str) -> Option<Duration> {
    let mut rest = text.trim();
    let mut total = 0.0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !(c.is_ascii_digit() || c == '.'))?;
        let (number, after) = rest.split_at(digits);
        let letters = after.find(|c: char| c.is_ascii_digit()).unwrap_or(after.len());
        let (unit, after) = after.split_at(letters);
        let seconds = match unit {
            "ns" => 1e-9,
            "us" | "µs" | "μs" => 1e-6,
            "ms" => 1e-3,
            "s" => 1.0,
            "m" => 60.0,
            "h" => 3600.0,
            _ => return None,
        };
        total += number.parse::<f64>().ok()? * seconds;
        rest = after;
    }
    if text.trim().is_empty() { None } else { Duration::try_from_secs_f64(total).ok() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    #[test]
    fn every_way_to_ask_for_time_is_read() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777);
        let cases = [
            (vec![], None),
            (vec![("retry-after", "17")], Some(17)),
            (vec![("retry-after", "Sun, 06 Nov 1994 08:49:47 GMT")], Some(10)),
            (vec![("retry-after", "Sun, 06 Nov 1994 08:49:07 GMT")], Some(0)),
            (vec![("retry-after", "soon")], None),
            (vec![("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "784111800")], Some(23)),
            (vec![("x-ratelimit-remaining", "5"), ("x-ratelimit-reset", "784111800")], None),
        ];
        for (given, seconds) in cases {
            assert_eq!(wait(&headers(&given), now), seconds.map(Duration::from_secs), "{given:?}");
        }
    }

    #[test]
    fn a_wait_said_in_words_or_with_units_is_read() {
        let millis = |n| Some(Duration::from_millis(n));
        for (status, body, expected) in [
            (429, "toomanyrequests: retry-after: 123ms, allowed: 2000/minute", millis(123)),
            (
                429,
                r#"{"errors":[{"code":"TOOMANYREQUESTS","message":"retry-after: 1.5s"}]}"#,
                millis(1500),
            ),
            (403, "Retry-After: 2", millis(2000)),
            (429, "retry-after: soon", None),
            (429, "slow down", None),
            (500, "retry-after: 1s", None),
        ] {
            assert_eq!(wait_in_words(status, &Bytes::from(body)), expected, "{body}");
        }
        assert_eq!(with_units("1m2.5s"), millis(62_500));
        assert_eq!(with_units("163.384µs"), Some(Duration::from_nanos(163_384)));
        for bad in ["", "1", "1x", "s", "-1s", "1e400s", "1.2.3s"] {
            assert_eq!(with_units(bad), None, "{bad}");
        }
        let now = SystemTime::UNIX_EPOCH;
        assert_eq!(wait(&headers(&[("retry-after", "123ms")]), now), millis(123));
    }
}
