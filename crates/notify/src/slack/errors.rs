//! The words by which Slack refuses, what each says of the message, and what to do about it.

/// What a word says of the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// It was not taken and never will be as it is.
    Fatal,
    /// It was not taken, and may be later.
    Transient,
    /// It was not taken: too much was sent.
    Limited,
    /// Part of it may have been done.
    MaybeDone,
    /// It was there before, which is as good.
    AlreadyDone,
}

/// A word of Slack's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Word {
    /// The word, such as `not_in_channel`.
    pub word: &'static str,
    /// What it says of the message.
    pub class: Class,
    /// What to do about it, in one sentence.
    pub remedy: &'static str,
}

/// The entry of a word.
pub fn find(word: &str) -> Option<&'static Word> {
    TABLE.iter().find(|entry| entry.word == word)
}

/// What a word says; one nobody knows is fatal, because asking again helps in none of the known ones
/// of its kind.
pub fn class(word: &str) -> Class {
    find(word).map_or(Class::Fatal, |entry| entry.class)
}

/// What to do about a word, or about `http` and a status where there was none.
pub fn remedy(word: &str) -> &'static str {
    let status = word.strip_prefix("http ").and_then(|status| status.parse().ok());
    match (find(word), status) {
        (Some(entry), _) => entry.remedy,
        (None, Some(status)) => by_status(status),
        (None, None) => "look the word up in Slack's documentation of the method",
    }
}

/// What to do about an answer that has no word of Slack's: mostly it is none of Slack's at all.
fn by_status(status: u16) -> &'static str {
    match status {
        300..=399 => {
            "check `webhook` or `api-url`: the address leads to another, where no secret is sent"
        }
        401 | 403 | 407 => "check `webhook`, `token` and `proxy`: something on the way says no",
        404 | 405 | 410 => "check `webhook` or `api-url`: there is nothing at the address",
        413 => SHORTEN,
        _ => "check `webhook` or `api-url`, and whether a proxy answers in Slack's stead",
    }
}

