//! Plans: payload → logical plan → physical plan → a stream of batches that the caller pulls.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use arrow::array::{RecordBatch, RecordBatchReader};
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::{DataType, Field, FieldRef, Fields, Schema, SchemaRef};
use arrow::error::ArrowError;
use datafusion::common::DataFusionError;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::execution::SendableRecordBatchStream;
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder};
use datafusion::physical_plan::coop::CooperativeExec;
use datafusion::physical_plan::metrics::MetricValue;
use datafusion::physical_plan::{ExecutionPlan, displayable, execute_stream};
use futures::StreamExt;
use serde::Deserialize;

use crate::catalog::Catalog;
use crate::engine::{Cancel, Engine};
use crate::error::{Error, Result};
use crate::lower::{self, REPEATED};
use crate::payload::Payload;

#[derive(Deserialize, Default, Clone, Copy)]
#[serde(default)]
pub struct PlanOptions {
	plain: bool,
}

/// One planned query. The plan is optimised once; a physical plan is made for each execution.
pub struct Plan {
	pub engine: Arc<Engine>,
	state: Option<SessionState>,
	logical: Option<LogicalPlan>,
	schema: SchemaRef,
	plain: bool,
}

type Stage<T> = fn(&SessionState, LogicalPlan) -> std::result::Result<T, DataFusionError>;

/// The optimised plan and the schema that is promised of it: its types (only then is known what a constant argument folds to), and nullable what is so
/// in it or in the plan before, for no column becomes NOT NULL because of a constant.
fn optimised(state: &SessionState, plan: LogicalPlan) -> std::result::Result<(LogicalPlan, SchemaRef), DataFusionError> {
	if matches!(plan, LogicalPlan::Explain(_)) {
		let plan = state.optimize(&plan)?;
		let schema = plan.schema().inner().clone();
		return Ok((plan, schema));
	}
	let analysed = state.analyzer().execute_and_check(plan, state.config_options(), |_, _| {})?;
	let derived = analysed.schema().inner().clone();
	let plan = state.optimizer().optimize(analysed, state, |_, _| {})?;
	let schema = plan.schema().as_arrow();
	let nullable = |i: usize| derived.fields().get(i).is_some_and(|f| f.is_nullable());
	let fields = schema.fields().iter().enumerate().map(|(i, f)| if nullable(i) { Arc::new(f.as_ref().clone().with_nullable(true)) } else { f.clone() });
	let schema = Arc::new(Schema::new_with_metadata(fields.collect::<Fields>(), schema.metadata().clone()));
	Ok((plan, schema))
}

/// A payload as a plan that was checked, not optimised: what a view keeps.
pub fn view(catalog: &Catalog, payload: &[u8]) -> Result<LogicalPlan> {
	let (_, plan) = planned(catalog, payload, |state, plan| state.analyzer().execute_and_check(plan, state.config_options(), |_, _| {}))?;
	if !plan.schema().fields().iter().any(|f| f.name().contains(REPEATED)) {
		return Ok(plan);
	}
	let bare = |name: &str| name.split_once(REPEATED).map_or(name, |(name, _)| name).to_string();
	let mut seen = BTreeSet::new();
	let columns = plan.schema().columns();
	if let Some(name) = columns.iter().map(|c| bare(&c.name)).find(|name| !seen.insert(name.clone())) {
		return Err(Error::new("plan", format!("two columns are called {name}")));
	}
	let outputs: Vec<Expr> = columns.into_iter().map(|c| { let name = bare(&c.name); Expr::Column(c).alias(name) }).collect();
	Ok(LogicalPlanBuilder::from(plan).project(outputs)?.build()?)
}

fn planned<T: Send + 'static>(catalog: &Catalog, payload: &[u8], stage: Stage<T>) -> Result<(SessionState, T)> {
	let (state, payload) = (catalog.ctx.state(), payload.to_vec());
	catalog.engine.run(async move {
		let mut payload = Payload::read(&payload)?;
		let plan = match attempt(&state, &payload, stage).await {
			Err(error) if error.element < 0 => return Err(locate(&state, &mut payload, stage, error).await),
			other => other?,
		};
		Ok((state, plan))
	})
}

