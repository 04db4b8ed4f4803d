//! People of an event through the API: the faces in a photo, the strip, names and corrections, portraits.

use serde_json::{Value, json};

use crate::common::client::{Client, assert_shape, read, sorted_names};
use crate::common::server::Server;

const GRACE: &str = "selfies/Grace_Hopper_1.jpg";

/// The people of an event, once all faces are grouped.
fn people(admin: &mut Client, event: i64) -> Vec<Value> {
    loop {
        let mut answer = admin.get(&format!("/events/{event}/people")).expect(200);
        assert_eq!(answer["on"], true);
        if answer["grouped"] == answer["faces"] {
            return serde_json::from_value(answer["people"].take()).unwrap();
        }
    }
}

/// The photos of a person, with the person's face in each.
fn photos_of(admin: &mut Client, event: i64, person: &Value) -> Vec<(String, i64)> {
    let images = admin.get(&format!("/events/{event}/people/{person}/images")).expect(200);
    let photo =
        |image: &Value| (image["file_name"].as_str().unwrap().into(), image["face"].as_i64().unwrap());
    let mut photos: Vec<(String, i64)> = images.as_array().unwrap().iter().map(photo).collect();
    photos.sort_unstable();
    photos
}

#[test]
fn people_are_grouped_only_while_the_owner_wants_it() {
    let server = Server::start();
    let (mut admin, event, _) = server.party();
    let path = format!("/events/{event}/people");
    let off = json!({ "on": false, "grouped": 0, "faces": 0, "people": [] });
    assert_eq!(admin.get(&path).expect(200), off);
    for refused in [
        admin.post(&path, &json!({ "name": "Ayu" })),
        admin.put(&format!("{path}/1"), &json!({ "name": "Ayu" })),
        admin.delete(&format!("{path}/1")),
        admin.post(&format!("{path}/1/faces"), &json!({ "faces": [1], "is_person": true })),
        admin.post(&format!("{path}/1/merge"), &json!({ "other": 2 })),
        admin.send("POST", &format!("{path}/1/portrait"), "image/jpeg", read(GRACE)),
    ] {
        refused.refused(409, "people.off");
    }
    admin.put(&path, &json!({ "on": true })).expect(204);
    let found = people(&mut admin, event);
    // Two people, each in two photos, once together.
    assert_shape(
        &found[0],
        &json!({ "face": "int", "face_url": "url", "photos": "int", "has_portrait": "bool",
                 "portrait_outdated": "bool" }),
    );
    assert_eq!(found.len(), 2);
    assert!(found.iter().all(|person| person["id"].is_null() && person["photos"] == 2));
    let faces = |admin: &mut Client| -> Vec<Value> {
        let images = admin.get(&format!("/events/{event}/faces/{}/images", found[0]["face"])).expect(200);
        images.as_array().unwrap().iter().map(|image| image["face"].clone()).collect()
    };
    let named = json!({ "name": " Grace ", "faces": faces(&mut admin) });
    let id = admin.post(&path, &named).expect(201)["id"].clone();
    let found = people(&mut admin, event);
    assert_eq!((&found[0]["id"], &found[0]["name"]), (&id, &json!("Grace")));
    assert!(found[0]["last_at"].is_string() && found[0]["photos"] == 2);
    assert_eq!(found.len(), 2, "the group of the named person is not listed twice");
    admin.put(&path, &json!({ "on": false })).expect(204);
    assert_eq!(admin.get(&path).expect(200), off);
    assert_eq!(server.count("select count(*) from person"), 0);
    assert_eq!(server.count("select count(*) from person_face"), 0);
}

