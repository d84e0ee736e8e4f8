//! The order of labels: that of `localeCompare` in JavaScript, the root collation of Unicode.
//!
//! Exact for ASCII and Latin-1, which the tests hold against ICU; characters beyond, which keys of labels
//! hardly have, come after these by their code points. The whole collation would be a fifth of the
//! program.

use std::cmp::Ordering;

/// What differs in kind, in order; letters stand for themselves and their capitals.
const PRIMARY: &str = concat!(
    "\t\n\u{b}\u{c}\r\u{85} _-,;:!¡?¿.·'\"«»()[]{}§¶@*/\\&#%`´^¯¨¸°©®+±÷×<=>¬|¦~⁄¤¢$£¥",
    "0123456789abcdefghijklmnopqrstuvwxyzþµ"
);
/// Letters that are others with a sign, and the rank of that sign.
const SIGNS: [(&str, &str); 8] = [
    ("áéíóúý", "aeiouy"),
    ("àèìòù", "aeiou"),
    ("âêîôû", "aeiou"),
    ("å", "a"),
    ("äëïöüÿ", "aeiouy"),
    ("ãñõ", "ano"),
    ("ç", "c"),
    ("øð", "od"),
];
/// The rank of the sign that tells `æ` from `ae` and `ß` from `ss`.
const JOINED: u32 = 9;
/// What is written as several others, only smaller.
const SMALL: [(char, &str); 9] = [
    ('\u{a0}', " "),
    ('¹', "1"),
    ('²', "2"),
    ('³', "3"),
    ('ª', "a"),
    ('º', "o"),
    ('¼', "1⁄4"),
    ('½', "1⁄2"),
    ('¾', "3⁄4"),
];

/// Compares two keys. Texts that differ in control characters only are equal.
pub fn compare(one: &str, other: &str) -> Ordering {
    key(one).cmp(&key(other))
}

/// Kinds, then signs, then sizes: a later difference counts only where there is no earlier one.
#[derive(Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    kinds: Vec<u32>,
    signs: Vec<u32>,
    sizes: Vec<u32>,
}

impl Key {
    fn base(&mut self, letter: char, size: u32) {
        let kind = match PRIMARY.chars().position(|known| known == letter) {
            Some(place) => u32::try_from(place).unwrap_or_default(),
            None => 1_000 + u32::from(letter),
        };
        self.kinds.push(kind);
        self.signs.push(0);
        self.sizes.push(size);
    }

    fn sign(&mut self, rank: u32) {
        self.signs.push(rank);
        self.sizes.push(0);
    }
}

fn key(text: &str) -> Key {
    let mut key = Key::default();
    for letter in text.chars() {
        if is_ignored(letter) {
            continue;
        }
        let lower = if letter <= '\u{ff}' { letter.to_lowercase().next() } else { None };
        let lower = lower.unwrap_or(letter);
        let size = u32::from(lower != letter);
        let marked = (1_u32..).zip(SIGNS).find_map(|(rank, (marked, plain))| {
            let at = marked.chars().position(|known| known == lower)?;
            Some((rank, plain.chars().nth(at)?))
        });
        if let Some((rank, plain)) = marked {
            key.base(plain, size);
            key.sign(rank);
        } else if let Some((_, written)) = SMALL.iter().find(|(small, _)| *small == letter) {
            written.chars().for_each(|one| key.base(one, 2));
        } else if let Some((first, second)) = joined(lower) {
            key.base(first, size);
            key.sign(JOINED);
            key.base(second, size);
        } else {
            key.base(lower, size);
        }
    }
    key
}

fn joined(letter: char) -> Option<(char, char)> {
    match letter {
        'æ' => Some(('a', 'e')),
        'ß' => Some(('s', 's')),
        _ => None,
    }
}

/// Control characters and the soft hyphen have no place in an order; white space among them has.
fn is_ignored(letter: char) -> bool {
    matches!(letter, '\0'..='\u{8}' | '\u{e}'..='\u{1f}' | '\u{7f}'..='\u{84}' | '\u{86}'..='\u{9f}' | '\u{ad}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_keys() {
        // From lowest to highest, as ICU has them.
        let rows = [
            "", " ", "_", "-", ".", "/", "1", "10", "2", "a", "A", "á", "à", "a_b", "a-b", "a.b",
            "a/b", "a1", "aa", "aA", "Aa", "ab", "æ", "af", "b", "org.a", "org.A", "org.a.b", "ß",
            "st", "z", "þ", "µ", "日",
        ];
        for pair in rows.windows(2) {
            assert_eq!(compare(pair[0], pair[1]), Ordering::Less, "{pair:?}");
            assert_eq!(compare(pair[1], pair[0]), Ordering::Greater, "{pair:?}");
        }
        assert_eq!(compare("a\u{1}b", "ab"), Ordering::Equal);
    }

    /// Random texts, sorted by Node.js. Needs the program `LAUNCHWAY_NODE` names.
    #[test]
    fn as_icu_has_it() {
        const SCRIPT: &str = "const rows = JSON.parse(require('fs').readFileSync(0, 'utf8'));\
            process.stdout.write(JSON.stringify(rows.map(([a, b]) => Math.sign(a.localeCompare(b)))))";
        let Some(node) = std::env::var_os("LAUNCHWAY_NODE") else {
            assert!(std::env::var_os("LAUNCHWAY_REQUIRE_TOOLS").is_none(), "Node.js is missing");
            println!("skipped: Node.js");
            return;
        };
        let mut state = 88_172_645_463_325_252_u64;
        let mut random = |below: u64| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state % below
        };
        let mut text = |from: &str| -> String {
            let letters: Vec<char> = from.chars().collect();
            let length = 1 + random(5);
            (0..length)
                .map(|_| letters[usize::try_from(random(letters.len() as u64)).unwrap()])
                .collect()
        };
        let ascii: String = (0_u8..128).map(char::from).collect();
        let latin: String = (0_u8..=255).map(char::from).collect();
        let close = "aAáÀbB_-./æeE12¹½ øoO";
        let rows: Vec<_> = [ascii.as_str(), &latin, close, "ab.-_"]
            .iter()
            .flat_map(|from| (0..3_000).map(|_| (text(from), text(from))).collect::<Vec<_>>())
            .collect();
        let mut child = std::process::Command::new(node)
            .args(["-e", SCRIPT])
            .env("LC_ALL", "C")
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        serde_json::to_writer(child.stdin.take().unwrap(), &rows).unwrap();
        let said = child.wait_with_output().unwrap().stdout;
        let said: Vec<i8> = serde_json::from_slice(&said).unwrap();
        let differing: Vec<_> = rows
            .iter()
            .zip(said)
            .filter(|((one, other), said)| compare(one, other) as i8 != *said)
            .collect();
        assert!(
            differing.is_empty(),
            "{} differ: {:?}",
            differing.len(),
            &differing[..differing.len().min(12)]
        );
    }
}
