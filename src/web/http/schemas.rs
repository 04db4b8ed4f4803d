//! Schemas of texts for the API's description: what handlers accept, as lengths, patterns and formats.

use utoipa::openapi::schema::{
    AnyOfBuilder, KnownFormat, ObjectBuilder, Schema, SchemaFormat, SchemaType, Type,
};

/// Anything but white space. Handlers take U+0085 for white space; `\s` in a pattern does not.
const NOT_BLANK: &str = r"[^\s\x85]";
/// At least three characters without control characters, not counting white space around them.
const TITLE: &str = concat!(
    r"^[^\x00-\x1F\x7F-\x9F]*[^\s\x00-\x1F\x7F-\x9F][^\x00-\x1F\x7F-\x9F]+",
    r"[^\s\x00-\x1F\x7F-\x9F][^\x00-\x1F\x7F-\x9F]*$"
);
/// Anything but white space and control characters.
const NAME: &str = r"[^\s\x00-\x1F\x7F-\x9F]";
/// A plain URL; the handler accepts others too.
const LINK: &str = "^(https?://[a-zA-Z]+([.][a-zA-Z]+)*(/[a-zA-Z0-9._~/-]*)?|mailto:[a-zA-Z0-9][a-zA-Z0-9._@-]*|\
                    tel:[0-9+][0-9+-]*)$";
/// A user name, or an e-mail address.
const LOGIN: &str = r"^\s*([\w.+-]{3,64}|[\w.+-]+@[\w+-]*\.[\w.+-]*)\s*$";

fn text(description: &str, lengths: (usize, usize), pattern: &str) -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .description(Some(description).filter(|text| !text.is_empty()))
        .min_length(Some(lengths.0))
        .max_length(Some(lengths.1))
        .pattern(Some(pattern))
}

fn or_null(text: ObjectBuilder) -> Schema {
    text.schema_type(SchemaType::from_iter([Type::String, Type::Null])).into()
}

/// The login of a new account.
pub(crate) fn new_login() -> Schema {
    text("E-mail address or user name.", (3, 254), LOGIN).into()
}

/// The login of an account that may exist.
pub(crate) fn login() -> Schema {
    text("E-mail address or user name.", (1, 254), NOT_BLANK).into()
}

/// A person's name, or null.
pub(crate) fn name() -> Schema {
    or_null(text("Default: the part of the login before the `@`.", (1, 200), NAME))
}

/// An event's name.
pub(crate) fn title() -> Schema {
    text("", (3, 200), TITLE).into()
}

/// An event's name, or null to keep it.
pub(crate) fn new_title() -> Schema {
    or_null(text("", (3, 200), TITLE))
}

/// The photographer's name, or null.
pub(crate) fn photographer() -> Schema {
    or_null(text("The photographer's name, shown to guests; null removes it.", (1, 80), NAME))
}

/// The photographer's link, or null.
pub(crate) fn photographer_link() -> Schema {
    let description = "The photographer's `https:`, `http:`, `mailto:` or `tel:` link; null removes it.";
    or_null(text(description, (5, 300), LINK))
}

/// RFC 3339, or a date alone, or a number, or null.
pub(crate) fn moment() -> Schema {
    let text = |format| {
        ObjectBuilder::new().schema_type(Type::String).format(Some(SchemaFormat::KnownFormat(format)))
    };
    let description =
        "RFC 3339, or a date alone, which means midnight UTC, or seconds since 1970; null for no date.";
    let seconds =
        ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(0)).maximum(Some(20_000_000_000_i64));
    AnyOfBuilder::new()
        .item(text(KnownFormat::DateTime))
        .item(text(KnownFormat::Date))
        .item(seconds)
        .item(ObjectBuilder::new().schema_type(Type::Null))
        .description(Some(description))
        .into()
}
