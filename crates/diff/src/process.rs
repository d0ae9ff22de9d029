//! Two processes: what starts them, flag by flag.

use std::collections::BTreeSet;

use cluster::catalogue::{self, FlagKind};
use cluster::{Process, Setting};

use crate::Difference;

/// In which they differ, as far as it concerns the PKI.
pub(crate) fn compare(a: &Process, b: &Process) -> Vec<Difference> {
    let image = |process: &Process| process.image.as_ref().map(|image| image.value.clone());
    let mut found: Vec<Difference> = Vec::new();
    found.extend(Difference::of_values("image", image(a), image(b)));
    let keys: BTreeSet<&str> = [a, b]
        .iter()
        .flat_map(|process| process.settings.iter().map(|setting| &*setting.key))
        .collect();
    found.extend(keys.into_iter().filter_map(|key| setting(a, b, key)));
    found
}

fn setting(a: &Process, b: &Process, key: &str) -> Option<Difference> {
    let row = catalogue::flag(a.component, key).or_else(|| catalogue::field(a.component, key))?;
    let one = [a, b]
        .into_iter()
        .find_map(|process| process.settings.get(key))?;
    let difference = match row.kind {
        FlagKind::List | FlagKind::Urls => {
            let values = |process: &Process| -> Vec<String> {
                let parts = process.settings.list(key).into_iter();
                parts.map(|part| part.value).collect()
            };
            Difference::of_sets(&one.name, &values(a), &values(b))
        }
        FlagKind::Repeated => {
            let values = |process: &Process| -> Vec<String> {
                let all = process.settings.all(key);
                all.map(|setting: &Setting| setting.value.clone()).collect()
            };
            Difference::of_sets(&one.name, &values(a), &values(b))
        }
        FlagKind::Text | FlagKind::Bool => {
            let value = |process: &Process| process.settings.get(key).map(|one| one.value.clone());
            Difference::of_values(&one.name, value(a), value(b))
        }
    };
    difference.map(|found| found.meaning(row.purpose.to_owned()))
}