/// Whether a text has the form of a word: lower case, digits and underscores.
pub fn is_word(text: &str) -> bool {
    (2..=64).contains(&text.len())
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

const TOKEN: &str = "put the bot token of an installed app (`xoxb-…`) into `token`";
const WEBHOOK: &str = "make a new webhook on the app's page and put its address into the secret";
const ADMIN: &str = "ask an admin of the workspace to allow it";
const LATER: &str = "Slack has trouble; run again later";
const MAYBE: &str = "look into the channel before running again: the message may be there";
const PERSON: &str = "check `ephemeral-to`, or the person in the payload: write the id, `U…`";
const CHANNEL: &str = "check `channel`: write its id (`C…`), and invite the app into a private one with `/invite @app`";
const SHORTEN: &str = "send less: shorten the text or the fields";
const PAYLOAD: &str = "correct the payload; `dry-run` prints it with a link that shows it";
const CALL: &str = "check `method`, `payload` and `api-url`";
const TS: &str =
    "check the timestamp and the channel: both have to be of one message that still exists";
const FILES: &str = "give another file, or ask an admin of the workspace to allow it";
const MIGRATION: &str = "wait until the workspace's migration is complete";
const LIMIT: &str = "send less often, or allow more time by `deadline-seconds`";
const METADATA: &str = "check `metadata` in the payload";

const fn word(word: &'static str, class: Class, remedy: &'static str) -> Word {
    Word { word, class, remedy }
}

const fn fatal(name: &'static str, remedy: &'static str) -> Word {
    word(name, Class::Fatal, remedy)
}

/// All words Slack documents for the methods and addresses this program uses.
pub const TABLE: &[Word] = &[
    // Who asks.
    fatal("not_authed", TOKEN),
    fatal(
        "invalid_auth",
        "check `token`: it is wrong, of another workspace, or not allowed from this address",
    ),
    fatal("account_inactive", "install the app again and use its new token"),
    fatal("token_revoked", "install the app again and use its new token"),
    fatal("token_expired", "use a fresh token, or turn token rotation off for the app"),
    fatal("missing_scope", "add the scope that is named to the app and install it again"),
    fatal(
        "no_permission",
        "add the scope to the app, install it again, and invite it into the channel",
    ),
    fatal("not_allowed_token_type", TOKEN),
    fatal("is_bot", "use the token of an app, not of a legacy bot"),
    fatal("access_denied", ADMIN),
    fatal(
        "accesslimited",
        "run where the workspace allows the network, or ask an admin to allow this one",
    ),
    fatal("app_access_restricted", ADMIN),
    fatal("ekm_access_denied", ADMIN),
    fatal("enterprise_is_restricted", "call it for a workspace, not for the organization"),
    fatal("two_factor_setup_required", "set up two factors for the account of the token"),
    fatal("team_added_to_org", MIGRATION),
    fatal("org_login_required", MIGRATION),
    fatal("external_channel_migrating", MIGRATION),
    fatal("team_not_found", "write the channel's id (`C…`) instead of its name"),
    fatal("team_disabled", ADMIN),
    fatal("no_team", WEBHOOK),
    fatal("no_service", WEBHOOK),
    fatal("no_service_id", WEBHOOK),
    fatal("no_active_hooks", WEBHOOK),
    fatal(
        "invalid_token",
        "check the secret: make a new webhook on the app's page, or take the app's newest token",
    ),
    fatal("user_not_found", PERSON),
    fatal("user_not_visible", PERSON),
    fatal("user_disabled", PERSON),
    fatal("users_list_not_supplied", PERSON),
    fatal("not_enough_users", PERSON),
    fatal("too_many_users", PERSON),
    fatal("invalid_user_combination", PERSON),
    fatal("as_user_not_supported", "take `as_user` out of the payload"),
    fatal("send_on_behalf_not_allowed", "take the other user out of the payload"),
    // Where to.
    fatal("channel_not_found", CHANNEL),
    fatal("invalid_channel", CHANNEL),
    fatal("not_in_channel", "invite the app into the channel with `/invite @app`"),
    fatal("channel_is_limited_access", "invite the app into the channel with `/invite @app`"),
    fatal("user_not_in_channel", "check `ephemeral-to`: the person has to be in the channel"),
    fatal("is_archived", "unarchive the channel or name another"),
    fatal("is_inactive", "unarchive the channel or name another"),
    fatal("channel_is_archived", "unarchive the channel, or make a webhook for another"),
    fatal("action_prohibited", ADMIN),
    fatal(
        "posting_to_general_channel_denied",
        "post to another channel, or ask an admin to open this one",
    ),
    fatal("posting_to_channel_denied", ADMIN),
    fatal("restricted_action", ADMIN),
    fatal("restricted_action_read_only_channel", "name a channel in which the app may post"),
    fatal("restricted_action_thread_only_channel", "answer in a thread there, by `thread-ts`"),
    fatal("restricted_action_non_threadable_channel", "post without `thread-ts`"),
    fatal(
        "restricted_action_thread_locked",
        "post without `thread-ts`, or have the thread unlocked",
    ),
    fatal("thread_locked", "have the thread unlocked"),
    fatal("method_not_supported_for_channel_type", "name a channel of another kind"),
    fatal("messages_tab_disabled", "turn the messages tab on in the app's settings"),
    fatal("channels_limit_exceeded", "name fewer channels"),
    // Which message.
    fatal("message_not_found", TS),
    fatal("thread_not_found", TS),
    fatal("bad_timestamp", TS),
    fatal(
        "cant_update_message",
        "update only messages of this app: take the token it was posted with",
    ),
    fatal(
        "cant_delete_message",
        "delete only messages of this app: take the token it was posted with",
    ),
    fatal("compliance_exports_prevent_deletion", ADMIN),
    fatal("edit_window_closed", "post a new message: the workspace forbids to edit one this old"),
    fatal("cant_broadcast_message", "leave `reply-broadcast` out"),
    fatal("no_dual_broadcast_content_update", "leave `reply-broadcast` out"),
    fatal(
        "cannot_reply_to_message",
        "post without `thread-ts`: this kind of message has no threads",
    ),
    fatal("block_mismatch", "update it with blocks of the kind it was posted with"),
    fatal("streaming_state_conflict", "wait until the message is complete"),
    // What it says.
    fatal("no_text", "give `text`, `title` or `template`: a message needs a text"),
    fatal(
        "missing_text_or_fallback_or_attachments",
        "give `text`, `title` or `template`: a message needs a text",
    ),
    fatal("msg_too_long", SHORTEN),
    fatal("msg_blocks_too_long", SHORTEN),
    fatal("attachment_payload_limit_exceeded", SHORTEN),
    fatal("too_many_attachments", "send at most 100 attachments"),
    fatal("too_many_contact_cards", SHORTEN),
    fatal("invalid_blocks", PAYLOAD),
    fatal("invalid_blocks_format", PAYLOAD),
    fatal("invalid_attachments", PAYLOAD),
    fatal("invalid_payload", PAYLOAD),
    fatal("markdown_text_conflict", "take `markdown_text` or the blocks out of the payload"),
    fatal("invalid_metadata_format", METADATA),
    fatal("invalid_metadata_schema", METADATA),
    fatal("invalid_metadata_filter_keys", METADATA),
    fatal("metadata_too_large", METADATA),
    fatal("metadata_must_be_sent_from_app", METADATA),
    fatal("duplicate_channel_not_found", PAYLOAD),
    fatal("duplicate_message_not_found", PAYLOAD),
    fatal("draft_already_deleted", PAYLOAD),
    fatal("draft_already_sent", PAYLOAD),
    fatal("draft_has_conflict", PAYLOAD),
    fatal("draft_not_found", PAYLOAD),
    fatal("invalid_time", PAYLOAD),
    fatal("time_in_past", PAYLOAD),
    fatal("time_too_far", PAYLOAD),
    fatal("invalid_cursor", PAYLOAD),
    fatal("invalid_limit", PAYLOAD),
    fatal("invalid_types", PAYLOAD),
    fatal("invalid_ts_latest", PAYLOAD),
    fatal("invalid_ts_oldest", PAYLOAD),
    fatal("message_limit_exceeded", "the workspace has sent all it may: wait, or ask an admin"),
    fatal("restricted_too_many", "schedule fewer messages for the channel"),
    fatal("slack_connect_canvas_sharing_blocked", ADMIN),
    fatal("slack_connect_clip_sharing_blocked", ADMIN),
    fatal("slack_connect_file_link_sharing_blocked", ADMIN),
    fatal("slack_connect_file_upload_sharing_blocked", ADMIN),
    fatal("slack_connect_lists_sharing_blocked", ADMIN),
    fatal("slack_connect_blocked_file_type", FILES),
    // Reactions.
    word("already_reacted", Class::AlreadyDone, "nothing: the reaction is there"),
    fatal("invalid_name", "check `reaction`: write the emoji's name, such as `white_check_mark`"),
    fatal("no_item_specified", "give the message by `channel` and `update-ts` or `thread-ts`"),
    fatal("no_reaction", "take off only reactions of this app that are there"),
    fatal("not_reactable", TS),
    fatal("no_access", ADMIN),
    fatal("too_many_emoji", "take another sign off the message"),
    fatal("too_many_reactions", "take another sign off the message"),
    // Files.
    fatal("alt_txt_too_large", SHORTEN),
    fatal("blocked_file_type", FILES),
    fatal("file_type_not_allowed", FILES),
    fatal("file_deleted", FILES),
    fatal("file_is_deleted", FILES),
    fatal("file_comment_not_found", TS),
    fatal("file_not_found", "run again: the upload was lost before it was complete"),
    fatal("file_share_limit_reached", FILES),
    fatal("max_file_sharing_exceeded", FILES),
    fatal("missing_file_data", FILES),
    fatal("file_upload_size_restricted", FILES),
    fatal("file_uploads_disabled", ADMIN),
    fatal("file_uploads_except_images_disabled", ADMIN),
    fatal("snippet_too_large", "give a file of at most 1 MB"),
    fatal("storage_limit_reached", "delete files in Slack: the workspace's storage is full"),
    fatal("unknown_snippet_type", FILES),
    fatal("unknown_subtype", FILES),
    word("unable_to_share_files", Class::MaybeDone, MAYBE),
    word("file_update_failed", Class::MaybeDone, MAYBE),
    word("list_record_comment_fetch_failed", Class::MaybeDone, LATER),
    // How it was asked.
    fatal("unknown_method", CALL),
    fatal("method_deprecated", CALL),
    fatal("deprecated_endpoint", CALL),
    fatal("upgrade_required", CALL),
    fatal("invalid_arguments", CALL),
    fatal("invalid_arg_name", CALL),
    fatal("invalid_array_arg", CALL),
    fatal("missing_argument", CALL),
    fatal("invalid_charset", CALL),
    fatal("invalid_form_data", CALL),
    fatal("invalid_json", CALL),
    fatal("json_not_object", CALL),
    fatal("invalid_post_type", CALL),
    fatal("missing_post_type", CALL),
    fatal("trigger_not_found", "check `webhook`: the workflow was deleted or its trigger replaced"),
    fatal(
        "invalid_webhook_trigger_url",
        "check `webhook`: the workflow was deleted or its trigger replaced",
    ),
    fatal("workflow_not_published", "publish the workflow in Slack"),
    fatal("invalid_workflow_input", "give the variables of the workflow, each as text"),
    fatal("parameter_validation_failed", "give the variables of the workflow, each as text"),
    // Slack's own trouble.
    word("ratelimited", Class::Limited, LIMIT),
    word("rate_limited", Class::Limited, LIMIT),
    word("request_timeout", Class::Transient, LATER),
    word("service_unavailable", Class::Transient, LATER),
    word("internal_error", Class::MaybeDone, MAYBE),
    word("fatal_error", Class::MaybeDone, MAYBE),
    word("update_failed", Class::MaybeDone, MAYBE),
    word("rollup_error", Class::MaybeDone, MAYBE),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_stands_once_and_says_what_to_do() {
        for (at, entry) in TABLE.iter().enumerate() {
            assert!(is_word(entry.word), "{}", entry.word);
            assert!(!TABLE[..at].iter().any(|e| e.word == entry.word), "{} twice", entry.word);
            assert!(entry.remedy.len() > 10 && !entry.remedy.ends_with('.'), "{}", entry.word);
        }
        assert_eq!(class("never_heard_of"), Class::Fatal);
        for text in ["ok!", "Not Found", "", "<html>", "a", "a b"] {
            assert!(!is_word(text), "{text}");
        }
    }
}
