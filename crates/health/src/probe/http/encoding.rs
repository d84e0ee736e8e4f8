//! Bodies as they travel: decoded into bounded memory.

use std::io::{self, Write};

use flate2::write::MultiGzDecoder;
use flate2::{Decompress, FlushDecompress, Status};
use http::{HeaderMap, header};

use crate::foreign::quote;

/// How a body is encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// Not at all.
    Identity,
    /// `gzip`.
    Gzip,
    /// `deflate`, which servers send with and without the wrapper of zlib.
    Deflate,
}

impl Encoding {
    /// What the headers say.
    ///
    /// # Errors
    /// The name of one that cannot be read, fit to be shown.
    pub fn of(headers: &HeaderMap) -> Result<Self, String> {
        let values = headers.get_all(header::CONTENT_ENCODING).iter();
        let text = values
            .map(|value| String::from_utf8_lossy(value.as_bytes()).to_ascii_lowercase())
            .collect::<Vec<_>>()
            .join(",");
        match text.trim() {
            "" | "identity" => Ok(Self::Identity),
            "gzip" | "x-gzip" => Ok(Self::Gzip),
            "deflate" => Ok(Self::Deflate),
            other => Err(quote(other.as_bytes())),
        }
    }
}

/// A body while it comes: takes what travels, keeps what it means, up to a limit.
pub(super) struct Body {
    decoder: Decoder,
    came: u64,
}

enum Decoder {
    Identity(Kept),
    Gzip(Box<MultiGzDecoder<Kept>>),
    Deflate(Box<Deflate>),
}

