//! What mail readers show.

/// Characters of a subject.
pub const SUBJECT: usize = 200;
/// The most HTML, in bytes: some readers cut what is longer than 102 KB.
pub const HTML: usize = 100_000;
/// The most people one message goes to; servers take at least these.
pub const RECIPIENTS: usize = 100;

/// The most bytes of all files attached. Many servers take letters of up to 20 to 25 MB, and a file is a third longer
/// there.
pub const ATTACHED: u64 = 10_000_000;

/// Whether a reader shows all of it.
pub fn fits(letter: &super::render::Letter) -> bool {
    letter.html.len() <= HTML && letter.text.len() <= HTML
}
