//! The C side: the function table of engine.h. Every entry catches panics, checks its texts, fills the caller's error; nothing here decides anything.

use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;
use std::sync::{Arc, OnceLock};
use std::sync::atomic::AtomicI32;

use arrow::datatypes::Schema;
use arrow::ffi::FFI_ArrowSchema;
use arrow::ffi_stream::FFI_ArrowArrayStream;
use serde::de::DeserializeOwned;

use crate::catalog::{Catalog, HostDrop, HostOpen, HostTable};
use crate::engine::{Cancel, Engine, panic_text};
use crate::error::{Error, Result};
use crate::query::{Plan, Reader};
use crate::{catalog, delta, files, functions, render, write};

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

type Progress = unsafe extern "C" fn(ctx: *mut c_void, rows: u64, bytes: u64);
type EngineRef = *const Arc<Engine>;
type CatalogRef = *const Catalog;
type PlanRef = *const Plan;
type Flag = *const AtomicI32;
/// A NUL-terminated text of the caller.
type In = *const c_char;

/// bv_engine_api: two numbers, then the entries in the order of engine.h.
#[repr(C)]
pub struct Api {
	size: u32,
	abi: u32,
	entries: [*const (); 26],
}

unsafe impl Sync for Api {}

#[cfg(not(feature = "baseline"))]
const BASELINE: [*const (); 2] = [ptr::null(); 2];
#[cfg(feature = "baseline")]
const BASELINE: [*const (); 2] = [baseline as *const (), lookup as *const ()];

#[rustfmt::skip]
static API: Api = Api {
	size: size_of::<Api>() as u32,
	abi: ABI,
	entries: [
		describe as *const (), open as *const (), close as *const (), functions as *const (), probe as *const (), delta_state as *const (), catalog_open as *const (),
		catalog_close as *const (), dataset as *const (), table as *const (), view as *const (), drop as *const (), plan as *const (), plan_free as *const (),
		plan_text as *const (), execute as *const (), write as *const (), alter as *const (), scan_files as *const (), remove as *const (), render as *const (),
		memory as *const (), text_free as *const (), error_free as *const (), BASELINE[0], BASELINE[1],
	],
};

