//! Stored files as they are sent: whole, or without what guests do not get; from the start, or from where a download
//! was cut off; or only the news that the client has it already.

use std::collections::VecDeque;
use std::io::{Error, Read, Result, Seek, SeekFrom};
use std::ops::Range;

use axum::body::{Body, Bytes};
use axum::http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG, IF_NONE_MATCH, IF_RANGE,
    RANGE,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use bytes::BytesMut;
use futures_util::stream::try_unfold;
use http_range_header::parse_range_header;

use crate::domain::ImageFormat;
use crate::imaging::{Piece, Pieces};
use crate::store::Blob;
use crate::web::error::blocking;
use crate::web::http::request_log::{KeptHeaders, Routine};
use crate::web::{ApiError, ErrorCode};

/// Read at once from the disk, by a thread that may wait for it.
const CHUNK_BYTES: usize = 256 << 10;
/// Read at once from the system's memory.
const READY_BYTES: usize = 128 << 10;
/// A picture's bytes never change, but the right to see it ends; shared caches must not keep it.
pub(super) const PRIVATE: HeaderValue = HeaderValue::from_static("private, max-age=1800");

/// Says how long a file is that has no such part.
static KEPT_ON_ERRORS: [HeaderName; 1] = [CONTENT_RANGE];

/// A file, open for reading.
pub(crate) struct OpenFile {
    pub(super) blob: Blob,
    pub(super) pieces: Pieces,
    pub(super) format: ImageFormat,
    /// The same for the same bytes, and for no others; what an `ETag` may contain.
    pub(super) tag: String,
}

impl OpenFile {
    pub(crate) fn length(&self) -> u64 {
        self.pieces.length()
    }

    pub(crate) fn reader(self) -> PieceReader {
        PieceReader { blob: self.blob, pieces: self.pieces.into_iter().collect() }
    }

    pub(super) fn respond(self, request: &HeaderMap) -> Response {
        let (length, tag, content) = (self.length(), self.tag, self.format.content_type());
        let (blob, pieces) = (self.blob, self.pieces);
        let body = |part: &Range<u64>| {
            PieceReader { blob, pieces: pieces.slice(part).into_iter().collect() }.into_body()
        };
        respond((&tag, length, content), body, request)
    }
}

/// Sends a JPEG that is in memory. The tag is the same for the same bytes, and for no others.
pub(super) fn respond_from_memory(picture: &Bytes, tag: &str, request: &HeaderMap) -> Response {
    let body = |part: &Range<u64>| {
        let [start, end] = [part.start, part.end].map(|at| usize::try_from(at).unwrap_or(picture.len()));
        Body::from(picture.slice(start..end))
    };
    respond((tag, picture.len() as u64, ImageFormat::Jpeg.content_type()), body, request)
}

/// Whether the client has what this tag stands for.
pub(super) fn has(request: &HeaderMap, tag: &str) -> bool {
    let known = request.get(IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    let is_it = |one: &str| one.trim().strip_prefix('"').and_then(|one| one.strip_suffix('"')) == Some(tag);
    known.is_some_and(|known| known.split(',').any(is_it))
}

/// All of something, a part of it, or the news that the client has it. The tag is the same for the same bytes, and for
/// no others; `length` counts bytes, `content` is its MIME type.
pub(crate) fn respond(
    (tag, length, content): (&str, u64, &'static str),
    body: impl FnOnce(&Range<u64>) -> Body,
    request: &HeaderMap,
) -> Response {
    let is_known = has(request, tag);
    let tag = format!("\"{tag}\"");
    let says = |name| request.get(name).and_then(|value| value.to_str().ok());
    // Of a file that has changed, the client needs all.
    let range = says(RANGE).filter(|_| says(IF_RANGE).is_none_or(|of| of == tag));
    let send = |part: &Range<u64>| {
        let mut response = Response::new(body(part));
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(content));
        headers.insert(CONTENT_LENGTH, (part.end - part.start).into());
        response
    };
    let mut response = match range.and_then(|range| part(range, length)) {
        _ if is_known => StatusCode::NOT_MODIFIED.into_response(),
        None => send(&(0..length)),
        Some(Ok(part)) => {
            let mut response = send(&part);
            *response.status_mut() = StatusCode::PARTIAL_CONTENT;
            set(&mut response, &format!("bytes {}-{}/{length}", part.start, part.end - 1));
            response
        }
        Some(Err(())) => {
            let mut response = ApiError::from(ErrorCode::RangeUnsatisfiable).into_response();
            set(&mut response, &format!("bytes */{length}"));
            response.extensions_mut().insert(KeptHeaders(&KEPT_ON_ERRORS));
            response
        }
    };
    response.extensions_mut().insert(Routine);
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, PRIVATE);
    headers.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    headers.extend(HeaderValue::from_str(&tag).ok().map(|tag| (ETAG, tag)));
    response
}

