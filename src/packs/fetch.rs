//! Downloads one file. What a broken connection leaves behind is continued, within the call and by the next one.

use std::path::Path;

use super::error::PackFilesError;
use super::part::Part;
use crate::face::Download;
use crate::outbound::http::{HeaderMap, Request, StatusCode, header};
use crate::outbound::{Outbound, OutboundError};

/// Downloads a file into a folder. `progress` is told the number of bytes received.
///
/// # Errors
/// If the server does not send the file that `download` describes, or it cannot be written.
pub fn fetch(
    folder: &Path,
    download: &Download,
    progress: &mut dyn FnMut(u64),
) -> Result<(), PackFilesError> {
    let mut part = Part::open(folder, download.name)?;
    if part.len() > download.bytes {
        part.restart()?;
    }
    let outbound = Outbound::new([download.url]);
    let mut most = part.len();
    while part.len() < download.bytes {
        match receive(&outbound, download, &mut part, progress) {
            Ok(()) => {}
            // Also ends a connection that takes longer than its timeout.
            Err(PackFilesError::CutOff { .. }) if part.len() > most => most = part.len(),
            Err(error) => {
                if part.len() == 0 || matches!(error, PackFilesError::WrongSize { .. }) {
                    part.delete()?;
                }
                return Err(error);
            }
        }
    }
    let found = part.digest();
    if found.to_string() != download.sha256 {
        part.delete()?;
        let (file, expected) = (download.name.to_owned(), download.sha256.to_owned());
        return Err(PackFilesError::WrongChecksum { file, found, expected });
    }
    part.finish()
}

/// Receives the rest of the file; or nothing, if the server cannot continue and the next call must start again.
fn receive(
    outbound: &Outbound,
    download: &Download,
    part: &mut Part,
    progress: &mut dyn FnMut(u64),
) -> Result<(), PackFilesError> {
    let Download { name, url, bytes, .. } = *download;
    let failed = |source: OutboundError| PackFilesError::Request { url: url.to_owned(), source };
    let mut request = Request::get(url);
    if part.len() > 0 {
        request = request.header(header::RANGE, format!("bytes={}-", part.len()));
    }
    let request = request.body(Vec::new()).map_err(|_| failed(OutboundError::InvalidUrl(url.to_owned())))?;
    let response = outbound.download(request, download.redirects).map_err(failed)?;
    let continued = format!("bytes {}-{}/{bytes}", part.len(), bytes - 1);
    match response.status() {
        StatusCode::OK => part.restart()?,
        StatusCode::PARTIAL_CONTENT
            if text(response.headers(), header::CONTENT_RANGE) == Some(&continued) => {}
        StatusCode::PARTIAL_CONTENT | StatusCode::RANGE_NOT_SATISFIABLE if part.len() > 0 => {
            return part.restart();
        }
        status => return Err(PackFilesError::Status { url: url.to_owned(), status }),
    }
    let wrong_size = |found: u64| PackFilesError::WrongSize { file: name.to_owned(), found, expected: bytes };
    let announced = text(response.headers(), header::CONTENT_LENGTH).and_then(|length| length.parse().ok());
    let announced = announced.map_or(bytes, |length: u64| part.len().saturating_add(length));
    if announced != bytes {
        return Err(wrong_size(announced));
    }
    let mut body = response.into_body();
    let mut buffer = vec![0; 1 << 16];
    loop {
        let count = body.read(&mut buffer).map_err(|source| {
            let (file, received) = (name.to_owned(), part.len());
            PackFilesError::CutOff { file, received, bytes, source }
        })?;
        let total = part.len() + count as u64;
        if total > bytes || (count == 0 && total < bytes) {
            return Err(wrong_size(total));
        }
        if count == 0 {
            return Ok(());
        }
        part.append(&buffer[..count])?;
        progress(total);
    }
}

fn text(headers: &HeaderMap, name: header::HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}
