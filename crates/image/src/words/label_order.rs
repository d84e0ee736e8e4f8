//! The order of labels: that of `localeCompare`, the root collation of Unicode.

use std::cmp::Ordering;

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
    for (letter, accents) in (0..).zip(ORDER) {
        for (accent, cases) in (0..).zip(accents.split('\0')) {
            if let Some((case, _)) = (0..).zip(cases.chars()).find(|(_, known)| *known == c) {
                return Some((letter, accent, case));
            }
        }
    }
    (!c.is_control() && c != '\u{ad}').then(|| (1000 + u32::from(c), 0, 0))
}

#[cfg(test)]
mod tests {
    use std::cmp::Ordering::{Equal, Greater, Less};

    use super::*;

    #[test]
    fn keys_are_in_the_order_of_the_root_collation() {
        for (one, two, expected) in [
            ("/-øo", ":", Greater),
            ("²", "²", Equal),
            ("$", "", Greater),
            ("a 1", "a 1$", Less),
            ("~²ª0", ".è", Greater),
            ("aAa_", "aAA_", Less),
            ("_²", "", Greater),
            ("ÆÆÆè", "ÆÆÆÈ", Less),
            (":~aª", "1", Less),
            ("0", "0ñ", Less),
            ("", "Æ", Less),
            ("²ø/0", "²ø/0", Equal),
            ("", "", Equal),
            ("=²ª.", "=²ª. ", Less),
            (" ", "oB", Less),
            ("Ø0²b", "Ø0²b", Equal),
            ("1", "", Greater),
            ("ßèèB", "ßÈèB", Less),
            ("è1", "æ:", Greater),
            ("_bb=", "_bB=Ø", Less),
            ("\u{1}", " ", Less),
            ("æ", "æ", Equal),
            ("ñ-Ø1", "æ", Greater),
            ("", "", Equal),
            ("ªbA", "AbñA", Less),
            ("é", "é", Equal),
            ("/ØÆ", "", Greater),
            ("-ØØ", "-ØØA", Less),
            ("é-oB", "_\u{1}=ß", Greater),
            ("", "", Equal),
            (":", "$:", Less),
            (" .", " ./", Less),
            ("ª.:", "æ", Less),
            ("ñ/Æ/", "Ñ/Æ/", Less),
            ("ß=ªo", " æB", Greater),
            ("", "", Equal),
            ("b ~", "ª..b", Greater),
            ("~Æb ", "~Æb ", Equal),
            ("aÆÆ", "1", Greater),
            ("", "B", Less),
            ("~_bØ", "b", Less),
            ("Øb", "ØB=", Less),
            (":_", "", Greater),
            ("oªA", "oªA_", Less),
            ("1", "=æ", Greater),
            ("", "", Equal),
            ("Æ", "", Greater),
            ("bA", "BA", Less),
            ("è/ñb", ".$BØ", Greater),
            ("/", "/$", Less),
            ("\u{1}", "ø=", Less),
            ("~èª0", "~èª01", Less),
            (".", "øØ~", Less),
            ("BbØ", "BbØ", Equal),
            ("øa", "/", Greater),
            ("", "Ø", Less),
            ("", "", Equal),
            ("Æñ ", "Æñ ", Equal),
            ("", "", Equal),
            (".a", ".a", Equal),
            ("1", "ß:A0", Less),
            ("0Øé\u{1}", "0ØÉ\u{1}", Less),
            ("a", "-Ææ", Greater),
            ("é", "Éb", Less),
            ("ª_\u{1}", "", Greater),
            ("=~é", "=~é", Equal),
            ("0a ", "/B²", Greater),
            ("", "ø", Less),
            ("a", "", Greater),
            ("  ß", "  ß", Equal),
            ("²~", "", Greater),
            ("/æa", "/ÆA", Less),
            (" ", "$ß \u{1}", Less),
            ("/0:", "/0:é", Less),
            ("Æ ", "$ñ1-", Greater),
            ("=oñ", "=oñ", Equal),
            ("_\u{1}oæ", "ª²ø", Less),
            ("=ª1", "=ª1", Equal),
            ("²æ0ß", "ø$", Less),
            (" ", " ", Equal),
            ("AA²0", "²ª_", Greater),
            ("ª/ß/", "ª/ß/", Equal),
            ("", "0øª0", Less),
            ("Æ/", "Æ/", Equal),
            ("._æ", "ªo/", Less),
            ("", "1", Less),
            (".", "æè", Less),
            ("æ²Ø", "æ²Ø", Equal),
            (".", "~b_", Less),
            ("", "", Equal),
            ("BaB$", "", Greater),
            (":", ":", Equal),
            ("/", "ñª", Less),
            ("\u{1}Æ", "\u{1}Æ", Equal),
            ("a", "a\u{1}éæ", Less),
            ("a$oæ", "A$oæ", Less),
            ("", "è.$", Less),
            ("", "0", Less),
            ("", "b", Less),
            (" AA", " AAb", Less),
            ("", "A-b-", Less),
            (" ", " ", Equal),
            ("", "ñèé", Less),
            ("ñ_", "ñ_", Equal),
            ("b", "Æñ", Greater),
            ("²A-", "²A-", Equal),
            ("Ø-", "oaæ0", Less),
            ("A", "A ", Less),
            ("èb/", "", Greater),
            ("A=", "A=é", Less),
            ("$", "æ", Less),
            (".²", ".²", Equal),
            ("-è", "", Greater),
            ("ª²øæ", "ª²øæ ", Less),
            ("B", "è-o:", Less),
            (" a", " A", Less),
            ("Ø", "", Greater),
            ("/\u{1}ª", "/\u{1}ª", Equal),
            ("Bøo_", "", Greater),
            ("ª", "ª~", Less),
        ] {
            assert_eq!(compare(one, two), expected, "{one:?} {two:?}");
            assert_eq!(compare(two, one), expected.reverse(), "{two:?} {one:?}");
        }
    }
}
