//! Real servers, each in a folder of its own, that start and stop while somebody looks at them.

#[cfg(unix)]
pub mod mariadb;
pub mod mysql8;
pub mod nginx;
#[cfg(unix)]
pub mod postgres;
#[cfg(unix)]
mod process;
#[cfg(unix)]
pub mod redis;

use std::net::SocketAddr;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

/// A URL with a login, whatever is in it.
pub(crate) fn url(
    scheme: &str,
    address: SocketAddr,
    user: &str,
    password: Option<&str>,
    rest: &str,
) -> String {
    let encode = |text| utf8_percent_encode(text, NON_ALPHANUMERIC);
    let login = match password {
        Some(password) => format!("{}:{}@", encode(user), encode(password)),
        None if user.is_empty() => String::new(),
        None => format!("{}@", encode(user)),
    };
    format!("{scheme}://{login}{address}{rest}")
}
