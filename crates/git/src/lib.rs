//! The git program: log, tags, diff, status; batched, never one process per item.
