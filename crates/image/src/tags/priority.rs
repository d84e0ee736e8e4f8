//! The order of rules: higher priority first, else as written.

use std::cmp::Ordering;

/// Sorts by priority as JavaScript does: stable, higher first. A priority that is no number (`None`)
/// stands wherever a binary search leaves it, since it is equal to every other.
pub fn sort<T>(rules: Vec<T>, priority: impl Fn(&T) -> Option<f64>) -> Vec<T> {
    let mut keyed: Vec<_> = rules.into_iter().map(|rule| (priority(&rule), rule)).collect();
    if keyed.iter().all(|(key, _)| key.is_some_and(|key| !key.is_nan())) {
        keyed.sort_by(|(a, _), (b, _)| compare(*a, *b));
        return keyed.into_iter().map(|(_, rule)| rule).collect();
    }
    // An order with holes: the standard sort may refuse it, insertion into the run at the start
    // may not.
    let mut sorted: Vec<(Option<f64>, T)> = Vec::with_capacity(keyed.len());
    let run = first_run(&mut keyed);
    for (index, item) in keyed.into_iter().enumerate() {
        let (mut left, mut right) = if index < run { (index, index) } else { (0, index) };
        while left < right {
            let middle = left.midpoint(right);
            let before =
                sorted.get(middle).is_some_and(|(key, _)| compare(item.0, *key) == Ordering::Less);
            if before { right = middle } else { left = middle + 1 }
        }
        sorted.insert(left, item);
    }
    sorted.into_iter().map(|(_, rule)| rule).collect()
}

fn compare(a: Option<f64>, b: Option<f64>) -> Ordering {
    match (a, b) {
        (Some(a), Some(b)) => b.partial_cmp(&a).unwrap_or(Ordering::Equal),
        _ => Ordering::Equal,
    }
}

/// How many items at the start are in order; a strictly falling run is turned round.
fn first_run<T>(items: &mut [(Option<f64>, T)]) -> usize {
    let against = |pair: &[(Option<f64>, T)]| match pair {
        [(a, _), (b, _)] => compare(*b, *a),
        _ => Ordering::Equal,
    };
    let falling = items.windows(2).next().is_some_and(|pair| against(pair) == Ordering::Less);
    let run = 1 + items
        .windows(2)
        .take_while(|pair| (against(pair) == Ordering::Less) == falling)
        .count();
    if falling && let Some(run) = items.get_mut(..run) {
        run.reverse();
    }
    run
}

#[cfg(test)]
mod tests {
    use super::sort;
    use crate::words::number;

    #[test]
    fn higher_first_else_as_written() {
        // What node 24 gives for the same comparison.
        for (given, expected) in [
            ("1 2 3", "3 2 1"),
            ("2 1.5 2 -1 1e3", "1e3 2 2 1.5 -1"),
            ("900 x 950", "900 x 950"),
            ("x 900 950", "x 950 900"),
            ("100 900 x 950", "950 900 100 x"),
            ("1 x 2 3 x 4", "1 x 4 3 2 x"),
            ("5 4 x 9 1 7", "5 4 x 9 7 1"),
            ("900 100 x 200 950 600 x 600 1000", "900 100 x 1000 950 600 600 200 x"),
        ] {
            let rules = given.split(' ').map(str::to_owned).collect();
            let sorted = sort(rules, |rule| number::parse(rule));
            assert_eq!(sorted.join(" "), expected, "{given}");
        }
    }
}
