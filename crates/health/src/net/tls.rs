//! Secure connections, and whose certificate it was that made one fail.

use std::io::ErrorKind;
use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use launchway_base::Failure;
use launchway_runtime::files;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{ResolvesClientCert, Resumption, WebPkiServerVerifier, verify_server_name};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::sign::CertifiedKey;
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::{Instant, timeout_at};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::tls_fault::handshake_fault;
use super::{Settings, broken, der, guard};
use crate::attempt::{Certificate, Fault};
use crate::foreign;
use crate::reason::Reason;

/// A certificate file of more bytes is none.
const MOST_BYTES: u64 = 16 * 1024 * 1024;
/// How long a server that asked for a certificate may take to refuse it, at least.
const SETTLE: Duration = Duration::from_millis(200);

/// What is looked at in a server's certificate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Check {
    /// Whom it comes from, and whether it is for this host.
    #[default]
    Host,
    /// Whom it comes from: `sslmode=verify-ca` of libpq.
    Authority,
    /// Nothing: `sslmode=require` of libpq.
    Nothing,
}

/// Makes connections secure.
#[derive(Debug)]
pub(super) struct Tls {
    config: ClientConfig,
    trust: Arc<Trust>,
}

/// A secure stream and what was learned on the way.
pub(super) struct Secured<S> {
    pub(super) stream: TlsStream<S>,
    pub(super) certificate: Certificate,
    /// Whether the server wanted a certificate of ours. With TLS 1.3 it says only after the handshake what it
    /// thinks of it.
    pub(super) was_asked: bool,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Secured<S> {
    /// The certificate, once the server has had the time to refuse ours, if it asked for one. Says goodbye.
    pub(super) async fn settled(
        mut self,
        handshake: Duration,
        until: Instant,
    ) -> Result<Certificate, Fault> {
        if self.was_asked {
            // Its answer is one way there and back behind the handshake, which was two or three.
            let patience = handshake.saturating_mul(2).max(SETTLE);
            let limit = until.min(Instant::now() + patience);
            if let Ok(Err(error)) = timeout_at(limit, self.stream.read(&mut [0; 64])).await {
                let fault = broken(&error);
                // That it goes without a goodbye, having been told nothing, is its right.
                if error.kind() == ErrorKind::InvalidData || fault.reason == Reason::AuthFailed {
                    return Err(fault);
                }
            }
        }
        let limit = until.min(Instant::now() + SETTLE);
        let _ = timeout_at(limit, self.stream.shutdown()).await;
        Ok(self.certificate)
    }
}

impl Tls {
    /// Reads the files. The system's roots are read with the first handshake.
    pub(super) fn new(settings: &Settings) -> Result<Self, Failure> {
        let provider = Arc::new(ring::default_provider());
        let named = settings
            .ca_file
            .as_deref()
            .map(|path| of("ca-file", certificates(path)))
            .transpose()?
            .unwrap_or_default();
        let mut extra = RootCertStore::empty();
        for certificate in &named {
            extra.add(certificate.clone()).map_err(|error| {
                let path = settings.ca_file.as_deref().unwrap_or(Path::new("")).display();
                Failure::input(format!(
                    "`ca-file`: `{path}` holds a certificate that cannot be read: {error}"
                ))
            })?;
        }
        let trust = Arc::new(Trust {
            provider: Arc::clone(&provider),
            insecure: settings.insecure,
            named,
            extra,
            verifier: OnceLock::new(),
        });
        let verifier: Arc<dyn ServerCertVerifier> =
            Arc::new(Witness::new(&trust, None, Check::Host));
        let builder = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| Failure::internal(format!("TLS cannot be set up: {error}")))?
            .dangerous()
            .with_custom_certificate_verifier(verifier);
        let mut config = match (&settings.cert_file, &settings.key_file) {
            (Some(certificate), Some(key)) => {
                let chain = of("cert-file", certificates(certificate))?;
                let private = of("key-file", private_key(key))?;
                builder.with_client_auth_cert(chain, private).map_err(|error| {
                    Failure::input(format!(
                        "the key in `{}` cannot be used with the certificate in `{}`: {error}",
                        key.display(),
                        certificate.display()
                    ))
                })?
            }
            (None, None) => builder.with_no_client_auth(),
            _ => {
                return Err(Failure::input("`cert-file` and `key-file` belong together")
                    .with_hint("give both, or neither"));
            }
        };
        // Every look is at the certificate of now, not at that of the last session.
        config.resumption = Resumption::disabled();
        Ok(Self { config, trust })
    }

