//! A conversation with a scripted server.
