//! Discord, by a channel's webhook.

mod inputs;
pub mod limits;
mod outputs;
mod preview;
pub mod render;
mod send;

pub use inputs::Inputs;
pub use outputs::Outputs;
pub use send::main;
