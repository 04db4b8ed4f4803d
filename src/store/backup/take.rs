//! Takes a backup: a snapshot of the database, and the files that its rows name.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::Path;
use std::sync::{Arc, Mutex};

use super::folder::{self, Folder};
use super::manifest::{FORMAT, MANIFEST, Manifest};
use super::source::{Copied, Copier, Source};
use super::sums::{self, SUMS, Sums};
use super::{BackupError, Problem, Watch, durable};
use crate::domain::{Fault, Timestamp};
use crate::store::blobs::at;
use crate::store::sql::{Reader, sqlite};
use crate::store::tables::stored_files::{self, PhotoName, StoredFile};
use crate::store::{DATABASE, Store, StoreError, private};

/// Deletions cannot keep a backup from ending.
const MOST_ROUNDS: u32 = 5;

/// A backup that was taken.
#[derive(Clone, Debug)]
pub struct Taken {
    /// What it says about itself.
    pub manifest: Manifest,
    /// Files that the backup before did not have.
    pub new_files: u64,
    /// Bytes of these files.
    pub new_bytes: u64,
    /// Files that are gone from the backup.
    pub deleted: u64,
    /// Files of the data folder that are damaged or missing. What the backup before has of them is kept.
    pub problems: Vec<Problem>,
}

/// What a copy of the database names.
struct Snapshot {
    files: Vec<StoredFile>,
    events: u64,
    photos: u64,
    schema: i64,
}

/// What the backup will have.
#[derive(Default)]
struct Content {
    sums: Sums,
    bytes: u64,
    problems: Vec<Problem>,
}

/// Takes a backup of an open data folder into `root`, while others use the data folder.
///
/// # Errors
/// If the folder cannot hold the backup, or a disk fails or is full. The backup before stays.
pub fn take(store: &Store, root: &Path, now: Timestamp, watch: &mut Watch) -> Result<Taken, BackupError> {
    take_by(store, root, now, watch, true)
}

/// `can_link`: not where tests play another disk.
pub(super) fn take_by(
    store: &Store,
    root: &Path,
    now: Timestamp,
    watch: &mut Watch,
    can_link: bool,
) -> Result<Taken, BackupError> {
    if store.0.database.is_shared() {
        return Err(StoreError::OnServer {
            task: "a backup",
            instead: "use `pg_dump` for the rows, then copy the data folder",
        }
        .into());
    }
    let folder = Folder::claim(root, &store.0.folder, &store.folder_id()?)?;
    fill(store, &folder, now, watch, can_link).map_err(|error| {
        // Room on a disk that may be full.
        folder.clear_staging().ok();
        match error {
            BackupError::Store(error) => match error.in_folder(folder.root()) {
                // Which of its folders it was helps nobody.
                StoreError::DiskFull { folder: full } if full.starts_with(folder.root()) => {
                    StoreError::DiskFull { folder: folder.root().to_owned() }.into()
                }
                error => error.into(),
            },
            error => error,
        }
    })
}

