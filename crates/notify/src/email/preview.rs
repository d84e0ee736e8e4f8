//! A picture of it: the letter's own HTML, with the signs of the statuses drawn.

use crate::channel::page::{SIGN, drawn};

/// The letter as a page.
pub(super) fn page(letter: &str) -> String {
    let (head, body) = letter.split_once("</style>").unwrap_or(("", letter));
    format!("{head}{SIGN}</style>{}", drawn(body))
}