/// What is kept of a body.
#[derive(Debug, Default)]
pub(super) struct Kept {
    /// Its first bytes, decoded.
    pub(super) bytes: Vec<u8>,
    /// Whether there are more than the limit.
    pub(super) is_cut: bool,
    /// How many there may still be.
    room: usize,
    /// How many of them are kept at most.
    keeps: usize,
}

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let fits = bytes.get(..self.room).unwrap_or(bytes);
        self.room -= fits.len();
        let kept = self.keeps.saturating_sub(self.bytes.len());
        self.bytes.extend_from_slice(fits.get(..kept).unwrap_or(fits));
        if fits.len() < bytes.len() {
            self.is_cut = true;
            // Ends the decoder, too: what it would still unpack is not unpacked.
            return Err(io::Error::other("the limit is reached"));
        }
        Ok(fits.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Body {
    /// Takes `most` bytes, decoded, and keeps the first `most_kept` of them.
    pub(super) fn new(encoding: Encoding, most: usize, most_kept: usize) -> Self {
        let kept = Kept { room: most, keeps: most_kept, ..Kept::default() };
        let decoder = match encoding {
            Encoding::Identity => Decoder::Identity(kept),
            Encoding::Gzip => Decoder::Gzip(Box::new(MultiGzDecoder::new(kept))),
            Encoding::Deflate => Decoder::Deflate(Box::new(Deflate::new(kept))),
        };
        Self { decoder, came: 0 }
    }

    /// How many bytes came.
    pub(super) fn came(&self) -> u64 {
        self.came
    }

    /// Takes the next bytes; `false` when no more are wanted. An error is one of the encoding.
    pub(super) fn add(&mut self, bytes: &[u8]) -> io::Result<bool> {
        self.came = self.came.saturating_add(bytes.len() as u64);
        let result = match &mut self.decoder {
            Decoder::Identity(kept) => kept.write_all(bytes),
            Decoder::Gzip(gzip) => gzip.write_all(bytes),
            Decoder::Deflate(deflate) => deflate.add(bytes),
        };
        if self.kept().is_cut {
            return Ok(false);
        }
        result.map(|()| true)
    }

    /// What was kept, when all came. An error is an encoded body that ends in the middle.
    pub(super) fn finish(&mut self) -> io::Result<()> {
        // Nothing at all is an empty body, whatever the header says: an answer to HEAD, say.
        if self.came == 0 {
            return Ok(());
        }
        let result = match &mut self.decoder {
            Decoder::Identity(_) => Ok(()),
            Decoder::Gzip(gzip) => gzip.try_finish(),
            Decoder::Deflate(deflate) => deflate.finish(),
        };
        if self.kept().is_cut { Ok(()) } else { result }
    }

    fn kept(&self) -> &Kept {
        match &self.decoder {
            Decoder::Identity(kept) => kept,
            Decoder::Gzip(gzip) => gzip.get_ref(),
            Decoder::Deflate(deflate) => &deflate.kept,
        }
    }

    /// What was kept so far.
    pub(super) fn take(&mut self) -> Kept {
        std::mem::take(match &mut self.decoder {
            Decoder::Identity(kept) => kept,
            Decoder::Gzip(gzip) => gzip.get_mut(),
            Decoder::Deflate(deflate) => &mut deflate.kept,
        })
    }
}

/// `deflate`: whether there is a wrapper shows in the first two bytes.
struct Deflate {
    kept: Kept,
    first: Vec<u8>,
    inflate: Option<Decompress>,
    is_done: bool,
}

impl Deflate {
    fn new(kept: Kept) -> Self {
        Self { kept, first: Vec::new(), inflate: None, is_done: false }
    }

    fn add(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.inflate.is_some() {
            return self.unpack(bytes);
        }
        self.first.extend_from_slice(bytes);
        let [a, b, ..] = *self.first.as_slice() else { return Ok(()) };
        let is_wrapped = a & 0x0f == 8 && u16::from_be_bytes([a, b]).is_multiple_of(31);
        self.inflate = Some(Decompress::new(is_wrapped));
        let first = std::mem::take(&mut self.first);
        self.unpack(&first)
    }

    fn unpack(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        let Some(inflate) = &mut self.inflate else { return Ok(()) };
        let mut out = vec![0; 16 * 1024];
        while !self.is_done {
            let (read, written) = (inflate.total_in(), inflate.total_out());
            let status = inflate.decompress(bytes, &mut out, FlushDecompress::None)?;
            let count = |now: u64, before: u64| usize::try_from(now - before).unwrap_or(usize::MAX);
            let (read, written) =
                (count(inflate.total_in(), read), count(inflate.total_out(), written));
            bytes = bytes.get(read..).unwrap_or_default();
            self.kept.write_all(out.get(..written).unwrap_or_default())?;
            self.is_done = status == Status::StreamEnd;
            if read == 0 && written == 0 {
                break;
            }
        }
        Ok(())
    }

    fn finish(&self) -> io::Result<()> {
        if self.is_done { Ok(()) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use flate2::Compression;
    use flate2::read::{DeflateEncoder, GzEncoder, ZlibEncoder};
    use proptest::prelude::*;

    use super::*;

    fn all(mut from: impl Read) -> Vec<u8> {
        let mut bytes = Vec::new();
        from.read_to_end(&mut bytes).unwrap();
        bytes
    }

    fn packed(plain: &[u8]) -> [(Encoding, Vec<u8>); 4] {
        let best = Compression::best();
        [
            (Encoding::Identity, plain.to_vec()),
            (Encoding::Gzip, all(GzEncoder::new(plain, best))),
            (Encoding::Deflate, all(ZlibEncoder::new(plain, best))),
            (Encoding::Deflate, all(DeflateEncoder::new(plain, best))),
        ]
    }

    fn unpack(encoding: Encoding, packed: &[u8], by: usize, most: usize) -> io::Result<Kept> {
        let mut body = Body::new(encoding, most, most);
        for part in packed.chunks(by) {
            if !body.add(part)? {
                return Ok(body.take());
            }
        }
        body.finish()?;
        Ok(body.take())
    }

    #[test]
    fn the_header_says_how() {
        let of = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::CONTENT_ENCODING, value.parse().unwrap());
            Encoding::of(&headers)
        };
        assert_eq!(Encoding::of(&HeaderMap::new()), Ok(Encoding::Identity));
        assert_eq!(of("GZip "), Ok(Encoding::Gzip));
        assert_eq!(of("deflate"), Ok(Encoding::Deflate));
        assert_eq!(of("br"), Err("br".to_owned()));
        assert_eq!(of("gzip, gzip"), Err("gzip, gzip".to_owned()));
    }

    #[test]
    fn a_bomb_is_not_unpacked() {
        let zeros = vec![0; 50 << 20];
        for (encoding, packed) in packed(&zeros).into_iter().skip(1) {
            let kept = unpack(encoding, &packed, usize::MAX, 1000).unwrap();
            assert!(kept.is_cut && kept.bytes.len() == 1000 && kept.bytes.capacity() < 1 << 20);
        }
    }

    #[test]
    fn what_ends_in_the_middle_or_is_no_such_thing_is_an_error() {
        let plain = b"hello, hello, hello, hello".repeat(50);
        for (encoding, packed) in packed(&plain).into_iter().skip(1) {
            for end in [1, packed.len() / 2, packed.len() - 1] {
                let cut = &packed[..end];
                assert!(unpack(encoding, cut, 7, 1 << 20).is_err(), "{encoding:?} {end}");
            }
        }
        assert!(unpack(Encoding::Gzip, b"<html>no gzip</html>", 100, 1 << 20).is_err());
        assert!(unpack(Encoding::Deflate, &[0xff; 40], 100, 1 << 20).is_err());
        assert!(unpack(Encoding::Gzip, b"", 1, 10).unwrap().bytes.is_empty());
    }

    #[test]
    fn the_limit_itself_still_fits() {
        for (encoding, packed) in packed(b"12345") {
            let kept = unpack(encoding, &packed, 3, 5).unwrap();
            assert_eq!(
                (kept.bytes.as_slice(), kept.is_cut),
                (&b"12345"[..], false),
                "{encoding:?}"
            );
            let kept = unpack(encoding, &packed, 3, 4).unwrap();
            assert_eq!((kept.bytes.as_slice(), kept.is_cut), (&b"1234"[..], true), "{encoding:?}");
        }
    }

    #[test]
    fn what_is_not_kept_counts_all_the_same() {
        for (encoding, packed) in packed(&[7; 1000]) {
            for (most, is_cut) in [(1000, false), (999, true)] {
                let mut body = Body::new(encoding, most, 10);
                assert!(body.add(&packed).is_ok() && body.finish().is_ok());
                let kept = body.take();
                assert_eq!((kept.bytes.len(), kept.is_cut), (10, is_cut), "{encoding:?}");
            }
        }
    }

    proptest! {
        #[test]
        fn what_is_packed_comes_out_however_it_is_cut(
            plain in prop::collection::vec(any::<u8>(), 0..4000), by in 1usize..500,
        ) {
            for (encoding, packed) in packed(&plain) {
                let kept = unpack(encoding, &packed, by, 1 << 20).unwrap();
                prop_assert_eq!(&kept.bytes, &plain);
                prop_assert!(!kept.is_cut);
            }
        }

        #[test]
        fn garbage_never_gets_past_the_limit(
            bytes in prop::collection::vec(any::<u8>(), 0..2000), most in 0usize..50,
        ) {
            for encoding in [Encoding::Identity, Encoding::Gzip, Encoding::Deflate] {
                if let Ok(kept) = unpack(encoding, &bytes, 64, most) {
                    prop_assert!(kept.bytes.len() <= most);
                }
            }
        }
    }
}
