//! A catalogue: names of one to three parts → Delta tables at a pinned version, files, host tables and views.

use std::ffi::{c_int, c_void};
use std::fmt;
use std::sync::{Arc, Mutex};

use arrow::array::{RecordBatch, RecordBatchOptions};
use arrow::datatypes::{Schema, SchemaRef};
use arrow::ffi_stream::{ArrowArrayStreamReader, FFI_ArrowArrayStream};
use async_trait::async_trait;
use datafusion::catalog::{CatalogProvider, MemoryCatalogProvider, MemorySchemaProvider, SchemaProvider, Session, TableProvider};
use datafusion::common::DataFusionError;
use datafusion::datasource::ViewTable;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::{Expr, TableType};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::stream::RecordBatchReceiverStreamBuilder;
use datafusion::physical_plan::streaming::{PartitionStream, StreamingTableExec};
use datafusion::prelude::SessionContext;
use serde::Deserialize;

use crate::engine::{CATALOG, Engine, SCHEMA};
use crate::error::{Error, Result};
use crate::{delta, files, query};

pub struct Catalog {
	pub engine: Arc<Engine>,
	pub ctx: SessionContext,
	/// Names are registered one at a time: two threads that miss the same schema would both make it, and what the first put into its own be lost.
	registering: Mutex<()>,
}

#[derive(Deserialize)]
pub struct DatasetRequest {
	name: Vec<String>,
	format: String,
	location: String,
	version: Option<u64>,
	#[serde(default)]
	options: files::Options,
}

pub fn parts(name: &[String]) -> Result<(&str, &str, &str)> {
	match name {
		[table] => Ok((CATALOG, SCHEMA, table)),
		[schema, table] => Ok((CATALOG, schema, table)),
		[catalog, schema, table] => Ok((catalog, schema, table)),
		_ => Err(Error::request("a name has one to three parts")),
	}
}

impl Catalog {
	pub fn new(engine: Arc<Engine>) -> Self {
		Catalog { ctx: engine.context(), engine, registering: Mutex::new(()) }
	}

	fn schema_provider(&self, catalog: &str, schema: &str) -> Result<Arc<dyn SchemaProvider>> {
		let catalog = self.ctx.catalog(catalog).unwrap_or_else(|| {
			let new: Arc<dyn CatalogProvider> = Arc::new(MemoryCatalogProvider::new());
			self.ctx.register_catalog(catalog, new.clone());
			new
		});
		if let Some(found) = catalog.schema(schema) {
			return Ok(found);
		}
		let new: Arc<dyn SchemaProvider> = Arc::new(MemorySchemaProvider::new());
		catalog.register_schema(schema, new.clone())?;
		Ok(new)
	}

	fn register(&self, name: &[String], provider: Arc<dyn TableProvider>) -> Result<()> {
		let (catalog, schema, table) = parts(name)?;
		let _alone = self.registering.lock().unwrap_or_else(|e| e.into_inner());
		let schema = self.schema_provider(catalog, schema)?;
		schema.deregister_table(table)?;
		schema.register_table(table.to_string(), provider)?;
		Ok(())
	}

	/// The schema as a scan returns it, and the facts as JSON.
	pub fn dataset(&self, request: DatasetRequest) -> Result<(Schema, String)> {
		let (engine, state) = (self.engine.clone(), self.ctx.state());
		let DatasetRequest { name, format, location, version, options } = request;
		let (provider, facts) = self.engine.run(async move {
			match format.as_str() {
				"delta" => delta::dataset(&engine, &state, &location, version).await,
				_ => files::dataset(&engine, &state, &format, &location, &options).await,
			}
		})?;
		let schema = provider.schema().as_ref().clone();
		self.register(&name, provider)?;
		Ok((schema, facts))
	}

	pub fn table(&self, name: &[String], table: HostTable) -> Result<()> {
		self.register(name, Arc::new(table))
	}

	pub fn view(&self, name: &[String], payload: &[u8]) -> Result<Schema> {
		let plan = query::view(self, payload)?;
		let schema = plan.schema().as_arrow().clone();
		self.register(name, Arc::new(ViewTable::new(plan, None)))?;
		Ok(schema)
	}

