//! Files come in: each over a data connection of its own, until the client closes it.

use std::io::{ErrorKind, Result};

use tokio::io::AsyncReadExt;

use super::channel::{close, drain};
use super::control::{Reply, Stream};
use super::outcome::{Refusal, refusal};
use super::part::{Beyond, Finished, Incoming, Start};
use super::paths;
use super::session::{Camera, Session};
use super::turns::Turn;
use crate::domain::Destination;
use crate::intake::IntakeError;
use crate::store::{StoreError, sources};

/// Received at once.
const BUFFER_BYTES: usize = 64 << 10;
/// Commands that may come while a file does.
const MAX_WAITING: usize = 16;

/// How the bytes of a file ended.
enum End {
    /// By the client's closing the connection.
    InOrder(Incoming),
    Broken(Incoming),
    /// By `ABOR`.
    Aborted(Incoming),
    /// Because no more of them are wanted.
    Refused(IntakeError),
}

impl Session {
    /// Receives a file. The last reply comes when its photo is safe.
    pub(super) async fn store(&mut self, camera: Camera, name: &str, append: bool) -> Result<Reply> {
        let start = if append { Start::End } else { Start::At(self.restart) };
        self.restart = 0;
        let Some(path) = self.path(name).filter(|path| !paths::split(path).1.is_empty()) else {
            return Ok(Reply::new(553, "this name cannot be used"));
        };
        if self.is_unprotected() {
            return Ok(Reply::new(521, "photos must be encrypted too: PROT P"));
        }
        if append && self.files.find(&path).is_some() {
            return Ok(Reply::new(550, "this photo is whole"));
        }
        let Some(turn) = self.shared.turns.take_over(camera.id, &path).await else {
            return Ok(Reply::new(450, "this file is still being received"));
        };
        let incoming = match self.open(camera, path.clone(), start).await {
            Ok(incoming) => incoming,
            Err(reply) => return Ok(reply),
        };
        self.control.reply(&Reply::new(150, "send it")).await?;
        let mut stream = match self.connect().await {
            Ok(stream) => stream,
            Err(reply) => return Ok(reply),
        };
        let id = incoming.upload_id();
        let end = match self.receive(&mut stream, incoming, &turn).await {
            Ok(end) => end,
            Err(reply) => return Ok(reply),
        };
        if let End::Refused(_) = end {
            drain(&mut stream).await;
        }
        close(stream).await;
        let is_aborted = matches!(end, End::Aborted(_));
        let finished = match end {
            End::Refused(error) => Ok(Err(error)),
            End::InOrder(incoming) => self.finish(incoming, true).await,
            End::Broken(incoming) | End::Aborted(incoming) => self.finish(incoming, false).await,
        };
        let reply = match finished {
            Ok(finished) => self.conclude(camera, path, id, finished).await,
            Err(reply) => Err(reply),
        };
        let reply = reply.unwrap_or_else(|reply| reply);
        if is_aborted {
            self.control.reply(&reply).await?;
            return Ok(Reply::new(226, "aborted"));
        }
        Ok(reply)
    }

    /// The file as far as it has come, if the camera may send it.
    async fn open(&self, camera: Camera, path: String, start: Start) -> std::result::Result<Incoming, Reply> {
        let opened = self.blocking(move |shared| {
            let (store, now) = (&shared.app.store, shared.app.clock.now());
            let max_bytes = shared.app.config.intake.max_file_bytes();
            let refuse = |error: StoreError| {
                let Refusal { reply, trouble } = refusal(error.into());
                shared.record_trouble(camera.id, trouble, None);
                reply
            };
            let source = store.read(|db| sources::find(db, camera.id)).map_err(refuse)?;
            let Some(source) = source.filter(|source| source.key_version == camera.key_version) else {
                return Err(Reply::new(421, "the password has changed, sign in again"));
            };
            let destination = Destination::from(&source);
            store.read(|db| sources::check_takes(db, &destination)).map_err(refuse)?;
            let opened = Incoming::open(store, (camera.id, destination), &path, start, max_bytes, now);
            opened.map_err(refuse)?.map_err(|Beyond { length }| {
                Reply::new(554, format!("only {length} bytes are here: begin there, or at 0"))
            })
        });
        opened.await?
    }

    async fn finish(
        &self,
        incoming: Incoming,
        in_order: bool,
    ) -> std::result::Result<std::result::Result<Finished, IntakeError>, Reply> {
        self.blocking(move |shared| incoming.finish(in_order, shared.app.clock.now())).await
    }

    /// Receives to the end, whichever it is.
    async fn receive(
        &mut self,
        stream: &mut Stream,
        mut incoming: Incoming,
        turn: &Turn,
    ) -> std::result::Result<End, Reply> {
        let timeout = self.shared.app.config.server.slow_client();
        let (mut buffer, mut is_there) = (vec![0; BUFFER_BYTES], true);
        loop {
            let received = tokio::select! {
                () = turn.stop_requested() => return Ok(End::Broken(incoming)),
                () = self.place.stop_requested() => return Ok(End::Broken(incoming)),
                command = self.control.command(), if is_there => {
                    match command {
                        Ok(Some(command)) if command.verb == "ABOR" => {
                            return Ok(End::Aborted(incoming));
                        }
                        Ok(Some(command)) if self.waiting.len() < MAX_WAITING => self.waiting.push_back(command),
                        // The file may be whole all the same.
                        _ => is_there = false,
                    }
                    continue;
                }
                received = tokio::time::timeout(timeout, stream.read(&mut buffer)) => received,
            };
            let count = match received {
                Ok(Ok(0)) => return Ok(End::InOrder(incoming)),
                Ok(Ok(count)) => {
                    self.shared.app.metrics.camera_bytes.inc_by(count as u64);
                    count
                }
                // Many clients close an encrypted connection without saying so.
                Ok(Err(error)) if error.kind() == ErrorKind::UnexpectedEof => {
                    return Ok(End::InOrder(incoming));
                }
                Ok(Err(_)) | Err(_) => return Ok(End::Broken(incoming)),
            };
            match incoming.push(&buffer[..count]) {
                Ok(false) => {}
                Ok(true) => {
                    self.place.is_active();
                    let flushed = self.blocking(move |_| incoming.flush().map(|()| incoming)).await?;
                    incoming = match flushed {
                        Ok(incoming) => incoming,
                        Err(error) => return Ok(End::Refused(error.into())),
                    };
                }
                Err(error) => return Ok(End::Refused(error)),
            }
        }
    }
}
