//! The OCI distribution protocol: logins, manifests by raw bytes, tags, mounts, referrers.
