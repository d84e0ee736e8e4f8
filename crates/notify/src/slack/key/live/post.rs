//! Posting so that there is one message, whatever gets lost and whoever posts at the same moment.

use std::time::Duration;

use serde_json::Value;

use super::write::ts_of;
use super::{Api, Found, How, LAG, TRIES, Teller, Told, Trouble};
use super::{find, fresh, gone, rival, time, twins};

const FOUND: &str = "the answer got lost; the message was found in the channel";

impl<A: Api> Teller<'_, A> {
    /// Posts the message so that there is one. `after` is the `ts` of the one it goes on from.
    pub(super) async fn post(&mut self, message: &Value, after: &str) -> Result<Told, Trouble> {
        let body = self.body(message, self.wanted.metadata_after(after));
        let mut tries = 0;
        let (ts, response) = loop {
            tries += 1;
            let answer = self.api.call("chat.postMessage", &body).await;
            match answer.and_then(|response| Ok((ts_of(&response)?, response))) {
                Ok(posted) => break posted,
                Err(Trouble::Unknown(failure)) => {
                    // Where nobody can look, it is not sent again.
                    let Ok(taken) = self.taken(after).await else {
                        return Err(Trouble::Unknown(failure));
                    };
                    match taken {
                        Some(own) if own.mark.by == self.wanted.line() => {
                            self.notes.push(FOUND.to_owned());
                            break (own.ts, Value::Null);
                        }
                        // Another job has posted meanwhile: there is no need for a second message.
                        Some(other) => match self.join(&other, message).await {
                            Ok(told) => return Ok(told),
                            Err(trouble) if gone(&trouble) => {}
                            Err(trouble) => return Err(trouble),
                        },
                        None => {}
                    }
                    if tries >= TRIES || self.api.deadline().is_over() {
                        return Err(Trouble::Unknown(failure));
                    }
                }
                Err(trouble) => return Err(trouble),
            }
        };
        let after = after.to_owned();
        self.settle(Told { ts, after, how: How::Posted, response, new: true }, message).await
    }

    /// Whether a post whose fate is unknown was taken: the metadata is in the channel. Else the message
    /// another job posted meanwhile, if one did.
    async fn taken(&self, after: &str) -> Result<Option<Found>, Trouble> {
        let mut other = None;
        for pause in [Duration::ZERO, LAG] {
            if !self.api.deadline().allows(pause) {
                break;
            }
            self.api.pause(pause).await;
            let found = find::newest(self.api, &self.plan.channel, self.wanted).await?;
            let mut all: Vec<_> = fresh(&found, &self.plan.found, self.wanted)
                .filter(|one| one.mark.after == after)
                .collect();
            all.sort_by_key(|one| time(&one.ts));
            let own = all.iter().find(|one| one.mark.by == self.wanted.line());
            if let Some(own) = own {
                return Ok(Some((*own).clone()));
            }
            other = all.first().map(|one| (*one).clone());
        }
        Ok(other)
    }

    /// Looks whether another job posted at the same moment. The older message stays.
    async fn settle(&mut self, told: Told, message: &Value) -> Result<Told, Trouble> {
        let Ok(found) = find::newest(self.api, &self.plan.channel, self.wanted).await else {
            self.notes
                .push("whether another job posted at the same moment could not be seen".to_owned());
            // It may be put away as one too many.
            return Ok(Told { new: false, ..told });
        };
        let older = rival(&found, &self.plan.found, self.wanted, &told.ts, &told.after);
        let (told, own) = match older {
            None => (told, None),
            Some(older) => match self.join(older, message).await {
                Ok(joined) => (joined, Some(told.ts)),
                // It was one too many itself, or the next job sees to it.
                Err(_) => (told, None),
            },
        };
        // A post that was sent again may have come twice.
        let mut mine = twins(&found, self.wanted, &told.ts);
        mine.retain(|one| one.mark.by == self.wanted.line() || own.as_ref() == Some(&one.ts));
        if let Some(ts) = own.filter(|own| mine.iter().all(|one| one.ts != *own)) {
            mine.push(Found { ts, ..Found::default() });
        }
        self.tidy(&told.ts, mine).await;
        Ok(told)
    }
}
