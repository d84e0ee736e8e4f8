//! The way in: a webhook, a trigger or the Web API.

use launchway_base::{Failure, Secret};

use super::answer::Way;
use super::inputs::{Inputs, WebhookType};
use super::method;
use super::webhook::Hook;

/// The way in.
#[derive(Clone, Debug)]
pub enum Door {
    /// A webhook or trigger.
    Hook(Hook),
    /// The Web API.
    Api {
        /// The address before the method.
        base: String,
        /// The token.
        token: Secret,
    },
}

impl Door {
    /// The way in, by the inputs, else by the environment; none where there is none. From here on its
    /// secrets are masked.
    ///
    /// # Errors
    /// There are two, or an address is none a secret may go to.
    pub fn find<'a>(
        inputs: &Inputs,
        env: impl Fn(&str) -> Option<&'a str>,
    ) -> Result<Option<Self>, Failure> {
        let kind = env("SLACK_WEBHOOK_TYPE").and_then(WebhookType::of_variable);
        let given = |secret: &Option<Secret>| secret.clone().filter(|secret| !secret.is_empty());
        let env = |name: &str| env(name).map(Secret::new).filter(|secret| !secret.is_empty());
        let (token, webhook) = (given(&inputs.token), given(&inputs.webhook));
        if token.is_some() && webhook.is_some() {
            return Err(Failure::input("`token` and `webhook` are both given")
                .with_hint("give the one by which the message is to be sent"));
        }
        let env_token = || env("SLACK_TOKEN").or_else(|| env("SLACK_BOT_TOKEN"));
        let env_hook = || env("SLACK_WEBHOOK_URL");
        let (token, webhook) = match (token, webhook) {
            (Some(token), _) => (Some(token), None),
            (None, Some(hook)) => (None, Some(hook)),
            (None, None) if wants_token(inputs) => match env_token() {
                Some(token) => (Some(token), None),
                None => (None, env_hook()),
            },
            (None, None) => match env_hook() {
                Some(hook) => (None, Some(hook)),
                None => (env_token(), None),
            },
        };
        if let Some(url) = webhook {
            let kind = inputs.webhook_type.or(kind);
            return Ok(Some(Self::Hook(Hook::new(&url, kind)?)));
        }
        let Some(token) = token else { return Ok(None) };
        let text = token.expose();
        if text.starts_with("http") || text.starts_with(['"', '\'']) {
            return Err(Failure::input("`token` is no token").with_hint(
                "a token begins with `xoxb-` and stands in no quotes; the address of a webhook is given as `webhook`",
            ));
        }
        let base = method::base(inputs.api_url.as_deref().unwrap_or(method::API))?;
        Ok(Some(Self::Api { base, token }))
    }

    /// Which of the ways it is.
    pub fn way(&self) -> Way {
        match self {
            Self::Hook(hook) => hook.way(),
            Self::Api { .. } => Way::Method,
        }
    }
}

/// Which way in it would be for inputs that name none: whoever only looks at a message needs no account.
pub fn way_of(inputs: &Inputs) -> Way {
    match inputs.webhook_type {
        Some(WebhookType::WebhookTrigger) => Way::Trigger,
        None if wants_token(inputs) => Way::Method,
        Some(WebhookType::IncomingWebhook) | None => Way::Webhook,
    }
}

/// What to say where there is no way in.
pub fn no_door() -> Failure {
    Failure::input("there is neither a `token` nor a `webhook`").with_hint(
        "give a bot token, `xoxb-…`, or the address of an incoming webhook, from a secret; `dry-run` needs neither",
    )
}

/// Whether something is asked for that only a token can do.
fn wants_token(inputs: &Inputs) -> bool {
    let only = [
        &inputs.method,
        &inputs.channel,
        &inputs.key,
        &inputs.update_ts,
        &inputs.ephemeral_to,
        &inputs.reaction,
        &inputs.snippet,
    ];
    only.iter().any(|one| one.is_some())
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        inputs: Inputs,
    }

    fn inputs(words: &str) -> Inputs {
        Line::try_parse_from(std::iter::once("x").chain(words.split_whitespace())).unwrap().inputs
    }

    #[test]
    fn the_way_in_is_given_or_stands_in_the_environment() {
        const HOOK: &str = "https://hooks.slack.com/services/T1/B1/qqqqqqqqq1";
        const TRIGGER: &str = "https://hooks.slack.com/triggers/T1/1/qqqqqqqqq2";
        let all: &[(&str, &str)] = &[("SLACK_TOKEN", "xoxb-1"), ("SLACK_WEBHOOK_URL", HOOK)];
        let bot: &[(&str, &str)] = &[("SLACK_TOKEN", ""), ("SLACK_BOT_TOKEN", "xoxb-2")];
        let find = |words: &str, env: &[(&str, &'static str)]| {
            let get =
                |name: &str| env.iter().find(|(one, _)| *one == name).map(|(_, value)| *value);
            Door::find(&inputs(words), get).map(|door| door.map(|door| door.way()))
        };
        for (words, env, way) in [
            ("", &[][..], None),
            ("--token=", &[], None),
            ("--token xoxb-3", all, Some(Way::Method)),
            (&*format!("--webhook {HOOK}"), all, Some(Way::Webhook)),
            (&format!("--webhook {TRIGGER}"), all, Some(Way::Trigger)),
            (&format!("--webhook {HOOK} --webhook-type webhook-trigger"), &[], Some(Way::Trigger)),
            ("", all, Some(Way::Webhook)),
            ("", bot, Some(Way::Method)),
            ("--channel C1", all, Some(Way::Method)),
            ("--key k", all, Some(Way::Method)),
            ("--update-ts 1.2", all, Some(Way::Method)),
            ("--channel C1", &[("SLACK_WEBHOOK_URL", HOOK)], Some(Way::Webhook)),
        ] {
            assert_eq!(find(words, env).unwrap(), way, "{words} {env:?}");
        }
        let both = find(&format!("--token xoxb-3 --webhook {HOOK}"), &[]).unwrap_err();
        assert_eq!(
            (both.kind().code(), both.chain().as_str()),
            (2, "`token` and `webhook` are both given")
        );
        for slip in [HOOK, "'xoxb-1'", "\"xoxb-1\""] {
            let failure = find(&format!("--token {slip}"), &[]).unwrap_err();
            assert_eq!(failure.chain(), "`token` is no token");
        }
        assert!(find("--token xoxb-3 --api-url http://slack.com/api", &[]).is_err());
    }

    #[test]
    fn whoever_has_no_account_is_shown_what_the_inputs_ask_for() {
        for (words, way) in [
            ("--text hi", Way::Webhook),
            ("--text hi --channel C1", Way::Method),
            ("--text hi --key k", Way::Method),
            ("--reaction tada", Way::Method),
            ("--text hi --webhook-type incoming-webhook", Way::Webhook),
            ("--payload {} --webhook-type webhook-trigger", Way::Trigger),
        ] {
            assert_eq!(way_of(&inputs(words)), way, "{words}");
        }
    }
}
