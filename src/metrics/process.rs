//! Memory, open files and processor time of this process, by the names that Prometheus gives them, where the system
//! says (Linux).

use prometheus_client::encoding::prometheus_text::encode;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Registry;

/// What is known of this process; empty on other systems.
#[must_use]
pub fn process() -> String {
    let mut registry = Registry::with_prefix("process");
    let mut gauge = |name: &str, help: &str, value: Option<u64>| {
        if let Some(value) = value {
            registry.register(name, help, ConstGauge::new(value));
        }
    };
    let status = read("/proc/self/status");
    gauge("resident_memory_bytes", "Memory of the process", memory(&status, "VmRSS:"));
    gauge("virtual_memory_bytes", "Address space of the process", memory(&status, "VmSize:"));
    gauge("open_fds", "Open files and connections", open_files());
    gauge("max_fds", "As many files and connections may be open", most_files(&read("/proc/self/limits")));
    gauge("threads", "Threads of the process", value(&status, "Threads:"));
    if let Some(seconds) = cpu_seconds(&read("/proc/self/stat")) {
        registry.register("cpu_seconds", "Processor time of the process", ConstCounter::new(seconds));
    }
    let mut text = String::new();
    // Writing into memory cannot fail.
    encode(&mut text, &registry).ok();
    text
}

fn read(path: &str) -> String {
    std::fs::read_to_string(path).unwrap_or_default()
}

/// The number behind a name at the start of a line.
fn value(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}

/// Written in kibibytes.
fn memory(status: &str, name: &str) -> Option<u64> {
    Some(value(status, name)? * 1024)
}

fn open_files() -> Option<u64> {
    let files = std::fs::read_dir("/proc/self/fd").ok()?.count();
    // One of them is this folder.
    u64::try_from(files).ok()?.checked_sub(1)
}

fn most_files(limits: &str) -> Option<u64> {
    value(limits, "Max open files")
}

/// In user mode and in the system, from the fields behind the program's name, which may have spaces.
fn cpu_seconds(stat: &str) -> Option<f64> {
    let (_, fields) = stat.rsplit_once(')')?;
    let mut times = fields.split_whitespace().skip(11).map(str::parse::<u64>);
    let ticks = times.next()?.ok()? + times.next()?.ok()?;
    // Of these the kernel tells every program a hundred a second, whatever it counts in itself.
    Some(ticks as f64 / 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_kernel_writes_is_understood() {
        let status = "Name:\tfotota\nVmSize:\t 1000 kB\nVmRSS:\t  512 kB\nThreads:\t7\n";
        assert_eq!((memory(status, "VmRSS:"), value(status, "Threads:")), (Some(524_288), Some(7)));
        let limits = "Limit      Soft Limit  Hard Limit  Units\nMax open files   1024   4096   files\n";
        assert_eq!(most_files(limits), Some(1024));
        let stat = "17 (a ) b) S 1 17 17 0 -1 4194304 100 0 0 0 250 50 0 0 20 0 7 0 5 6 7";
        assert_eq!(cpu_seconds(stat), Some(3.0));
        assert_eq!((cpu_seconds(""), memory("", "VmRSS:")), (None, None));
    }
}
