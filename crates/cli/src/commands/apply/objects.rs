//! The steps of a plan that are done in the API: read, changed by the plan's own rule, put back.
//!
//! The kubeconfig is read anew whenever the API is asked: its authorities are being replaced.

use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use api::{Api, ApiError, Put};
use change::plan::{Expected, Published};
use change::publish::PublishError;
use change::restart::Waits;
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

/// Exchanges bundles, until somebody says that it is done.
pub(super) fn publish(
    kubeconfig: &Path,
    context: Option<&str>,
    all: &[Published],
    waits: &mut dyn Waits,
) -> Result<(), PublishError> {
    for one in all {
        let put = || put(&Api::open(kubeconfig, context)?, one);
        if patiently(put, waits)?.is_none() {
            break;
        }
    }
    Ok(())
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

/// Waits until everything is published, or somebody says that it is.
pub(super) fn expect(
    kubeconfig: &Path,
    context: Option<&str>,
    all: &[Expected],
    waits: &mut dyn Waits,
) -> Result<(), PublishError> {
    for one in all {
        let began = Instant::now();
        let patience = Duration::from_secs(one.seconds.into());
        loop {
            let missing = || missing(&Api::open(kubeconfig, context)?, one);
            let Some(missing) = patiently(missing, waits)? else {
                return Ok(());
            };
            if missing.is_empty() {
                break;
            }
            let what = missing.join(", ");
            let Some(left) = patience.checked_sub(began.elapsed()) else {
                let seconds = one.seconds;
                return Err(PublishError::NotYet { what, seconds });
            };
            if waits.is_told() {
                return Ok(());
            }
            waits.tell(&format!("{what} is not published yet"), left);
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

/// Tries again while the API is away, or somebody else changes the same; nothing when somebody says
/// meanwhile that it is done.
fn patiently<T>(
    attempt: impl Fn() -> Result<T, Fault>,
    waits: &mut dyn Waits,
) -> Result<Option<T>, PublishError> {
    let began = Instant::now();
    loop {
        let why = match attempt() {
            Ok(done) => return Ok(Some(done)),
            Err(fault) => fault.passing()?,
        };
        let Some(left) = PATIENCE.checked_sub(began.elapsed()) else {
            return Err(PublishError::Api(why));
        };
        if waits.is_told() {
            return Ok(None);
        }
        waits.tell(&why, left);
        sleep(PAUSE);
    }
}

impl Fault {
    /// What is wrong, when it may pass.
    fn passing(self) -> Result<String, PublishError> {
        match self {
            Fault::Objects(error) => Err(error),
            // Just started, it may not yet know its own users.
            Fault::Api(error @ (ApiError::Unreachable { .. } | ApiError::Refused { .. })) => {
                Ok(error.to_string())
            }
            Fault::Api(error) => Err(PublishError::Api(error.to_string())),
            Fault::Conflict => Ok("somebody else keeps changing it".to_owned()),
        }
    }
}
