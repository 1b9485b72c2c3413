//! Storage: the status rule, policies, limits, ranges, signed links, deletion.

use std::time::{Duration, Instant};

use crate::support::*;
use reqwest::header::{CONTENT_TYPE, ETAG, IF_NONE_MATCH, RANGE};
use reqwest::{Body, Method, StatusCode};
use serde_json::{Value, json};
use sqlx::{Connection, PgConnection};
use supabase_local::Stack;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

const OWN: &str = "/storage/v1/object/recordings/11111111-1111-1111-1111-111111111111/call.mp3";

#[track_caller]
fn assert_refused((status, error): (u16, Value), status_code: &str, code: &str) {
    assert_eq!(status, 400, "{error}");
    assert_eq!((&error["statusCode"], &error["code"]), (&json!(status_code), &json!(code)), "{error}");
    assert!(error["error"].is_string() && error["message"].is_string(), "{error}");
}

async fn store(stack: &Stack, name: &str, bytes: &'static [u8]) {
    let path = format!("/storage/v1/object/recordings/{name}");
    let (status, stored) =
        answer(ask_as_service(stack, Method::POST, &path).header(CONTENT_TYPE, "audio/mpeg").body(bytes))
            .await;
    assert_eq!((status, &stored["Key"]), (200, &json!(format!("recordings/{name}"))), "{stored}");
}

#[tokio::test]
async fn policies_decide_who_writes_where() {
    let stack = start().await;
    let session = sign_in(&stack).await;
    let token = access_token(&session);
    let upload =
        |method, path| ask_as(&stack, token, method, path).header(CONTENT_TYPE, "audio/mpeg").body("abc");

    assert_eq!(answer(upload(Method::POST, OWN)).await.0, 200);
    assert_refused(answer(upload(Method::POST, OWN)).await, "409", "KeyAlreadyExists");
    // Replacing needs an update policy, which the project does not have.
    assert_refused(answer(upload(Method::PUT, OWN)).await, "403", "AccessDenied");
    let elsewhere = "/storage/v1/object/recordings/elsewhere/call.mp3";
    assert_refused(answer(upload(Method::POST, elsewhere)).await, "403", "AccessDenied");
    let anonymous = ask(&stack, Method::POST, elsewhere).header(CONTENT_TYPE, "audio/mpeg").body("abc");
    assert_refused(answer(anonymous).await, "403", "AccessDenied");
    let nobody = reqwest::Client::new().post(format!("{}{elsewhere}", stack.api_url())).body("abc");
    assert_refused(answer(nobody).await, "403", "AccessDenied");

    // Nor may users delete, though they see the object.
    assert_refused(answer(ask_as(&stack, token, Method::DELETE, OWN)).await, "403", "AccessDenied");
    let many = ask_as(&stack, token, Method::DELETE, "/storage/v1/object/recordings")
        .json(&json!({ "prefixes": [format!("{SEEDED_ID}/call.mp3")] }));
    assert_eq!(answer(many).await, (200, json!([])));

    // A refused upload leaves nothing behind.
    let mut database = PgConnection::connect(&stack.db_url()).await.unwrap();
    let names: Vec<String> =
        sqlx::query_scalar("select name from storage.objects").fetch_all(&mut database).await.unwrap();
    assert_eq!(names, [format!("{SEEDED_ID}/call.mp3")]);
}

