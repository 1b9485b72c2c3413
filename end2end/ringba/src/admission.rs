//! What every request of the API passes first: token, account, planned faults.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::header::AUTHORIZATION;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::answer::Refusal;
use crate::faults::{Endpoint, RequestFault};
use crate::spoiled;
use crate::world::World;

/// The request's fault, for the endpoints that work it into their page. Faults of the whole answer
/// are dealt with here.
#[derive(Debug, Clone)]
pub struct PageFault(pub Option<RequestFault>);

pub async fn admit(
    State((world, endpoint)): State<(Arc<World>, Endpoint)>,
    mut request: Request,
    next: Next,
) -> Response {
    world.count_request(endpoint);
    if let Err(refusal) = check(&world, endpoint, &request) {
        return refusal.into_response();
    }
    let fault = world.faults.take(endpoint);
    request.extensions_mut().insert(PageFault(fault.clone()));
    match fault {
        Some(RequestFault::Status { status, retry_after_s }) => spoiled::status(status, retry_after_s),
        Some(RequestFault::Garbage) => spoiled::garbage(),
        Some(RequestFault::Cut { after_bytes }) => spoiled::cut(next.run(request).await, after_bytes).await,
        Some(RequestFault::Stall { ms }) => {
            tokio::time::sleep(Duration::from_millis(ms)).await;
            next.run(request).await
        }
        _ => next.run(request).await,
    }
}

fn check(world: &World, endpoint: Endpoint, request: &Request) -> Result<(), Refusal> {
    let expected = format!("Token {}", world.options.token);
    if request.headers().get(AUTHORIZATION).is_none_or(|sent| sent.as_bytes() != expected.as_bytes()) {
        return Err(Refusal::new(StatusCode::UNAUTHORIZED, "the token is not valid"));
    }
    let account = request.uri().path().split('/').nth(2);
    if endpoint != Endpoint::Accounts && account != Some(world.options.account.as_str()) {
        return Err(Refusal::new(StatusCode::NOT_FOUND, "there is no such account"));
    }
    Ok(())
}
