//! The C side: the function table of engine.h. Every entry catches panics, checks its texts, fills the caller's error; nothing here decides anything.

use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;
use std::sync::Arc;
use std::sync::atomic::AtomicI32;

use arrow::datatypes::Schema;
use arrow::ffi::FFI_ArrowSchema;
use arrow::ffi_stream::FFI_ArrowArrayStream;
use serde::de::DeserializeOwned;

use crate::catalog::{Catalog, HostOpen, HostTable};
use crate::engine::{Cancel, Engine, panic_text};
use crate::error::{Error, Result};
use crate::query::Plan;
use crate::{delta, files, functions, render, write};

const ABI: u32 = 1;

#[repr(C)]
pub struct Text {
	p: *mut c_char,
	n: usize,
}

#[repr(C)]
pub struct CError {
	class: [c_char; 24],
	message: *mut c_char,
	hint: *mut c_char,
	element: i64,
}

pub type Progress = unsafe extern "C" fn(ctx: *mut c_void, rows: u64, bytes: u64);

type EngineRef = *const Arc<Engine>;
type Name = *const c_char;

#[repr(C)]
pub struct Api {
	size: u32,
	abi: u32,
	describe: unsafe extern "C" fn() -> *const c_char,
	open: unsafe extern "C" fn(Name, *mut EngineRef, *mut CError) -> c_int,
	close: unsafe extern "C" fn(*mut Arc<Engine>),
	functions: unsafe extern "C" fn(EngineRef, *mut Text, *mut CError) -> c_int,
	probe: unsafe extern "C" fn(EngineRef, Name, Name, *const FFI_ArrowSchema, Name, *mut FFI_ArrowSchema, *mut FFI_ArrowSchema, *mut CError) -> c_int,
	delta_state: unsafe extern "C" fn(EngineRef, Name, *mut Text, *mut FFI_ArrowSchema, *mut CError) -> c_int,
	catalog_open: unsafe extern "C" fn(EngineRef, *mut *const Catalog, *mut CError) -> c_int,
	catalog_close: unsafe extern "C" fn(*mut Catalog),
	dataset: unsafe extern "C" fn(*const Catalog, Name, *mut FFI_ArrowSchema, *mut Text, *mut CError) -> c_int,
	table: unsafe extern "C" fn(*const Catalog, Name, *const FFI_ArrowSchema, HostOpen, Option<unsafe extern "C" fn(*mut c_void)>, *mut c_void, *mut CError) -> c_int,
	view: unsafe extern "C" fn(*const Catalog, Name, *const u8, usize, *mut FFI_ArrowSchema, *mut CError) -> c_int,
	drop: unsafe extern "C" fn(*const Catalog, Name, *mut CError) -> c_int,
	plan: unsafe extern "C" fn(*const Catalog, *const u8, usize, Name, *mut *const Plan, *mut FFI_ArrowSchema, *mut CError) -> c_int,
	plan_free: unsafe extern "C" fn(*mut Plan),
	plan_text: unsafe extern "C" fn(*const Plan, *mut Text, *mut CError) -> c_int,
	execute: unsafe extern "C" fn(*const Plan, *const AtomicI32, *mut FFI_ArrowArrayStream, *mut CError) -> c_int,
	write: unsafe extern "C" fn(*const Plan, Name, *const AtomicI32, Option<Progress>, *mut c_void, *mut Text, *mut CError) -> c_int,
	alter: unsafe extern "C" fn(EngineRef, Name, *mut Text, *mut CError) -> c_int,
	scan_files: unsafe extern "C" fn(*const Catalog, Name, *const FFI_ArrowSchema, *mut *const Plan, *mut FFI_ArrowSchema, *mut CError) -> c_int,
	remove: unsafe extern "C" fn(EngineRef, Name, *mut CError) -> c_int,
	render: unsafe extern "C" fn(EngineRef, Name, Name, *mut Text, *mut CError) -> c_int,
	memory: unsafe extern "C" fn(EngineRef, *mut Text, *mut CError) -> c_int,
	text_free: unsafe extern "C" fn(*mut Text),
	error_free: unsafe extern "C" fn(*mut CError),
	baseline: Option<unsafe extern "C" fn(*const Catalog, Name, *const AtomicI32, *mut FFI_ArrowArrayStream, *mut CError) -> c_int>,
}

