//! Dumps of API objects, from bytes to findings; and as an API would answer them.

#![no_main]

use cluster::{Graph, Inventory, Objects};
use libfuzzer_sys::fuzz_target;
use time::macros::utc_datetime;

fuzz_target!(|data: &[u8]| {
    let mut objects = Objects::default();
    if let Err(error) = objects.add_dump("dump", data) {
        assert!(!error.to_string().is_empty());
    }
    if let Ok(text) = std::str::from_utf8(data) {
        let address = |namespace: Option<&str>, name: &str| format!("{namespace:?}/{name}");
        let _ = objects.add_answer(text, &address);
    }
    let inventory = Inventory::read(Vec::new()).with_objects(objects);
    let graph = Graph::of(&inventory);
    let report = audit::audit(&inventory, &graph, utc_datetime!(2026-12-01 0:00));
    for finding in &report.findings {
        audit::source::by_file(&inventory, finding)
            .iter()
            .for_each(|file| drop(file.source()));
    }
});
