//! The engine behind Belvedere's seam: DataFusion and delta-rs with the C ABI of src/engine/engine.h. It adapts; decisions are made in C.

mod catalog;
mod delta;
mod engine;
mod error;
mod ffi;
mod files;
mod functions;
mod lower;
mod payload;
mod pool;
mod pushdown;
mod query;
mod render;
mod store;
mod types;
mod write;