static API: Api = Api {
	size: size_of::<Api>() as u32,
	abi: ABI,
	describe,
	open,
	close,
	functions: functions_entry,
	probe,
	delta_state,
	catalog_open,
	catalog_close,
	dataset,
	table,
	view,
	drop: drop_entry,
	plan,
	plan_free,
	plan_text,
	execute,
	write: write_entry,
	alter,
	scan_files,
	remove,
	render: render_entry,
	memory,
	text_free,
	error_free,
	#[cfg(feature = "baseline")]
	baseline: Some(baseline),
	#[cfg(not(feature = "baseline"))]
	baseline: None,
};

#[unsafe(no_mangle)]
pub extern "C" fn bv_engine_init(abi: u32) -> *const Api {
	if abi == ABI { &API } else { ptr::null() }
}

/* ---- the boundary ---- */

fn c_text(text: String) -> *mut c_char {
	CString::new(text.replace('\0', "\u{fffd}")).map_or(ptr::null_mut(), CString::into_raw)
}

unsafe fn guard(err: *mut CError, body: impl FnOnce() -> Result<()>) -> c_int {
	let error = match catch_unwind(AssertUnwindSafe(body)) {
		Ok(Ok(())) => return 0,
		Ok(Err(error)) => error,
		Err(panic) => Error::new("internal", panic_text(panic.as_ref())),
	};
	if !err.is_null() {
		let mut class = [0 as c_char; 24];
		for (to, from) in class.iter_mut().zip(error.class.bytes().take(23)) {
			*to = from as c_char;
		}
		let hint = error.hint.map_or(ptr::null_mut(), c_text);
		unsafe { ptr::write(err, CError { class, message: c_text(error.message), hint, element: error.element }) };
	}
	1
}

/// A caller's text; NULL is the empty text.
unsafe fn text<'a>(p: *const c_char) -> Result<&'a str> {
	if p.is_null() {
		return Ok("");
	}
	unsafe { CStr::from_ptr(p) }.to_str().map_err(|_| Error::request("a text is not UTF-8"))
}

unsafe fn json<T: DeserializeOwned>(p: *const c_char) -> Result<T> {
	let text = unsafe { text(p) }?;
	Ok(serde_json::from_str(if text.is_empty() { "{}" } else { text })?)
}

unsafe fn name(p: *const c_char) -> Result<Vec<String>> {
	unsafe { json(p) }
}

unsafe fn bytes<'a>(p: *const u8, n: usize) -> &'a [u8] {
	if p.is_null() { &[] } else { unsafe { std::slice::from_raw_parts(p, n) } }
}

unsafe fn give_text(out: *mut Text, text: String) {
	if !out.is_null() {
		let p = c_text(text);
		let n = if p.is_null() { 0 } else { unsafe { CStr::from_ptr(p) }.count_bytes() };
		unsafe { ptr::write(out, Text { p, n }) };
	}
}

unsafe fn give_schema(out: *mut FFI_ArrowSchema, schema: &Schema) -> Result<()> {
	if !out.is_null() {
		unsafe { ptr::write(out, FFI_ArrowSchema::try_from(schema)?) };
	}
	Ok(())
}

unsafe fn give<T>(out: *mut *const T, value: T) {
	unsafe { ptr::write(out, Box::into_raw(Box::new(value))) };
}

unsafe fn free<T>(p: *mut T) {
	if !p.is_null() {
		let _ = catch_unwind(AssertUnwindSafe(|| drop(unsafe { Box::from_raw(p) })));
	}
}

/* ---- entries, in the order of engine.h ---- */

unsafe extern "C" fn describe() -> *const c_char {
	const TEXT: &str = concat!("{\"name\":\"datafusion\",\"version\":\"55.2.0\",\"delta\":\"1.1.3\"}", "\0");
	TEXT.as_ptr() as *const c_char
}