#[tokio::test]
async fn a_refused_upload_is_answered_once_it_is_sent() {
    let stack = start().await;
    let address = stack.api_url().trim_start_matches("http://").to_owned();
    let mut connection = tokio::net::TcpStream::connect(&address).await.unwrap();
    let half = vec![0; 500_000];
    let head = format!("POST {OWN} HTTP/1.1\r\nHost: {address}\r\nContent-Length: 1000000\r\n\r\n");
    connection.write_all(head.as_bytes()).await.unwrap();
    connection.write_all(&half).await.unwrap();
    connection.write_all(&half).await.unwrap();
    assert!(first_line(&mut connection).await.ends_with("400 Bad Request"));

    // The connection was not given up: the next request on it is answered.
    let next = format!("GET /storage/v1/status HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    connection.write_all(next.as_bytes()).await.unwrap();
    let mut rest = String::new();
    connection.read_to_string(&mut rest).await.unwrap();
    assert!(rest.contains("HTTP/1.1 200 OK"), "{rest}");
}

async fn first_line(connection: &mut tokio::net::TcpStream) -> String {
    let mut line = Vec::new();
    while !line.ends_with(b"\r\n") {
        line.push(connection.read_u8().await.unwrap());
    }
    String::from_utf8(line).unwrap().trim_end().to_owned()
}

#[tokio::test]
async fn what_is_not_there_or_not_for_the_caller_looks_the_same() {
    let stack = start().await;
    let session = sign_in(&stack).await;
    let token = access_token(&session);
    store(&stack, "a/b.mp3", b"0123456789").await;
    let get =
        |path: &str| ask_as(&stack, token, Method::GET, &format!("/storage/v1/object/authenticated/{path}"));
    assert_eq!(answer(get("recordings/a/b.mp3")).await.0, 200);
    assert_refused(answer(get("recordings/a/c.mp3")).await, "404", "NoSuchKey");
    assert_refused(answer(get("nowhere/a/b.mp3")).await, "404", "NoSuchKey");
    let anonymous = ask(&stack, Method::GET, "/storage/v1/object/authenticated/recordings/a/b.mp3");
    assert_refused(answer(anonymous).await, "404", "NoSuchKey");
    let nobody =
        reqwest::Client::new().get(format!("{}/storage/v1/object/recordings/a/b.mp3", stack.api_url()));
    assert_refused(answer(nobody).await, "404", "NoSuchBucket");
    let public = ask(&stack, Method::GET, "/storage/v1/object/public/recordings/a/b.mp3");
    assert_refused(answer(public).await, "404", "NoSuchBucket");
    let sign = ask(&stack, Method::POST, "/storage/v1/object/sign/recordings/a/b.mp3")
        .json(&json!({ "expiresIn": 60 }));
    assert_refused(answer(sign).await, "404", "NoSuchKey");
}

#[tokio::test]
async fn a_bucket_limits_size_and_kind() {
    let stack = start().await;
    let upload = |path: &str, kind: &str| {
        ask_as_service(&stack, Method::POST, &format!("/storage/v1/object/{path}")).header(CONTENT_TYPE, kind)
    };
    let large = || vec![7u8; 200_001];
    assert_refused(answer(upload("recordings/x", "audio/mpeg").body(large())).await, "413", "EntityTooLarge");
    // Without an announced length the stream is cut where the limit is.
    let pieces = futures::stream::iter(
        large().chunks(4096).map(|piece| Ok::<_, std::io::Error>(piece.to_vec())).collect::<Vec<_>>(),
    );
    let chunked = upload("recordings/x", "audio/mpeg").body(Body::wrap_stream(pieces));
    assert_refused(answer(chunked).await, "413", "EntityTooLarge");
    // A bucket without a limit of its own has the project's.
    assert_refused(
        answer(upload("pictures/x", "image/png").body(vec![7u8; (1 << 20) + 1])).await,
        "413",
        "EntityTooLarge",
    );
    assert_eq!(answer(upload("pictures/x", "image/png").body(vec![7u8; 1 << 20])).await.0, 200);

    assert_refused(answer(upload("recordings/x", "text/plain").body("x")).await, "415", "InvalidMimeType");
    assert_eq!(answer(upload("recordings/x", "audio/wav").body("x")).await.0, 200);
    assert_refused(answer(upload("nowhere/x", "audio/wav").body("x")).await, "404", "NoSuchBucket");
    assert_refused(answer(upload("recordings/a%7Cb", "audio/wav").body("x")).await, "400", "InvalidKey");
}

#[tokio::test]
async fn a_form_uploads_its_file() {
    let stack = start().await;
    let form = "--XX\r\nContent-Disposition: form-data; name=\"cacheControl\"\r\n\r\n3600\r\n\
        --XX\r\nContent-Disposition: form-data; name=\"\"; filename=\"blob\"\r\nContent-Type: audio/mpeg\r\n\r\n0123456789\r\n--XX--\r\n";
    let upload = ask_as_service(&stack, Method::POST, "/storage/v1/object/recordings/form.mp3")
        .header(CONTENT_TYPE, "multipart/form-data; boundary=XX")
        .body(form);
    assert_eq!(answer(upload).await.0, 200);
    let response =
        ask_as_service(&stack, Method::GET, "/storage/v1/object/recordings/form.mp3").send().await.unwrap();
    assert_eq!(response.headers()["cache-control"], "max-age=3600");
    assert_eq!(response.headers()["content-type"], "audio/mpeg");
    assert_eq!(response.text().await.unwrap(), "0123456789");
    let refused = ask_as_service(&stack, Method::POST, "/storage/v1/object/recordings/form.txt")
        .header(CONTENT_TYPE, "multipart/form-data; boundary=XX")
        .body(form.replace("audio/mpeg", "text/plain"));
    assert_refused(answer(refused).await, "415", "InvalidMimeType");
}

#[tokio::test]
async fn ranges_and_validators() {
    let stack = start().await;
    store(&stack, "r.mp3", b"0123456789").await;
    let get = || ask_as_service(&stack, Method::GET, "/storage/v1/object/authenticated/recordings/r.mp3");
    for (range, content_range, part) in [
        ("bytes=2-4", "bytes 2-4/10", "234"),
        ("bytes=7-", "bytes 7-9/10", "789"),
        ("bytes=-2", "bytes 8-9/10", "89"),
        ("bytes=8-99", "bytes 8-9/10", "89"),
    ] {
        let response = get().header(RANGE, range).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::PARTIAL_CONTENT, "{range}");
        assert_eq!(response.headers()["content-range"], content_range);
        assert_eq!(response.text().await.unwrap(), part);
    }
    let (status, error) = answer(get().header(RANGE, "bytes=10-")).await;
    assert_eq!((status, &error["statusCode"], &error["code"]), (416, &json!("416"), &json!("InvalidRange")));

    let whole = get().send().await.unwrap();
    assert_eq!(whole.headers()["accept-ranges"], "bytes");
    let etag = whole.headers()[ETAG].clone();
    assert_eq!(get().header(IF_NONE_MATCH, &etag).send().await.unwrap().status(), StatusCode::NOT_MODIFIED);
    assert_eq!(get().header(IF_NONE_MATCH, "\"other\"").send().await.unwrap().status(), StatusCode::OK);
    let modified = whole.headers()["last-modified"].clone();
    assert_eq!(
        get().header("if-modified-since", modified).send().await.unwrap().status(),
        StatusCode::NOT_MODIFIED
    );

    let head = ask_as_service(&stack, Method::HEAD, "/storage/v1/object/authenticated/recordings/r.mp3");
    let head = head.send().await.unwrap();
    assert_eq!((head.status(), &head.headers()["content-length"]), (StatusCode::OK, &"10".parse().unwrap()));
    assert_eq!(head.text().await.unwrap(), "");

    // A replaced object is another version.
    let replace = ask_as_service(&stack, Method::PUT, "/storage/v1/object/recordings/r.mp3");
    assert_eq!(answer(replace.header(CONTENT_TYPE, "audio/mpeg").body("new")).await.0, 200);
    let response = get().header(IF_NONE_MATCH, &etag).send().await.unwrap();
    assert_eq!((response.status(), response.text().await.unwrap()), (StatusCode::OK, "new".to_owned()));
}

