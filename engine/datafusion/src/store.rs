//! An object store that remembers what was written through it, so that a write that fails can take its files back.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use futures::stream::BoxStream;
use object_store::path::Path;
use object_store::{
	CopyOptions, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore, ObjectStoreExt, PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
	UploadPart,
};

#[derive(Debug)]
pub struct Recorder {
	inner: Arc<dyn ObjectStore>,
	written: Mutex<Vec<Path>>,
	bytes: Arc<AtomicU64>,
}

impl Recorder {
	pub fn new(inner: Arc<dyn ObjectStore>) -> Arc<Self> {
		Arc::new(Recorder { inner, written: Mutex::new(vec![]), bytes: Arc::new(AtomicU64::new(0)) })
	}

	pub fn bytes(&self) -> u64 {
		self.bytes.load(Ordering::Relaxed)
	}

	fn note(&self, path: &Path) {
		self.written.lock().unwrap_or_else(|e| e.into_inner()).push(path.clone());
	}

	/// Removes everything that was written; what is already gone does not matter.
	pub async fn undo(&self) {
		let written = std::mem::take(&mut *self.written.lock().unwrap_or_else(|e| e.into_inner()));
		for path in written {
			let _ = self.inner.delete(&path).await;
		}
	}
}

impl fmt::Display for Recorder {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		self.inner.fmt(f)
	}
}

#[derive(Debug)]
struct Upload {
	inner: Box<dyn MultipartUpload>,
	bytes: Arc<AtomicU64>,
}

#[async_trait]
impl MultipartUpload for Upload {
	fn put_part(&mut self, data: PutPayload) -> UploadPart {
		self.bytes.fetch_add(data.content_length() as u64, Ordering::Relaxed);
		self.inner.put_part(data)
	}

	async fn complete(&mut self) -> Result<PutResult> {
		self.inner.complete().await
	}

	async fn abort(&mut self) -> Result<()> {
		self.inner.abort().await
	}
}

#[async_trait]
impl ObjectStore for Recorder {
	async fn put_opts(&self, path: &Path, payload: PutPayload, options: PutOptions) -> Result<PutResult> {
		self.note(path);
		self.bytes.fetch_add(payload.content_length() as u64, Ordering::Relaxed);
		self.inner.put_opts(path, payload, options).await
	}

	async fn put_multipart_opts(&self, path: &Path, options: PutMultipartOptions) -> Result<Box<dyn MultipartUpload>> {
		self.note(path);
		let inner = self.inner.put_multipart_opts(path, options).await?;
		Ok(Box::new(Upload { inner, bytes: self.bytes.clone() }))
	}

	async fn get_opts(&self, path: &Path, options: GetOptions) -> Result<GetResult> {
		self.inner.get_opts(path, options).await
	}

	fn delete_stream(&self, paths: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
		self.inner.delete_stream(paths)
	}

	fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
		self.inner.list(prefix)
	}

	async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
		self.inner.list_with_delimiter(prefix).await
	}

	async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
		self.inner.copy_opts(from, to, options).await
	}
}
