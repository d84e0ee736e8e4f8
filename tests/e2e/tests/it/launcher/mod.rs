//! `dist/launch.sh` and `dist/launch.ps1`, and the action files that start them.
#![cfg(unix)]

mod abuse;
mod actions;
mod build;
mod poison;
mod room;
mod tls;
