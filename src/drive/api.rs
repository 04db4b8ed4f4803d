//! Requests to version 3 of the Drive API, with the server's key.

use std::io::Read;

use url::form_urlencoded::Serializer;

use super::answer::{Entry, FILE_FIELDS, FileAnswer, Limits, Page, PageAnswer, Reference};
use super::error::{DriveError, from_response};
use super::link::FolderLink;
use crate::config::{Drive, Secret};
use crate::outbound::http::Request;
use crate::outbound::{Outbound, OutboundError, get_request};
use crate::store::drive::files::ListedFile;

/// The maximum page size.
const PAGE_SIZE: &str = "1000";
/// Maximum size of an error response.
const MAX_ERROR_BYTES: u64 = 64 << 10;

/// A publicly shared folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folder {
    /// Drive's id.
    pub id: String,
    /// Required in addition to the id for old folders.
    pub resource_key: Option<String>,
    /// Its name.
    pub name: String,
}

/// A client of the Drive API. Cheap to clone.
#[derive(Clone)]
pub struct Client {
    outbound: Outbound,
    base_url: String,
    key: Secret,
    max_files: u32,
    max_file_bytes: u64,
}

impl Client {
    /// `None` without a configured key: Drive folders cannot be searched.
    #[must_use]
    pub fn new(config: &Drive) -> Option<Self> {
        let key = config.api_key.clone()?;
        let base_url = config.base_url.trim_end_matches('/').to_owned();
        let hosts = config.picture_hosts.iter().map(String::as_str);
        Some(Self {
            outbound: Outbound::new(hosts.chain([base_url.as_str()])),
            base_url,
            key,
            max_files: config.max_files,
            max_file_bytes: config.max_file_mb.saturating_mul(1_000_000),
        })
    }

    /// Looks up a folder, without retries.
    ///
    /// # Errors
    /// If it is not accessible or not a folder, or Drive does not answer.
    pub fn folder(&self, link: &FolderLink) -> Result<Folder, DriveError> {
        let resource_key = link.resource_key().map(str::to_owned);
        let reference = Reference { id: link.id().to_owned(), resource_key: resource_key.clone() };
        let answer = self.describe(&reference).map_err(|error| match error {
            DriveError::Denied { .. } => DriveError::NotReachable,
            error => error,
        })?;
        if answer.is_trashed() {
            return Err(DriveError::NotReachable);
        }
        if !answer.is_folder() {
            return Err(DriveError::NotAFolder);
        }
        Ok(Folder { id: reference.id, resource_key, name: answer.into_name() })
    }

    pub(super) fn max_files(&self) -> u32 {
        self.max_files
    }

    pub(super) fn max_file_bytes(&self) -> u64 {
        self.max_file_bytes
    }

    /// A page of what lies in a folder, and not below it.
    pub(super) fn children(&self, folder: &Reference, page: Option<&str>) -> Result<Page, DriveError> {
        let question = format!("'{}' in parents and trashed=false", folder.id);
        let fields = format!("nextPageToken,incompleteSearch,files({FILE_FIELDS})");
        let mut query = vec![
            ("q", question.as_str()),
            ("fields", &fields),
            ("pageSize", PAGE_SIZE),
            ("supportsAllDrives", "true"),
            ("includeItemsFromAllDrives", "true"),
        ];
        query.extend(page.map(|token| ("pageToken", token)));
        let body = self.document(self.request("/files", &query, folder)?)?;
        Ok(serde_json::from_slice::<PageAnswer>(&body)?.into_page(&self.limits()))
    }

    /// A picture that a shortcut leads to; `None` when it is none.
    pub(super) fn picture(&self, reference: &Reference) -> Result<Option<ListedFile>, DriveError> {
        match self.describe(reference)?.into_entry(&self.limits()) {
            Entry::Picture(file) => Ok(Some(file)),
            _ => Ok(None),
        }
    }

    /// Downloads a thumbnail, see [`ListedFile::thumbnail`]. The key is not sent to its host.
    pub(super) fn thumbnail(&self, url: &str) -> Result<Vec<u8>, DriveError> {
        self.download(get_request(url)?)
    }

    /// Downloads a file.
    pub(super) fn original(&self, reference: &Reference) -> Result<Vec<u8>, DriveError> {
        let query = [("alt", "media"), ("supportsAllDrives", "true")];
        self.download(self.request(&format!("/files/{}", reference.id), &query, reference)?)
    }

    fn describe(&self, reference: &Reference) -> Result<FileAnswer, DriveError> {
        let query = [("fields", FILE_FIELDS), ("supportsAllDrives", "true")];
        let request = self.request(&format!("/files/{}", reference.id), &query, reference)?;
        Ok(serde_json::from_slice(&self.document(request)?)?)
    }

    fn limits(&self) -> Limits<'_> {
        Limits { max_bytes: self.max_file_bytes, outbound: &self.outbound }
    }

    fn request(
        &self,
        path: &str,
        query: &[(&str, &str)],
        target: &Reference,
    ) -> Result<Request<Vec<u8>>, DriveError> {
        let query =
            Serializer::new(String::new()).extend_pairs(query).append_pair("key", self.key.expose()).finish();
        let mut request = get_request(&format!("{}{path}?{query}", self.base_url))?;
        let pair = target.resource_key.as_ref().map(|key| format!("{}/{key}", target.id));
        if let Some(value) = pair.and_then(|pair| pair.parse().ok()) {
            request.headers_mut().insert("x-goog-drive-resource-keys", value);
        }
        Ok(request)
    }

    fn document(&self, request: Request<Vec<u8>>) -> Result<Vec<u8>, DriveError> {
        let (parts, body) = self.outbound.send(request)?.into_parts();
        if parts.status.is_success() {
            Ok(body)
        } else {
            Err(from_response(parts.status, &parts.headers, &body))
        }
    }

    /// Reads at most one byte more than the limit.
    fn download(&self, request: Request<Vec<u8>>) -> Result<Vec<u8>, DriveError> {
        let (parts, body) = self.outbound.open(request)?.into_parts();
        if !parts.status.is_success() {
            let mut text = Vec::new();
            // If the body cannot be read, the status is enough.
            body.take(MAX_ERROR_BYTES).read_to_end(&mut text).ok();
            return Err(from_response(parts.status, &parts.headers, &text));
        }
        let too_large = DriveError::TooLarge { max_bytes: self.max_file_bytes };
        let announced =
            parts.headers.get("content-length").and_then(|length| length.to_str().ok()?.parse().ok());
        if announced.is_some_and(|length: u64| length > self.max_file_bytes) {
            return Err(too_large);
        }
        let mut bytes = Vec::new();
        body.take(self.max_file_bytes + 1).read_to_end(&mut bytes).map_err(OutboundError::Body)?;
        let length = bytes.len() as u64;
        if length > self.max_file_bytes {
            return Err(too_large);
        }
        if announced.is_some_and(|announced| announced > length) {
            return Err(OutboundError::Body(std::io::ErrorKind::UnexpectedEof.into()).into());
        }
        Ok(bytes)
    }
}
