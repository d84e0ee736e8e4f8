//! Slack: incoming webhooks, workflow triggers and the Web API.

pub mod answer;
pub mod blocks;
mod content;
pub mod door;
mod dry_run;
pub mod errors;
mod inputs;
pub mod key;
pub mod limits;
pub mod mentions;
pub mod method;
pub mod outputs;
pub mod plan;
pub mod render;
pub mod report;
mod run;
mod send;
pub mod snippet;
pub mod tokens;
pub mod upload;
pub mod verify;
pub mod webhook;

pub use inputs::{Inputs, WebhookType};
pub use run::main;
