//! `dist/launch.sh` and `dist/launch.ps1`, and the action files that start them.
