//! The repositories of `examples/`.
