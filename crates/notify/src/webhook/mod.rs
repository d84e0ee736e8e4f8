//! Any address that takes JSON: the message as data, signed.

mod inputs;
mod outputs;
mod preview;
pub mod render;
mod send;
pub mod sign;

pub use inputs::Inputs;
pub use outputs::Outputs;
pub use send::main;
