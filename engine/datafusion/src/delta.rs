//! Reading Delta: opening tables, the one scan profile, and the facts that a log tells.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::datatypes::Schema;
use datafusion::catalog::TableProvider;
use datafusion::execution::session_state::SessionState;
use deltalake::kernel::Snapshot;
use deltalake::logstore::{LogStore, LogStoreRef};
use deltalake::table::builder::parse_table_uri;
use deltalake::{DeltaTable, DeltaTableBuilder, DeltaTableError, ensure_table_uri};
use futures::TryStreamExt;
use object_store::ObjectStoreExt;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use url::Url;

use crate::engine::Engine;
use crate::error::{Error, Result};

/// The commitInfo key that certificates rest under.
pub const CERTIFICATE: &str = "belvedere";
/// The property that every table made here has.
pub const KIND: &str = "belvedere.kind";

#[derive(Deserialize)]
pub struct StateRequest {
	location: String,
	version: Option<u64>,
	#[serde(default)]
	certificates: bool,
	/// Applications whose txn versions are wanted.
	#[serde(default)]
	apps: Vec<String>,
	/// An answer of before.
	known: Option<Known>,
}

/// The newest version that an answer told of, and the file that committed it.
#[derive(Deserialize)]
struct Known {
	version: u64,
	head: String,
}

#[derive(Deserialize)]
pub struct LocationRequest {
	location: String,
}

/// The place of a table that may exist; None where nothing is.
fn existing(location: &str) -> Result<Option<Url>> {
	match parse_table_uri(location) {
		Ok(url) => Ok(Some(url)),
		Err(DeltaTableError::InvalidTableLocation(_)) if !location.contains("://") || location.starts_with("file://") => Ok(None),
		Err(error) => Err(error.into()),
	}
}

fn table_at(engine: &Engine, location: &str, url: Url) -> Result<DeltaTable> {
	Ok(DeltaTableBuilder::from_url(url)?.with_storage_options(engine.storage_options(location)).build()?)
}

/// The table at a location, newest version or the given one; None where no Delta table is.
pub async fn open(engine: &Engine, location: &str, version: Option<u64>) -> Result<Option<DeltaTable>> {
	let Some(url) = existing(location)? else { return Ok(None) };
	let mut table = table_at(engine, location, url)?;
	if !table.log_store().is_delta_table_location().await? {
		return Ok(None);
	}
	let Some(version) = version else {
		table.load().await?;
		return Ok(Some(table));
	};
	match table.load_version(version).await {
		Ok(()) => Ok(Some(table)),
		Err(error) => match table.log_store().get_latest_version(0).await? {
			newest if newest < version => Err(Error::new("not_found", format!("the table at {location} has no version {version}; its newest is {newest}"))),
			_ => Err(error.into()),
		},
	}
}

/// The place of a table that is about to be made; local folders are created.
pub fn place(engine: &Engine, location: &str) -> Result<DeltaTable> {
	table_at(engine, location, ensure_table_uri(location)?)
}

/// The scan profile: partition values as dictionaries, predicates into Parquet, view types. The session's configuration says the last two; the file
/// column is not asked for, so it can be in no schema.
pub async fn provider(table: &DeltaTable, state: &SessionState) -> Result<Arc<dyn TableProvider>> {
	table.update_datafusion_session(state)?;
	Ok(table.table_provider().with_session(Arc::new(state.clone())).await?)
}

pub async fn dataset(engine: &Engine, state: &SessionState, location: &str, version: Option<u64>) -> Result<(Arc<dyn TableProvider>, String)> {
	let table = open(engine, location, version).await?.ok_or_else(|| not_a_table(location))?;
	let provider = provider(&table, state).await?;
	let facts = facts(&table, false, &[]).await?;
	Ok((provider, facts.to_string()))
}

pub fn not_a_table(location: &str) -> Error {
	Error::new("not_found", format!("there is no Delta table at {location}"))
}

/// A table that was made elsewhere is never written.
pub fn ours(table: &DeltaTable, location: &str) -> Result<()> {
	match table.snapshot()?.metadata().configuration().contains_key(KIND) {
		true => Ok(()),
		false => Err(Error::new("foreign", format!("the Delta table at {location} was not made by Belvedere"))),
	}
}

