//! Whom a secure connection trusts.

use std::sync::{Arc, OnceLock};

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};

use crate::HttpError;

/// The system's root certificates, or those of `SSL_CERT_FILE` and `SSL_CERT_DIR`; the bundled
/// ones where the system has none, as in an empty container.
///
/// Read once, however many clients there are, and with the first secure connection: the system's are
/// hundreds of files, and who speaks to this machine only never needs them.
pub(crate) fn config() -> Result<ClientConfig, HttpError> {
    static CONFIG: OnceLock<ClientConfig> = OnceLock::new();
    if let Some(config) = CONFIG.get() {
        return Ok(config.clone());
    }
    let system = System { provider: Arc::new(ring::default_provider()), verifier: OnceLock::new() };
    let mut config = ClientConfig::builder_with_provider(Arc::clone(&system.provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| failed(error.to_string()))?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(system))
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(CONFIG.get_or_init(|| config).clone())
}

/// The root certificates every secure connection of ours trusts: the system's root certificates, or those
/// of `SSL_CERT_FILE` and `SSL_CERT_DIR`; the bundled ones where the system has none.
///
/// Reads files at every call: for who speaks TLS without a [`Client`](crate::Client), and once.
///
/// # Errors
/// The variable that names no readable certificate.
pub fn trusted_roots() -> Result<RootCertStore, String> {
    roots(named(), rustls_native_certs::load_native_certs())
}

/// The same as certificates (DER), for who brings a verifier of its own; none where the bundled ones are to be
/// used, because the system has none.
///
/// # Errors
/// The variable that names no readable certificate.
pub fn trusted_certificates() -> Result<Vec<Vec<u8>>, String> {
    let found = rustls_native_certs::load_native_certs();
    let certificates: Vec<Vec<u8>> = found
        .certs
        .iter()
        // One that cannot be read is passed over, as in the store.
        .filter(|certificate| RootCertStore::empty().add((*certificate).clone()).is_ok())
        .map(|certificate| certificate.to_vec())
        .collect();
    if certificates.is_empty() {
        roots(named(), found)?;
    }
    Ok(certificates)
}

/// The variable that names the certificates.
fn named() -> Option<&'static str> {
    ["SSL_CERT_FILE", "SSL_CERT_DIR"]
        .into_iter()
        .find(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()))
}

/// The verifier of rustls itself, made when it is needed.
#[derive(Debug)]
struct System {
    provider: Arc<CryptoProvider>,
    verifier: OnceLock<Result<Arc<WebPkiServerVerifier>, String>>,
}

impl System {
    fn verifier(&self) -> Result<&Arc<WebPkiServerVerifier>, rustls::Error> {
        let made = self.verifier.get_or_init(|| {
            let roots = trusted_roots()?;
            WebPkiServerVerifier::builder_with_provider(roots.into(), Arc::clone(&self.provider))
                .build()
                .map_err(|error| error.to_string())
        });
        made.as_ref().map_err(|reason| rustls::Error::General(reason.clone()))
    }
}

impl ServerCertVerifier for System {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let verifier = self.verifier()?;
        verifier.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.verifier()?.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.verifier()?.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

fn roots(
    named: Option<&str>,
    found: rustls_native_certs::CertificateResult,
) -> Result<RootCertStore, String> {
    let mut store = RootCertStore::empty();
    store.add_parsable_certificates(found.certs);
    if !store.is_empty() {
        return Ok(store);
    }
    if let Some(name) = named {
        // Falling back would trust more than was asked for.
        let why = found.errors.first().map_or_else(String::new, |error| format!(": {error}"));
        return Err(format!("{name} names no readable certificate{why}"));
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
        assert!(error.contains("SSL_CERT_FILE"), "{error}");
    }
}
