//! What is said of a target while it is followed: changes, not looks.

use std::sync::Arc;
use std::time::Duration;

use launchway_runtime::Console;

use crate::attempt::Attempt;
use crate::reason::Reason;
use crate::report::words::{self, NAME, SENTENCE};

/// How long nothing is said of a target that does not change: at first, and after hours.
const STILL: [Duration; 2] = [Duration::from_mins(1), Duration::from_mins(10)];

/// So many lines are said as they come; later ones are spaced by [`SPACED`]. Ten targets may say as
/// much each; more share it.
const FREELY: u32 = 50;
/// As many as each target has in any case.
const FREELY_ALWAYS: u32 = 5;

/// The time between lines of a target that cannot make up its mind.
const SPACED: Duration = Duration::from_secs(10);

/// Speaks of one target.
pub(super) struct Voice {
    console: Arc<Console>,
    name: String,
    last: Option<(Option<Reason>, Option<u16>)>,
    said_at: Duration,
    lines: u32,
    unsaid: u64,
    freely: u32,
    spaced: Duration,
}

impl Voice {
    /// Of one target among so many.
    pub(super) fn new(name: &str, targets: usize, console: Arc<Console>) -> Self {
        let share = u32::try_from(targets / 10).unwrap_or(u32::MAX).max(1);
        Self {
            console,
            name: words::line(name, NAME),
            last: None,
            said_at: Duration::ZERO,
            lines: 0,
            unsaid: 0,
            freely: (FREELY / share).max(FREELY_ALWAYS),
            spaced: SPACED.saturating_mul(share),
        }
    }

    /// Says what is new in a look.
    pub(super) fn say(&mut self, attempt: &Attempt) {
        tracing::debug!("{}: {}", self.name, words::attempt(attempt));
        if let Some(line) = self.line(attempt) {
            self.console.line(&line);
        }
    }

    fn line(&mut self, attempt: &Attempt) -> Option<String> {
        let now = (attempt.fault.as_ref().map(|fault| fault.reason), attempt.status);
        let is_new = self.last != Some(now);
        let silence = attempt.ended.saturating_sub(self.said_at);
        let needed = match (is_new, self.lines < self.freely) {
            (true, true) => Duration::ZERO,
            (true, false) => self.spaced,
            (false, _) => (attempt.ended / 10).clamp(STILL[0], STILL[1]),
        };
        if silence < needed {
            self.unsaid += 1;
            return None;
        }
        let still = if is_new { "" } else { "still " };
        let what = match (&attempt.fault, attempt.status) {
            (Some(fault), _) => {
                format!("{} ({})", words::line(&fault.detail, SENTENCE), fault.reason)
            }
            (None, status) => {
                let status = status.map(|status| format!("{status}, ")).unwrap_or_default();
                let note = attempt.note.as_deref().unwrap_or_default();
                let note =
                    if note.is_empty() { note } else { &format!(": {}", words::line(note, NAME)) };
                format!("{status}as expected{note}")
            }
        };
        let between = match std::mem::take(&mut self.unsaid) {
            0 => String::new(),
            count => format!(" ({count} in between not shown)"),
        };
        self.last = Some(now);
        self.said_at = attempt.ended;
        self.lines = self.lines.saturating_add(1);
        Some(format!(
            "{}: {still}{what}; attempt {} after {}{between}",
            self.name,
            attempt.number,
            words::short(attempt.ended)
        ))
    }
}
