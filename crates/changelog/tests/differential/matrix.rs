//! Every configuration with a few command lines, and every command line with a few configurations.

use crate::history::{Dice, History, Shape};
use crate::{call, cases, config, configs, furnish, none, peer};

const SHAPES: [Shape; 3] = [Shape::LINEAR, Shape::MERGED, Shape::WILD];

/// Runs these in one repository each; the differences.
fn compare(history: &History, calls: impl Iterator<Item = (Option<String>, &'static str)>) {
    let Some(program) = peer::peer() else { return };
    let (mut found, mut count) = (Vec::new(), 0);
    for (config, line) in calls {
        count += 1;
        let call = call(history, config.as_deref(), line);
        if let Some(difference) = call.difference(&program) {
            found.push(format!("{}\n{difference}", call.shown()));
        }
    }
    none(&found, count);
}

fn every_configuration(seed: u64) {
    let history = History::new(seed, SHAPES[usize::try_from(seed % 3).unwrap()]);
    furnish(&history);
    let configs = configs().into_iter().map(|path| path.to_str().unwrap().to_owned());
    let third = configs.skip(usize::try_from(seed % 3).unwrap()).step_by(3);
    compare(
        &history,
        third.flat_map(|config| {
            cases::EVERYWHERE.iter().map(move |line| (Some(config.clone()), *line))
        }),
    );
}

#[test]
fn a_third_of_the_configurations_on_one_line() {
    every_configuration(300);
}

#[test]
fn a_third_of_the_configurations_on_merged_branches() {
    every_configuration(301);
}

#[test]
fn a_third_of_the_configurations_on_a_wild_history() {
    every_configuration(302);
}

fn every_line(seed: u64, shape: Shape, name: Option<&str>, half: usize) {
    let history = History::new(seed, shape);
    furnish(&history);
    let config = name.map(config);
    compare(
        &history,
        cases::LINES.iter().skip(half).step_by(2).map(|line| (config.clone(), *line)),
    );
}

#[test]
fn half_of_the_command_lines_on_one_line() {
    every_line(7, Shape::LINEAR, Some("plain.toml"), 0);
}

#[test]
fn the_other_half_of_the_command_lines_on_one_line() {
    every_line(8, Shape::LINEAR, Some("marker.toml"), 1);
}

#[test]
fn half_of_the_command_lines_on_merged_branches() {
    every_line(Dice(9).0, Shape::MERGED, None, 1);
}

#[test]
fn the_other_half_of_the_command_lines_on_a_wild_history() {
    every_line(10, Shape::WILD, Some("tags.toml"), 0);
}
