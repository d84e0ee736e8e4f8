//! The one HTTP client policy: TLS roots, proxies, redirects, timeouts, retries, body limits.
//!
//! A [`Client`] sends a [`Request`] and gives back a whole [`Response`], whatever its status; what
//! a status means is the caller's knowledge. What never varies stands here: a secret goes to one
//! origin only, a write is repeated only when the server said it did nothing, nothing is read
//! without a limit, and no attempt or wait outlasts the command's deadline.

mod client;
mod error;
mod file;
mod proxy;
mod redirect;
mod request;
mod response;
pub mod retry;
mod runtime;
mod stream;
mod tls;

pub use client::{Client, Settings};
pub use error::HttpError;
pub use file::FileBody;
pub use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
pub use proxy::{Proxies, ProxyServer};
pub use redirect::Redirects;
pub use request::{Request, origin};
pub use reqwest::Url;
pub use response::Response;
pub use retry::Intent;
pub use runtime::block_on;
pub use stream::{Download, Incoming, Opened};
pub use tls::{trusted_certificates, trusted_roots};