async fn attempt<T>(state: &SessionState, payload: &Payload, stage: Stage<T>) -> Result<T> {
	let plan = state.statement_to_plan(lower::statement(payload)?).await;
	plan.and_then(|plan| stage(state, plan)).map_err(|e| Error::from(e).planning())
}

/// Not every planning error says where it arose. Then it is in the smallest expression without which, NULL in its place, the rest can be planned.
async fn locate<T>(state: &SessionState, payload: &mut Payload, stage: Stage<T>, mut error: Error) -> Error {
	let mut tries = (200_000 / payload.len()).clamp(8, 400);
	let (mut at, mut candidates) = (1, vec![]);
	payload.root().expressions(&mut candidates);
	while let Some(candidate) = candidates.pop() {
		if tries == 0 {
			break;
		}
		tries -= 1;
		payload.mask = candidate;
		if attempt(state, payload, stage).await.is_ok() {
			(at, candidates) = (candidate, vec![]);
			payload.root().at(at).expressions(&mut candidates);
		}
	}
	if at > 1 {
		error.element = at as i64;
	}
	error
}

impl Plan {
	pub fn of_payload(catalog: &Catalog, payload: &[u8], options: PlanOptions) -> Result<Self> {
		let (state, (plan, schema)) = planned(catalog, payload, optimised)?;
		Ok(Self::new(catalog.engine.clone(), state, plan, &schema, options))
	}

	/// A plan that was built here, not yet optimised.
	pub fn of_logical(catalog: &Catalog, plan: LogicalPlan) -> Result<Self> {
		let state = catalog.ctx.state();
		let (plan, schema) = optimised(&state, plan).map_err(|e| Error::from(e).planning())?;
		Ok(Self::new(catalog.engine.clone(), state, plan, &schema, PlanOptions::default()))
	}

	/// SQL text by DataFusion alone. Statements that only change the catalogue are done here.
	#[cfg(feature = "baseline")]
	pub fn of_sql(catalog: &Catalog, sql: &str) -> Result<Self> {
		let (ctx, sql) = (catalog.ctx.clone(), sql.to_string());
		let (state, (plan, schema)) = catalog.engine.run(async move {
			let frame = ctx.sql(&sql).await.map_err(|e| Error::from(e).planning())?;
			let (state, plan) = frame.into_parts();
			let planned = optimised(&state, plan).map_err(|e| Error::from(e).planning())?;
			Ok((state, planned))
		})?;
		Ok(Self::new(catalog.engine.clone(), state, plan, &schema, PlanOptions::default()))
	}

	fn new(engine: Arc<Engine>, state: SessionState, logical: LogicalPlan, schema: &Schema, options: PlanOptions) -> Self {
		let fields = schema.fields().iter().map(|f| match f.name().split_once(REPEATED) {
			Some((name, _)) => Arc::new(f.as_ref().clone().with_name(name)),
			None => f.clone(),
		});
		let schema = Schema::new_with_metadata(fields.collect::<Fields>(), schema.metadata().clone());
		let schema = Arc::new(if options.plain { plain_schema(&schema) } else { schema });
		Plan { engine, state: Some(state), logical: Some(logical), schema, plain: options.plain }
	}

	pub fn schema(&self) -> SchemaRef {
		self.schema.clone()
	}

	pub fn parts(&self) -> (SessionState, LogicalPlan) {
		// Both are there until the plan is dropped.
		(self.state.clone().expect("a live plan"), self.logical.clone().expect("a live plan"))
	}

	pub fn text(&self) -> Result<String> {
		let (state, logical) = self.parts();
		self.engine.run(async move {
			let physical = physical(&state, &logical, false).await?;
			Ok(format!("{}\n\n{}", logical.display_indent(), displayable(physical.as_ref()).indent(false)))
		})
	}

