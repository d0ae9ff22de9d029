//! Every call of `Verify` in Go's own tests, and NIST's PKITS, gets Go's answer.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may end that way")]

mod support;

use std::collections::BTreeMap;
use std::sync::Arc;

use kubepki_verify::{Certificate, Options, PolicyOptions, Pool, Usage, verify};
use serde_json::Value;
use support::{certificates, compare_with_list, der, hex, json, shared, strings};
use time::UtcDateTime;
use time::format_description::well_known::Rfc3339;

#[test]
fn judges_go_s_own_cases_as_go_does() {
    let Some(path) = shared("go-verify/go-verify-cases.json.gz") else {
        return;
    };
    let suite = json(&path);
    let cases = suite["cases"].as_array().unwrap();
    let mut differences = BTreeMap::new();
    for case in cases {
        let id = case["id"].as_str().unwrap();
        let (here, go) = (answer_here(case), answer_of_go(&case["go"]));
        if here != go {
            differences.insert(id.to_owned(), format!("here {here:?}, Go {go:?}"));
        }
    }
    println!("{} cases", cases.len());
    compare_with_list(
        &differences,
        include_str!("data/go-verify-differences.json"),
    );
}

type Answer = Result<Vec<Vec<String>>, String>;

fn answer_here(case: &Value) -> Answer {
    let leaf = Certificate::parse(der(case["leaf"].as_str().unwrap()));
    let leaf = Arc::new(leaf.map_err(|error| error.to_string())?);
    let roots: Pool = certificates(&case["roots"]).collect();
    let intermediates: Pool = certificates(&case["intermediates"]).collect();
    let verdict = verify(&leaf, &roots, &intermediates, &options(&case["options"]));
    let chains = verdict.outcome.map_err(|error| error.to_string())?;
    let sums = |chain: &Vec<Arc<Certificate>>| chain.iter().map(|c| hex(c.sha256())).collect();
    let mut chains: Vec<Vec<String>> = chains.iter().map(sums).collect();
    chains.sort();
    Ok(chains)
}

fn answer_of_go(go: &Value) -> Answer {
    if go["ok"] == false {
        return Err(go["error"].as_str().unwrap().to_owned());
    }
    let chains = go["chains_sha256"].as_array().unwrap().iter();
    Ok(chains
        .map(|chain| strings(chain).into_iter().map(str::to_owned).collect())
        .collect())
}

fn options(options: &Value) -> Options {
    let is_set = |key: &str| options[key] == true;
    let at = UtcDateTime::parse(options["current_time"].as_str().unwrap(), &Rfc3339).unwrap();
    Options {
        name: options["dns_name"].as_str().unwrap().to_owned(),
        usages: strings(&options["key_usages"])
            .into_iter()
            .map(usage)
            .collect(),
        at,
        policies: PolicyOptions {
            acceptable: strings(&options["certificate_policies"])
                .into_iter()
                .map(oid)
                .collect(),
            inhibit_mapping: is_set("inhibit_policy_mapping"),
            require_explicit: is_set("require_explicit_policy"),
            inhibit_any: is_set("inhibit_any_policy"),
        },
    }
}

fn usage(name: &str) -> Usage {
    let arc = |last| Usage::new(x509::Oid(&[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, last]));
    match name {
        "serverAuth" => Usage::server(),
        "clientAuth" => Usage::client(),
        "any" => Usage::any(),
        "codeSigning" => arc(3),
        "emailProtection" => arc(4),
        other => panic!("unknown usage {other}"),
    }
}

/// The content of an object identifier written in dotted numbers.
fn oid(dotted: &str) -> Vec<u8> {
    let arcs: Vec<u32> = dotted.split('.').map(|arc| arc.parse().unwrap()).collect();
    let first = std::iter::once(arcs[0] * 40 + arcs[1]);
    let arcs = first.chain(arcs[2..].iter().copied());
    arcs.flat_map(|arc| {
        let septets = (0..5)
            .rev()
            .map(move |i| (arc >> (7 * i) & 0x7f) as u8 | 0x80);
        let mut septets: Vec<u8> = septets.skip_while(|septet| *septet == 0x80).collect();
        match septets.last_mut() {
            Some(last) => *last &= 0x7f,
            None => septets.push(0),
        }
        septets
    })
    .collect()
}
