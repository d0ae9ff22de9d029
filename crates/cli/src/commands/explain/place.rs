//! Where a thing stands in a node's file tree, and what holds there.

use cluster::{Inventory, Node};

use super::explanation::Here;
use super::language::{Language, fill};
use super::thing::Thing;
use crate::args::{Rootfs, Tree};
use crate::error::CliError;
use crate::show::date;

/// The places of a thing in a tree.
///
/// # Errors
/// When the tree is not a folder that can be read.
pub fn of(thing: &Thing, rootfs: &Rootfs, language: Language) -> Result<Vec<Here>, CliError> {
    let tree = Tree {
        rootfs: vec![rootfs.clone()],
        partial: true,
    };
    let inventory: Inventory = tree.read()?;
    let nodes = inventory.nodes.iter();
    Ok(nodes.flat_map(|node| on(node, thing, language)).collect())
}

fn on(node: &Node, thing: &Thing, language: Language) -> Vec<Here> {
    let mut here = Vec::new();
    if let Thing::Flag(flag) = thing {
        let settings = node.processes.get(&flag.component).into_iter();
        for setting in settings.flat_map(|process| process.settings.all(flag.name)) {
            here.push(Here {
                place: setting.place.to_string(),
                value: setting.value.clone(),
            });
            here.extend(file(node, &setting.value, language));
        }
    }
    here.extend(
        thing
            .files()
            .iter()
            .filter_map(|path| file(node, path, language)),
    );
    here
}

/// The first certificate of a file.
fn file(node: &Node, path: &str, language: Language) -> Option<Here> {
    let file = path.starts_with('/').then(|| node.files.get(path))?;
    let bytes = file.bytes()?;
    let mut blocks = x509::pem::blocks(bytes).filter(|block| block.label == "CERTIFICATE");
    let certificate =
        blocks.find_map(|block| x509::Certificate::from_der(block.content?.as_slice()).ok());
    let value = match certificate {
        Some(certificate) => {
            let name = certificate.subject().common_name().unwrap_or_default();
            let end = certificate
                .not_after()
                .moment()
                .map(date)
                .unwrap_or_default();
            fill(language.say("certificate of {}, until {}"), &[&name, &end])
        }
        None => language.say("it is there").to_owned(),
    };
    Some(Here {
        place: path.to_owned(),
        value,
    })
}
