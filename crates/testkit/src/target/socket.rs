//! Ports that stay ours, and a port that swallows what is sent to it.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use super::{Family, TcpListener, TcpSocket, TcpStream, ip};

/// Whether `::1` can be used here.
pub fn has_ipv6() -> bool {
    std::net::TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).is_ok()
}

/// Sockets bound to one free port of these addresses, none of them listening: the system refuses
/// connections and gives the port to nobody else. Both sides may be bound again (`SO_REUSEADDR`),
/// so that a listener can come and go beside them.
pub(super) fn reserve(family: Family) -> (Vec<TcpSocket>, Vec<SocketAddr>) {
    'ports: for _ in 0..50 {
        let (mut kept, mut addresses) = (Vec::new(), Vec::<SocketAddr>::new());
        for ip in ip(family) {
            let port = addresses.first().map_or(0, SocketAddr::port);
            let socket = socket(ip.is_ipv4());
            if socket.bind((ip, port).into()).is_err() {
                assert!(port != 0, "{ip} cannot be used on this machine");
                continue 'ports;
            }
            addresses.push(socket.local_addr().expect("a bound socket has an address"));
            kept.push(socket);
        }
        return (kept, addresses);
    }
    panic!("no port is free at both addresses");
}

fn socket(v4: bool) -> TcpSocket {
    let socket = if v4 { TcpSocket::new_v4() } else { TcpSocket::new_v6() };
    let socket = socket.expect("a socket can be made");
    socket.set_reuseaddr(true).expect("a socket can share its address");
    socket
}

/// Listens at a reserved port; inside of a runtime.
pub(super) fn listen(address: SocketAddr, backlog: u32) -> TcpListener {
    let socket = socket(address.is_ipv4());
    socket.bind(address).expect("the port is ours");
    socket.listen(backlog).expect("the target does not listen yet")
}

/// A port on `127.0.0.1` for a server of another process, which may come and go: the system gives
/// it to nobody else until this is dropped.
#[derive(Debug)]
pub struct Reserved {
    address: SocketAddr,
    _kept: Vec<TcpSocket>,
}

impl Reserved {
    /// A free one. Servers that bind with `SO_REUSEADDR`, as nearly all do, can listen there.
    #[expect(clippy::new_without_default, reason = "a port is no empty value")]
    pub fn new() -> Self {
        let (kept, addresses) = reserve(Family::V4);
        Self { address: addresses[0], _kept: kept }
    }

    /// Its address.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

/// A port on `127.0.0.1` that swallows every connection: its queue is full, so that the system
/// answers no SYN.
#[derive(Debug)]
pub struct BlackHole {
    address: SocketAddr,
    _listener: TcpListener,
    _queued: Vec<TcpStream>,
    _runtime: tokio::runtime::Runtime,
}

impl BlackHole {
    /// From now on.
    pub fn open() -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime can be built");
        let (listener, queued) = runtime.block_on(async {
            let listener = listen((Ipv4Addr::LOCALHOST, 0).into(), 1);
            let address = listener.local_addr().expect("a bound socket has an address");
            let mut queued = Vec::new();
            loop {
                let connect = TcpStream::connect(address);
                match tokio::time::timeout(Duration::from_millis(100), connect).await {
                    Ok(stream) => queued.push(stream.expect("a connection to itself")),
                    Err(_) => return (listener, queued),
                }
                assert!(queued.len() < 100, "the queue of a listener never fills here");
            }
        });
        let address = listener.local_addr().expect("a bound socket has an address");
        Self { address, _listener: listener, _queued: queued, _runtime: runtime }
    }

    /// Where it is.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// `http://127.0.0.1:<port>` and this path, which begins with `/`.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }
}
