//! The way to a target: names, addresses, connections, proxies, TLS. What a probe needs is [`Net`].
//!
//! ```text
//! open(scheme, host, port) ─► proxy of the environment? ─► resolve ─► guard ─► connect ─► CONNECT
//! tls(stream, host)        ─► handshake ─► certificate
//! broken(error)            ─► the fault of a stream that was read or written
//! ```
//! Every step ends by `until`, with the fault of its own phase, and adds its time to the timings.

mod broken;
mod connect;
mod der;
pub mod guard;
mod lookup;
mod proxy;
mod resolve;
mod tls;
mod tls_fault;

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use http::HeaderValue;
use launchway_base::Failure;
use launchway_http::Proxies;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::Instant;
use url::Url;

use crate::attempt::{Certificate, Fault, Timings};
use crate::inputs::{AllowPrivate, Inputs, IpVersion};

pub use broken::broken;
pub use proxy::Proxy;
pub use tls::Check;
pub use tokio_rustls::client::TlsStream;

/// What is asked of the way. See the inputs of the same names.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Files with certificates of authorities, which are trusted besides the system's.
    pub ca_file: Option<PathBuf>,
    /// The client's certificate.
    pub cert_file: Option<PathBuf>,
    /// The key of the client's certificate.
    pub key_file: Option<PathBuf>,
    /// Take any certificate.
    pub insecure: bool,
    /// Lines `host:port:address[,address]`.
    pub resolve: Vec<String>,
    /// Which addresses of a name are asked.
    pub ip_version: IpVersion,
    /// Whether link-local addresses and metadata services may be asked.
    pub allow_link_local: bool,
    /// The proxies of the environment.
    pub proxies: Proxies,
}

impl Settings {
    /// The settings of the inputs and this process's environment.
    ///
    /// # Errors
    /// A proxy variable that is no URL.
    pub fn read(inputs: &Inputs) -> Result<Self, Failure> {
        let path = |given: &Option<String>| given.as_ref().map(PathBuf::from);
        Ok(Self {
            ca_file: path(&inputs.ca_file),
            cert_file: path(&inputs.cert_file),
            key_file: path(&inputs.key_file),
            insecure: inputs.insecure,
            resolve: inputs.resolve.clone(),
            ip_version: inputs.ip_version,
            allow_link_local: inputs.allow_private == Some(AllowPrivate::LinkLocal),
            proxies: Proxies::from_env().map_err(|error| {
                Failure::input(error.to_string()).with_hint(
                    "give it as `http://host:port` or `https://host:port`, or take it away for this step",
                )
            })?,
        })
    }
}

/// The way to targets. Made once, used by all probes.
#[derive(Debug)]
pub struct Net {
    resolver: resolve::Resolver,
    allow_link_local: bool,
    tls: tls::Tls,
    proxies: Proxies,
}

/// A TCP connection to a checked address.
#[derive(Debug)]
pub struct Connected {
    /// The connection, without Nagle's delay.
    pub stream: TcpStream,
    /// Where it leads: the address that was checked.
    pub address: SocketAddr,
}

/// Bytes both ways.
pub trait Io: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Io for T {}

/// Bytes both ways, of whatever kind.
pub type Stream = Box<dyn Io>;

/// A connection to a target, directly or through a proxy.
pub struct Opened {
    /// The bytes.
    pub stream: Stream,
    /// Where the connection leads: the proxy's address when there is one.
    pub address: SocketAddr,
    /// The proxy, without login: goes into the observation.
    pub proxy: Option<String>,
    /// Set when requests must name the whole URL (`GET http://host/ HTTP/1.1`), because the other end is a
    /// proxy for plain `http`.
    pub forward: Option<Forward>,
}

/// What a proxy for plain `http` wants of every request.
#[derive(Clone, Debug)]
pub struct Forward {
    /// The value of `Proxy-Authorization`. For the proxy only.
    pub authorization: Option<HeaderValue>,
}

impl Net {
    /// Reads all files and lines, so that bad ones are known before anything is asked.
    ///
    /// # Errors
    /// A file that cannot be read or holds no certificate or key; a `resolve` line that is none.
    pub fn new(settings: Settings) -> Result<Self, Failure> {
        Ok(Self {
            resolver: resolve::Resolver::new(&settings.resolve, settings.ip_version)?,
            allow_link_local: settings.allow_link_local,
            tls: tls::Tls::new(&settings)?,
            proxies: settings.proxies,
        })
    }

    /// Opens the way to a target: through the proxy that the environment names for the scheme
    /// ([`Net::proxy_for`]), else directly. The one method most probes need. `http` gets a proxy's own
    /// connection and [`Opened::forward`], all else a tunnel by `CONNECT`. No TLS to the target yet.
    ///
    /// # Errors
    /// The fault of the phase that failed.
    pub async fn open(
        &self,
        scheme: &str,
        host: &str,
        port: u16,
        until: Instant,
        timings: &mut Timings,
    ) -> Result<Opened, Fault> {
        let Some(proxy) = self.proxy_of(scheme, host) else {
            let Connected { stream, address } = self.connect(host, port, until, timings).await?;
            return Ok(Opened { stream: Box::new(stream), address, proxy: None, forward: None });
        };
        if scheme == "http" {
            proxy::forward(self, &proxy, host, until, timings).await
        } else {
            self.connect_through(&proxy, host, port, until, timings).await
        }
    }

