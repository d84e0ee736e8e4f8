//! The built program against registries of images, fake and real.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on stops")]

mod build_plan;
mod floating;
mod git_context;
mod label_order;
mod merge_sboms;
mod moves_hostile;
mod moves_messages;
mod moves_reruns;
mod promote_cases;
mod promote_faults;
mod promote_kills;
mod promote_real;
mod promote_world;
mod push_faults;
mod push_images;
mod push_layout;
mod push_real;
mod push_tags;
mod push_world;
mod rollback_cases;
mod tags_events;
mod tags_floating;
mod tags_hostile;
mod tags_outputs;
mod tags_world;
mod verify_tags;
