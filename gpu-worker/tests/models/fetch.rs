//! Fetching from a mirror that misbehaves.

use std::cell::Cell;
use std::fs;
use std::sync::Arc;
use std::time::Duration;

use axum::http::StatusCode;
use gpu_worker::models::{Fetch, Fetched, Folder, Patience, Presence, Step, is_right};
use tokio::sync::Semaphore;

use crate::mirror::{Answer, Mirror};
use crate::setup::{BYTES, Setup};

/// Where a request began to read.
fn start(range: Option<&String>) -> usize {
    range.map_or(0, |range| {
        let start = range.strip_prefix("bytes=").and_then(|range| range.strip_suffix('-'));
        start.expect("an open range").parse().expect("a number")
    })
}

#[tokio::test]
async fn a_model_is_fetched_once() {
    let setup = Setup::new();
    let mirror = Mirror::start(&setup.content, []).await;
    assert_eq!(setup.folder.presence_of(&setup.model), Presence::Absent);
    assert_eq!(setup.fetch(&mirror).await.expect("fetched"), Fetched::Now);
    setup.is_here();
    assert_eq!(setup.folder.presence_of(&setup.model), Presence::Here);
    assert!(is_right(&setup.model, setup.folder.path_of(&setup.model)).await.expect("readable"));
    let last = setup
        .steps
        .borrow()
        .iter()
        .filter_map(|step| match step {
            Step::Received { bytes } => Some(*bytes),
            _ => None,
        })
        .next_back();
    assert_eq!(last, Some(BYTES as u64));

    // Also where nothing can be written, such as the lock.
    let lock = setup.folder.path().join("ggml-test.bin.lock");
    fs::remove_file(&lock).expect("removed");
    fs::create_dir(&lock).expect("created");
    assert_eq!(setup.fetch(&mirror).await.expect("here"), Fetched::AlreadyHere);
    let asked = mirror.asked();
    assert_eq!(asked.len(), 1, "what is here is not asked for again");
    assert_eq!(asked[0].path, "/models/ggml-test.bin");
    assert_eq!(asked[0].range, None);
}

#[tokio::test]
async fn a_cut_connection_is_taken_up_where_it_broke() {
    let setup = Setup::new();
    let mirror = Mirror::start(&setup.content, [Answer::Cut(100_000), Answer::Cut(50_000)]).await;
    setup.fetch(&mirror).await.expect("fetched");
    setup.is_here();
    let asked = mirror.asked();
    let starts: Vec<usize> = asked.iter().map(|asked| start(asked.range.as_ref())).collect();
    assert_eq!(starts, [0, 100_000, 150_000]);
    assert_eq!(asked[1].if_range.as_deref(), Some("\"first\""));
    assert_eq!(setup.interruptions(), 2);
}

#[tokio::test]
async fn a_later_fetch_goes_on_with_what_an_earlier_one_left() {
    let setup = Setup::new();
    setup.leave("ggml-test.bin.part", &setup.content[..200_000]);
    assert_eq!(setup.folder.presence_of(&setup.model), Presence::Part { bytes: 200_000 });
    let mirror = Mirror::start(&setup.content, []).await;
    setup.fetch(&mirror).await.expect("fetched");
    setup.is_here();
    assert_eq!(mirror.asked()[0].range.as_deref(), Some("bytes=200000-"));
    assert_eq!(mirror.asked()[0].if_range, None, "nobody knows which file this was a part of");

    // All of it had come; only the name was missing.
    let setup = Setup::new();
    setup.leave("ggml-test.bin.part", &setup.content);
    setup.fetch(&mirror).await.expect("fetched");
    setup.is_here();
    assert_eq!(mirror.asked().len(), 1);
}

