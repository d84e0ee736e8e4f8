//! Work on all cores, with results in order.

use std::num::NonZeroUsize;
use std::sync::Mutex;
use std::thread;

/// Applies a function to every item; a few threads take the next one each. One item, or one core,
/// needs no thread.
pub fn map<T: Send, R: Send>(items: Vec<T>, apply: impl Fn(T) -> R + Sync) -> Vec<R> {
    let cores = thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let threads = cores.min(items.len());
    if threads < 2 {
        return items.into_iter().map(apply).collect();
    }
    let queue = Mutex::new(items.into_iter().enumerate());
    let work = || {
        let mut done = Vec::new();
        loop {
            let next = queue.lock().ok().and_then(|mut queue| queue.next());
            let Some((place, item)) = next else { return done };
            done.push((place, apply(item)));
        }
    };
    let mut results: Vec<(usize, R)> = thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(work)).collect();
        let mut results = work();
        for other in others {
            match other.join() {
                Ok(more) => results.extend(more),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        results
    });
    results.sort_by_key(|(place, _)| *place);
    results.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn results_come_in_order() {
        assert_eq!(
            super::map((0..1000).collect(), |n| n * 2),
            (0..2000).step_by(2).collect::<Vec<_>>()
        );
        assert!(super::map(Vec::<u8>::new(), |n| n).is_empty());
    }
}