	#[cfg(feature = "baseline")]
	pub fn lookup(&self, name: &[String]) -> Result<Schema> {
		let (catalog, schema, table) = parts(name)?;
		let (found, wanted) = (self.ctx.catalog(catalog).and_then(|c| c.schema(schema)), table.to_string());
		let table = self.engine.run(async move { Ok(match found { Some(schema) => schema.table(&wanted).await?, None => None }) })?;
		table.map(|t| t.schema().as_ref().clone()).ok_or_else(|| Error::new("not_found", format!("there is no table {}", name.join("."))))
	}

	pub fn drop(&self, name: &[String]) -> Result<()> {
		let (catalog, schema, table) = parts(name)?;
		let found = self.ctx.catalog(catalog).and_then(|c| c.schema(schema));
		match found.map(|s| s.deregister_table(table)).transpose()?.flatten() {
			Some(_) => Ok(()),
			None => Err(Error::new("not_found", format!("there is no table {}", name.join(".")))),
		}
	}
}

impl Drop for Catalog {
	fn drop(&mut self) {
		// Views hold plans, which may be deep.
		let ctx = std::mem::replace(&mut self.ctx, SessionContext::new_with_state(self.engine.probe_state().clone()));
		self.engine.bury(ctx);
	}
}

/* ---- host tables ---- */

pub type HostOpen = unsafe extern "C" fn(ctx: *mut c_void, out: *mut FFI_ArrowArrayStream) -> c_int;
pub type HostDrop = Option<unsafe extern "C" fn(ctx: *mut c_void)>;

/// What the host gave; dropped with the last plan that reads it.
struct Host {
	open: HostOpen,
	drop: HostDrop,
	ctx: *mut c_void,
}

unsafe impl Send for Host {}
unsafe impl Sync for Host {}

impl Drop for Host {
	fn drop(&mut self) {
		if let Some(drop) = self.drop {
			unsafe { drop(self.ctx) }
		}
	}
}

/// Every scan opens a stream of its own and pulls it on a thread that may block.
#[derive(Clone)]
pub struct HostTable {
	schema: SchemaRef,
	host: Arc<Host>,
}

impl HostTable {
	pub fn new(schema: SchemaRef, open: HostOpen, drop: HostDrop, ctx: *mut c_void) -> Self {
		HostTable { schema, host: Arc::new(Host { open, drop, ctx }) }
	}

	fn open(&self) -> std::result::Result<ArrowArrayStreamReader, DataFusionError> {
		let mut stream = FFI_ArrowArrayStream::empty();
		match unsafe { (self.host.open)(self.host.ctx, &mut stream) } {
			0 => Ok(unsafe { ArrowArrayStreamReader::from_raw(&mut stream)? }),
			code => Err(DataFusionError::Execution(format!("the host's table could not be opened (code {code})"))),
		}
	}
}

impl fmt::Debug for HostTable {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		f.write_str("HostTable")
	}
}

#[async_trait]
impl TableProvider for HostTable {
	fn schema(&self) -> SchemaRef {
		self.schema.clone()
	}

	fn table_type(&self) -> TableType {
		TableType::Base
	}

	async fn scan(
		&self, _: &dyn Session, projection: Option<&Vec<usize>>, _: &[Expr], limit: Option<usize>,
	) -> std::result::Result<Arc<dyn ExecutionPlan>, DataFusionError> {
		Ok(Arc::new(StreamingTableExec::try_new(self.schema.clone(), vec![Arc::new(self.clone())], projection, vec![], false, limit)?))
	}
}

impl PartitionStream for HostTable {
	fn schema(&self) -> &SchemaRef {
		&self.schema
	}

	fn execute(&self, _: Arc<TaskContext>) -> SendableRecordBatchStream {
		let mut builder = RecordBatchReceiverStreamBuilder::new(self.schema.clone(), 2);
		let (table, out) = (self.clone(), builder.tx());
		builder.spawn_blocking(move || {
			for batch in table.open()? {
				// The names and types were promised at registration; columns are taken by place.
				let batch = batch.and_then(|b| {
					let rows = RecordBatchOptions::new().with_row_count(Some(b.num_rows()));
					RecordBatch::try_new_with_options(table.schema.clone(), b.columns().to_vec(), &rows)
				});
				let failed = batch.is_err();
				if out.blocking_send(batch.map_err(DataFusionError::from)).is_err() || failed {
					break;
				}
			}
			Ok(())
		});
		builder.build()
	}
}

