//! The archive of a member's data: a zip of one JSON file for each service, and `manifest.json`, which comes last and says
//! what must be there. Written as the pages come, and held nowhere: what was made of one is sent before the next is read.

use std::cell::RefCell;
use std::io::{self, Write};
use std::rc::Rc;

use bytes::Bytes;
use contracts::UserId;
use contracts::exports::TableRows;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value, json};
use zip::ZipWriter;
use zip::write::{SimpleFileOptions, StreamWriter};

use crate::app::exports::Told;

/// Changes when a reader of older archives could not read the new ones.
const VERSION: u32 = 1;

/// An archive that is being written.
pub(super) struct Archive {
    zip: ZipWriter<StreamWriter<Written>>,
    written: Written,
    file: Option<File>,
    manifest: Manifest,
}

/// The JSON file that is open.
struct File {
    service: String,
    /// The table that is open, and how many rows it has so far.
    table: Option<(String, u64)>,
    /// Rows of the tables that are complete.
    tables: Map<String, Value>,
}

/// What must be in the archive.
#[derive(Serialize)]
struct Manifest {
    format: &'static str,
    version: u32,
    member_id: UserId,
    exported_at: Timestamp,
    files: Vec<Value>,
}

/// What was written and not sent.
#[derive(Clone, Default)]
struct Written(Rc<RefCell<Vec<u8>>>);

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Archive {
    pub(super) fn new(member_id: UserId, exported_at: Timestamp) -> Self {
        let written = Written::default();
        let format = "damacorch-export";
        let manifest =
            Manifest { format, version: VERSION, member_id, exported_at, files: Vec::new() };
        let zip = ZipWriter::new_stream(written.clone());
        Archive { zip, written, file: None, manifest }
    }

    /// Adds a page, and gives what there is to send; that may be nothing yet.
    pub(super) fn add(&mut self, Told { service, page }: Told) -> io::Result<Bytes> {
        if self.file.as_ref().is_none_or(|file| file.service != service) {
            self.end_file()?;
            self.begin_file(service)?;
        }
        for TableRows { table, rows } in page.tables {
            self.rows(table, &rows)?;
        }
        Ok(self.take())
    }

    /// Ends the archive, and gives the rest. Without it nobody can take what was sent for an archive.
    pub(super) fn finish(mut self) -> io::Result<Bytes> {
        self.end_file()?;
        self.zip.start_file("manifest.json", SimpleFileOptions::default())?;
        serde_json::to_writer_pretty(&mut self.zip, &self.manifest)?;
        let Archive { zip, written, .. } = self;
        zip.finish()?;
        Ok(written.take())
    }

    fn begin_file(&mut self, service: String) -> io::Result<()> {
        self.zip.start_file(format!("{service}.json"), SimpleFileOptions::default())?;
        let id = self.manifest.member_id;
        write!(self.zip, r#"{{"service":"{service}","member_id":"{id}","tables":{{"#)?;
        self.file = Some(File { service, table: None, tables: Map::new() });
        Ok(())
    }

    fn end_file(&mut self) -> io::Result<()> {
        let Some(mut file) = self.file.take() else { return Ok(()) };
        file.end_table(&mut self.zip)?;
        self.zip.write_all(b"}}\n")?;
        let File { service, tables, .. } = file;
        let name = format!("{service}.json");
        self.manifest.files.push(json!({"name": name, "service": service, "rows": tables}));
        Ok(())
    }

    /// Rows of a table, which may have begun on an earlier page.
    fn rows(&mut self, table: String, rows: &[Value]) -> io::Result<()> {
        let Some(file) = &mut self.file else { return Ok(()) };
        if file.table.as_ref().is_none_or(|(open, _)| *open != table) {
            file.end_table(&mut self.zip)?;
            let comma = if file.tables.is_empty() { "" } else { "," };
            write!(self.zip, "{comma}\n\"{table}\":[")?;
            file.table = Some((table, 0));
        }
        let Some((_, count)) = &mut file.table else { return Ok(()) };
        for row in rows {
            self.zip.write_all(if *count == 0 { b"\n" } else { b",\n" })?;
            serde_json::to_writer(&mut self.zip, row)?;
            *count += 1;
        }
        Ok(())
    }

    fn take(&mut self) -> Bytes {
        self.written.take()
    }
}

impl File {
    fn end_table(&mut self, zip: &mut impl Write) -> io::Result<()> {
        if let Some((table, count)) = self.table.take() {
            zip.write_all(b"]")?;
            self.tables.insert(table, count.into());
        }
        Ok(())
    }
}

impl Written {
    fn take(&self) -> Bytes {
        self.0.take().into()
    }
}
