//! Whether this computer's firewall lets guests' phones in.

use super::program::output;
use super::{Finding, State};

const WHAT: &str = "venue.firewall";

/// What a firewall does with connections to a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Open,
    Closed,
    /// Its rules are not simple enough to tell.
    Unclear,
}

pub(super) fn look(ports: &[u16]) -> Finding {
    let port = ports.first().copied().unwrap_or_default();
    let (verdict, closed) = match std::env::consts::OS {
        "linux" => of_linux(port),
        "macos" => {
            let program = "/usr/libexec/ApplicationFirewall/socketfilterfw";
            let text = output(program, &["--getglobalstate"]);
            (text.map_or(Verdict::Unclear, |text| of_macos(&text)), "venue.firewall.unclear_macos")
        }
        // Windows asks when a program listens for the first time, and has rules for each program and kind of network.
        "windows" => (Verdict::Unclear, "venue.firewall.unclear_windows"),
        _ => (Verdict::Unclear, "venue.firewall.unclear"),
    };
    let found = match verdict {
        Verdict::Open => Finding::new(WHAT, State::Ok, "venue.firewall.open"),
        Verdict::Closed => Finding::new(WHAT, State::Fail, closed),
        Verdict::Unclear => Finding::new(WHAT, State::Unknown, closed),
    };
    found.with("port", &port)
}

/// The firewall that rules here, and what to do if it does not let guests in.
fn of_linux(port: u16) -> (Verdict, &'static str) {
    if let Some(text) = output("ufw", &["status", "verbose"])
        && let Some(verdict) = of_ufw(&text, port)
    {
        return (verdict, "venue.firewall.closed_ufw");
    }
    if let Some(text) = output("firewall-cmd", &["--list-all"]) {
        return (of_firewalld(&text, port), "venue.firewall.closed_firewalld");
    }
    match output("nft", &["list", "ruleset"]).map(|text| of_nftables(&text, port)) {
        Some(Verdict::Open) => (Verdict::Open, ""),
        Some(Verdict::Closed) => (Verdict::Closed, "venue.firewall.closed_nftables"),
        Some(Verdict::Unclear) | None => (Verdict::Unclear, "venue.firewall.unclear"),
    }
}

/// Whether a list such as `8080/tcp`, `8000:9000/tcp`, `8000-9000/tcp` or `22,80/tcp` has the port.
fn has_port(rule: &str, port: u16) -> bool {
    let (ports, protocol) = rule.split_once('/').unwrap_or((rule, "tcp"));
    let fits = |range: &str| {
        let (first, last) = range.split_once([':', '-']).unwrap_or((range, range));
        let bounds = (first.parse::<u16>(), last.parse::<u16>());
        matches!(bounds, (Ok(first), Ok(last)) if (first..=last).contains(&port))
    };
    protocol == "tcp" && ports.split(',').any(fits)
}

/// `None` if it is not active: another firewall may be.
fn of_ufw(text: &str, port: u16) -> Option<Verdict> {
    text.lines().any(|line| line.trim() == "Status: active").then_some(())?;
    let (mut open, mut others) = (text.contains("Default: allow (incoming)"), false);
    for line in text.lines() {
        // The first rule that fits decides. One for a few clients alone says nothing about guests.
        let words: Vec<&str> = line.split_whitespace().collect();
        let Some(at) = words.iter().position(|word| ["ALLOW", "LIMIT", "DENY", "REJECT"].contains(word))
        else {
            continue;
        };
        let fits = words.first().is_some_and(|target| *target == "Anywhere" || has_port(target, port));
        let is_out = words.get(at + 1) == Some(&"OUT");
        let from_all = words.last() == Some(&"Anywhere") && !words.contains(&"on");
        match (fits && !is_out, from_all) {
            (true, true) => {
                open = matches!(words[at], "ALLOW" | "LIMIT");
                others = false;
                break;
            }
            (true, false) => others = true,
            (false, _) => {}
        }
    }
    Some(match (open, others) {
        (_, true) => Verdict::Unclear,
        (true, false) => Verdict::Open,
        (false, false) => Verdict::Closed,
    })
}

/// The default zone, which most networks are in.
fn of_firewalld(text: &str, port: u16) -> Verdict {
    let list = |name: &str| {
        let line = text.lines().find_map(|line| line.trim().strip_prefix(name));
        line.unwrap_or_default().split_whitespace().map(str::to_owned).collect::<Vec<_>>()
    };
    let service = match port {
        80 => "http",
        443 => "https",
        8080 => "http-alt",
        _ => "",
    };
    let open = list("target:").iter().any(|target| target == "ACCEPT")
        || list("ports:").iter().any(|ports| has_port(ports, port))
        || list("services:").iter().any(|name| name == service);
    match (open, list("rich rules:").is_empty() && !text.contains("rule ")) {
        (true, _) => Verdict::Open,
        (false, true) => Verdict::Closed,
        (false, false) => Verdict::Unclear,
    }
}