#[unsafe(no_mangle)]
pub extern "C" fn bv_engine_init(abi: u32) -> *const Api {
	// This library's own: a panic becomes an error of the entry, and is not printed.
	std::panic::set_hook(Box::new(|_| {}));
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
unsafe fn text<'a>(p: In) -> Result<&'a str> {
	if p.is_null() {
		return Ok("");
	}
	unsafe { CStr::from_ptr(p) }.to_str().map_err(|_| Error::request("a text is not UTF-8"))
}

unsafe fn json<T: DeserializeOwned>(p: In) -> Result<T> {
	let text = unsafe { text(p) }?;
	Ok(serde_json::from_str(if text.is_empty() { "{}" } else { text })?)
}

unsafe fn name(p: In) -> Result<Vec<String>> {
	unsafe { json(p) }
}

unsafe fn bytes<'a>(p: *const u8, n: usize) -> &'a [u8] {
	if p.is_null() { &[] } else { unsafe { std::slice::from_raw_parts(p, n) } }
}

unsafe fn give_text(out: *mut Text, text: String) -> Result<()> {
	if !out.is_null() {
		let p = c_text(text);
		let n = if p.is_null() { 0 } else { unsafe { CStr::from_ptr(p) }.count_bytes() };
		unsafe { ptr::write(out, Text { p, n }) };
	}
	Ok(())
}

unsafe fn give_schema(out: *mut FFI_ArrowSchema, schema: &Schema) -> Result<()> {
	if !out.is_null() {
		unsafe { ptr::write(out, FFI_ArrowSchema::try_from(schema)?) };
	}
	Ok(())
}

/// Arrow's own function for the text of a stream's error.
static LAST_ERROR: OnceLock<unsafe extern "C" fn(*mut FFI_ArrowArrayStream) -> In> = OnceLock::new();

/// The text begins with the error's class, not with Arrow's word for an error from elsewhere.
unsafe extern "C" fn last_error(stream: *mut FFI_ArrowArrayStream) -> In {
	const PREFIX: &CStr = c"External error: ";
	let Some(text) = LAST_ERROR.get().map(|of| unsafe { of(stream) }).filter(|p| !p.is_null()) else { return ptr::null() };
	let skip = if unsafe { CStr::from_ptr(text) }.to_bytes().starts_with(PREFIX.to_bytes()) { PREFIX.count_bytes() } else { 0 };
	unsafe { text.add(skip) }
}

unsafe fn give_stream(out: *mut FFI_ArrowArrayStream, reader: Reader) -> Result<()> {
	let mut stream = FFI_ArrowArrayStream::new(Box::new(reader));
	stream.get_last_error.replace(last_error).map(|own| LAST_ERROR.get_or_init(|| own));
	unsafe { ptr::write(out, stream) };
	Ok(())
}

unsafe fn give<T>(out: *mut *const T, value: T) -> Result<()> {
	unsafe { ptr::write(out, Box::into_raw(Box::new(value))) };
	Ok(())
}

unsafe fn free<T>(p: *mut T) {
	if !p.is_null() {
		let _ = catch_unwind(AssertUnwindSafe(|| mem::drop(unsafe { Box::from_raw(p) })));
	}
}

unsafe fn free_text(p: &mut *mut c_char) {
	let p = mem::replace(p, ptr::null_mut());
	if !p.is_null() {
		mem::drop(unsafe { CString::from_raw(p) });
	}
}

/* ---- entries that cannot fail ---- */

extern "C" fn describe() -> In {
	const TEXT: &CStr = c"{\"name\":\"datafusion\",\"version\":\"55.2.0\",\"delta\":\"1.1.3\"}";
	TEXT.as_ptr()
}

unsafe extern "C" fn close(engine: *mut Arc<Engine>) {
	unsafe {
		if let Some(engine) = engine.as_ref() {
			let _ = catch_unwind(AssertUnwindSafe(|| engine.close()));
		}
		free(engine);
	}
}

unsafe extern "C" fn catalog_close(catalog: *mut Catalog) {
	unsafe { free(catalog) }
}

unsafe extern "C" fn plan_free(plan: *mut Plan) {
	unsafe { free(plan) }
}

unsafe extern "C" fn text_free(out: *mut Text) {
	if let Some(out) = unsafe { out.as_mut() } {
		unsafe { free_text(&mut out.p) };
		out.n = 0;
	}
}

unsafe extern "C" fn error_free(err: *mut CError) {
	if let Some(err) = unsafe { err.as_mut() } {
		unsafe { (free_text(&mut err.message), free_text(&mut err.hint)) };
	}
}

/* ---- entries that may ---- */

macro_rules! entries {
	($($(#[$attribute:meta])* fn $name:ident($($arg:ident: $type:ty),*) $body:block)*) => { $(
		$(#[$attribute])*
		#[allow(clippy::too_many_arguments)]
		unsafe extern "C" fn $name($($arg: $type,)* err: *mut CError) -> c_int {
			unsafe { guard(err, || $body) }
		}
	)* };
}

entries! {
	fn open(options: In, out: *mut EngineRef) { give(out, Arc::new(Engine::open(json(options)?)?)) }

	fn functions(engine: EngineRef, out: *mut Text) { give_text(out, functions::snapshot((*engine).probe_state())?) }

	fn probe(engine: EngineRef, kind: In, function: In, args: *const FFI_ArrowSchema, constants: In, out: *mut FFI_ArrowSchema, coerced: *mut FFI_ArrowSchema) {
		let args = if args.is_null() { Schema::empty() } else { Schema::try_from(&*args)? };
		let probed = functions::probe((*engine).probe_state(), text(kind)?, text(function)?, &args, text(constants)?).map_err(Error::planning)?;
		give_schema(coerced, &probed.coerced)?;
		ptr::write(out, FFI_ArrowSchema::try_from(probed.out.as_ref())?);
		Ok(())
	}

	fn delta_state(engine: EngineRef, request: In, out: *mut Text, schema: *mut FFI_ArrowSchema) {
		let (facts, found) = delta::state(&*engine, json(request)?)?;
		found.map_or(Ok(()), |found| give_schema(schema, &found))?;
		give_text(out, facts)
	}

	fn catalog_open(engine: EngineRef, out: *mut CatalogRef) { give(out, Catalog::new((*engine).clone())) }

	fn dataset(catalog: CatalogRef, request: In, schema: *mut FFI_ArrowSchema, info: *mut Text) {
		let (found, facts) = (*catalog).dataset(json(request)?)?;
		give_schema(schema, &found)?;
		give_text(info, facts)
	}

	fn table(catalog: CatalogRef, path: In, schema: *const FFI_ArrowSchema, open: HostOpen, drop: HostDrop, ctx: *mut c_void) {
		let (path, schema) = (name(path)?, Arc::new(Schema::try_from(&*schema)?));
		catalog::parts(&path)?;
		// What failed so far left ctx with the caller; from here on the table owns it.
		(*catalog).table(&path, HostTable::new(schema, open, drop, ctx))
	}

	fn view(catalog: CatalogRef, path: In, payload: *const u8, n: usize, schema: *mut FFI_ArrowSchema) {
		give_schema(schema, &(*catalog).view(&name(path)?, bytes(payload, n))?)
	}

	fn drop(catalog: CatalogRef, path: In) { (*catalog).drop(&name(path)?) }

	fn plan(catalog: CatalogRef, payload: *const u8, n: usize, options: In, out: *mut PlanRef, schema: *mut FFI_ArrowSchema) {
		let plan = Plan::of_payload(&*catalog, bytes(payload, n), json(options)?)?;
		give_schema(schema, &plan.schema())?;
		give(out, plan)
	}

	fn plan_text(plan: PlanRef, out: *mut Text) { give_text(out, (*plan).text()?) }

	fn execute(plan: PlanRef, cancel: Flag, out: *mut FFI_ArrowArrayStream) { give_stream(out, (*plan).execute(Cancel::new(cancel))?) }

	fn write(plan: PlanRef, request: In, cancel: Flag, progress: Option<Progress>, ctx: *mut c_void, out: *mut Text) {
		let progress = progress.map(|call| {
			let ctx = ctx as usize;
			Box::new(move |rows, bytes| call(ctx as *mut c_void, rows, bytes)) as write::Progress
		});
		give_text(out, write::write(&*plan, json(request)?, Cancel::new(cancel), progress)?)
	}

	fn alter(engine: EngineRef, request: In, out: *mut Text) { give_text(out, write::alter(&*engine, json(request)?)?) }

	fn scan_files(catalog: CatalogRef, request: In, wanted: *const FFI_ArrowSchema, out: *mut PlanRef, schema: *mut FFI_ArrowSchema) {
		let wanted = wanted.as_ref().map(Schema::try_from).transpose()?;
		let plan = files::scan(&*catalog, json(request)?, wanted)?;
		give_schema(schema, &plan.schema())?;
		give(out, plan)
	}

	fn remove(engine: EngineRef, request: In) { delta::remove(&*engine, json(request)?) }

	fn render(_engine: EngineRef, template: In, variables: In, out: *mut Text) { give_text(out, render::render(text(template)?, json(variables)?)?) }

	fn memory(engine: EngineRef, out: *mut Text) { give_text(out, (*engine).memory()) }

	#[cfg(feature = "baseline")]
	fn baseline(catalog: CatalogRef, sql: In, cancel: Flag, out: *mut FFI_ArrowArrayStream) {
		give_stream(out, Plan::of_sql(&*catalog, text(sql)?)?.execute(Cancel::new(cancel))?)
	}

	#[cfg(feature = "baseline")]
	fn lookup(catalog: CatalogRef, path: In, schema: *mut FFI_ArrowSchema) { give_schema(schema, &(*catalog).lookup(&name(path)?)?) }
}
