//! Our HTTP client as the service octocrab sends through.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use launchway_http::{Client, HttpError, Intent, Request};
use octocrab::OctoBody;
use tower::Service;

/// What the client knows of an answer beyond its headers.
#[derive(Clone, Debug, Default)]
pub(crate) struct Settled {
    /// How long the server asks to wait.
    pub(crate) wait: Option<Duration>,
}

#[derive(Clone, Debug)]
pub(crate) struct HttpService {
    client: Client,
}

impl HttpService {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }
}

impl Service<http::Request<OctoBody>> for HttpService {
    type Response = http::Response<Full<Bytes>>;
    type Error = HttpError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, HttpError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), HttpError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<OctoBody>) -> Self::Future {
        let client = self.client.clone();
        Box::pin(async move {
            let (parts, body) = request.into_parts();
            let sent = Request::new(parts.method, &parts.uri.to_string())?;
            let body = body.collect().await.map_err(|error| HttpError::Invalid {
                request: sent.label(),
                reason: error.to_string(),
            })?;
            let intent = parts.extensions.get::<Intent>().copied().unwrap_or(Intent::Write);
            let mut headers = parts.headers;
            // The client writes its own, from the body.
            headers.remove(http::header::CONTENT_LENGTH);
            let sent = sent.with_headers(headers).with_body(body.to_bytes()).with_intent(intent);
            let answer = client.send(&sent).await?;
            let mut response = http::Response::new(Full::new(answer.body));
            *response.status_mut() = answer.status;
            *response.headers_mut() = answer.headers;
            response.extensions_mut().insert(Settled { wait: answer.wait });
            Ok(response)
        })
    }
}
