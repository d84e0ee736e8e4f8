//! What Teams takes.

/// The most a message may be, in bytes of JSON: 28 KB, counted as the smaller of the two ways.
pub const BYTES: usize = 28_000;
/// Buttons below a card.
pub const ACTIONS: usize = 6;
/// The text of a button; a longer one is cut by Teams.
pub const ACTION_TITLE: usize = 60;
/// The longest first line; Teams has no limit, readers have.
pub const TITLE: usize = 500;

/// Whether Teams takes it.
pub fn fits(body: &str) -> bool {
    body.len() <= BYTES
}
