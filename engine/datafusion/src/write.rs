//! Writing Delta: a plan's rows as files and one commit, and commits of metadata only. Nothing is committed by a write that fails or is cancelled, and the
//! files that it wrote are taken back.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::num::NonZeroU64;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex as Lock};
use std::time::{Duration, Instant};

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::execution::SendableRecordBatchStream;
use datafusion::physical_plan::{ExecutionPlanProperties, execute_stream};
use delta_kernel::table_properties::DataSkippingNumIndexedCols;
use deltalake::{DeltaTable, DeltaTableError};
use deltalake::datafile::writer::{DeltaWriter, WriterConfig};
use deltalake::kernel::engine::arrow_conversion::{TryIntoArrow, TryIntoKernel};
use deltalake::kernel::transaction::{CommitBuilder, CommitProperties, TableReference};
use deltalake::kernel::{Action, Add, Metadata, Protocol, StructType, Transaction, new_metadata};
use deltalake::logstore::{LogStore, LogStoreRef};
use deltalake::parquet::basic::Compression;
use deltalake::parquet::file::properties::{EnabledStatistics, WriterProperties};
use deltalake::parquet::schema::types::ColumnPath;
use deltalake::protocol::{DeltaOperation, SaveMode};
use futures::{StreamExt, TryStreamExt};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tokio::sync::Mutex;

use crate::delta;
use crate::engine::{Cancel, Engine, finish};
use crate::error::{Error, Result};
use crate::query::{self, Plan, conform, plain_schema, repeated_name};
use crate::store::Recorder;

pub type Progress = Box<dyn Fn(u64, u64) + Send + Sync>;

/// Files are closed at this size, row groups at the other: both bound what a writer holds.
const FILE_BYTES: u64 = 256 << 20;
const ROW_GROUP_BYTES: usize = 16 << 20;
/// The next writer starts when the ones before it have had this much each: small results stay one file.
const WRITER_BYTES: u64 = 64 << 20;
/// A partitioned table has an open file for each partition value; after this much input all are closed.
const PARTITIONED_BYTES: u64 = 192 << 20;

#[derive(Deserialize, Clone)]
pub struct WriteRequest {
	location: String,
	mode: Mode,
	expected_version: Option<u64>,
	#[serde(flatten)]
	with: Settings,
	#[serde(default)]
	partition_by: Vec<String>,
	#[serde(default)]
	column_nullable: BTreeMap<String, bool>,
	/// false: the same rows laid out anew; no reader has to look at them again.
	data_change: Option<bool>,
}

#[derive(Deserialize, Clone, Copy, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Mode {
	Create,
	Append,
	Overwrite,
}

#[derive(Deserialize)]
pub struct AlterRequest {
	location: String,
	expected_version: Option<u64>,
	#[serde(flatten)]
	with: Settings,
}

/// What every commit may carry. An absent property map or comment leaves what the table has.
#[derive(Deserialize, Clone, Default)]
struct Settings {
	app: Option<String>,
	#[serde(default)]
	app_version: i64,
	properties: Option<BTreeMap<String, String>>,
	comment: Option<String>,
	#[serde(default)]
	column_comments: BTreeMap<String, String>,
	#[serde(default)]
	metadata: Map<String, Value>,
}

impl Settings {
	/// No retries: the caller said which version it saw, so any commit in between is a conflict.
	fn commit_properties(&self) -> CommitProperties {
		let out = CommitProperties::default().with_metadata(self.metadata.clone()).with_max_retries(0);
		match &self.app {
			Some(app) => out.with_application_transaction(Transaction::new(app, self.app_version)),
			None => out,
		}
	}
}

fn conflict(location: &str, expected: Option<u64>, found: Option<u64>) -> Error {
	let text = |v: Option<u64>| v.map_or_else(|| "no table".to_string(), |v| format!("version {v}"));
	Error::new("conflict", format!("{location} has {}, expected was {}", text(found), text(expected)))
}

