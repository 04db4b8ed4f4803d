//! The real proxies with the configurations in `docs/OPERATING.md`, asked by curl: HTTPS, cookies, large selfies,
//! streams.

use std::fs::{self, File};
use std::io::Write;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::common::client::read;
use crate::common::node::say_skipped;
use crate::common::server::Server;
use crate::common::{FEW, TestEnv};

/// The block of this language in the documentation.
fn documented(language: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/OPERATING.md");
    let text = fs::read_to_string(path).unwrap();
    let (_, block) = text.split_once(&format!("```{language}\n")).unwrap();
    block.split_once("```").unwrap().0.to_owned()
}

fn write(path: &Path, text: &str) {
    File::create(path).unwrap().write_all(text.as_bytes()).unwrap();
}

fn is_installed(programs: &[&str]) -> bool {
    let missing = programs.iter().find(|program| {
        let version = if **program == "nginx" { "-v" } else { "version" };
        Command::new(program).arg(version).stdout(Stdio::null()).stderr(Stdio::null()).status().is_err()
    });
    if let Some(program) = missing {
        say_skipped(&format!("{program} is not installed"));
    }
    missing.is_none()
}

/// A proxy before a server of ours, as configured in the documentation.
struct Proxy {
    child: Child,
    port: u16,
    server: Server,
    share_code: String,
    folder: PathBuf,
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

impl Proxy {
    fn start(command: impl FnOnce(&Path, u16, &str) -> Command) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let env = TestEnv::new().with_photos(&FEW[..1]).with_event();
        let folder = env.root().join("proxy");
        fs::create_dir(&folder).unwrap();
        let config = format!("[server]\nbehind_proxy = true\npublic_url = \"https://localhost:{port}\"\n");
        let share_code = env.json(&["event", "list"])[0]["share_code"].as_str().unwrap().to_owned();
        let server = Server::on(env, &config);
        let mut command = command(&folder, port, server.base.strip_prefix("http://").unwrap());
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let proxy = Self { child, port, server, share_code, folder };
        // It takes a moment to start.
        let retries = ["--retry", "50", "--retry-connrefused", "--retry-delay", "1"];
        assert!(proxy.curl("/health", &retries).contains("healthy"));
        proxy
    }

    fn path(&self, action: &str) -> String {
        format!("/e/{}/{action}", self.share_code)
    }

    /// What curl prints. It keeps the cookies.
    fn curl(&self, path: &str, options: &[&str]) -> String {
        let cookies = self.folder.join("cookies");
        let mut command = Command::new("curl");
        command.args(["--silent", "--insecure", "--noproxy", "*"]);
        command.arg("--cookie-jar").arg(&cookies).arg("--cookie").arg(cookies);
        command.arg(format!("https://localhost:{}{path}", self.port)).args(options);
        String::from_utf8_lossy(&command.output().unwrap().stdout).into_owned()
    }

    fn check(&self) {
        let entry = self.curl(&self.path("session"), &["--include", "--json", "{}"]);
        assert!(entry.contains(" 204") && entry.to_lowercase().contains("; secure"), "{entry}");
        let consent = self.curl(&self.path("consent"), &["--include", "--request", "POST"]);
        assert!(consent.contains(" 204"), "{consent}");
        // Larger than nginx accepts by default; what follows the picture's end is ignored.
        let mut selfie = read("selfies/Eileen_Collins_1.jpg");
        selfie.resize(3 << 20, 0);
        self.server.env.put("selfie.jpg", &selfie);
        let file = format!("@{}", self.server.env.card().join("selfie.jpg").display());
        let found = self.curl(&self.path("search"), &["--data-binary", &file]);
        assert!(found.contains("\"selfies\":1"), "{found}");
        // The first news come at once, not when a buffer is full.
        let news = self.curl(&self.path("live"), &["--no-buffer", "--max-time", "3"]);
        assert!(news.contains("event: news"), "{news}");
        assert!(!self.server.log().contains("does not name its client"), "{}", self.server.log());
    }
}

#[test]
fn nginx_as_documented_passes_everything_on() {
    if !is_installed(&["nginx", "curl", "openssl"]) {
        return;
    }
    let proxy = Proxy::start(|folder, port, server| {
        let (key, certificate) = (folder.join("key"), folder.join("certificate"));
        let mut openssl = Command::new("openssl");
        openssl.args([
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-days",
            "1",
            "-subj",
            "/CN=localhost",
        ]);
        openssl.arg("-keyout").arg(&key).arg("-out").arg(&certificate);
        assert!(openssl.stderr(Stdio::null()).status().unwrap().success());
        let site = documented("nginx")
            .replace("443", &format!("127.0.0.1:{port}"))
            .replace("127.0.0.1:8080", server)
            .replace("/etc/ssl/photos.example.com.crt", &certificate.display().to_string())
            .replace("/etc/ssl/photos.example.com.key", &key.display().to_string());
        let folder = folder.display();
        let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map(|kind| format!("{kind}_temp_path {folder}/{kind};\n"))
            .concat();
        let config = format!(
            "daemon off;\npid {folder}/pid;\nerror_log {folder}/error;\nevents {{}}\n\
             http {{\naccess_log off;\n{temporary}{site}}}\n"
        );
        let path = format!("{folder}/nginx.conf");
        write(Path::new(&path), &config);
        let mut nginx = Command::new("nginx");
        nginx.args(["-e", "/dev/null", "-c", &path]);
        nginx
    });
    proxy.check();
}

#[test]
fn caddy_as_documented_passes_everything_on() {
    if !is_installed(&["caddy", "curl"]) {
        return;
    }
    let proxy = Proxy::start(|folder, port, server| {
        // A certificate of its own in place of a public one.
        let site = documented("caddyfile")
            .replace("photos.example.com {", &format!("https://localhost:{port} {{\n    tls internal"))
            .replace("127.0.0.1:8080", server);
        let options = "{\n    admin off\n    skip_install_trust\n    auto_https disable_redirects\n}\n";
        let path = folder.join("Caddyfile");
        write(&path, &format!("{options}{site}"));
        let mut caddy = Command::new("caddy");
        caddy.args(["run", "--adapter", "caddyfile", "--config"]).arg(path);
        caddy.env("XDG_DATA_HOME", folder).env("XDG_CONFIG_HOME", folder).env("HOME", folder);
        caddy
    });
    proxy.check();
}
