//! SCRAM-SHA-256 (RFC 5802, RFC 7677), the client's side; pure.
//!
//! The server learns that the client knows the password, and the client that the server does: who
//! only pretends to be the server learns nothing it could use.

use std::num::NonZeroU32;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::{digest, hmac};
use tokio::task::yield_now;

/// The mechanism's name.
pub(super) const NAME: &str = "SCRAM-SHA-256";
/// The most rounds that are computed: a hostile server may not keep the machine busy. Servers want
/// 4096 unless told otherwise.
const MOST_ROUNDS: u32 = 500_000;
/// So many rounds are computed at a time: all targets share one thread.
const ROUNDS_AT_A_TIME: u32 = 100;
/// "I cannot bind to the channel", which the server must repeat to the letter.
const GS2: &str = "n,,";

/// A conversation; it goes `first`, `answer`, `verify`.
pub(super) struct Scram {
    password: String,
    nonce: String,
    server_signature: Option<hmac::Tag>,
}

/// Why a conversation ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Broken {
    /// The server breaks the rules.
    Rules(&'static str),
    /// The server does not know the password, so it is not the server.
    Impostor,
}

impl Scram {
    /// A conversation with a nonce of its own: printable characters other than the comma.
    pub(super) fn new(password: &str, nonce: String) -> Self {
        // What cannot be prepared is taken as it is, as PostgreSQL does on both sides.
        let password =
            stringprep::saslprep(password).map_or_else(|_| password.to_owned(), Into::into);
        Self { password, nonce, server_signature: None }
    }

    fn first_bare(&self) -> String {
        // PostgreSQL takes the user from the startup packet.
        format!("n=,r={}", self.nonce)
    }

    /// The first message.
    pub(super) fn first(&self) -> String {
        format!("{GS2}{}", self.first_bare())
    }

    /// The answer to the server's challenge. It may take long to compute, and may be given up.
    pub(super) async fn answer(&mut self, challenge: &[u8]) -> Result<String, Broken> {
        let first_bare = self.first_bare();
        self.answer_to(challenge, &first_bare).await
    }

    async fn answer_to(&mut self, challenge: &[u8], first_bare: &str) -> Result<String, Broken> {
        let challenge = std::str::from_utf8(challenge)
            .map_err(|_| Broken::Rules("the server's challenge is not text"))?;
        let mut parts = challenge.split(',');
        let mut part = |key: &str| parts.next().and_then(|part| part.strip_prefix(key));
        let nonce = part("r=").ok_or(Broken::Rules("the server's challenge has no nonce"))?;
        let salt = part("s=")
            .and_then(|salt| STANDARD.decode(salt).ok())
            .ok_or(Broken::Rules("the server's challenge has no salt"))?;
        let rounds = part("i=")
            .and_then(|rounds| rounds.parse::<NonZeroU32>().ok())
            .ok_or(Broken::Rules("the server's challenge has no count of rounds"))?;
        if !nonce.starts_with(&self.nonce) || nonce.len() == self.nonce.len() {
            return Err(Broken::Rules("the server's challenge is not for this conversation"));
        }
        if rounds.get() > MOST_ROUNDS {
            return Err(Broken::Rules("the server wants more rounds of hashing than are sane"));
        }

        let salted = salt_password(self.password.as_bytes(), &salt, rounds.get()).await;
        let key = hmac::Key::new(hmac::HMAC_SHA256, &salted);
        let client_key = hmac::sign(&key, b"Client Key");
        let stored_key = digest::digest(&digest::SHA256, client_key.as_ref());
        let server_key = hmac::sign(&key, b"Server Key");

        let without_proof = format!("c={},r={nonce}", STANDARD.encode(GS2));
        let all = format!("{first_bare},{challenge},{without_proof}");
        let sign = |key: &[u8]| hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), all.as_bytes());
        let signature = sign(stored_key.as_ref());
        let proof: Vec<u8> =
            client_key.as_ref().iter().zip(signature.as_ref()).map(|(a, b)| a ^ b).collect();
        self.server_signature = Some(sign(server_key.as_ref()));
        Ok(format!("{without_proof},p={}", STANDARD.encode(proof)))
    }

    /// Whether the server has shown that it knows the password.
    pub(super) fn verify(&self, last: &[u8]) -> Result<(), Broken> {
        let Some(wanted) = &self.server_signature else {
            return Err(Broken::Rules("the server ends the login before it began"));
        };
        let shown = last
            .strip_prefix(b"v=")
            .and_then(|shown| shown.split(|byte| *byte == b',').next())
            .and_then(|shown| STANDARD.decode(shown).ok())
            .ok_or(Broken::Rules("the server's signature cannot be read"))?;
        // An impostor has one try, and the nonce is new every time: how long comparing takes tells
        // nothing.
        if shown == wanted.as_ref() { Ok(()) } else { Err(Broken::Impostor) }
    }
}

