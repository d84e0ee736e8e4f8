//! Workflows in a real runner.
