use serde_json::{Value, json};
use supabase_client::call::CallId;
use supabase_client::http::{Error, Supabase, SupabaseConfig};
use supabase_client::lane::Lane;
use supabase_client::queue::QueueFilter;

use crate::server::{KEY, Server};

/// How `claim`, which is never repeated, fails on one answer.
async fn failure(status: u16, body: &str) -> Error {
    let server = Server::start([(status, body)]).await;
    server.supabase.as_service().claim(Lane::Vault, "vault-1", 1).await.unwrap_err()
}

#[tokio::test]
async fn a_stale_token_is_a_lost_lease() {
    let body = r#"{"code":"PT409","message":"lease lost","details":null,"hint":null}"#;
    assert!(matches!(failure(409, body).await, Error::LeaseLost));
}

#[tokio::test]
async fn a_missing_privilege_is_forbidden_under_either_status() {
    let body =
        r#"{"code":"42501","message":"permission denied for function claim","details":null,"hint":null}"#;
    assert!(matches!(failure(401, body).await, Error::Forbidden));
    assert!(matches!(failure(403, body).await, Error::Forbidden));
}

#[tokio::test]
async fn a_bad_or_missing_token_is_not_signed_in() {
    for code in ["PGRST301", "PGRST302", "PGRST303"] {
        let body = format!(r#"{{"code":"{code}","message":"JWT expired","details":null,"hint":null}}"#);
        assert!(matches!(failure(401, &body).await, Error::NotSignedIn), "{code}");
    }
    // The gateway's own refusal has another shape.
    assert!(matches!(failure(401, r#"{"message":"No API key found"}"#).await, Error::NotSignedIn));
}

#[tokio::test]
async fn a_named_constraint_becomes_a_sentence() {
    let body = r#"{"code":"23514","message":"new row for relation \"calls\" violates check constraint \"retry_limit\"","details":"Failing row contains (+15550100).","hint":null}"#;
    let error = failure(400, body).await;
    let Error::Refused { constraint, sentence } = &error else { panic!("{error:?}") };
    assert_eq!(constraint.as_deref(), Some("retry_limit"));
    assert_eq!(sentence, "This call has failed three times; it needs a retry by hand.");
    assert!(!format!("{error} {error:?}").contains("5550100"), "details may hold personal data");
}

#[tokio::test]
async fn a_reviewer_is_told_what_a_review_lacks() {
    for (constraint, sentence) in [
        ("dismissal_has_reason", "A dismissal needs a reason."),
        ("review_reason_short", "The reason is too long: 2000 characters at most."),
    ] {
        let message =
            format!(r#"new row for relation \"reviews\" violates check constraint \"{constraint}\""#);
        let body = format!(r#"{{"code":"23514","message":"{message}","details":null,"hint":null}}"#);
        assert_eq!(failure(400, &body).await.sentence(), sentence);
    }
}

#[tokio::test]
async fn a_raised_sentence_is_shown_as_it_is() {
    for (status, code) in [(400, "P0001"), (400, "23514"), (409, "PT409"), (400, "22023")] {
        let body = format!(
            r#"{{"code":"{code}","message":"A safe call cannot become failed.","details":null,"hint":null}}"#
        );
        assert_eq!(failure(status, &body).await.sentence(), "A safe call cannot become failed.", "{code}");
    }
}

#[tokio::test]
async fn internals_stay_out_of_sentences() {
    let bodies = [
        r#"{"code":"22P02","message":"invalid input syntax for type uuid: \"x\"","details":null,"hint":null}"#,
        r#"{"code":"23502","message":"null value in column \"lane\" of relation \"attempts\" violates not-null constraint","details":null,"hint":null}"#,
        r#"{"code":"PGRST202","message":"Could not find the function api.claim","details":null,"hint":null}"#,
        "<html>502 Bad Gateway nginx</html>",
    ];
    for body in bodies {
        let sentence = failure(400, body).await.sentence();
        for word in ["uuid", "lane", "attempts", "api.", "nginx"] {
            assert!(!sentence.contains(word), "{sentence}");
        }
    }
}

#[tokio::test]
async fn new_keys_travel_as_apikey_only() {
    let server = Server::start([(200, "[]")]).await;
    server.supabase.as_service().claim(Lane::Judge, "judge-1", 2).await.unwrap();
    let [seen] = &server.seen()[..] else { panic!() };
    assert_eq!(seen.line, "POST /rest/v1/rpc/claim");
    assert_eq!((seen.apikey.as_deref(), seen.authorization.as_deref()), (Some(KEY), None));
    assert_eq!(seen.profile.as_deref(), Some("api"));
    let arguments: Value = serde_json::from_str(&seen.body).unwrap();
    assert_eq!(arguments, json!({ "lane": "judge", "worker": "judge-1", "max": 2 }));
}

#[tokio::test]
async fn absent_arguments_are_left_out() {
    let server = Server::start([(200, r#"{"rows": [], "next": null, "counts": []}"#)]).await;
    server.supabase.as_service().queue_page(&QueueFilter::default(), None, 50).await.unwrap();
    let arguments: Value = serde_json::from_str(&server.seen()[0].body).unwrap();
    assert_eq!(arguments, json!({ "filter": {}, "page_size": 50 }));
}

#[tokio::test]
async fn old_keys_and_people_travel_as_bearer_too() {
    let server = Server::start_with_key("header.payload.signature", [(200, "[]"), (200, "[]")]).await;
    server.supabase.as_service().call_counts().await.unwrap();
    server.supabase.as_user("a.b.c".to_owned().into()).call_counts().await.unwrap();
    let bearers: Vec<_> = server.seen().into_iter().map(|seen| seen.authorization.unwrap()).collect();
    assert_eq!(bearers, ["Bearer header.payload.signature", "Bearer a.b.c"]);
}

#[tokio::test]
async fn reads_are_repeated_and_claims_are_not() {
    let server = Server::start([(503, ""), (200, "[]")]).await;
    assert_eq!(server.supabase.as_service().call_counts().await.unwrap(), []);
    assert_eq!(server.seen().len(), 2);

    let server = Server::start([(503, ""), (200, "[]")]).await;
    let error = server.supabase.as_service().claim(Lane::Vault, "vault-1", 1).await.unwrap_err();
    assert!(error.is_transient(), "{error:?}");
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn refusals_are_not_repeated() {
    let server = Server::start([(409, r#"{"code":"PT409","message":"lease lost"}"#)]).await;
    let error = server.supabase.as_service().release(uuid::Uuid::nil()).await.unwrap_err();
    assert!(matches!(error, Error::LeaseLost));
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn void_and_null_have_their_types() {
    let server = Server::start([(204, ""), (200, "null")]).await;
    server.supabase.as_service().write_log(&[]).await.unwrap();
    assert_eq!(server.supabase.as_service().call_page(CallId(1)).await.unwrap(), None);
}

#[tokio::test]
async fn a_closed_port_is_unreachable() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
    drop(listener);
    let supabase = Supabase::new(SupabaseConfig { url, api_key: KEY.to_owned().into() }).unwrap();
    let error = supabase.as_service().me().await.unwrap_err();
    assert!(matches!(error, Error::Unreachable(_)), "{error:?}");
}

#[tokio::test]
async fn unusable_keys_and_tokens_are_errors_and_not_panics() {
    let url: url::Url = "http://127.0.0.1:1".parse().unwrap();
    for key in ["", "line\nbreak"] {
        let error = Supabase::new(SupabaseConfig { url: url.clone(), api_key: key.to_owned().into() });
        assert!(matches!(error, Err(Error::Settings(_))), "{key:?}");
    }
    let supabase = Supabase::new(SupabaseConfig { url, api_key: KEY.to_owned().into() }).unwrap();
    let error = supabase.as_user("line\nbreak".to_owned().into()).me().await.unwrap_err();
    assert!(matches!(error, Error::NotSignedIn));
}
