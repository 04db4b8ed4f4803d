//! Drive's descriptions of files, as JSON, into what a search needs of them.

use serde::Deserialize;

use super::link::{is_id, is_key};
use crate::outbound::Outbound;
use crate::store::drive::files::ListedFile;

/// The fields that are asked for; Drive would tell others by itself.
pub(super) const FILE_FIELDS: &str = "id,name,mimeType,trashed,md5Checksum,modifiedTime,size,thumbnailLink,\
    resourceKey,shortcutDetails(targetId,targetMimeType,targetResourceKey),imageMediaMetadata(width,height)";

const FOLDER: &str = "application/vnd.google-apps.folder";
const SHORTCUT: &str = "application/vnd.google-apps.shortcut";
/// What can be decoded.
const READABLE: [&str; 3] = ["image/jpeg", "image/png", "image/webp"];
/// Long side of the smaller picture that is asked for, in pixels: as large as a photo is worked on.
const THUMBNAIL_LONG_SIDE: u32 = 2048;

/// Names something at Drive.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Reference {
    /// Letters, digits, `-` and `_`.
    pub(super) id: String,
    /// What Drive wants to hear besides the id, for old things.
    pub(super) resource_key: Option<String>,
}

impl Reference {
    /// `None` where the id is none.
    pub(super) fn new(id: String, resource_key: Option<String>) -> Option<Self> {
        is_id(&id).then(|| Self { id, resource_key: resource_key.filter(|key| is_key(key)) })
    }
}

/// Something in a folder.
#[derive(Debug, PartialEq)]
pub(super) enum Entry {
    Folder(Reference),
    Picture(ListedFile),
    /// Drive tells nothing of the picture it leads to.
    PictureElsewhere(Reference),
    Other,
}

/// Part of a folder's list.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) entries: Vec<Entry>,
    pub(super) next: Option<String>,
    /// Drive did not look everywhere.
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
    /// A number as text.
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

/// What may be downloaded.
pub(super) struct Limits<'a> {
    /// Of one file.
    pub(super) max_bytes: u64,
    /// Knows which hosts may be asked for smaller pictures.
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
            (SHORTCUT, Some(target)) if is_picture(&target_type) => Entry::PictureElsewhere(target),
            (kind, _) if is_picture(kind) => {
                let readable = READABLE.contains(&kind);
                let size_bytes: Option<u64> = self.size.and_then(|size| size.parse().ok());
                let ImageMetadata { width, height } = self.image_media_metadata;
                let is_large = width.max(height) > THUMBNAIL_LONG_SIDE
                    || size_bytes.is_some_and(|size| size > limits.max_bytes);
                let thumbnail = self
                    .thumbnail_link
                    .filter(|_| is_large || !readable)
                    .and_then(|link| enlarged(&link))
                    .filter(|link| limits.outbound.may_ask(link));
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
    // Drawings are no photos, and nothing here decodes them.
    kind.starts_with("image/") && !kind.starts_with("image/svg")
}

/// The address of a smaller picture ends with its long side: the same with the one that is wanted.
fn enlarged(link: &str) -> Option<String> {
    let (address, side) = link.rsplit_once("=s")?;
    let is_side = !side.is_empty() && side.bytes().all(|byte| byte.is_ascii_digit());
    is_side.then(|| format!("{address}=s{THUMBNAIL_LONG_SIDE}"))
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
        let Entry::Picture(file) = entry(&json) else { panic!("no picture") };
        file
    }

    #[test]
    fn a_smaller_picture_is_taken_of_large_ones_and_of_unreadable_kinds() {
        let link = "https://lh3.googleusercontent.com/x=y=s220";
        let smaller = Some("https://lh3.googleusercontent.com/x=y=s2048".to_owned());
        assert_eq!(picture("10", 4000, "image/jpeg", link).thumbnail, smaller);
        assert_eq!(picture("2000", 100, "image/png", link).thumbnail, smaller);
        assert_eq!(picture("10", 2048, "image/webp", link).thumbnail, None);
        let unreadable = picture("10", 100, "image/heif", link);
        assert_eq!((unreadable.thumbnail, unreadable.readable), (smaller, false));
        for other in ["", "=s", "=sx"].map(|end| format!("https://lh3.googleusercontent.com/y{end}")) {
            assert_eq!(picture("10", 4000, "image/jpeg", &other).thumbnail, None, "{other}");
        }
        for other in ["https://evil.example/x=s220", "http://lh3.googleusercontent.com/x=s220", "x=s220"] {
            assert_eq!(picture("10", 4000, "image/jpeg", other).thumbnail, None, "{other}");
        }
    }

    #[test]
    fn everything_else_is_told_apart() {
        let target = |kind: &str| {
            serde_json::json!({
                "id": "shortcut-001", "mimeType": SHORTCUT,
                "shortcutDetails": { "targetId": "target-00001", "targetMimeType": kind, "targetResourceKey": "k" },
            })
        };
        let reference = Reference { id: "target-00001".into(), resource_key: Some("k".into()) };
        assert_eq!(entry(&target(FOLDER)), Entry::Folder(reference.clone()));
        assert_eq!(entry(&target("image/png")), Entry::PictureElsewhere(reference));
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
