//! Sends an archive as fast as the guest receives it. Threads are used only while a blob is read or a picture is
//! rendered; none waits for a slow guest.

use std::io::{ErrorKind, Read, Seek};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use axum::body::{Bytes, HttpBody};
use hyper::body::Frame;
use tokio::sync::mpsc;

use crate::imaging::Stamp;
use crate::store::Blob;
use crate::web::error::blocking;
use crate::web::guest::zip::Plan;
use crate::web::guest::zip::layout::{Layout, Member};
use crate::web::http::holder;
use crate::web::http::pool::Place;
use crate::web::pictures::delivery::Source;
use crate::web::{ApiError, AppState, ErrorCode};

/// Read at once. As many bytes wait in the channel for the guest, and as many again outside it.
const CHUNK_BYTES: usize = 128 << 10;
const CHUNKS_WAITING: usize = 1;

enum Chunk {
    Bytes(Bytes),
    /// If it is missing, the archive was cut off, and the response must fail.
    End,
}

/// The response's body.
pub(crate) struct Archive(Option<mpsc::Receiver<Chunk>>);

impl HttpBody for Archive {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let Some(chunks) = &mut self.0 else { return Poll::Ready(None) };
        let chunk = ready!(chunks.poll_recv(context));
        Poll::Ready(match chunk {
            Some(Chunk::Bytes(bytes)) => Some(Ok(Frame::data(bytes))),
            Some(Chunk::End) => {
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

/// Starts to build the archive; stops early when the body is dropped.
pub(crate) fn start(state: AppState, plan: Plan, place: Place) -> Archive {
    let (sender, receiver) = mpsc::channel(CHUNKS_WAITING);
    let holder = holder::current();
    tokio::spawn(async move {
        let sent = tokio::select! {
            sent = holder::scope(holder, send(&state, plan, &sender)) => sent,
            // Another client needs the place; the response fails.
            () = place.ended() => Err(CutOff::ByClient),
        };
        match sent {
            Ok(()) => {
                sender.send(Chunk::End).await.ok();
            }
            Err(CutOff::ByClient) => {}
            Err(CutOff::ByServer(error)) => {
                let cause = error.cause().unwrap_or_else(|| error.code().as_str());
                tracing::error!(cause, "an archive of photos was cut off");
            }
        }
    });
    Archive(Some(receiver))
}

enum CutOff {
    ByClient,
    ByServer(ApiError),
}

impl From<ApiError> for CutOff {
    fn from(error: ApiError) -> Self {
        Self::ByServer(error)
    }
}

async fn send(state: &AppState, plan: Plan, chunks: &mpsc::Sender<Chunk>) -> Result<(), CutOff> {
    let put = |bytes: Vec<u8>| async {
        let sent = chunks.send(Chunk::Bytes(bytes.into())).await;
        sent.map_err(|_| CutOff::ByClient)
    };
    let mut layout = Layout::default();
    for (mut member, source) in plan.files {
        if chunks.is_closed() {
            return Err(CutOff::ByClient);
        }
        match &plan.stamp {
            None => {
                let Some((mut blob, crc)) = open(state, &member, source).await? else { continue };
                put(layout.add(&member, crc)).await?;
                let mut left = member.size;
                while left > 0 {
                    let chunk;
                    (blob, chunk) = read_chunk(blob, left).await?;
                    left -= chunk.len() as u64;
                    put(chunk).await?;
                }
            }
            Some(stamp) => {
                // Not before the guest has received the photo before it.
                drop(chunks.reserve().await.map_err(|_| CutOff::ByClient)?);
                let Some(jpeg) = render(state, source, stamp.clone()).await? else { continue };
                member.size = jpeg.len() as u64;
                put(layout.add(&member, crc32fast::hash(&jpeg))).await?;
                // In chunks, so that the channel does not hold several pictures for a slow guest.
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

/// The blob, at its start, and its checksum; `None` if it is gone or has another size by now.
async fn open(state: &AppState, member: &Member, source: Source) -> Result<Option<(Blob, u32)>, ApiError> {
    let (store, size) = (state.store(), member.size);
    blocking(move || {
        let Some(mut blob) = store.blobs().open(&source.blob)? else { return Ok(None) };
        let summed = checksum(&mut blob).and_then(|summed| {
            blob.rewind()?;
            Ok(summed)
        });
        let (length, crc) = summed.map_err(|error| ApiError::internal(&error))?;
        Ok((length == size).then_some((blob, crc)))
    })
    .await
}

/// Length and CRC-32 of all bytes.
fn checksum(blob: &mut Blob) -> std::io::Result<(u64, u32)> {
    let (mut hash, mut buffer) = (crc32fast::Hasher::new(), vec![0; CHUNK_BYTES]);
    let mut length = 0;
    loop {
        match blob.read(&mut buffer) {
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

async fn read_chunk(mut blob: Blob, left: u64) -> Result<(Blob, Vec<u8>), ApiError> {
    let length = usize::try_from(left).unwrap_or(CHUNK_BYTES).min(CHUNK_BYTES);
    blocking(move || {
        let mut chunk = vec![0; length];
        blob.read_exact(&mut chunk).map_err(|error| ApiError::internal(&error))?;
        Ok((blob, chunk))
    })
    .await
}

/// The watermarked picture; `None` if the photo is gone.
async fn render(
    state: &AppState,
    source: Source,
    stamp: std::sync::Arc<Stamp>,
) -> Result<Option<Vec<u8>>, ApiError> {
    let permit = state.0.renders.acquire_unbounded().await?;
    let state = state.clone();
    match blocking(move || source.render(&state, &stamp, permit)).await {
        Err(error) if error.code() == ErrorCode::PhotoNotFound => Ok(None),
        rendered => rendered.map(Some),
    }
}
