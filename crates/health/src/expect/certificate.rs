//! `min-certificate-days`.

use crate::attempt::{Certificate, Fault};
use crate::foreign::quote;
use crate::reason::Reason;

const DAY: i64 = 86_400;

/// How many days a certificate has to be valid for yet.
#[derive(Debug)]
pub(super) struct DaysLeft(pub(super) u32);

impl DaysLeft {
    pub(super) fn check(&self, shown: Option<&Certificate>, now_unix: i64) -> Result<(), Fault> {
        let Some(certificate) = shown else {
            return Err(Fault::new(Reason::ProtocolError, "no certificate was shown"));
        };
        let left = certificate.not_after_unix.saturating_sub(now_unix);
        if left >= i64::from(self.0) * DAY {
            return Ok(());
        }
        let subject = quote(certificate.subject.as_bytes());
        Err(Fault::new(
            Reason::TlsExpired,
            if left < 0 {
                format!("the certificate of `{subject}` has ended")
            } else {
                let days = left / DAY;
                format!(
                    "the certificate of `{subject}` ends in {days} days, sooner than {}",
                    self.0
                )
            },
        ))
    }
}
