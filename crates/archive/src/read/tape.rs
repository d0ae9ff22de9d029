//! tar archives, in every form that GNU tar and bsdtar write.

use std::cell::Cell;
use std::io::{self, Read};
use std::rc::Rc;

use cluster::files::{Attributes, Entry};
use tar::{EntryType, Header};

use super::{Member, Members, ReadError, UNPACKED_LIMIT};

/// How much the headers of one member may take: long names and extended headers, in bytes.
const HEADER_LIMIT: u64 = 1 << 20;

/// Whether a file begins as a tar archive does.
pub(super) fn is_header(head: &[u8]) -> bool {
    let Ok(block) = <[u8; 512]>::try_from(head) else {
        return false;
    };
    let header = Header::from_byte_slice(&block);
    let is_blank = |byte: &u8| matches!(byte, 0 | b' ');
    // The sum of all bytes, with its own field as blanks (POSIX ustar).
    let sum: u32 = block
        .iter()
        .enumerate()
        .map(|(at, byte)| {
            if (148..156).contains(&at) {
                32
            } else {
                u32::from(*byte)
            }
        })
        .sum();
    !block.iter().all(is_blank) && header.cksum().is_ok_and(|told| told == sum)
}

/// Reads every member.
pub(super) fn read(source: impl Read, members: &mut Members) -> Result<(), ReadError> {
    let allowance = Rc::new(Cell::new(HEADER_LIMIT));
    let source = Metered {
        source,
        allowance: allowance.clone(),
        left: UNPACKED_LIMIT,
    };
    let mut archive = tar::Archive::new(source);
    for entry in archive.entries()? {
        members.has_room()?;
        let mut entry = entry?;
        // Its content is bounded by its own size, and by what may be unpacked in all.
        allowance.set(u64::MAX);
        let name = entry.path_bytes().into_owned();
        let member = member(&mut entry, members)?;
        io::copy(&mut entry, &mut io::sink())?;
        allowance.set(HEADER_LIMIT);
        if let Some(member) = member {
            members.add(&name, member);
        }
    }
    Ok(())
}

fn member<R: Read>(
    entry: &mut tar::Entry<'_, R>,
    members: &mut Members,
) -> Result<Option<Member>, ReadError> {
    let header = entry.header();
    let id = |id: io::Result<u64>| id.ok().and_then(|id| u32::try_from(id).ok()).unwrap_or(0);
    let attributes = Attributes {
        mode: header.mode().unwrap_or(0) & 0o7777,
        uid: id(header.uid()),
        gid: id(header.gid()),
    };
    let target = |entry: &tar::Entry<'_, R>| {
        let bytes = entry.link_name_bytes().unwrap_or_default().into_owned();
        String::from_utf8(bytes).unwrap_or_default()
    };
    let found = match header.entry_type() {
        EntryType::Regular | EntryType::Continuous | EntryType::GNUSparse => {
            let size = entry.size();
            members.file(size, attributes, entry)?
        }
        EntryType::Directory => Entry::Directory(attributes, None),
        EntryType::Symlink => Entry::Link(target(entry)),
        EntryType::Link => {
            let target = super::clean(target(entry).as_bytes());
            return Ok(Some(Member::Hard(target.unwrap_or_default())));
        }
        EntryType::Char | EntryType::Block | EntryType::Fifo => Entry::Special(attributes),
        _ => return Ok(None),
    };
    Ok(Some(Member::Entry(found)))
}

/// A source of which only so much is read: in all, and at once.
struct Metered<R> {
    source: R,
    allowance: Rc<Cell<u64>>,
    left: u64,
}

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 {
            return Err(io::Error::other("it unpacks to more than 1 GiB"));
        }
        if self.allowance.get() == 0 {
            return Err(io::Error::other("a member's headers have more than 1 MiB"));
        }
        let most = self.left.min(self.allowance.get());
        let most = usize::try_from(most)
            .unwrap_or(usize::MAX)
            .min(buffer.len());
        let read = self.source.read(&mut buffer[..most])?;
        self.left -= read as u64;
        self.allowance.set(self.allowance.get() - read as u64);
        Ok(read)
    }
}
