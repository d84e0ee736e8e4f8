//! Package registries: is this version there, pack, publish by each ecosystem's own tool, in dependency order.
