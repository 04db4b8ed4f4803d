//! Commands about files by their names: what is known of one, lists, renaming, deleting what is not whole. All are
//! about files of the same camera.

use std::io::Result;

use super::control::Reply;
use super::files::{Listed, Sent};
use super::listing::{self, Form};
use super::part::{self, Known};
use super::paths;
use super::session::{Camera, Session};
use crate::domain::clean_name;
use crate::store::{parts, photos};

/// How a reply says that there is no such file.
const NO_FILE: &str = "there is no such file";

type Found<T> = std::result::Result<T, Reply>;

impl Session {
    /// Sends a list of a folder, or of one file.
    pub(super) async fn list(&mut self, camera: Camera, verb: &str, argument: &str) -> Result<Reply> {
        let form = match verb {
            "LIST" => Form::Long,
            "NLST" => Form::Names,
            _ => Form::Facts,
        };
        // `LIST -a DCIM`: options, as of the program `ls`.
        let words = argument.split(' ').skip_while(|word| word.is_empty() || word.starts_with('-'));
        let name = words.collect::<Vec<_>>().join(" ");
        match self.listed(camera, &name).await {
            Ok(listed) => self.send(listing::text(&listed, form)).await,
            Err(reply) => Ok(reply),
        }
    }

    async fn listed(&mut self, camera: Camera, name: &str) -> Found<Vec<Listed>> {
        let path = self.path(name).ok_or_else(|| Reply::new(550, NO_FILE))?;
        let parts = self.blocking(move |shared| {
            let now = shared.app.clock.now();
            (part::list(&shared.app.store, camera.id, now).unwrap_or_default(), now)
        });
        let (parts, now) = parts.await?;
        let parts: Vec<_> =
            parts.into_iter().map(|Known { path, length, at, .. }| (path, length, at)).collect();
        let listed = self.files.list(&path, &parts, now);
        if !listed.is_empty() {
            return Ok(listed);
        }
        let (folder, name) = paths::split(&path);
        let is_file = |listed: &Listed| listed.name == name && listed.size_bytes.is_some();
        Ok(self.files.list(folder, &parts, now).into_iter().filter(is_file).collect())
    }

    /// How large a file is, how old, and both: `SIZE`, `MDTM`, `MLST`; without a name, `STAT`.
    pub(super) async fn describe(&mut self, camera: Camera, verb: &str, name: &str) -> Reply {
        if verb == "STAT" {
            return Reply::new(211, "signed in, waiting for photos");
        }
        let Some(path) = self.path(name) else { return Reply::new(550, NO_FILE) };
        let is_folder = self.files.has_folder(&path) || (verb == "MLST" && name.is_empty());
        let (size_bytes, at) = if verb == "MLST" && is_folder {
            (None, self.shared.app.clock.now())
        } else {
            match self.measure(camera, &path).await {
                Ok((size_bytes, at)) => (Some(size_bytes), at),
                Err(reply) => return reply,
            }
        };
        match verb {
            "SIZE" => Reply::new(213, size_bytes.unwrap_or(0).to_string()),
            "MDTM" => Reply::new(213, listing::digits(at)),
            _ => Reply::new(250, format!("Listing\n{} {path}\nEnd", listing::facts(size_bytes, at))),
        }
    }

    async fn measure(&mut self, camera: Camera, path: &str) -> Found<(u64, crate::domain::Timestamp)> {
        if let Some(Sent { size_bytes, at, .. }) = self.files.find(path) {
            return Ok((*size_bytes, *at));
        }
        let part = self.find_part(camera, path).await?;
        Ok((part.length, part.at))
    }

    /// A file that is not whole. A transfer of it that still waits for bytes ends first, so that its length is the last
    /// word: the camera is about to go on from there.
    async fn find_part(&mut self, camera: Camera, path: &str) -> Found<Known> {
        let turn = self.shared.turns.take_over(camera.id, path).await;
        let path = path.to_owned();
        let found = self.blocking(move |shared| {
            let found = part::find(&shared.app.store, camera.id, &path, shared.app.clock.now());
            drop(turn);
            found.ok().flatten()
        });
        found.await?.ok_or_else(|| Reply::new(550, NO_FILE))
    }

    /// Cameras that send under a temporary name give the file its own when it is whole.
    pub(super) async fn rename_from(&mut self, camera: Camera, name: &str) -> Reply {
        let Some(path) = self.path(name) else { return Reply::new(550, NO_FILE) };
        match self.measure(camera, &path).await {
            Ok(_) => {
                self.renamed = Some(path);
                Reply::new(350, "now the new name")
            }
            Err(reply) => reply,
        }
    }

    pub(super) async fn rename_to(&mut self, camera: Camera, from: Option<String>, name: &str) -> Reply {
        let Some(from) = from else { return Reply::new(503, "first RNFR") };
        let Some(to) = self.path(name).filter(|path| !paths::split(path).1.is_empty()) else {
            return Reply::new(553, "this name cannot be used");
        };
        let file_name = clean_name(&to);
        let renamed = if let Some(sent) = self.files.remove(&from) {
            self.files.add(to, sent);
            self.blocking(move |shared| {
                let Some(photo) = sent.photo else { return Ok(true) };
                // One that its owner has deleted meanwhile has no name any more.
                let store = &shared.app.store;
                store.write(move |db| photos::rename(db, photo, camera.id, &file_name)).map(|()| true)
            })
            .await
        } else {
            let part = match self.find_part(camera, &from).await {
                Ok(part) => part,
                Err(reply) => return reply,
            };
            self.blocking(move |shared| {
                let store = &shared.app.store;
                store.write(move |db| parts::rename(db, camera.id, part.id, &to, &file_name))
            })
            .await
        };
        match renamed {
            Ok(Ok(true)) => Reply::new(250, "renamed"),
            Ok(Ok(false)) => Reply::new(550, NO_FILE),
            Ok(Err(_)) => Reply::new(451, "the server has a problem, try again later"),
            Err(reply) => reply,
        }
    }

    /// Only what is no photo yet.
    pub(super) async fn delete(&mut self, camera: Camera, name: &str) -> Reply {
        let Some(path) = self.path(name) else { return Reply::new(550, NO_FILE) };
        if self.files.find(&path).is_some() {
            return Reply::new(550, "photos cannot be deleted from the camera");
        }
        let part = match self.find_part(camera, &path).await {
            Ok(part) => part,
            Err(reply) => return reply,
        };
        match self.blocking(move |shared| part::delete(&shared.app.store, part.id)).await {
            Ok(Ok(())) => Reply::new(250, "deleted"),
            Ok(Err(_)) => Reply::new(451, "the server has a problem, try again later"),
            Err(reply) => reply,
        }
    }
}
