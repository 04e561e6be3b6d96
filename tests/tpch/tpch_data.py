"""TPC-H's tables: made once a scale factor by tpchgen-cli, kept in the user's cache as Parquet files; the project of this folder with them loaded."""
import os
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
CACHE = os.path.join(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "belvedere")
TABLES = ("region", "nation", "supplier", "customer", "part", "partsupp", "orders", "lineitem")
QUERIES = tuple(f"q{n:02}" for n in range(1, 23))


def parquet(scale):
	"""A folder with a Parquet file a table."""
	folder = os.path.join(CACHE, f"tpch-{scale}")
	if not os.path.isdir(folder):
		os.makedirs(CACHE, exist_ok=True)
		with tempfile.TemporaryDirectory(dir=CACHE) as work:
			out = os.path.join(work, "out")
			generator = os.path.join(os.path.dirname(sys.executable), "tpchgen-cli")
			subprocess.run([generator, "parquet", "-s", str(scale), f"--output-dir={out}"], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
			try:
				os.rename(out, folder)
			except OSError:
				if not os.path.isdir(folder):
					raise
	return folder


def project(directory):
	"""A copy of this folder's project at `directory`, nothing loaded."""
	os.makedirs(directory, exist_ok=True)
	shutil.copy(os.path.join(HERE, "belvedere.yaml"), directory)
	shutil.copytree(os.path.join(HERE, "views"), os.path.join(directory, "views"), dirs_exist_ok=True)
	return directory


def load(belvedere, directory, scale):
	"""Loads the tables that are missing; each becomes visible with its one commit."""
	files = parquet(scale)
	for table in TABLES:
		if not os.path.isdir(os.path.join(directory, "warehouse", "main", table, "_delta_log")):
			subprocess.run([belvedere, "--project", directory, "--quiet", "load", table, os.path.join(files, table + ".parquet")], check=True)
