//! How something went: the words of GitHub's job status, and those of people.

use std::fmt;
use std::str::FromStr;

/// How something went, or where it stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Status {
    /// It has begun.
    Started,
    /// It is done, and well.
    Success,
    /// It is done, and not well.
    Failure,
    /// Somebody ended it.
    Cancelled,
    /// It was not to run.
    Skipped,
    /// It waits for somebody, such as for an approval.
    Waiting,
    /// Nothing is said of it.
    #[default]
    Neutral,
}

impl Status {
    /// All of them.
    pub const ALL: &[Self] = &[
        Self::Started,
        Self::Success,
        Self::Failure,
        Self::Cancelled,
        Self::Skipped,
        Self::Waiting,
        Self::Neutral,
    ];

    /// Its word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Started => "started",
            Self::Success => "success",
            Self::Failure => "failure",
            Self::Cancelled => "cancelled",
            Self::Skipped => "skipped",
            Self::Waiting => "waiting",
            Self::Neutral => "neutral",
        }
    }

    /// A sign that every channel can show.
    pub const fn sign(self) -> &'static str {
        match self {
            Self::Started => "🚀",
            Self::Success => "✅",
            Self::Failure => "❌",
            Self::Cancelled => "🚫",
            Self::Skipped => "⏭️",
            Self::Waiting => "⏳",
            Self::Neutral => "📣",
        }
    }

    /// Its colour, as in `#2eb67d`.
    pub const fn colour(self) -> &'static str {
        match self {
            Self::Started => "#1d9bd1",
            Self::Success => "#2eb67d",
            Self::Failure => "#e01e5a",
            Self::Cancelled | Self::Skipped | Self::Neutral => "#868686",
            Self::Waiting => "#ecb22e",
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Status {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wanted = text.trim().to_ascii_lowercase();
        let known = |word: &str| Self::ALL.iter().copied().find(|one| one.as_str() == word);
        known(match wanted.as_str() {
            "canceled" => "cancelled",
            "failed" | "timed_out" | "startup_failure" | "error" => "failure",
            "succeeded" => "success",
            "inactive" => "neutral",
            "in_progress" | "in-progress" | "running" => "started",
            "pending" | "queued" | "requested" | "action_required" => "waiting",
            other => other,
        })
        .ok_or_else(|| {
            let words: Vec<_> = Self::ALL.iter().map(|one| one.as_str()).collect();
            format!("`{}` is no status; there are {}", wanted.escape_debug(), words.join(", "))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_reads_back() {
        for status in Status::ALL {
            assert_eq!(status.as_str().parse(), Ok(*status));
        }
        assert_eq!("Canceled".parse(), Ok(Status::Cancelled));
        assert!("sad".parse::<Status>().unwrap_err().contains("failure"));
    }
}