/* ---- rows ---- */

pub fn write(plan: &Plan, request: WriteRequest, cancel: Cancel, progress: Option<Progress>) -> Result<String> {
	let (engine, owner) = (plan.engine.clone(), plan.engine.clone());
	let (state, logical) = plan.parts();
	let source = plan.schema();
	let shared = Arc::new(Shared { progress: Lock::new(progress.map(|call| (call, Instant::now()))), ..Default::default() });
	let ours = shared.clone();
	let mut task = engine.start(async move {
		let mut work = Work::prepare(&owner, request, &source, shared).await?;
		let mut out = Err(Error::cancelled());
		for frugal in [false, true] {
			out = async {
				let physical = query::physical(&state, &logical, frugal).await?;
				let stream = execute_stream(physical.clone(), state.task_ctx())?;
				let sorted = physical.output_ordering().is_some();
				let adds = work.files(stream, sorted).await;
				owner.spilled.fetch_add(query::spilled(&physical), Ordering::Relaxed);
				work.commit(adds?).await
			}
			.await;
			match &out {
				// Once more, frugally.
				Err(error) if error.class == "resources" && !frugal => work.undo().await,
				_ => break,
			}
		}
		if out.is_err() {
			work.undo().await;
			work.remove_empty_folder();
		}
		out
	});
	// A write that was told to stop takes its files back before it answers; one that does not yield is not waited for, and commits nothing.
	task.wait(engine.handle(), cancel).unwrap_or_else(|| {
		ours.stop.store(true, Ordering::SeqCst);
		task.wait_for(engine.handle(), Duration::from_secs(2)).unwrap_or_else(|| {
			ours.progress.lock().unwrap_or_else(|e| e.into_inner()).take();
			Err(Error::cancelled())
		})
	})
}

/// One write, from the check of the version to the commit.
struct Work {
	request: WriteRequest,
	table: DeltaTable,
	exists: bool,
	/// The folder, where this write made it.
	folder: Option<PathBuf>,
	schema: StructType,
	arrow: SchemaRef,
	partitions: Vec<String>,
	/// Place of each column of the table in the plan.
	places: Vec<usize>,
	store: Arc<Recorder>,
	shared: Arc<Shared>,
	threads: usize,
}

/// What the writers of one write have in common.
#[derive(Default)]
struct Shared {
	/// The caller does not want it any more.
	stop: AtomicBool,
	/// One of the writers failed.
	halt: AtomicBool,
	rows: AtomicU64,
	input: AtomicU64,
	/// When it was last called. None once the caller may be gone.
	progress: Lock<Option<(Progress, Instant)>>,
}

impl Shared {
	fn check(&self) -> Result<()> {
		if self.stop.load(Ordering::SeqCst) || self.halt.load(Ordering::SeqCst) { Err(Error::cancelled()) } else { Ok(()) }
	}

	fn tell(&self, rows: u64, bytes: u64) {
		if let Ok(mut progress) = self.progress.try_lock()
			&& let Some((call, told)) = progress.as_mut()
			&& told.elapsed() >= Duration::from_millis(100)
		{
			*told = Instant::now();
			call(rows, bytes);
		}
	}
}