    /// The proxy for a URL: `HTTP_PROXY` for `http`, `HTTPS_PROXY` for `https`, `tls` and `grpc(s)`, `ALL_PROXY`
    /// alone for other schemes, as with curl. Never for this machine's own names, nor for `NO_PROXY`'s.
    pub fn proxy_for(&self, url: &Url) -> Option<Proxy> {
        self.proxy_of(url.scheme(), url.host_str()?)
    }

    fn proxy_of(&self, scheme: &str, host: &str) -> Option<Proxy> {
        let kind = match scheme {
            "grpc" | "grpcs" | "tls" => "https",
            other => other,
        };
        self.proxies.server_for(kind, host).map(Proxy::new)
    }

    /// Connects directly: resolves, checks every address, tries them in parallel a little after each
    /// other. `host` may be a name, an IPv4 address or an IPv6 address with or without brackets.
    ///
    /// # Errors
    /// `dns_failure`, `address_refused`, `connection_refused`, `connect_timeout`, `reset`.
    pub async fn connect(
        &self,
        host: &str,
        port: u16,
        until: Instant,
        timings: &mut Timings,
    ) -> Result<Connected, Fault> {
        let started = Instant::now();
        let found = self.resolve(host, port, until).await;
        Timings::add(&mut timings.dns, started.elapsed());
        let addresses = found?.into_iter().map(|ip| SocketAddr::new(ip, port)).collect();
        let started = Instant::now();
        let connected = connect::race(host, addresses, until).await;
        Timings::add(&mut timings.connect, started.elapsed());
        connected
    }

    /// The addresses of a name, checked: the first is the system's preference, none is there twice.
    /// Never empty.
    ///
    /// # Errors
    /// `dns_failure`, `address_refused`.
    pub async fn resolve(
        &self,
        host: &str,
        port: u16,
        until: Instant,
    ) -> Result<Vec<IpAddr>, Fault> {
        if !self.allow_link_local {
            guard::check_name(host)?;
        }
        let addresses = self.resolver.resolve(host, port, until).await?;
        if !self.allow_link_local {
            guard::check(host, &addresses)?;
        }
        Ok(addresses)
    }

    /// Connects through a proxy by `CONNECT`. The proxy's own address is the one that is checked: what the
    /// target's name means, only the proxy knows.
    ///
    /// # Errors
    /// Those of [`Net::connect`] and, naming the proxy, what it says when it refuses.
    pub async fn connect_through(
        &self,
        proxy: &Proxy,
        host: &str,
        port: u16,
        until: Instant,
        timings: &mut Timings,
    ) -> Result<Opened, Fault> {
        proxy::tunnel(self, proxy, host, port, until, timings).await
    }

    /// Makes a stream secure. `server_name` is the host as it is written in the URL; `alpn` may be empty.
    /// The handshake's time is added to the timings.
    ///
    /// # Errors
    /// `tls_untrusted`, `tls_expired`, `tls_hostname`, `auth_failed` (the server refuses our certificate, or
    /// wants one), `protocol_error` (it does not speak TLS), `response_timeout`, `reset`.
    pub async fn tls<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        stream: S,
        server_name: &str,
        alpn: &[&[u8]],
        until: Instant,
        timings: &mut Timings,
    ) -> Result<(TlsStream<S>, Certificate), Fault> {
        self.tls_as_far(stream, server_name, alpn, Check::Host, until, timings).await
    }

    /// As [`Net::tls`], with the certificate looked at as far as is told: databases know degrees.
    ///
    /// # Errors
    /// Those of [`Net::tls`].
    pub async fn tls_as_far<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        stream: S,
        server_name: &str,
        alpn: &[&[u8]],
        check: Check,
        until: Instant,
        timings: &mut Timings,
    ) -> Result<(TlsStream<S>, Certificate), Fault> {
        let started = Instant::now();
        let made = self.tls.handshake(stream, server_name, alpn, check, until).await;
        Timings::add(&mut timings.tls, started.elapsed());
        made.map(|secured| (secured.stream, secured.certificate))
    }

    /// The same without the client's certificate, for who must not see it: a proxy, or another origin that a
    /// redirect led to.
    ///
    /// # Errors
    /// Those of [`Net::tls`].
    pub async fn tls_without_identity<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        stream: S,
        server_name: &str,
        alpn: &[&[u8]],
        until: Instant,
        timings: &mut Timings,
    ) -> Result<(TlsStream<S>, Certificate), Fault> {
        let started = Instant::now();
        let tls = self.tls.without_identity();
        let made = tls.handshake(stream, server_name, alpn, Check::Host, until).await;
        Timings::add(&mut timings.tls, started.elapsed());
        made.map(|secured| (secured.stream, secured.certificate))
    }

    /// Whether there is a client's certificate.
    pub fn has_identity(&self) -> bool {
        self.tls.has_identity()
    }

    /// Looks at a server's certificate over a stream, and waits for what the server thinks of ours: with
    /// TLS 1.3 it says so only after the handshake.
    ///
    /// # Errors
    /// Those of [`Net::tls`].
    pub async fn certificate<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        stream: S,
        server_name: &str,
        until: Instant,
        timings: &mut Timings,
    ) -> Result<Certificate, Fault> {
        let started = Instant::now();
        let made = self.tls.handshake(stream, server_name, &[], Check::Host, until).await;
        let took = started.elapsed();
        Timings::add(&mut timings.tls, took);
        made?.settled(took, until).await
    }
}
