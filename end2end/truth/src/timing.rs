//! How far the starts of segments are off.

use supabase_client::transcript::Transcript;

use crate::call::{CallTruth, milliseconds};

/// For each true segment that the transcript overlaps on the same channel: how far the start of the
/// segment that overlaps it most is off. A true segment that nothing overlaps has no error here; it
/// shows in the word error rate.
#[must_use]
pub fn segment_start_errors_ms(truth: &CallTruth, transcript: &Transcript) -> Vec<u32> {
    let mut errors = Vec::new();
    for said in &truth.segments {
        let (start_ms, end_ms) = (milliseconds(said.start_s), milliseconds(said.end_s));
        let best = transcript
            .segments
            .iter()
            .filter(|heard| heard.channel == said.channel)
            .map(|heard| (heard.end_ms.min(end_ms).saturating_sub(heard.start_ms.max(start_ms)), heard))
            .filter(|(overlap_ms, _)| *overlap_ms > 0)
            .max_by_key(|(overlap_ms, _)| *overlap_ms);
        if let Some((_, heard)) = best {
            errors.push(heard.start_ms.abs_diff(start_ms));
        }
    }
    errors
}

/// The smallest of the values that at least `percent` in a hundred do not exceed (nearest rank);
/// none of no values.
#[must_use]
pub fn percentile(values: &[u32], percent: usize) -> Option<u32> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    let rank = (sorted.len() * percent).div_ceil(100);
    sorted.get(rank.max(1) - 1).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::load_folder;

    #[test]
    fn a_late_segment_is_late_and_a_lost_one_is_left_out() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../calls");
        let truth = load_folder(&folder).unwrap().remove(0).truth;
        let mut transcript = truth.transcript();
        transcript.segments[0].start_ms += 70;
        let lost = transcript.segments.remove(1);
        let errors = segment_start_errors_ms(&truth, &transcript);
        assert_eq!(errors.len(), truth.segments.len() - 1, "without {lost:?}");
        assert_eq!(errors[0], 70);
        assert!(errors[1..].iter().all(|error| *error == 0));
    }

    #[test]
    fn percentiles_take_the_nearest_rank() {
        let values: Vec<u32> = (1..=20).rev().collect();
        assert_eq!(percentile(&values, 50), Some(10));
        assert_eq!(percentile(&values, 95), Some(19));
        assert_eq!(percentile(&values, 100), Some(20));
        assert_eq!(percentile(&[7], 50), Some(7));
        assert_eq!(percentile(&[], 95), None);
    }
}
