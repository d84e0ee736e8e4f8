//! The release bot: version pull request, publish, tag, Release.
