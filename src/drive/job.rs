//! One search of one folder: list it, find the faces of its new pictures, copy the pictures the person is in.
//!
//! Every step is kept before the next begins, and does nothing where it was done before. A picture is done with one
//! transaction that holds its faces and what all unfinished searches of the folder found in it; their copies lie on the
//! disk before.

use super::answer::Reference;
use super::api::Client;
use super::patience::{Ending, Patience};
use super::picture::{self, Seen, Unseen};
use super::{listing, worker::Settings};
use crate::domain::{DriveMatch, DriveSearchId, DriveStatus, FaceBox};
use crate::pipeline::Context;
use crate::store::drive::faces::{self, Findings, Similar};
use crate::store::drive::files::{self, ListedFile};
use crate::store::drive::matches;
use crate::store::drive::queue::{self, Job, Wanted};
use crate::store::{BlobKey, DownloadName};

/// What a search is done with.
pub(super) struct Search<'a> {
    pub(super) context: &'a Context,
    pub(super) client: &'a Client,
    pub(super) settings: Settings,
    pub(super) patience: Patience<'a>,
    pub(super) job: &'a Job,
}

/// A picture for a search: the copy is on the disk.
struct Found {
    search_id: DriveSearchId,
    of: DriveMatch,
}

impl Search<'_> {
    /// Does the search to its end.
    pub(super) fn run(&self) -> Result<(), Ending> {
        if self.job.pack_id != self.context.pack_id {
            let message = "faces are recognised by another model now: search again".to_owned();
            return Err(Ending::Failed { message });
        }
        self.tell("the folder's pictures are being listed")?;
        self.list()?;
        self.tell("the pictures are being searched")?;
        while let Some(file) = self.next_pending()? {
            self.patience.check()?;
            self.index(file)?;
        }
        for similar in self.list_uncopied()? {
            self.patience.check()?;
            self.copy_known(similar)?;
        }
        let (id, now) = (self.job.search_id, self.context.clock.now());
        let message = "the search has ended";
        Ok(self.context.store.write(move |tx| queue::end(tx, id, DriveStatus::Completed, message, now))?)
    }

    fn tell(&self, message: &'static str) -> Result<(), Ending> {
        let id = self.job.search_id;
        Ok(self.context.store.write(move |tx| queue::tell(tx, id, message))?)
    }

    fn list(&self) -> Result<(), Ending> {
        let Job { search_id, folder_id, resource_key, is_new, .. } = self.job.clone();
        let root = Reference { id: folder_id.clone(), resource_key };
        let listing::Listing { files: listed, is_whole } = listing::list(&self.patience, self.client, root)?;
        tracing::info!(search.id = %self.job.search_id, files = listed.len(), "a Drive folder was listed");
        let pack_id = self.context.pack_id;
        Ok(self.context.store.write(move |tx| {
            files::record(tx, &folder_id, pack_id, &listed)?;
            if is_whole {
                files::forget_others(tx, &folder_id, &listed)?;
            }
            if is_new {
                files::ask_again(tx, &folder_id)?;
                queue::mark_listed(tx, search_id)?;
            }
            queue::count_files(tx, &folder_id)
        })?)
    }

    fn next_pending(&self) -> Result<Option<ListedFile>, Ending> {
        Ok(self.context.store.read(|connection| files::find_pending(connection, &self.job.folder_id))?)
    }

    /// Gets a picture, finds its faces, and gives it to all whom they are like.
    fn index(&self, file: ListedFile) -> Result<(), Ending> {
        let name = picture::download_name(&self.job.folder_id, &file);
        let bytes = match self.download(&name, &file)? {
            Ok(bytes) => bytes,
            Err(unseen) => return self.give_up(file, unseen),
        };
        // Counted before the work, so that a picture that ends the program does not do so for ever.
        if self.count_attempt(&file)? {
            match picture::look(self.context, &bytes) {
                Ok(seen) => self.keep(file, seen)?,
                Err(unseen) => self.give_up(file, unseen)?,
            }
        }
        Ok(self.context.store.blobs().delete(&BlobKey::DriveDownload(name))?)
    }

    fn download(&self, name: &DownloadName, file: &ListedFile) -> Result<Result<Vec<u8>, Unseen>, Ending> {
        let downloaded = picture::download(&self.patience, self.client, name, file);
        if downloaded.as_ref().is_err_and(Ending::is_unanswered) {
            // A picture alone that gets no answer must not hold up the others for ever.
            self.count_attempt(file)?;
        }
        downloaded
    }

    fn count_attempt(&self, file: &ListedFile) -> Result<bool, Ending> {
        let (folder_id, file) = (self.job.folder_id.clone(), file.clone());
        Ok(self.context.store.write(move |tx| files::count_attempt(tx, &folder_id, &file))?)
    }

    fn give_up(&self, file: ListedFile, unseen: Unseen) -> Result<(), Ending> {
        let Unseen { refusal, reason } = unseen;
        tracing::debug!(search.id = %self.job.search_id, ?refusal, "a picture of a Drive folder was given up");
        let folder_id = self.job.folder_id.clone();
        Ok(self.context.store.write(move |tx| files::fail(tx, &folder_id, &file, refusal, &reason))?)
    }

    /// Commits a picture's faces together with what was found by them.
    fn keep(&self, file: ListedFile, seen: Seen) -> Result<(), Ending> {
        let Seen { findings, decoded } = seen;
        let (folder_id, pack_id) = (&self.job.folder_id, self.context.pack_id);
        let wanted =
            self.context.store.read(|connection| queue::list_wanted(connection, folder_id, pack_id))?;
        let hits: Vec<_> =
            wanted.iter().filter_map(|wanted| Some((wanted, self.best_face(&findings, wanted)?))).collect();
        let mut found = Vec::new();
        if !hits.is_empty() {
            let copy = match picture::copy(&decoded) {
                Ok(copy) => copy,
                Err(unseen) => return self.give_up(file, unseen),
            };
            for (Wanted { search_id, .. }, (face, similarity)) in hits {
                let of = copy.write(self.context, (face, findings.size), similarity)?;
                found.push(Found { search_id: *search_id, of });
            }
        }
        self.record(file, Some(findings), found)
    }

    /// The face that is most similar, if it is similar enough, and how much.
    fn best_face(&self, findings: &Findings, wanted: &Wanted) -> Option<(FaceBox, f32)> {
        let compared =
            findings.faces.iter().map(|face| (face.bounds, face.embedding.similarity(&wanted.embedding)));
        compared
            .filter(|(_, similarity)| *similarity >= self.settings.match_threshold)
            .max_by(|(_, a), (_, b)| a.total_cmp(b))
    }

    /// Pictures with a similar face of which this search has no copy: their faces were known before it began.
    fn list_uncopied(&self) -> Result<Vec<Similar>, Ending> {
        let Job { folder_id, search_id, pack_id, .. } = self.job;
        Ok(self.context.store.read(|connection| {
            let wanted = queue::list_wanted(connection, folder_id, *pack_id)?;
            let Some(wanted) = wanted.iter().find(|wanted| wanted.search_id == *search_id) else {
                return Ok(Vec::new());
            };
            let threshold = self.settings.match_threshold;
            let mut similar =
                faces::list_similar(connection, folder_id, *pack_id, &wanted.embedding, threshold)?;
            let copied = matches::list_file_ids(connection, *search_id)?;
            similar.retain(|similar| !copied.contains(&similar.file.id));
            Ok(similar)
        })?)
    }

    /// Gets a picture whose faces are known, for a copy.
    fn copy_known(&self, similar: Similar) -> Result<(), Ending> {
        let Similar { file, size, face, similarity } = similar;
        let name = picture::download_name(&self.job.folder_id, &file);
        let copy = self
            .download(&name, &file)?
            .and_then(|bytes| picture::copy(&picture::decode(self.context, &bytes)?));
        match copy {
            Ok(copy) => {
                let of = copy.write(self.context, (face, size), similarity)?;
                let found = vec![Found { search_id: self.job.search_id, of }];
                self.record(file, None, found)?;
            }
            Err(unseen) => self.give_up(file, unseen)?,
        }
        Ok(self.context.store.blobs().delete(&BlobKey::DriveDownload(name))?)
    }

    /// Records a picture's faces, where they are new, and what was found by them, in one transaction. Copies that
    /// nobody wants any more go, as do all where the picture has changed meanwhile.
    fn record(&self, file: ListedFile, new: Option<Findings>, found: Vec<Found>) -> Result<(), Ending> {
        let folder_id = self.job.folder_id.clone();
        let copies: Vec<_> = found.iter().map(|found| found.of.id).collect();
        let result = self.context.store.write(move |tx| {
            let holds = new.map_or(Ok(true), |findings| faces::commit(tx, &folder_id, &file, &findings))?;
            let mut unwanted = Vec::new();
            for Found { search_id, of } in found {
                if !(holds && matches::insert(tx, search_id, &file.id, &of)?) {
                    unwanted.push(of.id);
                }
            }
            Ok(unwanted)
        });
        let blobs = self.context.store.blobs();
        let delete = |copies: Vec<_>| copies.into_iter().try_for_each(|id| blobs.delete(&BlobKey::Copy(id)));
        match result {
            Ok(unwanted) => Ok(delete(unwanted)?),
            Err(error) => {
                // If this fails too, they are deleted at the next start.
                delete(copies).ok();
                Err(error.into())
            }
        }
    }
}