impl Work {
	async fn prepare(engine: &Engine, request: WriteRequest, source: &Schema, shared: Arc<Shared>) -> Result<Self> {
		let location = &request.location;
		let found = delta::open(engine, location, None).await?;
		let version = found.as_ref().and_then(DeltaTable::version);
		if let Some(table) = &found {
			delta::ours(table, location)?;
		}
		if version != request.expected_version || (request.mode == Mode::Create && version.is_some()) {
			return Err(conflict(location, request.expected_version, version));
		}
		if let Some(name) = repeated_name(source) {
			return Err(Error::new("plan", format!("two columns are called {name}")));
		}
		let (schema, partitions) = match &found {
			Some(table) if request.mode == Mode::Append => {
				let (snapshot, metadata) = (table.snapshot()?, table.snapshot()?.metadata());
				known_properties(metadata.configuration().keys())?;
				(snapshot.schema().as_ref().clone(), metadata.partition_columns().to_vec())
			}
			_ => (stored_schema(source, &request)?, request.partition_by.clone()),
		};
		let arrow: Schema = (&schema).try_into_arrow()?;
		let places = places(source, &arrow)?;
		if let Some(name) = partitions.iter().find(|name| arrow.field_with_name(name).is_err()) {
			return Err(Error::new("plan", format!("there is no column {name} to partition by")));
		}
		if partitions.len() == arrow.fields().len() {
			return Err(Error::new("plan", "a table cannot be partitioned by all of its columns"));
		}
		let local = Some(PathBuf::from(location.strip_prefix("file://").unwrap_or(location))).filter(|p| !location.contains("://") || p.is_absolute());
		let folder = local.filter(|path| found.is_none() && !path.exists());
		let exists = found.is_some();
		let table = found.map_or_else(|| delta::place(engine, location), Ok)?;
		let store = Recorder::new(table.log_store().object_store(None));
		Ok(Work { request, table, exists, folder, schema, arrow: Arc::new(arrow), partitions, places, store, shared, threads: engine.threads.max(1) })
	}

	/// The stream's rows as Parquet files; several writers take batches from it in turn when there is enough for them. Sorted rows stay together.
	async fn files(&mut self, stream: SendableRecordBatchStream, sorted: bool) -> Result<Vec<Add>> {
		self.shared.halt.store(false, Ordering::SeqCst);
		self.shared.rows.store(0, Ordering::Relaxed);
		self.shared.input.store(0, Ordering::Relaxed);
		let mut properties = WriterProperties::builder()
			.set_compression(Compression::SNAPPY)
			.set_max_row_group_bytes(Some(ROW_GROUP_BYTES))
			.set_created_by("belvedere".to_string());
		// Bounds of floats leave NaN out, and DataFusion takes a column whose bounds are one value for that value: then NaN reads as another number, and
		// `f > 2` skips a file that has it. Without bounds it looks at the rows.
		for field in self.arrow.fields().iter().filter(|f| f.data_type().is_floating()) {
			properties = properties.set_column_statistics_enabled(ColumnPath::from(vec![field.name().clone()]), EnabledStatistics::None);
		}
		let properties = properties.build();
		let indexed = DataSkippingNumIndexedCols::NumColumns(32);
		let config = WriterConfig::new(self.arrow.clone(), self.partitions.clone(), Some(properties), NonZeroU64::new(FILE_BYTES), None, indexed, None);
		let stream = Arc::new(Mutex::new(Some(stream)));
		let writers = if self.partitions.is_empty() && !sorted { self.threads } else { 1 };
		let mut tasks = tokio::task::JoinSet::new();
		for number in 0..writers as u64 {
			let writer = FileWriter {
				stream: stream.clone(),
				shared: self.shared.clone(),
				store: self.store.clone(),
				config: config.clone(),
				arrow: self.arrow.clone(),
				places: self.places.clone(),
				flush: !self.partitions.is_empty(),
				number,
			};
			tasks.spawn(writer.run());
		}
		let (mut adds, mut failed) = (vec![], None);
		while let Some(done) = tasks.join_next().await {
			match finish(done) {
				Ok(some) => adds.extend(some),
				Err(error) => {
					// The others stop at their next batch; all uploads have ended before files are taken back.
					self.shared.halt.store(true, Ordering::SeqCst);
					failed.get_or_insert(error);
				}
			}
		}
		match failed {
			Some(error) => Err(error),
			None => Ok(adds),
		}
	}

