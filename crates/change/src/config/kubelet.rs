//! KubeletConfiguration, which is handed on as it is written.

use serde_json::{Map, Value};
use yaml::{Node as Yaml, Style};

use super::section::{boolean, is_text};

/// The fields of the document, but for what it is; `None` when it is another kind.
pub(super) fn read(document: &Yaml) -> Option<Map<String, Value>> {
    let Value::Object(mut fields) = value(document) else {
        return None;
    };
    let what = (fields.remove("apiVersion"), fields.remove("kind"));
    let is_kubelets = what == (Some(API.into()), Some("KubeletConfiguration".into()));
    is_kubelets.then_some(fields)
}

const API: &str = "kubelet.config.k8s.io/v1beta1";

/// What YAML 1.1 takes a node for, as JSON.
fn value(node: &Yaml) -> Value {
    match &node.value {
        yaml::Value::Sequence(items) => items.iter().map(value).collect(),
        yaml::Value::Mapping(entries) => {
            let entry = |(key, item): &(Yaml, Yaml)| Some((key.text()?.to_owned(), value(item)));
            Value::Object(entries.iter().filter_map(entry).collect())
        }
        yaml::Value::Scalar(_) if node.is_null() => Value::Null,
        yaml::Value::Scalar(scalar) if scalar.style == Style::Plain => plain(&scalar.text),
        yaml::Value::Scalar(scalar) => scalar.text.as_str().into(),
    }
}

fn plain(text: &str) -> Value {
    let number = || serde_json::from_str(text).ok().filter(Value::is_number);
    match boolean(text) {
        Some(flag) => flag.into(),
        None if is_text(text) => text.into(),
        None => number().unwrap_or_else(|| text.into()),
    }
}
