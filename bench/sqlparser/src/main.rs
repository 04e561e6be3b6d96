//! Reads every .sql file below a folder, parses all of them ROUNDS times with sqlparser-rs's generic dialect, and prints one JSON object:
//! {"files","bytes","seconds":[…]}. In: FOLDER ROUNDS. Files are read before the clock starts.
use std::path::Path;
use std::time::Instant;

use sqlparser::dialect::GenericDialect;
use sqlparser::parser::Parser;

fn collect(folder: &Path, out: &mut Vec<String>) -> std::io::Result<()> {
    let mut entries: Vec<_> = std::fs::read_dir(folder)?.collect::<Result<_, _>>()?;
    entries.sort_by_key(|e| e.path());
    for e in entries {
        if e.file_type()?.is_dir() {
            collect(&e.path(), out)?;
        } else if e.path().extension().is_some_and(|x| x == "sql") {
            out.push(std::fs::read_to_string(e.path())?);
        }
    }
    Ok(())
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().collect();
    let [_, folder, rounds] = args.as_slice() else { return Err("usage: sqlparser-bench FOLDER ROUNDS".into()) };
    let mut texts = Vec::new();
    collect(Path::new(folder), &mut texts)?;
    let bytes: usize = texts.iter().map(String::len).sum();
    let mut seconds = Vec::new();
    for _ in 0..rounds.parse::<usize>()? {
        let from = Instant::now();
        let mut statements = 0;
        for t in &texts {
            statements += Parser::parse_sql(&GenericDialect {}, t)?.len();
        }
        seconds.push(format!("{:.6}", from.elapsed().as_secs_f64()));
        assert_eq!(statements, texts.len());
    }
    println!("{{\"files\":{},\"bytes\":{},\"seconds\":[{}]}}", texts.len(), bytes, seconds.join(","));
    Ok(())
}
