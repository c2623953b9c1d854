//! `make backup`, `make restore`, and the drill that shows that the two belong together.

use std::fs;
use std::path::Path;
use std::time::Instant;

use chassis::Clock;
use platform::database::Database;
use platform::{Outcome, folder};
use setup::Contents;

/// Where the drill takes place.
const DRILL: &str = "drill";

/// Saves the database in a folder: that one, or a new one in `.local/backups`.
pub(crate) async fn save(database: &Database, to: Option<&Path>) -> Outcome {
    let name = format!("backups/{}", Clock::system().now().strftime("%Y-%m-%dT%H-%M-%SZ"));
    let to = to.map_or_else(|| folder::path(&name), Path::to_owned);
    let saved = database.save(&to).await?;
    println!(
        "{} rows of {} tables are saved in {}",
        saved.rows(),
        saved.tables.len(),
        to.display()
    );
    println!("Keys are not in it: {}", folder::shown("secrets"));
    Ok(())
}

/// Makes the database, which must be empty, of what was saved.
pub(crate) async fn restore(database: &Database, from: &Path) -> Outcome {
    let restored = database.restore(from).await?;
    println!(
        "{} rows of {} tables are there, each as it was",
        restored.rows(),
        restored.tables.len()
    );
    Ok(())
}

/// Saves the database and restores it into an empty server, which is deleted afterwards. The database is only read.
pub(crate) async fn drill(database: &Database) -> Outcome {
    let saved_in = folder::path(&format!("{DRILL}/backup"));
    if saved_in.exists() {
        fs::remove_dir_all(&saved_in)?;
    }
    let begun = Instant::now();
    database.save(&saved_in).await?;
    let (saved, begun) = (begun.elapsed(), Instant::now());
    let empty = Database::private(&format!("{DRILL}/postgres"), "damacorch")?;
    let restored = empty.restore(&saved_in).await;
    let took = begun.elapsed();
    empty.remove()?;
    fs::remove_dir_all(folder::path(DRILL))?;
    show(&restored?);
    println!(
        "saved in {:.1} s, restored and compared in {:.1} s",
        saved.as_secs_f32(),
        took.as_secs_f32()
    );
    Ok(())
}

fn show(contents: &Contents) {
    println!("{:<36} {:>10}   sum of the rows' hashes", "table", "rows");
    for (name, table) in &contents.tables {
        println!("{name:<36} {:>10}   {}", table.rows, table.sum);
    }
}
