//! Sends an archive as fast as the guest receives it. Threads are used only while a blob is read or a picture is
//! rendered; none waits for a slow guest.

use std::ops::Range;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use axum::body::{Bytes, HttpBody};
use bytes::Buf;
use hyper::body::Frame;
use tokio::sync::mpsc;

use crate::imaging::Stamp;
use crate::web::error::blocking;
use crate::web::guest::zip::Plan;
use crate::web::guest::zip::layout::Layout;
use crate::web::http::holder;
use crate::web::http::pool::Place;
use crate::web::pictures::delivery::Source;
use crate::web::pictures::file::PieceReader;
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

/// Starts to build the archive, of which `part` is sent; stops early when the body is dropped.
pub(crate) fn start(state: AppState, plan: Plan, place: Place, part: Range<u64>) -> Archive {
    let (chunks, receiver) = mpsc::channel(CHUNKS_WAITING);
    let mut output = Output { chunks, before: part.start, left: part.end - part.start };
    let holder = holder::current();
    tokio::spawn(async move {
        let sent = tokio::select! {
            sent = holder::scope(holder, send(&state, plan, &mut output)) => sent,
            // Another client needs the place; the response fails.
            () = place.ended() => Err(CutOff::ByClient),
        };
        match sent {
            Ok(()) => {
                output.chunks.send(Chunk::End).await.ok();
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

/// The part of the archive that the guest needs.
struct Output {
    chunks: mpsc::Sender<Chunk>,
    /// Bytes of the archive before the part.
    before: u64,
    /// Bytes of the part.
    left: u64,
}

impl Output {
    async fn put(&mut self, bytes: Vec<u8>) -> Result<(), CutOff> {
        let mut bytes = Bytes::from(bytes);
        let before = self.before.min(bytes.len() as u64);
        self.before -= before;
        bytes.advance(usize::try_from(before).unwrap_or(bytes.len()));
        bytes.truncate(usize::try_from(self.left).unwrap_or(usize::MAX));
        self.left -= bytes.len() as u64;
        if bytes.is_empty() {
            return Ok(());
        }
        self.chunks.send(Chunk::Bytes(bytes)).await.map_err(|_| CutOff::ByClient)
    }

    /// Whether the guest has the next `length` bytes, which are then not made.
    fn pass(&mut self, length: u64) -> bool {
        let has_all = self.before >= length;
        if has_all {
            self.before -= length;
        }
        has_all
    }
}

async fn send(state: &AppState, plan: Plan, output: &mut Output) -> Result<(), CutOff> {
    let (mut layout, promised) = (Layout::default(), plan.length().unwrap_or(0));
    for (mut member, source) in plan.files {
        if output.chunks.is_closed() {
            return Err(CutOff::ByClient);
        }
        if plan.stamp.is_none() && !source.is_converted {
            let opened = open(state, member.size, source).await?;
            let Some((mut file, length, crc)) = opened else { continue };
            member.size = length;
            output.put(layout.add(&member, crc)).await?;
            if output.pass(length) {
                continue;
            }
            loop {
                let chunk;
                (file, chunk) = read_chunk(file).await?;
                if chunk.is_empty() {
                    break;
                }
                output.put(chunk).await?;
            }
        } else {
            // Not before the guest has received the photo before it.
            drop(output.chunks.reserve().await.map_err(|_| CutOff::ByClient)?);
            let Some(jpeg) = render(state, source, plan.stamp.clone()).await? else { continue };
            member.size = jpeg.len() as u64;
            output.put(layout.add(&member, crc32fast::hash(&jpeg))).await?;
            // In chunks, so that the channel does not hold several pictures for a slow guest.
            for chunk in jpeg.chunks(CHUNK_BYTES) {
                output.put(chunk.to_vec()).await?;
            }
        }
    }
    let (mut padding, end) = layout.end(promised);
    while padding > 0 {
        let length = padding.min(CHUNK_BYTES as u64);
        output.put(vec![0; usize::try_from(length).unwrap_or(CHUNK_BYTES)]).await?;
        padding -= length;
    }
    output.put(end).await
}

/// The file, as guests get it, with its length and checksum; `None` if it is gone, or longer than was promised.
async fn open(
    state: &AppState,
    promised: u64,
    source: Source,
) -> Result<Option<(PieceReader, u64, u32)>, ApiError> {
    let store = state.store();
    blocking(move || {
        let open = || Ok::<_, ApiError>(source.open(&store)?.filter(|file| file.length() <= promised));
        let (Some(summed), Some(sent)) = (open()?, open()?) else { return Ok(None) };
        let (length, crc) = checksum(summed.reader()).map_err(|error| ApiError::internal(&error))?;
        Ok((length == sent.length()).then(|| (sent.reader(), length, crc)))
    })
    .await
}

/// Length and CRC-32 of all bytes.
fn checksum(mut file: PieceReader) -> std::io::Result<(u64, u32)> {
    let (mut hash, mut length) = (crc32fast::Hasher::new(), 0);
    loop {
        let bytes = file.next(CHUNK_BYTES)?;
        if bytes.is_empty() {
            return Ok((length, hash.finalize()));
        }
        hash.update(&bytes);
        length += bytes.len() as u64;
    }
}

async fn read_chunk(mut file: PieceReader) -> Result<(PieceReader, Vec<u8>), ApiError> {
    blocking(move || {
        let chunk = file.next(CHUNK_BYTES).map_err(|error| ApiError::internal(&error))?;
        Ok((file, chunk))
    })
    .await
}

/// A JPEG, with the watermark if there is one; `None` if the photo is gone.
async fn render(
    state: &AppState,
    source: Source,
    stamp: Option<std::sync::Arc<Stamp>>,
) -> Result<Option<Vec<u8>>, ApiError> {
    let permit = state.0.renders.acquire_unbounded().await?;
    let state = state.clone();
    match blocking(move || source.render(&state, stamp.as_deref(), permit)).await {
        Err(error) if error.code() == ErrorCode::PhotoNotFound => Ok(None),
        rendered => rendered.map(Some),
    }
}
