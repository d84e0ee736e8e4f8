//! Commits in another encoding than UTF-8, as stored: a log converts them.

use crate::log::{LogEntry, LogPerson};
use crate::{Git, Result};

/// How many commits wait for the stored form of some among them.
const AT_ONCE: usize = 1000;

/// Commits of a log on their way, in its order.
#[derive(Debug, Default)]
pub(crate) struct Waiting {
    entries: Vec<LogEntry>,
    encoded: Vec<usize>,
}

impl Waiting {
    /// Takes a commit and hands on all that need not wait.
    pub(crate) fn push(
        &mut self,
        git: &Git,
        (entry, is_encoded): (LogEntry, bool),
        each: &mut impl FnMut(LogEntry),
    ) -> Result<()> {
        if self.entries.is_empty() && !is_encoded {
            each(entry);
            return Ok(());
        }
        if is_encoded {
            self.encoded.push(self.entries.len());
        }
        self.entries.push(entry);
        if self.entries.len() < AT_ONCE { Ok(()) } else { self.hand_on(git, each) }
    }

    /// Hands on what waits, as stored.
    pub(crate) fn hand_on(&mut self, git: &Git, each: &mut impl FnMut(LogEntry)) -> Result<()> {
        let mut entries = std::mem::take(&mut self.entries);
        let encoded = std::mem::take(&mut self.encoded);
        let waiting = encoded.iter().filter_map(|at| entries.get(*at));
        let stored = git.objects(waiting.map(|entry| entry.id.as_str()))?;
        for at in encoded {
            if let Some(entry) = entries.get_mut(at)
                && let Some(bytes) = stored.get(&entry.id)
            {
                restore(entry, bytes);
            }
        }
        entries.into_iter().for_each(each);
        Ok(())
    }
}

/// Puts the stored bytes in place of the converted ones. People stay out where they were left out.
fn restore(entry: &mut LogEntry, stored: &[u8]) {
    let end = stored.windows(2).position(|pair| pair == b"\n\n").unwrap_or(stored.len());
    let (head, message) = stored.split_at(end);
    entry.message = message.to_vec();
    for line in head.split(|byte| *byte == b'\n') {
        if let Some(person) = line.strip_prefix(b"author ") {
            named(&mut entry.author, person);
        } else if let Some(person) = line.strip_prefix(b"committer ") {
            named(&mut entry.committer, person);
        }
    }
}

/// `Name <address> seconds zone`
fn named(person: &mut LogPerson, line: &[u8]) {
    let find = |sign: u8| line.iter().rposition(|byte| *byte == sign);
    if person.name.is_empty() && person.email.is_empty() {
        return;
    }
    if let (Some(open), Some(close)) = (find(b'<'), find(b'>'))
        && let (Some(name), Some(email)) = (line.get(..open), line.get(open + 1..close))
    {
        person.name = name.trim_ascii().to_vec();
        person.email = email.trim_ascii().to_vec();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stored_bytes_come_back() {
        let person = || LogPerson { name: b"x".to_vec(), email: b"y".to_vec(), time: 5 };
        let mut entry =
            LogEntry { author: person(), message: b"converted".to_vec(), ..LogEntry::default() };
        let stored = b"tree 1\nauthor M\xfc <m@x> 5 +0000\ncommitter C <c@x> 5 +0000\n\
                       encoding latin1\n\nCaf\xe9\n\nmore\n";
        restore(&mut entry, stored);
        assert_eq!(entry.message, b"\n\nCaf\xe9\n\nmore\n");
        assert_eq!((entry.author.name.as_slice(), entry.author.time), (&b"M\xfc"[..], 5));
        assert_eq!(entry.committer, LogPerson::default());
    }
}
