//! Parses Drive's JSON responses into what a search needs.

use serde::Deserialize;

use super::link::{is_id, is_key};
use crate::outbound::Outbound;
use crate::store::drive::files::ListedFile;

/// The fields to request; the default ones of Drive differ.
pub(super) const FILE_FIELDS: &str = "id,name,mimeType,trashed,md5Checksum,modifiedTime,size,thumbnailLink,\
    resourceKey,shortcutDetails(targetId,targetMimeType,targetResourceKey),imageMediaMetadata(width,height)";

const FOLDER: &str = "application/vnd.google-apps.folder";
const SHORTCUT: &str = "application/vnd.google-apps.shortcut";
/// Formats that can be decoded.
const READABLE: [&str; 3] = ["image/jpeg", "image/png", "image/webp"];
/// Long side of the requested thumbnail, in pixels: that of a working picture.
const THUMBNAIL_LONG_SIDE: u32 = 2048;

/// Identifies a file or folder in Drive.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Reference {
    /// Letters, digits, `-` and `_`.
    pub(super) id: String,
    /// Required in addition to the id for old files and folders.
    pub(super) resource_key: Option<String>,
}

impl Reference {
    /// `None` if the id is malformed.
    pub(super) fn new(id: String, resource_key: Option<String>) -> Option<Self> {
        is_id(&id).then(|| Self { id, resource_key: resource_key.filter(|key| is_key(key)) })
    }
}

/// An entry of a folder.
#[derive(Debug, PartialEq)]
pub(super) enum Entry {
    Folder(Reference),
    Picture(ListedFile),
    /// A shortcut to a picture, without details of the picture.
    PictureShortcut(Reference),
    Other,
}

