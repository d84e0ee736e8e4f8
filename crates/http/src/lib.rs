//! The one HTTP client policy: TLS roots, proxies, redirects, timeouts, retries, body limits.
