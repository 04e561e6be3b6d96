//! Templates: text and variables in, text out. Nothing is loaded from files or the network, and a name without a value is an error.

use minijinja::{Environment, UndefinedBehavior};
use serde_json::Value;

use crate::error::{Error, Result};


pub fn render(template: &str, variables: Value) -> Result<String> {
	let mut env = Environment::new();
	env.set_undefined_behavior(UndefinedBehavior::Strict);
	env.set_keep_trailing_newline(true);
	env.set_auto_escape_callback(|_| minijinja::AutoEscape::None);
	env.render_str(template, variables).map_err(|e| {
		let place = e.line().map(|line| format!("template line {line}: ")).unwrap_or_default();
		let detail = e.detail().map(str::to_string).unwrap_or_default();
		Error::new("plan", format!("{place}{}{}{detail}", e.kind(), if detail.is_empty() { "" } else { ": " }))
	})
}
