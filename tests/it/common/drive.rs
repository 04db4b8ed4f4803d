//! A fake Drive server with photos of the sample event, and helpers to search it.

use std::sync::Arc;
use std::time::Duration;

use fotota::imaging::{self, DecodeLimits, RgbImage};
use serde_json::{Value, json};

use super::client::{Client, read};
pub(crate) use super::drive_server::{KEY, Server as Drive, Trouble};
use super::server::Server;

/// Id and name of the searched folder.
pub const ROOT: &str = "root-folder-0123456789";
pub const NAME: &str = "Pesta Rahasia";

pub const EILEEN: &str = "selfies/Eileen_Collins_1.jpg";
pub const GRACE: &str = "selfies/Grace_Hopper_1.jpg";

/// A Drive with an empty folder.
pub(crate) fn drive() -> Drive {
    let drive = Drive::start();
    drive.add_folder(ROOT, NAME, None);
    drive
}

/// The configuration of a server that uses it.
pub(crate) fn config(drive: &Drive) -> String {
    config_with(&drive.url("/drive/v3"), KEY, &drive.url(""))
}

pub fn config_with(base_url: &str, key: &str, picture_host: &str) -> String {
    format!(
        "[accounts]\nregistration = \"open\"\n[drive]\napi_key = \"{key}\"\nbase_url = \"{base_url}\"\n\
         picture_hosts = [\"{picture_host}\"]\nmax_file_mb = 1\n"
    )
}

/// A photo of the sample event, reduced for speed. 101 and 105 are of Eileen Collins, 102 is of Grace
/// Hopper, 103 and 107 are of both.
pub fn photo(number: u32) -> Arc<Vec<u8>> {
    let bytes = read(&format!("photos/DSC_0{number}.jpg"));
    let pixels = imaging::decode(std::io::Cursor::new(&bytes), DecodeLimits { max_pixels: 50_000_000 })
        .unwrap()
        .pixels;
    let width = 800;
    let reduced = imaging::resize(&pixels, width, pixels.height() * width / pixels.width());
    Arc::new(imaging::encode_jpeg(reduced, 90).unwrap())
}

/// A picture without faces, which is fast to process.
pub fn nobody() -> Arc<Vec<u8>> {
    Arc::new(imaging::encode_jpeg(RgbImage::new(64, 48), 80).unwrap())
}

/// Two pictures of Eileen Collins, one of Grace Hopper, one without faces.
pub(crate) fn add_few(drive: &Drive, folder: &str) {
    for (id, bytes) in
        [("eileen-1", photo(101)), ("eileen-5", photo(105)), ("grace-02", photo(102)), ("nobody-1", nobody())]
    {
        drive.add_picture(Some(folder), &format!("{folder}-{id}"), &bytes, json!({}));
    }
}

pub fn link(folder: &str) -> Value {
    json!({ "drive_url": format!("https://drive.google.com/drive/folders/{folder}?usp=sharing") })
}

/// A user with a selfie.
pub fn guest(server: &Server, login: &str, selfie: &str) -> Client {
    let mut client = server.user(login);
    client.store_selfie(selfie);
    client
}

/// Starts a search of a folder. Returns its path.
pub fn begin(client: &mut Client, folder: &str) -> String {
    format!("/drive-searches/{}", client.post("/drive-searches", &link(folder)).expect(202)["search_id"])
}

/// Polls a search until it has ended.
pub fn wait_for_end(client: &mut Client, path: &str) -> Value {
    for _ in 0..600 {
        let search = client.get(path).expect(200);
        if search["status"] == "completed" || search["status"] == "failed" {
            return search;
        }
        std::thread::park_timeout(Duration::from_millis(100));
    }
    panic!("the search does not end");
}

/// The copies on disk.
pub fn copies(server: &Server) -> Vec<String> {
    let is_copy = |file: &String| file.starts_with("drive/") && !file.starts_with("drive/downloads/");
    server.files().into_iter().filter(is_copy).collect()
}
