//! What the dashboard counts.