	pub fn execute(&self, cancel: Cancel) -> Result<Reader> {
		let (state, logical) = self.parts();
		let started = self.engine.run_cancellable(cancel, async move { start(&state, &logical, false).await })?;
		Ok(Reader { engine: self.engine.clone(), plan: Some(self.parts()), running: Some(started), schema: self.schema.clone(), plain: self.plain, cancel, begun: false })
	}
}

impl Drop for Plan {
	fn drop(&mut self) {
		self.engine.bury((self.state.take(), self.logical.take()));
	}
}

/// Joins do not yield to cancellation by themselves. A frugal plan has no hash joins, whose build side cannot spill, and one partition, so that each
/// operator has the pool to itself.
pub async fn physical(state: &SessionState, logical: &LogicalPlan, frugal: bool) -> Result<Arc<dyn ExecutionPlan>> {
	let mut state = state.clone();
	if frugal {
		state.config_mut().options_mut().optimizer.prefer_hash_join = false;
		state.config_mut().options_mut().execution.target_partitions = 1;
	}
	let plan = state.query_planner().create_physical_plan(logical, &state).await.map_err(|e| Error::from(e).planning())?;
	let cooperative = plan.transform_up(|node| {
		Ok(if node.name().ends_with("JoinExec") { Transformed::yes(Arc::new(CooperativeExec::new(node)) as Arc<dyn ExecutionPlan>) } else { Transformed::no(node) })
	})?;
	Ok(cooperative.data)
}

/// Bytes that a finished plan has spilled.
pub fn spilled(plan: &Arc<dyn ExecutionPlan>) -> u64 {
	let own = plan.metrics().map_or(0, |all| {
		all.iter().map(|m| if let MetricValue::SpilledBytes(n) = m.value() { n.value() as u64 } else { 0 }).sum()
	});
	own + plan.children().into_iter().map(spilled).sum::<u64>()
}

pub struct Running {
	plan: Arc<dyn ExecutionPlan>,
	stream: SendableRecordBatchStream,
}

async fn start(state: &SessionState, logical: &LogicalPlan, frugal: bool) -> Result<Running> {
	let plan = physical(state, logical, frugal).await?;
	let stream = execute_stream(plan.clone(), state.task_ctx())?;
	Ok(Running { plan, stream })
}

/// The stream that crosses the seam. Each pull computes one batch on a worker; nothing runs ahead of the caller but what operators buffer.
pub struct Reader {
	engine: Arc<Engine>,
	plan: Option<(SessionState, LogicalPlan)>,
	running: Option<Running>,
	schema: SchemaRef,
	plain: bool,
	cancel: Cancel,
	begun: bool,
}

impl Reader {
	fn pull(&mut self) -> Result<Option<RecordBatch>> {
		let Some(mut running) = self.running.take() else { return Ok(None) };
		let (schema, plain) = (self.schema.clone(), self.plain);
		let pulled = self.engine.run_cancellable(self.cancel, async move {
			let batch = match running.stream.next().await.transpose() {
				Ok(Some(batch)) if plain || batch.schema() != schema => conform(&batch, &schema).map(Some),
				Ok(batch) => Ok(batch),
				Err(error) => Err(error.into()),
			};
			Ok((running, batch))
		});
		let (running, batch) = pulled?;
		match batch {
			Ok(Some(batch)) => {
				self.begun = true;
				self.running = Some(running);
				Ok(Some(batch))
			}
			Ok(None) => {
				self.finished(running);
				Ok(None)
			}
			Err(error) => {
				self.finished(running);
				if error.class != "resources" || self.begun {
					return Err(error);
				}
				// Once more, frugally.
				let Some((state, logical)) = self.plan.take() else { return Err(error) };
				self.begun = true;
				self.running = Some(self.engine.run_cancellable(self.cancel, async move { start(&state, &logical, true).await })?);
				self.pull()
			}
		}
	}

