//! `.env` files, as Node's `util.parseEnv` reads them.

/// The value of a variable in the text of a `.env` file; of several the last.
pub(crate) fn lookup(text: &str, name: &str) -> Option<String> {
    let mut found = None;
    let mut rest = text;
    while !rest.is_empty() {
        let line = rest.split('\n').next().unwrap_or_default();
        let mut next = rest.get(line.len() + 1..).unwrap_or_default();
        if let Some((key, value)) =
            line.split_once('=').filter(|_| !line.trim_start().starts_with('#'))
        {
            let key = key.trim();
            let key = key.strip_prefix("export ").unwrap_or(key).trim();
            let from = rest.len() - rest.trim_start().len();
            let value_start = rest.find('=').map_or(from, |place| place + 1);
            let value_text =
                rest.get(value_start..).unwrap_or_default().trim_start_matches([' ', '\t']);
            let quote = value_text.chars().next().filter(|c| matches!(c, '"' | '\'' | '`'));
            let quoted = quote.and_then(|quote| {
                let inner = value_text.get(1..)?;
                let end = inner.find(quote)?;
                Some((quote, inner.get(..end)?, inner.get(end + 1..)?))
            });
            let value = match quoted {
                Some((quote, inner, after)) => {
                    let end = after.find('\n').map_or(after.len(), |place| place + 1);
                    next = after.get(end..).unwrap_or_default();
                    if quote == '"' { inner.replace("\\n", "\n") } else { inner.to_owned() }
                }
                None => value.split('#').next().unwrap_or_default().trim().to_owned(),
            };
            if key == name {
                found = Some(value);
            }
        }
        rest = next;
    }
    found.filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::lookup;

    #[test]
    fn values_are_read_as_node_reads_them() {
        let text = "# A=0\nA=1 # one\nexport B = \" two # not a comment\\n\" # x\nC='a\nb'\nD=\nA=last\n E=`q`\r\n";
        for (name, wanted) in [
            ("A", Some("last")),
            ("B", Some(" two # not a comment\n")),
            ("C", Some("a\nb")),
            ("D", None),
            ("E", Some("q")),
            ("F", None),
        ] {
            assert_eq!(lookup(text, name).as_deref(), wanted, "{name}");
        }
    }
}
