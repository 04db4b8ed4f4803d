//! Verifies a backup: all files are read.

use std::collections::HashMap;
use std::path::Path;

use rusqlite::Connection;

use super::durable;
use super::folder::{self, Folder};
use super::sums::Sums;
use super::{BackupError, Manifest, Problem, Watch};
use crate::domain::{Digest, Fault};
use crate::store::sql::{Reader, sqlite};
use crate::store::tables::stored_files::{self, StoredFile};
use crate::store::{DATABASE, StoreError};

/// What was found.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// What the backup says about itself.
    pub manifest: Manifest,
    /// Files that were read.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// What is not as it should be.
    pub problems: Vec<Problem>,
}

impl Verdict {
    /// Notes the sizes of files, and what is wrong with them.
    pub(super) fn add(&mut self, names: &[(&String, &Digest)], found: Vec<(Option<u64>, Option<Fault>)>) {
        for ((name, _), (size, fault)) in names.iter().zip(found) {
            self.files += u64::from(size.is_some());
            self.bytes += size.unwrap_or(0);
            self.problems.extend(fault.map(|fault| Problem::new(name, fault, None)));
        }
    }
}

/// Reads a backup and compares it with its hashes, its database with itself and with the files.
///
/// # Errors
/// If there is no backup, or it is in use.
pub fn verify(root: &Path, watch: &mut Watch) -> Result<Verdict, BackupError> {
    let (folder, manifest) = Folder::open(root)?;
    let sums = folder.sums()?;
    let mut verdict = Verdict { manifest, files: 0, bytes: 0, problems: Vec::new() };
    if !sums.contains_key(DATABASE) {
        verdict.problems.push(Problem::new(DATABASE, Fault::Missing, None));
    }
    let names: Vec<_> = sums.iter().collect();
    let stop = watch.stop;
    let found = watch.each(&names, |(name, digest)| {
        let path = folder.find(name);
        Ok(match durable::hash(&path, stop)? {
            Some((found, size)) => (Some(size), (found != **digest).then_some(Fault::Changed)),
            None if path.exists() => (None, Some(Fault::Unreadable)),
            None => (None, Some(Fault::Missing)),
        })
    })?;
    verdict.add(&names, found);
    let database = folder::database(&folder);
    if database.exists() {
        match rows(&database) {
            Ok((problems, files)) => {
                verdict.problems.extend(problems);
                compare(&mut verdict.problems, &files, &sums);
            }
            Err(error) => verdict.problems.push(broken(&crate::domain::reason_chain(&error))),
        }
    }
    Ok(verdict)
}

/// What a database says about itself, and the files that it names; none of a schema that is not the present one.
pub(super) fn rows(database: &Path) -> Result<(Vec<Problem>, Vec<StoredFile>), StoreError> {
    sqlite::register_vector_extension();
    let connection = sqlite::open_for_inspection(database)?;
    let problems = check(&connection)?;
    let (found, known) = sqlite::check_version(&connection)?;
    let files = if found == known { stored_files::list(&Reader::sqlite(&connection))? } else { Vec::new() };
    Ok((problems, files))
}

fn check(connection: &Connection) -> Result<Vec<Problem>, StoreError> {
    let said: Vec<String> = Reader::sqlite(connection).all("pragma integrity_check(5)", ())?;
    Ok(said.iter().filter(|line| *line != "ok").map(|line| broken(line)).collect())
}

fn broken(reason: &str) -> Problem {
    Problem::new(DATABASE, Fault::Damaged, None).with_note(reason)
}

/// Names the photos of the files that are not as they should be, and finds those that the backup never had.
pub(super) fn compare(problems: &mut Vec<Problem>, files: &[StoredFile], sums: &Sums) {
    let mut known: HashMap<String, usize> =
        problems.iter().enumerate().map(|(at, problem)| (problem.file.clone(), at)).collect();
    for file in files {
        let name = file.key.to_string();
        if let Some(at) = known.remove(&name) {
            problems[at].photo = file.photo.as_deref().cloned();
            continue;
        }
        let fault = match (sums.get(&name), file.digest) {
            (None, _) if file.is_required => Fault::Missing,
            (Some(digest), Some(received)) if *digest != received => Fault::Changed,
            _ => continue,
        };
        let note = "it was so in the data folder when the backup was taken";
        problems.push(Problem::new(&name, fault, file.photo.as_ref()).with_note(note));
    }
}
