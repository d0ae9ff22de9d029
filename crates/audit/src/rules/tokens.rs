//! Service account tokens that nobody accepts.

use std::collections::{BTreeMap, BTreeSet};

use cluster::Component;

use super::{Context, Rule, words};
use crate::blame::{self, What, group};
use crate::problem::{Breakage, Problem};
use crate::report::{Cause, Evidence, Finding, Severity};

pub(super) const KEY: Rule = Rule {
    code: "KP0701",
    title: "service account tokens are signed with a key that is not checked with",
    why: "kube-apiserver signs tokens with --service-account-signing-key-file and accepts what one of \
          --service-account-key-file checks. It starts without comparing them; every pod is then refused. \
          With several control-plane nodes, all need the same pair.",
    reference: "pkg/serviceaccount/jwt.go",
    cis: &["1.2.22"],
};
pub(super) const LEGACY_KEY: Rule = Rule {
    code: "KP0702",
    title: "tokens in Secrets are signed with a key that is not checked with",
    why: "kube-controller-manager still signs the tokens of Secrets of type service-account-token, with \
          --service-account-private-key-file. Tokens of pods do not come from it.",
    reference: "cmd/kube-controller-manager/app/controllermanager.go",
    cis: &["1.3.4"],
};
pub(super) const ISSUER: Rule = Rule {
    code: "KP0703",
    title: "tokens name an issuer that is not accepted",
    why: "The first --service-account-issuer is what tokens name; every kube-apiserver has to list it.",
    reference: "pkg/serviceaccount/jwt.go",
    cis: &[],
};

