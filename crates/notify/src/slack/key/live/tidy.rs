//! Putting away what is one too many.

use serde_json::json;

use super::{Api, Found, Teller, Trouble, channel, find, gone};

const TWIN: &str = "another job posted at the same moment; the older message stays";

impl<A: Api> Teller<'_, A> {
    /// Puts messages away that are one too many beside the one of `ts`. Their lines move to its thread: what
    /// they say counts. Who posted them may do the same at the same time, so what is gone is fine.
    pub(super) async fn tidy(&mut self, ts: &str, twins: Vec<Found>) {
        for twin in twins {
            match self.put_away(ts, &twin.ts).await {
                Ok(()) => self.notes.push(TWIN.to_owned()),
                Err(trouble) if gone(&trouble) => {}
                Err(trouble) => self.notes.push(format!(
                    "another job posted at the same moment, and the second message could not be deleted: {}",
                    trouble.into_failure().chain()
                )),
            }
        }
    }

    async fn put_away(&self, ts: &str, twin: &str) -> Result<(), Trouble> {
        self.move_lines(ts, twin).await?;
        self.delete(twin).await?;
        // Its job may have written one meanwhile.
        match self.move_lines(ts, twin).await {
            Err(trouble) if !gone(&trouble) => Err(trouble),
            _ => Ok(()),
        }
    }

    /// Moves the lines of the thread of `from` to that of `ts`.
    async fn move_lines(&self, ts: &str, from: &str) -> Result<(), Trouble> {
        let channel = &self.plan.channel;
        let lines = find::thread(self.api, channel, from).await?.lines;
        if lines.is_empty() {
            return Ok(());
        }
        let there = find::lines(self.api, channel, ts).await?;
        for line in lines {
            if there.iter().all(|one| one.mark.line != line.mark.line) {
                let body =
                    json!({ "text": line.text, "unfurl_links": false, "unfurl_media": false });
                let mut body = self.body(&body, line.mark.payload(self.wanted.key.shown()));
                channel::put(&mut body, "thread_ts", ts);
                self.api.call("chat.postMessage", &body).await?;
            }
            self.delete(&line.ts).await?;
        }
        Ok(())
    }

    pub(super) async fn delete(&self, ts: &str) -> Result<(), Trouble> {
        let body = json!({ "channel": self.plan.channel, "ts": ts });
        self.api.call("chat.delete", &body).await.map(|_| ())
    }
}