#[test]
fn corrections_stay() {
    let server = Server::start();
    let (mut admin, event, _) = server.party();
    let path = format!("/events/{event}/people");
    admin.put(&path, &json!({ "on": true })).expect(204);
    let found = people(&mut admin, event);
    let first = admin.post(&path, &json!({ "faces": [found[0]["face"]] })).expect(201)["id"].clone();
    let before = photos_of(&mut admin, event, &first);
    assert_eq!(before.len(), 2);
    // "Not this person": the face goes.
    let key = found[0]["face"].as_i64().unwrap();
    let (mine, other): (Vec<_>, Vec<_>) = before.iter().cloned().partition(|(_, face)| *face == key);
    let wrong = other[0].1;
    let faces = format!("{path}/{first}/faces");
    admin.post(&faces, &json!({ "faces": [wrong], "is_person": false })).expect(204);
    assert_eq!(photos_of(&mut admin, event, &first), mine);
    // It is somebody else, and stays theirs alone.
    let split = json!({ "faces": [wrong], "instead_of": first, "name": "Twin" });
    let twin = admin.post(&path, &split).expect(201)["id"].clone();
    assert_eq!(photos_of(&mut admin, event, &first), mine);
    assert_eq!(photos_of(&mut admin, event, &twin), other);
    // The two are one after all.
    admin.post(&format!("{path}/{first}/merge"), &json!({ "other": twin })).expect(204);
    assert_eq!(photos_of(&mut admin, event, &first), before);
    admin.get(&format!("{path}/{twin}/images")).refused(404, "person.not_found");
    assert_eq!(people(&mut admin, event)[0]["name"], "Twin");
    admin.put(&format!("{path}/{first}"), &json!({ "name": "Grace" })).expect(204);
    assert_eq!(people(&mut admin, event)[0]["name"], "Grace");
    admin.put(&format!("{path}/{first}"), &json!({ "name": null })).expect(204);
    admin.delete(&format!("{path}/{first}")).expect(204);
    let after = people(&mut admin, event);
    assert!(after.len() == 2 && after.iter().all(|person| person["id"].is_null()), "{after:?}");
}

#[test]
fn someone_is_looked_for_by_a_portrait() {
    let server = Server::start();
    let mut admin = server.admin();
    let event = admin.create_event("Party");
    let path = format!("/events/{event}/people");
    admin.put(&path, &json!({ "on": true })).expect(204);
    let id = admin.post(&path, &json!({ "name": "Grace" })).expect(201)["id"].clone();
    let portrait = format!("{path}/{id}/portrait");
    admin.send("POST", &portrait, "image/jpeg", read("photos/DSC_0104.jpg")).refused(400, "selfie.no_face");
    admin.send("POST", &portrait, "image/jpeg", b"text".to_vec()).refused(400, "selfie.unreadable");
    admin.send("POST", &portrait, "image/jpeg", read(GRACE)).expect(204);
    let missing = people(&mut admin, event);
    assert_eq!((&missing[0]["photos"], &missing[0]["face"]), (&json!(0), &json!(null)));
    assert_eq!(missing[0]["has_portrait"], true);
    let files = server.files();
    admin.upload_samples(event, &["DSC_0101.jpg", "DSC_0102.jpg", "DSC_0103.jpg"]);
    let found = people(&mut admin, event);
    assert_eq!((&found[0]["name"], &found[0]["photos"]), (&json!("Grace"), &json!(2)));
    assert!(
        files.iter().all(|file| !file.contains("selfie")),
        "the portrait's picture is not kept: {files:?}"
    );
}

#[test]
fn people_of_another_event_and_nonsense_are_refused() {
    let server = Server::start();
    let (mut admin, event, _) = server.party();
    let other = admin.create_event("Another");
    for event in [event, other] {
        admin.put(&format!("/events/{event}/people"), &json!({ "on": true })).expect(204);
    }
    let face = people(&mut admin, event)[0]["face"].clone();
    let here = format!("/events/{event}/people");
    let there = format!("/events/{other}/people");
    let id = admin.post(&here, &json!({ "faces": [face] })).expect(201)["id"].clone();
    admin.post(&there, &json!({ "faces": [face] })).refused(404, "face.not_found");
    let stranger = admin.post(&there, &json!({ "name": "Ayu" })).expect(201)["id"].clone();
    admin.get(&format!("{there}/{id}/images")).refused(404, "person.not_found");
    admin.put(&format!("{there}/{id}"), &json!({ "name": "x" })).refused(404, "person.not_found");
    admin.delete(&format!("{there}/{id}")).refused(404, "person.not_found");
    admin.post(&format!("{here}/{id}/merge"), &json!({ "other": stranger })).refused(404, "person.not_found");
    admin.post(&format!("{here}/{id}/merge"), &json!({ "other": id })).invalid("body", "other");
    admin.post(&here, &json!({ "faces": [face], "instead_of": stranger })).refused(404, "person.not_found");
    let correct = format!("{there}/{stranger}/faces");
    admin.post(&correct, &json!({ "faces": [face], "is_person": true })).refused(404, "face.not_found");
    admin.post(&correct, &json!({ "faces": [], "is_person": true })).invalid("body", "faces");
    admin.post(&here, &json!({})).invalid("body", "name");
    admin.post(&here, &json!({ "name": " " })).invalid("body", "name");
    // Null takes the name away; a name that is left out does not.
    admin.put(&format!("{here}/{id}"), &json!({})).invalid("body", "");
    admin.get(&format!("{here}/x/images")).invalid("path", "person_id");
}

