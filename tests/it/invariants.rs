//! What holds at every commit, held against every commit.
