//! A repository's packages: ecosystems, versions and ranges, the dependency graph, edits that keep every other byte.
