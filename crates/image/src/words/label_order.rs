//! The order of labels: that of `localeCompare`, the root collation of Unicode.

use std::cmp::Ordering;
use std::sync::LazyLock;

/// Characters of one primary weight each, in order; `\0` stands between accents, case and variants follow
/// each other.
const ORDER: &[&str] = &[
    "\t",
    "\n",
    "\u{b}",
    "\u{c}",
    "\r",
    "\u{85}",
    " \u{a0}",
    "_",
    "-",
    ",",
    ";",
    ":",
    "!",
    "¡",
    "?",
    "¿",
    ".",
    "·",
    "'",
    "\"",
    "«",
    "»",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "§",
    "¶",
    "@",
    "*",
    "/",
    "\\",
    "&",
    "#",
    "%",
    "`",
    "´",
    "^",
    "¯",
    "¨",
    "¸",
    "°",
    "©",
    "®",
    "+",
    "±",
    "÷",
    "×",
    "<",
    "=",
    ">",
    "¬",
    "|",
    "¦",
    "~",
    "¤",
    "¢",
    "$",
    "£",
    "¥",
    "0",
    "1¹",
    "2²",
    "3³",
    "4",
    "5",
    "6",
    "7",
    "8",
    "9",
    "aAª\0áÁ\0àÀ\0âÂ\0åÅ\0äÄ\0ãÃ",
    "bB",
    "cC\0çÇ",
    "dD\0ðÐ",
    "eE\0éÉ\0èÈ\0êÊ\0ëË",
    "fF",
    "gG",
    "hH",
    "iI\0íÍ\0ìÌ\0îÎ\0ïÏ",
    "jJ",
    "kK",
    "lL",
    "mM",
    "nN\0ñÑ",
    "oOº\0óÓ\0òÒ\0ôÔ\0öÖ\0õÕ\0øØ",
    "pP",
    "qQ",
    "rR",
    "sS",
    "tT",
    "uU\0úÚ\0ùÙ\0ûÛ\0üÜ",
    "vV",
    "wW",
    "xX",
    "yY\0ýÝ\0ÿ",
    "zZ",
    "þÞ",
    "µ",
];

/// Above all accents: that of the two letters a ligature stands for.
const LIGATURE: u32 = 100;

/// One character's weights: letter, accent, case.
type Weight = (u32, u32, u32);

/// Compares two keys as the root collation of Unicode does: letters first, then accents, then case,
/// small before capital; `_` before `-` before `.` before `/` before digits before letters.
///
/// Exactly so for ASCII and Latin-1 but `¼`, `½` and `¾`. Other characters stand behind, by their number.
/// Control characters do not count.
pub fn compare(one: &str, two: &str) -> Ordering {
    let (one, two) = (weights(one), weights(two));
    let level = |weight: fn(&Weight) -> u32| one.iter().map(weight).cmp(two.iter().map(weight));
    level(|it| it.0).then_with(|| level(|it| it.1)).then_with(|| level(|it| it.2))
}

fn weights(text: &str) -> Vec<Weight> {
    let mut weights = Vec::with_capacity(text.len());
    for c in text.chars() {
        match c {
            'ß' => weights.extend([ligature('s'), weight('s')].into_iter().flatten()),
            'æ' => weights.extend([ligature('a'), weight('e')].into_iter().flatten()),
            'Æ' => weights.extend([ligature('A'), weight('E')].into_iter().flatten()),
            c => weights.extend(weight(c)),
        }
    }
    weights
}

fn ligature(c: char) -> Option<Weight> {
    weight(c).map(|(letter, _, case)| (letter, LIGATURE, case))
}

/// `None` for what does not count.
fn weight(c: char) -> Option<Weight> {
    let known = u8::try_from(c).ok().and_then(|byte| LATIN.get(usize::from(byte)).copied());
    known
        .flatten()
        .or_else(|| (!c.is_control() && c != '\u{ad}').then(|| (1000 + u32::from(c), 0, 0)))
}

/// [`ORDER`] by character: every label is looked up letter by letter, several times.
static LATIN: LazyLock<[Option<Weight>; 256]> = LazyLock::new(|| {
    let mut weights = [None; 256];
    for (letter, accents) in (0..).zip(ORDER) {
        for (accent, cases) in (0..).zip(accents.split('\0')) {
            for (case, c) in (0..).zip(cases.chars()) {
                if let Some(weight) = weights.get_mut(u32::from(c) as usize) {
                    *weight = Some((letter, accent, case));
                }
            }
        }
    }
    weights
});

#[cfg(test)]
mod tests;