/// The part that a `Range` header asks for; an error if there is none. Several at once are not sent: `None`, as for a
/// header that nobody understands, which means all (RFC 9110, 14.2).
fn part(range: &str, length: u64) -> Option<std::result::Result<Range<u64>, ()>> {
    match parse_range_header(range).ok()?.validate(length) {
        Ok(parts) => match &parts[..] {
            [part] => Some(Ok(*part.start()..*part.end() + 1)),
            _ => None,
        },
        Err(_) => Some(Err(())),
    }
}

fn set(response: &mut Response, range: &str) {
    response.headers_mut().extend(HeaderValue::from_str(range).ok().map(|range| (CONTENT_RANGE, range)));
}

/// Reads a file of pieces from front to back.
pub(crate) struct PieceReader {
    blob: Blob,
    pieces: VecDeque<Piece>,
}

impl PieceReader {
    /// The next bytes, at most `limit`; none at the end.
    pub(crate) fn next(&mut self, limit: usize) -> Result<Vec<u8>> {
        match self.pieces.pop_front() {
            None => Ok(Vec::new()),
            Some(Piece::New(bytes)) => Ok(bytes),
            Some(Piece::Of(range)) => {
                let length = usize::try_from(range.end - range.start).unwrap_or(limit).min(limit);
                let mut bytes = vec![0; length];
                self.blob.seek(SeekFrom::Start(range.start))?;
                self.blob.read_exact(&mut bytes)?;
                let next = range.start + length as u64;
                if next < range.end {
                    self.pieces.push_front(Piece::Of(next..range.end));
                }
                Ok(bytes)
            }
        }
    }

    /// The next bytes, if the system has them in memory; `None` if reading them may have to wait for the disk.
    fn next_ready(&mut self, buffer: &mut BytesMut) -> Option<Bytes> {
        let Some(Piece::Of(range)) = self.pieces.front_mut() else { return None };
        let length = usize::try_from(range.end - range.start).unwrap_or(READY_BYTES).min(READY_BYTES);
        buffer.resize(length, 0);
        let read = self.blob.read_ready(buffer, range.start)?;
        range.start += read as u64;
        if range.is_empty() {
            self.pieces.pop_front();
        }
        Some(buffer.split_to(read).freeze())
    }

    fn into_body(self) -> Body {
        let start = (self, BytesMut::new());
        Body::from_stream(try_unfold(start, async |(mut reader, mut buffer)| {
            if let Some(bytes) = reader.next_ready(&mut buffer) {
                return Ok::<_, Error>(Some((bytes, (reader, buffer))));
            }
            let read = blocking(move || Ok((reader.next(CHUNK_BYTES), reader)));
            let (bytes, reader) = read.await.map_err(|_| Error::other("reading the file failed"))?;
            let bytes = Bytes::from(bytes?);
            Ok((!bytes.is_empty()).then_some((bytes, (reader, buffer))))
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_range_is_a_part_and_others_are_not() {
        for (range, expected) in [
            ("bytes=0-4", Some(Ok(0..5))),
            ("bytes=5-", Some(Ok(5..10))),
            ("bytes=-3", Some(Ok(7..10))),
            ("bytes=8-99", Some(Ok(8..10))),
            ("bytes=10-", Some(Err(()))),
            ("bytes=0-1,4-5", None),
            ("lines=1-2", None),
            ("bytes=x", None),
        ] {
            assert_eq!(part(range, 10), expected, "{range}");
        }
    }
}