pub fn state(engine: &Arc<Engine>, request: StateRequest) -> Result<(String, Option<Schema>)> {
	let owner = engine.clone();
	engine.run(async move {
		if let Some(known) = &request.known
			&& unchanged(&owner, &request.location, known).await
		{
			return Ok(("{\"unchanged\":true}".to_string(), None));
		}
		let Some(table) = open(&owner, &request.location, request.version).await? else { return Ok(("{\"exists\":false}".to_string(), None)) };
		let provider = provider(&table, owner.probe_state()).await?;
		let mut facts = facts(&table, request.certificates, &request.apps).await?;
		facts["head"] = json!(head(&table.log_store(), table.snapshot()?.version()).await);
		Ok((facts.to_string(), Some(provider.schema().as_ref().clone())))
	})
}

fn commit_path(version: u64) -> object_store::path::Path {
	object_store::path::Path::from(format!("_delta_log/{version:020}.json"))
}

/// What tells the file of a commit from another one in its place: a table that was made anew may reach the same version.
async fn head(log: &LogStoreRef, version: u64) -> Option<String> {
	let file = log.object_store(None).head(&commit_path(version)).await.ok()?;
	Some(format!("{} {:?} {}", file.size, file.last_modified.timestamp_nanos_opt(), file.e_tag.unwrap_or_default()))
}

/// The known version is the newest one still. Whatever cannot be told is a change: the log is then read, and says what is wrong.
async fn unchanged(engine: &Engine, location: &str, known: &Known) -> bool {
	let Ok(Some(url)) = existing(location) else { return false };
	let Ok(table) = table_at(engine, location, url) else { return false };
	let log = table.log_store();
	if head(&log, known.version).await.as_ref() != Some(&known.head) {
		return false;
	}
	let newer = log.object_store(None).list_with_offset(Some(&object_store::path::Path::from("_delta_log")), &commit_path(known.version));
	let newer = newer.try_any(|file| async move { file.location.filename().is_some_and(|name| name.strip_suffix(".json").is_some_and(|v| v.len() == 20)) }).await;
	matches!(newer, Ok(false))
}

async fn facts(table: &DeltaTable, certificates: bool, apps: &[String]) -> Result<Value> {
	let (snapshot, log) = (table.snapshot()?, table.log_store());
	let (version, metadata) = (snapshot.version(), snapshot.metadata());
	let (mut files, mut bytes, mut rows) = (0u64, 0u64, Some(0u64));
	for file in snapshot.log_data().iter() {
		let deleted = file.deletion_vector_descriptor().map_or(0, |d| d.cardinality as u64);
		files += 1;
		bytes += file.size() as u64;
		rows = rows.zip(file.num_records()).map(|(sum, n)| sum + n as u64 - deleted);
	}
	let history = history(&log, version, certificates).await?;
	let mut txn = history.txn;
	for app in apps {
		if let Some(at) = snapshot.transaction_version(&log, app.clone()).await? {
			txn.insert(app.clone(), at);
		}
	}
	let properties: BTreeMap<_, _> = metadata.configuration().iter().collect();
	let (certificate_version, certificate) = history.certificates.first().cloned().unzip();
	let last: Vec<_> = history.certificates.iter().map(|(version, certificate)| json!({"version": version, "certificate": certificate})).collect();
	Ok(json!({
		"exists": true, "id": metadata.id(), "version": version, "data_version": history.data_version, "schema_version": history.schema_version,
		"rows": rows, "files": files, "bytes": bytes, "properties": properties, "partition_columns": metadata.partition_columns(),
		"comment": metadata.description(), "txn": txn, "certificate": certificate, "certificate_version": certificate_version,
		"last_certificates": last,
	}))
}

/* ---- the log, read backwards ---- */

