//! Slack: incoming webhooks, workflow triggers and the Web API.

pub mod answer;
pub mod errors;
mod inputs;
pub mod method;
pub mod outputs;
pub mod webhook;

pub use inputs::{Inputs, WebhookType};
