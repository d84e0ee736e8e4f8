//! Who is called.

use launchway_base::Failure;
use launchway_runtime::Session;

use super::people::People;
use crate::line;
use crate::message::Mention;
use crate::status::Status;

/// A message calls no more than these.
const MOST: usize = 50;

/// Reads lines of names, those of other statuses left out. Warns of names nobody has an id for.
pub(super) fn read(
    session: &Session,
    lines: &[String],
    people: &People,
    status: Status,
) -> Result<Vec<Mention>, Failure> {
    let mut mentions = parse(lines, people, status)?;
    let unknown: Vec<_> = mentions
        .iter()
        .filter_map(|mention| match mention {
            Mention::Name(name) => Some(format!("`{name}`")),
            _ => None,
        })
        .collect();
    if !unknown.is_empty() {
        session.warn(&format!(
            "`mentions`: {} calls nobody, no id is known for it; give one in `people-file`",
            unknown.join(", ")
        ));
    }
    if mentions.len() > MOST {
        session.warn(&format!("`mentions`: only the first {MOST} are called"));
        mentions.truncate(MOST);
    }
    Ok(mentions)
}

fn parse(lines: &[String], people: &People, status: Status) -> Result<Vec<Mention>, Failure> {
    let mut mentions = Vec::new();
    for text in lines.iter().flat_map(|lines| lines.lines()) {
        let who = match text.split_once(':') {
            None => text,
            Some((when, who)) => {
                let statuses: Result<Vec<Status>, _> =
                    when.split([',', '|']).map(str::parse).collect();
                let statuses = statuses.map_err(|reason| {
                    Failure::input(format!("`{}` in `mentions`: {reason}", line::one(text, 60)))
                        .with_hint("write `failure: @octocat`, or `@octocat` for every status")
                })?;
                if !statuses.contains(&status) {
                    continue;
                }
                who
            }
        };
        for one in who.split([',', ' ', '\t']).filter_map(|one| mention(one.trim(), people)) {
            if !mentions.contains(&one) {
                mentions.push(one);
            }
        }
    }
    Ok(mentions)
}

fn mention(text: &str, people: &People) -> Option<Mention> {
    let bare = text.trim_start_matches('@');
    if let Some(id) = people.get(&bare.to_lowercase()) {
        return known(id).or_else(|| Some(Mention::User(line::one(id, 200))));
    }
    // People write ids as they write names: `@U012AB3CD`.
    if let Some(known) = known(text).or_else(|| known(bare)) {
        return Some(known);
    }
    let name = line::one(bare, 60);
    (!name.is_empty()).then_some(Mention::Name(name))
}

/// What is an id by its form: of Slack, of Discord (digits), of Teams (an address or a GUID).
fn known(text: &str) -> Option<Mention> {
    let inner = text.strip_prefix('<').and_then(|text| text.strip_suffix('>'));
    // `<@U1|name>`
    let inner = inner.map(|inner| inner.split('|').next().unwrap_or_default());
    match inner.unwrap_or(text) {
        "@here" | "!here" => return Some(Mention::Here),
        "@channel" | "!channel" => return Some(Mention::Channel),
        "@everyone" | "!everyone" => return Some(Mention::Everyone),
        _ => {}
    }
    let upper = |id: &str, starts: &[char]| {
        id.len() >= 2
            && id.starts_with(starts)
            && id.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
    };
    let digits = |id: &str| (15..=20).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_digit());
    let user = |id: &str| Some(Mention::User(id.to_owned()));
    let group = |id: &str| Some(Mention::Group(id.to_owned()));
    if let Some(inner) = inner {
        let id = inner.strip_prefix("!subteam^").or_else(|| inner.strip_prefix("@&"));
        if let Some(id) = id {
            return (upper(id, &['S']) || digits(id)).then(|| Mention::Group(id.to_owned()));
        }
        let id = inner.strip_prefix("@!").or_else(|| inner.strip_prefix('@'))?;
        return (upper(id, &['U', 'W', 'B']) || digits(id)).then(|| Mention::User(id.to_owned()));
    }
    let looks = |id: &str| id.len() >= 9 && id.bytes().any(|b| b.is_ascii_digit());
    match text {
        id if looks(id) && upper(id, &['U', 'W']) => user(id),
        id if looks(id) && upper(id, &['S']) => group(id),
        id if digits(id) => user(id),
        id if is_address(id) || is_guid(id) => user(id),
        _ => None,
    }
}

fn is_address(text: &str) -> bool {
    let fine = |part: &str| {
        !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || "-_.+".contains(c))
    };
    text.len() <= 254
        && text
            .split_once('@')
            .is_some_and(|(name, host)| fine(name) && fine(host) && host.contains('.'))
}

fn is_guid(text: &str) -> bool {
    text.len() == 36
        && text.split('-').map(str::len).eq([8, 4, 4, 4, 12])
        && text.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn people() -> People {
        [
            ("octocat", "U012AB3CD"),
            ("crew", "<!subteam^S123>"),
            ("ann", "ann@example.com"),
            ("x", "odd"),
        ]
        .map(|(login, id)| (login.to_owned(), id.to_owned()))
        .into()
    }

    fn of(text: &str, status: Status) -> Vec<Mention> {
        parse(&[text.to_owned()], &people(), status).unwrap()
    }

    #[test]
    fn every_form_of_a_name() {
        let user = |id: &str| Mention::User(id.to_owned());
        let group = |id: &str| Mention::Group(id.to_owned());
        let name = |id: &str| Mention::Name(id.to_owned());
        for (text, expected) in [
            ("@octocat", user("U012AB3CD")),
            ("OctoCat", user("U012AB3CD")),
            ("@crew", group("S123")),
            ("@ann", user("ann@example.com")),
            ("x", user("odd")),
            ("@nobody", name("nobody")),
            ("@U012AB3CD", user("U012AB3CD")),
            ("@S012AB3CD", group("S012AB3CD")),
            ("U012AB3CD", user("U012AB3CD")),
            ("W012AB3CD", user("W012AB3CD")),
            ("S012AB3CD", group("S012AB3CD")),
            ("<@U12>", user("U12")),
            ("<@U12|ann>", user("U12")),
            ("<!subteam^S123>", group("S123")),
            ("<!subteam^S123|@crew>", group("S123")),
            ("<@123456789012345678>", user("123456789012345678")),
            ("<@!123456789012345678>", user("123456789012345678")),
            ("<@&123456789012345678>", group("123456789012345678")),
            ("123456789012345678", user("123456789012345678")),
            ("ann@b.example", user("ann@b.example")),
            ("@here", Mention::Here),
            ("<!here>", Mention::Here),
            ("<!here|here>", Mention::Here),
            ("@channel", Mention::Channel),
            ("@everyone", Mention::Everyone),
            ("here", name("here")),
            ("<@U1><!channel>", name("<@U1><!channel>")),
            ("<@u1>", name("<@u1>")),
            ("SUPPORTTEAM", name("SUPPORTTEAM")),
        ] {
            assert_eq!(of(text, Status::Success), [expected], "{text}");
        }
    }

    #[test]
    fn a_status_in_front_counts() {
        let text =
            "failure: @octocat, <!subteam^S123>\nsuccess|started: @here\r\n@ann @octocat\n\n,";
        let count = |status| of(text, status).len();
        assert_eq!(count(Status::Failure), 3);
        assert_eq!(count(Status::Started), 3);
        assert_eq!(count(Status::Cancelled), 2);
        let wrong = parse(&["sometimes: @octocat".to_owned()], &people(), Status::Success);
        assert!(wrong.unwrap_err().to_string().contains("sometimes"));
    }
}
