//! The built program against the fake GitHub and real git repositories.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test that cannot go on stops, and one that is left out says so"
)]

mod assets;
mod cases;
#[cfg(unix)]
mod crates;
#[cfg(unix)]
mod figures;
mod follow;
mod hostile;
mod kills;
#[cfg(unix)]
mod kills_release;
#[cfg(unix)]
mod ledger;
#[cfg(unix)]
mod market;
mod occasions;
mod people;
mod publish;
mod python;
mod race;
#[cfg(unix)]
mod release_mode;
mod schema;
#[cfg(unix)]
mod scripts;
mod shop;
#[cfg(unix)]
mod staged;
mod trees;
mod trouble;
mod version;
