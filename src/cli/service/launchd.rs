//! macOS: a launch agent, which runs while its user is signed in.

use super::Call;
use super::plan::{Plan, Step, step};
use super::windows::escaped;

const AGENT: &str = include_str!("launchd.plist");

pub(super) fn plan(call: &Call) -> Plan {
    let file = call.home.join("Library/LaunchAgents/fotota.plist");
    let words = [call.program()].into_iter().chain(call.arguments(&call.home.join("fotota-data")));
    let words: Vec<String> =
        words.map(|word| format!("        <string>{}</string>", escaped(&word))).collect();
    let log = call.home.join("Library/Logs/fotota.log").to_string_lossy().into_owned();
    let named = |line: &str| -> Step {
        step(line).into_iter().chain([file.to_string_lossy().into_owned()]).collect()
    };
    Plan {
        text: AGENT.replace("{arguments}", &words.join("\n")).replace("{log}", &escaped(&log)),
        utf16: false,
        prepare: Vec::new(),
        start: vec![named("launchctl load -w")],
        stop: vec![named("launchctl unload -w")],
        forget: Vec::new(),
        hint: format!("`launchctl list fotota` shows how it is; its log is `{log}`"),
        file,
    }
}
