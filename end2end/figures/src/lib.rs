//! One form for every measured number.
//!
//! Checks and benchmarks print what they measure through this crate, each figure on a line of its
//! own, so that the lines can be collected from any output:
//!
//! ```text
//! figure: demo_wer = 0.0148 (goal <= 0.03) holds
//! figure: claims_per_second = 812 (no goal)
//! ```
//!
//! A goal lives beside the code that measures. A figure that falls short is a fact to report, not a
//! failing test: nothing here panics or sets an exit code.

use std::fmt;

/// A measured value and, usually, the goal it is held against.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    name: String,
    value: f64,
    goal: Option<Goal>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Goal {
    AtMost(f64),
    AtLeast(f64),
    Equal(f64),
}

impl Figure {
    /// A value of which less is better.
    pub fn at_most(name: impl Into<String>, value: f64, goal: f64) -> Self {
        Self { name: name.into(), value, goal: Some(Goal::AtMost(goal)) }
    }

    /// A value of which more is better.
    pub fn at_least(name: impl Into<String>, value: f64, goal: f64) -> Self {
        Self { name: name.into(), value, goal: Some(Goal::AtLeast(goal)) }
    }

    /// A value that must be met exactly: meant for counts and for ratios of whole numbers.
    pub fn equal(name: impl Into<String>, value: f64, goal: f64) -> Self {
        Self { name: name.into(), value, goal: Some(Goal::Equal(goal)) }
    }

    /// A value worth knowing that has no goal.
    pub fn report(name: impl Into<String>, value: f64) -> Self {
        Self { name: name.into(), value, goal: None }
    }

    /// Whether the goal is met; true without a goal. A value that is not a number meets no goal.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.goal.is_none_or(|goal| goal.is_met_by(self.value))
    }

    /// Prints the line to standard output.
    pub fn print(&self) {
        println!("{self}");
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, value, goal } = self;
        match goal {
            None => write!(f, "figure: {name} = {} (no goal)", readable(*value, |_| true)),
            Some(goal) => {
                let holds = goal.is_met_by(*value);
                let value = readable(*value, |shown| goal.is_met_by(shown) == holds);
                let verdict = if holds { "holds" } else { "short" };
                write!(f, "figure: {name} = {value} (goal {} {}) {verdict}", goal.sign(), goal.number())
            }
        }
    }
}

impl Goal {
    #[expect(clippy::float_cmp, reason = "an exact goal is compared exactly")]
    fn is_met_by(self, value: f64) -> bool {
        match self {
            Self::AtMost(goal) => value <= goal,
            Self::AtLeast(goal) => value >= goal,
            Self::Equal(goal) => value == goal,
        }
    }

    fn sign(self) -> &'static str {
        match self {
            Self::AtMost(_) => "<=",
            Self::AtLeast(_) => ">=",
            Self::Equal(_) => "=",
        }
    }

    fn number(self) -> f64 {
        match self {
            Self::AtMost(goal) | Self::AtLeast(goal) | Self::Equal(goal) => goal,
        }
    }
}

/// The value with four significant digits (whole numbers keep all of theirs), or with as many more
/// as it takes for the shown number to stand on the same side of the goal as the measured one.
fn readable(value: f64, tells_the_truth: impl Fn(f64) -> bool) -> String {
    if !value.is_finite() || value == 0.0 {
        return format!("{value}");
    }
    #[expect(clippy::cast_possible_truncation, reason = "the exponent of a double is below 309")]
    let digits_before_point = value.abs().log10().floor() as i32 + 1;
    (4..=17)
        .map(|significant| {
            let decimals = usize::try_from(significant - digits_before_point).unwrap_or(0);
            format!("{value:.decimals$}")
        })
        .find(|shown| shown.parse().is_ok_and(&tells_the_truth))
        .map_or_else(|| format!("{value}"), |shown| without_trailing_zeros(&shown))
}

fn without_trailing_zeros(number: &str) -> String {
    if number.contains('.') {
        number.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        number.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_names_value_goal_and_verdict() {
        let line = |figure: Figure| figure.to_string();
        assert_eq!(
            line(Figure::at_most("demo_wer", 0.0148, 0.03)),
            "figure: demo_wer = 0.0148 (goal <= 0.03) holds"
        );
        assert_eq!(
            line(Figure::at_most("demo_wer", 0.05, 0.03)),
            "figure: demo_wer = 0.05 (goal <= 0.03) short"
        );
        assert_eq!(line(Figure::at_least("gain", 8.0, 8.0)), "figure: gain = 8 (goal >= 8) holds");
        assert_eq!(line(Figure::at_least("gain", 7.5, 8.0)), "figure: gain = 7.5 (goal >= 8) short");
        assert_eq!(line(Figure::equal("lost", 0.0, 0.0)), "figure: lost = 0 (goal = 0) holds");
        assert_eq!(line(Figure::equal("lost", 1.0, 0.0)), "figure: lost = 1 (goal = 0) short");
        assert_eq!(line(Figure::report("calls_per_hour", 812.0)), "figure: calls_per_hour = 812 (no goal)");
    }

    #[test]
    fn numbers_are_short_and_keep_their_size() {
        let shown = |value: f64| readable(value, |_| true);
        assert_eq!(shown(0.1 + 0.2), "0.3");
        assert_eq!(shown(1.0 / 3.0), "0.3333");
        assert_eq!(shown(12.345_678), "12.35");
        assert_eq!(shown(-2.5), "-2.5");
        assert_eq!(shown(1_234_567.8), "1234568");
        assert_eq!(shown(1000.0), "1000");
        assert_eq!(shown(0.000_012_346), "0.00001235");
        assert_eq!(shown(0.0), "0");
    }

    #[test]
    fn rounding_never_contradicts_the_verdict() {
        assert_eq!(
            Figure::at_most("wer", 0.030_000_4, 0.03).to_string(),
            "figure: wer = 0.0300004 (goal <= 0.03) short"
        );
        assert_eq!(
            Figure::equal("precision", 0.999_999, 1.0).to_string(),
            "figure: precision = 0.999999 (goal = 1) short"
        );
    }

    #[test]
    fn what_is_not_a_number_is_short() {
        assert!(!Figure::at_most("ratio", f64::NAN, 1.0).holds());
        assert_eq!(Figure::equal("ratio", f64::NAN, 1.0).to_string(), "figure: ratio = NaN (goal = 1) short");
    }
}
