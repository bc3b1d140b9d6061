//! Secrets as people keep and use them: `wf secrets`, where values come from, and that none of them is ever seen again.
//!
//! The canaries are values that go through everything that a workflow can do with them; afterwards all that was stored,
//! printed and told is searched for them, in every form that is promised to be masked.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};

use super::cli::{Folder, Said};
use super::server::{Answer, Server};

/// Of the store, of the environment, of a folder.
const STORE: &str = "st0re-canary/7f+3a?>~é x";
const VARIABLE: &str = "variable=canary&\"quoted\"\\";
const FILE: &str = "-----BEGIN CANARY-----\nfile0canary1line2\nanother3line4of5it\n-----END CANARY-----";
const CANARIES: [(&str, &str); 3] = [("STORE", STORE), ("VARIABLE", VARIABLE), ("FILE", FILE)];

fn folder() -> Folder {
    let folder = Folder::new();
    folder.file("secrets/FILE", format!("{FILE}\n"));
    folder.wf_reading(&["secrets", "set", "STORE"], format!("{STORE}\n")).ended(0);
    folder
}

/// Runs a command with all canaries at hand.
fn wf(folder: &Folder, arguments: &[&str]) -> Said {
    let mut command = folder.command(arguments);
    command.env("WF_SECRET_VARIABLE", VARIABLE).env("WF_SECRETS_DIR", folder.path().join("secrets"));
    let output = command.output().expect("wf runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    Said { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
}

/// The canary as it might come back.
fn forms(canary: &str) -> Vec<String> {
    let percent = |upper: bool| {
        let byte = |byte: u8| match (byte, upper) {
            (b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~', _) => char::from(byte).to_string(),
            (_, true) => format!("%{byte:02X}"),
            (_, false) => format!("%{byte:02x}"),
        };
        canary.bytes().map(byte).collect::<String>()
    };
    let mut forms = vec![canary.to_string(), percent(true), percent(false), percent(true).replace("%20", "+")];
    forms.push(serde_json::to_string(canary).expect("JSON").trim_matches('"').to_string());
    forms.extend(canary.lines().map(str::to_string).filter(|line| line.len() >= 8));
    for before in 0..3 {
        let bytes = [&vec![b'x'; before][..], canary.as_bytes()].concat();
        for encoded in [STANDARD.encode(&bytes), URL_SAFE.encode(&bytes)] {
            // Without what the neighbours decide as well.
            forms.push(encoded[(before * 8).div_ceil(6)..bytes.len() * 8 / 6].to_string());
        }
    }
    forms
}

/// Looks for all canaries, also where line ends were put in.
#[track_caller]
fn no_canary(place: &str, bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let unwrapped = text.replace(['\n', '\r'], "").replace("\\n", "");
    for (name, canary) in CANARIES {
        for form in forms(canary) {
            let flat = form.replace('\n', "");
            assert!(!text.contains(&form) && !unwrapped.contains(&flat), "{name} is seen in {place} as {form:?}");
        }
    }
}

fn files(folder: &Path, found: &mut Vec<(String, Vec<u8>)>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        match path.is_dir() {
            true => files(&path, found),
            false if path.is_file() => found.push((path.display().to_string(), std::fs::read(&path).expect("read"))),
            false => {}
        }
    }
}

/// Everything that the store tells and holds.
fn search(folder: &Folder) {
    let mut all = Vec::new();
    for arguments in [
        &["runs", "--json"][..],
        &["runs"],
        &["show", "last", "--json"],
        &["show", "last"],
        &["history", "last", "--json"],
        &["history", "last"],
        &["secrets", "list", "--json"],
        &["secrets", "list"],
    ] {
        let said = folder.wf(arguments);
        all.push((arguments.join(" "), [said.out, said.err].concat().into_bytes()));
    }
    for run in folder.json(&["runs", "--json"])["runs"].as_array().expect("runs") {
        let id = run["id"].as_str().expect("an id");
        let said = folder.wf(&["history", id, "--json"]);
        all.push((format!("the history of {id}"), [said.out, said.err].concat().into_bytes()));
        let said = folder.wf(&["show", id, "--json"]);
        all.push((format!("the run {id}"), [said.out, said.err].concat().into_bytes()));
    }
    files(&folder.path().join(".wayfare"), &mut all);
    assert!(all.len() > 10 && all.iter().any(|(name, _)| name.contains("journal")), "the store was not searched");
    all.iter().for_each(|(place, bytes)| no_canary(place, bytes));
}

/// All that was said is searched, and shows that something was masked.
#[track_caller]
fn searched(said: Said, code: i32) -> Said {
    assert_eq!(said.code, Some(code), "{said:?}");
    no_canary("standard output", said.out.as_bytes());
    no_canary("standard error", said.err.as_bytes());
    assert!(said.out.contains("[secret ") || said.err.contains("[secret "), "nothing came back masked: {said:?}");
    said
}

const EVERYWHERE: &str = r##"
const WITHIN = #{ deep: [secret("STORE")] }

fn header(of) { `Bearer ${of}` }

workflow leaf {
  input { key: secret }
  step told = exec("sh", ["-c", "echo $K"], env: #{ K: input.key })
  log(told.stdout)
  output { told: string = told.stdout }
}

workflow everywhere {
  input { given: secret = secret("VARIABLE") }
  let store = WITHIN.deep[0]
  let all = #{
    STORE: store, VARIABLE: input.given, FILE: secret("FILE"),
    BASE: base64(store), URL: url_encode(store), SHA: sha256(store), MAC: hmac_sha256(store, "body"),
    HEADER: header(store), BASIC: base64("me:" + store), BOTH: `${store}${input.given}`,
  }
  step arrived = shell("printf %s \"$STORE$VARIABLE$FILE\" | wc -c", env: all)
  step env = exec("env", env: all)
  step twice = shell("env | base64; env | base64 -w 0; echo; printf 'a%s' \"$FILE\" | base64 -w 20", env: all)
  step arguments = exec("printf", ["%s;", store, input.given, secret("FILE"), all.HEADER, url_encode(input.given)])
  step stdin = exec("cat", stdin: `<${store}|${input.given}|${secret("FILE")}>`)
  step lines = shell("printf '%s\n' \"$FILE\" | sed 's/^/> /'; printf '%s' \"$STORE\" | fold -w 5", env: all)
  step slowly = shell("for part in 'st0re-canary/7f+' '3a?>~é x'; do printf %s \"$part\"; sleep 0.05; done")
  step flood = shell("i=0; while [ $i -lt 60000 ]; do echo \"$STORE\"; i=$((i+1)); done", env: all)
    else #{ code: 0, stdout: err.data.stdout, stderr: err.message }
  step json = shell("cat", env: all)
  step failing = shell("echo \"$STORE\"; echo \"$VARIABLE\" >&2; exit 3", env: all)
    retry 2 every 1ms
    else #{ code: err.attempt, stdout: err.data.stdout, stderr: err.message + err.data.stderr }
  step late = shell("echo \"$STORE\"; sleep 60", env: all)
    timeout 300ms
    else #{ code: 0, stdout: err.data.stdout, stderr: err.message }
  step nowhere = exec("true", env: all, dir: store) else #{ code: 0, stdout: "", stderr: err.message }
  step strange = exec(store) else #{ code: 0, stdout: "", stderr: err.message }
  step child = call leaf(key: store)
  let again = for i in 0..3 {
    step turn = exec("sh", ["-c", "echo turn $VARIABLE"], env: #{ VARIABLE: input.given })
    yield turn.stdout
  }
  try {
    step thrown = shell("echo \"$FILE\" >&2; exit 1", env: all)
  } catch err {
    log(`caught ${err.message} ${err.data}`)
  }
  log(env.stdout)
  output {
    arrived:   string = arrived.stdout
    env:       string = env.stdout + twice.stdout
    arguments: string = arguments.stdout + stdin.stdout + lines.stdout + slowly.stdout
    flood:     string = flood.stdout.sub_string(0, 200) + flood.stderr
    failing:   any = [failing, late, nowhere, strange, child, again]
  }
}

workflow fails {
  step thrown = exec("sh", ["-c", "echo out $STORE; echo \"why: $STORE $FILE\" >&2; exit 9"],
      env: #{ STORE: secret("STORE"), FILE: secret("FILE") })
    retry 1 every 1ms
}

workflow missing {
  step a = exec("true", env: #{ A: secret("STORE"), B: secret("NONE_OF_THEM") })
}
"##;

#[test]
fn no_canary_is_seen_anywhere() {
    let folder = folder();
    folder.file("a.wf", EVERYWHERE);
    let said = searched(wf(&folder, &["run", "a.wf:everywhere", "--json", "--events"]), 0);
    let output = &said.json()["output"];
    let bytes = STORE.len() + VARIABLE.len() + FILE.len();
    assert_eq!(output["arrived"].as_str().map(str::trim), Some(&*bytes.to_string()), "the values arrived");
    let env = output["env"].as_str().expect("text");
    for line in
        ["STORE=[secret STORE]", "VARIABLE=[secret VARIABLE]", "HEADER=Bearer [secret STORE]", "SHA=[secret STORE]"]
    {
        assert!(env.contains(line), "{line}: {env}");
    }
    search(&folder);
    searched(wf(&folder, &["run", "a.wf:fails"]), 1);
    search(&folder);
    searched(wf(&folder, &["run", "a.wf:fails", "--json"]), 1);
    let said = wf(&folder, &["run", "a.wf:missing"]).ended(1).tells(&["there is no secret `NONE_OF_THEM`"]);
    no_canary("standard error", said.err.as_bytes());
    search(&folder);
}

#[test]
fn the_store_comes_first_then_the_variable_then_the_folder() {
    let folder = Folder::with(
        "workflow w { step a = exec(\"sh\", [\"-c\", \"printf %s \\\"$X\\\" | tr a-z b-za\"], env: #{ X: secret(\"X\") })\n output { x: string = a.stdout } }\n",
    );
    let run = |variable: Option<&str>| {
        let mut command = folder.command(&["run", "a.wf", "--quiet"]);
        command.env("WF_SECRETS_DIR", folder.path().join("secrets"));
        variable.map(|value| command.env("WF_SECRET_X", value));
        let output = command.output().expect("wf runs");
        [String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr)].concat()
    };
    folder.file("secrets/X", "folder\r\n");
    assert!(run(None).contains("\"gpmefs\""), "{}", run(None));
    assert!(run(Some("variable")).contains("\"wbsjbcmf\""));
    assert!(run(Some("")).contains("the secret `X` of the variable `WF_SECRET_X` is empty"));
    assert!(run(Some("abc")).contains("the limit `shortest secret` of 4"));
    assert!(run(Some(&"x".repeat(1 << 16 | 1))).contains("the limit `secret size` of 65536"));
    folder.wf_reading(&["secrets", "set", "X"], "store").ended(0);
    assert!(run(Some("variable")).contains("\"tupsf\""));
    folder.wf(&["secrets", "delete", "X"]).ended(0);
    folder.file("secrets/X", vec![b'x'; 1 << 20]);
    assert!(run(None).contains("secrets/X` has more bytes than the limit `secret size` of 65536"));
    folder.file("secrets/X", b"\xff\xfe\xfd\xfc");
    assert!(run(None).contains("is no UTF-8 text"));
    std::fs::remove_file(folder.path().join("secrets/X")).expect("removed");
    folder.file("secrets/X/inner", "");
    assert!(run(None).contains("can't be read: it is no file"));
}

#[test]
fn secrets_are_set_listed_and_deleted() {
    let folder = Folder::new();
    folder.wf(&["secrets", "list"]).ended(0).tells(&["there are no secrets in the store"]);
    assert!(!folder.path().join(".wayfare").exists(), "nothing is made by looking");
    folder.wf(&["secrets", "delete", "A"]).ended(2).tells(&["there is no secret `A` in the store"]);
    folder.wf_reading(&["secrets", "set", "A"], "first value").ended(0).tells(&["the secret `A` is set"]);
    let said = folder.wf_reading(&["secrets", "set", "A", "--json"], "second value").ended(0);
    assert_eq!(said.json(), serde_json::json!({ "name": "A", "replaced": true }));
    let listed = folder.json(&["secrets", "list", "--json"]);
    assert_eq!(listed["secrets"][0]["name"], "A");
    assert!(listed["secrets"][0]["set_at"].as_str().is_some_and(|at| at.ends_with('Z')), "{listed}");
    folder.wf(&["secrets", "list"]).ended(0).prints(&["A  20"]);
    let key = folder.path().join(".wayfare.key");
    assert_eq!(
        std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&key).expect("a key").permissions()) & 0o777,
        0o600
    );
    assert_eq!(folder.json(&["secrets", "delete", "A", "--json"])["name"], "A");
    assert_eq!(folder.json(&["secrets", "list", "--json"])["secrets"].as_array().map(Vec::len), Some(0));
}

#[test]
fn what_can_not_be_a_secret_is_refused() {
    let folder = Folder::new();
    for (name, value, said) in [
        ("A", "", "the value of `A` is empty"),
        ("A", "\n", "the value of `A` is empty"),
        ("A", "abc", "the limit `shortest secret` of 4"),
        ("A", &"x".repeat(1 << 20), "the limit `secret size` of 65536"),
        ("../a", "some value", "`../a` can't be the name of a secret"),
        ("", "some value", "a secret has a name"),
        (&"x".repeat(200), "some value", "the limit `secret name` of 128 bytes"),
    ] {
        let refused = folder.wf_reading(&["secrets", "set", name], value).ended(2).tells(&[said]);
        assert!(!refused.err.contains("some value"));
    }
    folder.wf_reading(&["secrets", "set", "A"], [0xff, 0xfe, 0xfd, 0xfc]).ended(2).tells(&["is no UTF-8 text"]);
    folder.wf(&["secrets", "set", "A", "value"]).ended(2).tells(&["unexpected argument"]);
    assert!(!folder.path().join(".wayfare").exists() && !folder.path().join(".wayfare.key").exists());
}

#[test]
fn a_store_whose_key_is_not_right_says_so() {
    let folder = Folder::with("workflow w { step a = exec(\"true\", env: #{ A: secret(\"A\") }) }\n");
    folder.wf_reading(&["secrets", "set", "A"], "some value").ended(0);
    folder.wf(&["run", "a.wf"]).ended(0);
    let key = folder.path().join(".wayfare.key");
    let mode =
        |mode| std::fs::set_permissions(&key, std::os::unix::fs::PermissionsExt::from_mode(mode)).expect("its mode");
    mode(0o644);
    folder.wf(&["run", "a.wf"]).ended(1).tells(&["error[secret]", "its mode is 644, and must be 600"]);
    folder.wf_reading(&["secrets", "set", "B"], "some value").ended(3).tells(&["must be 600", "chmod 600"]);
    folder.wf(&["secrets", "list"]).ended(0).prints(&["A  "]);
    mode(0o600);
    std::fs::rename(&key, folder.path().join("elsewhere")).expect("moved");
    folder.wf(&["run", "a.wf"]).ended(1).tells(&["there is no key file"]);
    let mut moved = folder.command(&["run", "a.wf"]);
    let output = moved.env("WF_KEY_FILE", folder.path().join("elsewhere")).output().expect("wf runs");
    assert!(output.status.success());
}

#[test]
fn a_passphrase_opens_what_it_has_locked() {
    let folder = Folder::with("workflow w { step a = exec(\"true\", env: #{ A: secret(\"A\") }) }\n");
    let with = |passphrase: Option<&str>, arguments: &[&str]| {
        let mut command = folder.command(arguments);
        passphrase.map(|text| command.env("WF_PASSPHRASE", text));
        // Without a terminal nobody is asked.
        let mut child = std::process::Command::new("setsid");
        child.arg("-w").arg(command.get_program()).args(command.get_args()).current_dir(folder.path());
        for (name, value) in command.get_envs() {
            if let Some(value) = value {
                child.env(name, value);
            }
        }
        child
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped());
        let mut child = child.spawn().expect("wf starts");
        let _ = std::io::Write::write_all(&mut child.stdin.take().expect("a pipe"), b"some value");
        let output = child.wait_with_output().expect("it ends");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Said { code: output.status.code(), out: text(&output.stdout), err: text(&output.stderr) }
    };
    with(Some("open sesame"), &["secrets", "set", "A"]).ended(0);
    assert!(!folder.path().join(".wayfare.key").exists());
    with(Some("open sesame"), &["run", "a.wf"]).ended(0);
    with(Some("open barley"), &["run", "a.wf"]).ended(1).tells(&["this is not the passphrase"]);
    with(None, &["run", "a.wf"]).ended(1).tells(&["locked by a passphrase: give it by `WF_PASSPHRASE`"]);
    with(Some("open barley"), &["secrets", "set", "B"]).ended(2).tells(&["this is not the passphrase"]);
    with(None, &["secrets", "set", "B"]).ended(2).tells(&["locked by a passphrase"]);
    with(None, &["secrets", "list"]).ended(0).prints(&["A  "]);
}

