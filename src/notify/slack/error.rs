//! What Slack means by a 200 that says `"ok": false` (docs.slack.dev: the errors of *chat.postMessage* and *chat.update*).

use super::super::channel::SendError;

/// Errors that somebody has to do something about, each with what.
const LASTING: [(&str, &str); 36] = [
    ("account_inactive", TOKEN),
    ("invalid_auth", TOKEN),
    ("not_authed", TOKEN),
    ("not_allowed_token_type", TOKEN),
    ("token_expired", TOKEN),
    ("token_revoked", TOKEN),
    ("two_factor_setup_required", TOKEN),
    ("access_denied", SCOPE),
    ("enterprise_is_restricted", SCOPE),
    ("missing_scope", SCOPE),
    ("no_permission", SCOPE),
    ("restricted_action", SCOPE),
    ("restricted_action_non_threadable_channel", SCOPE),
    ("restricted_action_read_only_channel", SCOPE),
    ("restricted_action_thread_locked", SCOPE),
    ("restricted_action_thread_only_channel", SCOPE),
    ("team_access_not_granted", SCOPE),
    ("channel_not_found", CHANNEL),
    ("is_archived", CHANNEL),
    ("messages_tab_disabled", CHANNEL),
    ("not_in_channel", CHANNEL),
    ("cannot_reply_to_message", MESSAGE),
    ("block_mismatch", MESSAGE),
    ("invalid_arguments", MESSAGE),
    ("invalid_array_arg", MESSAGE),
    ("invalid_arg_name", MESSAGE),
    ("invalid_blocks", MESSAGE),
    ("invalid_blocks_format", MESSAGE),
    ("invalid_charset", MESSAGE),
    ("invalid_form_data", MESSAGE),
    ("invalid_metadata_format", MESSAGE),
    ("invalid_metadata_schema", MESSAGE),
    ("markdown_text_conflict", MESSAGE),
    ("msg_blocks_too_long", MESSAGE),
    ("msg_too_long", MESSAGE),
    ("no_text", MESSAGE),
];

const TOKEN: &str = "is the token the bot's own (`xoxb-…`), and is the app still installed?";
const SCOPE: &str = "may the bot write there? It needs the scope `chat:write`";
const CHANNEL: &str = "is it the channel's id, and was the bot invited there (`/invite @…`)?";
const MESSAGE: &str = "this is what the message is like: simpler `title` and `text` may help";

/// What is left of a thread's first message that could not be updated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RootFate {
    /// It is there, and says what it said.
    Stays,
    /// It is gone: the next message begins a thread of its own.
    Gone,
}

impl RootFate {
    /// What is left after this error of `chat.update`; `None` where it is no error of the message's own.
    pub(super) fn of(error: &str) -> Option<Self> {
        match error {
            "message_not_found" => Some(Self::Gone),
            // By the workspace's own rules, as a rule for how long messages may be edited is.
            "cant_update_message" | "edit_window_closed" | "update_failed" => Some(Self::Stays),
            _ => None,
        }
    }
}

/// What to do about an error. What is not known to last is tried again: that costs little, and news that is given up is lost.
pub(super) fn refusal(origin: &str, method: &str, error: Option<&str>) -> SendError {
    let error = error.unwrap_or("none");
    // It is somebody else's text, and it is kept and shown.
    let told: String = error
        .chars()
        .take(80)
        .map(|c| {
            if c.is_ascii_alphanumeric() || c == '_' {
                c
            } else {
                '?'
            }
        })
        .collect();
    let reason = format!("{origin} refused {method}: {told}");
    let lasting = LASTING.iter().find(|(known, _)| *known == error);
    match lasting {
        Some((_, hint)) => SendError::never(format!("{reason}; hint: {hint}")),
        None => SendError::later(reason),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn is_lasting(error: &str) -> bool {
        matches!(
            refusal("https://slack.test", "chat.postMessage", Some(error)),
            SendError::Never { .. }
        )
    }

    #[test]
    fn what_somebody_has_to_change_lasts_and_everything_else_is_tried_again() {
        for error in [
            "invalid_auth",
            "channel_not_found",
            "not_in_channel",
            "msg_too_long",
        ] {
            assert!(is_lasting(error), "{error}");
        }
        for error in [
            "ratelimited",
            "rate_limited",
            "message_limit_exceeded",
            "internal_error",
            "fatal_error",
            "service_unavailable",
            "request_timeout",
            "org_login_required",
            "external_channel_migrating",
            "something_new",
        ] {
            assert!(!is_lasting(error), "{error}");
        }
        let names: BTreeSet<&str> = LASTING.iter().map(|(name, _)| *name).collect();
        assert_eq!(names.len(), LASTING.len());
    }

    #[test]
    fn an_error_is_told_as_a_word() {
        let refused = refusal("https://slack.test", "chat.update", Some("no <b>\n")).to_string();
        assert_eq!(refused, "https://slack.test refused chat.update: no??b??");
    }
}
