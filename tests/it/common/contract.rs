//! The answers that the mobile app's models were generated against: names and types of all fields.

use serde_json::{Value, json};

/// For [`super::client::assert_shape`]. Answers may have further fields.
pub fn shape(name: &str) -> Value {
    let with = |mut shape: Value, more: Value| {
        let Value::Object(more) = more else { panic!("no fields: {more}") };
        shape.as_object_mut().unwrap().extend(more);
        shape
    };
    let face = || json!({ "x": "int", "y": "int", "w": "int", "h": "int" });
    match name {
        "Token" => json!({
            "access_token": "str", "refresh_token": "str", "token_type": "bearer", "is_new_user": "bool"
        }),
        "UserPublic" => json!({
            "id": "int", "email": "str", "name": "str?", "picture": "str?", "is_admin": "bool", "selfie": "url?",
            "created_at": "time"
        }),
        "UserInfo" => json!({ "id": "int", "name": "str?", "picture": "str?" }),
        "event" => json!({
            "id": "int", "name": "str", "description": "str?", "date": "time?", "link": "url?", "share_code": "str?",
            "indexed_by_robota": "bool", "created_at": "time", "updated_at": "time", "images_preview": ["url"]
        }),
        "EventDetail" => with(shape("event"), json!({ "owner": shape("UserInfo") })),
        "EventSummary" => with(shape("event"), json!({ "id_user": "int" })),
        "event token" => json!({ "event_access_token": "str", "token_type": "bearer" }),
        "ImagePublic" => json!({
            "id": "int", "file_name": "str", "url": "url", "id_event": "int", "created_at": "time",
            // New ones, for what the pictures of `url` and `original_url` measure.
            "width": "int?", "height": "int?", "original_url": "url", "original_width": "int?",
            "original_height": "int?"
        }),
        "MatchedImage" => {
            with(shape("ImagePublic"), json!({ "face": face(), "width": "int", "height": "int" }))
        }
        "Page" => json!({
            "total_items": "int", "total_pages": "int", "current_page": "int", "limit": "int",
            "items": [shape("ImagePublic")]
        }),
        "Bookmark" => json!({ "id": "int", "created_at": "time", "image": shape("ImagePublic") }),
        "bookmark group" => json!({
            "event_id": "int", "event_name": "str", "event_date": "time?", "bookmarked_photos": [shape("Bookmark")]
        }),
        "new Drive search" => json!({ "search_id": "int", "status": "str", "message": "str" }),
        "Drive search" => json!({
            "search_id": "int", "status": "str", "drive_folder_id": "str", "drive_name": "str", "drive_url": "str?",
            "created_at": "time"
        }),
        "Drive result" => {
            let found = json!({
                "id": "int", "url": "url", "face_coords": face(), "similarity": "number?", "created_at": "time"
            });
            with(shape("Drive search"), json!({ "found_images": [found] }))
        }
        "message" => json!({ "message": "str" }),
        "health" => json!({ "status": "str", "project": "str", "version": "str" }),
        "welcome" => json!({ "message": "str", "version": "str", "documentation_url": "url" }),
        other => panic!("no shape `{other}`"),
    }
}
