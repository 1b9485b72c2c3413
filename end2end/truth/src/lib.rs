//! Ground truth of the synthetic calls, and how far a transcript or a judgement is from it.
//!
//! A labelled call is a recording with a JSON file of the same name beside it. The demo calls of
//! `end2end/calls` are such a folder; [`fresh::generate`] makes another from a seed.
//!
//! - [`wer`]: word error rate, by channel;
//! - [`flags`]: flags against the violations of the call;
//! - [`timing`]: how far the times of segments and words are off.

pub mod call;
pub mod flags;
pub mod fresh;
pub mod timing;
pub mod wer;

pub use call::{CallTruth, LabelledCall, TruthSegment, TruthWord, Violation, load_folder};
pub use flags::{FlagScore, print_by_rule, score_flags, score_flags_by_rule};
pub use timing::{WordTimeError, percentile, segment_start_errors_ms, word_time_errors};
pub use wer::{CallErrors, WordErrors, word_errors};
