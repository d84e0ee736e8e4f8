//! Random histories with random configurations and command lines.

use crate::history::{Dice, History, Shape};
use crate::peer::Call;
use crate::{call, cases, configs, furnish, none, peer};

/// How many cases one run of the tests does, unless `LAUNCHWAY_CASES` says otherwise.
const CASES: u64 = 16;

fn number(variable: &str, default: u64) -> u64 {
    std::env::var(variable).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// Flags that go together with most others.
const FLAGS: &[&str] = &[
    "-u",
    "-l",
    "--current",
    "--context",
    "--context",
    "--topo-order",
    "--use-branch-tags",
    "--sort newest",
    "--strip all",
    "--strip header",
    "--bump",
    "--bumped-version",
    "--tag v99.1.0",
    "--no-exec",
    "--include-path src/",
    "--include-path packages/a/**",
    "--exclude-path src/**",
    "--limit-tags 2",
    "--ignore-tags rc",
    "--skip-tags {tag:1}",
    "--count-tags \\.0$",
    "--tag-pattern ^v",
    "--tag-pattern ^pkg-a/",
    "--skip-commit {commit:-2}",
    "--with-commit 'feat: more'",
    "--with-tag-message told",
    "-o NEW.md",
    "--include-path '**/*.txt'",
    "--exclude-path '*.txt'",
    "{tag:0}..HEAD",
    "{tag:1}..{tag:-1}",
    "HEAD~2..HEAD",
    "-u --prepend OLD.md",
    "-l --prepend OLD.md",
    "--limit-tags 1",
    "--bump=major",
];

/// One case of a seed.
fn case(dice: &mut Dice, history: &History, configs: &[String]) -> Call {
    let config = dice.chance(85).then(|| dice.of(configs).clone());
    let mut words: Vec<&str> = Vec::new();
    for _ in 0..dice.below(4) {
        let flag = *dice.of(FLAGS);
        // A flag that is given twice is a mistake both programs refuse.
        let name = flag.split(' ').next().unwrap();
        if !words
            .iter()
            .any(|word| word.starts_with(name) || (word.contains("..") && flag.contains("..")))
        {
            words.push(flag);
        }
    }
    let line = if words.is_empty() && dice.chance(50) {
        (*dice.of(cases::LINES)).to_owned()
    } else {
        words.join(" ")
    };
    call(history, config.as_deref(), &line)
}

#[test]
fn random_cases_are_the_same() {
    let Some(program) = peer::peer() else { return };
    let configs: Vec<String> =
        configs().into_iter().map(|path| path.to_str().unwrap().to_owned()).collect();
    let (first, count) = (number("LAUNCHWAY_SEED", 20_261_121), number("LAUNCHWAY_CASES", CASES));
    let mut found = Vec::new();
    let mut done = 0;
    for seed in first.. {
        if done >= count {
            break;
        }
        let mut dice = Dice(seed);
        let shape = Shape::any(&mut dice);
        let history = History::new(seed, shape);
        furnish(&history);
        let mut keep = false;
        for _ in 0..4 {
            done += 1;
            let call = case(&mut dice, &history, &configs);
            if let Some(difference) = call.difference(&program) {
                keep = true;
                found.push(format!("seed {seed}: {}\n{difference}", call.shown()));
            }
        }
        if keep && std::env::var_os("LAUNCHWAY_KEEP").is_some() {
            eprintln!("kept {}", history.keep().display());
        }
    }
    none(&found, done.try_into().unwrap());
}

#[test]
fn large_histories_keep_their_order() {
    let Some(program) = peer::peer() else { return };
    let (first, count) = (number("LAUNCHWAY_SEED", 20_261_121), number("LAUNCHWAY_CASES", CASES));
    let (mut found, mut done) = (Vec::new(), 0);
    for seed in first..first + count.div_ceil(8) {
        let shape = Shape {
            commits: 400,
            branching: 45,
            tagged: 8,
            odd: 2,
            skew: seed % 2 == 0,
            packages: false,
        };
        let history = History::new(seed, shape);
        for (name, line) in [
            ("all.toml", ""),
            ("all.toml", "{tag:3}..HEAD"),
            ("topological.toml", ""),
            ("topological.toml", "--topo-order"),
            ("paths.toml", ""),
        ] {
            done += 1;
            let call = call(&history, Some(&crate::config(name)), line);
            if let Some(difference) = call.difference(&program) {
                found.push(format!("seed {seed}: {}\n{difference}", call.shown()));
            }
        }
    }
    none(&found, done);
}
