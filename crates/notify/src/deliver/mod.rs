//! Delivery for every channel: one request at a time, and a pure rule for what comes after each.
//!
//! A channel says what an answer of its means ([`Seen`]); whether the message is sent again, and
//! when, is decided in [`policy`]; [`mod@send`] does it.

mod hide;
pub mod policy;
pub mod send;
mod settle;

pub use hide::hide;
pub use policy::{Decision, Retries, Seen, Terms, decide};
pub use send::{Ended, Sent, client, send};
pub use settle::settle;