    /// Whether there is a client's certificate to show.
    pub(super) fn has_identity(&self) -> bool {
        self.config.client_auth_cert_resolver.has_certs()
    }

    /// The same, for who must not see the client's certificate.
    pub(super) fn without_identity(&self) -> Self {
        let (mut config, trust) = (self.config.clone(), Arc::clone(&self.trust));
        config.client_auth_cert_resolver = Arc::new(Witness::new(&trust, None, Check::Host));
        Self { config, trust }
    }

    /// Speaks first.
    pub(super) async fn handshake<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        stream: S,
        host: &str,
        alpn: &[&[u8]],
        check: Check,
        until: Instant,
    ) -> Result<Secured<S>, Fault> {
        let shown = foreign::quote(host.as_bytes());
        let name = server_name(host).ok_or_else(|| {
            let detail = format!("`{shown}` is no name that a certificate can be for");
            Fault::new(Reason::TlsHostname, detail)
        })?;
        let identity = Some(&self.config.client_auth_cert_resolver);
        let witness = Arc::new(Witness::new(&self.trust, identity, check));
        let mut config = self.config.clone();
        config.alpn_protocols = alpn.iter().map(|protocol| protocol.to_vec()).collect();
        config.dangerous().set_certificate_verifier(Arc::clone(&witness) as _);
        config.client_auth_cert_resolver = Arc::clone(&witness) as _;
        let connector = TlsConnector::from(Arc::new(config));
        let made = timeout_at(until, connector.connect(name, stream)).await;
        let seen = witness.seen.get().cloned();
        let was_asked = witness.was_asked.get().is_some();
        match (made, seen) {
            (Ok(Ok(stream)), Some(leaf)) => {
                let certificate =
                    Certificate { subject: leaf.subject, not_after_unix: leaf.not_after };
                Ok(Secured { stream, certificate, was_asked })
            }
            (Ok(Ok(_)), None) => {
                let detail = format!("the certificate of `{shown}` cannot be read");
                Err(Fault::new(Reason::TlsUntrusted, detail))
            }
            (Ok(Err(error)), leaf) => {
                let refused = was_asked && !witness.has_certs();
                Err(handshake_fault(&shown, &error, leaf.as_ref(), refused))
            }
            (Err(_), _) => Err(Fault::new(
                Reason::ResponseTimeout,
                format!(
                    "`{shown}` takes the connection but does not finish the TLS handshake in time"
                ),
            )),
        }
    }
}

/// The name or address a certificate must be for.
fn server_name(host: &str) -> Option<ServerName<'static>> {
    if let Some(address) = guard::literal(host) {
        return Some(ServerName::IpAddress(address.into()));
    }
    let url::Host::Domain(name) = url::Host::parse(host.trim_end_matches('.')).ok()? else {
        return None;
    };
    ServerName::try_from(name).ok()
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let shown = path.display();
    let bytes = files::read_start(path, MOST_BYTES + 1)?;
    if u64::try_from(bytes.len()).is_ok_and(|read| read <= MOST_BYTES) {
        return Ok(bytes);
    }
    Err(Failure::input(format!("`{shown}` is no certificate or key file")))
}

/// What an input's file holds; a failure names the input.
fn of<T>(input: &str, held: Result<T, Failure>) -> Result<T, Failure> {
    held.map_err(|failure| failure.while_doing(&format!("`{input}`")))
}

/// All certificates of a PEM file; at least one.
fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, Failure> {
    let shown = path.display();
    let bytes = read(path)?;
    let found = CertificateDer::pem_slice_iter(&bytes)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| Failure::input(format!("`{shown}` is not in PEM form: {error}")))?;
    if found.is_empty() {
        return Err(Failure::input(format!("`{shown}` holds no certificate in PEM form"))
            .with_hint("a PEM file has lines `-----BEGIN CERTIFICATE-----`; `openssl x509 -inform der` makes one of a DER file"));
    }
    Ok(found)
}

