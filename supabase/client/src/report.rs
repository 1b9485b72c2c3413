//! What the dashboard counts: lanes, days, flags, and how often reviewers agree with the judge.
