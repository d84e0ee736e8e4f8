//! 300 MB of zeros, packed: one deflate block of 2 bits for each 258 zeros, written by hand, since
//! to pack them for each test would cost seconds.

use std::sync::OnceLock;

/// How many zeros: one literal, then runs of 258.
pub(super) const UNPACKED: u32 = 1 + 258 * RUNS;
const RUNS: u32 = 1_162_790;
/// The CRC-32 of that many zeros.
const CRC: u32 = 0xe35d_5f13;

/// The gzip file.
pub(super) fn gzip() -> &'static [u8] {
    static FILE: OnceLock<Vec<u8>> = OnceLock::new();
    FILE.get_or_init(|| {
        let mut file = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 3];
        file.extend(deflated());
        file.extend(CRC.to_le_bytes());
        file.extend(UNPACKED.to_le_bytes());
        file
    })
}

fn deflated() -> Vec<u8> {
    let mut bits = Bits::default();
    bits.put(1, 1); // the last block
    bits.put(2, 2); // with codes of its own
    bits.put(29, 5); // 286 codes for literals and lengths
    bits.put(0, 5); // one for distances
    bits.put(14, 4); // 18 lengths of codes for the lengths of codes, in the order of RFC 1951:
    // 16 17 18 0 8 7 9 6 10 5 11 4 12 3 13 2 14 1; used are 18 (zeros), 2 and 1.
    for code in [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1] {
        let length = match code {
            18 => 1,
            1 | 2 => 2,
            _ => 0,
        };
        bits.put(length, 3);
    }
    // Canonical codes, whose first bit comes first: 18 = 0, 1 = 10, 2 = 11.
    let zeros = |bits: &mut Bits, count: u32| {
        bits.put(0, 1);
        bits.put(count - 11, 7);
    };
    let one = |bits: &mut Bits| bits.put(0b01, 2);
    let two = |bits: &mut Bits| bits.put(0b11, 2);
    two(&mut bits); // literal 0: 2 bits
    zeros(&mut bits, 138);
    zeros(&mut bits, 117); // literals 1 to 255
    two(&mut bits); // 256, the end: 2 bits
    zeros(&mut bits, 28); // 257 to 284
    one(&mut bits); // 285, the length 258: 1 bit
    one(&mut bits); // distance 1: 1 bit
    // Now 285 = 0, literal 0 = 10, the end = 11, distance 1 = 0.
    bits.put(0b01, 2);
    for _ in 0..RUNS {
        bits.put(0, 2);
    }
    bits.put(0b11, 2);
    bits.finish()
}

/// Bits, the lowest of each byte first.
#[derive(Default)]
struct Bits {
    bytes: Vec<u8>,
    held: u32,
    count: u32,
}

impl Bits {
    fn put(&mut self, value: u32, count: u32) {
        self.held |= value << self.count;
        self.count += count;
        while self.count >= 8 {
            self.bytes.push(self.held.to_le_bytes()[0]);
            self.held >>= 8;
            self.count -= 8;
        }
    }

    fn finish(mut self) -> Vec<u8> {
        self.put(0, 7);
        self.bytes
    }
}
