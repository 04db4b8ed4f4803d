//! A server that is killed again and again while another program writes into its hot folder.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use fotota::imaging::{RgbImage, encode_jpeg};
use rusqlite::Connection;
use sha2::{Digest, Sha256};

use crate::common::TestEnv;
use crate::common::server::Server;
use crate::watch::{hot_card, pause, wait_until};

const PHOTOS: usize = 40;
const KILLS: usize = 5;

/// Another photo for each number.
fn jpeg(number: usize) -> Vec<u8> {
    let mut bytes = encode_jpeg(RgbImage::new(640, 480), 90).unwrap();
    bytes.extend(number.to_le_bytes());
    bytes
}

/// Half of the files in pieces, the others at once under a temporary name.
fn write_all(card: &Path) {
    for number in 0..PHOTOS {
        let (bytes, name) = (jpeg(number), format!("{number}.jpg"));
        if number % 2 == 0 {
            let mut file = File::create(card.join(name)).unwrap();
            for piece in bytes.chunks(bytes.len() / 3 + 1) {
                file.write_all(piece).unwrap();
                pause();
            }
        } else {
            let temporary = card.join(format!("{number}.tmp"));
            File::create(&temporary).unwrap().write_all(&bytes).unwrap();
            std::fs::rename(temporary, card.join(name)).unwrap();
        }
    }
}

fn count_files(folder: &Path) -> usize {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.map(|path| if path.is_dir() { count_files(&path) } else { 1 }).sum()
}

#[test]
fn kills_at_any_moment_lose_and_double_nothing() {
    let mut env = TestEnv::new().with_event();
    let (config, card, is_written) = (hot_card(&env), env.card(), AtomicBool::new(false));
    let env = std::thread::scope(|scope| {
        scope.spawn(|| {
            write_all(&card);
            is_written.store(true, Ordering::Release);
        });
        for kill in 0..KILLS {
            let server = Server::on(env, &config);
            // Some rounds later, each time another part of one.
            (0..7 + 3 * kill).for_each(|_| pause());
            env = server.kill();
        }
        while !is_written.load(Ordering::Acquire) {
            pause();
        }
        env
    });
    let server = Server::on(env, &config);
    let env = &server.env;
    wait_until(env, "select count(*) from photo where state = 'indexed'", i64::try_from(PHOTOS).unwrap());
    wait_until(env, "select count(*) from source_file", i64::try_from(PHOTOS).unwrap());
    let connection = Connection::open(env.data().join("fotota.db")).unwrap();
    let mut statement = connection.prepare("select digest from photo").unwrap();
    let found: Vec<Vec<u8>> =
        statement.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap();
    let expected: BTreeSet<_> = (0..PHOTOS).map(|number| Sha256::digest(jpeg(number)).to_vec()).collect();
    assert_eq!((found.len(), found.into_iter().collect::<BTreeSet<_>>()), (PHOTOS, expected));
    assert_eq!(count_files(&env.data().join("originals")), PHOTOS);
    assert_eq!(count_files(&env.data().join("incoming")), 0);
}
