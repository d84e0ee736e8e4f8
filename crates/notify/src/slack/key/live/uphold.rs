//! Looking once more after an update, and mending what was written over it meanwhile.

use std::collections::HashSet;

use serde_json::Value;

use super::{Api, LAG, LOOKS, Mark, Teller, Told, entry, find, gone, stays};

impl<A: Api> Teller<'_, A> {
    /// Looks once more after an update: jobs that looked before each other wrote may have written a
    /// lesser word over a stronger one. Every line of the thread tells what its job said, and whoever
    /// updates looks afterwards; so the last of them sees it, whatever the order. That the look fails is
    /// no reason to fail. Answers whether the message is gone.
    pub(super) async fn uphold(&mut self, told: &Told, message: &Value) -> bool {
        let ts = told.ts.as_str();
        let mut waited = false;
        for _ in 0..LOOKS {
            let thread = match find::thread(self.api, &self.plan.channel, ts).await {
                Ok(thread) => thread,
                Err(trouble) => return gone(&trouble),
            };
            if thread.is_gone {
                return true;
            }
            self.once(&thread.lines).await;
            let ours =
                |mark: &Mark| mark.id == self.wanted.key.id() && mark.run == self.wanted.run.id;
            let Some(shown) = thread.shown.filter(ours) else { return false };
            if stays(self.wanted.said(), shown.said()) {
                if self.update(ts, &shown.after, message).await.is_err() {
                    return false;
                }
                self.notes.push(format!(
                    "another job wrote `{}` over it meanwhile; it says `{}` again",
                    shown.status, self.wanted.status
                ));
                continue;
            }
            let lines = thread.lines.into_iter();
            let stronger = lines
                .filter(|line| ours(&line.mark) && stays(line.mark.said(), shown.said()))
                .reduce(
                    |one, other| {
                        if stays(one.mark.said(), other.mark.said()) { one } else { other }
                    },
                );
            let Some(find::Line { mark, text, .. }) = stronger else { return false };
            if !waited {
                // The job that told it looks, too, and knows the whole of its message.
                waited = true;
                self.api.pause(LAG).await;
                continue;
            }
            let metadata = mark.told(&self.wanted.key, &shown.after);
            let body = self.body(&entry::message(&text), metadata);
            if self.update_to(ts, body).await.is_err() {
                return false;
            }
            self.notes.push(format!(
                "another job told of `{}` meanwhile; the message says so, as its line in the thread does",
                mark.status
            ));
        }
        false
    }

    /// Deletes lines that say what an older one says: they arrived late, or were moved by two at once.
    async fn once(&self, lines: &[find::Line]) {
        let mut known = HashSet::new();
        for line in lines.iter().filter(|line| line.mark.id == self.wanted.key.id()) {
            if !known.insert(line.mark.line.as_str()) {
                // One too many is no reason to fail.
                let _ = self.delete(&line.ts).await;
            }
        }
    }
}
