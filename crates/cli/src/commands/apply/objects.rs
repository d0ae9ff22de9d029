//! The steps of a plan that are done in the API: read, changed by the plan's own rule, put back.
//!
//! The kubeconfig is read anew whenever the API is asked: its authorities are being replaced.

use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use api::{Api, ApiError, Put};
use change::plan::{Expected, Published};
use change::publish::PublishError;
use serde_json::Value;

/// How long the API may be away: it was started again a moment ago.
const PATIENCE: Duration = Duration::from_secs(60);

/// How long to wait before the next attempt.
const PAUSE: Duration = Duration::from_secs(1);

/// Why it is not done.
enum Fault {
    Api(ApiError),
    Objects(PublishError),
    /// Somebody else changed the object meanwhile.
    Conflict,
}

impl From<ApiError> for Fault {
    fn from(error: ApiError) -> Self {
        Fault::Api(error)
    }
}

impl From<PublishError> for Fault {
    fn from(error: PublishError) -> Self {
        Fault::Objects(error)
    }
}

/// Exchanges bundles.
pub(super) fn publish(
    kubeconfig: &Path,
    context: Option<&str>,
    all: &[Published],
) -> Result<(), PublishError> {
    let mut each = all.iter();
    each.try_for_each(|one| patiently(|| put(&Api::open(kubeconfig, context)?, one)))
}

fn put(api: &Api, one: &Published) -> Result<(), Fault> {
    let path = one.object.path()?;
    let missing = || PublishError::Missing(one.object.clone());
    let mut object = api.get(&path)?.ok_or_else(missing)?;
    if !one.put(&mut object)? {
        return Ok(());
    }
    match api.put(&path, &object)? {
        Put::Done => Ok(()),
        Put::Conflict => Err(Fault::Conflict),
    }
}

/// Waits until everything is published.
pub(super) fn expect(
    kubeconfig: &Path,
    context: Option<&str>,
    all: &[Expected],
) -> Result<(), PublishError> {
    for one in all {
        let began = Instant::now();
        loop {
            let missing = patiently(|| missing(&Api::open(kubeconfig, context)?, one))?;
            if missing.is_empty() {
                break;
            }
            if began.elapsed() > Duration::from_secs(one.seconds.into()) {
                return Err(PublishError::NotYet {
                    what: missing.join(", "),
                    seconds: one.seconds,
                });
            }
            sleep(PAUSE);
        }
    }
    Ok(())
}

/// The ConfigMaps that are not as they are expected to be.
fn missing(api: &Api, one: &Expected) -> Result<Vec<String>, Fault> {
    let name = &one.config_map;
    let text = |value: &Value, key: &str| {
        let text = value["metadata"][key].as_str();
        text.unwrap_or_default().to_owned()
    };
    if let Some(namespace) = &one.namespace {
        let path = format!("/api/v1/namespaces/{namespace}/configmaps/{name}");
        let is_met = api.get(&path)?.is_some_and(|it| one.is_met(&it));
        return Ok((!is_met)
            .then(|| format!("ConfigMap {namespace}/{name}"))
            .into_iter()
            .collect());
    }
    let path = format!("/api/v1/configmaps?fieldSelector=metadata.name%3D{name}");
    let met: Vec<String> = api
        .list(&path)?
        .iter()
        .filter(|it| one.is_met(it))
        .map(|it| text(it, "namespace"))
        .collect();
    let namespaces = api.list("/api/v1/namespaces")?;
    let lasting = namespaces
        .iter()
        .filter(|it| it["metadata"]["deletionTimestamp"].is_null())
        .map(|it| text(it, "name"));
    Ok(lasting
        .filter(|namespace| !met.contains(namespace))
        .map(|namespace| format!("ConfigMap {namespace}/{name}"))
        .collect())
}

/// Tries again while the API is away, or somebody else changes the same.
fn patiently<T>(attempt: impl Fn() -> Result<T, Fault>) -> Result<T, PublishError> {
    let began = Instant::now();
    loop {
        let fault = match attempt() {
            Ok(done) => return Ok(done),
            Err(fault) => fault,
        };
        let is_over = began.elapsed() > PATIENCE;
        match fault {
            Fault::Objects(error) => return Err(error),
            // Just started, it may not yet know its own users.
            Fault::Api(ApiError::Unreachable { .. } | ApiError::Refused { .. }) if !is_over => {}
            Fault::Api(error) => return Err(PublishError::Api(error.to_string())),
            Fault::Conflict if !is_over => {}
            Fault::Conflict => {
                return Err(PublishError::Api(
                    "somebody else keeps changing it".to_owned(),
                ));
            }
        }
        sleep(PAUSE);
    }
}