#[derive(Default)]
struct History {
	data_version: u64,
	schema_version: Option<u64>,
	/// Newest first.
	certificates: Vec<(u64, Value)>,
	txn: BTreeMap<String, i64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct FileAction {
	data_change: bool,
}

impl Default for FileAction {
	fn default() -> Self {
		FileAction { data_change: true }
	}
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct MetadataAction {
	schema_string: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TxnAction {
	app_id: String,
	version: i64,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Line {
	add: Option<FileAction>,
	remove: Option<FileAction>,
	meta_data: Option<MetadataAction>,
	txn: Option<TxnAction>,
	commit_info: Option<Map<String, Value>>,
}

#[derive(Default)]
struct Commit {
	data: bool,
	schema: Option<Value>,
	txn: Vec<TxnAction>,
	certificate: Option<Value>,
}

async fn read_commit(log: &LogStoreRef, version: u64) -> Result<Option<Commit>> {
	let Some(bytes) = log.read_commit_entry(version).await? else { return Ok(None) };
	let mut out = Commit::default();
	for line in bytes.split(|b| *b == b'\n').filter(|l| !l.is_empty()) {
		// A large commit is mostly files: one that changed data is enough.
		if out.data && (line.starts_with(b"{\"add\"") || line.starts_with(b"{\"remove\"")) {
			continue;
		}
		let bad = |e: serde_json::Error| Error::new("invalid_data", format!("commit {version} of {} cannot be read: {e}", log.root_url()));
		let line: Line = serde_json::from_slice(line).map_err(bad)?;
		out.data |= line.add.or(line.remove).is_some_and(|f| f.data_change);
		out.txn.extend(line.txn);
		if let Some(metadata) = line.meta_data {
			out.schema = Some(shape(serde_json::from_str(&metadata.schema_string).map_err(bad)?));
		}
		if let Some(mut info) = line.commit_info {
			out.certificate = info.remove(CERTIFICATE);
		}
	}
	Ok(Some(out))
}

/// A Delta schema without comments: names, types, nullability.
fn shape(schema: Value) -> Value {
	match schema {
		Value::Object(fields) => Value::Object(fields.into_iter().filter(|(k, _)| k != "metadata").map(|(k, v)| (k, shape(v))).collect()),
		Value::Array(items) => Value::Array(items.into_iter().map(shape).collect()),
		other => other,
	}
}

/// Walks from `newest` down to the commit that last changed data or schema, and on to the newest certificate where one is wanted.
async fn history(log: &LogStoreRef, newest: u64, certificates: bool) -> Result<History> {
	let mut out = History { data_version: newest, ..Default::default() };
	let (mut changed, mut version) = (false, newest);
	loop {
		let Some(commit) = read_commit(log, version).await? else { break };
		if !changed {
			out.data_version = version;
		}
		for txn in commit.txn {
			out.txn.entry(txn.app_id).or_insert(txn.version);
		}
		if let Some(schema) = commit.schema {
			let before = if version > 0 { schema_before(log, version).await } else { None };
			if before.as_ref() != Some(&schema) {
				out.schema_version.get_or_insert(version);
				changed = true;
			}
		}
		changed |= commit.data;
		out.certificates.extend(commit.certificate.map(|c| (version, c)));
		if version == 0 || (changed && (!certificates || !out.certificates.is_empty())) {
			break;
		}
		version -= 1;
	}
	Ok(out)
}

/// None where that version can no longer be read: the commit then counts as a change.
async fn schema_before(log: &LogStoreRef, version: u64) -> Option<Value> {
	let before = Snapshot::try_new(log.as_ref(), Some(version - 1)).await.ok()?;
	serde_json::to_value(before.schema().as_ref()).ok().map(shape)
}

/// Removes the folder of a Delta table that was made here, and nothing else.
pub fn remove(engine: &Arc<Engine>, request: LocationRequest) -> Result<()> {
	let owner = engine.clone();
	engine.run(async move {
		let table = open(&owner, &request.location, None).await?.ok_or_else(|| not_a_table(&request.location))?;
		ours(&table, &request.location)?;
		let log = table.log_store();
		let store = log.object_store(None);
		// Data first: what is left by a failure is still a table that can be removed.
		let (logs, data): (Vec<_>, Vec<_>) = store.list(None).try_collect::<Vec<_>>().await?.into_iter().partition(|f| f.location.as_ref().starts_with("_delta_log"));
		for file in data.into_iter().chain(logs) {
			store.delete(&file.location).await?;
		}
		match log.root_url().to_file_path() {
			Ok(path) => Ok(tokio::fs::remove_dir_all(path).await?),
			Err(()) => Ok(()),
		}
	})
}
