//! Search over all transcripts.
