//! Errors: every failure of DataFusion, delta-rs, Arrow or the system becomes one class, a message, a hint and the payload element it points at.

use std::sync::Arc;

use arrow::error::ArrowError;
use datafusion::common::DataFusionError;
use datafusion::common::diagnostic::Diagnostic;
use deltalake::DeltaTableError;
use deltalake::kernel::transaction::TransactionError;
use deltalake::parquet::errors::ParquetError;

pub type Result<T> = std::result::Result<T, Error>;

/// The classes are those of engine.h.
#[derive(Debug, Clone)]
pub struct Error {
	pub class: &'static str,
	pub message: String,
	pub hint: Option<String>,
	pub element: i64,
}

impl Error {
	pub fn new(class: &'static str, message: impl Into<String>) -> Self {
		Error { class, message: tidy(&message.into()), hint: None, element: -1 }
	}

	pub fn unsupported(message: impl Into<String>) -> Self {
		Self::new("unsupported", message)
	}

	pub fn cancelled() -> Self {
		Self::new("cancelled", "the operation was cancelled")
	}

	/// A request that does not have the shape engine.h gives it.
	pub fn request(message: impl Into<String>) -> Self {
		Self::new("internal", format!("malformed request: {}", message.into()))
	}

	pub fn hint(mut self, hint: impl Into<String>) -> Self {
		self.hint = Some(hint.into());
		self
	}

	pub fn at(mut self, element: usize) -> Self {
		self.element = element as i64;
		self
	}

	/// What stood in the way while a query was planned: errors that are only a message belong to the plan.
	pub fn planning(mut self) -> Self {
		if self.class == "execution" {
			self.class = "plan";
		}
		self
	}
}

impl std::fmt::Display for Error {
	fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
		f.write_str(&self.message)
	}
}

impl std::error::Error for Error {}

/// Upstream texts carry backtraces and advice to report bugs elsewhere; neither is for the reader of a message.
fn tidy(text: &str) -> String {
	let mut end = text.len();
	for mark in ["\n   0: ", "\n\nbacktrace:", "\n\nBacktrace:", "\nstack backtrace:", "This issue was likely caused by a bug in DataFusion"] {
		if let Some(at) = text.find(mark) {
			end = end.min(at);
		}
	}
	text[..end].trim_end().trim_end_matches('.').replace("Internal error: ", "").replace("Error during planning: ", "")
}

/// Where a node of the lowered statement came from: lower.rs writes the payload element into the line of its span.
fn element_of(diagnostic: &Diagnostic) -> i64 {
	diagnostic.span.map_or(-1, |span| span.start.line as i64 - 1)
}

impl From<DataFusionError> for Error {
	fn from(error: DataFusionError) -> Self {
		let diagnostic = error.diagnostic().cloned();
		let mut out = classify(&error);
		if let Some(diagnostic) = diagnostic {
			out.element = element_of(&diagnostic);
			out.message = diagnostic.message.clone();
			let mut extra: Vec<String> = diagnostic.notes.iter().map(|n| n.message.clone()).collect();
			extra.extend(diagnostic.helps.iter().map(|h| h.message.clone()));
			if !extra.is_empty() {
				out.hint = Some(extra.join("; "));
			}
		}
		out
	}
}

fn classify(error: &DataFusionError) -> Error {
	match error {
		DataFusionError::Context(_, inner) | DataFusionError::Diagnostic(_, inner) => classify(inner),
		DataFusionError::Shared(inner) => classify(inner),
		DataFusionError::Collection(all) if !all.is_empty() => classify(&all[0]),
		DataFusionError::Collection(_) => Error::new("internal", "an empty list of errors"),
		DataFusionError::ArrowError(inner, _) => from_arrow(inner),
		DataFusionError::ObjectStore(inner) => from_store(inner),
		DataFusionError::IoError(inner) => from_io(inner),
		DataFusionError::ParquetError(inner) => from_parquet(inner),
		DataFusionError::NotImplemented(text) => Error::unsupported(text.clone()),
		DataFusionError::ResourcesExhausted(text) => {
			let brief = text.lines().next().unwrap_or_default().split(" with top memory consumers").next().unwrap_or_default().to_string();
			Error::new("resources", brief).hint("the memory limit is engine.memory; sorts and aggregations spill, the build side of a hash join cannot")
		}
		DataFusionError::External(inner) => from_boxed(inner.as_ref()),
		DataFusionError::Execution(text) => Error::new("execution", text.clone()),
		DataFusionError::ExecutionJoin(inner) => Error::new("internal", inner.to_string()),
		DataFusionError::Internal(text) => Error::new("internal", text.clone()),
		DataFusionError::Plan(text) | DataFusionError::Configuration(text) => Error::new("plan", text.clone()),
		DataFusionError::SchemaError(inner, _) => Error::new("plan", inner.to_string()),
		other => Error::new("plan", other.strip_backtrace()),
	}
}

