//! CSV, JSON and Parquet files: as a dataset of a catalogue, and as the input of `load`.

use std::str::FromStr;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::catalog::TableProvider;
use datafusion::datasource::file_format::FileFormat;
use datafusion::datasource::file_format::csv::CsvFormat;
use datafusion::datasource::file_format::file_compression_type::FileCompressionType;
use datafusion::datasource::file_format::json::JsonFormat;
use datafusion::datasource::file_format::parquet::ParquetFormat;
use datafusion::datasource::listing::{ListingOptions, ListingTable, ListingTableConfig, ListingTableUrl};
use datafusion::datasource::provider_as_source;
use datafusion::execution::session_state::SessionState;
use datafusion::functions::core::expr_fn::nullif;
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder, cast, ident, lit};
use deltalake::DeltaTableBuilder;
use futures::TryStreamExt;
use object_store::ObjectMeta;
use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::catalog::Catalog;
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::functions::hex;
use crate::query::Plan;

#[derive(Deserialize, Default, Clone)]
#[serde(default)]
pub struct Options {
	header: Option<bool>,
	delimiter: Option<String>,
	null: Option<String>,
	compression: Option<String>,
}

#[derive(Deserialize)]
pub struct ScanRequest {
	files: Vec<String>,
	format: String,
	#[serde(default)]
	options: Options,
}

impl Options {
	fn compression(&self, location: &str) -> Result<FileCompressionType> {
		let by_suffix = match location.rsplit('.').next().unwrap_or_default() {
			suffix @ ("gz" | "zst") => suffix,
			_ => "",
		};
		match self.compression.as_deref().unwrap_or(by_suffix) {
			"" | "none" => Ok(FileCompressionType::UNCOMPRESSED),
			other => FileCompressionType::from_str(other).map_err(|_| Error::unsupported(format!("compression {other}"))),
		}
	}

	fn format(&self, format: &str, location: &str) -> Result<Arc<dyn FileFormat>> {
		let compression = self.compression(location)?;
		Ok(match format {
			// Every row is looked at for the types: a type that holds for the first rows only would fail halfway.
			"csv" => {
				let delimiter = match self.delimiter.as_deref().map(str::as_bytes) {
					None => b',',
					Some([one]) => *one,
					Some(_) => return Err(Error::unsupported("a delimiter of more than one byte")),
				};
				let null = self.null.as_deref().filter(|n| !n.is_empty()).map(|n| format!("^(|{})$", escape_regex(n)));
				let csv = CsvFormat::default().with_has_header(self.header.unwrap_or(true)).with_delimiter(delimiter).with_null_regex(null);
				Arc::new(csv.with_newlines_in_values(true).with_file_compression_type(compression).with_schema_infer_max_rec(usize::MAX))
			}
			"json" => Arc::new(JsonFormat::default().with_file_compression_type(compression).with_schema_infer_max_rec(usize::MAX)),
			"parquet" => Arc::new(ParquetFormat::default()),
			other => return Err(Error::unsupported(format!("the format {other}"))),
		})
	}
}

fn escape_regex(text: &str) -> String {
	text.chars().flat_map(|c| if c.is_alphanumeric() { vec![c] } else { vec!['\\', c] }).collect()
}

/// Object stores are registered once a bucket, with the options of the longest matching prefix.
fn open_url(engine: &Engine, state: &SessionState, location: &str) -> Result<ListingTableUrl> {
	let url = ListingTableUrl::parse(location)?;
	if url.scheme() != "file" {
		let table = DeltaTableBuilder::from_url(url.get_url().clone())?.with_storage_options(engine.storage_options(location)).build()?;
		let store = table.log_store().root_object_store(None);
		state.runtime_env().register_object_store(url.object_store().as_ref(), store);
	}
	Ok(url)
}

