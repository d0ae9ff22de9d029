//! JSON as a file in the manner of Kubernetes: keys by name, and nothing that is not there.

use serde_json::Value;

/// The value as YAML, with the keys of every mapping sorted and those without a value left out.
pub(crate) fn write(mut value: Value) -> String {
    prune(&mut value);
    value.sort_all_objects();
    yaml::write(&value)
}

/// A text, unless it is empty (`omitempty`).
pub(crate) fn non_empty(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}

fn prune(value: &mut Value) {
    match value {
        Value::Object(entries) => {
            entries.retain(|_, value| !value.is_null());
            entries.values_mut().for_each(prune);
        }
        Value::Array(items) => items.iter_mut().for_each(prune),
        _ => {}
    }
}