unsafe extern "C" fn open(options: Name, out: *mut EngineRef, err: *mut CError) -> c_int {
	unsafe { guard(err, || {
		give(out, Arc::new(Engine::open(json(options)?)?));
		Ok(())
	}) }
}

unsafe extern "C" fn close(engine: *mut Arc<Engine>) {
	unsafe {
		if let Some(engine) = engine.as_ref() {
			let _ = catch_unwind(AssertUnwindSafe(|| engine.close()));
		}
		free(engine);
	}
}

unsafe extern "C" fn functions_entry(engine: EngineRef, out: *mut Text, err: *mut CError) -> c_int {
	unsafe { guard(err, || {
		give_text(out, functions::snapshot((*engine).probe_state())?);
		Ok(())
	}) }
}

#[allow(clippy::too_many_arguments)]
unsafe extern "C" fn probe(
	engine: EngineRef, kind: Name, function: Name, args: *const FFI_ArrowSchema, constants: Name, out: *mut FFI_ArrowSchema, coerced: *mut FFI_ArrowSchema, err: *mut CError,
) -> c_int {
	unsafe { guard(err, || {
		let args = if args.is_null() { Schema::empty() } else { Schema::try_from(&*args)? };
		let probed = functions::probe((*engine).probe_state(), text(kind)?, text(function)?, &args, text(constants)?).map_err(Error::planning)?;
		ptr::write(out, FFI_ArrowSchema::try_from(probed.out.as_ref())?);
		give_schema(coerced, &probed.coerced)
	}) }
}

unsafe extern "C" fn delta_state(engine: EngineRef, request: Name, out: *mut Text, schema: *mut FFI_ArrowSchema, err: *mut CError) -> c_int {
	unsafe { guard(err, || {
		let (facts, found) = delta::state(&*engine, json(request)?)?;
		if let Some(found) = found {
			give_schema(schema, &found)?;
		}
		give_text(out, facts);
		Ok(())
	}) }
}

unsafe extern "C" fn catalog_open(engine: EngineRef, out: *mut *const Catalog, err: *mut CError) -> c_int {
	unsafe { guard(err, || {
		give(out, Catalog::new((*engine).clone()));
		Ok(())
	}) }
}

unsafe extern "C" fn catalog_close(catalog: *mut Catalog) {
	unsafe { free(catalog) }
}

unsafe extern "C" fn dataset(catalog: *const Catalog, request: Name, schema: *mut FFI_ArrowSchema, info: *mut Text, err: *mut CError) -> c_int {
	unsafe { guard(err, || {
		let (found, facts) = (*catalog).dataset(json(request)?)?;
		give_schema(schema, &found)?;
		give_text(info, facts);
		Ok(())
	}) }
}

unsafe extern "C" fn table(
	catalog: *const Catalog, path: Name, schema: *const FFI_ArrowSchema, open: HostOpen, drop: Option<unsafe extern "C" fn(*mut c_void)>, ctx: *mut c_void, err: *mut CError,
) -> c_int {
	unsafe { guard(err, || {
		let schema = Arc::new(Schema::try_from(&*schema)?);
		// From here on the table owns ctx and drops it, also when the name is refused.
		(*catalog).table(&name(path)?, HostTable::new(schema, open, drop, ctx))
	}) }
}

unsafe extern "C" fn view(catalog: *const Catalog, path: Name, payload: *const u8, n: usize, schema: *mut FFI_ArrowSchema, err: *mut CError) -> c_int {
	unsafe { guard(err, || give_schema(schema, &(*catalog).view(&name(path)?, bytes(payload, n))?)) }
}

unsafe extern "C" fn drop_entry(catalog: *const Catalog, path: Name, err: *mut CError) -> c_int {
	unsafe { guard(err, || (*catalog).drop(&name(path)?)) }
}

unsafe extern "C" fn plan(catalog: *const Catalog, payload: *const u8, n: usize, options: Name, out: *mut *const Plan, schema: *mut FFI_ArrowSchema, err: *mut CError) -> c_int {
	unsafe { guard(err, || {
		let plan = Plan::of_payload(&*catalog, bytes(payload, n), json(options)?)?;
		give_schema(schema, &plan.schema())?;
		give(out, plan);
		Ok(())
	}) }
}