/// Rows of the files, with inferred types or those of `schema`; and what the files are.
async fn listing(
	engine: &Engine, state: &SessionState, format: &str, locations: &[String], options: &Options, schema: Option<SchemaRef>,
) -> Result<(Arc<ListingTable>, Vec<ObjectMeta>)> {
	let urls = locations.iter().map(|l| open_url(engine, state, l)).collect::<Result<Vec<_>>>()?;
	let first = locations.first().ok_or_else(|| Error::request("no files"))?;
	let extension = match options.compression.as_deref() {
		_ if !urls[0].is_folder() => String::new(),
		Some("gzip" | "gz") => format!(".{format}.gz"),
		Some("zstd" | "zst") => format!(".{format}.zst"),
		_ => format!(".{format}"),
	};
	let listing = ListingOptions::new(options.format(format, first)?).with_file_extension(&extension);
	let mut found = vec![];
	for (url, location) in urls.iter().zip(locations) {
		let (store, before) = (state.runtime_env().object_store(url)?, found.len());
		found.extend(url.list_all_files(state, store.as_ref(), &extension).await?.try_collect::<Vec<_>>().await?);
		if found.len() == before {
			return Err(Error::new("not_found", format!("{location} holds no {format} file")));
		}
	}
	let schema = match schema {
		Some(schema) => schema,
		None => listing.infer_schema(state, &urls[0]).await?,
	};
	if schema.fields().is_empty() {
		return Err(Error::new("invalid_data", format!("{first} holds no columns")));
	}
	let config = ListingTableConfig::new_with_multi_paths(urls).with_listing_options(listing).with_schema(schema);
	Ok((Arc::new(ListingTable::try_new(config)?), found))
}

pub async fn dataset(engine: &Engine, state: &SessionState, format: &str, location: &str, options: &Options) -> Result<(Arc<dyn TableProvider>, String)> {
	let (table, mut found) = listing(engine, state, format, &[location.to_string()], options, None).await?;
	found.sort_by(|a, b| a.location.cmp(&b.location));
	let mut hash = Sha256::new();
	// Paths below the place: a copy of it elsewhere holds the same files.
	let place = open_url(engine, state, location)?;
	for f in &found {
		let path = f.location.as_ref();
		hash.update(format!("{}\t{}\t{}\n", path.strip_prefix(place.prefix().as_ref()).unwrap_or(path), f.size, f.last_modified.timestamp_millis()));
	}
	let bytes: u64 = found.iter().map(|f| f.size).sum();
	let facts = format!("{{\"version\":\"{}\",\"files\":{},\"bytes\":{bytes}}}", hex(&hash.finalize()), found.len());
	Ok((table, facts))
}

/// The rows of input files, under the wanted schema where there is one.
pub fn scan(catalog: &Catalog, request: ScanRequest, wanted: Option<Schema>) -> Result<Plan> {
	let (engine, state) = (catalog.engine.clone(), catalog.ctx.state());
	let plan = catalog.engine.run(async move { scan_plan(&engine, &state, &request, wanted).await })?;
	Plan::of_logical(catalog, plan)
}

async fn scan_plan(engine: &Engine, state: &SessionState, request: &ScanRequest, wanted: Option<Schema>) -> Result<LogicalPlan> {
	let ScanRequest { files, format, options } = request;
	let text = format == "csv" && (wanted.is_some() || options.null.is_some());
	let given = wanted.clone().map(Arc::new).filter(|_| format == "json");
	let (mut table, _) = listing(engine, state, format, files, options, given).await?;
	let found = table.schema();
	if text {
		// Texts first: the reader knows neither names nor a mark for NULL.
		let fields = found.fields().iter().map(|f| Field::new(f.name(), DataType::Utf8, true));
		(table, _) = listing(engine, state, format, files, options, Some(Arc::new(Schema::new(fields.collect::<Vec<_>>())))).await?;
	}
	let scan = LogicalPlanBuilder::scan("input", provider_as_source(table), None)?;
	let target = wanted.unwrap_or_else(|| found.as_ref().clone());
	let by_place = format == "csv" && !options.header.unwrap_or(true);
	if by_place && target.fields().len() != found.fields().len() {
		return Err(Error::new("invalid_data", format!("the file has {} columns, the schema {}", found.fields().len(), target.fields().len())));
	}
	let columns = target.fields().iter().enumerate().map(|(i, field)| {
		let source = if by_place { found.field(i) } else { found.field_with_name(field.name()).map_err(|_| missing(field.name(), &found))? };
		let mut value: Expr = ident(source.name());
		if let Some(null) = options.null.as_deref().filter(|n| text && !n.is_empty()) {
			value = nullif(value, lit(null));
		}
		if text || source.data_type() != field.data_type() {
			value = cast(value, field.data_type().clone());
		}
		Ok(value.alias(field.name()))
	});
	Ok(scan.project(columns.collect::<Result<Vec<_>>>()?)?.build()?)
}

fn missing(name: &str, found: &Schema) -> Error {
	let names: Vec<_> = found.fields().iter().map(|f| f.name().as_str()).collect();
	Error::new("invalid_data", format!("the file has no column {name}")).hint(format!("its columns: {}", names.join(", ")))
}
