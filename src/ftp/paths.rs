//! Paths as cameras give them. Folders are only names: each one is there, none is on the disk.

/// Longer paths are refused, in bytes.
const MAX_BYTES: usize = 1000;

/// What `given` means in the folder `current`, from the root on, without `.` and `..`; `None` if it cannot be a path.
pub(super) fn resolve(current: &str, given: &str) -> Option<String> {
    let mut names: Vec<&str> = Vec::new();
    let absolute = given.starts_with('/');
    let start = if absolute { "" } else { current };
    for name in start.split('/').chain(given.split('/')) {
        match name {
            "" | "." => {}
            ".." => {
                names.pop();
            }
            name => names.push(name),
        }
    }
    let path = format!("/{}", names.join("/"));
    (path.len() <= MAX_BYTES && !path.contains(char::is_control)).then_some(path)
}

/// The folder that a path lies in, and its last name.
pub(super) fn split(path: &str) -> (&str, &str) {
    match path.rsplit_once('/') {
        Some(("", name)) => ("/", name),
        Some(parts) => parts,
        None => ("/", path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_path_leaves_the_root() {
        for (current, given, expected) in [
            ("/", "A.JPG", "/A.JPG"),
            ("/DCIM/100", "A.JPG", "/DCIM/100/A.JPG"),
            ("/DCIM", "/x//y/", "/x/y"),
            ("/DCIM", "..", "/"),
            ("/", "../../etc/./passwd", "/etc/passwd"),
            ("/a", "", "/a"),
        ] {
            assert_eq!(resolve(current, given).as_deref(), Some(expected), "{given}");
        }
        assert_eq!(resolve("/", &"x".repeat(MAX_BYTES)), None);
        assert_eq!(resolve("/", "a\0b"), None);
        assert_eq!(
            [split("/A.JPG"), split("/a/b/C"), split("/")],
            [("/", "A.JPG"), ("/a/b", "C"), ("/", "")]
        );
    }
}
