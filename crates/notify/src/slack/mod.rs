//! Slack: incoming webhooks, workflow triggers and the Web API.

pub mod answer;
pub mod blocks;
pub mod errors;
mod inputs;
pub mod key;
pub mod limits;
pub mod mentions;
pub mod method;
pub mod outputs;
pub mod render;
pub mod tokens;
pub mod verify;
pub mod webhook;

pub use inputs::{Inputs, WebhookType};