/// One page of a folder's listing.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) entries: Vec<Entry>,
    pub(super) next: Option<String>,
    /// Drive did not search the whole folder.
    pub(super) incomplete: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PageAnswer {
    next_page_token: Option<String>,
    #[serde(default)]
    incomplete_search: bool,
    #[serde(default)]
    files: Vec<FileAnswer>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct FileAnswer {
    id: String,
    name: String,
    mime_type: String,
    trashed: bool,
    md5_checksum: Option<String>,
    modified_time: Option<String>,
    /// A number as a string.
    size: Option<String>,
    thumbnail_link: Option<String>,
    resource_key: Option<String>,
    shortcut_details: ShortcutDetails,
    image_media_metadata: ImageMetadata,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ShortcutDetails {
    #[serde(rename = "targetId")]
    id: String,
    #[serde(rename = "targetMimeType")]
    mime_type: String,
    #[serde(rename = "targetResourceKey")]
    resource_key: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ImageMetadata {
    width: u32,
    height: u32,
}

/// Limits for downloads.
pub(super) struct Limits<'a> {
    /// Maximum size of a file.
    pub(super) max_bytes: u64,
    /// Knows the allowed hosts of thumbnails.
    pub(super) outbound: &'a Outbound,
}

impl PageAnswer {
    pub(super) fn into_page(self, limits: &Limits) -> Page {
        let entries = self.files.into_iter().map(|file| file.into_entry(limits)).collect();
        Page { entries, next: self.next_page_token, incomplete: self.incomplete_search }
    }
}

impl FileAnswer {
    pub(super) fn is_folder(&self) -> bool {
        self.mime_type == FOLDER
    }

    pub(super) fn is_trashed(&self) -> bool {
        self.trashed
    }

    pub(super) fn into_name(self) -> String {
        self.name
    }

    pub(super) fn into_entry(self, limits: &Limits) -> Entry {
        let ShortcutDetails { id: target_id, mime_type: target_type, resource_key: target_key } =
            self.shortcut_details;
        let (Some(reference), false) = (Reference::new(self.id, self.resource_key), self.trashed) else {
            return Entry::Other;
        };
        let target = Reference::new(target_id, target_key);
        match (self.mime_type.as_str(), target) {
            (FOLDER, _) => Entry::Folder(reference),
            (SHORTCUT, Some(target)) if target_type == FOLDER => Entry::Folder(target),
            (SHORTCUT, Some(target)) if is_picture(&target_type) => Entry::PictureShortcut(target),
            (kind, _) if is_picture(kind) => {
                let readable = READABLE.contains(&kind);
                let size_bytes: Option<u64> = self.size.and_then(|size| size.parse().ok());
                let ImageMetadata { width, height } = self.image_media_metadata;
                let is_large = width.max(height) > THUMBNAIL_LONG_SIDE
                    || size_bytes.is_some_and(|size| size > limits.max_bytes);
                let thumbnail = self
                    .thumbnail_link
                    .filter(|_| is_large || !readable)
                    .and_then(|link| with_long_side(&link))
                    .filter(|link| limits.outbound.allows(link));
                Entry::Picture(ListedFile {
                    id: reference.id,
                    resource_key: reference.resource_key,
                    version: self.md5_checksum.or(self.modified_time).unwrap_or_default(),
                    size_bytes,
                    thumbnail,
                    readable,
                })
            }
            _ => Entry::Other,
        }
    }
}

fn is_picture(kind: &str) -> bool {
    // Vector graphics are not photos and cannot be decoded.
    kind.starts_with("image/") && !kind.starts_with("image/svg")
}

/// A thumbnail link ends with the long side; replaces it with the requested one.
fn with_long_side(link: &str) -> Option<String> {
    let (base, side) = link.rsplit_once("=s")?;
    let is_side = !side.is_empty() && side.bytes().all(|byte| byte.is_ascii_digit());
    is_side.then(|| format!("{base}=s{THUMBNAIL_LONG_SIDE}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(json: &serde_json::Value) -> Entry {
        let outbound = Outbound::new(["https://lh3.googleusercontent.com"]);
        let limits = Limits { max_bytes: 1000, outbound: &outbound };
        serde_json::from_value::<FileAnswer>(json.clone()).unwrap().into_entry(&limits)
    }

    fn picture(size: &str, width: u32, kind: &str, thumbnail: &str) -> ListedFile {
        let json = serde_json::json!({
            "id": "picture-0001", "name": "a", "mimeType": kind, "md5Checksum": "m", "size": size,
            "modifiedTime": "t", "thumbnailLink": thumbnail,
            "imageMediaMetadata": { "width": width, "height": 10 },
        });
        let Entry::Picture(file) = entry(&json) else { panic!("not a picture") };
        file
    }

    #[test]
    fn thumbnails_are_used_for_large_pictures_and_unreadable_formats() {
        let link = "https://lh3.googleusercontent.com/x=y=s220";
        let thumbnail = Some("https://lh3.googleusercontent.com/x=y=s2048".to_owned());
        assert_eq!(picture("10", 4000, "image/jpeg", link).thumbnail, thumbnail);
        assert_eq!(picture("2000", 100, "image/png", link).thumbnail, thumbnail);
        assert_eq!(picture("10", 2048, "image/webp", link).thumbnail, None);
        let unreadable = picture("10", 100, "image/heif", link);
        assert_eq!((unreadable.thumbnail, unreadable.readable), (thumbnail, false));
        for other in ["", "=s", "=sx"].map(|end| format!("https://lh3.googleusercontent.com/y{end}")) {
            assert_eq!(picture("10", 4000, "image/jpeg", &other).thumbnail, None, "{other}");
        }
        for other in ["https://evil.example/x=s220", "http://lh3.googleusercontent.com/x=s220", "x=s220"] {
            assert_eq!(picture("10", 4000, "image/jpeg", other).thumbnail, None, "{other}");
        }
    }

    #[test]
    fn other_entries_are_classified() {
        let target = |kind: &str| {
            serde_json::json!({
                "id": "shortcut-001", "mimeType": SHORTCUT,
                "shortcutDetails": { "targetId": "target-00001", "targetMimeType": kind, "targetResourceKey": "k" },
            })
        };
        let reference = Reference { id: "target-00001".into(), resource_key: Some("k".into()) };
        assert_eq!(entry(&target(FOLDER)), Entry::Folder(reference.clone()));
        assert_eq!(entry(&target("image/png")), Entry::PictureShortcut(reference));
        assert_eq!(entry(&target("video/mp4")), Entry::Other);
        for other in [
            serde_json::json!({}),
            serde_json::json!({ "id": "a'b or 1=1 ----", "mimeType": FOLDER }),
            serde_json::json!({ "id": "trashed-0001", "mimeType": "image/png", "trashed": true }),
            serde_json::json!({ "id": "drawing-0001", "mimeType": "image/svg+xml" }),
            serde_json::json!({ "id": "shortcut-001", "mimeType": SHORTCUT }),
        ] {
            assert_eq!(entry(&other), Entry::Other, "{other}");
        }
    }
}