	async fn commit(&mut self, mut adds: Vec<Add>) -> Result<String> {
		self.shared.check()?;
		if let Some(count) = self.request.with.metadata.get_mut(delta::CERTIFICATE).and_then(|c| c.get_mut("rows_out")).filter(|n| n.as_i64() == Some(-1)) {
			*count = json!(self.shared.rows.load(Ordering::Relaxed));
		}
		let (with, log) = (&self.request.with, self.table.log_store());
		let change = self.request.data_change.unwrap_or(true);
		adds.sort_by(|a, b| a.path.cmp(&b.path));
		adds.iter_mut().for_each(|add| add.data_change = change);
		let (count, bytes) = (adds.len(), adds.iter().map(|a| a.size).sum::<i64>());
		let marker = adds.first().map(|a| a.path.clone());
		let next = self.request.expected_version.map_or(0, |v| v + 1);
		let mut actions: Vec<Action> = adds.into_iter().map(Action::Add).collect();
		let partition_by = Some(self.partitions.clone());
		let (id, operation) = if !self.exists {
			let (metadata, protocol) = described(None, &self.schema, partition_by, with)?;
			actions.splice(0..0, [Action::Protocol(protocol.clone()), Action::Metadata(metadata.clone())]);
			let location = log.root_url().clone();
			(metadata.id().to_string(), DeltaOperation::Create { mode: SaveMode::ErrorIfExists, metadata, location, protocol })
		} else {
			let snapshot = self.table.snapshot()?;
			let mode = if self.request.mode == Mode::Append { SaveMode::Append } else { SaveMode::Overwrite };
			if mode == SaveMode::Overwrite {
				let removes = snapshot.snapshot().file_views(&log, None).map_ok(|file| Action::Remove(file.remove_action(change)));
				actions.extend(removes.try_collect::<Vec<_>>().await?);
				actions.extend(changes(&self.table, &self.schema, partition_by.clone(), with)?);
			}
			let partition_by = partition_by.filter(|p| !p.is_empty());
			(snapshot.metadata().id().to_string(), DeltaOperation::Write { mode, partition_by, predicate: None })
		};
		let version = match commit(&self.table, self.exists, actions, operation, with).await {
			Ok(version) => version,
			// The store may have taken the commit and lost the answer: the log decides.
			Err(error) if !landed(&log, next, marker.as_deref(), with).await => return Err(error),
			Err(_) => next,
		};
		Ok(json!({"version": version, "rows": self.shared.rows.load(Ordering::Relaxed), "files": count, "bytes": bytes, "id": id}).to_string())
	}

	async fn undo(&self) {
		self.store.undo().await;
	}

	/// The folder that this write made for a table that never came to be, with folders of partitions below it; never one with a file in it.
	fn remove_empty_folder(&self) {
		fn prune(path: &std::path::Path) {
			if let Ok(entries) = std::fs::read_dir(path) {
				entries.flatten().filter(|e| e.file_type().is_ok_and(|t| t.is_dir())).for_each(|e| prune(&e.path()));
			}
			let _ = std::fs::remove_dir(path);
		}
		if let Some(folder) = &self.folder {
			prune(folder);
		}
	}
}

/// One writer: takes a batch from the shared stream, encodes it while the others take the next.
struct FileWriter {
	/// None at its end.
	stream: Arc<Mutex<Option<SendableRecordBatchStream>>>,
	shared: Arc<Shared>,
	store: Arc<Recorder>,
	config: WriterConfig,
	arrow: SchemaRef,
	places: Vec<usize>,
	flush: bool,
	number: u64,
}

impl FileWriter {
	async fn run(self) -> Result<Vec<Add>> {
		let mut adds = vec![];
		let mut writer = DeltaWriter::new(self.store.clone(), self.config.clone());
		match self.fill(&mut writer, &mut adds).await {
			Ok(()) => {
				adds.extend(writer.close().await?);
				Ok(adds)
			}
			Err(error) => {
				let _ = writer.abort().await;
				Err(error)
			}
		}
	}

