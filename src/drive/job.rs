//! One search of one folder: list it, find the faces in its new pictures, copy the pictures that match.
//!
//! Every step is stored before the next begins, and skipped if it was done before. One transaction per picture stores
//! its faces and the matches of all unfinished searches of the folder; the copies are written to disk before it.

use super::answer::Reference;
use super::api::Client;
use super::listing;
use super::picture::{self, Analysed, Skipped};
use super::retry::{Interruption, RetryPolicy};
use crate::app::App;
use crate::domain::{DriveMatch, DriveSearchId, DriveStatus, FaceBox};
use crate::store::drive::faces::{self, Findings, Similar};
use crate::store::drive::files::{self, ListedFile};
use crate::store::drive::matches;
use crate::store::drive::queue::{self, Job, Wanted};
use crate::store::{BlobKey, DownloadName};

/// One claimed search, and what it needs to run.
pub(super) struct Search<'a> {
    pub(super) app: &'a App,
    pub(super) client: &'a Client,
    pub(super) retry: RetryPolicy<'a>,
    pub(super) job: &'a Job,
}

/// A match whose copy is on disk, but whose row is not written yet.
struct NewMatch {
    search_id: DriveSearchId,
    found: DriveMatch,
}

impl Search<'_> {
    /// Runs the search to its end.
    pub(super) fn run(&self) -> Result<(), Interruption> {
        if self.job.pack_id != self.app.pack_id {
            let message = "the face recognition model has changed; start a new search".to_owned();
            return Err(Interruption::Failed { message });
        }
        self.set_message("listing the folder's pictures")?;
        self.list()?;
        self.set_message("searching the pictures")?;
        while let Some(file) = self.next_pending()? {
            self.retry.renew_lease()?;
            self.index(file)?;
        }
        for similar in self.list_uncopied()? {
            self.retry.renew_lease()?;
            self.copy_known(similar)?;
        }
        let (id, now) = (self.job.search_id, self.app.clock.now());
        let message = "the search is complete";
        Ok(self.app.store.write(move |tx| queue::end(tx, id, DriveStatus::Completed, message, now))?)
    }

    fn set_message(&self, message: &'static str) -> Result<(), Interruption> {
        let id = self.job.search_id;
        Ok(self.app.store.write(move |tx| queue::set_message(tx, id, message))?)
    }

    fn list(&self) -> Result<(), Interruption> {
        let Job { search_id, folder_id, resource_key, is_new, .. } = self.job.clone();
        let root = Reference { id: folder_id.clone(), resource_key };
        let listing::Listing { files: listed, is_complete } = listing::list(&self.retry, self.client, root)?;
        tracing::info!(search.id = %self.job.search_id, files = listed.len(), "listed a Drive folder");
        let pack_id = self.app.pack_id;
        Ok(self.app.store.write(move |tx| {
            files::record(tx, &folder_id, pack_id, &listed)?;
            if is_complete {
                files::forget_others(tx, &folder_id, &listed)?;
            }
            if is_new {
                files::ask_again(tx, &folder_id)?;
                queue::mark_listed(tx, search_id)?;
            }
            queue::count_files(tx, &folder_id)
        })?)
    }

    fn next_pending(&self) -> Result<Option<ListedFile>, Interruption> {
        Ok(self.app.store.read(|connection| files::find_pending(connection, &self.job.folder_id))?)
    }

    /// Downloads a picture, finds its faces, and adds it to every search it matches.
    fn index(&self, file: ListedFile) -> Result<(), Interruption> {
        let name = picture::download_name(&self.job.folder_id, &file);
        let bytes = match self.download(&name, &file)? {
            Ok(bytes) => bytes,
            Err(skipped) => return self.give_up(file, skipped),
        };
        // Counted before decoding, so that a picture that crashes the program cannot do so forever.
        if self.count_attempt(&file)? {
            match picture::analyse(self.app, &bytes) {
                Ok(analysed) => self.store_faces(file, analysed)?,
                Err(skipped) => self.give_up(file, skipped)?,
            }
        }
        Ok(self.app.store.blobs().delete(&BlobKey::DriveDownload(name))?)
    }

    fn download(
        &self,
        name: &DownloadName,
        file: &ListedFile,
    ) -> Result<Result<Vec<u8>, Skipped>, Interruption> {
        let downloaded = picture::download(&self.retry, self.client, name, file);
        if downloaded.as_ref().is_err_and(Interruption::is_unanswered) {
            // If Drive never answers for one picture, that must not block the others forever.
            self.count_attempt(file)?;
        }
        downloaded
    }

    fn count_attempt(&self, file: &ListedFile) -> Result<bool, Interruption> {
        let (folder_id, file) = (self.job.folder_id.clone(), file.clone());
        Ok(self.app.store.write(move |tx| files::count_attempt(tx, &folder_id, &file))?)
    }

    fn give_up(&self, file: ListedFile, skipped: Skipped) -> Result<(), Interruption> {
        let Skipped { refusal, reason } = skipped;
        tracing::debug!(search.id = %self.job.search_id, ?refusal, "gave up a picture of a Drive folder");
        let folder_id = self.job.folder_id.clone();
        Ok(self.app.store.write(move |tx| files::fail(tx, &folder_id, &file, refusal, &reason))?)
    }

    /// Commits a picture's faces together with the matches they give.
    fn store_faces(&self, file: ListedFile, analysed: Analysed) -> Result<(), Interruption> {
        let Analysed { findings, decoded } = analysed;
        let (folder_id, pack_id) = (&self.job.folder_id, self.app.pack_id);
        let wanted = self.app.store.read(|connection| queue::list_wanted(connection, folder_id, pack_id))?;
        let hits: Vec<_> =
            wanted.iter().filter_map(|wanted| Some((wanted, self.best_face(&findings, wanted)?))).collect();
        let mut new_matches = Vec::new();
        if !hits.is_empty() {
            let copy = match picture::copy(&decoded) {
                Ok(copy) => copy,
                Err(skipped) => return self.give_up(file, skipped),
            };
            for (Wanted { search_id, .. }, (face, similarity)) in hits {
                let found = copy.write(self.app, (face, findings.size), similarity)?;
                new_matches.push(NewMatch { search_id: *search_id, found });
            }
        }
        self.record(file, Some(findings), new_matches)
    }

    /// The most similar face at or above the threshold, with its similarity.
    fn best_face(&self, findings: &Findings, wanted: &Wanted) -> Option<(FaceBox, f32)> {
        let compared =
            findings.faces.iter().map(|face| (face.bounds, face.embedding.similarity(&wanted.embedding)));
        compared
            .filter(|(_, similarity)| *similarity >= self.app.search.rule().alone())
            .max_by(|(_, a), (_, b)| a.total_cmp(b))
    }

    /// Pictures with a similar face that this search has no copy of, because an earlier search stored their faces.
    fn list_uncopied(&self) -> Result<Vec<Similar>, Interruption> {
        let Job { folder_id, search_id, pack_id, .. } = self.job;
        Ok(self.app.store.read(|connection| {
            let wanted = queue::list_wanted(connection, folder_id, *pack_id)?;
            let Some(wanted) = wanted.iter().find(|wanted| wanted.search_id == *search_id) else {
                return Ok(Vec::new());
            };
            let threshold = self.app.search.rule().alone();
            let mut similar =
                faces::list_similar(connection, folder_id, *pack_id, &wanted.embedding, threshold)?;
            let copied = matches::list_file_ids(connection, *search_id)?;
            similar.retain(|similar| !copied.contains(&similar.file.id));
            Ok(similar)
        })?)
    }

    /// Downloads and copies a picture whose faces are known.
    fn copy_known(&self, similar: Similar) -> Result<(), Interruption> {
        let Similar { file, size, face, similarity } = similar;
        let name = picture::download_name(&self.job.folder_id, &file);
        let copy =
            self.download(&name, &file)?.and_then(|bytes| picture::copy(&picture::decode(self.app, &bytes)?));
        match copy {
            Ok(copy) => {
                let found = copy.write(self.app, (face, size), similarity)?;
                self.record(file, None, vec![NewMatch { search_id: self.job.search_id, found }])?;
            }
            Err(skipped) => self.give_up(file, skipped)?,
        }
        Ok(self.app.store.blobs().delete(&BlobKey::DriveDownload(name))?)
    }

    /// Stores a picture's faces, if they are new, and its matches in one transaction. Deletes the copies of searches
    /// that have ended, and all copies if the picture has changed in the meantime.
    fn record(
        &self,
        file: ListedFile,
        new_faces: Option<Findings>,
        new_matches: Vec<NewMatch>,
    ) -> Result<(), Interruption> {
        let folder_id = self.job.folder_id.clone();
        let copies: Vec<_> = new_matches.iter().map(|new| new.found.id).collect();
        let result = self.app.store.write(move |tx| {
            let unchanged = match &new_faces {
                Some(findings) => faces::commit(tx, &folder_id, &file, findings)?,
                None => true,
            };
            let mut unwanted = Vec::new();
            for NewMatch { search_id, found } in &new_matches {
                if !(unchanged && matches::insert(tx, *search_id, &file.id, found)?) {
                    unwanted.push(found.id);
                }
            }
            Ok(unwanted)
        });
        let blobs = self.app.store.blobs();
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
