//! The action file.
