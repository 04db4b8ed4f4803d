//! Windows: a task of the task scheduler. A service would need a program that answers the manager of services; a task
//! runs any program, while its user is signed in. Ending it kills FotoTa, which loses nothing by that.

use super::Call;
use super::plan::{Plan, Step, step};

const TASK: &str = include_str!("task.xml");

pub(super) fn plan(call: &Call) -> Plan {
    let file = call.home.join("AppData\\Local\\FotoTa\\task.xml");
    let words: Vec<String> =
        call.arguments(&call.home.join("fotota-data")).iter().map(|word| quoted(word)).collect();
    let create: Step = step("schtasks /Create /F /TN FotoTa /XML")
        .into_iter()
        .chain([file.to_string_lossy().into_owned()])
        .collect();
    Plan {
        text: TASK
            .replace("{program}", &escaped(&call.program()))
            .replace("{arguments}", &escaped(&words.join(" "))),
        utf16: true,
        prepare: Vec::new(),
        start: vec![create, step("schtasks /Run /TN FotoTa")],
        stop: vec![step("schtasks /End /TN FotoTa"), step("schtasks /Delete /F /TN FotoTa")],
        forget: Vec::new(),
        hint: "the task `FotoTa` of the task scheduler starts it when you sign in".to_owned(),
        file,
    }
}

/// A path has no quotes on Windows.
fn quoted(word: &str) -> String {
    if word.contains(char::is_whitespace) { format!("\"{word}\"") } else { word.to_owned() }
}

/// Text in XML.
pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