/// Errors that travelled through another library as a boxed source.
fn from_boxed(error: &(dyn std::error::Error + Send + Sync + 'static)) -> Error {
	None.or_else(|| error.downcast_ref::<Error>().cloned())
		.or_else(|| error.downcast_ref().map(classify))
		.or_else(|| error.downcast_ref::<Arc<DataFusionError>>().map(|e| classify(e)))
		.or_else(|| error.downcast_ref().map(from_delta))
		.or_else(|| error.downcast_ref().map(from_arrow))
		.or_else(|| error.downcast_ref().map(from_store))
		.or_else(|| error.downcast_ref().map(from_io))
		.unwrap_or_else(|| Error::new("execution", error.to_string()))
}

fn from_arrow(error: &ArrowError) -> Error {
	match error {
		ArrowError::ExternalError(inner) => from_boxed(inner.as_ref()),
		ArrowError::NotYetImplemented(text) => Error::unsupported(text.clone()),
		ArrowError::IoError(text, inner) => Error::new(from_io(inner).class, text.clone()),
		ArrowError::CsvError(text) | ArrowError::JsonError(text) | ArrowError::ParquetError(text) | ArrowError::IpcError(text) => Error::new("invalid_data", text.clone()),
		ArrowError::MemoryError(text) => Error::new("resources", text.clone()),
		other => Error::new("execution", other.to_string()),
	}
}

/// A file that cannot be read is not a file that holds nonsense; Parquet's reader keeps only the text.
fn from_parquet(error: &ParquetError) -> Error {
	match (error, error.to_string()) {
		(ParquetError::External(inner), _) => from_boxed(inner.as_ref()),
		(_, text) if !text.contains("Object Store error") => Error::new("invalid_data", text),
		(_, text) => Error::new(if text.contains("not found") { "not_found" } else { "io" }, text),
	}
}

fn from_store(error: &object_store::Error) -> Error {
	let class = match error {
		object_store::Error::NotFound { .. } => "not_found",
		object_store::Error::AlreadyExists { .. } => "exists",
		_ => "io",
	};
	Error::new(class, error.to_string())
}

fn from_io(error: &std::io::Error) -> Error {
	if let Some(inner) = error.get_ref() {
		let inner = from_boxed(inner);
		if inner.class != "execution" {
			return inner;
		}
	}
	let class = match error.kind() {
		std::io::ErrorKind::NotFound => "not_found",
		std::io::ErrorKind::InvalidData => "invalid_data",
		_ => "io",
	};
	Error::new(class, error.to_string())
}

fn from_delta(error: &DeltaTableError) -> Error {
	match error {
		DeltaTableError::ObjectStore { source } => from_store(source),
		DeltaTableError::Arrow { source } => from_arrow(source),
		DeltaTableError::Io { source } => from_io(source),
		DeltaTableError::GenericError { source } => match from_boxed(source.as_ref()) {
			inner if inner.class != "execution" => inner,
			inner => Error::new("io", inner.message),
		},
		DeltaTableError::NotATable(text) => Error::new("not_found", text.clone()),
		DeltaTableError::InvalidTableLocation(text) => Error::new("not_found", text.lines().next().unwrap_or_default()),
		DeltaTableError::InvalidVersion(version) => Error::new("not_found", format!("the table has no version {version}")),
		DeltaTableError::VersionAlreadyExists(version) => Error::new("conflict", format!("version {version} exists already")),
		DeltaTableError::Transaction { source } => match source {
			TransactionError::CommitConflict(_) | TransactionError::MaxCommitAttempts(_) | TransactionError::VersionAlreadyExists(_) => {
				Error::new("conflict", "another writer committed to the table at the same time")
			}
			TransactionError::ObjectStore { source } => from_store(source),
			TransactionError::UnsupportedTableFeatures(features) => Error::unsupported(format!("the table needs features that are not supported: {features:?}")),
			other => Error::new("io", other.to_string()),
		},
		DeltaTableError::SchemaMismatch { msg } => Error::new("invalid_data", msg.clone()),
		DeltaTableError::Parquet { source } => from_parquet(source),
		other => Error::new("invalid_data", other.to_string()),
	}
}

macro_rules! from {
	($($type:ty: $convert:expr,)*) => { $(
		impl From<$type> for Error {
			fn from(error: $type) -> Self {
				$convert(&error)
			}
		}
	)* };
}

from! {
	DeltaTableError: from_delta,
	ArrowError: from_arrow,
	object_store::Error: from_store,
	std::io::Error: from_io,
	serde_json::Error: |error: &serde_json::Error| Error::request(error.to_string()),
}
