use super::*;

/// An entry as an old tar writes it.
fn entry(name: &[u8], kind: u8, size: &str, content: &[u8]) -> Vec<u8> {
    let mut block = [0_u8; 512];
    block[..name.len()].copy_from_slice(name);
    block[124..124 + size.len()].copy_from_slice(size.as_bytes());
    block[156] = kind;
    block[257..263].copy_from_slice(b"ustar\0");
    seal(&mut block);
    let mut bytes = block.to_vec();
    bytes.extend_from_slice(content);
    bytes.resize(bytes.len().next_multiple_of(512), 0);
    bytes
}

fn seal(block: &mut [u8; 512]) {
    block[148..156].copy_from_slice(b"        ");
    let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
    block[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
}

fn file(name: &[u8], content: &[u8]) -> Vec<u8> {
    entry(name, b'0', &format!("{:o}", content.len()), content)
}

fn index_of(bytes: &[u8]) -> Result<BTreeMap<String, Entry>, String> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("x.tar");
    std::fs::write(&path, bytes).unwrap();
    index(&mut File::open(path).unwrap())
}

fn closed(parts: &[Vec<u8>]) -> Vec<u8> {
    [parts.concat(), vec![0; 1024]].concat()
}

#[test]
fn names_and_places() {
    let long = "d/".repeat(80) + "end";
    let pax = format!("{} path=./{long}\n", long.len() + 12);
    let bytes = closed(&[
        file(b"./a", b"one"),
        entry(b"dir/", b'5', "0", b""),
        entry(b"pax", b'x', &format!("{:o}", pax.len()), pax.as_bytes()),
        file(b"short", b"two"),
        entry(
            b"././@LongLink",
            b'L',
            &format!("{:o}", long.len() + 1),
            format!("{long}2\0").as_bytes(),
        ),
        file(b"short", b"three"),
        entry(b"link", b'2', "0", b""),
    ]);
    let found = index_of(&bytes).unwrap();
    assert_eq!(found["a"], Entry::File { offset: 512, size: 3 });
    assert_eq!(found["link"], Entry::Other("a link"));
    for (name, content) in [(long.clone(), "two"), (format!("{long}2"), "three")] {
        let Entry::File { offset, size } = found[&name] else { unreachable!("{name}") };
        let offset = usize::try_from(offset).unwrap();
        assert_eq!(&bytes[offset..offset + usize::try_from(size).unwrap()], content.as_bytes());
    }
    assert_eq!(found.len(), 4);
}

#[test]
fn what_cannot_be_trusted_is_refused_with_its_reason() {
    let good = file(b"a", b"content");
    let huge = [0x80, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
    let mut binary = [0_u8; 512];
    binary.copy_from_slice(&file(b"a", b"")[..512]);
    binary[124..136].copy_from_slice(&huge);
    seal(&mut binary);
    let mut damaged = closed(&[good.clone(), good.clone()]);
    damaged[1024] ^= 1;
    let sparse = b"22 GNU.sparse.major=1\n";
    for (bytes, said) in [
        (Vec::new(), "is empty"),
        (b"{}".to_vec(), "is no tar archive"),
        (vec![b'x'; 2048], "is no tar archive"),
        (good.clone(), "has no end"),
        (good[..700].to_vec(), "in the middle of `a`"),
        (damaged, "damaged header at byte 1024"),
        (closed(&[good.clone(), good.clone()]), "holds `a` twice"),
        (closed(&[good.clone(), file(b"./a", b"")]), "holds `a` twice"),
        (closed(&[file(b"../a", b"")]), "outside of it"),
        (closed(&[file(b"blobs/../../a", b"")]), "outside of it"),
        (closed(&[file(b"/etc/passwd", b"")]), "outside of it"),
        (closed(&[file(b"a\xff", b"")]), "not UTF-8"),
        (closed(&[entry(b"a", b'0', "77777777777", b"")]), "in the middle of `a`"),
        (closed(&[entry(b"a", b'0', "7x", b"")]), "no tar archive"),
        (binary.to_vec(), "in the middle of `a`"),
        (closed(&[entry(b"a", b'S', "0", b"")]), "sparse"),
        (closed(&[entry(b"x", b'x', "1000000", &vec![b'0'; 262_144])]), "a header of 262144 bytes"),
        (closed(&[entry(b"x", b'x', "3", b"9 a")]), "damaged header extension"),
        (closed(&[entry(b"x", b'x', "20", b"99999999999 path=b\n")]), "damaged header extension"),
    ] {
        let error = index_of(&bytes).unwrap_err();
        assert!(error.contains(said), "{said}: {error}");
    }
    let found = index_of(&closed(&[entry(b"x", b'x', "26", sparse), good])).unwrap();
    assert_eq!(found["a"], Entry::Other("a sparse file"));
}

proptest::proptest! {
    #[test]
    fn no_bytes_stop_it(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..2048), at in 0_usize..1024) {
        let _ = index_of(&bytes);
        let mut near = closed(&[file(b"a", b"content"), file(b"b", b"")]);
        for (place, byte) in near.iter_mut().skip(at).zip(bytes) {
            *place = byte;
        }
        let _ = index_of(&near);
    }
}
