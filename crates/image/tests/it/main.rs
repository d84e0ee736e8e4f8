//! The built program against registries of images, fake and real.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on stops")]

mod floating;
mod git_context;
mod push_faults;
mod push_real;
mod push_tags;
mod push_world;
mod tags_floating;
mod verify_tags;
