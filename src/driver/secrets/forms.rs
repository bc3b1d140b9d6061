//! The forms in which a secret's value may come back, as the texts that are looked for.
//!
//! Line ends are left out of all of them, as they are where they are looked for. Invariant: a form shorter than
//! [`MIN_SECRET`] is none: it would be found everywhere.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::percent_decode_str;
use reqwest::Url;
use zeroize::Zeroizing;

/// The fewest bytes that a secret has (the limit `shortest secret`).
pub const MIN_SECRET: usize = 4;

/// The shortest line of a secret of several lines that is masked by itself, in bytes.
const MIN_LINE: usize = 8;

/// The shortest path or query of a URL that is masked by itself, in bytes.
const MIN_URL_PART: usize = 8;

/// The shortest segment of a path, or value of a query, that is masked by itself, in bytes: shorter ones are often words.
const MIN_SEGMENT: usize = 16;

type Bytes = Zeroizing<Vec<u8>>;

/// The value as it stands, within JSON, in base64 and with blanks as a form writes them; its longer lines; of a URL its
/// parts, and of what may be a host that in lower case.
/// Percent-encodings need none of their own: they are taken back before it is looked for.
pub(super) fn forms(value: &str) -> Vec<Bytes> {
    let mut forms = vec![without_ends(value.as_bytes())];
    if value.contains(' ') {
        forms.push(changed(&without_ends(value.as_bytes()), |byte| if byte == b' ' { b'+' } else { byte }));
    }
    let json = Zeroizing::new(serde_json::to_string(value).unwrap_or_default());
    let inner = json.strip_prefix('"').and_then(|json| json.strip_suffix('"')).unwrap_or_default();
    forms.push(without_ends(inner.as_bytes()));
    for before in 0..3 {
        let core = in_base64(value.as_bytes(), before);
        forms.push(changed(&core, url_safe));
        forms.push(core);
    }
    if value.contains(['\n', '\r']) {
        let lines = value.split(['\n', '\r']).map(str::trim).filter(|line| line.len() >= MIN_LINE);
        forms.extend(lines.map(|line| Zeroizing::new(line.as_bytes().to_vec())));
    }
    if value.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.')) {
        forms.push(changed(value.as_bytes(), |byte| byte.to_ascii_lowercase()));
    }
    forms.extend(of_url(value));
    forms.retain(|form| form.len() >= MIN_SECRET);
    forms.sort_by(|a, b| a.as_slice().cmp(b));
    forms.dedup_by(|a, b| **a == **b);
    forms
}

/// Of a URL of HTTP: as a request has it, that without its query, and the parts that a server may say alone.
fn of_url(value: &str) -> Vec<Bytes> {
    let is_http = |url: &Url| ["http", "https"].contains(&url.scheme());
    let Some(url) = Url::parse(value).ok().filter(is_http) else { return Vec::new() };
    let whole = Zeroizing::new(String::from(url));
    let sent = whole.split('#').next().unwrap_or_default();
    let (bare, query) = sent.split_once('?').unwrap_or((sent, ""));
    let path = bare.splitn(4, '/').nth(3).map_or("", |path| &bare[bare.len() - path.len() - 1..]);
    let behind = &sent[bare.len() - path.len()..];
    let segments = path.split('/').chain(query.split(['&', '=']));
    let parts = [behind, path, query].into_iter().filter(|part| part.len() >= MIN_URL_PART);
    [sent, bare]
        .into_iter()
        .chain(parts)
        .chain(segments.filter(|part| part.len() >= MIN_SEGMENT))
        .flat_map(|part| [Zeroizing::new(part.as_bytes().to_vec()), Zeroizing::new(percent_decode_str(part).collect())])
        .collect()
}

fn without_ends(bytes: &[u8]) -> Bytes {
    Zeroizing::new(bytes.iter().copied().filter(|byte| !matches!(byte, b'\n' | b'\r')).collect())
}

fn changed(bytes: &[u8], each: fn(u8) -> u8) -> Bytes {
    Zeroizing::new(bytes.iter().copied().map(each).collect())
}

/// The characters of base64 that the value alone decides, where so many bytes (modulo 3) stand before it.
fn in_base64(value: &[u8], before: usize) -> Bytes {
    let mut bytes = Zeroizing::new(Vec::with_capacity(before + value.len()));
    bytes.resize(before, 0);
    bytes.extend_from_slice(value);
    let encoded = Zeroizing::new(STANDARD.encode(&*bytes));
    let (from, to) = ((before * 8).div_ceil(6), bytes.len() * 8 / 6);
    Zeroizing::new(encoded.as_bytes().get(from..to).unwrap_or_default().to_vec())
}

fn url_safe(byte: u8) -> u8 {
    match byte {
        b'+' => b'-',
        b'/' => b'_',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn has(value: &str, form: &str) -> bool {
        forms(value).iter().any(|found| &***found == form.as_bytes())
    }

    #[test]
    fn a_url_has_the_forms_in_which_a_request_or_a_server_says_it() {
        let hook = "HTTPS://Chat.example:443/./api/hooks/1/T%2Dken-0123456789?wait=true&key=abcdefghijklmnop#part";
        for form in [
            hook,
            "https://chat.example/api/hooks/1/T%2Dken-0123456789?wait=true&key=abcdefghijklmnop",
            "https://chat.example/api/hooks/1/T%2Dken-0123456789",
            "/api/hooks/1/T%2Dken-0123456789?wait=true&key=abcdefghijklmnop",
            "/api/hooks/1/T%2Dken-0123456789",
            "/api/hooks/1/T-ken-0123456789",
            "T-ken-0123456789",
            "wait=true&key=abcdefghijklmnop",
            "abcdefghijklmnop",
        ] {
            assert!(has(hook, form), "{form}");
        }
        assert!(!has(hook, "hooks") && !has("https://a.example/v1/x", "/v1/x") && !has("no url/abcdefgh", "/abcdefgh"));
        assert!(has("http://a.example?key=0", "http://a.example/?key=0") && has("TOKEN-Of.Mine", "token-of.mine"));
    }
}