#[tokio::test]
async fn a_signed_link_opens_one_object_until_it_expires() {
    let stack = start().await;
    store(&stack, "s.mp3", b"0123456789").await;
    store(&stack, "other.mp3", b"other").await;
    let session = sign_in(&stack).await;
    let sign = |name: &str, seconds: i64| {
        ask_as(
            &stack,
            access_token(&session),
            Method::POST,
            &format!("/storage/v1/object/sign/recordings/{name}"),
        )
        .json(&json!({ "expiresIn": seconds }))
    };
    let open = async |link: &str| {
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        answer(client.get(format!("{}/storage/v1{link}", stack.api_url())).header(RANGE, "bytes=3-5")).await
    };
    let (_, signed) = answer(sign("s.mp3", 60)).await;
    let link = signed["signedURL"].as_str().expect("a link");
    assert!(link.starts_with("/object/sign/recordings/s.mp3?token="), "{link}");
    assert_eq!(open(link).await, (206, json!(345)));
    assert_refused(open(&link.replace("s.mp3", "other.mp3")).await, "400", "InvalidSignature");
    assert_refused(open(&format!("{link}x")).await, "400", "InvalidSignature");
    assert_refused(open("/object/sign/recordings/s.mp3").await, "400", "InvalidJWT");
    assert_refused(answer(sign("s.mp3", 0)).await, "400", "InvalidRequest");

    let (_, signed) = answer(sign("s.mp3", 1)).await;
    let link = signed["signedURL"].as_str().expect("a link");
    let deadline = Instant::now() + Duration::from_secs(5);
    let refusal = loop {
        let answer = open(link).await;
        if answer.0 != 206 {
            break answer;
        }
        assert!(Instant::now() < deadline, "the link never expires");
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    assert_refused(refusal, "400", "InvalidJWT");

    let many = ask_as(&stack, access_token(&session), Method::POST, "/storage/v1/object/sign/recordings")
        .json(&json!({ "expiresIn": 60, "paths": ["s.mp3", "missing.mp3"] }));
    let (status, links) = answer(many).await;
    assert_eq!(status, 200);
    assert_eq!(open(links[0]["signedURL"].as_str().unwrap()).await.0, 206);
    assert_eq!((&links[1]["signedURL"], links[1]["error"].is_string()), (&Value::Null, true));
}

#[tokio::test]
async fn listing_info_and_deletion() {
    let stack = start().await;
    for name in ["y/1.mp3", "y/2.mp3", "y/deep/3.mp3"] {
        store(&stack, name, b"abc").await;
    }
    let list = ask_as_service(&stack, Method::POST, "/storage/v1/object/list/recordings");
    let (_, entries) =
        answer(list.json(&json!({ "prefix": "y", "sortBy": { "column": "name", "order": "desc" } }))).await;
    let names: Vec<&str> =
        entries.as_array().unwrap().iter().map(|entry| entry["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["deep", "2.mp3", "1.mp3"]);
    assert_eq!((&entries[0]["id"], &entries[1]["metadata"]["size"]), (&Value::Null, &json!(3)));

    let (_, info) =
        answer(ask_as_service(&stack, Method::GET, "/storage/v1/object/info/recordings/y/1.mp3")).await;
    assert_eq!((&info["size"], &info["content_type"]), (&json!(3), &json!("audio/mpeg")));

    let one = ask_as_service(&stack, Method::DELETE, "/storage/v1/object/recordings/y/1.mp3");
    assert_eq!(answer(one).await, (200, json!({ "message": "Successfully deleted" })));
    let again = ask_as_service(&stack, Method::DELETE, "/storage/v1/object/recordings/y/1.mp3");
    assert_refused(answer(again).await, "404", "NoSuchKey");
    let many = ask_as_service(&stack, Method::DELETE, "/storage/v1/object/recordings")
        .json(&json!({ "prefixes": ["y/1.mp3", "y/2.mp3", "y/deep/3.mp3"] }));
    let (_, deleted) = answer(many).await;
    assert_eq!(deleted.as_array().map(Vec::len), Some(2));

    // SQL must not leave files without rows.
    let mut database = PgConnection::connect(&stack.db_url()).await.unwrap();
    let refused = sqlx::query("delete from storage.objects").execute(&mut database).await.unwrap_err();
    assert!(refused.to_string().contains("Use the Storage API instead"), "{refused}");
}

#[tokio::test]
async fn no_path_leaves_the_bucket() {
    let stack = start().await;
    let address = stack.api_url().replace("http://", "");
    for (method, path, code) in [
        ("GET", "/storage/v1/object/authenticated/recordings/..%2F..%2Fpostgres.log", "NoSuchKey"),
        ("GET", "/storage/v1/object/authenticated/recordings/../../postgres.log", "NoSuchKey"),
        ("POST", "/storage/v1/object/recordings/..%2F..%2Fstack.json", "InvalidKey"),
        ("POST", "/storage/v1/object/recordings/a/../../stack.json", "InvalidKey"),
    ] {
        // Written by hand: HTTP clients tidy such paths up before they send them.
        let mut connection = tokio::net::TcpStream::connect(&address).await.unwrap();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: {address}\r\napikey: {}\r\ncontent-type: audio/mpeg\r\ncontent-length: 1\r\nconnection: close\r\n\r\nx",
            stack.secret_key()
        );
        connection.write_all(request.as_bytes()).await.unwrap();
        let mut response = String::new();
        connection.read_to_string(&mut response).await.unwrap();
        assert!(response.contains(code), "{method} {path}: {response}");
    }
}
