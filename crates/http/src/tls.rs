//! Whom a secure connection trusts.

use std::sync::{Arc, OnceLock};

use rustls::crypto::ring;
use rustls::{ClientConfig, RootCertStore};

use crate::HttpError;

/// The system's root certificates, or those of `SSL_CERT_FILE` and `SSL_CERT_DIR`; the bundled
/// ones where the system has none, as in an empty container.
///
/// Read once: there are hundreds of files, and programs have more than one client.
pub(crate) fn config() -> Result<ClientConfig, HttpError> {
    static CONFIG: OnceLock<ClientConfig> = OnceLock::new();
    if let Some(config) = CONFIG.get() {
        return Ok(config.clone());
    }
    let config = read()?;
    Ok(CONFIG.get_or_init(|| config).clone())
}

fn read() -> Result<ClientConfig, HttpError> {
    let named = ["SSL_CERT_FILE", "SSL_CERT_DIR"]
        .into_iter()
        .find(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()));
    let roots = roots(named, rustls_native_certs::load_native_certs())?;
    let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| failed(error.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

fn roots(
    named: Option<&str>,
    found: rustls_native_certs::CertificateResult,
) -> Result<RootCertStore, HttpError> {
    let mut store = RootCertStore::empty();
    store.add_parsable_certificates(found.certs);
    if !store.is_empty() {
        return Ok(store);
    }
    if let Some(name) = named {
        // Falling back would trust more than was asked for.
        let why = found.errors.first().map_or_else(String::new, |error| format!(": {error}"));
        return Err(failed(format!("{name} names no readable certificate{why}")));
    }
    tracing::debug!("the system has no root certificates; the bundled ones are used");
    store.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    Ok(store)
}

fn failed(reason: String) -> HttpError {
    HttpError::Tls { request: "TLS set-up".to_owned(), reason }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_system_uses_the_bundled_roots_but_a_named_file_is_never_overruled() {
        let none = rustls_native_certs::CertificateResult::default;
        assert!(roots(None, none()).unwrap().len() > 50);
        let error = roots(Some("SSL_CERT_FILE"), none()).unwrap_err();
        assert!(error.to_string().contains("SSL_CERT_FILE"), "{error}");
    }
}
