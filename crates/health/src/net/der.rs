//! What a certificate says of itself: just enough DER to tell whose it is and how long it lasts. Whether it is
//! to be trusted is decided elsewhere, by webpki.

use crate::foreign;

/// A certificate, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Leaf {
    /// Its common name, else the first name it is valid for, else its organisation; may be empty.
    pub(super) subject: String,
    /// Who signed it, in the same way.
    pub(super) issuer: String,
    /// Whether subject and issuer are the same.
    pub(super) own_issuer: bool,
    /// Seconds since 1970.
    pub(super) not_before: i64,
    /// Seconds since 1970.
    pub(super) not_after: i64,
}

const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const OID: u8 = 0x06;
const OCTETS: u8 = 0x04;
const BOOLEAN: u8 = 0x01;
const VERSION: u8 = 0xa0;
const EXTENSIONS: u8 = 0xa3;
const DNS_NAME: u8 = 0x82;
/// `2.5.4.3`
const COMMON_NAME: &[u8] = &[0x55, 4, 3];
/// `2.5.4.10`
const ORGANISATION: &[u8] = &[0x55, 4, 10];
/// `2.5.29.17`
const ALTERNATIVE_NAMES: &[u8] = &[0x55, 0x1d, 17];

/// Reads a certificate; `None` is none.
pub(super) fn read(certificate: &[u8]) -> Option<Leaf> {
    let mut outer = Reader(certificate);
    let mut whole = outer.expect(SEQUENCE)?;
    let mut body = whole.expect(SEQUENCE)?;
    if body.peek() == Some(VERSION) {
        body.next()?;
    }
    body.next()?; // serial number
    body.next()?; // algorithm
    let issuer = body.expect(SEQUENCE)?;
    let mut validity = body.expect(SEQUENCE)?;
    let (not_before, not_after) = (validity.time()?, validity.time()?);
    let subject = body.expect(SEQUENCE)?;
    body.next()?; // public key
    Some(Leaf {
        subject: named(subject, COMMON_NAME)
            .or_else(|| alternative(body))
            .or_else(|| named(subject, ORGANISATION))
            .unwrap_or_default(),
        issuer: named(issuer, COMMON_NAME)
            .or_else(|| named(issuer, ORGANISATION))
            .unwrap_or_default(),
        own_issuer: subject.0 == issuer.0,
        not_before,
        not_after,
    })
}

/// The last value of a kind in a distinguished name: the most exact one.
fn named(mut name: Reader<'_>, kind: &[u8]) -> Option<String> {
    let mut found = None;
    while let Some(mut set) = name.expect(SET) {
        while let Some(mut pair) = set.expect(SEQUENCE) {
            if pair.expect(OID)?.0 == kind {
                let (tag, value) = pair.next()?;
                found = Some(text(tag, value.0)).filter(|text| !text.is_empty()).or(found);
            }
        }
    }
    found
}

/// The first DNS name among the alternative names, in what is left after the public key.
fn alternative(mut rest: Reader<'_>) -> Option<String> {
    loop {
        let (tag, mut inside) = rest.next()?;
        if tag != EXTENSIONS {
            continue;
        }
        let mut list = inside.expect(SEQUENCE)?;
        while let Some(mut extension) = list.expect(SEQUENCE) {
            if extension.expect(OID)?.0 != ALTERNATIVE_NAMES {
                continue;
            }
            if extension.peek() == Some(BOOLEAN) {
                extension.next()?;
            }
            let mut names = extension.expect(OCTETS)?.expect(SEQUENCE)?;
            while let Some((tag, value)) = names.next() {
                if tag == DNS_NAME {
                    return Some(foreign::quote(value.0));
                }
            }
        }
        return None;
    }
}

fn text(tag: u8, bytes: &[u8]) -> String {
    const BMP: u8 = 0x1e;
    if tag == BMP {
        let units: Vec<u16> = bytes
            .chunks_exact(2)
            .filter_map(|pair| Some(u16::from_be_bytes(pair.try_into().ok()?)))
            .collect();
        return foreign::quote(String::from_utf16_lossy(&units).as_bytes());
    }
    foreign::quote(bytes)
}

