//! What holds for every action file, workflow and page.