/// The private key of a PEM file: PKCS #8, PKCS #1 or SEC 1.
fn private_key(path: &Path) -> Result<PrivateKeyDer<'static>, Failure> {
    let shown = path.display();
    let bytes = read(path)?;
    PrivateKeyDer::from_pem_slice(&bytes).map_err(|_| {
        let failure = Failure::input(format!("`{shown}` holds no private key that can be read"));
        if bytes.windows(9).any(|window| window == b"ENCRYPTED") {
            failure.with_hint("the key has a pass phrase: take it off with `openssl pkey`")
        } else {
            failure.with_hint("a PEM file has a line `-----BEGIN PRIVATE KEY-----`")
        }
    })
}

/// Whom all connections trust.
#[derive(Debug)]
struct Trust {
    provider: Arc<CryptoProvider>,
    insecure: bool,
    /// The certificates of `ca-file`.
    named: Vec<CertificateDer<'static>>,
    /// The same as anchors.
    extra: RootCertStore,
    verifier: OnceLock<Result<Arc<WebPkiServerVerifier>, String>>,
}

impl Trust {
    fn verifier(&self) -> Result<&Arc<WebPkiServerVerifier>, Error> {
        let made = self.verifier.get_or_init(|| {
            let mut roots = launchway_http::trusted_roots()?;
            roots.extend(self.extra.roots.iter().cloned());
            WebPkiServerVerifier::builder_with_provider(roots.into(), Arc::clone(&self.provider))
                .build()
                .map_err(|error| error.to_string())
        });
        made.as_ref().map_err(|reason| Error::General(reason.clone()))
    }

    /// What to think of a certificate that is itself in `ca-file`: `openssl req -x509` makes one that is its own
    /// authority, and webpki takes no authority for a server. `None` when it is not there.
    fn named(
        &self,
        leaf: &CertificateDer<'_>,
        name: Option<&ServerName<'_>>,
    ) -> Option<Result<ServerCertVerified, Error>> {
        if !self.named.iter().any(|named| named == leaf) {
            return None;
        }
        let fits = || match name {
            Some(name) => verify_server_name(&ParsedCertificate::try_from(leaf)?, name),
            None => Ok(()),
        };
        Some(fits().map(|()| ServerCertVerified::assertion()))
    }
}

/// The verifier and the identity of one connection, which remember what they saw.
#[derive(Debug)]
struct Witness {
    trust: Arc<Trust>,
    check: Check,
    identity: Option<Arc<dyn ResolvesClientCert>>,
    seen: OnceLock<der::Leaf>,
    was_asked: OnceLock<()>,
}

impl Witness {
    fn new(
        trust: &Arc<Trust>,
        identity: Option<&Arc<dyn ResolvesClientCert>>,
        check: Check,
    ) -> Self {
        let (trust, identity) = (Arc::clone(trust), identity.map(Arc::clone));
        Self { trust, check, identity, seen: OnceLock::new(), was_asked: OnceLock::new() }
    }

    fn takes_any(&self) -> bool {
        self.trust.insecure || self.check == Check::Nothing
    }
}

impl ServerCertVerifier for Witness {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        above: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if let Some(read) = der::read(leaf) {
            let _ = self.seen.set(read);
        }
        if self.takes_any() {
            return Ok(ServerCertVerified::assertion());
        }
        let verified = self.trust.verifier()?.verify_server_cert(leaf, above, name, ocsp, now);
        let Err(error) = verified else { return verified };
        let name = (self.check == Check::Host).then_some(name);
        let Error::InvalidCertificate(why) = &error else { return Err(error) };
        // Its time is what is looked at first, the name last: all before the name is right then.
        match why {
            CertificateError::Expired
            | CertificateError::ExpiredContext { .. }
            | CertificateError::NotValidYet
            | CertificateError::NotValidYetContext { .. } => Err(error),
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. }
                if name.is_none() =>
            {
                Ok(ServerCertVerified::assertion())
            }
            _ => self.trust.named(leaf, name).unwrap_or(Err(error)),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        if self.takes_any() {
            return Ok(HandshakeSignatureValid::assertion());
        }
        let algorithms = &self.trust.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, leaf, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        if self.takes_any() {
            return Ok(HandshakeSignatureValid::assertion());
        }
        let algorithms = &self.trust.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, leaf, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.trust.provider.signature_verification_algorithms.supported_schemes()
    }
}

impl ResolvesClientCert for Witness {
    fn resolve(&self, hints: &[&[u8]], schemes: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        let _ = self.was_asked.set(());
        self.identity.as_ref()?.resolve(hints, schemes)
    }

    fn has_certs(&self) -> bool {
        self.identity.as_ref().is_some_and(|identity| identity.has_certs())
    }
}
