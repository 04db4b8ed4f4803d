//! What guests may see and download, and what they and the owner decide about photos.

/// An enum whose values have a fixed text in the API and in the database.
macro_rules! text_enum {
    ($(#[$doc:meta])* $name:ident { $($(#[$value_doc:meta])* $value:ident => $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name {
            $($(#[$value_doc])* $value,)*
        }

        impl $name {
            /// All values.
            pub const ALL: &'static [Self] = &[$(Self::$value),*];

            /// The text in the API and in the database; never changes.
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

pub(super) use text_enum;

text_enum! {
    /// Which photos of an event a guest sees.
    Visibility {
        /// All photos.
        All => "all",
        /// Photos that match the guest's selfie.
        Matches => "matches",
    }
}

text_enum! {
    /// What guests may download.
    DownloadSize {
        /// The original.
        Original => "original",
        /// At most 2048 pixels.
        Reduced => "reduced",
        /// Nothing.
        Nothing => "nothing",
    }
}

text_enum! {
    /// What originals say about themselves when guests get them. Orientation and colours always stay.
    Metadata {
        /// Time and copyright notice.
        Copyright => "copyright",
        /// All that the photographer's file says: place, people, devices.
        All => "all",
        /// Nothing else.
        Nothing => "nothing",
    }
}

text_enum! {
    /// Position of the watermark.
    Corner {
        /// Top left.
        TopLeft => "top_left",
        /// Top right.
        TopRight => "top_right",
        /// Bottom left.
        BottomLeft => "bottom_left",
        /// Bottom right.
        BottomRight => "bottom_right",
    }
}

text_enum! {
    /// The owner's choice for a photo on the wall.
    WallChoice {
        /// Always shown.
        Pinned => "pinned",
        /// Never shown.
        Skipped => "skipped",
    }
}

text_enum! {
    /// A guest mark.
    MarkKind {
        /// Favourite.
        Bookmark => "bookmark",
        /// The match is another person.
        NotMe => "not_me",
        /// Hidden for this guest.
        Hidden => "hidden",
    }
}

text_enum! {
    /// What the statistics of an event count.
    TallyKind {
        /// Guests who entered.
        Guest => "guest",
        /// Searches.
        Search => "search",
        /// Searches with matches.
        Hit => "hit",
        /// Downloaded photos.
        Download => "download",
    }
}

/// A logo that is put on the pictures sent to guests.
#[derive(Clone, Debug, PartialEq)]
pub struct Watermark {
    /// A PNG file.
    pub logo: Vec<u8>,
    /// Its position.
    pub corner: Corner,
    /// 0 (invisible) to 1.
    pub opacity: f32,
    /// Incremented by every change.
    pub version: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_round_trip() {
        assert!(Visibility::ALL.iter().all(|value| value.as_str().parse() == Ok(*value)));
        assert!(Corner::ALL.iter().all(|value| value.as_str().parse() == Ok(*value)));
        assert_eq!("everything".parse::<DownloadSize>(), Err(()));
    }
}