#[test]
fn a_faces_picture_needs_its_signed_url() {
    let server = Server::start();
    let (mut admin, event, _) = server.party();
    admin.put(&format!("/events/{event}/people"), &json!({ "on": true })).expect(204);
    let found = people(&mut admin, event);
    let url = found[0]["face_url"].as_str().unwrap();
    let path = &url[url.find("/media").unwrap()..];
    let picture = server.client().send("GET", path, "", Vec::new());
    assert_eq!(picture.status, 200);
    let size = image::load_from_memory(&picture.body).unwrap();
    assert_eq!((size.width(), size.height()), (160, 160));
    let (other, query) = (found[1]["face"].as_i64().unwrap(), path.split_once('?').unwrap().1);
    server.client().get(&format!("/media/faces/{other}?{query}")).refused(403, "link.invalid");
    // A new password revokes it.
    admin.put(&format!("/events/{event}"), &json!({ "password": "another password" })).expect(200);
    server.client().get(path).refused(403, "link.invalid");
}

#[test]
fn the_owner_browses_the_faces_of_a_photo() {
    let server = Server::start();
    let (mut admin, event, photos) = server.party();
    let mut user = server.user("rina");
    user.enter(event);
    let (both, empty) = (&photos[2]["id"], &photos[3]["id"]);
    let path = format!("/events/{event}/images/{both}/faces");
    // Hidden photos count too.
    let hide = json!({ "ids": [photos[0]["id"]], "action": "hide" });
    admin.post(&format!("/events/{event}/images/change"), &hide).expect(200);
    let faces = admin.get(&path).expect(200);
    assert_shape(
        &faces,
        &json!({ "faces": [{ "id": "int", "x": "number", "y": "number", "w": "number",
                                              "h": "number", "photos": "int" }] }),
    );
    let faces = faces["faces"].as_array().unwrap();
    assert_eq!(faces.len(), 2);
    let (mut found, mut hidden) = (Vec::new(), Vec::new());
    for face in faces {
        let part = |name: &str| face[name].as_f64().unwrap();
        assert!(part("x") >= 0.0 && part("w") > 0.01 && part("x") + part("w") <= 1.0001, "{face}");
        assert!(part("y") >= 0.0 && part("h") > 0.01 && part("y") + part("h") <= 1.0001, "{face}");
        assert_eq!(face["photos"], 2);
        let images = format!("/events/{event}/faces/{}/images", face["id"]);
        let images_found = admin.get(&images).expect(200);
        assert_eq!(&images_found[0]["id"], both, "its own photo comes first");
        assert_eq!(images_found[0]["face"], face["id"]);
        assert!(images_found.as_array().unwrap().iter().all(|image| image["certainty"] == "sure"));
        hidden.extend(images_found.as_array().unwrap().iter().filter(|i| i["hidden"] == true).cloned());
        found.push(sorted_names(&images_found).join(" "));
        user.get(&images).refused(403, "event.not_owner");
    }
    assert_eq!(sorted_names(&json!(hidden)), ["DSC_0101.jpg"]);
    found.sort_unstable();
    assert_eq!(found, ["DSC_0101.jpg DSC_0103.jpg", "DSC_0102.jpg DSC_0103.jpg"]);
    assert_eq!(
        admin.get(&format!("/events/{event}/images/{empty}/faces")).expect(200),
        json!({ "faces": [] })
    );
    user.get(&path).refused(403, "event.not_owner");
    let other = admin.create_event("Another");
    admin.get(&format!("/events/{other}/images/{both}/faces")).refused(404, "photo.not_found");
    let face = &faces[0]["id"];
    admin.get(&format!("/events/{other}/faces/{face}/images")).refused(404, "face.not_found");
    admin.get(&format!("/events/{event}/faces/1/images")).refused(404, "face.not_found");
    admin.get(&format!("/events/{event}/faces/x/images")).invalid("path", "face_id");
}
