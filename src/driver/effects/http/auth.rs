//! `auth: bearer(x)` and `auth: basic(user, password)`: plain maps, of which a header is made.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::texts::{not_a, text, wrong};
use crate::model::{Failure, Value};

const WANTED: &str = "`bearer(token)` or `basic(user, password)`";

/// The value of `Authorization`.
pub(super) fn header(auth: &Value) -> Result<String, Failure> {
    let field = |name: &str| text(&format!("auth.{name}"), auth.get(name).unwrap_or(&Value::Unit));
    match (auth, auth.get("scheme").and_then(Value::as_str)) {
        (Value::Map(_), Some("bearer")) => {
            let token = field("token")?;
            match token.is_empty() {
                true => Err(wrong("the token of `auth` is empty")),
                false => Ok(format!("Bearer {token}")),
            }
        }
        (Value::Map(_), Some("basic")) => {
            let (user, password) = (field("user")?, field("password")?);
            if user.contains(':') {
                return Err(wrong("the user of `auth` holds `:`, which parts it from the password"));
            }
            Ok(format!("Basic {}", STANDARD.encode(format!("{user}:{password}"))))
        }
        (Value::Map(_), _) => Err(wrong(format!("`auth` is a map that neither function made; it takes {WANTED}"))),
        (other, _) => Err(not_a("auth", WANTED, other)),
    }
}
