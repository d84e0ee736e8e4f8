//! The course of a target's attempts as a line of blocks.

use std::time::Duration;

use super::words;
use crate::outcome::{Column, Trace};

const BLOCKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
/// Stands for attempts that all failed.
pub const FAILED: char = '×';
/// Stands for attempts of which some failed.
pub const MIXED: char = '÷';

/// A block per column: its height is the slowest success, up to the slowest of all.
pub fn draw(trace: &Trace) -> String {
    let highest = highest(trace);
    trace.columns().iter().map(|column| block(column, highest)).collect()
}

/// What the full block stands for, and how many attempts a block: `█ = 80ms`,
/// `█ = 80ms, 4 attempts each`. Empty where there is no
/// other block to compare with.
pub fn scale(trace: &Trace) -> String {
    let mut parts = Vec::new();
    if trace.columns().len() > 1 && trace.columns().iter().any(|column| column.good > 0) {
        parts.push(format!("█ = {}", words::short(highest(trace))));
    }
    if trace.each() > 1 {
        parts.push(format!("{} attempts each", trace.each()));
    }
    parts.join(", ")
}

fn highest(trace: &Trace) -> Duration {
    trace.columns().iter().map(|column| column.slowest).max().unwrap_or_default()
}

fn block(column: &Column, highest: Duration) -> char {
    match (column.good, column.failed) {
        (0, _) => FAILED,
        (_, 1..) => MIXED,
        _ => {
            let eighths =
                column.slowest.as_nanos().saturating_mul(8).div_ceil(highest.as_nanos().max(1));
            let index = usize::try_from(eighths).unwrap_or(8).clamp(1, 8) - 1;
            BLOCKS.get(index).copied().unwrap_or('█')
        }
    }
}
