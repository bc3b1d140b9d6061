//! The forms in which a secret's value may come back, as the texts that are looked for.
//!
//! Line ends are left out of all of them, as they are where they are looked for. Invariant: a form shorter than
//! [`MIN_SECRET`] is none: it would be found everywhere.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

/// The fewest bytes that a secret has (the limit `shortest secret`).
pub const MIN_SECRET: usize = 4;

/// The shortest line of a secret of several lines that is masked by itself, in bytes.
const MIN_LINE: usize = 8;

type Bytes = Zeroizing<Vec<u8>>;

/// The value as it stands, within JSON, in base64 and with blanks as a form writes them; its longer lines.
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
    forms.retain(|form| form.len() >= MIN_SECRET);
    forms.sort_by(|a, b| a.as_slice().cmp(b));
    forms.dedup_by(|a, b| **a == **b);
    forms
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
