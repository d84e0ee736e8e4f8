//! Where the changelog goes: in front of an old one, into a file, to standard output.

use git_cliff_core::config::ChangelogConfig;
use git_cliff_core::markdown::format_markdown;

/// Puts new entries in front of those of a changelog, whose header is not repeated.
pub fn prepended(new: &str, old: &str, config: &ChangelogConfig) -> String {
    let rest = without_header(old, config);
    let touch = !new.is_empty()
        && !rest.is_empty()
        && !new.ends_with('\n')
        && !rest.starts_with(['\n', '\r']);
    [new, if touch { "\n\n" } else { "" }, &rest].concat()
}

/// A changelog without its header: what stands behind the marker, or what is left when the text of
/// the configuration is taken away.
fn without_header(old: &str, config: &ChangelogConfig) -> String {
    let marker = config.header_marker.as_str();
    if !marker.is_empty()
        && let Some((_, rest)) = old.split_once(marker)
    {
        return rest.to_owned();
    }
    let Some(header) = &config.header else { return old.to_owned() };
    let rest = old.replacen(header, "", 1);
    if rest.len() == old.len()
        && config.format
        && let Ok(header) = format_markdown(header)
    {
        return old.replacen(&header, "", 1);
    }
    rest
}
