//! The paths that every test server answers, for cases that are files.
//!
//! | path | answers |
//! | --- | --- |
//! | `/echo…` | the request as JSON: method, path, query, headers, body |
//! | `/status/N` | status N with `{"status": N}` |
//! | `/json`, `/text`, `/bytes`, `/empty` | `{"hello": "world", "list": [1, 2]}`, `hello`, four bytes that are no UTF-8, 204 |
//! | `/no-json`, `/deep`, `/deeper` | what says that it is JSON: broken, 65 and 500 lists within one another |
//! | `/flaky/N` | 503 to the first N requests, then `{"attempt": N + 1}` |
//! | `/later/S` | 429 with `Retry-After: S` to the first request, then `{"attempt": 2}` |
//! | `/redirect/N?to=URL` | status N with that `Location` |
//! | `/chain/N` | a redirect to `/chain/N-1`; of 0 `{"arrived": true}` |
//! | `/circle` | a redirect to itself |
//! | `/slow`, `/slow-body`, `/endless`, `/huge`, `/long`, `/exact` | nothing; a beginning; a body without end; one of 10 GB; one of 1 MiB and a byte; one of 1 MiB |
//! | `/truncated`, `/close`, `/garbage` | 10 of 100 bytes; the end of the connection; what is no HTTP |
//! | `/headers/N/M` | N headers of M bytes |
//! | `/cookies` | two cookies |

use serde_json::json;

use super::{Answer, Asked};

/// The answer of a path; `nth` says how often it was asked.
pub fn answer(asked: &Asked, nth: impl Fn() -> usize) -> Answer {
    let parts: Vec<&str> = asked.path.split('/').skip(1).collect();
    let number = |at: usize| parts.get(at).and_then(|part| part.parse::<usize>().ok()).unwrap_or(0);
    match parts[0] {
        "echo" => Answer::json(&json!({
            "method": asked.method, "path": asked.path, "query": asked.query, "headers": asked.headers,
            "body": asked.text(),
        })),
        "status" => Answer::json(&json!({ "status": number(1) })).status(number(1) as u16),
        "json" => Answer::json(&json!({ "hello": "world", "list": [1, 2] })),
        "text" => Answer::text("hello"),
        "bytes" => Answer::bytes("application/octet-stream", [0xff, 0x00, 0xfe, 0x0a]),
        "empty" => Answer::empty(204),
        "no-json" => Answer::bytes("application/json", "{\"a\": 1,\n  oops}"),
        "deep" => Answer::bytes("application/json", format!("{}{}", "[".repeat(65), "]".repeat(65))),
        "deeper" => Answer::bytes("application/json", format!("{}{}", "[".repeat(500), "]".repeat(500))),
        "flaky" => match nth() {
            n if n <= number(1) => Answer::text("not yet").status(503),
            n => Answer::json(&json!({ "attempt": n })),
        },
        "later" => match nth() {
            1 => Answer::text("slower").status(429).with("retry-after", parts.get(1).unwrap_or(&"")),
            n => Answer::json(&json!({ "attempt": n })),
        },
        "redirect" => to(number(1) as u16, &asked.parameter("to").unwrap_or_default()),
        "chain" => match number(1) {
            0 => Answer::json(&json!({ "arrived": true })),
            n => to(302, &format!("/chain/{}", n - 1)),
        },
        "circle" => to(302, "/circle"),
        "cookies" => Answer::text("cookies").with("set-cookie", "a=1").with("set-cookie", "b=2"),
        "headers" => headers(number(1), number(2)),
        path => misbehaved(path),
    }
}

fn to(status: u16, location: &str) -> Answer {
    Answer::text("elsewhere").status(status).with("location", location)
}

fn headers(count: usize, length: usize) -> Answer {
    let all = (0..count).fold(Answer::text("headers"), |answer, i| answer.with(&format!("x-{i}"), &"x".repeat(length)));
    all.with("x-last", "1")
}

fn misbehaved(path: &str) -> Answer {
    let head = |rest: &str| format!("HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n{rest}\r\n\r\n").into_bytes();
    let behind = |rest: &str, body: &[u8]| [head(rest), body.to_vec()].concat();
    match path {
        "slow" => Answer::Stuck(vec![]),
        "slow-body" => Answer::Stuck(behind("content-length: 100", b"so far")),
        "endless" => Answer::Endless(
            head("transfer-encoding: chunked"),
            b"400\r\n".iter().copied().chain([b'x'; 1024]).chain(*b"\r\n").collect(),
        ),
        "huge" => Answer::Endless(head("content-length: 10000000000"), vec![b'x'; 1024]),
        "long" => Answer::text("x".repeat((1 << 20) + 1)),
        "exact" => Answer::text("x".repeat((1 << 20) - 1024)),
        "truncated" => Answer::Bytes(behind("content-length: 100", b"ten bytes.")),
        "close" => Answer::Bytes(vec![]),
        "garbage" => Answer::Bytes(b"this is no HTTP\r\n\r\n".to_vec()),
        _ => Answer::json(&json!({ "unknown": path })).status(404),
    }
}
