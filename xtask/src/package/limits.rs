//! What may be how heavy.

use std::fmt::Write as _;

use super::targets::Target;

/// What one program weighs, in bytes.
#[derive(Clone, Debug)]
pub(super) struct Weight {
    pub(super) program: String,
    pub(super) target: Target,
    pub(super) bytes: usize,
    pub(super) packed: usize,
}

/// The most a program and its archive may have, in bytes: each runner downloads them.
fn most(program: &str) -> (usize, usize) {
    match program {
        // It brings a template engine and the configuration language of git-cliff.
        "changelog" => (9_000_000, 4_000_000),
        _ => (6_000_000, 3_000_000),
    }
}

/// All of them, to be read.
pub(super) fn table(weights: &[Weight]) -> String {
    let mut table = format!("{:<11} {:<27} {:>9} {:>9}\n", "program", "target", "MB", "archive");
    for Weight { program, target, bytes, packed } in weights {
        let [bytes, packed] = [bytes, packed].map(|bytes| megabytes(*bytes));
        let _ = writeln!(table, "{program:<11} {:<27} {bytes:>9} {packed:>9}", target.triple);
    }
    table
}

/// What is too heavy.
pub(super) fn complaints(weights: &[Weight]) -> Vec<String> {
    let mut heavy = Vec::new();
    for Weight { program, target, bytes, packed } in weights {
        let (program_most, archive_most) = most(program);
        for (what, has, most) in [("", bytes, program_most), ("archive of ", packed, archive_most)]
        {
            if *has > most {
                heavy.push(format!(
                    "the {what}launchway-{program} for {} has {} MB; the limit is {} MB",
                    target.triple,
                    megabytes(*has),
                    megabytes(most),
                ));
            }
        }
    }
    heavy
}

/// With two decimals, rounded up: what is shown as the limit is not over it.
fn megabytes(bytes: usize) -> String {
    let hundredths = bytes.div_ceil(10_000);
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

#[cfg(test)]
mod tests {
    use super::super::targets;
    use super::*;

    #[test]
    fn one_byte_too_many_is_one_complaint() {
        let weigh = |program: &str, bytes, packed| {
            let program = program.to_owned();
            complaints(&[Weight { program, target: targets::ALL[0], bytes, packed }])
        };
        assert_eq!(weigh("health", 6_000_000, 3_000_000), Vec::<String>::new());
        assert_eq!(weigh("health", 6_000_001, 3_000_001).len(), 2);
        assert_eq!(weigh("changelog", 9_000_000, 4_000_000).len(), 0);
        assert_eq!(
            weigh("changelog", 9_000_001, 1),
            [
                "the launchway-changelog for x86_64-unknown-linux-musl has 9.01 MB; the limit is 9.00 MB"
            ]
        );
    }
}
