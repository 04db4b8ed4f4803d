//! The API's description (OpenAPI 3.1), made of the handlers and of the table of routes: what each takes and gives, who
//! may call it, how it is refused.

use utoipa::openapi::path::Operation;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{ContentBuilder, OpenApi as Document, PathItem, Ref, RefOr, ResponseBuilder};
use utoipa::{Modify, OpenApi};

use super::api::{
    accounts, activity, auth, bookmarks, drive_searches, entries, events, find_my_face, google, photos, root,
    selfies,
};
use super::error::{ErrorBody, ErrorDetail, Issue};
use super::pictures::media;
use super::route::Route;
use super::routes::table;
use super::rule::Rule;
use super::studio::{own_photos, people, print, setup, sharing, statistics, status, watermarks};
use super::upload::form;

#[derive(OpenApi)]
#[openapi(
    info(title = "FotoTa", description = "Find the photos a person is in. Everything here is also under `/api/v1`."),
    paths(
        root::show, root::health, root::follow,
        google::sign_in, auth::sign_in, accounts::register, auth::refresh, auth::sign_out,
        auth::open_session, auth::show_session, setup::show, accounts::set_up,
        accounts::show, accounts::delete, selfies::store, selfies::delete,
        events::create, events::search, events::list_own, events::show, events::update, events::delete, entries::enter,
        photos::list, own_photos::list, own_photos::change, people::list_faces, people::list_images, photos::delete,
        form::upload, find_my_face::find, watermarks::put, watermarks::show, watermarks::delete,
        status::show_progress, statistics::show, statistics::export_consents, status::show_status,
        sharing::show, sharing::invite, sharing::draw_qr, print::print,
        activity::list_recent, bookmarks::create, bookmarks::list, bookmarks::delete,
        drive_searches::create, drive_searches::list, drive_searches::show, drive_searches::delete,
        media::photo, media::selfie, media::drive,
    ),
    components(schemas(ErrorBody, ErrorDetail, Issue)),
    modifiers(&Rules),
)]
struct Api;

/// The document as JSON.
#[must_use]
pub fn json() -> String {
    // Made of strings and maps alone, which are always JSON.
    Api::openapi().to_pretty_json().unwrap_or_default()
}

struct Rules;

impl Modify for Rules {
    fn modify(&self, document: &mut Document) {
        let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").build();
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("token", SecurityScheme::Http(bearer));
        for route in table().iter().filter(|route| route.is_api) {
            let item = document.paths.paths.get_mut(route.path);
            if let Some(operation) = item.and_then(|item| operation(item, route)) {
                describe(operation, route);
            }
        }
    }
}

fn operation<'a>(item: &'a mut PathItem, route: &Route) -> Option<&'a mut Operation> {
    match route.method {
        "GET" => item.get.as_mut(),
        "POST" => item.post.as_mut(),
        "PUT" => item.put.as_mut(),
        _ => item.delete.as_mut(),
    }
}

/// Adds who may call it, and that everything else is refused in one form.
fn describe(operation: &mut Operation, route: &Route) {
    let who = match route.rule {
        Rule::Everyone => "everybody",
        Rule::SignedAddress => "whoever has the signed address",
        Rule::Guest | Rule::SignedInGuest => "a guest of the event",
        Rule::User => "a signed-in user",
        Rule::Admin => "an admin",
        Rule::EventOwner => "the event's owner",
        Rule::EventVisitor => "whoever entered the event, with its token or as a user; its owner",
        Rule::VisitingUser => "a user who entered the event; its owner",
        Rule::Wall => "whoever has the key of the wall; the event's owner",
        Rule::PhotoOwner => "the owner of the photo's event",
        Rule::DriveSearcher => "the user whose search it is",
    };
    let text = operation.description.take().or_else(|| operation.summary.clone()).unwrap_or_default();
    operation.description = Some(format!("{text}\n\nWho may: {who}."));
    if !matches!(route.rule, Rule::Everyone | Rule::SignedAddress | Rule::Guest) {
        operation.security = Some(vec![SecurityRequirement::new::<_, [&str; 0], &str>("token", [])]);
    }
    for (status, response) in &mut operation.responses.responses {
        // The standard wants one with each.
        if let RefOr::T(response) = response
            && response.description.is_empty()
        {
            let description = match status.as_str() {
                "201" => "Made",
                "202" => "Taken on",
                "204" => "Done",
                _ => "As asked",
            };
            description.clone_into(&mut response.description);
        }
    }
    operation.operation_id = Some(operation_id(route));
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name("ErrorBody"))).build();
    let refusal = ResponseBuilder::new()
        .description("Refused, or failed; `code` says why")
        .content("application/json", content)
        .build();
    operation.responses.responses.insert("default".into(), RefOr::T(refusal));
}

/// What generated clients call it: `get_events_by_event_id`.
fn operation_id(route: &Route) -> String {
    let words = route.path.split(['/', '-', '.']).filter(|word| !word.is_empty());
    let words = words.map(|word| match word.strip_prefix('{').and_then(|word| word.strip_suffix('}')) {
        Some(name) => format!("by_{name}"),
        None => word.to_owned(),
    });
    let words: Vec<String> = words.collect();
    let path = if words.is_empty() { "root".to_owned() } else { words.join("_") };
    format!("{}_{path}", route.method.to_lowercase())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn says_what_each_answer_means_and_which_fields_it_always_has() {
        let document: serde_json::Value = serde_json::from_str(&json()).unwrap();
        let mut ids = BTreeSet::new();
        for (path, item) in document["paths"].as_object().unwrap() {
            for operation in item.as_object().unwrap().values() {
                assert!(ids.insert(operation["operationId"].as_str().unwrap()), "{path}");
                for (status, response) in operation["responses"].as_object().unwrap() {
                    assert!(response["description"].is_string(), "{path} {status}");
                }
            }
        }
        let user = &document["components"]["schemas"]["UserPublic"];
        let properties: BTreeSet<&str> =
            user["properties"].as_object().unwrap().keys().map(String::as_str).collect();
        let required: BTreeSet<&str> =
            user["required"].as_array().unwrap().iter().filter_map(|name| name.as_str()).collect();
        assert_eq!(properties, required);
    }

    #[test]
    fn describes_every_route_that_programs_call_and_no_other() {
        let document: serde_json::Value = serde_json::from_str(&json()).unwrap();
        let mut described = BTreeSet::new();
        for (path, item) in document["paths"].as_object().unwrap() {
            for method in item.as_object().unwrap().keys() {
                described.insert(format!("{} {path}", method.to_uppercase()));
            }
        }
        let routes = table().into_iter().filter(|route| route.is_api);
        let routes: BTreeSet<String> =
            routes.map(|route| format!("{} {}", route.method, route.path)).collect();
        assert_eq!(described, routes);
        assert_eq!(document["openapi"], "3.1.0");
    }
}