	async fn fill(&self, writer: &mut DeltaWriter, adds: &mut Vec<Add>) -> Result<()> {
		let mut held = 0;
		while let Some(batch) = self.take().await? {
			held += batch.get_array_memory_size() as u64;
			writer.write(&batch).await?;
			let rows = self.shared.rows.fetch_add(batch.num_rows() as u64, Ordering::Relaxed) + batch.num_rows() as u64;
			self.shared.tell(rows, self.store.bytes());
			if self.flush && held >= PARTITIONED_BYTES {
				held = 0;
				let full = std::mem::replace(writer, DeltaWriter::new(self.store.clone(), self.config.clone()));
				adds.extend(full.close().await?);
			}
		}
		Ok(())
	}

	async fn take(&self) -> Result<Option<RecordBatch>> {
		loop {
			self.shared.check()?;
			let mut shared = self.stream.lock().await;
			let Some(stream) = shared.as_mut() else { return Ok(None) };
			if self.shared.input.load(Ordering::Relaxed) < self.number * WRITER_BYTES {
				// Not enough yet for this writer; the ones before it go on.
				drop(shared);
				tokio::time::sleep(Duration::from_millis(5)).await;
				continue;
			}
			let next = tokio::select! {
				biased;
				next = stream.next() => next,
				_ = self.stopped() => return Err(Error::cancelled()),
			};
			let Some(batch) = next.transpose()? else {
				*shared = None;
				return Ok(None);
			};
			drop(shared);
			if batch.num_rows() > 0 {
				self.shared.input.fetch_add(batch.get_array_memory_size() as u64, Ordering::Relaxed);
				return Ok(Some(conform(&batch.project(&self.places)?, &self.arrow)?));
			}
		}
	}

	async fn stopped(&self) {
		while self.shared.check().is_ok() {
			tokio::time::sleep(Duration::from_millis(20)).await;
		}
	}
}

/// The commit is in the log although its answer was lost.
async fn landed(log: &LogStoreRef, version: u64, marker: Option<&str>, with: &Settings) -> bool {
	let Ok(Some(bytes)) = log.read_commit_entry(version).await else { return false };
	let text = String::from_utf8_lossy(&bytes);
	match (marker, &with.app) {
		(Some(path), _) => text.contains(path),
		(None, Some(app)) => text.contains(&format!("\"appId\":{}", json!(app))) && text.contains(&format!("\"version\":{}", with.app_version)),
		(None, None) => false,
	}
}

async fn commit(table: &DeltaTable, exists: bool, actions: Vec<Action>, operation: DeltaOperation, with: &Settings) -> Result<u64> {
	let seen: Option<&dyn TableReference> = if exists { Some(table.snapshot()?) } else { None };
	let builder = CommitBuilder::from(with.commit_properties()).with_actions(actions);
	let done = builder.build(seen, table.log_store(), operation).into_prepared_commit_future().await?.await?;
	let version = done.version;
	// The commit stands; a checkpoint that fails is made by a later one.
	let _ = done.await;
	Ok(version)
}

/* ---- schemas ---- */

/// Plain strings, nullability and comments as asked for, no other metadata.
fn stored_schema(source: &Schema, request: &WriteRequest) -> Result<StructType> {
	let plain = plain_schema(source);
	let fields = plain.fields().iter().map(|field| {
		let name = field.name();
		storable(name, field.data_type())?;
		let nullable = request.column_nullable.get(name).copied().unwrap_or(field.is_nullable());
		let comment = request.with.column_comments.get(name).filter(|c| !c.is_empty());
		let metadata: HashMap<_, _> = comment.map(|c| ("comment".to_string(), c.clone())).into_iter().collect();
		Ok(Field::new(name, field.data_type().clone(), nullable).with_metadata(metadata))
	});
	let fields = fields.collect::<Result<Vec<Field>>>()?;
	if fields.is_empty() {
		return Err(Error::new("plan", "a table has at least one column"));
	}
	(&Schema::new(fields)).try_into_kernel().map_err(|e| Error::unsupported(e.to_string()))
}

