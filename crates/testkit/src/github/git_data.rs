//! Answers about git_data.
