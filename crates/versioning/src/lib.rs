//! The version step as a library: observe a repository, plan, apply.
