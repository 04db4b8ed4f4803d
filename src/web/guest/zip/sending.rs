//! A plan becomes the bytes of its archive, as fast as the guest takes them. No thread waits for a slow guest: one
//! works only while a file is read or a picture made.

use std::fs::File;
use std::io::{ErrorKind, Read, Seek, SeekFrom};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use axum::body::{Bytes, HttpBody};
use hyper::body::Frame;
use tokio::sync::mpsc;

use crate::imaging::Stamp;
use crate::web::AppState;
use crate::web::error::{ApiError, blocking};
use crate::web::error_code::ErrorCode;
use crate::web::guest::zip::Plan;
use crate::web::guest::zip::layout::{Layout, Member};
use crate::web::guest::zip::tickets::Sending;
use crate::web::http::work_limit::Permit;
use crate::web::pictures::delivery::Source;

/// Read at once; as many bytes as this wait for the guest, and as many again.
const CHUNK_BYTES: usize = 128 << 10;
const CHUNKS_WAITING: usize = 1;

enum Piece {
    Bytes(Bytes),
    /// Without it the archive was cut off, and the guest must see that.
    End,
}

/// The body of the answer.
pub(in crate::web) struct Archive(Option<mpsc::Receiver<Piece>>);

impl HttpBody for Archive {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let Some(pieces) = &mut self.0 else { return Poll::Ready(None) };
        let piece = ready!(pieces.poll_recv(context));
        Poll::Ready(match piece {
            Some(Piece::Bytes(bytes)) => Some(Ok(Frame::data(bytes))),
            Some(Piece::End) => {
                self.0 = None;
                None
            }
            None => {
                self.0 = None;
                Some(Err(std::io::Error::other("the archive was cut off")))
            }
        })
    }
}

/// Begins to make the archive; it ends early when the body is dropped.
pub(in crate::web) fn start(state: AppState, plan: Plan, permits: (Permit, Sending)) -> Archive {
    let (sender, receiver) = mpsc::channel(CHUNKS_WAITING);
    tokio::spawn(async move {
        let _permits = permits;
        match send(&state, plan, &sender).await {
            Ok(()) => {
                sender.send(Piece::End).await.ok();
            }
            // A guest who goes away in the middle is nothing to report.
            Err(Cut::ByGuest) => {}
            Err(Cut::ByUs(error)) => {
                let cause = error.cause().unwrap_or_else(|| error.code().as_str());
                tracing::error!(cause, "an archive of photos was cut off");
            }
        }
    });
    Archive(Some(receiver))
}

enum Cut {
    ByGuest,
    ByUs(ApiError),
}

impl From<ApiError> for Cut {
    fn from(error: ApiError) -> Self {
        Self::ByUs(error)
    }
}

async fn send(state: &AppState, plan: Plan, pieces: &mpsc::Sender<Piece>) -> Result<(), Cut> {
    let put = |bytes: Vec<u8>| async {
        let sent = pieces.send(Piece::Bytes(bytes.into())).await;
        sent.map_err(|_| Cut::ByGuest)
    };
    let mut layout = Layout::default();
    for (mut member, source) in plan.files {
        if pieces.is_closed() {
            return Err(Cut::ByGuest);
        }
        match &plan.stamp {
            None => {
                let Some((mut file, crc)) = open(&member, source).await? else { continue };
                put(layout.add(&member, crc)).await?;
                let mut left = member.size;
                while left > 0 {
                    let chunk;
                    (file, chunk) = read_chunk(file, left).await?;
                    left -= chunk.len() as u64;
                    put(chunk).await?;
                }
            }
            Some(stamp) => {
                // Whoever takes it slowly has none made in advance.
                drop(pieces.reserve().await.map_err(|_| Cut::ByGuest)?);
                let Some(jpeg) = render(state, source, stamp.clone()).await? else { continue };
                member.size = jpeg.len() as u64;
                put(layout.add(&member, crc32fast::hash(&jpeg))).await?;
                // Whoever takes it slowly has one of them waiting, and not one in every place of the queue.
                for chunk in jpeg.chunks(CHUNK_BYTES) {
                    put(chunk.to_vec()).await?;
                }
            }
        }
    }
    let promised = if plan.stamp.is_none() { plan.bytes } else { 0 };
    let (mut padding, end) = layout.end(promised);
    while padding > 0 {
        let length = padding.min(CHUNK_BYTES as u64);
        put(vec![0; usize::try_from(length).unwrap_or(CHUNK_BYTES)]).await?;
        padding -= length;
    }
    put(end).await
}

/// The file at its beginning, and its checksum; `None` where it is gone or another one by now.
async fn open(member: &Member, source: Source) -> Result<Option<(File, u32)>, ApiError> {
    let size = member.size;
    blocking(move || {
        let mut file = match File::open(&source.path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            opened => opened.map_err(|error| ApiError::internal(&error))?,
        };
        let summed = check(&mut file).and_then(|summed| {
            file.seek(SeekFrom::Start(0))?;
            Ok(summed)
        });
        let (length, crc) = summed.map_err(|error| ApiError::internal(&error))?;
        Ok((length == size).then_some((file, crc)))
    })
    .await
}

fn check(file: &mut File) -> std::io::Result<(u64, u32)> {
    let (mut hash, mut buffer) = (crc32fast::Hasher::new(), vec![0; CHUNK_BYTES]);
    let mut length = 0;
    loop {
        match file.read(&mut buffer) {
            Ok(0) => return Ok((length, hash.finalize())),
            Ok(count) => {
                hash.update(&buffer[..count]);
                length += count as u64;
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

async fn read_chunk(mut file: File, left: u64) -> Result<(File, Vec<u8>), ApiError> {
    let length = usize::try_from(left).unwrap_or(CHUNK_BYTES).min(CHUNK_BYTES);
    blocking(move || {
        let mut chunk = vec![0; length];
        file.read_exact(&mut chunk).map_err(|error| ApiError::internal(&error))?;
        Ok((file, chunk))
    })
    .await
}

/// The marked picture; `None` where the photo is gone.
async fn render(
    state: &AppState,
    source: Source,
    stamp: std::sync::Arc<Stamp>,
) -> Result<Option<Vec<u8>>, ApiError> {
    let permit = state.0.renders.acquire_unbounded().await?;
    let state = state.clone();
    match blocking(move || source.render(&state, &stamp, permit)).await {
        Err(error) if error.code() == ErrorCode::PhotoNotFound => Ok(None),
        made => made.map(Some),
    }
}