#[tokio::test]
async fn a_file_that_has_changed_begins_anew() {
    let setup = Setup::new();
    setup.leave("ggml-test.bin.part", &[7; 100_000]);
    setup.leave("ggml-test.bin.part.etag", b"\"first\"");
    let mirror = Mirror::start(&setup.content, []).await;
    mirror.mark("\"second\"");
    setup.fetch(&mirror).await.expect("fetched");
    setup.is_here();
    let asked = mirror.asked();
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0].range.as_deref(), Some("bytes=100000-"));
    assert_eq!(asked[0].if_range.as_deref(), Some("\"first\""));
}

#[tokio::test]
async fn a_weak_mark_is_never_relied_on() {
    let setup = Setup::new();
    let mirror = Mirror::start(&setup.content, [Answer::Cut(100_000)]).await;
    mirror.mark("W/\"first\"");
    setup.fetch(&mirror).await.expect("fetched");
    setup.is_here();
    assert_eq!(mirror.asked()[1].range.as_deref(), Some("bytes=100000-"));
    assert_eq!(mirror.asked()[1].if_range, None);
}

#[tokio::test]
async fn a_mirror_without_ranges_begins_anew() {
    let setup = Setup::new();
    setup.leave("ggml-test.bin.part", &[7; 100_000]);
    let mirror = Mirror::start(&setup.content, [Answer::IgnoreRange { cut: None }]).await;
    setup.fetch(&mirror).await.expect("fetched");
    setup.is_here();
    assert_eq!(mirror.asked().len(), 1);
}

#[tokio::test]
async fn a_mirror_without_ranges_that_always_breaks_is_given_up() {
    let setup = Setup::new();
    let cut = Answer::IgnoreRange { cut: Some(1_000) };
    let mirror = Mirror::start(&setup.content, vec![cut; 20]).await;
    let sentence = setup.refusal(&mirror).await;
    let expected = format!("test could not be fetched from {}/ggml-test.bin: 6 tries in a row", mirror.url);
    assert!(sentence.starts_with(&expected), "{sentence}");
    // The first one brought something new.
    assert_eq!(mirror.asked().len(), 7);
    assert_eq!(setup.folder.presence_of(&setup.model), Presence::Part { bytes: 1_000 });
}

#[tokio::test]
async fn a_range_that_cannot_be_had_begins_anew() {
    let setup = Setup::new();
    setup.leave("ggml-test.bin.part", &[7; 100_000]);
    let mirror = Mirror::start(&setup.content, [Answer::Status(StatusCode::RANGE_NOT_SATISFIABLE)]).await;
    setup.fetch(&mirror).await.expect("fetched");
    setup.is_here();
    assert_eq!(mirror.asked()[1].range, None);

    // More than there is can be no part of it.
    let setup = Setup::new();
    setup.leave("ggml-test.bin.part", &[7; BYTES + 1]);
    setup.fetch(&mirror).await.expect("fetched");
    setup.is_here();
    assert_eq!(mirror.asked()[2].range, None);
}

#[tokio::test]
async fn another_part_than_asked_for_is_not_taken() {
    let setup = Setup::new();
    setup.leave("ggml-test.bin.part", &setup.content[..100_000]);
    let mirror = Mirror::start(&setup.content, [Answer::OtherPart]).await;
    setup.fetch(&mirror).await.expect("fetched");
    setup.is_here();
}

#[tokio::test]
async fn a_mirror_in_trouble_is_asked_again() {
    let setup = Setup::new();
    let trouble = [StatusCode::INTERNAL_SERVER_ERROR, StatusCode::TOO_MANY_REQUESTS].map(Answer::Status);
    let mirror = Mirror::start(&setup.content, trouble).await;
    setup.fetch(&mirror).await.expect("fetched");
    setup.is_here();
    assert_eq!(mirror.asked().len(), 3);
}

#[tokio::test]
async fn a_mirror_that_stays_in_trouble_is_given_up() {
    let setup = Setup::new();
    let away = vec![Answer::Status(StatusCode::BAD_GATEWAY); 20];
    let mirror = Mirror::start(&setup.content, away).await;
    let sentence = setup.refusal(&mirror).await;
    assert!(
        sentence.contains("6 tries in a row brought nothing (it answered 502 Bad Gateway)"),
        "{sentence}"
    );
    assert_eq!(mirror.asked().len(), 6);
}

