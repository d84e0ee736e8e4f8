//! The only place that writes what calls people.

use super::tokens::escape;
use crate::message::Mention;

/// A mention as Slack reads it. An id that is none, and a name, are shown and call nobody.
pub fn print(mention: &Mention) -> String {
    match mention {
        Mention::User(id) if is_id(id) => format!("<@{id}>"),
        Mention::Group(id) if is_id(id) => format!("<!subteam^{id}>"),
        Mention::Here => "<!here>".to_owned(),
        Mention::Channel => "<!channel>".to_owned(),
        Mention::Everyone => "<!everyone>".to_owned(),
        Mention::User(name) | Mention::Group(name) | Mention::Name(name) => {
            format!("@{}", escape(name.trim_start_matches('@')))
        }
    }
}

/// All of them in one line, each once; at most fifty.
pub fn line(mentions: &[Mention]) -> String {
    let mut printed: Vec<String> = Vec::new();
    for one in mentions.iter().map(print) {
        if printed.len() < 50 && !printed.contains(&one) {
            printed.push(one);
        }
    }
    printed.join(" ")
}

/// Whether it has the shape of an id of Slack's.
pub fn is_id(text: &str) -> bool {
    (2..=32).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_ids_call() {
        let all = [
            Mention::User("U012AB3CD".into()),
            Mention::User("U012AB3CD".into()),
            Mention::Group("S123".into()),
            Mention::Here,
            Mention::User("U1> <!channel".into()),
            Mention::Name("@octocat".into()),
        ];
        assert_eq!(
            line(&all),
            "<@U012AB3CD> <!subteam^S123> <!here> @U1&gt; &lt;!channel @octocat"
        );
    }
}