/// Values one after the other.
#[derive(Clone, Copy)]
struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.0.first().copied()
    }

    /// The next value and its tag.
    fn next(&mut self) -> Option<(u8, Self)> {
        let (&tag, rest) = self.0.split_first()?;
        let (&short, mut rest) = rest.split_first()?;
        let length = match short {
            0..=0x7f => usize::from(short),
            0x81..=0x84 => {
                let (bytes, after) = rest.split_at_checked(usize::from(short & 0x7f))?;
                rest = after;
                bytes.iter().try_fold(0_usize, |sum, byte| {
                    sum.checked_mul(256)?.checked_add(usize::from(*byte))
                })?
            }
            _ => return None,
        };
        let (value, after) = rest.split_at_checked(length)?;
        self.0 = after;
        Some((tag, Reader(value)))
    }

    /// The next value, if it has the tag; nothing is taken if it has another.
    fn expect(&mut self, tag: u8) -> Option<Self> {
        (self.peek()? == tag).then(|| self.next()).flatten().map(|(_, value)| value)
    }

    /// A time, in seconds since 1970.
    fn time(&mut self) -> Option<i64> {
        const UTC: u8 = 0x17;
        const GENERAL: u8 = 0x18;
        let (tag, value) = self.next()?;
        let digits = value.0.strip_suffix(b"Z")?;
        let mut pairs = digits.chunks(2).map(|pair| match pair {
            [tens @ b'0'..=b'9', ones @ b'0'..=b'9'] => {
                Some(i64::from(tens - b'0') * 10 + i64::from(ones - b'0'))
            }
            _ => None,
        });
        let mut pair = || pairs.next().flatten();
        let year = match tag {
            UTC => pair().map(|year| if year < 50 { 2000 + year } else { 1900 + year })?,
            GENERAL => pair()? * 100 + pair()?,
            _ => return None,
        };
        let (month, day) = (pair()?, pair()?);
        let (hour, minute, second) = (pair()?, pair()?, pair()?);
        let fits = (1..=12).contains(&month)
            && (1..=31).contains(&day)
            && hour < 24
            && minute < 60
            && second < 60;
        (fits && pairs.next().is_none())
            .then(|| days(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second)
    }
}

/// Days from 1970-01-01 to a date of the Gregorian calendar, counted in years that begin in March.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rustls::pki_types::CertificateDer;
    use rustls::pki_types::pem::PemObject;

    use super::*;

    /// Made by `openssl req -x509 -newkey ed25519 -nodes -subj '/O=Org/CN=app.example' -addext
    /// 'subjectAltName=DNS:app.example,DNS:*.app.example,IP:127.0.0.1'`, dates as below.
    const SAMPLE: &str = include_str!("sample.pem");
    /// The same without a subject, with one alternative name, beyond 2050.
    const NAMELESS: &str = include_str!("nameless.pem");

    fn sample(pem: &str) -> Vec<u8> {
        CertificateDer::from_pem_slice(pem.as_bytes()).unwrap().to_vec()
    }

    #[test]
    fn names_and_dates_are_read() {
        let leaf = read(&sample(SAMPLE)).unwrap();
        assert_eq!(
            leaf,
            Leaf {
                subject: "app.example".to_owned(),
                issuer: "app.example".to_owned(),
                own_issuer: true,
                not_before: 1_735_689_600,
                not_after: 1_767_225_599,
            }
        );
        let nameless = read(&sample(NAMELESS)).unwrap();
        assert_eq!(nameless.subject, "only.example");
        assert_eq!(nameless.not_after, 253_402_300_799);
    }

    #[test]
    fn a_cut_certificate_is_none() {
        let whole = sample(SAMPLE);
        // The signature at the end is not looked at, nor are the extensions once there is a common name.
        for end in 0..whole.len() {
            assert_eq!(read(&whole[..end]), None, "{end}");
        }
    }

    #[test]
    fn days_are_counted_as_the_calendar_does() {
        for (date, count) in [
            ((1970, 1, 1), 0),
            ((1969, 12, 31), -1),
            ((2000, 2, 29), 11_016),
            ((2000, 3, 1), 11_017),
            ((2026, 11, 21), 20_778),
            ((9999, 12, 31), 2_932_896),
        ] {
            assert_eq!(days(date.0, date.1, date.2), count, "{date:?}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_upset_it(bytes in prop::collection::vec(any::<u8>(), 0..200), at in 0_usize..300, byte: u8) {
            let _ = read(&bytes);
            let mut broken = sample(SAMPLE);
            if let Some(place) = broken.get_mut(at) {
                *place = byte;
            }
            if let Some(leaf) = read(&broken) {
                prop_assert!(!leaf.subject.chars().any(char::is_control));
            }
        }
    }
}
