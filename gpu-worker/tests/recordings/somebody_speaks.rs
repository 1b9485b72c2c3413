//! A demo call in many forms.

use call_truth::{CallTruth, LabelledCall, load_folder, percentile, segment_start_errors_ms, word_errors};
use supabase_client::transcript::{Speaker, Transcript};

use crate::made::mp3::{variable_bit_rate, with_broken_frames, with_lost_frames};
use crate::made::sound::{RATE, channels_of, halved, tripled};
use crate::made::wav::{Coding, wav};
use crate::outcome::heard;
use crate::program::repository;

/// As for the demo calls themselves: see `recognition`.
const WORST_WER: f64 = 0.08;
const WORST_SEGMENT_START_P95_MS: u32 = 50;

fn demo_call() -> LabelledCall {
    load_folder(&repository("end2end/calls")).expect("the demo calls").swap_remove(0)
}

fn content_of(call: &LabelledCall) -> Vec<u8> {
    std::fs::read(&call.recording).expect("readable")
}

/// Holds what was heard against what was said, of which `worst_wer` may be wrong.
fn check(form: &str, truth: &CallTruth, transcript: &Transcript, worst_wer: f64) {
    let rate = word_errors(truth, transcript).whole().rate();
    let starts = percentile(&segment_start_errors_ms(truth, transcript), 95).expect("segments");
    println!("{form}: WER {rate:.4}; segments start {starts} ms off at p95");
    assert!(rate <= worst_wer, "{form}: word error rate {rate}");
    assert!(starts <= WORST_SEGMENT_START_P95_MS, "{form}: segments start {starts} ms off");
    let length = f64::from(transcript.duration_ms) / 1_000.0;
    assert!((length - truth.duration_s).abs() < 0.1, "{form}: {length} s");
}

/// What the agent alone said.
fn agents_part(mut truth: CallTruth) -> CallTruth {
    truth.segments.retain(|segment| segment.channel == 0);
    truth
}

#[test]
fn the_name_of_a_file_says_nothing() {
    let call = demo_call();
    check("MP3 named .wav", &call.truth, &heard("call.wav", &content_of(&call)), WORST_WER);
    let content = wav(Coding::Pcm16, RATE, &channels_of(&call.recording));
    check("WAV named .mp3", &call.truth, &heard("call.mp3", &content), WORST_WER);
}

#[test]
fn one_voice_is_heard_from_one_channel_or_two_equal_ones() {
    let call = demo_call();
    let agent = channels_of(&call.recording).swap_remove(0);
    let mono = heard("mono.wav", &wav(Coding::Pcm16, RATE, std::slice::from_ref(&agent)));
    let equal = heard("equal.wav", &wav(Coding::Pcm16, RATE, &[agent.clone(), agent]));
    let truth = agents_part(call.truth);
    for (form, transcript) in [("mono", mono), ("equal channels", equal)] {
        check(form, &truth, &transcript, WORST_WER);
        assert_eq!(transcript.peaks.len(), 1, "{form}");
        let of_nobody = |speaker| speaker == Speaker::Unknown;
        assert!(transcript.segments.iter().all(|segment| of_nobody(segment.speaker)), "{form}");
    }
}

#[test]
fn a_recording_at_48_khz_is_heard() {
    let call = demo_call();
    let channels: Vec<_> = channels_of(&call.recording).iter().map(|channel| tripled(channel)).collect();
    let transcript = heard("48.wav", &wav(Coding::Pcm16, 48_000, &channels));
    check("48 kHz", &call.truth, &transcript, WORST_WER);
}

#[test]
fn a_phones_mu_law_is_heard() {
    let call = demo_call();
    let channels: Vec<_> = channels_of(&call.recording).iter().map(|channel| halved(channel)).collect();
    let transcript = heard("phone.wav", &wav(Coding::MuLaw, 8_000, &channels));
    check("µ-law at 8 kHz", &call.truth, &transcript, WORST_WER);
}

#[test]
fn a_variable_bit_rate_moves_no_word() {
    let call = demo_call();
    let content = variable_bit_rate(&channels_of(&call.recording));
    check("variable bit rate", &call.truth, &heard("vbr.mp3", &content), WORST_WER);
}

#[test]
fn broken_frames_cost_only_what_they_held() {
    let call = demo_call();
    let transcript = heard("broken.mp3", &with_broken_frames(content_of(&call)));
    check("broken frames", &call.truth, &transcript, WORST_WER);
}

#[test]
fn lost_frames_move_nothing_behind_them() {
    let call = demo_call();
    let transcript = heard("lost.mp3", &with_lost_frames(content_of(&call), 14));
    check("lost frames", &call.truth, &transcript, WORST_WER);
    assert_eq!(transcript.unheard, [], "half a second each");
}

#[test]
fn where_much_is_lost_it_is_said_what_was_not_heard() {
    let call = demo_call();
    let transcript = heard("ruins.mp3", &with_lost_frames(content_of(&call), 60));
    let length = f64::from(transcript.duration_ms);
    let mut expected = [1.0, 2.0, 3.0].into_iter().flat_map(|place| {
        let from = length * place / 4.0;
        [(0, from), (1, from)]
    });
    assert_eq!(transcript.unheard.len(), 6, "{:?}", transcript.unheard);
    for unheard in &transcript.unheard {
        let (channel, from) = expected.next().expect("six of them");
        let off = f64::from(unheard.start_ms) - from;
        let lasts = unheard.end_ms - unheard.start_ms;
        assert_eq!(unheard.channel, channel, "{unheard:?}");
        // 60 frames of 36 ms; what is lost can reach into the frame in front of it and the one behind.
        assert!(off.abs() < 150.0 && lasts.abs_diff(2_160) < 150, "{unheard:?} {from}");
    }
}

#[test]
fn half_a_recording_is_heard_up_to_its_end() {
    let mut call = demo_call();
    let whole = content_of(&call);
    let transcript = heard("half.mp3", &whole[..whole.len() / 2]);
    let half = call.truth.duration_s / 2.0;
    call.truth.duration_s = half;
    call.truth.segments.retain(|segment| segment.end_s < half);
    check("half a recording", &call.truth, &transcript, WORST_WER);
}