/// For some of the other types delta-rs would silently store a neighbour.
fn storable(name: &str, data_type: &DataType) -> Result<()> {
	use DataType::*;
	match data_type {
		Boolean | Int8 | Int16 | Int32 | Int64 | Float32 | Float64 | Utf8 | Binary | Date32 | Decimal128(..) | Timestamp(_, None) => Ok(()),
		Timestamp(_, Some(zone)) if zone.as_ref() == "UTC" => Ok(()),
		List(f) | FixedSizeList(f, _) | Map(f, _) => storable(name, f.data_type()),
		Struct(fields) => fields.iter().try_for_each(|f| storable(name, f.data_type())),
		other => Err(Error::unsupported(format!("column {name}: Delta Lake has no type {other}"))),
	}
}

fn places(source: &Schema, target: &Schema) -> Result<Vec<usize>> {
	let found = target.fields().iter().map(|f| source.index_of(f.name()).map_err(|_| Error::new("invalid_data", format!("the rows have no column {}", f.name()))));
	let found = found.collect::<Result<Vec<_>>>()?;
	match source.fields().iter().find(|f| target.index_of(f.name()).is_err()) {
		Some(extra) => Err(Error::new("invalid_data", format!("the table has no column {}", extra.name()))),
		None => Ok(found),
	}
}

/* ---- metadata ---- */

/// Properties of Delta that ask nothing of those who write. Others would be promised to readers and not kept.
const HARMLESS: [&str; 12] = [
	"autoOptimize.", "checkpoint.", "checkpointInterval", "dataSkipping", "deletedFileRetentionDuration", "enableChangeDataFeed", "enableExpiredLogCleanup",
	"isolationLevel", "logRetentionDuration", "setTransactionRetentionDuration", "targetFileSize", "tuneFileSizesForRewrites",
];

fn known_properties<'a>(mut names: impl Iterator<Item = &'a String>) -> Result<()> {
	match names.find(|n| n.strip_prefix("delta.").is_some_and(|n| !HARMLESS.iter().any(|h| n.starts_with(h)))) {
		Some(name) => Err(Error::unsupported(format!("the table property {name} is not supported"))),
		None => Ok(()),
	}
}

/// Metadata and protocol of a table: what it has, changed to what is asked for.
fn described(current: Option<(&Metadata, &Protocol)>, schema: &StructType, partitions: Option<Vec<String>>, with: &Settings) -> Result<(Metadata, Protocol)> {
	let (mut metadata, protocol) = match current {
		Some((metadata, protocol)) => (serde_json::to_value(metadata)?, serde_json::to_value(protocol)?),
		None => (serde_json::to_value(new_metadata(schema, [""; 0], [("", ""); 0]).map_err(DeltaTableError::from)?)?, json!({"minReaderVersion": 1, "minWriterVersion": 2})),
	};
	let described = serde_json::to_value(schema)?;
	let known: Option<Value> = metadata["schemaString"].as_str().and_then(|s| serde_json::from_str(s).ok());
	if known.as_ref() != Some(&described) {
		metadata["schemaString"] = Value::String(described.to_string());
	}
	if let Some(partitions) = partitions {
		metadata["partitionColumns"] = json!(partitions);
	}
	if with.properties.is_some() || current.is_none() {
		let mut properties = with.properties.clone().unwrap_or_default();
		properties.entry("delta.enableChangeDataFeed".to_string()).or_insert_with(|| "true".to_string());
		properties.entry(delta::KIND.to_string()).or_insert_with(|| "view".to_string());
		known_properties(properties.keys())?;
		metadata["configuration"] = json!(properties);
	}
	if let Some(comment) = &with.comment {
		metadata["description"] = if comment.is_empty() { Value::Null } else { json!(comment) };
	}
	let (ntz, feed) = (described.to_string().contains("\"timestamp_ntz\""), metadata["configuration"]["delta.enableChangeDataFeed"] == "true");
	Ok((serde_json::from_value(metadata)?, serde_json::from_value(upgraded(protocol, ntz, feed))?))
}

