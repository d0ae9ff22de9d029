//! Every case of x509-limbo and BetterTLS gets Go's verdict, Go's words and Go's chains.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may end that way")]

mod support;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use kubepki_verify::{Certificate, Options, Pool, Usage, verify};
use serde_json::Value;
use support::{certificates, compare_with_list, der, hex, json, shared, strings};
use time::UtcDateTime;
use time::format_description::well_known::Rfc3339;

#[test]
fn judges_limbo_as_go_does() {
    let Some(folder) = shared("x509-limbo") else {
        return;
    };
    let verdicts = json(&folder.join("go-verdicts.json"));
    let verdicts: HashMap<&str, &Value> = verdicts["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|verdict| (verdict["id"].as_str().unwrap(), verdict))
        .collect();
    let mut differences = BTreeMap::new();
    let mut count = 0;
    for file in ["limbo.json.gz", "limbo-bettertls.json.gz"] {
        let suite = json(&folder.join(file));
        for case in suite["testcases"].as_array().unwrap() {
            let id = case["id"].as_str().unwrap();
            let go = verdicts[id];
            let (here, go) = (answer_here(case, go), answer_of_go(go));
            if here != go {
                differences.insert(id.to_owned(), format!("here {here:?}, Go {go:?}"));
            }
            count += 1;
        }
    }
    println!("{count} cases");
    compare_with_list(&differences, include_str!("data/limbo-differences.json"));
}

type Answer = Result<Vec<Vec<String>>, String>;

fn answer_here(case: &Value, go: &Value) -> Answer {
    let leaf = Certificate::parse(der(case["peer_certificate"].as_str().unwrap()));
    let leaf = Arc::new(leaf.map_err(|error| error.to_string())?);
    let roots: Pool = certificates(&case["trusted_certs"]).collect();
    let intermediates: Pool = certificates(&case["untrusted_intermediates"]).collect();
    let at = UtcDateTime::parse(go["time"].as_str().unwrap(), &Rfc3339).unwrap();
    let options = Options {
        name: go["dns_name"].as_str().unwrap_or_default().to_owned(),
        usages: strings(&go["key_usages"]).into_iter().map(usage).collect(),
        ..Options::any(at)
    };
    let verdict = verify(&leaf, &roots, &intermediates, &options);
    let chains = verdict.outcome.map_err(|error| error.to_string())?;
    let sums = |chain: &Vec<Arc<Certificate>>| chain.iter().map(|c| hex(c.sha256())).collect();
    Ok(chains.iter().map(sums).collect())
}

fn answer_of_go(go: &Value) -> Answer {
    if let Some(error) = go["error"].as_str() {
        return Err(error.to_owned());
    }
    let chains = go["chains_sha256"].as_array().unwrap().iter();
    Ok(chains
        .map(|chain| strings(chain).into_iter().map(str::to_owned).collect())
        .collect())
}

fn usage(name: &str) -> Usage {
    match name {
        "serverAuth" => Usage::server(),
        "clientAuth" => Usage::client(),
        "any" => Usage::any(),
        other => panic!("unknown usage {other}"),
    }
}
