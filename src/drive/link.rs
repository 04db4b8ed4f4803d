//! Parses links to Drive folders. A link is never fetched.

use url::Url;

/// Maximum length of a link.
const MAX_LENGTH: usize = 2048;
/// Known ids of Drive have at least 19 characters; older ones might be shorter.
const MIN_ID_LENGTH: usize = 10;
const MAX_ID_LENGTH: usize = 128;
/// Hosts of folder links.
const HOSTS: [&str; 2] = ["drive.google.com", "docs.google.com"];

/// A link to a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FolderLink {
    id: String,
    resource_key: Option<String>,
}

impl FolderLink {
    /// Parses a folder link in any form that Drive has used, with or without scheme, or a bare id. `None` for anything
    /// else, including links to files.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.len() > MAX_LENGTH {
            return None;
        }
        if is_id(text) {
            return Some(Self { id: text.to_owned(), resource_key: None });
        }
        let url = if text.contains("://") {
            Url::parse(text).ok()?
        } else {
            Url::parse(&format!("https://{}", text.trim_start_matches('/'))).ok()?
        };
        let is_web = matches!(url.scheme(), "http" | "https") && url.port().is_none();
        if !is_web || !HOSTS.contains(&url.host_str()?) {
            return None;
        }
        let parameter = |name: &str| url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value);
        let segments: Vec<&str> = url.path_segments()?.filter(|segment| !segment.is_empty()).collect();
        let id = match segments[..] {
            ["drive", .., "folders", id] => id.to_owned(),
            ["open" | "folderview" | "embeddedfolderview"]
            // Google Workspace domains.
            | ["a", _, "open" | "folderview" | "embeddedfolderview"] => parameter("id")?.into_owned(),
            _ => return None,
        };
        let resource_key =
            parameter("resourcekey").filter(|key| is_key(key)).map(std::borrow::Cow::into_owned);
        is_id(&id).then_some(Self { id, resource_key })
    }

    /// Drive's id of the folder: letters, digits, `-` and `_`.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Required in addition to the id for old folders.
    #[must_use]
    pub fn resource_key(&self) -> Option<&str> {
        self.resource_key.as_deref()
    }
}

/// Whether a text is an id, safe in a path, a query or a header.
pub(super) fn is_id(text: &str) -> bool {
    (MIN_ID_LENGTH..=MAX_ID_LENGTH).contains(&text.len()) && is_key(text)
}

/// The same for a resource key.
pub(super) fn is_key(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    (1..=MAX_ID_LENGTH).contains(&text.len()) && text.bytes().all(allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "1AbC-dEf_GhIjKlMnOpQrStUvWxYz0123";

    #[test]
    fn all_forms_of_folder_links_are_parsed() {
        for form in [
            "https://drive.google.com/drive/folders/ID",
            "https://drive.google.com/drive/folders/ID/",
            "https://drive.google.com/drive/folders/ID?usp=sharing",
            "https://drive.google.com/drive/folders/ID?usp=drive_link&hl=id#grid",
            "https://drive.google.com/drive/u/0/folders/ID",
            "https://drive.google.com/drive/u/12/folders/ID?usp=sharing",
            "https://drive.google.com/drive/mobile/folders/ID?usp=sharing",
            "https://drive.google.com/drive/u/1/mobile/folders/ID",
            "https://drive.google.com/folderview?id=ID",
            "https://drive.google.com/folderview?usp=sharing&id=ID",
            "https://drive.google.com/embeddedfolderview?id=ID#list",
            "https://drive.google.com/open?id=ID",
            "https://drive.google.com/a/example.com/folderview?id=ID",
            "https://docs.google.com/folderview?id=ID",
            "https://DRIVE.google.com/drive//folders/ID",
            "http://drive.google.com/drive/folders/ID",
            "drive.google.com/drive/folders/ID",
            "//drive.google.com/drive/folders/ID",
            " \thttps://drive.google.com/drive/folders/ID \n",
            "ID",
        ] {
            let link = FolderLink::parse(&form.replace("ID", ID));
            assert_eq!(link, Some(FolderLink { id: ID.to_owned(), resource_key: None }), "{form}");
        }
    }

    #[test]
    fn a_valid_resource_key_is_kept() {
        let key = |query: &str| {
            let link = FolderLink::parse(&format!("https://drive.google.com/drive/folders/{ID}{query}"));
            link.unwrap().resource_key().map(str::to_owned)
        };
        assert_eq!(key("?resourcekey=0-aB_c&usp=sharing").as_deref(), Some("0-aB_c"));
        assert_eq!(key("?usp=sharing"), None);
        assert_eq!(key("?resourcekey=a%0D%0AX-Evil:1"), None);
    }

    #[test]
    fn other_texts_are_rejected() {
        let long = format!("https://drive.google.com/drive/folders/{ID}?x={}", "y".repeat(3000));
        for text in [
            "",
            "hello",
            "not a link",
            "https://drive.google.com/",
            "https://drive.google.com/drive/folders/",
            "https://drive.google.com/drive/folders/short",
            "https://drive.google.com/drive/folders/1AbCdEfGhIjK'+or+1",
            "https://drive.google.com/drive/folders/1AbCdEfGhIjK%2F..%2Fabout",
            "https://drive.google.com/file/d/1AbCdEfGhIjKlMnOp/view",
            "https://drive.google.com/drive/folders/1AbCdEfGhIjKlMnOp/view",
            "https://docs.google.com/document/d/1AbCdEfGhIjKlMnOp/edit",
            "https://drive.google.com/open?usp=sharing",
            "https://drive.google.com.evil.example/drive/folders/1AbCdEfGhIjKlMnOp",
            "https://drive.google.com@evil.example/drive/folders/1AbCdEfGhIjKlMnOp",
            "https://drive.google.com:8443/drive/folders/1AbCdEfGhIjKlMnOp",
            "https://evil.example/drive/folders/1AbCdEfGhIjKlMnOp",
            "https://photos.google.com/drive/folders/1AbCdEfGhIjKlMnOp",
            "file:///drive/folders/1AbCdEfGhIjKlMnOp",
            "javascript://drive.google.com/drive/folders/1AbCdEfGhIjKlMnOp",
            &long,
        ] {
            assert_eq!(FolderLink::parse(text), None, "{text}");
        }
    }
}
