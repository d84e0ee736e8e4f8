//! Workflows in a real runner.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test says by a panic what is wrong"
)]

mod cancel;
mod ci;
mod dispatch;
mod events;
mod first;
mod languages;
mod machine;
mod shop;
mod story;
