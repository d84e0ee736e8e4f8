//! What `cargo xtask package` makes: archives, hashes, packages for laptops.

mod npm;