pub(super) fn findings(context: &Context<'_, '_>, breakages: &[Breakage<'_>]) -> Vec<Finding> {
    let culprits = Culprits::of(breakages);
    let groups = group(breakages, |breakage| match &breakage.problem {
        Problem::TokenKey { legacy, .. } => Some((*legacy, culprits.of_breakage(breakage))),
        _ => None,
    });
    let issuers = group(breakages, |breakage| match &breakage.problem {
        Problem::TokenIssuer { .. } => culprits.of_breakage(breakage),
        _ => None,
    });
    let is_legacy_told = groups.iter().any(|group| !group.key.0);
    // When both signers have the same key, one finding says all.
    let keys = groups
        .iter()
        .filter(|group| !group.key.0 || !is_legacy_told);
    let keys = keys.filter_map(|group| {
        let (_, culprit) = group.key;
        key(context, &culprit_first(&group.breakages, culprit))
    });
    let issuers = issuers.iter().filter_map(|group| {
        let culprit = group.key;
        issuer(
            context,
            culprit,
            &culprit_first(&group.breakages, Some(culprit)),
        )
    });
    keys.chain(issuers).collect()
}

/// The breakages in which the node that has to change checks, before those in which it signs.
fn culprit_first<'b, 'a>(
    breakages: &[&'b Breakage<'a>],
    culprit: Option<usize>,
) -> Vec<&'b Breakage<'a>> {
    let mut sorted = breakages.to_vec();
    let signs = |breakage: &&Breakage<'_>| breakage.ends().map(|(_, checker)| checker) != culprit;
    sorted.sort_by_key(signs);
    sorted
}

/// How often each node is an end of what fails between signing and checking.
struct Culprits(BTreeMap<usize, usize>);

impl Culprits {
    fn of(breakages: &[Breakage<'_>]) -> Self {
        let ends: BTreeSet<(usize, usize)> = breakages.iter().filter_map(Breakage::ends).collect();
        let mut counts = BTreeMap::new();
        for (signer, checker) in ends {
            *counts.entry(signer).or_insert(0) += 1;
            *counts.entry(checker).or_insert(0) += 1;
        }
        Culprits(counts)
    }

    /// The node that the others do not agree with; of two, the one that came later.
    fn of_breakage(&self, breakage: &Breakage<'_>) -> Option<usize> {
        let (signer, checker) = breakage.ends()?;
        let weight = |node: &usize| (self.0.get(node).copied().unwrap_or_default(), *node);
        [signer, checker].into_iter().max_by_key(weight)
    }
}

impl Breakage<'_> {
    /// The nodes where tokens are signed and checked, when it is about that.
    fn ends(&self) -> Option<(usize, usize)> {
        match &self.problem {
            Problem::TokenKey {
                signing, checker, ..
            } => Some((signing.node?, (*checker)?)),
            Problem::TokenIssuer {
                signer, checker, ..
            } => Some(((*signer)?, (*checker)?)),
            _ => None,
        }
    }
}

fn key(context: &Context<'_, '_>, breakages: &[&Breakage<'_>]) -> Option<Finding> {
    let Problem::TokenKey {
        signing,
        checking,
        legacy,
        ..
    } = &breakages.first()?.problem
    else {
        return None;
    };
    let who = context.who(signing.by, signing.node);
    let signer = words::place(signing.material);
    let checker = words::list(
        &checking
            .iter()
            .map(|used| words::place(used.material))
            .collect::<Vec<_>>(),
    );
    let message = format!("{who} signs tokens with {signer}, which none of {checker} checks");
    let misnamed =
        |used: &&crate::problem::Use<'_>| context.judgement.what_to_change(used) == What::Setting;
    let signs = |label| {
        vec![context.at_content(signing, label)]
            .into_iter()
            .chain(context.at_naming(signing, label))
    };
    let checks: Vec<Evidence> = checking
        .iter()
        .flat_map(|used| {
            let label = "does not hold its public half";
            let content = context.at_content(used, label);
            let naming = context.at_naming(used, label);
            match misnamed(&used) {
                true => naming.into_iter().chain([content]).collect::<Vec<_>>(),
                false => std::iter::once(content).chain(naming).collect(),
            }
        })
        .collect();
    let is_signer_odd = !blame::is_standard(&signer) || *legacy;
    let mut evidence: Vec<Evidence> = Vec::new();
    match is_signer_odd && !checking.iter().any(|used| misnamed(&used)) {
        true => {
            evidence.extend(context.at_naming(signing, "signs with this"));
            evidence.extend(signs("signs with this"));
            evidence.extend(checks);
        }
        false => {
            evidence.extend(checks);
            evidence.extend(signs("signs with this"));
        }
    }
    let rule = if *legacy { &LEGACY_KEY } else { &KEY };
    let remedy = format!(
        "let --service-account-key-file name the public half of {signer} (kube-apiserver takes several)"
    );
    let mut finding = context.finding(
        rule,
        Cause::KeyMismatch,
        breakages,
        message,
        evidence,
        remedy,
    );
    if *legacy {
        finding.severity = Severity::Warning;
    }
    Some(finding)
}

fn issuer(
    context: &Context<'_, '_>,
    culprit: usize,
    breakages: &[&Breakage<'_>],
) -> Option<Finding> {
    let Problem::TokenIssuer {
        named,
        signer,
        accepted,
        checker,
    } = &breakages.first()?.problem
    else {
        return None;
    };
    let message = format!(
        "{} accepts no tokens of the issuer {}, which {} names",
        context.who(Component::KubeApiserver, *checker),
        named.value,
        context.who(Component::KubeApiserver, *signer)
    );
    let named = context.at_setting(*signer, named, "tokens name this one");
    let accepted = accepted
        .iter()
        .map(|setting| context.at_setting(*checker, setting, "accepted instead"));
    let mut evidence: Vec<Evidence> = accepted.collect();
    match *signer == Some(culprit) {
        true => evidence.insert(0, named),
        false => evidence.push(named),
    }
    let remedy = "list the same --service-account-issuer everywhere".to_owned();
    Some(context.finding(
        &ISSUER,
        Cause::Conflict,
        breakages,
        message,
        evidence,
        remedy,
    ))
}
