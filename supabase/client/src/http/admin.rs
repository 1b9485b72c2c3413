//! What admins read.
