//! Who speaks on which channel.

use supabase_client::transcript::Speaker;

/// Two channels whose difference carries less than this share of their energy are one: -40 dB is
/// more than two codings of the same sound differ and far less than two people do.
const SAME_SHARE: f64 = 1e-4;

/// Holds two channels against each other while they are being decoded.
#[derive(Debug, Default)]
pub struct Comparison {
    difference: f64,
    energy: f64,
}

impl Comparison {
    /// Takes in the next stretch of both channels.
    pub fn add(&mut self, left: &[f32], right: &[f32]) {
        for (left, right) in left.iter().zip(right) {
            let (left, right) = (f64::from(*left), f64::from(*right));
            self.difference += (left - right).powi(2);
            self.energy += left.powi(2) + right.powi(2);
        }
    }

    /// Whether both channels carry the same sound. Two silent channels do.
    pub fn same(&self) -> bool {
        self.difference <= self.energy * SAME_SHARE
    }
}

/// Which channel of a two-channel recording is the agent's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AgentChannel(pub u8);

impl AgentChannel {
    /// Who speaks on a channel of a recording whose two channels differ.
    pub fn speaker(self, channel: u8) -> Speaker {
        if channel == self.0 { Speaker::Agent } else { Speaker::Caller }
    }
}

/// The mean of all channels: what is left of recordings with more than two.
pub fn mix(planes: &[Vec<f32>]) -> Vec<f32> {
    let Some((first, others)) = planes.split_first() else { return Vec::new() };
    let mut mixed = first.clone();
    for plane in others {
        for (sum, sample) in mixed.iter_mut().zip(plane) {
            *sum += sample;
        }
    }
    #[expect(clippy::cast_precision_loss, reason = "a handful of channels")]
    let share = 1.0 / planes.len() as f32;
    for sample in &mut mixed {
        *sample *= share;
    }
    mixed
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(hertz: f32, gain: f32) -> Vec<f32> {
        (0..16_000_u16)
            .map(|n| gain * (f32::from(n) * hertz * std::f32::consts::TAU / 16_000.0).sin())
            .collect()
    }

    fn compare(left: &[f32], right: &[f32]) -> bool {
        let mut comparison = Comparison::default();
        comparison.add(left, right);
        comparison.same()
    }

    #[test]
    fn equal_channels_are_one() {
        assert!(compare(&tone(300.0, 0.5), &tone(300.0, 0.5)));
        assert!(
            compare(&tone(300.0, 0.5), &tone(300.0, 0.498)),
            "rounding by a codec makes no second speaker"
        );
        assert!(compare(&[0.0; 100], &[0.0; 100]));
    }

    #[test]
    fn two_people_are_two() {
        assert!(!compare(&tone(300.0, 0.5), &tone(410.0, 0.5)));
        assert!(!compare(&tone(300.0, 0.5), &[0.0; 16_000]), "a caller who never speaks");
        assert!(!compare(&tone(300.0, 0.5), &tone(410.0, 0.02)), "a caller who is hardly heard");
    }

    #[test]
    fn the_setting_names_the_agent() {
        assert_eq!(AgentChannel(0).speaker(0), Speaker::Agent);
        assert_eq!(AgentChannel(0).speaker(1), Speaker::Caller);
        assert_eq!(AgentChannel(1).speaker(0), Speaker::Caller);
        assert_eq!(AgentChannel(1).speaker(1), Speaker::Agent);
    }

    #[test]
    fn mixing_takes_the_mean() {
        assert_eq!(mix(&[vec![0.5, 0.25], vec![-0.5, 0.75], vec![0.5, 0.0], vec![0.5, 0.0]]), [0.25, 0.25]);
    }
}
