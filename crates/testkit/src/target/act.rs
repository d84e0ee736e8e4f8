//! What a target does to who asks it, and in which order.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::Asked;

/// One way to answer, or not to. Of those that say "at once", no request is read.
#[derive(Clone, Debug)]
pub enum Act {
    /// A proper answer.
    Reply(Reply),
    /// Another act, so much later.
    After(Duration, Box<Self>),
    /// These bytes as they are; then the connection is closed.
    Raw(Vec<u8>),
    /// These bytes as they are; then nothing more, and the connection stays.
    Stall(Vec<u8>),
    /// Reads what is sent and says nothing.
    Silent,
    /// A proper answer, whose head comes one byte each time this has passed.
    DripHead(Duration),
    /// A proper head at once, then one byte of its long body each time this has passed.
    DripBody(Duration),
    /// These bytes, one each time this has passed; then the connection is closed.
    Drip(Vec<u8>, Duration),
    /// A body in chunks that never ends, as fast as it is taken.
    Endless,
    /// A body without a length that never ends, as fast as it is taken.
    EndlessUntilClose,
    /// A head whose lines never end, as fast as they are taken.
    EndlessHead,
    /// `103 Early Hints` again and again, as fast as they are taken.
    EndlessHints,
    /// So many zeros with their length.
    Huge(u64),
    /// 300 MB of zeros in 290 KiB of gzip.
    Bomb,
    /// One header of so many bytes, before a proper `200`.
    HugeHeader(usize),
    /// So many headers, before a proper `200`.
    ManyHeaders(usize),
    /// Closed with RST before the request is read.
    ResetAtOnce,
    /// Closed with RST once the request is read.
    Reset,
    /// Closed with RST in the middle of a head.
    ResetInHead,
    /// Closed with RST in the middle of a body.
    ResetInBody,
    /// Closed orderly before the request is read.
    CloseAtOnce,
    /// Closed orderly once the request is read, without a byte.
    Close,
    /// Bytes that are no HTTP, before the request is read.
    GarbageAtOnce,
    /// This byte without end, as fast as it is taken, before the request is read.
    FloodAtOnce(u8),
    /// Bytes that are no HTTP, once the request is read.
    Garbage,
    /// `content-length: 1000`, ten bytes, closed orderly.
    Truncated,
    /// One chunk and a half, closed orderly.
    TruncatedChunks,
}

impl Act {
    /// A proper answer with an empty body.
    pub fn status(status: u16) -> Self {
        Reply::new(status).into()
    }

    /// `200` with this body.
    pub fn ok(body: impl Into<Vec<u8>>) -> Self {
        Reply::new(200).body(body).into()
    }

    /// `302` to here.
    pub fn redirect(location: impl AsRef<str>) -> Self {
        Reply::new(302).header("location", location.as_ref()).into()
    }

    /// The same, so much later.
    pub fn after(self, wait: Duration) -> Self {
        Self::After(wait, Box::new(self))
    }

    /// Whether it is done without a request.
    pub(super) fn is_at_once(&self) -> bool {
        match self {
            Self::ResetAtOnce | Self::CloseAtOnce | Self::GarbageAtOnce | Self::FloodAtOnce(_) => {
                true
            }
            Self::After(_, act) => act.is_at_once(),
            _ => false,
        }
    }
}

impl From<u16> for Act {
    fn from(status: u16) -> Self {
        Self::status(status)
    }
}

impl From<&str> for Act {
    fn from(body: &str) -> Self {
        Self::ok(body)
    }
}

impl From<Reply> for Act {
    fn from(reply: Reply) -> Self {
        Self::Reply(reply)
    }
}

/// A proper answer: its length is said, and the connection is kept.
#[derive(Clone, Debug)]
pub struct Reply {
    pub(super) status: u16,
    pub(super) headers: Vec<(String, Vec<u8>)>,
    pub(super) body: Vec<u8>,
}

impl Reply {
    /// With an empty body.
    pub fn new(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Vec::new() }
    }

    /// One more header, sent as it is.
    pub fn header(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.headers.push((name.to_owned(), value.as_ref().to_vec()));
        self
    }

    /// The body; sent as it is.
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    /// A JSON body, with its content type.
    pub fn json(self, value: &serde_json::Value) -> Self {
        self.header("content-type", "application/json").body(value.to_string())
    }
}

/// Which act when. Made of one [`Act`] (always this), of a list (one each, the last holds), or by
/// [`Script::choose`] and [`Script::flap`].
#[derive(Clone)]
pub struct Script(pub(super) Inner);

#[derive(Clone)]
pub(super) enum Inner {
    Plan(Vec<Act>),
    Choose(Arc<dyn Fn(&Asked) -> Act + Send + Sync>),
}

impl fmt::Debug for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Inner::Plan(acts) => f.debug_tuple("Plan").field(acts).finish(),
            Inner::Choose(_) => f.write_str("Choose"),
        }
    }
}

impl Script {
    /// Decides by the request; what it says "at once" comes after the request here.
    pub fn choose(choose: impl Fn(&Asked) -> Act + Send + Sync + 'static) -> Self {
        Self(Inner::Choose(Arc::new(choose)))
    }

    /// `first` for a period after the target was made, then `second` for as long, and again.
    pub fn flap(period: Duration, first: impl Into<Act>, second: impl Into<Act>) -> Self {
        let (first, second) = (first.into(), second.into());
        Self::choose(move |asked| {
            let turns = asked.since_start.as_micros() / period.as_micros().max(1);
            if turns.is_multiple_of(2) { first.clone() } else { second.clone() }
        })
    }

    /// Acts by path (without the query); `404` for all others.
    pub fn paths<A: Into<Act>>(acts: impl IntoIterator<Item = (&'static str, A)>) -> Self {
        let acts: Vec<_> = acts.into_iter().map(|(path, act)| (path, act.into())).collect();
        Self::choose(move |asked| {
            let path = asked.path.split('?').next().unwrap_or_default();
            let found = acts.iter().find(|(known, _)| *known == path);
            found.map_or_else(|| Act::status(404), |(_, act)| act.clone())
        })
    }

    /// Redirects to the very URL that was asked for.
    pub fn loop_to_self() -> Self {
        Self::choose(|asked| Act::redirect(&asked.path))
    }

    /// Redirects back and forth between `/one` and `/two`.
    pub fn loop_of_two() -> Self {
        Self::choose(|asked| Act::redirect(if asked.path == "/one" { "/two" } else { "/one" }))
    }

    /// Redirects to a new URL each time.
    pub fn loop_of_new() -> Self {
        Self::choose(|asked| Act::redirect(format!("/hop-{}", asked.number + 1)))
    }
}

impl<A: Into<Act>> From<A> for Script {
    fn from(act: A) -> Self {
        Self(Inner::Plan(vec![act.into()]))
    }
}

impl<A: Into<Act>> From<Vec<A>> for Script {
    fn from(acts: Vec<A>) -> Self {
        Self(Inner::Plan(acts.into_iter().map(Into::into).collect()))
    }
}

impl<A: Into<Act>, const N: usize> From<[A; N]> for Script {
    fn from(acts: [A; N]) -> Self {
        Self(Inner::Plan(acts.into_iter().map(Into::into).collect()))
    }
}
