//! The order of labels against that of the runtime the peer runs on.

use std::cmp::Ordering;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use launchway_image::words::label_order::compare;

const SCRIPT: &str = "const pairs = JSON.parse(require('fs').readFileSync(0, 'utf8'));\
    console.log(JSON.stringify(pairs.map(([a, b]) => Math.sign(a.localeCompare(b, 'en')))));";

#[test]
fn labels_stand_in_the_order_of_locale_compare() {
    let Some(node) = node() else {
        assert!(std::env::var_os("LAUNCHWAY_REQUIRE_TOOLS").is_none(), "node is missing");
        println!("skipped: node");
        return;
    };
    let latin: Vec<char> = (0..=255).map(char::from).filter(|c| !"¼½¾".contains(*c)).collect();
    let ascii: Vec<char> = "aAbBzZ019._-/ ~$=:+".chars().collect();
    let mut random = Random(5);
    let mut pairs = Vec::new();
    for round in 0..20_000 {
        let alphabet = if round % 2 == 0 { &latin } else { &ascii };
        let one: Vec<char> = (0..random.below(6)).map(|_| random.of(alphabet)).collect();
        // Half of the others differ in little, so that accents and case decide.
        let two: Vec<char> = if round % 4 < 2 {
            one.iter()
                .map(|c| if random.below(3) == 0 { random.of(alphabet) } else { *c })
                .collect()
        } else {
            (0..random.below(6)).map(|_| random.of(alphabet)).collect()
        };
        pairs.push([String::from_iter(one), String::from_iter(two)]);
    }
    let mut child = Command::new(node)
        .args(["-e", SCRIPT])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let input = serde_json::to_vec(&pairs).unwrap();
    child.stdin.take().unwrap().write_all(&input).unwrap();
    let output = child.wait_with_output().unwrap();
    let expected: Vec<i8> = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(expected.len(), pairs.len());
    for ([one, two], expected) in pairs.iter().zip(expected) {
        let expected = expected.cmp(&0);
        assert_eq!(compare(one, two), expected, "{one:?} {two:?}");
        assert!(compare(one, one) == Ordering::Equal);
    }
}

/// Node.js on the path, or the one the tests installed.
fn node() -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/tools");
    let installed = root.join("node/node_modules/node/bin/node");
    let path = std::env::var_os("PATH").unwrap_or_default();
    let on_path = std::env::split_paths(&path).map(|folder| folder.join("node"));
    std::iter::once(installed).chain(on_path).find(|node| node.is_file())
}

/// A small generator: the same pairs every time.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        usize::try_from(self.0 >> 33).unwrap() % limit
    }

    fn of(&mut self, alphabet: &[char]) -> char {
        alphabet[self.below(alphabet.len())]
    }
}
