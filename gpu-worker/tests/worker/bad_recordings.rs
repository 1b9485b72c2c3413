//! Calls whose recordings no worker can hear, and the calls behind them.

use supabase_client::call::{AttemptOutcome, CallStatus};
use supabase_client::lane::Lane;

use crate::made::mp3::{with_broken_frames, with_lost_frames};
use crate::made::sound::{RATE, pink_noise, silence, white_noise};
use crate::made::wav::{Coding, wav};
use crate::scene::{Scene, demo_call, outcomes};

const NOT_AUDIO: &str = "The recording is not audio: no MP3 or WAV sound was found in the file.";

#[tokio::test]
async fn a_recording_that_cannot_be_decoded_fails_with_its_reason() {
    // By its first bytes it is an MP3, which is all that the vault looks at. No sound begins with less
    // than 0x80.
    let junk = (0..64 * 1024).map(|place: u32| place.wrapping_mul(2_654_435_761).to_be_bytes()[0] & 0x7f);
    let recording = b"ID3\x04\0\0\0\0\0\0".iter().copied().chain(junk).collect();
    let scene = Scene::new().await;
    let call = scene.download("junk", recording).await;
    let _worker = scene.worker("60s");
    scene.wait_for_status(call, CallStatus::Failed).await;

    let page = scene.page(call).await.call;
    assert_eq!(page.failed_lane, Some(Lane::Worker));
    assert_eq!(page.last_error.as_deref(), Some(NOT_AUDIO));
    let attempts = scene.attempts(call).await;
    assert_eq!(outcomes(&attempts), [Some(AttemptOutcome::Failed)], "no second try helps");
    assert_eq!(attempts[0].error.as_deref(), Some(NOT_AUDIO));
}

#[tokio::test]
async fn a_worker_goes_on_behind_recordings_that_are_built_to_break_it() {
    let good = demo_call();
    let letter = "This is a letter and no call. ".repeat(4_000).into_bytes();
    let noise = wav(Coding::Pcm16, RATE, &[white_noise(30), pink_noise(30)]);
    // The database takes no recording of 0 bytes.
    let recordings = [
        ("text", letter, CallStatus::Failed),
        ("byte", vec![0], CallStatus::Failed),
        ("cut", good[..good.len() / 2].to_vec(), CallStatus::Transcribed),
        ("noise", noise, CallStatus::Transcribed),
        ("silence", wav(Coding::Pcm16, RATE, &[silence(5)]), CallStatus::Transcribed),
        ("broken", with_broken_frames(good.clone()), CallStatus::Transcribed),
        ("lost", with_lost_frames(good.clone(), 14), CallStatus::Transcribed),
        ("good", good, CallStatus::Transcribed),
    ];
    let scene = Scene::new().await;
    let mut calls = Vec::new();
    for (name, content, status) in recordings {
        calls.push((name, scene.download(name, content).await, status));
    }

    let mut worker = scene.worker("60s");
    let mut workers = Vec::new();
    for (name, call, status) in calls {
        let page = scene.wait_for_end(call).await;
        let call_row = page.call;
        assert_eq!(call_row.status, status, "{name}: {:?}", call_row.last_error);
        let attempts = scene.attempts(call).await;
        if status == CallStatus::Failed {
            assert_eq!(call_row.failed_lane, Some(Lane::Worker), "{name}");
            assert_eq!(call_row.last_error.as_deref(), Some(NOT_AUDIO), "{name}");
            let code = scene.error_code(call).await;
            assert_eq!(code.as_deref(), Some("recording_not_audio"), "{name}");
            assert_eq!(outcomes(&attempts), [Some(AttemptOutcome::Failed)], "{name}: no second try helps");
        } else {
            assert!(page.transcript.is_some(), "{name}");
            assert_eq!(outcomes(&attempts), [Some(AttemptOutcome::Accepted)], "{name}: {attempts:?}");
        }
        workers.extend(attempts.into_iter().map(|attempt| attempt.worker));
    }
    workers.dedup();
    assert_eq!(workers.len(), 1, "one worker did it all: {workers:?}");
    assert!(worker.is_running());
}
