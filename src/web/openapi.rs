//! The API's description (OpenAPI 3.1), from the handlers and the route table: what each operation accepts and returns,
//! who may call it, how it fails.

use utoipa::OpenApi;
use utoipa::openapi::path::Operation;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{ContentBuilder, PathItem, Ref, RefOr, ResponseBuilder};

use super::api::{
    accounts, activity, auth, bookmarks, drive_searches, entries, events, find_my_face, google, photos, root,
    second_factor, selfies,
};
use super::error::{ErrorBody, ErrorDetail, Issue};
use super::health::day;
use super::pictures::{face, media};
use super::route::Route;
use super::rule::Rule;
use super::studio::{
    address, audit, camera_photos, change_photos, clocks, erasures, own_photos, people, rehearsal, setup,
    sharing, sources, statistics, status, taken_by, venue, versions, watermarks,
};
use super::upload::form;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "FotoTa",
        description = "Find the photos a person is in. Everything here is also under `/api/v1`."
    ),
    paths(
        root::show,
        root::health,
        root::follow,
        google::sign_in,
        auth::sign_in,
        accounts::register,
        auth::refresh,
        auth::sign_out,
        auth::open_session,
        auth::show_session,
        setup::show,
        accounts::set_up,
        accounts::show,
        accounts::delete,
        second_factor::show,
        second_factor::begin,
        second_factor::confirm,
        second_factor::remove,
        second_factor::renew,
        selfies::store,
        selfies::delete,
        events::create,
        events::search,
        events::list_own,
        events::show,
        events::update,
        events::delete,
        entries::enter,
        photos::list,
        own_photos::list,
        taken_by::list,
        change_photos::change,
        versions::list,
        versions::choose,
        people::faces::list,
        people::faces::list_images,
        people::list::show,
        people::list::turn,
        people::list::list_images,
        sources::list,
        sources::edit::create,
        sources::edit::update,
        sources::edit::delete,
        sources::edit::show_access,
        people::edit::create,
        people::edit::rename,
        people::edit::delete,
        people::edit::correct,
        people::edit::merge,
        people::portrait::put,
        photos::delete,
        form::upload,
        find_my_face::find,
        watermarks::put,
        watermarks::show,
        watermarks::delete,
        clocks::list,
        clocks::set,
        clocks::match_moments,
        clocks::measure,
        clocks::draw_code,
        camera_photos::list,
        status::show_progress,
        statistics::show,
        statistics::export_consents,
        status::show_status,
        audit::list,
        day::show,
        address::show,
        address::choose,
        erasures::list,
        erasures::show_clock,
        erasures::confirm_clock,
        venue::look,
        venue::list_phones,
        rehearsal::show,
        rehearsal::start,
        rehearsal::stop,
        sharing::show,
        sharing::invite,
        sharing::draw_qr,
        activity::list_recent,
        bookmarks::create,
        bookmarks::list,
        bookmarks::delete,
        drive_searches::create,
        drive_searches::list,
        drive_searches::show,
        drive_searches::delete,
        media::photo,
        face::show,
        media::selfie,
        media::drive,
    ),
    components(schemas(ErrorBody, ErrorDetail, Issue))
)]
struct Api;

/// The document as JSON, with the rules of `table`.
pub(super) fn describe(table: &[Route]) -> String {
    let mut document = Api::openapi();
    let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").build();
    let components = document.components.get_or_insert_default();
    components.add_security_scheme("token", SecurityScheme::Http(bearer));
    for route in table.iter().filter(|route| route.is_api) {
        let item = document.paths.paths.get_mut(route.path);
        if let Some(operation) = item.and_then(|item| operation(item, route)) {
            complete(operation, route);
        }
    }
    // Strings and maps are always valid JSON.
    document.to_pretty_json().unwrap_or_default()
}

fn operation<'a>(item: &'a mut PathItem, route: &Route) -> Option<&'a mut Operation> {
    match route.method {
        "GET" => item.get.as_mut(),
        "POST" => item.post.as_mut(),
        "PUT" => item.put.as_mut(),
        _ => item.delete.as_mut(),
    }
}

/// Adds who may call an operation, and the one form of all errors.
fn complete(operation: &mut Operation, route: &Route) {
    let callers = match route.rule {
        Rule::Everyone => "every caller",
        Rule::SignedUrl => "every holder of the signed URL",
        Rule::Guest | Rule::SignedInGuest | Rule::SendingGuest => "a guest of the event",
        Rule::User => "a signed-in user",
        Rule::Admin => "an admin",
        Rule::StudioUser => "an admin; a user who owns an event",
        Rule::EventOwner => "the event's owner",
        Rule::EventVisitor => "a user inside the event, or the holder of its event token; its owner",
        Rule::VisitingUser => "a user inside the event; its owner",
        Rule::Contributor => "the holder of an upload link",
        Rule::Wall => "the holder of the wall's key; the event's owner",
        Rule::PhotoOwner => "the owner of the photo's event",
        Rule::DriveSearcher => "the user who started the search",
        Rule::Receiver => "another FotoTa, with the token of an address that takes an event",
        Rule::Metrics => "whom the configuration lets read metrics",
    };
    let text = operation.description.take().or_else(|| operation.summary.clone()).unwrap_or_default();
    operation.description = Some(format!("{text}\n\nAuthorization: {callers}."));
    if !matches!(route.rule, Rule::Everyone | Rule::SignedUrl | Rule::Guest) {
        operation.security = Some(vec![SecurityRequirement::new::<_, [&str; 0], &str>("token", [])]);
    }
    for (status, response) in &mut operation.responses.responses {
        // The standard requires a description.
        if let RefOr::T(response) = response
            && response.description.is_empty()
        {
            let description = match status.as_str() {
                "201" => "Created",
                "202" => "Accepted",
                "204" => "Done",
                _ => "OK",
            };
            description.clone_into(&mut response.description);
        }
    }
    operation.operation_id = Some(operation_id(route));
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name("ErrorBody"))).build();
    let error = ResponseBuilder::new()
        .description("Error; `code` says which")
        .content("application/json", content)
        .build();
    operation.responses.responses.insert("default".into(), RefOr::T(error));
}

/// The operation's name in generated clients: `get_events_by_event_id`.
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

    use crate::web::{openapi_json, table};

    #[test]
    fn describes_every_answer_and_lists_required_fields() {
        let document: serde_json::Value = serde_json::from_str(openapi_json()).unwrap();
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
    fn describes_every_route_of_the_api_and_no_other() {
        let document: serde_json::Value = serde_json::from_str(openapi_json()).unwrap();
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
