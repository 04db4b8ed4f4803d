//! `SHA256SUMS`: the files of a backup with their hashes, as `sha256sum -c` reads them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Component, Path};

use super::BackupError;
use crate::domain::Digest;
use crate::store::DATABASE;
use crate::store::blobs::at;

/// Name of the file.
pub(super) const SUMS: &str = "SHA256SUMS";
/// The folders of a data folder that a backup has.
pub(super) const FOLDERS: [&str; 6] = ["originals", "derived", "selfies", "drive", "secrets", "models"];

/// Hashes by the paths within the backup.
pub(super) type Sums = BTreeMap<String, Digest>;

/// The hashes of a backup.
pub(super) fn read(path: &Path) -> Result<Sums, BackupError> {
    let text = fs::read_to_string(path).map_err(at(path))?;
    parse(&text).ok_or_else(|| BackupError::BrokenSums { path: path.to_owned() })
}

/// `None` if a line is not of that form, or names a file that no backup has: a restore writes what it names.
fn parse(text: &str) -> Option<Sums> {
    text.lines()
        .map(|line| {
            let (hash, name) = line.split_once("  ")?;
            let mut digest = [0; 32];
            base16ct::lower::decode(hash, &mut digest).ok().filter(|bytes| bytes.len() == 32)?;
            is_name(name).then(|| (name.to_owned(), Digest(digest)))
        })
        .collect()
}

/// Whether a backup may have a file with this path. Those that `sha256sum` would write in another way are left out.
pub(super) fn is_name(name: &str) -> bool {
    let is_plain = Path::new(name).components().all(|part| matches!(part, Component::Normal(_)));
    let folder = name.split_once('/').map(|(folder, _)| folder);
    let is_known = name == DATABASE || folder.is_some_and(|folder| FOLDERS.contains(&folder));
    is_plain && is_known && !name.contains(|c: char| c.is_control() || c == '\\' || c == ':')
}

pub(super) fn print(sums: &Sums) -> String {
    sums.iter().fold(String::new(), |text, (name, digest)| text + &format!("{digest}  {name}\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_read_as_they_are_written_and_lead_nowhere_else() {
        let sums: Sums =
            [(DATABASE.to_owned(), Digest([1; 32])), ("originals/01/1.jpg".into(), Digest([2; 32]))].into();
        let text = print(&sums);
        assert!(text.ends_with(&format!("{}  originals/01/1.jpg\n", "02".repeat(32))), "{text}");
        assert_eq!(parse(&text), Some(sums));
        let hash = "0".repeat(64);
        for wrong in
            ["../x", "/etc/x", "originals/../../x", "lock", "fotota.db-wal", "models/a\\b", "incoming/1.part"]
        {
            assert_eq!(parse(&format!("{hash}  {wrong}\n")), None, "{wrong}");
        }
        for wrong in ["", "0", "  fotota.db", "00  fotota.db"] {
            assert_eq!(parse(&format!("{wrong}\n")), None, "{wrong}");
        }
    }
}
