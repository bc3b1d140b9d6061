//! The secrets that a plan writes by name. It is read off the texts, not out of what they compute: one that only looks
//! so (within a comment, say) is looked up once in vain.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::plan::{ExprForm, Plan};

/// The names in `secret("NAME")`, each once, and those in constants.
pub(super) fn named(plan: &Plan) -> Vec<Arc<str>> {
    let mut names = BTreeSet::new();
    for expr in &plan.exprs {
        match &expr.form {
            ExprForm::Literal(value) => value.each_secret(&mut |name| names.extend([name.clone()])),
            ExprForm::Expression(text)
            | ExprForm::Url(text)
            | ExprForm::Script(text)
            | ExprForm::Assignment { text, .. } => names.extend(written(text)),
        }
    }
    plan.functions.iter().for_each(|function| names.extend(written(&function.body)));
    plan.constants.values().for_each(|value| value.each_secret(&mut |name| names.extend([name.clone()])));
    names.into_iter().collect()
}

fn written(text: &str) -> impl Iterator<Item = Arc<str>> {
    text.split("secret").skip(1).filter_map(|behind| {
        let inner = behind.trim_start().strip_prefix('(')?.trim_start();
        let quote = inner.chars().next().filter(|c| matches!(c, '"' | '`'))?;
        let (name, _) = inner[1..].split_once(quote)?;
        Some(Arc::from(name))
    })
}

#[cfg(test)]
mod tests {
    use crate::program;

    #[test]
    fn every_written_name_is_found() {
        let compiled = program::compile(
            "a.wf",
            "const C = #{ deep: [secret(\"CONSTANT\")] }\n\
             fn f(x) { x + secret( \"FUNCTION\" ) }\n\
             workflow w {\n  input { k: secret = secret(\"DEFAULT\") }\n  \
             step a = exec(\"true\", env: #{ A: `x ${secret(\"TEMPLATE\")}`, B: f(C.deep[0]), C: secret(\"A-1\") + secret(`B.2`) })\n  \
             step b = http.get(`https://example.org/${secret(\"URL\")}`)\n}\n",
        );
        let found = super::named(&compiled.plan.expect("a plan"));
        let names: Vec<&str> = found.iter().map(|name| &**name).collect();
        assert_eq!(names, ["A-1", "B.2", "CONSTANT", "DEFAULT", "FUNCTION", "TEMPLATE", "URL"]);
    }
}
