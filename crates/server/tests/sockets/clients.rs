//! Real clients, which `make serve-test` installs into the folder that $KOKORO_TEST_CLIENTS names.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::narrow;

/// Runs a client, which must end well.
fn run(program: &Path, arguments: &[&str]) {
    let output =
        Command::new(program).args(arguments).output().unwrap_or_else(|e| panic!("{}: {e}", program.display()));
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {error}");
    print!("{}", String::from_utf8_lossy(&output.stdout));
}

#[test]
fn clients_that_people_use_are_served() {
    let Some(folder) = std::env::var_os("KOKORO_TEST_CLIENTS").map(PathBuf::from) else {
        println!("skipped: `make serve-test` installs the clients and sets KOKORO_TEST_CLIENTS");
        return;
    };
    let scripts = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/clients");
    let (server, _) = narrow::server_with_key("secret");
    let url = format!("http://{}", server.address);
    let python = folder.join("venv/bin/python");
    run(&python, &[&format!("{scripts}/openai_client.py"), &url, "secret"]);
    run(Path::new("node"), &[folder.join("openai.mjs").to_str().unwrap(), &url, "secret"]);
    let wyoming = server.wyoming.unwrap();
    let (host, port) = (wyoming.ip().to_string(), wyoming.port().to_string());
    run(&python, &[&format!("{scripts}/wyoming_client.py"), &host, &port]);
}

/// The lines of README and the manual that begin with `curl`, joined where they end with a backslash.
fn curl_lines() -> Vec<String> {
    let pages = concat!(include_str!("../../../../README.md"), include_str!("../../../../docs/server.md"));
    pages.replace("\\\n", "").lines().filter(|line| line.starts_with("curl ")).map(str::to_owned).collect()
}

#[test]
fn the_lines_of_the_pages_work_as_printed() {
    if Command::new("curl").arg("--version").output().is_err() {
        println!("skipped: curl is not installed");
        return;
    }
    let (server, _) = narrow::server();
    let folder = tempfile::tempdir().unwrap();
    // An error is a failure of curl too.
    std::fs::write(folder.path().join(".curlrc"), "fail\nsilent\nshow-error\n").unwrap();
    let lines = curl_lines();
    assert_eq!(lines.len(), 12);
    for line in &lines {
        let here = line.replace("localhost:8880", &server.address.to_string());
        let mut shell = Command::new("sh");
        shell.args(["-c", &here]).current_dir(folder.path()).env("CURL_HOME", folder.path());
        let output = shell.output().unwrap();
        assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
        match line.rsplit_once(" -o ").map(|(_, file)| file.split(' ').next().unwrap()) {
            Some(file) => assert!(std::fs::metadata(folder.path().join(file)).unwrap().len() > 1_000, "{line}"),
            None => assert!(!output.stdout.is_empty(), "{line}"),
        }
    }
}