#[tokio::test]
async fn a_mirror_that_falls_silent_is_asked_again() {
    let setup = Setup::new();
    let mirror = Mirror::start(&setup.content, [Answer::Stall(100_000)]).await;
    let patience = Patience {
        silence: Duration::from_millis(200),
        first_pause: Duration::from_millis(1),
        ..Patience::default()
    };
    let fetch = Fetch { model: &setup.model, folder: &setup.folder, mirror: &mirror.url, patience };
    // The bound is for a fetch that waits for ever.
    let fetched = tokio::time::timeout(Duration::from_secs(10), fetch.run(&|_| ())).await;
    fetched.expect("the silence ends").expect("fetched");
    setup.is_here();
    assert_eq!(mirror.asked()[1].range.as_deref(), Some("bytes=100000-"));
}

#[tokio::test]
async fn wrong_bytes_are_deleted() {
    let setup = Setup::new();
    let mut wrong = setup.content.clone();
    wrong[BYTES / 2] ^= 1;
    let mirror = Mirror::start(&setup.content, [Answer::Bytes(wrong)]).await;
    let sentence = setup.refusal(&mirror).await;
    assert_eq!(
        sentence,
        format!(
            "What {}/ggml-test.bin sent is damaged or not test (its SHA-256 is not the catalogue's) and was \
             deleted. Fetch it again; if that ends the same way, use another mirror: \
             CALLSCRIPT_WORKER_MODEL_MIRROR (--mirror).",
            mirror.url
        )
    );
    assert_eq!(setup.names(), ["ggml-test.bin.lock"]);
    setup.fetch(&mirror).await.expect("fetched");
    setup.is_here();
}

#[tokio::test]
async fn a_file_of_another_length_is_refused_before_it_comes() {
    let setup = Setup::new();
    setup.leave("ggml-test.bin.part", &setup.content[..100_000]);
    let page = Answer::Bytes(b"<!DOCTYPE html><title>Please sign in</title>".to_vec());
    let mirror = Mirror::start(&setup.content, [page]).await;
    let sentence = setup.refusal(&mirror).await;
    assert_eq!(
        sentence,
        format!(
            "test cannot be fetched from {}/ggml-test.bin: the file there has 44 bytes instead of 300000. Is \
             CALLSCRIPT_WORKER_MODEL_MIRROR (--mirror) the address of the folder that holds this file?",
            mirror.url
        )
    );
    assert_eq!(setup.folder.presence_of(&setup.model), Presence::Part { bytes: 100_000 });

    let setup = Setup::new();
    let endless = Answer::Unannounced(vec![7; BYTES + 1]);
    let mirror = Mirror::start(&setup.content, [endless]).await;
    let sentence = setup.refusal(&mirror).await;
    assert!(sentence.contains("the file there has more than 300000 bytes"), "{sentence}");
    assert_eq!(setup.names(), ["ggml-test.bin.lock"]);
}

#[tokio::test]
async fn what_is_not_there_is_asked_for_once() {
    let setup = Setup::new();
    let missing = vec![Answer::Status(StatusCode::NOT_FOUND); 2];
    let mirror = Mirror::start(&setup.content, missing).await;
    let sentence = setup.refusal(&mirror).await;
    let expected = format!(
        "test cannot be fetched from {}/ggml-test.bin: it answered 404 Not Found. Is \
         CALLSCRIPT_WORKER_MODEL_MIRROR (--mirror) the address",
        mirror.url
    );
    assert!(sentence.starts_with(&expected), "{sentence}");
    assert_eq!(mirror.asked().len(), 1);
}

