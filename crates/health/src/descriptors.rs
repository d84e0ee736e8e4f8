//! Enough file descriptors for all targets at once: some systems give a process 256.

/// What a look may hold at a time: a connection of each family, a lookup, a file it reads.
const EACH: u64 = 4;
/// What the program holds besides.
const OWN: u64 = 64;

/// Raises the limit of this process, as far as the system lets it. Where it does not, looks tell
/// that there are too many open files.
pub(crate) fn allow(targets: usize) {
    #[cfg(unix)]
    {
        use nix::sys::resource::{Resource, getrlimit, setrlimit};
        let wanted = OWN + EACH * u64::try_from(targets).unwrap_or(u64::MAX / 8);
        if let Ok((now, most)) = getrlimit(Resource::RLIMIT_NOFILE)
            && now < wanted.min(most)
        {
            let _ = setrlimit(Resource::RLIMIT_NOFILE, wanted.min(most), most);
        }
    }
    #[cfg(not(unix))]
    let _ = targets;
}