fn fill(
    store: &Store,
    folder: &Folder,
    now: Timestamp,
    watch: &mut Watch,
    can_link: bool,
) -> Result<Taken, BackupError> {
    let before = folder.sums()?;
    let copying = Copier {
        blobs: store.blobs(),
        folder,
        before,
        can_link: can_link.into(),
        done: Mutex::default(),
        begun: 0.into(),
        new: (0.into(), 0.into()),
    };
    let (mut missing, mut rounds) = (BTreeSet::new(), 0);
    let (snapshot, mut content) = loop {
        let snapshot = snapshot(store, folder)?;
        let content = copy_blobs(&copying, &snapshot.files, watch)?;
        let found = content.missing();
        rounds += 1;
        // What two snapshots name is lost. The rest was deleted meanwhile: a later snapshot does not name it.
        if found.is_subset(&missing) || rounds == MOST_ROUNDS {
            break (snapshot, content);
        }
        missing = found;
    };
    copy_others(&copying, &store.0.folder, &mut content, watch)?;
    let database = folder.staged(DATABASE)?;
    File::open(&database).and_then(|file| file.sync_all()).map_err(at(&database))?;
    let hashed = durable::hash(&database, watch.stop)?.ok_or(BackupError::NoDatabase)?;
    content.add(DATABASE, Copied::whole(hashed), None, true);
    let Content { sums, bytes, problems } = content;
    let manifest = Manifest {
        format: FORMAT,
        data_folder: store.folder_id()?,
        taken_at: Some(now.to_string()),
        fotota: env!("CARGO_PKG_VERSION").to_owned(),
        schema: snapshot.schema,
        events: snapshot.events,
        photos: snapshot.photos,
        files: sums.len() as u64,
        bytes,
        problems: problems.len() as u64,
    };
    folder.write_staged(SUMS, sums::print(&sums).as_bytes())?;
    folder.write_staged(MANIFEST, manifest.print().as_bytes())?;
    folder.commit()?;
    let deleted = folder.delete_others(&sums)?;
    let (new_files, new_bytes) = (copying.new.0.into_inner(), copying.new.1.into_inner());
    Ok(Taken { manifest, new_files, new_bytes, deleted, problems })
}

fn snapshot(store: &Store, folder: &Folder) -> Result<Snapshot, BackupError> {
    let path = folder.staged(DATABASE)?;
    fs::remove_file(&path).ok();
    private::create(&path).map_err(at(&path))?;
    sqlite::snapshot(&store.0.folder.join(DATABASE), &path)?;
    let connection = sqlite::open_for_inspection(&path)?;
    let (schema, _) = sqlite::check_version(&connection)?;
    let db = Reader::sqlite(&connection);
    let (events, photos) = stored_files::count(&db)?;
    Ok(Snapshot { files: stored_files::list(&db)?, events, photos, schema })
}

fn copy_blobs(copying: &Copier, files: &[StoredFile], watch: &mut Watch) -> Result<Content, BackupError> {
    let stop = watch.stop;
    let copied = watch.each(files, |file| {
        copying.take(&file.key.to_string(), &Source::Blob(file.key.clone()), file.digest, stop)
    })?;
    let mut content = Content::default();
    for (file, copied) in files.iter().zip(copied) {
        content.add(&file.key.to_string(), copied, file.photo.as_ref(), file.is_required);
    }
    Ok(content)
}

/// Secrets and model packs, except what is being written.
fn copy_others(
    copying: &Copier,
    data: &Path,
    content: &mut Content,
    watch: &mut Watch,
) -> Result<(), BackupError> {
    for name in ["secrets", "models"] {
        if !data.join(name).exists() {
            continue;
        }
        for name in folder::list(data, name)? {
            if sums::is_name(&name) && Path::new(&name).extension().is_none_or(|ending| ending != "part") {
                let copied = copying.take(&name, &Source::Path(data.join(&name)), None, watch.stop)?;
                content.add(&name, copied, None, false);
            }
        }
    }
    Ok(())
}

impl Content {
    fn add(&mut self, name: &str, copied: Copied, photo: Option<&Arc<PhotoName>>, is_required: bool) {
        // What need not be there, and is not, was deleted for a reason.
        let is_gone = copied.fault == Some(Fault::Missing) && !is_required;
        if is_gone {
            return;
        }
        if let Some((digest, size)) = copied.kept {
            self.bytes += size;
            self.sums.insert(name.to_owned(), digest);
        }
        if let Some(fault) = copied.fault {
            let problem = Problem::new(name, fault, photo);
            self.problems.push(match copied.kept {
                Some(_) if copied.is_good => problem.with_note("the backup has it as it was"),
                _ => problem,
            });
        }
    }

    fn missing(&self) -> BTreeSet<String> {
        let missing = self.problems.iter().filter(|problem| problem.fault == Fault::Missing);
        missing.map(|problem| problem.file.clone()).collect()
    }
}
