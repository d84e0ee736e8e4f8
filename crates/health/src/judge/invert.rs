//! What a look says when a target that is down is what is wanted.

use crate::attempt::Fault;
use crate::reason::Reason;

/// Turns success and failure of a look around.
///
/// A target that answers as expected has failed; one that fails, finally or not, is as wanted.
/// Neither an address that is never asked, nor a command that cannot be started, nor a look that the
/// deadline cut short says that a target is down: these stay failures.
pub fn invert(fault: Option<Fault>, cut: bool) -> Option<Fault> {
    match fault {
        None => Some(Fault::new(
            Reason::StatusMismatch,
            "answers as expected, and with `invert` it should not",
        )),
        Some(fault) if cut || fault.is_own || fault.reason == Reason::AddressRefused => Some(fault),
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn down_is_up_and_up_is_down() {
        let stays = invert(None, false).unwrap();
        assert_eq!((stays.reason, stays.is_final), (Reason::StatusMismatch, false));
        for reason in Reason::ALL.iter().filter(|reason| **reason != Reason::AddressRefused) {
            assert_eq!(invert(Some(Fault::new(*reason, "x")), false), None, "{reason}");
        }
    }

    #[test]
    fn what_was_not_looked_at_is_not_down() {
        let refused = Fault::new(Reason::AddressRefused, "169.254.169.254");
        assert_eq!(invert(Some(refused.clone()), false), Some(refused));
        let unstarted = Fault::new(Reason::CommandFailed, "`chekc` is not found").and_own();
        assert_eq!(invert(Some(unstarted.clone()), false), Some(unstarted));
        let cut = Fault::new(Reason::ResponseTimeout, "x");
        assert_eq!(invert(Some(cut.clone()), true), Some(cut));
    }
}