#[tokio::test]
async fn redirects_are_followed_but_not_round_in_circles() {
    let setup = Setup::new();
    setup.leave("ggml-test.bin.part", &setup.content[..100_000]);
    let elsewhere = Answer::Redirect("/elsewhere/0123?signature=4567".to_owned());
    let mirror = Mirror::start(&setup.content, [elsewhere]).await;
    setup.fetch(&mirror).await.expect("fetched");
    setup.is_here();
    let asked = mirror.asked();
    assert_eq!(asked[1].path, "/elsewhere/0123");
    assert_eq!(asked[1].range.as_deref(), Some("bytes=100000-"));

    let setup = Setup::new();
    let circle = vec![Answer::Redirect("/models/ggml-test.bin".to_owned()); 100];
    let mirror = Mirror::start(&setup.content, circle).await;
    let sentence = setup.refusal(&mirror).await;
    assert!(sentence.contains("too many redirects"), "{sentence}");
    assert!(mirror.asked().len() < 20, "{} requests", mirror.asked().len());
}

#[tokio::test]
async fn a_damaged_model_is_replaced() {
    for damaged in [&[7; BYTES][..], b"no model"] {
        let setup = Setup::new();
        setup.leave("ggml-test.bin", damaged);
        assert!(!is_right(&setup.model, setup.folder.path_of(&setup.model)).await.expect("readable"));
        let mirror = Mirror::start(&setup.content, []).await;
        assert_eq!(setup.fetch(&mirror).await.expect("fetched"), Fetched::Now);
        setup.is_here();
    }
}

#[tokio::test]
async fn two_fetches_at_once_are_one() {
    let setup = Setup::new();
    let gate = Arc::new(Semaphore::new(0));
    let mirror = Mirror::start(&setup.content, [Answer::Held(Arc::clone(&gate))]).await;
    let fetch = || Fetch {
        model: &setup.model,
        folder: &setup.folder,
        mirror: &mirror.url,
        patience: Patience::default(),
    };
    // The first one gets its answer only when the second one has found it at work.
    let has_waited = Cell::new(false);
    let tell = |step| {
        if matches!(step, Step::Waiting) {
            has_waited.set(true);
            gate.add_permits(1);
        }
    };
    let (first, second) = (fetch(), fetch());
    let ends = tokio::join!(first.run(&tell), second.run(&tell));
    let mut ends = [ends.0.expect("fetched"), ends.1.expect("fetched")];
    ends.sort_by_key(|end| *end == Fetched::AlreadyHere);
    assert_eq!(ends, [Fetched::Now, Fetched::AlreadyHere]);
    assert!(has_waited.get());
    assert_eq!(mirror.asked().len(), 1);
    setup.is_here();
}

#[tokio::test]
async fn a_folder_that_cannot_be_written_or_has_no_room_is_named() {
    let mut setup = Setup::new();
    let mirror = Mirror::start(&setup.content, []).await;
    setup.model.bytes = u64::MAX / 4;
    let sentence = setup.refusal(&mirror).await;
    let expected = format!("There is no room for test in {}: it takes ", setup.folder.path().display());
    assert!(sentence.starts_with(&expected) && sentence.contains("Make room"), "{sentence}");

    // A file where the folder should be refuses everybody, also those who may write everywhere.
    let file = setup.folder.path().join("file");
    fs::write(&file, "").expect("written");
    setup.folder = Folder(file.join("models"));
    let sentence = setup.refusal(&mirror).await;
    let expected = format!("The folder {} cannot be written to: ", setup.folder.path().display());
    assert!(sentence.starts_with(&expected), "{sentence}");
    assert_eq!(mirror.asked(), []);
}

#[tokio::test]
async fn a_mirror_that_is_not_there_is_named_with_the_cause() {
    let setup = Setup::new();
    let mut mirror = Mirror::start(&setup.content, []).await;
    let port = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    mirror.url.set_port(Some(port.local_addr().expect("an address").port())).expect("a port");
    drop(port);
    let sentence = setup.refusal(&mirror).await;
    assert!(sentence.contains("6 tries in a row brought nothing (error sending request: "), "{sentence}");
    assert!(sentence.contains("Connection refused"), "{sentence}");
}