/// The actions that make an existing table as asked for; none where it is already.
fn changes(table: &DeltaTable, schema: &StructType, partitions: Option<Vec<String>>, with: &Settings) -> Result<Vec<Action>> {
	let snapshot = table.snapshot()?;
	let (metadata, protocol) = described(Some((snapshot.metadata(), snapshot.protocol())), schema, partitions, with)?;
	let protocol = (protocol != *snapshot.protocol()).then_some(Action::Protocol(protocol));
	Ok(protocol.into_iter().chain((metadata != *snapshot.metadata()).then_some(Action::Metadata(metadata))).collect())
}

/// Timestamps without a zone need table features; the change data feed needs writer version 4 or its feature.
fn upgraded(mut protocol: Value, ntz: bool, feed: bool) -> Value {
	let list = |v: &Value| v.as_array().map(|a| a.iter().filter_map(|f| f.as_str().map(str::to_string)).collect::<BTreeSet<_>>()).unwrap_or_default();
	let (mut reads, mut writes) = (list(&protocol["readerFeatures"]), list(&protocol["writerFeatures"]));
	let writer = protocol["minWriterVersion"].as_i64().unwrap_or(2);
	if writer < 7 && !ntz {
		protocol["minWriterVersion"] = json!(if feed { writer.max(4) } else { writer });
		return protocol;
	}
	if writer < 7 {
		// What the older version implied.
		let implied = [(2, "appendOnly"), (2, "invariants"), (3, "checkConstraints"), (4, "changeDataFeed"), (4, "generatedColumns")];
		writes.extend(implied.iter().filter(|(since, _)| writer >= *since).map(|(_, name)| name.to_string()));
	}
	if feed {
		writes.insert("changeDataFeed".to_string());
	}
	if ntz {
		writes.insert("timestampNtz".to_string());
		reads.insert("timestampNtz".to_string());
		protocol["minReaderVersion"] = json!(3);
		protocol["readerFeatures"] = json!(reads);
	}
	protocol["minWriterVersion"] = json!(7);
	protocol["writerFeatures"] = json!(writes);
	protocol
}

pub fn alter(engine: &Arc<Engine>, request: AlterRequest) -> Result<String> {
	let owner = engine.clone();
	engine.run(async move {
		let AlterRequest { location, expected_version, with } = request;
		let table = delta::open(&owner, &location, None).await?.ok_or_else(|| delta::not_a_table(&location))?;
		delta::ours(&table, &location)?;
		if expected_version.is_some() && table.version() != expected_version {
			return Err(conflict(&location, expected_version, table.version()));
		}
		let before = table.snapshot()?.schema();
		let fields = before.fields().map(|field| match with.column_comments.get(field.name()) {
			None => field.clone(),
			Some(comment) => {
				let kept = field.metadata().iter().filter(|(k, _)| *k != "comment").map(|(k, v)| (k.clone(), v.clone()));
				let new = (!comment.is_empty()).then(|| ("comment".to_string(), comment.clone().into()));
				field.clone().with_metadata(kept.chain(new))
			}
		});
		let schema = StructType::try_new(fields.collect::<Vec<_>>()).map_err(|e| Error::new("invalid_data", e.to_string()))?;
		let actions = changes(&table, &schema, None, &with)?;
		let properties = with.properties.clone().unwrap_or_default().into_iter().collect();
		let version = commit(&table, true, actions, DeltaOperation::SetTableProperties { properties }, &with).await?;
		Ok(json!({"version": version, "rows": 0, "files": 0, "bytes": 0, "id": table.snapshot()?.metadata().id()}).to_string())
	})
}
