//! Slack: incoming webhooks, workflow triggers and the Web API.

mod inputs;

pub use inputs::{Inputs, WebhookType};