const WEB: &str = r##"
workflow web {
  input { base: string }
  let store = secret("STORE")
  let variable = secret("VARIABLE")
  step header = http.get(`${input.base}/echo`, auth: bearer(variable),
      headers: #{ "X-Base": base64(store), "X-Url": url_encode(store), "X-Plain": `v ${variable}` })
  step basic = http.get(`${input.base}/echo`, auth: basic("me", store))
  step path = http.get(`${input.base}/echo/${store}/${variable}?x=${variable}`, query: #{ a: store, b: variable })
  step json = http.post(`${input.base}/echo`, json: #{ deep: [store, #{ of: secret("FILE") }, variable] })
  step form = http.post(`${input.base}/echo`, form: #{ a: store, b: secret("FILE") })
  step text = http.put(`${input.base}/echo`, body: `x ${store} y ${secret("FILE")}`)
  step ill = http.post(`${input.base}/ill/${variable}`, body: `no: ${store}`)
    retry 1 every 1ms
    else #{ status: err.attempt, headers: #{ message: err.message }, body: err.data }
  step away = http.get(`http://127.0.0.1:1/${store}?x=${variable}`)
    else #{ status: 0, headers: #{}, body: err.message }
  step barred = http.get(`http://10.0.0.1/${store}`)
    else #{ status: 0, headers: #{}, body: err.message }
  step kept = file.read("given.txt") else #{ text: err.message }
  output { all: any = [header, basic, path, json, form, text, ill, away, barred, kept] }
}

workflow fails {
  input { base: string }
  step ill = http.post(`${input.base}/ill/x`, json: #{ why: secret("STORE") })
}
"##;

#[test]
fn no_canary_comes_back_from_a_service() {
    let (folder, server) = (folder(), Server::start());
    server.route("/ill/x", |asked| Answer::text(asked.text()).status(500));
    let variable = format!("/ill/{}", forms(VARIABLE)[1]);
    server.route(&variable, |asked| Answer::text(asked.text()).status(500).with("x-echo", asked.path.as_str()));
    folder.file("a.wf", WEB);
    let base = format!("base={}", server.url(""));
    let (host, closed) = (server.host(), "127.0.0.1:1");
    let run = |workflow: &str| {
        let target = format!("a.wf:{workflow}");
        wf(&folder, &["run", &target, "--json", "--events", "-i", &base, "--allow-net", &host, "--allow-net", closed])
    };
    let said = searched(run("web"), 0);
    let all = &said.json()["output"]["all"];
    assert_eq!(all[0]["body"]["headers"]["authorization"], "Bearer [secret VARIABLE]");
    assert_eq!(all[6]["status"], 2, "{all}");
    let asked = server.requests();
    let arrived = |part: &str| asked.iter().any(|asked| asked.text().contains(part));
    let bearer = format!("Bearer {VARIABLE}");
    assert!(asked.iter().any(|asked| asked.header("authorization") == Some(&bearer)), "the value arrived");
    assert!(
        arrived(STORE) && arrived(FILE) && asked.iter().any(|asked| asked.parameter("a").as_deref() == Some(STORE))
    );
    search(&folder);
    searched(run("fails"), 1);
    search(&folder);
}

#[test]
fn what_is_kept_by_kv_holds_no_secret() {
    let folder = Folder::with(
        "workflow w {\n  input { keys: list<secret> }\n  step a = kv.put(\"k\", \"plain\")\n  \
         step b = kv.put(\"k\", secret(\"STORE\"))\n}\n",
    );
    folder.wf(&["check", "a.wf"]).ended(2).tells(&["a secret would reach what `kv` keeps"]);
}

#[test]
fn what_an_earlier_process_filled_in_is_masked_by_the_next() {
    let folder = folder();
    folder.file(
        "a.wf",
        r#"
fn name(of) { "STO" + of }

workflow w {
  signal go()
  step keep = shell("printf '%s\\n' \"$A\" > told; printf %s \"$B\" >> told",
      env: #{ A: secret(name("RE")), B: secret("VARIABLE") })
  step wait_for_it = wait signal(go)
  step told = exec("cat", ["told"])
  output { told: string = told.stdout }
}
"#,
    );
    wf(&folder, &["run", "a.wf", "--detach"]).ended(0);
    folder.wf(&["signal", "last", "go"]).ended(0);
    searched(wf(&folder, &["resume", "last", "--json"]), 0);
    searched(wf(&folder, &["rerun", "last", "--from", "told", "--json"]), 0);
    let run = folder.path().join(".wayfare/runs");
    for entry in std::fs::read_dir(run).expect("runs") {
        // What the program wrote is its own matter.
        std::fs::remove_dir_all(entry.expect("a run").path()).expect("removed");
    }
    search(&folder);
}

#[test]
fn a_value_is_not_taken_for_a_name() {
    let folder = Folder::with(
        "workflow w {\n  signal go(key: secret)\n  step a = wait signal(go)\n  step b = exec(\"true\", env: #{ K: a.key })\n}\n",
    );
    folder.wf(&["run", "a.wf", "--detach"]).ended(0);
    let said =
        folder.wf(&["signal", "last", "go", "-i", "key=hunter2!"]).ended(2).tells(&["takes the name of a secret"]);
    assert!(!said.err.contains("hunter2!"), "{said:?}");
    folder.wf(&["signal", "last", "go", "-i", "key=NO_SUCH"]).ended(2).tells(&["there is no secret `NO_SUCH`"]);
    folder.wf_reading(&["secrets", "set", "K"], "some value").ended(0);
    folder.wf(&["signal", "last", "go", "-i", "key=K"]).ended(0);
    folder.wf(&["resume", "last"]).ended(0);
}
