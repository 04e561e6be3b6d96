//! The engine handle: runtime, memory pool, spill folder, storage options, and the session that every catalogue starts from.

use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicI32, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use datafusion::execution::cache::cache_manager::CacheManagerConfig;
use datafusion::execution::disk_manager::{DiskManagerBuilder, DiskManagerMode};
use datafusion::execution::memory_pool::{MemoryPool, PeakRecordingPool, TrackConsumersPool, UnboundedMemoryPool};
use datafusion::execution::runtime_env::{RuntimeEnv, RuntimeEnvBuilder};
use datafusion::execution::session_state::{SessionState, SessionStateBuilder};
use datafusion::prelude::{SessionConfig, SessionContext};
use deltalake::delta_datafusion::planner::DeltaPlanner;
use serde::Deserialize;
use tokio::runtime::{Handle, Runtime};

use crate::error::{Error, Result};
use crate::pool::HeadroomPool;
use crate::pushdown;
use crate::types::ArrowTypes;

/// Deep trees are planned, evaluated and dropped on these threads; the pages are only touched when they are needed.
const STACK: usize = 128 << 20;
const POLL: Duration = Duration::from_millis(20);
/// Names of one and two parts live in this catalogue; three parts name their own.
pub const CATALOG: &str = "belvedere";
pub const SCHEMA: &str = "main";

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Options {
	memory: Option<u64>,
	threads: Option<usize>,
	spill: Option<String>,
	storage: HashMap<String, HashMap<String, String>>,
	settings: HashMap<String, String>,
}

pub struct Engine {
	handle: Handle,
	runtime: Mutex<Option<Runtime>>,
	env: Arc<RuntimeEnv>,
	config: SessionConfig,
	probes: OnceLock<SessionState>,
	storage: HashMap<String, HashMap<String, String>>,
	/// Bytes that finished queries have spilled.
	pub spilled: AtomicU64,
	pub threads: usize,
}

/// The caller's flag; it outlives every entry and stream that takes it.
#[derive(Clone, Copy)]
pub struct Cancel(*const AtomicI32);

unsafe impl Send for Cancel {}
unsafe impl Sync for Cancel {}

impl Cancel {
	pub fn new(flag: *const AtomicI32) -> Self {
		Cancel(flag)
	}

	pub fn is_set(&self) -> bool {
		!self.0.is_null() && unsafe { &*self.0 }.load(Ordering::Relaxed) != 0
	}

}

/// Work on a worker, whose end the caller waits for on its own thread. The runtime's timers would not do to look at a flag meanwhile: they stand still
/// while every worker is inside an operator that does not yield.
pub struct Task<T> {
	join: tokio::task::JoinHandle<()>,
	out: Receiver<Result<T>>,
}

impl<T: Send + 'static> Task<T> {
	/// None: the flag was set first; the work goes on.
	pub fn wait(&mut self, handle: &Handle, cancel: Cancel) -> Option<Result<T>> {
		loop {
			if let Some(out) = self.wait_for(handle, POLL) {
				return Some(out);
			}
			if cancel.is_set() {
				return None;
			}
		}
	}

	/// None: it was not done in time.
	pub fn wait_for(&mut self, handle: &Handle, time: Duration) -> Option<Result<T>> {
		match self.out.recv_timeout(time) {
			Ok(out) => Some(out),
			Err(RecvTimeoutError::Timeout) => None,
			// It panicked, or was dropped with its runtime.
			Err(RecvTimeoutError::Disconnected) => Some(finish(handle.block_on(&mut self.join).map(|()| Err(Error::cancelled())))),
		}
	}

	/// The work is dropped where it next yields.
	pub fn abort(&self) {
		self.join.abort();
	}
}

