//! The run: every target looked at by a task of its own until there is a verdict, the deadline or a
//! signal.
