//! systemd: a unit of the computer, which takes from FotoTa all rights that it does not need, or one of a user.

use std::path::{Path, PathBuf};

use anyhow::bail;

use super::Call;
use super::plan::{Plan, step};

const SYSTEM: &str = include_str!("system.service");
const USER: &str = include_str!("user.service");
/// The data folder of the computer's service.
const DATA: &str = "/var/lib/fotota";
/// Ports below this one need a right on Linux.
const FIRST_FREE_PORT: u16 = 1024;

pub(super) fn of_computer(call: &Call) -> Plan {
    let mut prepare = vec![
        ["systemd-sysusers", "--inline", "u fotota - \"FotoTa\" /var/lib/fotota"].map(str::to_owned).to_vec(),
    ];
    let mut folders = "StateDirectory=fotota\nStateDirectoryMode=0700".to_owned();
    if let Some(data) = call.data.as_deref().filter(|data| *data != Path::new(DATA)) {
        folders = format!("ReadWritePaths={}", quoted(&data.to_string_lossy()));
        let data = data.to_string_lossy().into_owned();
        prepare.push(step("install -d -m 700 -o fotota -g fotota --").into_iter().chain([data]).collect());
    }
    if let Some(backup) = &call.config.backup.folder {
        // Its disk may not be connected.
        folders = format!("{folders}\nReadWritePaths=-{}", quoted(&backup.to_string_lossy()));
    }
    let text = SYSTEM
        .replace("{command}", &command(call, Path::new(DATA)))
        .replace("{folders}", &folders)
        .replace("{ports}", ports(call));
    Plan {
        file: "/etc/systemd/system/fotota.service".into(),
        text,
        utf16: false,
        prepare,
        start: vec![step("systemctl daemon-reload"), step("systemctl enable --now fotota")],
        stop: vec![step("systemctl disable --now fotota")],
        forget: vec![step("systemctl daemon-reload")],
        hint: "`systemctl status fotota` shows how it is, `journalctl -u fotota` its log and the link that creates the \
               first admin; other commands: `sudo -u fotota fotota --data FOLDER COMMAND`"
            .to_owned(),
    }
}

pub(super) fn of_user(call: &Call) -> Plan {
    let text = USER.replace("{command}", &command(call, &call.home.join("fotota-data")));
    Plan {
        file: call.home.join(".config/systemd/user/fotota.service"),
        text,
        utf16: false,
        prepare: Vec::new(),
        start: vec![step("systemctl --user daemon-reload"), step("systemctl --user enable --now fotota")],
        stop: vec![step("systemctl --user disable --now fotota")],
        forget: vec![step("systemctl --user daemon-reload")],
        hint: "`systemctl --user status fotota` shows how it is, `journalctl --user -u fotota` its log; it runs while \
               you are signed in, and with `loginctl enable-linger` always"
            .to_owned(),
    }
}

/// The computer's unit sees no home folder.
pub(super) fn check(call: &Call) -> anyhow::Result<()> {
    let files: [Option<&PathBuf>; 3] = [Some(&call.program), call.data.as_ref(), call.config_file.as_ref()];
    for path in files.into_iter().flatten() {
        if ["/home", "/root", "/run/user"].iter().any(|home| path.starts_with(home)) {
            bail!(
                "`{}` is in a home folder, which the service cannot see\nhint: put the executable into \
                 /usr/local/bin, the configuration into /etc; or install the service as that user",
                path.display()
            );
        }
    }
    Ok(())
}

fn command(call: &Call, usual: &Path) -> String {
    // In commands, a dollar begins the name of a variable.
    let word = |word: &str| quoted(&word.replace('$', "$$"));
    let mut words = vec![word(&call.program())];
    words.extend(call.arguments(usual).iter().map(|argument| word(argument)));
    words.join(" ")
}

/// The right to ports below 1024, if the configuration has one of them; else none at all.
fn ports(call: &Call) -> &'static str {
    let config = &call.config;
    let mut ports = vec![config.server.bind.port()];
    ports.extend(config.https.bind.map(|address| address.port()));
    ports.extend(config.ftp.enabled.then_some(config.ftp.port));
    if ports.into_iter().any(|port| port < FIRST_FREE_PORT) {
        "# The configuration has a port below 1024.\nAmbientCapabilities=CAP_NET_BIND_SERVICE\n\
         CapabilityBoundingSet=CAP_NET_BIND_SERVICE"
    } else {
        "CapabilityBoundingSet=\nPrivateUsers=yes"
    }
}

/// A word of a unit; a per cent sign begins what systemd fills in.
fn quoted(word: &str) -> String {
    let word = word.replace('\\', "\\\\").replace('"', "\\\"").replace('%', "%%");
    if word.contains(|c: char| c.is_whitespace() || "\"'\\;".contains(c)) {
        format!("\"{word}\"")
    } else {
        word
    }
}
