//! Whether an ELF program needs nothing of the machine it runs on: no loader, no shared library.

use anyhow::{Context as _, Result, bail, ensure};

const INTERPRETER: u32 = 3;
const DYNAMIC: u32 = 2;
const NEEDED: u64 = 1;

/// An error that names what the program needs.
///
/// A static program at a position of the loader's choice has a dynamic section for its own relocations;
/// what it must not have is a library in it.
pub(super) fn is_alone(bytes: &[u8]) -> Result<()> {
    ensure!(bytes.starts_with(b"\x7fELF\x02\x01"), "is no ELF program of 64 bits");
    let table = number(bytes, 32, 8)?;
    let (size, count) = (number(bytes, 54, 2)?, number(bytes, 56, 2)?);
    for at in (0..count).map(|index| table.saturating_add(index * size)) {
        let kind = number(bytes, at, 4)?;
        if kind == u64::from(INTERPRETER) {
            bail!("needs a loader: it is not static");
        }
        if kind == u64::from(DYNAMIC) {
            let (start, length) = (number(bytes, at + 8, 8)?, number(bytes, at + 32, 8)?);
            for entry in (0..length / 16).map(|index| start.saturating_add(index * 16)) {
                if number(bytes, entry, 8)? == NEEDED {
                    bail!("needs a shared library: it is not static");
                }
            }
        }
    }
    Ok(())
}

/// A number of `length` bytes, the lowest first.
fn number(bytes: &[u8], at: u64, length: usize) -> Result<u64> {
    let at = usize::try_from(at)?;
    let found = at.checked_add(length).and_then(|end| bytes.get(at..end));
    let found = found.context("is cut off")?;
    Ok(found.iter().rev().fold(0, |number, byte| (number << 8) | u64::from(*byte)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A header, one program header of `kind` and one entry of a dynamic section with `tag`.
    fn elf(kind: u32, tag: u64) -> Vec<u8> {
        let mut bytes = b"\x7fELF\x02\x01".to_vec();
        bytes.resize(64, 0);
        bytes[32] = 64;
        bytes[54] = 56;
        bytes[56] = 1;
        bytes.extend(kind.to_le_bytes());
        bytes.resize(64 + 56, 0);
        bytes[72] = 120;
        bytes[64 + 32] = 16;
        bytes.extend(tag.to_le_bytes());
        bytes.extend([0; 8]);
        bytes
    }

    #[test]
    fn a_loader_or_a_library_is_named() {
        assert!(is_alone(&elf(1, 0)).is_ok());
        assert!(is_alone(&elf(DYNAMIC, 7)).is_ok(), "relocations of its own");
        let said = |bytes: &[u8]| is_alone(bytes).unwrap_err().to_string();
        assert!(said(&elf(INTERPRETER, 0)).contains("loader"));
        assert!(said(&elf(DYNAMIC, NEEDED)).contains("shared library"));
        assert!(said(&elf(DYNAMIC, 0)[..100]).contains("cut off"));
        assert!(said(b"#!/bin/sh").contains("no ELF"));
    }

    #[test]
    fn this_very_test_is_not_alone() {
        if cfg!(all(target_os = "linux", target_env = "gnu")) {
            let own = std::fs::read(std::env::current_exe().unwrap()).unwrap();
            assert!(is_alone(&own).is_err());
        }
    }
}
