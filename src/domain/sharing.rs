//! What an event's owner lets guests see and take.

/// An enum whose values have a text that programs and the database know.
macro_rules! text_enum {
    ($(#[$doc:meta])* $name:ident { $($(#[$value_doc:meta])* $value:ident => $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name {
            $($(#[$value_doc])* $value,)*
        }

        impl $name {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$value),*];

            /// For programs; never changes.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$value => $text,)*
                }
            }
        }

        impl std::str::FromStr for $name {
            type Err = ();

            fn from_str(text: &str) -> Result<Self, ()> {
                Self::ALL.iter().copied().find(|value| value.as_str() == text).ok_or(())
            }
        }
    };
}

text_enum! {
    /// Which photos of an event a guest sees.
    Visibility {
        /// Every one.
        All => "all",
        /// Those the guest is in.
        Matches => "matches",
    }
}

text_enum! {
    /// What guests may download.
    DownloadSize {
        /// The photographer's file.
        Original => "original",
        /// Up to 2048 pixels.
        Reduced => "reduced",
        /// Nothing.
        Nothing => "nothing",
    }
}

text_enum! {
    /// Where a watermark stands.
    Corner {
        /// Above, left.
        TopLeft => "top_left",
        /// Above, right.
        TopRight => "top_right",
        /// Below, left.
        BottomLeft => "bottom_left",
        /// Below, right.
        BottomRight => "bottom_right",
    }
}

text_enum! {
    /// What the owner decided about a photo on the live wall.
    WallPlace {
        /// Always there.
        Pinned => "pinned",
        /// Never there.
        Skipped => "skipped",
    }
}

text_enum! {
    /// What a guest says about a photo.
    MarkKind {
        /// To keep.
        Bookmark => "bookmark",
        /// Somebody else is in it.
        NotMe => "not_me",
        /// Not to be shown to this guest again.
        Hidden => "hidden",
    }
}

text_enum! {
    /// What is counted in an event.
    TallyKind {
        /// A guest came in.
        Guest => "guest",
        /// A selfie was searched with.
        Search => "search",
        /// The search found something.
        Hit => "hit",
        /// A photo was downloaded.
        Download => "download",
    }
}

/// A logo that is put on what guests see and download.
#[derive(Clone, Debug, PartialEq)]
pub struct Watermark {
    /// A PNG file.
    pub logo: Vec<u8>,
    /// Where it stands.
    pub corner: Corner,
    /// 0 (not seen) to 1.
    pub opacity: f32,
    /// Changes with the others.
    pub version: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_read_as_they_are_written() {
        assert!(Visibility::ALL.iter().all(|value| value.as_str().parse() == Ok(*value)));
        assert!(Corner::ALL.iter().all(|value| value.as_str().parse() == Ok(*value)));
        assert_eq!("everything".parse::<DownloadSize>(), Err(()));
    }
}
