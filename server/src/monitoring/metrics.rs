//! What the database counts, for Prometheus and for whoever scales the workers.

use metrics::{describe_gauge, gauge, with_local_recorder};
use metrics_exporter_prometheus::PrometheusBuilder;
use supabase_client::report::LaneReport;

const ANSWERS: &str = "callscript_supabase_answers";
const CALLS: &str = "callscript_lane_calls";
const PAUSED: &str = "callscript_lane_paused";

/// Written anew for every scrape: no number outlives what it counted.
pub fn render(supabase_answers: bool, lanes: &[LaneReport]) -> String {
    let recorder = PrometheusBuilder::new().build_recorder();
    with_local_recorder(&recorder, || {
        describe_gauge!(ANSWERS, "1 when Supabase answers this server, otherwise 0.");
        describe_gauge!(
            CALLS,
            "Calls of a lane by how they stand: waiting (can be claimed now), delayed (until the next try), in_work, failed."
        );
        describe_gauge!(PAUSED, "1 when a lane claims nothing because somebody paused it, otherwise 0.");
        gauge!(ANSWERS).set(f64::from(u8::from(supabase_answers)));
        for report in lanes {
            let lane = report.lane.as_str();
            let waiting = (report.waiting - report.delayed - report.without_link).max(0);
            let states = [
                ("waiting", waiting),
                ("delayed", report.delayed),
                ("in_work", report.in_work),
                ("failed", report.failed),
            ];
            for (state, calls) in states {
                gauge!(CALLS, "lane" => lane, "state" => state).set(calls as f64);
            }
            gauge!(PAUSED, "lane" => lane).set(f64::from(u8::from(report.paused)));
        }
    });
    recorder.handle().render()
}

#[cfg(test)]
mod tests {
    use supabase_client::lane::Lane;

    use super::*;

    #[test]
    fn only_what_can_be_claimed_is_waiting() {
        let report = LaneReport {
            lane: Lane::Worker,
            paused: true,
            paused_since: None,
            paused_by: None,
            waiting: 12,
            delayed: 2,
            without_link: 0,
            oldest_waiting_since: None,
            in_work: 3,
            failed: 1,
            done_last_hour: 0,
            done_today: 0,
            p50_seconds: None,
            p95_seconds: None,
        };
        let text = render(true, &[report]);
        for line in [
            "callscript_supabase_answers 1",
            "callscript_lane_calls{lane=\"worker\",state=\"waiting\"} 10",
            "callscript_lane_calls{lane=\"worker\",state=\"delayed\"} 2",
            "callscript_lane_calls{lane=\"worker\",state=\"in_work\"} 3",
            "callscript_lane_paused{lane=\"worker\"} 1",
        ] {
            assert!(text.lines().any(|told| told == line), "{line} is not among:\n{text}");
        }
        assert!(!render(false, &[]).contains("callscript_lane"), "what is not known is not told");
    }
}