unsafe extern "C" fn plan_free(plan: *mut Plan) {
	unsafe { free(plan) }
}

unsafe extern "C" fn plan_text(plan: *const Plan, out: *mut Text, err: *mut CError) -> c_int {
	unsafe { guard(err, || {
		give_text(out, (*plan).text()?);
		Ok(())
	}) }
}

unsafe extern "C" fn execute(plan: *const Plan, cancel: *const AtomicI32, out: *mut FFI_ArrowArrayStream, err: *mut CError) -> c_int {
	unsafe { guard(err, || {
		ptr::write(out, FFI_ArrowArrayStream::new(Box::new((*plan).execute(Cancel::new(cancel))?)));
		Ok(())
	}) }
}

unsafe extern "C" fn write_entry(
	plan: *const Plan, request: Name, cancel: *const AtomicI32, progress: Option<Progress>, ctx: *mut c_void, out: *mut Text, err: *mut CError,
) -> c_int {
	unsafe { guard(err, || {
		let progress = progress.map(|call| {
			let ctx = ctx as usize;
			Box::new(move |rows, bytes| call(ctx as *mut c_void, rows, bytes)) as write::Progress
		});
		give_text(out, write::write(&*plan, json(request)?, Cancel::new(cancel), progress)?);
		Ok(())
	}) }
}

unsafe extern "C" fn alter(engine: EngineRef, request: Name, out: *mut Text, err: *mut CError) -> c_int {
	unsafe { guard(err, || {
		give_text(out, write::alter(&*engine, json(request)?)?);
		Ok(())
	}) }
}

unsafe extern "C" fn scan_files(
	catalog: *const Catalog, request: Name, wanted: *const FFI_ArrowSchema, out: *mut *const Plan, schema: *mut FFI_ArrowSchema, err: *mut CError,
) -> c_int {
	unsafe { guard(err, || {
		let wanted = wanted.as_ref().map(Schema::try_from).transpose()?;
		let plan = files::scan(&*catalog, json(request)?, wanted)?;
		give_schema(schema, &plan.schema())?;
		give(out, plan);
		Ok(())
	}) }
}

unsafe extern "C" fn remove(engine: EngineRef, request: Name, err: *mut CError) -> c_int {
	unsafe { guard(err, || delta::remove(&*engine, json(request)?)) }
}

unsafe extern "C" fn render_entry(_engine: EngineRef, template: Name, variables: Name, out: *mut Text, err: *mut CError) -> c_int {
	unsafe { guard(err, || {
		give_text(out, render::render(text(template)?, json(variables)?)?);
		Ok(())
	}) }
}

unsafe extern "C" fn memory(engine: EngineRef, out: *mut Text, err: *mut CError) -> c_int {
	unsafe { guard(err, || {
		give_text(out, (*engine).memory());
		Ok(())
	}) }
}

unsafe fn free_c_text(p: &mut *mut c_char) {
	if !p.is_null() {
		drop(unsafe { CString::from_raw(*p) });
		*p = ptr::null_mut();
	}
}

unsafe extern "C" fn text_free(out: *mut Text) {
	if let Some(out) = unsafe { out.as_mut() } {
		unsafe { free_c_text(&mut out.p) };
		out.n = 0;
	}
}

unsafe extern "C" fn error_free(err: *mut CError) {
	if let Some(err) = unsafe { err.as_mut() } {
		unsafe {
			free_c_text(&mut err.message);
			free_c_text(&mut err.hint);
		}
	}
}

#[cfg(feature = "baseline")]
unsafe extern "C" fn baseline(catalog: *const Catalog, sql: Name, cancel: *const AtomicI32, out: *mut FFI_ArrowArrayStream, err: *mut CError) -> c_int {
	unsafe { guard(err, || {
		let plan = Plan::of_sql(&*catalog, text(sql)?)?;
		ptr::write(out, FFI_ArrowArrayStream::new(Box::new(plan.execute(Cancel::new(cancel))?)));
		Ok(())
	}) }
}
