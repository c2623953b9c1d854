//! Every setting, as the code says it: `docs/configure.md`.

use std::fmt::Write;
use std::fs;

use chassis::settings::{DatabaseSettings, Setting, described};
use chassis::{Migration, Settings, Trust};
use gateway::DoorSettings;
use platform::services::SERVICES;
use platform::{Outcome, folder};
use setup::Admin;

const HEAD: &str = "# Settings

Written from the code by `make configure`. A process reads them from its environment when it starts; what is missing or wrong is named, and
nothing listens. Any of them can come from a file: `JWT_SECRET_FILE=/run/secrets/jwt`. An empty one is none.
Who makes which secret: [deploy.md](deploy.md); how one is replaced: [operate.md](operate.md); what the collector is told:
[monitoring.md](monitoring.md).
";

/// Writes the page, or fails when it is stale.
pub(crate) fn write(check: bool) -> Outcome {
    let path = folder::root().join("docs/configure.md");
    let page = page()?;
    if !check {
        fs::write(&path, page)?;
        println!("docs/configure.md is written");
        return Ok(());
    }
    if fs::read_to_string(&path).is_ok_and(|there| there == page) {
        return Ok(());
    }
    Err("docs/configure.md is not what the code says: run make configure, look at the difference, commit it".into())
}

fn page() -> Result<String, std::fmt::Error> {
    let mut page = HEAD.to_owned();
    section(&mut page, "Every process", &described::<Settings>())?;
    let mut every_service = described::<DatabaseSettings>();
    every_service.extend(described::<Trust>());
    section(&mut page, "Every service", &every_service)?;
    for service in &SERVICES {
        section(&mut page, service.name, &(service.settings)())?;
    }
    let mut door = described::<DoorSettings>();
    door.extend(SERVICES.iter().map(|service| Setting {
        name: format!("{}_BASE_URL", service.name.to_uppercase()),
        default: None,
        needed: true,
        secret: false,
        meaning: format!("Where {} is: `http://host:port`.", service.name),
    }));
    section(&mut page, "gateway", &door)?;
    section(&mut page, "`<service> migrate`", &described::<Migration>())?;
    section(&mut page, "`setup database`, `backup`, `restore`", &described::<Admin>())?;
    Ok(page)
}

fn section(page: &mut String, of: &str, settings: &[Setting]) -> std::fmt::Result {
    if settings.is_empty() {
        return writeln!(page, "\n## {of}\n\nNothing of its own.");
    }
    writeln!(page, "\n## {of}\n\n| setting | without it | |\n| --- | --- | --- |")?;
    for Setting { name, default, needed, secret, meaning } in settings {
        let secret = if *secret { ", secret" } else { "" };
        let without = match default {
            Some(default) if !default.is_empty() => format!("`{default}`"),
            _ if *needed => "does not start".to_owned(),
            _ => "-".to_owned(),
        };
        writeln!(page, "| `{name}`{secret} | {without} | {} |", meaning.replace('|', "\\|"))?;
    }
    Ok(())
}
