//! What is to be made, made once with keys that are thrown away, and judged as an audit would: what
//! would not work is not made.

use authority::KeyAlgorithm;
use cluster::catalogue::{AUTHORITIES, Authority};
use cluster::files::Memory;
use cluster::{Files, Graph, Inventory};
use time::UtcDateTime;

use crate::compare::{Comparison, State, Wanted};
use crate::given::Known;
use crate::make::{Change, MakeError, Means, make};
use crate::parallel;
use crate::part::{Part, Phase};
use crate::wish::Node;

/// Makes everything that is missing with throwaway authorities, in memory, and audits it.
///
/// Only what is made counts: what lies on the nodes beside it was not signed by the throwaway
/// authorities, and is judged by [`crate::compare`].
///
/// # Errors
/// When something would not work: the first thing that an audit finds, or why it cannot be made.
pub fn rehearse(
    wanted: &Wanted<'_>,
    files: &[Files],
    comparison: &Comparison,
    at: UtcDateTime,
) -> Result<(), MakeError> {
    let copy = throwaway(wanted, comparison)?;
    let means = Means {
        at,
        algorithm: KeyAlgorithm::EcdsaP256,
        progress: &|| (),
    };
    let changes = make(wanted, files, &copy, &means)?;
    // Node by node: what one presents to another is what it presents to itself.
    let verdicts = parallel::map(&changes, |change| judge(tree(wanted, &copy, change), at));
    verdicts.into_iter().collect()
}

fn judge(files: Files, at: UtcDateTime) -> Result<(), MakeError> {
    let inventory = Inventory::read(vec![(None, files)]);
    let report = audit::audit(&inventory, &Graph::of(&inventory), at);
    let mut findings = report.findings.into_iter();
    match findings.find(|finding| finding.severity == audit::Severity::Error) {
        None => Ok(()),
        Some(finding) => Err(MakeError::WouldNotWork {
            code: finding.rule.code,
            message: finding.message,
            remedy: finding.remedy,
        }),
    }
}

/// The same authorities with other keys.
fn throwaway(wanted: &Wanted<'_>, comparison: &Comparison) -> Result<Comparison, MakeError> {
    let copy = |known: &Known| -> Result<Known, MakeError> {
        match &known.authority {
            Some(authority) => {
                let copy = authority.throwaway()?;
                Ok(Known {
                    bundle: copy.chain().to_vec(),
                    above: Vec::new(),
                    authority: Some(copy),
                    key: None,
                }
                .apart())
            }
            None => Ok(known.clone()),
        }
    };
    let authorities = comparison.authorities.iter();
    let authorities = authorities.map(|(name, known)| {
        let known = known.as_ref().map(copy).transpose();
        known.map(|known| (*name, known))
    });
    let nodes = wanted.nodes.iter().zip(&comparison.nodes);
    let nodes = nodes.map(|(node, parts)| complete(wanted, node, parts));
    Ok(Comparison {
        authorities: authorities.collect::<Result<_, MakeError>>()?,
        token_key: comparison.token_key.clone(),
        nodes: nodes.collect(),
        warnings: Vec::new(),
    })
}

/// The parts, and what runs on the node, so that every channel is there to be judged.
fn complete(wanted: &Wanted<'_>, node: &Node, parts: &[(Part, State)]) -> Vec<(Part, State)> {
    let runs = |part: &Part| matches!(part.phase(), Phase::Manifests | Phase::Kubelet);
    let running = Part::all(wanted.cluster, node).into_iter().filter(runs);
    let others = parts.iter().filter(|(part, _)| !runs(part)).copied();
    others
        .chain(running.map(|part| (part, State::Absent)))
        .collect()
}

/// What is made and the authorities that vouch for it, as a part of a node's files.
fn tree(wanted: &Wanted<'_>, copy: &Comparison, change: &Change) -> Files {
    let known = |row: &'static Authority| {
        let known = copy.authorities.get(row.name)?.as_ref()?;
        let own = (wanted.layout.certificate(row.base), known.bundle_pem());
        let trust = row.name == "ca" && !known.above.is_empty();
        let trust = trust.then(|| (wanted.layout.trust_bundle(), known.trust_pem()));
        Some(trust.into_iter().chain([own]))
    };
    let kept = AUTHORITIES.iter().filter_map(known).flatten();
    let memory = kept.fold(Memory::default(), |memory, (path, bundle)| {
        memory.file(&path, bundle)
    });
    let made = change.files.iter();
    let memory = made.fold(memory, |memory, file| {
        memory.file(&file.path, file.content.to_vec())
    });
    Files::in_memory(memory, true)
}
