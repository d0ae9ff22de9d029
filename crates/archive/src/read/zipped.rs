//! zip archives.

use std::io::{self, Read, Seek, SeekFrom};

use cluster::files::{Attributes, Entry};
use zip::ZipArchive;

use super::{MEMBER_LIMIT, Member, Members, ReadError, read_up_to};

/// The signature of the record at a zip archive's end (APPNOTE.TXT 4.3.16).
const END: [u8; 4] = *b"PK\x05\x06";

/// How far from the end that record may begin: its own length and the longest comment.
const END_LIMIT: u64 = 22 + 0xffff;

/// The longest target of a symbolic link, in bytes.
const TARGET_LIMIT: u64 = 4096;

/// Reads every member.
pub(super) fn read(mut source: impl Read + Seek, members: &mut Members) -> Result<(), ReadError> {
    // The library keeps the whole directory in memory: ask how long it is before.
    if count(&mut source)? >= MEMBER_LIMIT {
        return Err(ReadError::Limit("has more than 65000 members"));
    }
    source.rewind()?;
    let mut archive = ZipArchive::new(source)?;
    for at in 0..archive.len() {
        members.has_room()?;
        let mut file = archive.by_index(at)?;
        let name = name(file.name_raw());
        let mode = file.unix_mode().unwrap_or(0o644);
        let attributes = Attributes {
            mode: mode & 0o7777,
            uid: 0,
            gid: 0,
        };
        let entry = if file.is_dir() || name.ends_with(b"/") {
            Entry::Directory(attributes, None)
        } else if file.is_symlink() {
            let mut target = String::new();
            (&mut file).take(TARGET_LIMIT).read_to_string(&mut target)?;
            Entry::Link(target)
        } else {
            let size = file.size();
            members.file(size, attributes, &mut file)?
        };
        members.add(&name, Member::Entry(entry));
    }
    Ok(())
}

/// Some programs for Windows write backslashes (APPNOTE.TXT 4.4.17.1 forbids them).
fn name(raw: &[u8]) -> Vec<u8> {
    let slash = |byte: &u8| if *byte == b'\\' { b'/' } else { *byte };
    raw.iter().map(slash).collect()
}

/// How many members the archive says it has; as many as there can be when it has no end.
fn count(source: &mut (impl Read + Seek)) -> io::Result<usize> {
    let length = source.seek(SeekFrom::End(0))?;
    source.seek(SeekFrom::Start(length.saturating_sub(END_LIMIT)))?;
    let mut tail = vec![0; usize::try_from(END_LIMIT.min(length)).unwrap_or(0)];
    let read = read_up_to(source, &mut tail)?;
    let ends = tail[..read].windows(22).filter(|end| end.starts_with(&END));
    let counts = ends.map(|end| usize::from(u16::from_le_bytes([end[10], end[11]])));
    Ok(counts.max().unwrap_or(0))
}
