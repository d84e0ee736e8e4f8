//! Images and container actions, run as GitHub runs them.
