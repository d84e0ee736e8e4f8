//! Changeset files, configuration, the release plan with its reasons, changelog text. Pure.
