//! The health checker from outside.