/// PBKDF2 with HMAC-SHA-256, its first block (RFC 8018), which lets others have their turn.
async fn salt_password(
    password: &[u8],
    salt: &[u8],
    rounds: u32,
) -> [u8; digest::SHA256_OUTPUT_LEN] {
    let key = hmac::Key::new(hmac::HMAC_SHA256, password);
    let mut last = hmac::sign(&key, &[salt, &[0, 0, 0, 1]].concat());
    let mut all = [0; digest::SHA256_OUTPUT_LEN];
    for round in 1..=rounds {
        all.iter_mut().zip(last.as_ref()).for_each(|(all, last)| *all ^= last);
        if round < rounds {
            last = hmac::sign(&key, last.as_ref());
        }
        if round % ROUNDS_AT_A_TIME == 0 {
            yield_now().await;
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHALLENGE: &[u8] = b"r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,\
        s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";

    /// The conversation of RFC 7677, section 3.
    #[tokio::test]
    async fn the_example_of_the_rfc() {
        let mut scram = Scram::new("pencil", "rOprNGfwEbeRWgbNEkqO".to_owned());
        let answer = scram.answer_to(CHALLENGE, "n=user,r=rOprNGfwEbeRWgbNEkqO").await.unwrap();
        assert_eq!(
            answer,
            "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,\
             p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
        );
        scram.verify(b"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=").unwrap();
        for impostor in [&b"v="[..], b"v=AAAA", b"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G8="] {
            assert!(scram.verify(impostor).is_err());
        }
        assert_eq!(
            scram.verify(b"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95W4="),
            Err(Broken::Impostor)
        );
    }

    #[test]
    fn the_first_message() {
        assert_eq!(Scram::new("x", "abc".to_owned()).first(), "n,,n=,r=abc");
    }

    #[tokio::test]
    async fn what_a_server_may_not_do() {
        for challenge in [
            &b""[..],
            b"\xff",
            b"r=abc",
            b"r=abcd,s=AAAA",
            b"r=abcd,s=?,i=1",
            b"r=abcd,s=AAAA,i=0",
            b"r=abcd,s=AAAA,i=-1",
            b"r=abc,s=AAAA,i=4096",
            b"r=other,s=AAAA,i=4096",
            b"r=abcd,s=AAAA,i=4294967295",
            b"m=x,r=abcd,s=AAAA,i=4096",
        ] {
            let mut scram = Scram::new("x", "abc".to_owned());
            assert!(
                matches!(scram.answer(challenge).await, Err(Broken::Rules(_))),
                "{challenge:?}"
            );
            assert!(matches!(scram.verify(b"v=AAAA"), Err(Broken::Rules(_))));
        }
    }

    /// A server that wants much to be computed holds up neither the deadline nor other targets.
    #[tokio::test]
    async fn many_rounds_can_be_given_up() {
        let mut scram = Scram::new("x", "abc".to_owned());
        let answer = scram.answer(b"r=abcd,s=AAAA,i=500000");
        let time = std::time::Duration::from_millis(20);
        assert!(tokio::time::timeout(time, answer).await.is_err());
    }

    /// RFC 4013: what looks the same is the same.
    #[test]
    fn a_password_is_prepared() {
        assert_eq!(Scram::new("I\u{ad}X", String::new()).password, "IX");
        assert_eq!(Scram::new("\u{aa}\u{a0}\u{2168}", String::new()).password, "a IX");
        assert_eq!(Scram::new("\u{7}", String::new()).password, "\u{7}", "as it is");
    }
}
