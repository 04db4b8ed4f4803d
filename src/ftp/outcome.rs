//! What a camera and its owner are told of a file that came, or did not.

use super::control::Reply;
use super::files::Sent;
use super::part::{self, Finished};
use super::paths;
use super::session::{Camera, Session};
use crate::domain::{SourceTrouble, UploadId, reason_chain};
use crate::intake::{Accepted, IntakeError};
use crate::store::{StoreError, sources};

/// Why a file is not accepted: for the camera, and for its owner.
pub(super) struct Refusal {
    pub(super) reply: Reply,
    pub(super) trouble: Option<SourceTrouble>,
}

/// The reply to what the rest of the program says of a file.
pub(super) fn refusal(error: IntakeError) -> Refusal {
    let reason = reason_chain(&error).lines().next().unwrap_or_default().to_owned();
    let (code, trouble) = match error {
        IntakeError::TooLarge { .. } => (552, Some(SourceTrouble::FileRefused)),
        IntakeError::Source(_) => (451, Some(SourceTrouble::Internal)),
        IntakeError::Imaging(_) => (550, Some(SourceTrouble::FileRefused)),
        IntakeError::Store(StoreError::DiskFull { .. }) => (452, Some(SourceTrouble::DiskFull)),
        IntakeError::Store(StoreError::EventClosed { .. }) => (550, Some(SourceTrouble::EventClosed)),
        IntakeError::Store(StoreError::SourcePaused) => (550, None),
        IntakeError::Store(StoreError::SourceFull { .. }) => (550, Some(SourceTrouble::Full)),
        IntakeError::Store(error) => {
            tracing::error!(%error, "a camera's file could not be stored");
            let reply = Reply::new(451, "the server has a problem, try again later");
            return Refusal { reply, trouble: Some(SourceTrouble::Internal) };
        }
    };
    // The folder of the data is none of a camera's business.
    let text = if code == 452 { "the disk of the server is full".to_owned() } else { reason };
    Refusal { reply: Reply::new(code, text), trouble }
}

impl Session {
    /// The reply to a file that has come, with all that follows from it.
    pub(super) async fn conclude(
        &mut self,
        camera: Camera,
        path: String,
        id: UploadId,
        finished: std::result::Result<Finished, IntakeError>,
    ) -> std::result::Result<Reply, Reply> {
        let name = paths::split(&path).1.to_owned();
        let (reply, sent) = self
            .blocking(move |shared| {
                let (store, at) = (&shared.app.store, shared.app.clock.now());
                let trouble = |kind, reason: &str| {
                    shared.record_trouble(camera.id, kind, Some(format!("{name}: {reason}")));
                };
                match finished {
                    Ok(Finished::Photo(accepted, size_bytes)) => {
                        let photo = if let Accepted::New(photo) = accepted { Some(photo) } else { None };
                        tracing::info!(source.id = %camera.id, is_new = photo.is_some(), "received a photo");
                        shared.service.complete_one();
                        // The photo is safe, whether this works or not.
                        store.write(move |db| sources::clear_trouble(db, camera.id)).ok();
                        let text =
                            if photo.is_some() { "the photo is safe" } else { "the event has this photo" };
                        (Reply::new(226, text), Some(Sent { photo, size_bytes, at }))
                    }
                    Ok(Finished::Broken { length }) => {
                        let reason =
                            format!("the connection ended after {length} bytes, before the photo did");
                        trouble(Some(SourceTrouble::TransferBroken), &reason);
                        (Reply::new(426, format!("{reason}: send the rest, or all of it")), None)
                    }
                    Ok(Finished::CutFile) => {
                        let reason = "the file itself ends before its picture does";
                        part::delete(store, id).ok();
                        trouble(Some(SourceTrouble::FileRefused), reason);
                        (Reply::new(550, reason), None)
                    }
                    Err(error) => {
                        let is_of_file = !matches!(error, IntakeError::Store(_));
                        let refusal = refusal(error);
                        if is_of_file {
                            part::delete(store, id).ok();
                        }
                        trouble(refusal.trouble, &refusal.reply.text);
                        (refusal.reply, None)
                    }
                }
            })
            .await?;
        if let Some(sent) = sent {
            self.files.add(path, sent);
        }
        Ok(reply)
    }
}