	fn finished(&self, running: Running) {
		self.engine.spilled.fetch_add(spilled(&running.plan), Ordering::Relaxed);
		self.engine.bury(running.stream);
		self.engine.bury(running.plan);
	}
}

impl Drop for Reader {
	fn drop(&mut self) {
		if let Some(running) = self.running.take() {
			self.finished(running);
		}
		self.engine.bury(self.plan.take());
	}
}

impl Iterator for Reader {
	type Item = std::result::Result<RecordBatch, ArrowError>;

	fn next(&mut self) -> Option<Self::Item> {
		let pulled = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| self.pull()));
		let pulled = pulled.unwrap_or_else(|panic| Err(Error::new("internal", crate::engine::panic_text(panic.as_ref()))));
		// The text of a stream's error begins with its class, so that the other side can tell a cancellation from a failure.
		pulled.map_err(|e| ArrowError::ExternalError(format!("{}: {}", e.class, e.message).into())).transpose()
	}
}

impl RecordBatchReader for Reader {
	fn schema(&self) -> SchemaRef {
		self.schema.clone()
	}
}

/* ---- plain types ---- */

fn plain_field(field: &FieldRef) -> FieldRef {
	Arc::new(field.as_ref().clone().with_data_type(plain_type(field.data_type())))
}

/// No views, no dictionaries, no large strings; also inside nested types.
pub fn plain_type(data_type: &DataType) -> DataType {
	match data_type {
		DataType::Utf8View | DataType::LargeUtf8 => DataType::Utf8,
		DataType::BinaryView | DataType::LargeBinary => DataType::Binary,
		DataType::Dictionary(_, value) => plain_type(value),
		DataType::List(f) | DataType::LargeList(f) | DataType::ListView(f) | DataType::LargeListView(f) => DataType::List(plain_field(f)),
		DataType::FixedSizeList(f, n) => DataType::FixedSizeList(plain_field(f), *n),
		DataType::Struct(fields) => DataType::Struct(fields.iter().map(plain_field).collect()),
		DataType::Map(entries, sorted) => DataType::Map(plain_field(entries), *sorted),
		other => other.clone(),
	}
}

pub fn plain_schema(schema: &Schema) -> Schema {
	let fields: Vec<Field> = schema.fields().iter().map(|f| plain_field(f).as_ref().clone()).collect();
	Schema::new_with_metadata(fields, schema.metadata().clone())
}

/// A batch with exactly this schema: columns by place, cast where the type differs; a value that does not fit is an error.
pub fn conform(batch: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch> {
	let strict = CastOptions { safe: false, ..Default::default() };
	let columns = batch.columns().iter().zip(schema.fields()).map(|(column, field)| {
		if column.data_type() == field.data_type() {
			return Ok(column.clone());
		}
		let cast = cast_with_options(column, field.data_type(), &strict)?;
		// Delta has microseconds.
		let nanoseconds = column.data_type().to_string().contains("Timestamp(ns") && !field.data_type().to_string().contains("Timestamp(ns");
		if nanoseconds && cast_with_options(&cast, column.data_type(), &strict)?.as_ref() != column.as_ref() {
			let error = Error::new("invalid_data", format!("column {} holds a time finer than a microsecond", field.name()));
			return Err(error.hint("date_trunc('microsecond', …) says that the rest does not matter"));
		}
		Ok(cast)
	});
	let columns = columns.collect::<Result<Vec<_>>>()?;
	for (column, field) in columns.iter().zip(schema.fields()) {
		if !field.is_nullable() && column.null_count() > 0 {
			return Err(Error::new("invalid_data", format!("column {} holds NULL, but must not", field.name())));
		}
	}
	let rows = arrow::record_batch::RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
	Ok(RecordBatch::try_new_with_options(schema.clone(), columns, &rows)?)
}

/// Names that occur twice cannot be columns of a table.
pub fn repeated_name(schema: &Schema) -> Option<&str> {
	let mut seen = BTreeSet::new();
	schema.fields().iter().map(|f| f.name().as_str()).find(|name| !seen.insert(name.to_lowercase()))
}
