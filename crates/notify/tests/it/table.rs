//! Every word Slack documents, by every way in, under every policy.

use launchway_testkit::chat::{How as Goes, Trouble};

use crate::ways::{Stage, Way, each};

/// Words of every method.
const COMMON: &str = "access_denied accesslimited account_inactive deprecated_endpoint \
    ekm_access_denied enterprise_is_restricted fatal_error internal_error invalid_arg_name \
    invalid_arguments invalid_array_arg invalid_auth invalid_charset invalid_form_data \
    invalid_json invalid_post_type is_bot json_not_object method_deprecated missing_post_type \
    missing_scope no_permission not_allowed_token_type not_authed org_login_required ratelimited \
    request_timeout service_unavailable team_added_to_org team_not_found token_expired \
    token_revoked two_factor_setup_required unknown_method upgrade_required";

/// Words by way and call, as the pages of the methods and of incoming webhooks have them.
const OWN: &[(Way, &str, &str)] = &[
    (
        Way::Webhook,
        "webhook",
        "action_prohibited channel_is_archived channel_not_found invalid_blocks \
         invalid_blocks_format invalid_payload invalid_token \
         missing_text_or_fallback_or_attachments no_active_hooks no_service no_service_id no_team \
         no_text posting_to_general_channel_denied rate_limited rollup_error team_disabled \
         too_many_attachments user_not_found",
    ),
    (
        Way::Trigger,
        "trigger",
        "invalid_json invalid_webhook_trigger_url invalid_workflow_input \
         parameter_validation_failed rate_limited internal_error trigger_not_found \
         workflow_not_published",
    ),
    (
        Way::Token,
        "chat.postMessage",
        "app_access_restricted as_user_not_supported attachment_payload_limit_exceeded \
         cannot_reply_to_message channel_not_found draft_already_deleted draft_already_sent \
         draft_has_conflict draft_not_found duplicate_channel_not_found \
         duplicate_message_not_found invalid_blocks invalid_blocks_format \
         invalid_metadata_format invalid_metadata_schema is_archived markdown_text_conflict \
         message_limit_exceeded messages_tab_disabled metadata_must_be_sent_from_app \
         metadata_too_large missing_file_data msg_blocks_too_long msg_too_long no_text \
         not_in_channel rate_limited restricted_action restricted_action_non_threadable_channel \
         restricted_action_read_only_channel restricted_action_thread_locked \
         restricted_action_thread_only_channel send_on_behalf_not_allowed \
         slack_connect_canvas_sharing_blocked slack_connect_file_link_sharing_blocked \
         slack_connect_lists_sharing_blocked too_many_attachments too_many_contact_cards",
    ),
    (
        Way::Key,
        "conversations.history",
        "channel_is_limited_access channel_not_found invalid_cursor \
         invalid_metadata_filter_keys invalid_ts_latest invalid_ts_oldest not_in_channel",
    ),
    (Way::Key, "chat.postMessage", "is_archived restricted_action"),
    (
        Way::Update,
        "chat.update",
        "as_user_not_supported block_mismatch blocked_file_type cant_broadcast_message \
         cant_update_message channel_not_found edit_window_closed external_channel_migrating \
         file_deleted file_is_deleted file_not_found file_share_limit_reached \
         invalid_attachments invalid_blocks invalid_blocks_format invalid_metadata_format \
         invalid_metadata_schema is_inactive markdown_text_conflict max_file_sharing_exceeded \
         message_limit_exceeded message_not_found metadata_must_be_sent_from_app \
         metadata_too_large msg_too_long no_dual_broadcast_content_update no_text \
         posting_to_channel_denied rate_limited slack_connect_blocked_file_type \
         slack_connect_canvas_sharing_blocked slack_connect_clip_sharing_blocked \
         slack_connect_file_link_sharing_blocked slack_connect_file_upload_sharing_blocked \
         streaming_state_conflict too_many_attachments unable_to_share_files update_failed",
    ),
    (
        Way::Ephemeral,
        "chat.postEphemeral",
        "cannot_reply_to_message channel_not_found invalid_attachments invalid_blocks \
         invalid_blocks_format is_archived markdown_text_conflict message_limit_exceeded \
         messages_tab_disabled msg_too_long no_text not_in_channel restricted_action \
         too_many_attachments user_not_in_channel",
    ),
    (
        Way::Reaction,
        "reactions.add",
        "already_reacted bad_timestamp channel_not_found external_channel_migrating invalid_name \
         is_archived message_not_found no_access no_item_specified not_reactable thread_locked \
         too_many_emoji too_many_reactions",
    ),
    (
        Way::Snippet,
        "files.getUploadURLExternal",
        "alt_txt_too_large file_type_not_allowed file_upload_size_restricted \
         file_uploads_disabled file_uploads_except_images_disabled missing_argument \
         snippet_too_large storage_limit_reached unknown_snippet_type unknown_subtype",
    ),
    (
        Way::Snippet,
        "files.completeUploadExternal",
        "channel_not_found channels_limit_exceeded file_not_found file_type_not_allowed \
         file_update_failed file_uploads_except_images_disabled invalid_blocks invalid_channel \
         not_in_channel posting_to_channel_denied",
    ),
];

/// Words of methods a keyed message or `method` calls besides; their class is what counts.
const OTHERS: &str = "cant_delete_message compliance_exports_prevent_deletion invalid_limit \
    invalid_types list_record_comment_fetch_failed method_not_supported_for_channel_type \
    thread_not_found no_reaction file_comment_not_found invalid_user_combination \
    not_enough_users too_many_users user_disabled user_not_visible users_list_not_supplied \
    invalid_time time_in_past time_too_far restricted_too_many";

