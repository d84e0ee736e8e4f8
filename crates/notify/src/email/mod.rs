//! E-mail, by SMTP.

mod attach;
mod inputs;
pub mod limits;
mod outputs;
mod preview;
pub mod render;
mod send;
pub mod server;
mod talk;
mod turns;

pub use inputs::Inputs;
pub use outputs::Outputs;
pub use send::main;
