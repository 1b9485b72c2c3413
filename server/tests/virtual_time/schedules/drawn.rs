//! What can be drawn: calls, and what happens while the server runs or does not.

use proptest::prelude::*;
use ringba_simulator::{Endpoint, RecordingFault, RequestFault};

use crate::gateway::{GatewayFault, Service};

/// One drawn story.
#[derive(Debug, Clone)]
pub struct Schedule {
    pub calls: Vec<DrawnCall>,
    pub steps: Vec<Step>,
    /// How far Ringba's clock is ahead of ours.
    pub skew_s: i64,
}

#[derive(Debug, Clone)]
pub struct DrawnCall {
    /// After the beginning of the story.
    pub starts_s: u32,
    pub length_s: u32,
    /// Bytes of its recording; absent when it is not recorded.
    pub recording_bytes: Option<usize>,
    pub appears_after_s: u32,
    pub link_after_s: u32,
    pub revenue_cents: i64,
    pub cost_mills: i64,
}

#[derive(Debug, Clone)]
pub enum Step {
    /// The server runs, with a turn a minute.
    Run {
        minutes: u8,
    },
    /// It does not.
    Down {
        minutes: u16,
    },
    Spoil {
        endpoint: Endpoint,
        times: usize,
        fault: RequestFault,
    },
    /// The call is counted round the drawn ones.
    SpoilRecording {
        call: usize,
        times: usize,
        fault: RecordingFault,
    },
    /// The next requests of the lanes to Supabase.
    SpoilSupabase {
        service: Service,
        times: usize,
        fault: GatewayFault,
    },
    NewPayout {
        call: usize,
        cents: i64,
    },
    /// The server is killed while it reads the live window.
    KillInIngest,
    /// The server is killed while it fetches recordings.
    KillInVault,
}

pub fn schedule() -> impl Strategy<Value = Schedule> {
    let calls = prop::collection::vec(call(), 1..12);
    let steps = prop::collection::vec(step(), 2..10);
    (calls, steps, -120_i64..=120).prop_map(|(calls, steps, skew_s)| Schedule { calls, steps, skew_s })
}

fn call() -> impl Strategy<Value = DrawnCall> {
    let length_s = prop_oneof![4 => 1_u32..600, 1 => 600_u32..3_600];
    let recording_bytes = prop_oneof![4 => (40_usize..5_000).prop_map(Some), 1 => Just(None)];
    let appears_after_s = prop_oneof![4 => Just(0), 1 => 0_u32..5_400];
    let link_after_s = prop_oneof![3 => 0_u32..30, 1 => 0_u32..5_400];
    (0_u32..5_400, length_s, recording_bytes, appears_after_s, link_after_s, 0_i64..10_000, -50_i64..500)
        .prop_map(
            |(
                starts_s,
                length_s,
                recording_bytes,
                appears_after_s,
                link_after_s,
                revenue_cents,
                cost_mills,
            )| {
                DrawnCall {
                    starts_s,
                    length_s,
                    recording_bytes,
                    appears_after_s,
                    link_after_s,
                    revenue_cents,
                    cost_mills,
                }
            },
        )
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (1_u8..4).prop_map(|minutes| Step::Run { minutes }),
        2 => (1_u16..200).prop_map(|minutes| Step::Down { minutes }),
        6 => (endpoint_and_fault(), 1_usize..7)
            .prop_map(|((endpoint, fault), times)| Step::Spoil { endpoint, times, fault }),
        3 => (any::<usize>(), 1_usize..4, recording_fault())
            .prop_map(|(call, times, fault)| Step::SpoilRecording { call, times, fault }),
        1 => (
            prop::sample::select(vec![Service::Rest, Service::Storage]),
            1_usize..6,
            prop::sample::select(vec![GatewayFault::Refused, GatewayFault::ReplyLost]),
        )
            .prop_map(|(service, times, fault)| Step::SpoilSupabase { service, times, fault }),
        1 => (any::<usize>(), 0_i64..10_000).prop_map(|(call, cents)| Step::NewPayout { call, cents }),
        1 => Just(Step::KillInIngest),
        1 => Just(Step::KillInVault),
    ]
}

fn endpoint_and_fault() -> impl Strategy<Value = (Endpoint, RequestFault)> {
    let keys = prop::sample::subsequence(
        vec![
            "callCompletedDt",
            "conversionAmount",
            "recordingUrl",
            "hasRecording",
            "targetName",
            "totalCost",
        ],
        1..4,
    )
    .prop_map(|keys| keys.into_iter().map(str::to_owned).collect::<Vec<_>>());
    let of_any = prop_oneof![
        prop::sample::select(vec![401_u16, 422, 429, 500, 502, 503])
            .prop_flat_map(|status| (Just(status), prop::option::of(0_u64..400)))
            .prop_map(|(status, retry_after_s)| RequestFault::Status { status, retry_after_s }),
        Just(RequestFault::Garbage),
        (0_usize..400).prop_map(|after_bytes| RequestFault::Cut { after_bytes }),
    ];
    let of_records = prop_oneof![
        (0_usize..4).prop_map(|keep| RequestFault::PageCut { keep }),
        Just(RequestFault::Duplicates),
        Just(RequestFault::WrongTypes),
        Just(RequestFault::ExtraKeys),
        keys.clone().prop_map(|keys| RequestFault::MissingKeys { keys }),
        keys.prop_map(|keys| RequestFault::Nulls { keys }),
        Just(RequestFault::MissingKeys { keys: vec!["inboundCallId".to_owned()] }),
    ];
    let of_call_logs = prop_oneof![
        (0_usize..4).prop_map(|keep| RequestFault::Partial { keep }),
        (-3_i64..4).prop_map(|by| RequestFault::Shifted { by }),
    ];
    prop_oneof![
        4 => of_any.clone().prop_map(|fault| (Endpoint::CallLogs, fault)),
        1 => of_any.clone().prop_map(|fault| (Endpoint::Detail, fault)),
        1 => of_any.prop_map(|fault| (Endpoint::Insights, fault)),
        4 => of_records.clone().prop_map(|fault| (Endpoint::CallLogs, fault)),
        2 => of_records.prop_map(|fault| (Endpoint::Detail, fault)),
        3 => of_call_logs.prop_map(|fault| (Endpoint::CallLogs, fault)),
        // Longer than a request may take: costs real time, so it is rare.
        1 => Just((Endpoint::CallLogs, RequestFault::Stall { ms: 400 })),
    ]
}

fn recording_fault() -> impl Strategy<Value = RecordingFault> {
    prop_oneof![
        Just(RecordingFault::Missing),
        Just(RecordingFault::Expired),
        prop::sample::select(vec![429_u16, 500, 503]).prop_map(|status| RecordingFault::Status { status }),
        (0_usize..40).prop_map(|keep_bytes| RecordingFault::Truncated { keep_bytes }),
        Just(RecordingFault::Empty),
        Just(RecordingFault::Html),
        Just(RecordingFault::NotAudio),
        Just(RecordingFault::Endless),
        Just(RecordingFault::Redirect { url: "http://127.0.0.1:1/x".to_owned() }),
        Just(RecordingFault::Redirect { url: "https://elsewhere.example/x".to_owned() }),
    ]
}
