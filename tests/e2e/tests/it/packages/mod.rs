//! What `cargo xtask package` makes: archives, hashes, lists of what is in a program; and what the tree is sealed with.
#![cfg(target_os = "linux")]

mod laptops;
mod made;
mod npm;
mod sealed;
mod shipped;
