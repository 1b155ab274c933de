//! What holds across the crates of the workspace.