/// What a word says of what was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Says {
    No,
    Later,
    Perhaps,
    Done,
}

fn says(word: &str) -> Says {
    match word {
        "ratelimited" | "rate_limited" | "request_timeout" | "service_unavailable" => Says::Later,
        "fatal_error"
        | "internal_error"
        | "rollup_error"
        | "update_failed"
        | "unable_to_share_files"
        | "file_update_failed"
        | "list_record_comment_fetch_failed" => Says::Perhaps,
        "already_reacted" => Says::Done,
        _ => Says::No,
    }
}

/// How often the word comes, and under which policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Policy {
    /// Always; nothing is to be sent again.
    Never,
    /// Twice; it is to be sent again, but not at the risk of two.
    Careful,
    /// Twice; it is to be sent again at any risk.
    Eager,
}

struct Row {
    way: Way,
    call: &'static str,
    word: &'static str,
    policy: Policy,
}

/// A refusal is the same under every policy, so that it is tried under the most eager one. The words all
/// methods have in common are read in one place, so that each of them comes by one way and the ways take turns.
fn rows() -> Vec<Row> {
    let mut rows = Vec::new();
    let calls = OWN.iter().filter(|(way, ..)| !matches!(way, Way::Webhook | Way::Trigger)).count();
    let mut turn = 0;
    for (way, call, own) in OWN {
        let mut common = Vec::new();
        if !matches!(way, Way::Webhook | Way::Trigger) {
            common.extend(COMMON.split_whitespace().skip(turn).step_by(calls));
            turn += 1;
        }
        for word in own.split_whitespace().chain(common).chain(["made_up"]) {
            let policies: &[Policy] = match says(word) {
                Says::No => &[Policy::Eager],
                _ => &[Policy::Never, Policy::Careful, Policy::Eager],
            };
            let row = |policy: &Policy| Row { way: *way, call, word, policy: *policy };
            rows.extend(policies.iter().map(row));
        }
    }
    rows
}

/// Exit code, output `error`, how often the call was made.
fn expected(row: &Row) -> (i32, String, usize) {
    let is_repeatable = matches!(
        row.call,
        "chat.update" | "reactions.add" | "files.getUploadURLExternal" | "conversations.history"
    );
    // A message with a key is looked for before it is sent again, whatever the policy.
    let is_looked_for = row.way == Way::Key && row.call == "chat.postMessage";
    let of = |code, error: &str, times| (code, error.to_owned(), times);
    match (says(row.word), row.policy) {
        (Says::No, _) => of(1, row.word, 1),
        (Says::Done, _) => of(0, "", 1),
        (Says::Later, Policy::Never) => of(3, "unreachable", 1),
        (Says::Perhaps, Policy::Never) if is_looked_for => of(3, "unknown", 3),
        (Says::Perhaps, Policy::Never) => of(3, "unknown", 1),
        (Says::Perhaps, Policy::Careful) if !is_repeatable && !is_looked_for => of(3, "unknown", 1),
        (Says::Later | Says::Perhaps, _) => of(0, "", 3),
    }
}

#[test]
fn every_documented_word_by_every_way_under_every_policy() {
    each(&rows(), |row| {
        let stage = Stage::new();
        let trouble = Trouble::before(Goes::Word(row.word.to_owned())).on(row.call);
        let (trouble, policy) = match row.policy {
            Policy::Never => (trouble.always(), [("retries", "0"), ("on-ambiguous", "fail")]),
            Policy::Careful => (trouble.times(2), [("retries", "RAPID"), ("on-ambiguous", "fail")]),
            Policy::Eager => (trouble.times(2), [("retries", "RAPID"), ("on-ambiguous", "retry")]),
        };
        stage.slack.fail(trouble);
        let step = stage.goes(row.way, &policy);
        let (code, error, times) = expected(row);
        let said =
            format!("{:?} {} {} {:?}:\n{}", row.way, row.call, row.word, row.policy, step.log);
        assert_eq!(step.exit_code, code, "{said}");
        assert_eq!(step.output("error"), error, "{said}");
        assert_eq!(step.output("ok"), (code == 0).to_string(), "{said}");
        let asked = stage.asked(row.call);
        // Behind a message with a key stand its line in the thread, and a look at what else came.
        let lines = usize::from(row.way == Way::Key && code == 0);
        assert!(asked == times || (lines > 0 && asked > times), "{asked} requests: {said}");
        let is_there = code == 0 && says(row.word) != Says::Done;
        assert_eq!(stage.copies(row.way), usize::from(is_there), "{said}");
        let errors = step.messages("error");
        if code == 0 {
            assert!(errors.is_empty(), "{said}");
        } else {
            assert!(errors[0].contains("hint: "), "{said}");
            assert!(errors[0].contains(row.word) || code == 3, "{said}");
        }
    });
}

#[test]
fn every_documented_word_has_an_entry() {
    use launchway_notify::slack::errors::{self, Class};
    let own = OWN.iter().flat_map(|(_, _, words)| words.split_whitespace());
    let all = own.chain(COMMON.split_whitespace()).chain(OTHERS.split_whitespace());
    for word in all {
        let entry = errors::find(word);
        let class = entry.map(|entry| match entry.class {
            Class::Fatal => Says::No,
            Class::Transient | Class::Limited => Says::Later,
            Class::MaybeDone => Says::Perhaps,
            Class::AlreadyDone => Says::Done,
        });
        assert_eq!(class, Some(says(word)), "{word}");
    }
}
