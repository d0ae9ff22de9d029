//! One answer: its text, or that there is none to be had.

use std::error::Error;

use http::{Request, StatusCode};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use kube::Client;
use kube::client::Body;
use serde::Deserialize;
use zeroize::Zeroizing;

use crate::ApiError;

/// More than this is no page of objects: 64 MiB.
const MAX_LEN: usize = 64 << 20;

/// How much of what is no Status is repeated, in characters.
const SHOWN: usize = 200;

/// What the API answers.
pub(crate) enum Answer {
    /// An object or a list; there may be Secrets in it.
    Text(Zeroizing<String>),
    /// There is no such object, or no such kind.
    Absent,
    /// The user may not see it; the API's words.
    Forbidden(String),
}

/// Asks for what is at `path`.
pub(crate) async fn of(client: &Client, server: &str, path: &str) -> Result<Answer, ApiError> {
    let request = Request::get(path).body(Body::empty());
    let (status, bytes) = send(client, server, path, request).await?;
    let text = String::from_utf8_lossy(&bytes);
    match status {
        StatusCode::OK => Ok(Answer::Text(Zeroizing::new(text.into_owned()))),
        StatusCode::NOT_FOUND => Ok(Answer::Absent),
        StatusCode::FORBIDDEN => Ok(Answer::Forbidden(message(&text))),
        status => Err(ApiError::Refused {
            address: format!("{server}{path}"),
            status: status.as_u16(),
            message: message(&text),
        }),
    }
}

/// Puts an object in the place of the one at `path`. Whether nobody else did meanwhile.
pub(crate) async fn put(
    client: &Client,
    server: &str,
    path: &str,
    object: Vec<u8>,
) -> Result<bool, ApiError> {
    let request = Request::put(path)
        .header("Content-Type", "application/json")
        .body(Body::from(object));
    let (status, bytes) = send(client, server, path, request).await?;
    match status {
        StatusCode::OK | StatusCode::CREATED => Ok(true),
        StatusCode::CONFLICT => Ok(false),
        status => Err(ApiError::Refused {
            address: format!("{server}{path}"),
            status: status.as_u16(),
            message: message(&String::from_utf8_lossy(&bytes)),
        }),
    }
}

/// Status and body of an answer; there may be Secrets in it.
async fn send(
    client: &Client,
    server: &str,
    path: &str,
    request: Result<Request<Body>, http::Error>,
) -> Result<(StatusCode, Zeroizing<Vec<u8>>), ApiError> {
    let unreachable = |error: &(dyn Error + 'static)| ApiError::Unreachable {
        server: server.to_owned(),
        reason: reasons(error),
    };
    let request = request.map_err(|error| unreachable(&error))?;
    let response = client.send(request).await;
    let response = response.map_err(|error| unreachable(&error))?;
    let status = response.status();
    let body = Limited::new(response.into_body(), MAX_LEN).collect().await;
    let body = body.map_err(|error| match error.is::<LengthLimitError>() {
        true => ApiError::TooLong(format!("{server}{path}")),
        false => unreachable(&*error),
    })?;
    Ok((status, Zeroizing::new(body.to_bytes().to_vec())))
}

/// Where the next page of a list begins, when there is one.
pub(crate) fn rest(text: &str) -> Option<String> {
    let page: Page = serde_json::from_str(text).ok()?;
    Some(page.metadata.rest).filter(|rest| !rest.is_empty())
}

#[derive(Deserialize)]
struct Page {
    metadata: PageMetadata,
}

#[derive(Deserialize)]
struct PageMetadata {
    #[serde(rename = "continue", default)]
    rest: String,
}

/// What a Status says; of anything else, how it begins.
fn message(text: &str) -> String {
    #[derive(Deserialize)]
    struct Status {
        message: String,
    }
    match serde_json::from_str::<Status>(text) {
        Ok(status) => status.message,
        Err(_) => text.chars().take(SHOWN).collect(),
    }
}

/// An error and all that caused it; what repeats the one before is left out.
pub(crate) fn reasons(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(error) = next {
        let reason = error.to_string();
        if !text.contains(&reason) {
            text = format!("{text}: {reason}");
        }
        next = error.source();
    }
    text
}
