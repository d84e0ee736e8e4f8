//! What is secret in the text of a command, by what stands before it.

use std::ops::Range;
use std::sync::LazyLock;

use launchway_base::Secret;
use regex::Regex;

/// Shorter values are left out where the command is shown, and are not masked elsewhere: that would blot
/// out other words.
const SHORTEST: usize = 6;

/// Each first group that is there is a secret.
const SECRETS: &[&str] = &[
    // The password of a URL, to the first `@` and to the last: it may hold one itself.
    r#":// [^/\s:@'"]* : ([^\s@'"]+) @"#,
    r#":// [^/\s:@'"]* : ([^\s'"]+) @"#,
    // A header, which goes on to the end of its quotes.
    r#"\b (?: authorization | cookie ) \s* : \s* ([^'"\r\n]+)"#,
    r#"\b (?: bearer | basic ) \s+ ([^\s'"]+)"#,
    // `name=value`, `name: value`, `"name": "value"`
    r#"(?: NAME ) ["']? \s* (?: = \s* | : \s* ) VALUE"#,
    // `--name value`
    r"(?: ^ | \s ) --? [a-z-]* (?: NAME ) \s+ VALUE",
    // `--user name:password`, as curl has it.
    r#"\s (?: -u | --(?:proxy-)?user ) [\s=]* (?: ' [^':]+ : ([^']+) | " [^":]+ : ([^"]+) | [^\s'":]+ : WORD )"#,
    // The short forms of clients of databases.
    r"\b redis-cli \b .*? \s -a \s* VALUE",
    r"\b (?: mysql | mariadb ) [a-z-]* \b .*? \s -p VALUE",
    r"\b (?: sshpass | mongosh? | cqlsh ) \b .*? \s -p \s* VALUE",
];
const NAME: &str = "pass | passwd | password | passphrase | pwd | token | secret | credentials? | \
                    api[-_]?key | (?: access | private | auth | account )[-_]?key";
const VALUE: &str = r#"(?: ' ([^']*) ' | " ((?: \\. | [^"\\] )*) " | WORD )"#;
/// To the next blank or sign of a shell that ends a word.
const WORD: &str = r#"( (?: \\. | [^\s'"\\;&|<>)] )+ )"#;

static PATTERNS: LazyLock<Vec<Regex>> =
    LazyLock::new(|| SECRETS.iter().filter_map(|pattern| read(pattern).ok()).collect());

fn read(pattern: &str) -> Result<Regex, regex::Error> {
    let pattern = pattern.replace("VALUE", VALUE).replace("NAME", NAME).replace("WORD", WORD);
    Regex::new(&format!("(?xi){pattern}"))
}

/// Where secrets stand; one may stand in another.
fn places(line: &str) -> Vec<Range<usize>> {
    let mut places: Vec<Range<usize>> = Vec::new();
    for pattern in PATTERNS.iter() {
        let found = pattern.captures_iter(line);
        let found = found.filter_map(|found| found.iter().skip(1).flatten().next());
        // A variable is none yet.
        let found = found.filter(|value| !value.is_empty() && !value.as_str().starts_with('$'));
        places.extend(found.map(|value| value.range()));
    }
    places
}

/// The line with `***` in these places.
fn without(line: &str, mut places: Vec<Range<usize>>) -> String {
    places.sort_by_key(|place| place.start);
    places.dedup_by(|next, place| {
        let is_one = next.start <= place.end;
        if is_one {
            place.end = place.end.max(next.end);
        }
        is_one
    });
    let mut shown = line.to_owned();
    for place in places.into_iter().rev() {
        shown.replace_range(place, "***");
    }
    shown
}

/// Masks a value, as it stands there and as it is meant.
fn mask(value: &str) {
    if value.len() >= SHORTEST {
        Secret::new(value);
        Secret::new(value.replace('\\', ""));
    }
}

/// The command with `***` for all that is secret in it by the word before it. The longer ones are masked
/// wherever they appear from here on.
pub(super) fn hide(line: &str) -> String {
    let places = places(line);
    places.iter().filter_map(|place| line.get(place.clone())).for_each(mask);
    without(line, places)
}

#[cfg(test)]
mod tests {
    use launchway_base::redact::redact;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn all_patterns_are_read() {
        for pattern in SECRETS {
            read(pattern).unwrap();
        }
    }

    #[test]
    fn secrets_are_hidden() {
        for (line, shown) in [
            ("psql postgres://app:sesame-01@db/shop", "psql postgres://app:***@db/shop"),
            ("psql postgres://app:sesame/0@2@db/shop", "psql postgres://app:***@db/shop"),
            ("curl https://h:80/x https://me@h/", "curl https://h:80/x https://me@h/"),
            ("curl -H 'Authorization: Bearer sesame-04' h", "curl -H 'Authorization: ***' h"),
            ("curl -H \"Authorization: token sesame-05\" h", "curl -H \"Authorization: ***\" h"),
            ("curl -H 'Cookie: a=sesame-06; b=c' h", "curl -H 'Cookie: ***' h"),
            ("curl -H 'X-Api-Key: sesame-07' h", "curl -H 'X-Api-Key: ***' h"),
            ("curl -u admin:sesame-08 h", "curl -u admin:*** h"),
            ("curl -u 'admin:sesame two words' h", "curl -u 'admin:***' h"),
            ("curl --user=admin:sesame-10 h", "curl --user=admin:*** h"),
            (
                "curl -d '{\"password\": \"sesame two\", \"a\": 1}' h",
                "curl -d '{\"password\": \"***\", \"a\": 1}' h",
            ),
            (
                "tool --api-token sesame-12 --password='sesame 13'",
                "tool --api-token *** --password='***'",
            ),
            ("tool --password 'sesame horse battery' x", "tool --password '***' x"),
            ("tool --password sesame\\ horse x", "tool --password *** x"),
            ("tool --pass=abc --pwd x", "tool --pass=*** --pwd ***"),
            ("env PGPASSWORD=sesame-17 psql", "env PGPASSWORD=*** psql"),
            (
                "sh -c 'curl \"https://h/?token=sesame-18&x=plain\"'",
                "sh -c 'curl \"https://h/?token=***&x=plain\"'",
            ),
            ("sh -c 'PGPASSWORD=sesame-19; psql'", "sh -c 'PGPASSWORD=***; psql'"),
            ("redis-cli -h db -a sesame-20 ping", "redis-cli -h db -a *** ping"),
            ("mysqladmin ping -psesame-21 -h db", "mysqladmin ping -p*** -h db"),
            (
                "tool --token $TOKEN \"$TOKEN\" token checking",
                "tool --token $TOKEN \"$TOKEN\" token checking",
            ),
            ("mysql -h db -P 3306 --protocol=tcp", "mysql -h db -P 3306 --protocol=tcp"),
            ("sshpass -p sesame-23 ssh h", "sshpass -p *** ssh h"),
            ("mongosh --quiet -p sesame-24 -u me", "mongosh --quiet -p *** -u me"),
            ("test -f ready", "test -f ready"),
        ] {
            assert_eq!(hide(line), shown);
            assert!(!redact(line).contains("sesame"), "{}", redact(line));
        }
        assert_eq!(redact("checking"), "checking");
    }

    proptest! {
        #[test]
        fn any_text_can_be_shown(line in r#"(--password|token=|://a:|-u |[ '"\\@é:=x]){0,12}"#) {
            let _ = without(&line, places(&line));
        }
    }
}
