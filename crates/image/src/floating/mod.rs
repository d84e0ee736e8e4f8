//! Which floating tags (`latest`, `1`, `1.2`, channels) a version may move: those whose line it is the highest of.