/// Only plain rules are understood: no chain for incoming connections that refuses anything, or one that refuses all
/// but what it lists.
fn of_nftables(text: &str, port: u16) -> Verdict {
    let (mut is_input, mut refuses_rest, mut has_others, mut accepts) = (false, false, false, false);
    for line in text.lines().map(str::trim) {
        if line.starts_with("chain ") {
            is_input = false;
        }
        if line.contains("hook input") {
            is_input = true;
            refuses_rest |= line.contains("policy drop");
        } else if is_input && line.starts_with("tcp dport ") && line.ends_with("accept") {
            let ports = line.trim_start_matches("tcp dport ").trim_end_matches("accept");
            accepts |= ports.split([' ', ',', '{', '}']).any(|part| has_port(part, port));
        } else if is_input && ["drop", "reject", "jump", "goto"].iter().any(|word| line.contains(word)) {
            has_others |= line != "ct state invalid drop";
        }
    }
    match (refuses_rest, accepts, has_others) {
        (_, true, false) | (false, _, false) => Verdict::Open,
        (true, false, false) => Verdict::Closed,
        (_, _, true) => Verdict::Unclear,
    }
}

fn of_macos(text: &str) -> Verdict {
    if text.contains("State = 0") { Verdict::Open } else { Verdict::Unclear }
}

#[cfg(test)]
mod tests {
    use super::*;

    const UFW: &str = "Status: active\nLogging: on (low)\nDefault: deny (incoming), allow (outgoing), disabled \
                       (routed)\nNew profiles: skip\n\nTo                         Action      From\n\
                       --                         ------      ----\n";

    #[test]
    fn ufw_lists_rules() {
        let with = |rules: &str| of_ufw(&format!("{UFW}{rules}"), 8080);
        assert_eq!(of_ufw("Status: inactive\n", 8080), None);
        for (rules, expected) in [
            ("", Verdict::Closed),
            ("22/tcp                     ALLOW IN    Anywhere\n", Verdict::Closed),
            ("8080                       ALLOW IN    Anywhere\n", Verdict::Open),
            ("8000:9000/tcp              ALLOW IN    Anywhere\n", Verdict::Open),
            ("8080/udp                   ALLOW IN    Anywhere\n", Verdict::Closed),
            ("8080/tcp                   DENY IN     Anywhere\n8080 ALLOW IN Anywhere\n", Verdict::Closed),
            ("8080/tcp                   ALLOW IN    192.168.1.5\n", Verdict::Unclear),
            ("8080/tcp on wlan0          ALLOW IN    Anywhere\n", Verdict::Unclear),
            ("8080/tcp                   ALLOW OUT   Anywhere\n", Verdict::Closed),
        ] {
            assert_eq!(with(rules), Some(expected), "{rules}");
        }
    }

    #[test]
    fn firewalld_shows_its_zone() {
        let zone = |services: &str, ports: &str, target: &str| {
            let text = format!(
                "public (active)\n  target: {target}\n  interfaces: wlp2s0\n  services: {services}\n  ports: \
                 {ports}\n  rich rules: \n"
            );
            of_firewalld(&text, 8080)
        };
        assert_eq!(zone("dhcpv6-client ssh", "", "default"), Verdict::Closed);
        assert_eq!(zone("ssh", "1025-65535/udp 1025-65535/tcp", "default"), Verdict::Open);
        assert_eq!(zone("ssh", "", "ACCEPT"), Verdict::Open);
        let rich = "  services: ssh\n  rich rules: \n\trule family=\"ipv4\" port port=\"8080\" accept\n";
        assert_eq!(of_firewalld(rich, 8080), Verdict::Unclear);
    }

    #[test]
    fn nftables_has_chains() {
        let table = |policy: &str, rules: &str| {
            let text = format!(
                "table inet filter {{\n\tchain input {{\n\t\ttype filter hook input priority filter; policy \
                 {policy};\n{rules}\t}}\n\n\tchain forward {{\n\t\ttype filter hook forward priority filter; \
                 policy drop;\n\t}}\n}}\n"
            );
            of_nftables(&text, 8080)
        };
        assert_eq!(of_nftables("", 8080), Verdict::Open);
        assert_eq!(table("accept", ""), Verdict::Open);
        assert_eq!(table("drop", "\t\tct state invalid drop\n\t\ttcp dport 22 accept\n"), Verdict::Closed);
        assert_eq!(table("drop", "\t\ttcp dport { 22, 8080 } accept\n"), Verdict::Open);
        assert_eq!(table("drop", "\t\ttcp dport { 22, 8000-9000 } accept\n"), Verdict::Open);
        assert_eq!(table("drop", "\t\tjump more\n"), Verdict::Unclear);
        assert_eq!(table("accept", "\t\tip saddr 10.0.0.0/8 drop\n"), Verdict::Unclear);
    }

    #[test]
    fn macos_has_a_state() {
        assert_eq!(of_macos("Firewall is disabled. (State = 0)\n"), Verdict::Open);
        assert_eq!(of_macos("Firewall is enabled. (State = 1)\n"), Verdict::Unclear);
    }
}