impl Engine {
	pub fn open(options: Options) -> Result<Self> {
		let threads = options.threads.filter(|n| *n > 0).unwrap_or_else(|| std::thread::available_parallelism().map_or(1, NonZeroUsize::get));
		let runtime = tokio::runtime::Builder::new_multi_thread()
			.worker_threads(threads)
			.thread_stack_size(STACK)
			.thread_name("belvedere")
			.enable_all()
			.build()?;
		let pool: Arc<dyn MemoryPool> = match options.memory.filter(|n| *n > 0) {
			Some(bytes) => Arc::new(TrackConsumersPool::new(HeadroomPool::new(bytes as usize), NonZeroUsize::new(3).unwrap())),
			None => Arc::new(UnboundedMemoryPool::default()),
		};
		let disk = match &options.spill {
			Some(dir) => {
				std::fs::create_dir_all(dir)?;
				DiskManagerBuilder::default().with_mode(DiskManagerMode::Directories(vec![dir.into()]))
			}
			None => DiskManagerBuilder::default(),
		};
		let env = RuntimeEnvBuilder::new()
			.with_memory_pool(Arc::new(PeakRecordingPool::new(pool)))
			// A listing that was kept would hide a file that came later.
			.with_cache_manager(CacheManagerConfig::default().with_list_files_cache_limit(0))
			.with_disk_manager_builder(disk.with_max_temp_directory_size(1 << 50))
			.build_arc()?;
		let mut config = SessionConfig::new()
			.with_target_partitions(threads)
			.with_default_catalog_and_schema(CATALOG, SCHEMA)
			.with_information_schema(true)
			.set_bool("datafusion.execution.parquet.pushdown_filters", true)
			.set_bool("datafusion.sql_parser.collect_spans", true)
			.set_str("datafusion.execution.time_zone", "UTC")
			// Dictionary keys of a join must not be pushed down as a list: delta-rs' own setting, see its session.rs.
			.set_usize("datafusion.optimizer.hash_join_inlist_pushdown_max_size", 0)
			.set_usize("datafusion.optimizer.hash_join_inlist_pushdown_max_distinct_values", 0);
		let mut settings: Vec<_> = options.settings.into_iter().collect();
		settings.sort();
		for (key, value) in settings {
			config.options_mut().set(&key, &value).map_err(|e| Error::new("plan", format!("setting {key}: {}", e.strip_backtrace())))?;
		}
		Ok(Engine { handle: runtime.handle().clone(), runtime: Mutex::new(Some(runtime)), env, config, probes: OnceLock::new(), storage: options.storage, spilled: AtomicU64::new(0), threads })
	}

	/// Work that does not yield must not hold up the caller.
	pub fn close(&self) {
		if let Some(runtime) = self.runtime.lock().unwrap_or_else(|e| e.into_inner()).take() {
			runtime.shutdown_background();
		}
	}

	pub fn state(&self) -> SessionState {
		SessionStateBuilder::new()
			.with_default_features()
			.with_config(self.config.clone())
			.with_runtime_env(self.env.clone())
			.with_query_planner(DeltaPlanner::new())
			.with_type_planner(Arc::new(ArrowTypes))
			.with_physical_optimizer_rules(pushdown::rules())
			.build()
	}

	/// A session for questions about functions only: it has no tables.
	pub fn probe_state(&self) -> &SessionState {
		self.probes.get_or_init(|| self.state())
	}

	pub fn context(&self) -> SessionContext {
		SessionContext::new_with_state(self.state())
	}

	/// Options of the longest prefix that matches.
	pub fn storage_options(&self, location: &str) -> HashMap<String, String> {
		let matching = self.storage.iter().filter(|(prefix, _)| location.starts_with(prefix.as_str()));
		matching.max_by_key(|(prefix, _)| prefix.len()).map(|(_, options)| options.clone()).unwrap_or_default()
	}

	pub fn handle(&self) -> &Handle {
		&self.handle
	}

	/// Runs on a worker, whatever stack the caller has.
	pub fn run<T: Send + 'static>(&self, work: impl Future<Output = Result<T>> + Send + 'static) -> Result<T> {
		let task = self.handle.spawn(work);
		finish(self.handle.block_on(task))
	}

	pub fn start<T: Send + 'static>(&self, work: impl Future<Output = Result<T>> + Send + 'static) -> Task<T> {
		let (send, out) = channel();
		let join = self.handle.spawn(async move {
			let _ = send.send(work.await);
		});
		Task { join, out }
	}

	/// As run; gives up within a moment after the flag is set.
	pub fn run_cancellable<T: Send + 'static>(&self, cancel: Cancel, work: impl Future<Output = Result<T>> + Send + 'static) -> Result<T> {
		let mut task = self.start(work);
		task.wait(&self.handle, cancel).unwrap_or_else(|| {
			task.abort();
			Err(Error::cancelled())
		})
	}

	/// Drops what may be deep, or slow to stop, where there is stack and time for it.
	pub fn bury<T: Send + 'static>(&self, what: T) {
		self.handle.spawn_blocking(move || drop(what));
	}

	pub fn memory(&self) -> String {
		let peak = PeakRecordingPool::from_pool(&*self.env.memory_pool).map_or(0, |p| p.peak_reserved());
		let now = self.env.spilling_progress().current_bytes;
		let spilled = self.spilled.load(Ordering::Relaxed).max(now);
		format!("{{\"peak\":{peak},\"reserved\":{},\"spilled\":{spilled}}}", self.env.memory_pool.reserved())
	}
}

pub fn finish<T>(joined: std::result::Result<Result<T>, tokio::task::JoinError>) -> Result<T> {
	match joined {
		Ok(out) => out,
		Err(error) if error.is_panic() => Err(Error::new("internal", panic_text(error.into_panic().as_ref()))),
		Err(_) => Err(Error::cancelled()),
	}
}

pub fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
	let text = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
	format!("the engine panicked: {}", text.unwrap_or("no message"))
}
